//! The standard names of functions, types of objects and properties, both ways.
//!
//! MODBUS Application Protocol Specification V1.1b3, section 6; ANSI/ASHRAE 135, clauses 12 and 21
//! and annex J; DICOM PS3.7, annex E. What has no name here can be allowed by no rule.

use super::asked::{Function, Layer, Protocol};

/// Function 90 is missing on purpose: one maker's programming, whose contents nobody reads.
const MODBUS: &[(u16, &str)] = &[
    (1, "read-coils"),
    (2, "read-discrete-inputs"),
    (3, "read-holding-registers"),
    (4, "read-input-registers"),
    (5, "write-coil"),
    (6, "write-register"),
    (7, "read-exception-status"),
    (8, "diagnostics"),
    (11, "comm-event-counter"),
    (12, "comm-event-log"),
    (15, "write-coils"),
    (16, "write-registers"),
    (17, "report-server-id"),
    (20, "read-file"),
    (21, "write-file"),
    (22, "mask-write-register"),
    (23, "read-write-registers"),
    (24, "read-fifo"),
    (43, "read-device-identification"),
];

/// Services of the makers' own are missing on purpose.
const CONFIRMED: &[(u16, &str)] = &[
    (0, "acknowledge-alarm"),
    (1, "confirmed-cov-notification"),
    (2, "confirmed-event-notification"),
    (3, "get-alarm-summary"),
    (4, "get-enrollment-summary"),
    (5, "subscribe-cov"),
    (6, "atomic-read-file"),
    (7, "atomic-write-file"),
    (8, "add-list-element"),
    (9, "remove-list-element"),
    (10, "create-object"),
    (11, "delete-object"),
    (12, "read-property"),
    (13, "read-property-conditional"),
    (14, "read-property-multiple"),
    (15, "write-property"),
    (16, "write-property-multiple"),
    (17, "device-communication-control"),
    (19, "confirmed-text-message"),
    (20, "reinitialize-device"),
    (26, "read-range"),
    (27, "life-safety-operation"),
    (28, "subscribe-cov-property"),
    (29, "get-event-information"),
    (30, "subscribe-cov-property-multiple"),
    (31, "confirmed-cov-notification-multiple"),
    (32, "confirmed-audit-notification"),
    (33, "audit-log-query"),
];

const UNCONFIRMED: &[(u16, &str)] = &[
    (0, "i-am"),
    (1, "i-have"),
    (2, "unconfirmed-cov-notification"),
    (3, "unconfirmed-event-notification"),
    (5, "unconfirmed-text-message"),
    (6, "time-synchronization"),
    (7, "who-has"),
    (8, "who-is"),
    (9, "utc-time-synchronization"),
    (10, "write-group"),
    (11, "unconfirmed-cov-notification-multiple"),
    (12, "unconfirmed-audit-notification"),
    (13, "who-am-i"),
    (14, "you-are"),
];

/// What only carries a message is judged by the message.
const LINK: &[(u16, &str)] = &[
    (1, "write-broadcast-distribution-table"),
    (2, "read-broadcast-distribution-table"),
    (5, "register-foreign-device"),
    (6, "read-foreign-device-table"),
    (8, "delete-foreign-device-table-entry"),
];

const NETWORK: &[(u16, &str)] = &[
    (0, "who-is-router-to-network"),
    (1, "i-am-router-to-network"),
    (2, "i-could-be-router-to-network"),
    (3, "reject-message-to-network"),
    (4, "router-busy-to-network"),
    (5, "router-available-to-network"),
    (18, "what-is-network-number"),
    (19, "network-number-is"),
];

/// DICOM PS3.7, annex E.1. What ends an operation goes with it.
const DIMSE: &[(u16, &str)] = &[
    (0x0000, "a-associate"),
    (0x0001, "c-store"),
    (0x0010, "c-get"),
    (0x0020, "c-find"),
    (0x0021, "c-move"),
    (0x0030, "c-echo"),
    (0x0100, "n-event-report"),
    (0x0110, "n-get"),
    (0x0120, "n-set"),
    (0x0130, "n-action"),
    (0x0140, "n-create"),
    (0x0150, "n-delete"),
];

