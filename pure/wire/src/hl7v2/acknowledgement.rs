//! The answer to a message (`ACK`, HL7 v2.5 sections 2.9 and 2.15.8).

use super::segment::{Segment, Unreadable};

/// What became of a message (HL7 table 0008).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// It is durable.
    Accept,
    /// It was not taken now, and may be sent again.
    Error,
    /// It will never be taken as it is.
    Reject,
}

/// An answer, which names the message it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement<'a> {
    /// What became of it.
    pub code: Code,
    /// Why, for the sender's log; nothing of the message.
    pub why: &'a str,
    /// This answer's own name.
    pub control_id: &'a str,
    /// `YYYYMMDDHHMMSS`, in UTC with `+0000` behind it.
    pub time: &'a str,
}

impl Code {
    fn text(self) -> &'static str {
        match self {
            Self::Accept => "AA",
            Self::Error => "AE",
            Self::Reject => "AR",
        }
    }
}

impl Acknowledgement<'_> {
    /// The answer to `message`, in its own delimiters, back to its sender.
    ///
    /// # Errors
    /// [`Unreadable`] for a message that has no header to answer to.
    pub fn to(&self, message: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let header = Segment::header_of(message)?;
        let delimiters = header.delimiters;
        let mut out = Vec::with_capacity(256);
        let mut field = |bytes: &[u8]| {
            out.extend_from_slice(bytes);
            out.push(delimiters.field);
        };
        field(b"MSH");
        field(&[
            delimiters.component,
            delimiters.repetition,
            delimiters.escape,
            delimiters.subcomponent,
        ]);
        // Receiver and sender change places, as they were written.
        for number in [4, 5, 2, 3] {
            field(header.raw(number));
        }
        field(self.time.as_bytes());
        field(b"");
        field(&kind(header.raw(8), delimiters.component));
        field(self.control_id.as_bytes());
        // MSH-11 (processing) and MSH-12 (version) are those of the message.
        field(header.raw(10));
        out.extend_from_slice(header.raw(11));
        out.extend_from_slice(b"\rMSA");
        for part in [
            self.code.text().as_bytes(),
            header.raw(9),
            self.why.as_bytes(),
        ] {
            out.push(delimiters.field);
            out.extend_from_slice(part);
        }
        out.push(b'\r');
        Ok(out)
    }
}

/// `ACK^A01^ACK` for `ADT^A01^ADT_A01`.
fn kind(of: &[u8], component: u8) -> Vec<u8> {
    let trigger = of
        .split(|byte| *byte == component)
        .nth(1)
        .unwrap_or_default();
    let mut kind = b"ACK".to_vec();
    if !trigger.is_empty() {
        kind.push(component);
        kind.extend_from_slice(trigger);
        kind.push(component);
        kind.extend_from_slice(b"ACK");
    }
    kind
}

#[cfg(test)]
mod tests;
