//! One recorded association, as far as its client speaks.

use std::collections::BTreeMap;

use wire::dicom::{Fault, Framer, Pdu, Uid};

use super::turn::{Said, Turn};
use super::{Titles, association, command};
use crate::guard::Command;

/// How a request for an association begins (PS3.8, section 9.3.2): its kind and a zero.
const BEGINS: [u8; 2] = [1, 0];

/// Where its version stands, of which only the last bit is looked at.
const VERSION: std::ops::Range<usize> = 6..8;

/// What a client of a recorded association asks.
#[derive(Debug, Default)]
pub struct Association {
    framer: Framer,
    turn: Turn,
    agreed: Option<Asked>,
}

/// What it was asked for; whether all of it was agreed on is not looked at.
#[derive(Debug)]
struct Asked {
    titles: Titles,
    classes: BTreeMap<u8, Uid>,
}

impl Association {
    /// Whether bytes begin like a request for an association.
    #[must_use]
    pub fn begins(bytes: &[u8]) -> bool {
        bytes.starts_with(&BEGINS) && bytes.get(VERSION) == Some(&[0, 1])
    }

    /// Takes the next bytes of the client: what it asks in them, and what ends the reading.
    pub fn take(&mut self, mut bytes: &[u8]) -> (Vec<Command>, Option<Fault>) {
        let mut asked = Vec::new();
        while let Some(found) = self.framer.feed(&mut bytes) {
            let taken = found.and_then(|pdu| self.message(pdu, &mut asked));
            if let Err(fault) = taken {
                return (asked, Some(fault));
            }
        }
        (asked, None)
    }

    fn message(&mut self, pdu: Pdu, asked: &mut Vec<Command>) -> Result<(), Fault> {
        match pdu {
            Pdu::AssociateRequest(request) => {
                let titles = Titles {
                    calling: request.calling,
                    called: request.called,
                };
                asked.push(association(&titles, None));
                let contexts = request.contexts.into_iter();
                self.agreed = Some(Asked {
                    titles,
                    classes: contexts.map(|it| (it.id, it.class)).collect(),
                });
            }
            Pdu::Data(fragments) => {
                for fragment in fragments {
                    if let Some(Said::Command(context, it)) = self.turn.take(fragment)?
                        && !it.is_answer()
                        && it.kind() != wire::dicom::Kind::Cancel
                    {
                        let agreed = self.agreed.as_ref().ok_or(Fault::Fragment)?;
                        let class = agreed.classes.get(&context).ok_or(Fault::Context)?;
                        asked.push(command(&it, &agreed.titles, class.as_str()));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
