//! Why a request is denied, as stable codes that people's texts are found by.

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Why a request is denied.
        ///
        /// The variants stand in the order in which the questions are asked, so that of two rules
        /// the one whose answer stands later came nearer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

codes! {
    // What no rule can allow.
    /// No conduit has this name.
    ConduitUnknown = "conduit-unknown",
    /// The conduit speaks another protocol, or the request mixes both.
    ProtocolMixed = "protocol-mixed",
    /// The source is none of the clients of the conduit.
    SourceOutsideConduit = "source-outside-conduit",
    /// The device is none of the devices of the conduit.
    DeviceOutsideConduit = "device-outside-conduit",
    /// The request is in segments: only the whole would say what it does.
    RequestSegmented = "request-segmented",
    /// The standard has no such function, or only one maker knows what it does.
    FunctionUnknown = "function-unknown",
    /// The function is known, but nobody has read what it carries.
    ContentsUntyped = "contents-untyped",
    /// It says that it reads, and writes.
    RequestContradicts = "request-contradicts",
    /// It reads or writes more places than a message can hold.
    PlacesTooMany = "places-too-many",
    /// It reads or writes no place, or one beyond the last.
    PlaceOutOfRange = "place-out-of-range",
    /// It writes what is no finite number.
    ValueNotFinite = "value-not-finite",
    /// Its priority is not one of 1 to 16.
    PriorityOutOfRange = "priority-out-of-range",
    /// The conduit has no rule.
    RuleMissing = "rule-missing",

    // What a rule asks, in order.
    /// The rule does not allow to read, identify, write or control, as the request does.
    AccessNotAllowed = "access-not-allowed",
    /// The rule names other functions.
    FunctionNotAllowed = "function-not-allowed",
    /// The rule names other sources.
    SourceNotAllowed = "source-not-allowed",
    /// The rule names who may, and nobody has said who asks.
    WhoUnknown = "who-unknown",
    /// The rule names other persons or services.
    WhoNotAllowed = "who-not-allowed",
    /// The rule names tiers, and that of the source is not known.
    TierUnknown = "tier-unknown",
    /// The rule names other tiers.
    TierNotAllowed = "tier-not-allowed",
    /// The rule names other units.
    UnitNotAllowed = "unit-not-allowed",
    /// The rule names other networks or instances of devices.
    StationNotAllowed = "station-not-allowed",
    /// The rule names other titles of clients.
    CallingNotAllowed = "calling-not-allowed",
    /// The rule names other titles of applications.
    CalledNotAllowed = "called-not-allowed",
    /// The rule names other classes of service.
    ClassNotAllowed = "class-not-allowed",
    /// The rule does not allow to send anything there.
    DestinationNotAllowed = "destination-not-allowed",
    /// It changes every device at once, which the rule does not allow.
    BroadcastNotAllowed = "broadcast-not-allowed",
    /// It asks a broadcast manager to distribute it, which the rule does not allow.
    DistributionNotAllowed = "distribution-not-allowed",
    /// It registers a foreign device, which the rule does not allow.
    ForeignDeviceNotAllowed = "foreign-device-not-allowed",
    /// Priorities 1 and 2 and life-safety operations are reserved for rules of life safety.
    LifeSafetyReserved = "life-safety-reserved",
    /// The rule names other priorities.
    PriorityNotAllowed = "priority-not-allowed",
    /// It subscribes or registers for longer than the rule allows, or for ever.
    LifetimeTooLong = "lifetime-too-long",
    /// The rule is of certain places, and the request names none.
    PlaceNotNamed = "place-not-named",
    /// The rule names other places.
    PlaceNotAllowed = "place-not-allowed",
    /// The place has limits, and what it would become cannot be compared with them.
    ValueNotComparable = "value-not-comparable",
    /// The place has limits, and giving it up could make it anything.
    RelinquishNotAllowed = "relinquish-not-allowed",
    /// It would be less than the minimum.
    ValueBelowMinimum = "value-below-minimum",
    /// It would be more than the maximum.
    ValueAboveMaximum = "value-above-maximum",
    /// The rule holds on other days or at other hours.
    OutsideHours = "outside-hours",
    /// The rule needs a grant, and none is in force for this.
    ApprovalMissing = "approval-missing",
    /// The rule limits how fast a place changes, and one request writes it twice.
    PlaceWrittenTwice = "place-written-twice",
    /// The place was written too short a time ago.
    IntervalTooShort = "interval-too-short",
    /// It would change by more at once than the rule allows.
    StepTooGreat = "step-too-great",

    // What is left when a rule allows it.
    /// What the place is now decides, and it could not be read.
    ValueUnread = "value-unread",
    /// The source has searched for devices too often in a minute.
    SearchesTooMany = "searches-too-many",
    /// The guard cannot judge, and the owner of the conduit chose that nothing passes meanwhile.
    FailingClosed = "failing-closed",
    /// The guard cannot judge, and meanwhile only reads pass and what was approved last.
    FailingControl = "failing-control",
    /// The guard cannot judge, and this is not the value that was approved last.
    FailingNewValue = "failing-new-value",
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
