//! Why a document, a grant or a state of the guard is refused.

/// A document or grant that is refused whole; nothing of it is used.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// A key whose value cannot be, with the place and what can.
    #[error("`{place}`: {fault}; allowed: {allowed}")]
    Key {
        /// The key, such as `conduits[0].allow[2].hours`, counted from 0.
        place: String,
        /// What is wrong.
        fault: String,
        /// What may stand there.
        allowed: String,
    },
    /// No TOML, an unknown or missing key, or a value of another kind.
    #[error("the document of the guard cannot be read: {what}")]
    Syntax {
        /// The place and what the reader met.
        what: String,
        /// The reader's own words.
        #[source]
        source: toml::de::Error,
    },
    /// More than the limits allow.
    #[error("`{place}`: {count}, and {limit} are the most")]
    TooMany {
        /// The list or text.
        place: String,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl GuardError {
    pub(super) fn key(place: &str, fault: &str, allowed: &str) -> Self {
        Self::Key {
            place: place.to_owned(),
            fault: fault.to_owned(),
            allowed: allowed.to_owned(),
        }
    }
}

/// Refuses more than there may be.
pub(super) fn few(place: &str, count: usize, limit: usize) -> Result<(), GuardError> {
    if count > limit {
        return Err(GuardError::TooMany {
            place: place.to_owned(),
            count,
            limit,
        });
    }
    Ok(())
}

/// Refuses a name that is empty, too long, or of letters that do not travel well.
pub(super) fn name(place: &str, text: &str) -> Result<(), GuardError> {
    few(place, text.len(), super::limits::NAME_BYTES_MAX)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_plain) {
        return Err(GuardError::key(
            place,
            &format!("`{text}` is no name"),
            "1 to 64 characters out of A-Z, a-z, 0-9, `-`, `.` and `_`",
        ));
    }
    Ok(())
}

/// Refuses a reason that says nothing, or too much.
pub(super) fn reason(place: &str, text: &str) -> Result<(), GuardError> {
    few(place, text.len(), super::limits::REASON_BYTES_MAX)?;
    if text.trim().is_empty() {
        return Err(GuardError::key(place, "it says nothing", "a sentence"));
    }
    Ok(())
}
