//! The negotiation of an association (section 9.3.2 and 9.3.3, user items in PS3.7 annex D).
//!
//! ```text
//! version u16 | 0 0 | called 16 | calling 16 | 32 zeros | application | contexts | user
//! ```
//!
//! Left out when written anew: how many operations may be under way at once (then it is one), and
//! which classes are alike. An implementation that hears nothing of them does without.

use std::collections::BTreeSet;

use super::item::{self, Item};
use super::{AeTitle, Fault, Uid};
use crate::cursor::Cursor;

/// The only application (PS3.7, annex A.2.1).
const APPLICATION: &str = "1.2.840.10008.3.1.1.1";

const ITEM_APPLICATION: u8 = 0x10;
const ITEM_PROPOSED: u8 = 0x20;
const ITEM_SETTLED: u8 = 0x21;
const ITEM_CLASS: u8 = 0x30;
const ITEM_TRANSFER: u8 = 0x40;
const ITEM_USER: u8 = 0x50;
const ITEM_MAX_LENGTH: u8 = 0x51;
const ITEM_IMPLEMENTATION: u8 = 0x52;
const ITEM_ROLE: u8 = 0x54;
const ITEM_VERSION: u8 = 0x55;
const ITEM_EXTENDED: u8 = 0x56;
const ITEM_IDENTITY: u8 = 0x58;
const ITEM_IDENTITY_ANSWER: u8 = 0x59;

/// Longest name of a version of an implementation.
const VERSION_BYTES_MAX: usize = 16;

/// Somebody asks for an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssociateRequest {
    /// Who is asked.
    pub called: AeTitle,
    /// Who asks, by what it says.
    pub calling: AeTitle,
    /// What it wants to do, and how.
    pub contexts: Vec<Proposed>,
    /// What the applications tell each other.
    pub user: User,
}

/// An association is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssociateAccept {
    /// Who was asked; repeated, and looked at by nobody.
    pub called: AeTitle,
    /// Who asked.
    pub calling: AeTitle,
    /// What became of each context.
    pub contexts: Vec<Settled>,
    /// What the applications tell each other.
    pub user: User,
}

/// One class of service, and the ways to write its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The number of the context, odd.
    pub id: u8,
    /// The class.
    pub class: Uid,
    /// The syntaxes that are offered.
    pub transfers: Vec<Uid>,
}

/// What became of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The number of the context.
    pub id: u8,
    /// The syntax, when it is accepted; else why not: 1 to 4 (section 9.3.3.2).
    pub outcome: Result<Uid, u8>,
}

/// What the applications tell each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The longest list of fragments that the sender takes, in bytes; 0 for any.
    pub length_max: u32,
    /// Its implementation.
    pub implementation: Option<Uid>,
    /// And the version of that.
    pub version: Option<String>,
    /// Who does what in which class; without one the caller asks and the called answers.
    pub roles: Vec<Role>,
    /// What is agreed about single classes.
    pub extended: Vec<Extended>,
    /// Who the caller says that its user is; held to be passed on, and shown to nobody.
    pub identity: Option<Identity>,
    /// What the called answers to that.
    pub identity_answer: Option<Vec<u8>>,
}

/// Who does what in a class (PS3.7, annex D.3.3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The class.
    pub class: Uid,
    /// Whether the caller asks.
    pub is_user: bool,
    /// Whether it answers.
    pub is_provider: bool,
}

/// What is agreed about one class (PS3.7, annex D.3.3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extended {
    /// The class.
    pub class: Uid,
    /// As the class says.
    pub value: Vec<u8>,
}

/// Who the caller says that its user is (PS3.7, annex D.3.3.7): a secret may stand in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    kind: u8,
    wants_answer: bool,
    primary: Vec<u8>,
    secondary: Vec<u8>,
}

/// Shows nothing of what may be a password or a token.
impl std::fmt::Debug for Identity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Identity")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl AssociateRequest {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Fault> {
        let (called, calling, items) = fixed(body)?;
        let items = item::read(items)?;
        application(&items)?;
        let contexts = contexts(&items, ITEM_PROPOSED, Proposed::parse, |it| it.id)?;
        if contexts.is_empty() {
            return Err(Fault::Context);
        }
        Ok(Self {
            called,
            calling,
            contexts,
            user: User::parse(&items)?,
        })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        write_fixed(out, &self.called, &self.calling);
        for context in &self.contexts {
            item::write(out, ITEM_PROPOSED, |out| {
                out.extend_from_slice(&[context.id, 0, 0, 0]);
                write_uid(out, ITEM_CLASS, &context.class);
                for transfer in &context.transfers {
                    write_uid(out, ITEM_TRANSFER, transfer);
                }
            });
        }
        self.user.write(out);
    }
}

