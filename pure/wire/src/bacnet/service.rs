//! Services by number and name (clause 21), and what each does.

use super::Access;

/// Numbers of confirmed services that are typed here.
pub(super) mod confirmed {
    pub(crate) const SUBSCRIBE_COV: u8 = 5;
    pub(crate) const ATOMIC_READ_FILE: u8 = 6;
    pub(crate) const ATOMIC_WRITE_FILE: u8 = 7;
    pub(crate) const ADD_LIST_ELEMENT: u8 = 8;
    pub(crate) const REMOVE_LIST_ELEMENT: u8 = 9;
    pub(crate) const CREATE_OBJECT: u8 = 10;
    pub(crate) const DELETE_OBJECT: u8 = 11;
    pub(crate) const READ_PROPERTY: u8 = 12;
    pub(crate) const READ_PROPERTY_MULTIPLE: u8 = 14;
    pub(crate) const WRITE_PROPERTY: u8 = 15;
    pub(crate) const WRITE_PROPERTY_MULTIPLE: u8 = 16;
    pub(crate) const DEVICE_COMMUNICATION_CONTROL: u8 = 17;
    pub(crate) const PRIVATE_TRANSFER: u8 = 18;
    pub(crate) const REINITIALIZE_DEVICE: u8 = 20;
    pub(crate) const READ_RANGE: u8 = 26;
    pub(crate) const LIFE_SAFETY_OPERATION: u8 = 27;
    pub(crate) const SUBSCRIBE_COV_PROPERTY: u8 = 28;
}

/// The name of a confirmed service.
#[must_use]
pub const fn confirmed_name(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "acknowledge-alarm",
        1 => "confirmed-cov-notification",
        2 => "confirmed-event-notification",
        3 => "get-alarm-summary",
        4 => "get-enrollment-summary",
        5 => "subscribe-cov",
        6 => "atomic-read-file",
        7 => "atomic-write-file",
        8 => "add-list-element",
        9 => "remove-list-element",
        10 => "create-object",
        11 => "delete-object",
        12 => "read-property",
        13 => "read-property-conditional",
        14 => "read-property-multiple",
        15 => "write-property",
        16 => "write-property-multiple",
        17 => "device-communication-control",
        18 => "confirmed-private-transfer",
        19 => "confirmed-text-message",
        20 => "reinitialize-device",
        21 => "vt-open",
        22 => "vt-close",
        23 => "vt-data",
        24 => "authenticate",
        25 => "request-key",
        26 => "read-range",
        27 => "life-safety-operation",
        28 => "subscribe-cov-property",
        29 => "get-event-information",
        30 => "subscribe-cov-property-multiple",
        31 => "confirmed-cov-notification-multiple",
        32 => "confirmed-audit-notification",
        33 => "audit-log-query",
        34 => "auth-request",
        _ => return None,
    })
}

/// The name of an unconfirmed service.
#[must_use]
pub const fn unconfirmed_name(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "i-am",
        1 => "i-have",
        2 => "unconfirmed-cov-notification",
        3 => "unconfirmed-event-notification",
        4 => "unconfirmed-private-transfer",
        5 => "unconfirmed-text-message",
        6 => "time-synchronization",
        7 => "who-has",
        8 => "who-is",
        9 => "utc-time-synchronization",
        10 => "write-group",
        11 => "unconfirmed-cov-notification-multiple",
        12 => "unconfirmed-audit-notification",
        13 => "who-am-i",
        14 => "you-are",
        _ => return None,
    })
}

pub(super) const fn confirmed_access(number: u8) -> Access {
    match number {
        // What a device tells, what it is asked, and what it is asked to tell later.
        1..=6 | 12..=14 | 26 | 28..=33 => Access::Read,
        // A text is shown to an operator, who will act on it; an alarm falls silent.
        0 | 7..=9 | 15 | 16 | 19 => Access::Write,
        // Objects come and go, devices fall silent or restart, terminals open.
        10 | 11 | 17 | 20..=23 | 27 => Access::Control,
        // Only one maker knows what his own services do.
        _ => Access::Unknown,
    }
}

pub(super) const fn unconfirmed_access(number: u8) -> Access {
    match number {
        0 | 1 | 7 | 8 | 13 => Access::Identify,
        2 | 3 | 11 | 12 => Access::Read,
        // A clock that is wrong opens doors and shifts schedules.
        5 | 6 | 9 | 10 => Access::Write,
        // Gives a device its identity.
        14 => Access::Control,
        _ => Access::Unknown,
    }
}
