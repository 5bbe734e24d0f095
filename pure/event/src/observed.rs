//! What was observed of devices, as evidence keeps it.

use serde::{Deserialize, Serialize};

/// Most claims of one [`DevicesObserved`].
pub const CLAIMS_TOLD_MAX: usize = 64;

/// Devices told something of themselves, or somebody of them, that was not known or had not been
/// said for a day. The inventory is the fold of these events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DevicesObserved {
    /// Which capture or which monitor told it: taking a source back takes back all it told.
    pub source: String,
    /// What was told.
    pub claims: Vec<DeviceClaim>,
    /// Logs in telemetry were read for the inventory up to before this entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub read_to: Option<u64>,
}

/// One thing that was told of a device; the words are those of the inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceClaim {
    /// About what: `kind:key`, such as `ip:10.0.0.5`.
    pub subject: String,
    /// What about it, such as `firmware`.
    pub attribute: String,
    /// The claim.
    pub value: String,
    /// By which rule it was read.
    pub rule: String,
    /// How sure the rule is, in percent.
    pub confidence: u8,
    /// The number of the frame in its capture, or where the line begins in its log.
    pub frame: u64,
    /// When, in microseconds of Unix time.
    pub at_us: i64,
}
