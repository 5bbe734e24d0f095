//! Which lines speak of something that others saw an attacker use?
//!
//! ```text
//! a line ─ [`Observer`] ─ every value of the shape of an address, name, URL, hash, mail address
//!                          └─ [`Indicators`] ─ which of them is wanted ─ [`crate::finding`]
//! ```
//!
//! Names of fields do not matter, so what is wanted is found in logs that nobody described before:
//! values stand alone, in a sentence, in a list such as `SHA256=…,MD5=…`, or inside each other, as a
//! host in a URL. Only a URL that a log splits into host and path is put together by name.
//!
//! INVARIANT: what a line holds depends on its bytes alone, so a hunt finds what the stream found.

mod compiled;
mod normal;
mod observe;

use serde::{Deserialize, Serialize};

pub use compiled::{Indicators, Matched, Matches, Unusable, Where};
pub use observe::{Observable, Observer};

/// The number of the definition of what a line holds; whoever keeps values keeps it beside them.
pub const OBSERVED_VERSION: u32 = 1;

/// What kind of thing an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One address.
    Address,
    /// A name, with every name below it.
    Domain,
    /// A hash in hexadecimal.
    Hash,
    /// A mail address.
    Mail,
    /// A network in CIDR notation.
    Network,
    /// A URL; `http` and `https` are one.
    Url,
}

/// One thing to look for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    /// Its kind.
    pub kind: Kind,
    /// Its value.
    pub value: String,
    /// Its identity in its list; the value where it is empty.
    #[serde(default)]
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Which list it is from.
    #[serde(default)]
    pub source: String,
}

impl Indicator {
    /// An indicator that is known by its value.
    #[must_use]
    pub fn new(kind: Kind, value: &str) -> Self {
        Self {
            kind,
            value: value.to_owned(),
            id: String::new(),
            name: String::new(),
            source: String::new(),
        }
    }

    /// By what it is named in findings.
    #[must_use]
    pub fn id(&self) -> &str {
        if self.id.is_empty() {
            &self.value
        } else {
            &self.id
        }
    }
}

impl Kind {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Domain => "domain",
            Self::Hash => "hash",
            Self::Mail => "mail",
            Self::Network => "network",
            Self::Url => "url",
        }
    }
}

#[cfg(test)]
mod tests;
