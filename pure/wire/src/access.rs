//! What a command of building control does to the device that it reaches.

/// The least that a guard must know before it asks the policy.
///
/// Ordered from the mildest to what nobody can judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Asks for values and changes none.
    Read,
    /// Asks who or what the device is.
    Identify,
    /// Changes a value, a file, a list or a clock.
    Write,
    /// Stops, restarts, silences, programs or creates something.
    Control,
    /// Not understood: a guard refuses it.
    Unknown,
}

impl Access {
    /// The stable word for policies and evidence.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Identify => "identify",
            Self::Write => "write",
            Self::Control => "control",
            Self::Unknown => "unknown",
        }
    }
}
