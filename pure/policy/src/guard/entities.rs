//! What a rule says of DICOM: titles, classes of service, and to whom instances may be sent.
//!
//! A title is what a client says of itself: it narrows what the address and the certificate of a
//! client may, and widens nothing.

use std::collections::BTreeSet;

use super::{Asked, Code, Dimse, Function, GuardError, RuleDocument};

/// Classes that store are those below this root (PS3.4, annex B.5), but for the retired ones of
/// other use.
const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.";

/// The word that stands for all of them.
const STORAGE_WORD: &str = "storage";

/// C-STORE.
pub(super) const STORE: Function = Function::dimse(0x0001);

/// C-MOVE.
const MOVE: Function = Function::dimse(0x0021);

/// Titles, classes and destinations of one rule; an empty list allows any, but for destinations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entities {
    calling: BTreeSet<Box<str>>,
    called: BTreeSet<Box<str>>,
    classes: BTreeSet<Box<str>>,
    destinations: BTreeSet<Box<str>>,
}

impl Entities {
    pub(super) fn new(written: &RuleDocument) -> Self {
        let set = |list: &[String]| list.iter().map(|it| it.as_str().into()).collect();
        Self {
            calling: set(&written.calling),
            called: set(&written.called),
            classes: set(&written.classes),
            destinations: set(&written.destinations),
        }
    }

    /// Whether titles, class and destination are allowed; of other protocols always.
    pub(super) fn check(&self, asked: &Asked<'_>) -> Result<(), Code> {
        self.check_titles(asked)?;
        let Some(dimse) = &asked.dimse else {
            return Ok(());
        };
        if !self.offers(asked) {
            return Err(Code::ClassNotAllowed);
        }
        // INVARIANT: nothing is sent to a third application that no rule names.
        match dimse.destination {
            Some(title) if self.destinations.contains(title) => Ok(()),
            None if asked.function != MOVE => Ok(()),
            _ => Err(Code::DestinationNotAllowed),
        }
    }

    /// Whether the titles are allowed.
    pub(super) fn check_titles(&self, asked: &Asked<'_>) -> Result<(), Code> {
        let Some(Dimse {
            calling, called, ..
        }) = asked.dimse
        else {
            return Ok(());
        };
        let among = |set: &BTreeSet<Box<str>>, title| set.is_empty() || set.contains(title);
        if !among(&self.calling, calling) {
            return Err(Code::CallingNotAllowed);
        }
        match among(&self.called, called) {
            true => Ok(()),
            false => Err(Code::CalledNotAllowed),
        }
    }

    /// Whether it allows anything of the class.
    pub(super) fn offers(&self, asked: &Asked<'_>) -> bool {
        let class = asked.dimse.and_then(|dimse| dimse.class);
        let is_named = |class: &str| {
            self.classes.contains(class)
                || class.starts_with(STORAGE) && self.classes.contains(STORAGE_WORD)
        };
        self.classes.is_empty() || class.is_some_and(is_named)
    }
}

/// Refuses what is no title and no class.
pub(super) fn check(place: &str, written: &RuleDocument) -> Result<(), GuardError> {
    let titles = [
        ("calling", &written.calling),
        ("called", &written.called),
        ("destinations", &written.destinations),
    ];
    for (key, list) in titles {
        if let Some(title) = list.iter().find(|title| !is_title(title)) {
            let place = format!("{place}.{key}");
            let fault = format!("`{title}` is no title of an application");
            let allowed = "1 to 16 printable characters without `\\`, and no blanks around them";
            return Err(GuardError::key(&place, &fault, allowed));
        }
    }
    match written.classes.iter().find(|class| !is_class(class)) {
        None => Ok(()),
        Some(class) => Err(GuardError::key(
            &format!("{place}.classes"),
            &format!("`{class}` is no class of service"),
            "a UID, or `storage` for all that store",
        )),
    }
}

fn is_title(title: &str) -> bool {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'\\';
    (1..=16).contains(&title.len()) && title.bytes().all(is_plain) && title.trim() == title
}

fn is_class(class: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    class == STORAGE_WORD || class.len() <= 64 && class.split('.').all(is_number)
}
