//! What the guard answers.

use std::fmt;
use std::sync::Arc;

use event::Timestamp;

use super::{Answer, Code, Function, Place, Point, Refuse, Space, names};

/// The three answers.
#[derive(Debug)]
pub enum Verdict {
    /// Send it on.
    Allowed(Passage),
    /// Do not; [`Denial::answer`] says what to answer.
    Denied(Denial),
    /// What these places are now decides: read them, [`super::GuardState::learn`] them, and ask
    /// again; when they cannot be read, [`super::Guard::deny_unread`].
    ReadFirst(Vec<Point>),
}

/// The authority to send one request on, made only by [`super::Guard`].
///
/// It cannot be copied or made elsewhere; whoever sends takes it by value.
#[derive(Debug)]
pub struct Passage {
    pub(super) rule: Arc<str>,
    pub(super) grant: Option<Arc<str>>,
    pub(super) at: Timestamp,
}

/// A refusal that explains itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Denial {
    pub(super) code: Code,
    pub(super) conduit: Option<Arc<str>>,
    pub(super) nearest: Option<Miss>,
    pub(super) refuse: Refuse,
    pub(super) function: Function,
    pub(super) changes: bool,
}

/// The rule that came nearest, and by what it failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Miss {
    /// Its id.
    pub rule: Arc<str>,
    /// Why it does not allow the request.
    pub code: Code,
    /// At which place, when it is about one.
    pub place: Option<Place>,
    /// What was asked: a value, a change, a priority, seconds, milliseconds.
    pub found: Option<f64>,
    /// What the rule allows.
    pub limit: Option<f64>,
}

impl Verdict {
    /// The word for it in tables and evidence.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Allowed(_) => "allowed",
            Self::Denied(_) => "denied",
            Self::ReadFirst(_) => "read-first",
        }
    }
}

impl Passage {
    /// By which rule.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// With which grant, when the rule needs one.
    #[must_use]
    pub fn grant(&self) -> Option<&str> {
        self.grant.as_deref()
    }

    /// Since when.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

impl Denial {
    /// Why.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// On which conduit, when there is one of that name.
    #[must_use]
    pub fn conduit(&self) -> Option<&str> {
        self.conduit.as_deref()
    }

    /// The rule that came nearest.
    #[must_use]
    pub fn nearest(&self) -> Option<&Miss> {
        self.nearest.as_ref()
    }

    /// The rule that came nearest, by its id.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.nearest.as_ref().map(|miss| &*miss.rule)
    }

    /// What to answer in the device's place.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self.refuse {
            Refuse::Drop => Answer::Drop,
            Refuse::Exception => Answer::to(self.function, self.code, self.changes),
        }
    }
}

/// For the operator's log; people are told in their language by the code.
impl fmt::Display for Denial {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.nearest {
            Some(miss) if miss.code == self.code => write!(out, "{miss}"),
            _ => out.write_str(self.code.code()),
        }
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, by rule `{}`", self.code.code(), self.rule)?;
        if let Some(place) = self.place {
            write!(out, " at {place}")?;
        }
        if let Some(found) = self.found {
            write!(out, ": {found}")?;
        }
        if let Some(limit) = self.limit {
            write!(out, " against {limit}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address;
        match self.space {
            Space::Coil => write!(out, "coil {address}")?,
            Space::DiscreteInput => write!(out, "discrete-input {address}")?,
            Space::File => write!(out, "file {address}")?,
            Space::HoldingRegister => write!(out, "holding-register {address}")?,
            Space::InputRegister => write!(out, "input-register {address}")?,
            Space::Object { kind, property } => {
                match names::of_kind(kind) {
                    Some(name) => write!(out, "{name} {address}")?,
                    None => write!(out, "object-{kind} {address}")?,
                }
                match property.map(|number| (number, names::of_property(number))) {
                    Some((_, Some(name))) => write!(out, " {name}")?,
                    Some((number, None)) => write!(out, " property {number}")?,
                    None => {}
                }
            }
        }
        match self.index {
            Some(index) => write!(out, "[{index}]"),
            None => Ok(()),
        }
    }
}