impl AssociateAccept {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Fault> {
        let (called, calling, items) = fixed(body)?;
        let items = item::read(items)?;
        application(&items)?;
        let contexts = contexts(&items, ITEM_SETTLED, Settled::parse, |it| it.id)?;
        Ok(Self {
            called,
            calling,
            contexts,
            user: User::parse(&items)?,
        })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        write_fixed(out, &self.called, &self.calling);
        for context in &self.contexts {
            item::write(out, ITEM_SETTLED, |out| {
                let result = *context.outcome.as_ref().err().unwrap_or(&0);
                out.extend_from_slice(&[context.id, 0, result, 0]);
                if let Ok(transfer) = &context.outcome {
                    write_uid(out, ITEM_TRANSFER, transfer);
                }
            });
        }
        self.user.write(out);
    }
}

impl Proposed {
    fn parse(value: &[u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(value);
        let [id, ..]: [u8; 4] = cursor.array().ok_or(Fault::TooShort)?;
        let (mut class, mut transfers) = (None, Vec::new());
        for item in item::read(cursor.rest())? {
            match item.kind {
                ITEM_CLASS if class.is_none() => class = Some(Uid::new(item.value)?),
                ITEM_TRANSFER => transfers.push(Uid::new(item.value)?),
                _ => return Err(Fault::Context),
            }
        }
        match class {
            Some(class) if id % 2 == 1 && !transfers.is_empty() => Ok(Self {
                id,
                class,
                transfers,
            }),
            _ => Err(Fault::Context),
        }
    }
}

impl Settled {
    fn parse(value: &[u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(value);
        let [id, _, result, _]: [u8; 4] = cursor.array().ok_or(Fault::TooShort)?;
        if result != 0 {
            // What stands there then is looked at by nobody (section 9.3.3.2).
            return Ok(Self {
                id,
                outcome: Err(result.min(4)),
            });
        }
        match item::read(cursor.rest())?.as_slice() {
            [item] if item.kind == ITEM_TRANSFER => Ok(Self {
                id,
                outcome: Ok(Uid::new(item.value)?),
            }),
            _ => Err(Fault::Context),
        }
    }
}

impl User {
    fn parse(items: &[Item<'_>]) -> Result<Self, Fault> {
        let mut users = items.iter().filter(|item| item.kind == ITEM_USER);
        let (Some(item), None) = (users.next(), users.next()) else {
            return Err(Fault::Item);
        };
        let mut user = Self::default();
        let mut once = BTreeSet::new();
        for item in item::read(item.value)? {
            let may_repeat = matches!(item.kind, ITEM_ROLE | ITEM_EXTENDED);
            if !once.insert(item.kind) && !may_repeat {
                return Err(Fault::Item);
            }
            user.take(item)?;
        }
        Ok(user)
    }

    fn take(&mut self, item: Item<'_>) -> Result<(), Fault> {
        let mut cursor = Cursor::new(item.value);
        match item.kind {
            ITEM_MAX_LENGTH => self.length_max = cursor.u32().ok_or(Fault::TooShort)?,
            ITEM_IMPLEMENTATION => self.implementation = Some(Uid::new(item.value)?),
            ITEM_VERSION => self.version = Some(version(item.value)?),
            ITEM_ROLE => {
                let class = Uid::new(item::take_counted(&mut cursor)?)?;
                let [user, provider]: [u8; 2] = cursor.array().ok_or(Fault::TooShort)?;
                self.roles.push(Role {
                    class,
                    is_user: user != 0,
                    is_provider: provider != 0,
                });
            }
            ITEM_EXTENDED => self.extended.push(Extended {
                class: Uid::new(item::take_counted(&mut cursor)?)?,
                value: cursor.rest().to_vec(),
            }),
            ITEM_IDENTITY => {
                let [kind, wants]: [u8; 2] = cursor.array().ok_or(Fault::TooShort)?;
                self.identity = Some(Identity {
                    kind,
                    wants_answer: wants != 0,
                    primary: item::take_counted(&mut cursor)?.to_vec(),
                    secondary: item::take_counted(&mut cursor)?.to_vec(),
                });
            }
            ITEM_IDENTITY_ANSWER => {
                self.identity_answer = Some(item::take_counted(&mut cursor)?.to_vec());
            }
            // Nobody has agreed to what is left out.
            _ => {}
        }
        Ok(())
    }

    fn write(&self, out: &mut Vec<u8>) {
        item::write(out, ITEM_USER, |out| {
            item::write(out, ITEM_MAX_LENGTH, |out| {
                out.extend_from_slice(&self.length_max.to_be_bytes());
            });
            if let Some(implementation) = &self.implementation {
                write_uid(out, ITEM_IMPLEMENTATION, implementation);
            }
            for role in &self.roles {
                item::write(out, ITEM_ROLE, |out| {
                    item::counted(out, role.class.as_str().as_bytes());
                    out.extend_from_slice(&[role.is_user.into(), role.is_provider.into()]);
                });
            }
            if let Some(version) = &self.version {
                item::write(out, ITEM_VERSION, |out| {
                    out.extend_from_slice(version.as_bytes());
                });
            }
            for extended in &self.extended {
                item::write(out, ITEM_EXTENDED, |out| {
                    item::counted(out, extended.class.as_str().as_bytes());
                    out.extend_from_slice(&extended.value);
                });
            }
            if let Some(identity) = &self.identity {
                item::write(out, ITEM_IDENTITY, |out| {
                    out.extend_from_slice(&[identity.kind, identity.wants_answer.into()]);
                    item::counted(out, &identity.primary);
                    item::counted(out, &identity.secondary);
                });
            }
            if let Some(answer) = &self.identity_answer {
                item::write(out, ITEM_IDENTITY_ANSWER, |out| item::counted(out, answer));
            }
        });
    }
}

/// Version, titles, and the bytes of the items.
fn fixed(body: &[u8]) -> Result<(AeTitle, AeTitle, &[u8]), Fault> {
    let mut cursor = Cursor::new(body);
    let version = cursor.u16().ok_or(Fault::TooShort)?;
    // Only the first bit says anything (section 9.3.2).
    if version & 1 == 0 {
        return Err(Fault::Version);
    }
    cursor.u16().ok_or(Fault::TooShort)?;
    let called: [u8; 16] = cursor.array().ok_or(Fault::TooShort)?;
    let calling: [u8; 16] = cursor.array().ok_or(Fault::TooShort)?;
    cursor.take(32).ok_or(Fault::TooShort)?;
    Ok((
        AeTitle::new(&called)?,
        AeTitle::new(&calling)?,
        cursor.rest(),
    ))
}

fn write_fixed(out: &mut Vec<u8>, called: &AeTitle, calling: &AeTitle) {
    out.extend_from_slice(&[0, 1, 0, 0]);
    out.extend_from_slice(&called.to_wire());
    out.extend_from_slice(&calling.to_wire());
    out.extend_from_slice(&[0; 32]);
    item::write(out, ITEM_APPLICATION, |out| {
        out.extend_from_slice(APPLICATION.as_bytes());
    });
}

fn application(items: &[Item<'_>]) -> Result<(), Fault> {
    let mut named = items.iter().filter(|item| item.kind == ITEM_APPLICATION);
    match (named.next(), named.next()) {
        (Some(item), None) if Uid::new(item.value)?.as_str() == APPLICATION => Ok(()),
        (Some(_), None) => Err(Fault::ForeignApplication),
        _ => Err(Fault::Item),
    }
}

/// The contexts of a kind, each with a number of its own.
fn contexts<T>(
    items: &[Item<'_>],
    kind: u8,
    parse: impl Fn(&[u8]) -> Result<T, Fault>,
    id: impl Fn(&T) -> u8,
) -> Result<Vec<T>, Fault> {
    let mut ids = BTreeSet::new();
    let mut contexts = Vec::new();
    for item in items.iter().filter(|item| item.kind == kind) {
        let context = parse(item.value)?;
        if !ids.insert(id(&context)) {
            return Err(Fault::Context);
        }
        contexts.push(context);
    }
    Ok(contexts)
}

fn version(value: &[u8]) -> Result<String, Fault> {
    let text = std::str::from_utf8(value).map_err(|_| Fault::Text)?;
    let is_plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    match text.trim_matches(' ') {
        shown if is_plain && (1..=VERSION_BYTES_MAX).contains(&shown.len()) => Ok(shown.to_owned()),
        _ => Err(Fault::Text),
    }
}

fn write_uid(out: &mut Vec<u8>, kind: u8, uid: &Uid) {
    item::write(out, kind, |out| {
        out.extend_from_slice(uid.as_str().as_bytes());
    });
}
