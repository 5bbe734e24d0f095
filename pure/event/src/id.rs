//! Identities, each its own type so that a patient is never taken for a person of the staff.
//!
//! All share one alphabet, that of a FHIR `id` (R4, section 2.24.0.1: `[A-Za-z0-9\-\.]{1,64}`)
//! with the underscore added, so that an identity is safe in a path, a log and a file name.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The longest identity that is accepted, in bytes.
const ID_BYTES_MAX: usize = 64;

/// A text that cannot be an identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {kind} has 1 to 64 characters out of A-Z, a-z, 0-9, `-`, `.` and `_`")]
pub struct InvalidId {
    kind: &'static str,
}

macro_rules! identities {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads an identity; [`InvalidId`] when a character or the length is not allowed.
            pub fn new(text: &str) -> Result<Self, InvalidId> {
                if is_id(text) { Ok(Self(Arc::from(text))) } else { Err(InvalidId { kind: $kind }) }
            }

            /// The identity as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(&text).map_err(de::Error::custom)
            }
        }
    )*};
}

identities! {
    /// An act on an asset that somebody asked to be allowed.
    ActRequestId = "identity of an act asked for";
    /// A device or a building controller.
    AssetId = "asset identity";
    /// One hospital of the group.
    EstablishmentId = "establishment identity";
    /// One opening by break-glass, named in every read made under it.
    GlassId = "glass identity";
    /// A group of assets that are treated alike.
    GroupId = "group identity";
    /// A key that a request was shown to hold: base64url of a SHA-256, either of a client
    /// certificate (`x5t#S256`, RFC 8705 section 3.1) or of a public key (`jkt`, RFC 7638).
    KeyThumbprint = "key thumbprint";
    /// A notice that somebody must be given.
    NoticeId = "notice identity";
    /// A patient, as the logical id of the FHIR `Patient` resource. Never written in clear to
    /// evidence, logs or metrics: see [`crate::PatientRef`].
    PatientId = "patient identity";
    /// A person of the staff, or a machine acting under its own name.
    PersonId = "person identity";
    /// One request at the door, returned to the client as `X-Request-Id`.
    RequestId = "request identity";
    /// A review that somebody owes.
    ReviewId = "review identity";
    /// An upstream behind the door, as named in the configuration.
    ServiceId = "service identity";
    /// A session of a person: derived from the token's session or the client certificate, never
    /// the token itself.
    SessionId = "session identity";
    /// A care function, or what it stands on: a device and a person keep their own identity here.
    SupplyId = "supply identity";
    /// A ward, theatre, laboratory or technical unit of an establishment.
    UnitId = "unit identity";
}

/// Whether a text is an identity of this house.
fn is_id(text: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}

#[cfg(test)]
mod tests;
