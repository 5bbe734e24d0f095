//! What is wrong with bytes that claim to be BACnet, and what an inventory may overlook.

/// A rule of the standard that some bytes break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A tag, a number or an identifier in another form than its only one.
    NonCanonical,
    /// The length of the link layer is not that of the datagram.
    LengthLie,
    /// Not the kind of link layer that IP carries.
    ForeignLink,
    /// Another version of the network layer than 1.
    ForeignVersion,
    /// A value that the standard reserves or forbids.
    IllegalValue,
    /// A parameter of the service is missing, or is another one.
    Parameter,
    /// Bits that must be 0 are not.
    Reserved,
    /// Groups inside of groups, deeper than any honest message.
    TooDeep,
    /// More elements than any honest message has.
    TooMany,
    /// The message ends too early.
    TooShort,
    /// Bytes or parameters follow the end of the message.
    Trailing,
    /// An end of a group that did not begin, or the reverse.
    Unbalanced,
}

impl Fault {
    /// The stable word for policies and evidence.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NonCanonical => "bacnet-non-canonical",
            Self::LengthLie => "bacnet-length-lie",
            Self::ForeignLink => "bacnet-foreign-link",
            Self::ForeignVersion => "bacnet-foreign-version",
            Self::IllegalValue => "bacnet-illegal-value",
            Self::Parameter => "bacnet-parameter",
            Self::Reserved => "bacnet-reserved",
            Self::TooDeep => "bacnet-too-deep",
            Self::TooMany => "bacnet-too-many",
            Self::TooShort => "bacnet-too-short",
            Self::Trailing => "bacnet-trailing",
            Self::Unbalanced => "bacnet-unbalanced",
        }
    }
}

/// A fault that a device may overlook: an inventory reads on, and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// The link layer says another length than the datagram has.
    LengthLie {
        /// What is said.
        said: u16,
        /// What was carried.
        carried: usize,
    },
    /// Some tag or number has another form than its only one.
    NonCanonical,
    /// Bits that must be 0 are not.
    Reserved,
    /// The service is known, and its parameters are not those of the standard.
    Unreadable,
}

/// How strictly bytes are read.
///
/// INVARIANT: what a strict reading accepts has one form, so that no two readers can differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    lenient: bool,
    pub(super) flags: std::collections::BTreeSet<Flag>,
}

impl Reading {
    pub(super) fn strict() -> Self {
        Self::default()
    }

    pub(super) fn lenient() -> Self {
        Self {
            lenient: true,
            ..Self::default()
        }
    }

    /// Refuses what is not in its only form, or takes note of it.
    pub(super) fn canonical(&mut self, is: bool) -> Result<(), Fault> {
        self.unless(is, Fault::NonCanonical, Flag::NonCanonical)
    }

    /// Refuses reserved bits, or takes note of them.
    pub(super) fn reserved(&mut self, bits: u8) -> Result<(), Fault> {
        self.unless(bits == 0, Fault::Reserved, Flag::Reserved)
    }

    /// What is left of a service whose parameters cannot be read: its name, for an inventory.
    pub(super) fn named<T>(
        &mut self,
        read: Result<T, Fault>,
        unreadable: impl FnOnce(Fault) -> T,
    ) -> Result<T, Fault> {
        match read {
            Err(fault) if self.lenient => {
                self.flags.insert(Flag::Unreadable);
                Ok(unreadable(fault))
            }
            read => read,
        }
    }

    fn unless(&mut self, good: bool, fault: Fault, flag: Flag) -> Result<(), Fault> {
        match (good, self.lenient) {
            (true, _) => Ok(()),
            (false, false) => Err(fault),
            (false, true) => {
                self.flags.insert(flag);
                Ok(())
            }
        }
    }
}
