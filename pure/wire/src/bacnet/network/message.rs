//! Messages between routers (clause 6.4).

use crate::bacnet::{Access, Fault};
use crate::cursor::Cursor;

/// The first of the numbers that are the makers' own.
const PROPRIETARY_FROM: u8 = 0x80;

/// A message of the network layer itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkMessage {
    /// 0: who leads to this network, or to any.
    WhoIsRouter(Option<u16>),
    /// 1: I lead to these.
    IAmRouter(Vec<u16>),
    /// 2: I could lead there, at this worth.
    ICouldBeRouter {
        /// The network.
        network: u16,
        /// The higher, the worse.
        performance: u8,
    },
    /// 3: cannot be passed on.
    Rejected {
        /// Why; 1 is "no way known".
        reason: u8,
        /// Which network was meant.
        network: u16,
    },
    /// 4: do not send to these for now.
    RouterBusy(Vec<u16>),
    /// 5: send again.
    RouterAvailable(Vec<u16>),
    /// 6 and 7: replaces or tells the table of a router, so many lines; the lines are not read.
    RoutingTable {
        /// Whether it answers.
        answer: bool,
        /// How many lines.
        lines: u8,
    },
    /// 8: make a connection, for so many minutes.
    Connect {
        /// The network.
        network: u16,
        /// 0 for ever.
        minutes: u8,
    },
    /// 9: end it.
    Disconnect(u16),
    /// 18: what is the number of this network?
    WhatIsNetworkNumber,
    /// 19: this is it.
    NetworkNumberIs {
        /// The number.
        network: u16,
        /// Whether somebody has set it, and not only heard it.
        configured: bool,
    },
    /// Any other kind.
    Unknown {
        /// The number on the wire.
        kind: u8,
        /// Whose own it is, from 128 on.
        vendor: Option<u16>,
    },
}

impl NetworkMessage {
    /// Its number on the wire (clause 6.2.4).
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::WhoIsRouter(_) => 0,
            Self::IAmRouter(_) => 1,
            Self::ICouldBeRouter { .. } => 2,
            Self::Rejected { .. } => 3,
            Self::RouterBusy(_) => 4,
            Self::RouterAvailable(_) => 5,
            Self::RoutingTable { answer: false, .. } => 6,
            Self::RoutingTable { answer: true, .. } => 7,
            Self::Connect { .. } => 8,
            Self::Disconnect(_) => 9,
            Self::WhatIsNetworkNumber => 18,
            Self::NetworkNumberIs { .. } => 19,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    pub(super) const fn access(&self) -> Access {
        match self {
            Self::WhoIsRouter(_) | Self::WhatIsNetworkNumber => Access::Identify,
            Self::Rejected { .. } => Access::Read,
            // Each of them can lead the messages of others elsewhere, or nowhere.
            Self::IAmRouter(_)
            | Self::ICouldBeRouter { .. }
            | Self::RouterBusy(_)
            | Self::RouterAvailable(_)
            | Self::RoutingTable { .. }
            | Self::Connect { .. }
            | Self::Disconnect(_)
            | Self::NetworkNumberIs { .. } => Access::Control,
            Self::Unknown { .. } => Access::Unknown,
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        let kind = cursor.u8().ok_or(Fault::TooShort)?;
        let read = &mut cursor;
        let message = match kind {
            0 if read.is_empty() => Self::WhoIsRouter(None),
            0 => Self::WhoIsRouter(Some(word(read)?)),
            1 => Self::IAmRouter(words(read)?),
            2 => Self::ICouldBeRouter {
                network: word(read)?,
                performance: byte(read)?,
            },
            3 => Self::Rejected {
                reason: byte(read)?,
                network: word(read)?,
            },
            4 => Self::RouterBusy(words(read)?),
            5 => Self::RouterAvailable(words(read)?),
            6 | 7 => {
                let answer = kind == 7;
                // An answer to an order, and not to a question, is empty.
                let lines = read.u8().unwrap_or_default();
                return Ok(Self::RoutingTable { answer, lines });
            }
            8 => Self::Connect {
                network: word(read)?,
                minutes: byte(read)?,
            },
            9 => Self::Disconnect(word(read)?),
            18 => Self::WhatIsNetworkNumber,
            19 => Self::NetworkNumberIs {
                network: word(read)?,
                configured: match byte(read)? {
                    0 => false,
                    1 => true,
                    _ => return Err(Fault::IllegalValue),
                },
            },
            _ => {
                let vendor = (kind >= PROPRIETARY_FROM).then(|| word(read)).transpose()?;
                return Ok(Self::Unknown { kind, vendor });
            }
        };
        if cursor.is_empty() {
            Ok(message)
        } else {
            Err(Fault::Trailing)
        }
    }

    /// Nothing for what was not read whole.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        let (kind, words, last): (u8, &[u16], Option<u8>) = match self {
            Self::WhoIsRouter(None) => (0, &[], None),
            Self::WhoIsRouter(Some(network)) => (0, &[*network], None),
            Self::IAmRouter(networks) => (1, networks, None),
            Self::ICouldBeRouter {
                network,
                performance,
            } => (2, &[*network], Some(*performance)),
            Self::Rejected { reason, network } => {
                out.extend_from_slice(&[3, *reason]);
                out.extend_from_slice(&network.to_be_bytes());
                return Some(());
            }
            Self::RouterBusy(networks) => (4, networks, None),
            Self::RouterAvailable(networks) => (5, networks, None),
            Self::Connect { network, minutes } => (8, &[*network], Some(*minutes)),
            Self::Disconnect(network) => (9, &[*network], None),
            Self::WhatIsNetworkNumber => (18, &[], None),
            Self::NetworkNumberIs {
                network,
                configured,
            } => (19, &[*network], Some((*configured).into())),
            Self::RoutingTable { .. } | Self::Unknown { .. } => return None,
        };
        out.push(kind);
        out.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        out.extend(last);
        Some(())
    }
}

fn byte(read: &mut Cursor<'_>) -> Result<u8, Fault> {
    read.u8().ok_or(Fault::TooShort)
}

fn word(read: &mut Cursor<'_>) -> Result<u16, Fault> {
    read.u16().ok_or(Fault::TooShort)
}

fn words(read: &mut Cursor<'_>) -> Result<Vec<u16>, Fault> {
    let mut words = Vec::new();
    while !read.is_empty() {
        words.push(word(read)?);
    }
    Ok(words)
}