const KINDS: &[(u16, &str)] = &[
    (0, "analog-input"),
    (1, "analog-output"),
    (2, "analog-value"),
    (3, "binary-input"),
    (4, "binary-output"),
    (5, "binary-value"),
    (6, "calendar"),
    (7, "command"),
    (8, "device"),
    (9, "event-enrollment"),
    (10, "file"),
    (11, "group"),
    (12, "loop"),
    (13, "multi-state-input"),
    (14, "multi-state-output"),
    (15, "notification-class"),
    (16, "program"),
    (17, "schedule"),
    (18, "averaging"),
    (19, "multi-state-value"),
    (20, "trend-log"),
    (21, "life-safety-point"),
    (22, "life-safety-zone"),
    (23, "accumulator"),
    (24, "pulse-converter"),
    (28, "load-control"),
    (29, "structured-view"),
    (30, "access-door"),
    (53, "channel"),
    (54, "lighting-output"),
    (56, "network-port"),
];

const PROPERTIES: &[(u32, &str)] = &[
    (12, "application-software-version"),
    (28, "description"),
    (36, "event-state"),
    (44, "firmware-revision"),
    (58, "location"),
    (70, "model-name"),
    (75, "object-identifier"),
    (76, "object-list"),
    (77, "object-name"),
    (79, "object-type"),
    (81, "out-of-service"),
    (85, "present-value"),
    (87, "priority-array"),
    (103, "reliability"),
    (104, "relinquish-default"),
    (111, "status-flags"),
    (112, "system-status"),
    (117, "units"),
    (120, "vendor-identifier"),
    (121, "vendor-name"),
    (372, "serial-number"),
];

const fn table(layer: Layer) -> &'static [(u16, &'static str)] {
    match layer {
        Layer::Modbus => MODBUS,
        Layer::Confirmed => CONFIRMED,
        Layer::Unconfirmed => UNCONFIRMED,
        Layer::Link => LINK,
        Layer::Network => NETWORK,
        Layer::Dimse => DIMSE,
    }
}

pub(super) fn of_function(function: Function) -> Option<&'static str> {
    let at = place(function)?;
    table(function.layer).get(at).map(|(_, name)| *name)
}

/// The place of a function among those of its layer.
pub(super) fn place(function: Function) -> Option<usize> {
    table(function.layer)
        .binary_search_by_key(&function.number, |(number, _)| *number)
        .ok()
}

/// The function of a name in a protocol.
pub(super) fn function(protocol: Protocol, name: &str) -> Option<Function> {
    let layers: &[Layer] = match protocol {
        Protocol::Dicom => &[Layer::Dimse],
        Protocol::Modbus => &[Layer::Modbus],
        Protocol::Bacnet => &[
            Layer::Confirmed,
            Layer::Unconfirmed,
            Layer::Link,
            Layer::Network,
        ],
    };
    layers.iter().find_map(|layer| {
        let number = number(table(*layer), name)?;
        Some(Function {
            layer: *layer,
            number,
        })
    })
}

/// The number of a type of objects.
pub(super) fn kind(name: &str) -> Option<u16> {
    number(KINDS, name)
}

/// The name of a type of objects.
pub(super) fn of_kind(kind: u16) -> Option<&'static str> {
    KINDS
        .iter()
        .find(|(number, _)| *number == kind)
        .map(|(_, name)| *name)
}

/// The number of a property.
pub(super) fn property(name: &str) -> Option<u32> {
    number(PROPERTIES, name)
}

/// The name of a property.
pub(super) fn of_property(property: u32) -> Option<&'static str> {
    PROPERTIES
        .iter()
        .find(|(number, _)| *number == property)
        .map(|(_, name)| *name)
}

fn number<N: Copy>(table: &[(N, &str)], name: &str) -> Option<N> {
    table
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(number, _)| *number)
}
