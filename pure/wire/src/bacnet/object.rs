//! Objects and properties: their numbers and the names of those that hospitals have.

/// An object of a device: 10 bits of type and 22 of instance (clause 20.2.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    kind: u16,
    instance: u32,
}

impl ObjectId {
    /// The type of devices.
    pub const DEVICE: u16 = 8;

    /// The instance that stands for "not known" in a request to oneself.
    pub const INSTANCE_ANY: u32 = 0x3f_ffff;

    /// The object, when type (0 to 1,023) and instance (0 to 4,194,303) are in their ranges.
    #[must_use]
    pub const fn new(kind: u16, instance: u32) -> Option<Self> {
        if kind < 0x400 && instance <= Self::INSTANCE_ANY {
            Some(Self { kind, instance })
        } else {
            None
        }
    }

    /// The number of the type; see [`object_type_name`].
    #[must_use]
    pub const fn kind(self) -> u16 {
        self.kind
    }

    /// The instance.
    #[must_use]
    pub const fn instance(self) -> u32 {
        self.instance
    }

    pub(super) const fn from_bytes(bytes: [u8; 4]) -> Self {
        let [first, second, ..] = bytes;
        Self {
            kind: u16::from_be_bytes([first, second]) >> 6,
            instance: u32::from_be_bytes(bytes) & Self::INSTANCE_ANY,
        }
    }

    pub(super) fn bytes(self) -> [u8; 4] {
        (u32::from(self.kind) << 22 | self.instance).to_be_bytes()
    }
}

/// The name of a type of object, as the standard writes it.
#[must_use]
pub const fn object_type_name(kind: u16) -> Option<&'static str> {
    Some(match kind {
        0 => "analog-input",
        1 => "analog-output",
        2 => "analog-value",
        3 => "binary-input",
        4 => "binary-output",
        5 => "binary-value",
        6 => "calendar",
        7 => "command",
        8 => "device",
        9 => "event-enrollment",
        10 => "file",
        11 => "group",
        12 => "loop",
        13 => "multi-state-input",
        14 => "multi-state-output",
        15 => "notification-class",
        16 => "program",
        17 => "schedule",
        18 => "averaging",
        19 => "multi-state-value",
        20 => "trend-log",
        21 => "life-safety-point",
        22 => "life-safety-zone",
        23 => "accumulator",
        24 => "pulse-converter",
        28 => "load-control",
        29 => "structured-view",
        30 => "access-door",
        53 => "channel",
        54 => "lighting-output",
        56 => "network-port",
        _ => return None,
    })
}

/// Numbers of properties that guards and inventories ask about.
pub mod property {
    /// What a device runs for its user.
    pub const APPLICATION_SOFTWARE_VERSION: u32 = 12;
    /// Free text.
    pub const DESCRIPTION: u32 = 28;
    /// What a device itself runs.
    pub const FIRMWARE_REVISION: u32 = 44;
    /// Where a device stands.
    pub const LOCATION: u32 = 58;
    /// The maker's name of the model.
    pub const MODEL_NAME: u32 = 70;
    /// The name of an object, unique in its device.
    pub const OBJECT_NAME: u32 = 77;
    /// The value of a point.
    pub const PRESENT_VALUE: u32 = 85;
    /// The maker's number.
    pub const VENDOR_IDENTIFIER: u32 = 120;
    /// The maker's name.
    pub const VENDOR_NAME: u32 = 121;
    /// The number of a single device, when it tells.
    pub const SERIAL_NUMBER: u32 = 372;
}

/// The name of a property, as the standard writes it.
#[must_use]
pub const fn property_name(number: u32) -> Option<&'static str> {
    Some(match number {
        8 => "all",
        11 => "apdu-timeout",
        property::APPLICATION_SOFTWARE_VERSION => "application-software-version",
        property::DESCRIPTION => "description",
        30 => "device-address-binding",
        36 => "event-state",
        property::FIRMWARE_REVISION => "firmware-revision",
        property::LOCATION => "location",
        62 => "max-apdu-length-accepted",
        property::MODEL_NAME => "model-name",
        75 => "object-identifier",
        76 => "object-list",
        property::OBJECT_NAME => "object-name",
        79 => "object-type",
        80 => "optional",
        81 => "out-of-service",
        property::PRESENT_VALUE => "present-value",
        87 => "priority-array",
        96 => "protocol-object-types-supported",
        97 => "protocol-services-supported",
        98 => "protocol-version",
        103 => "reliability",
        104 => "relinquish-default",
        105 => "required",
        107 => "segmentation-supported",
        111 => "status-flags",
        112 => "system-status",
        117 => "units",
        property::VENDOR_IDENTIFIER => "vendor-identifier",
        property::VENDOR_NAME => "vendor-name",
        139 => "protocol-revision",
        155 => "database-revision",
        property::SERIAL_NUMBER => "serial-number",
        _ => return None,
    })
}
