//! The devices that were seen on the network: the list, and what speaks for each word about one.

use askama::Template;
use event::{Tier, Timestamp};
use locale::{Family, Value, key};

use crate::Frame;
use crate::limits::DEVICE_WORDS_CHARS_MAX;

/// What the list of devices shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// What was looked for.
    pub wanted: DeviceWanted,
    /// The devices that fit, the most urgent first.
    pub devices: Vec<SeenDevice>,
    /// How many more fit.
    pub unshown: u32,
    /// How many there are of all.
    pub counts: DeviceCounts,
}

/// Which devices are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceWanted {
    /// Words that all have to stand in what is known of a device; none for every device.
    pub words: String,
    /// Which of them.
    pub show: DeviceShow,
}

/// Which devices a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceShow {
    /// Every device.
    #[default]
    All,
    /// Those without support any more.
    Past,
    /// Those whose support ends within a year.
    WithinYear,
    /// Those that the directory does not name, so that nobody answers for them.
    Unlisted,
}

/// How many devices there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeviceCounts {
    /// All of them.
    pub devices: u32,
    /// Without support any more.
    pub past: u32,
    /// Not named by the directory.
    pub unlisted: u32,
    /// Beyond what an inventory lists.
    pub beyond: u32,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenDevice {
    /// The subject that is nearest to the single device.
    pub id: String,
    /// What it is called, or its subject.
    pub name: String,
    /// Its addresses in the network, a few of them.
    pub addresses: Vec<String>,
    /// Maker and model, as far as they are known.
    pub maker: String,
    /// Operating system or firmware, as far as it is known.
    pub system: String,
    /// The code of how much support is left.
    pub support: &'static str,
    /// Its tier.
    pub tier: Option<Tier>,
    /// What the directory calls it, and where it is.
    pub listed: Option<String>,
    /// When it was last seen.
    pub last: Timestamp,
}

/// Everything that is known of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFile {
    /// The device.
    pub device: SeenDevice,
    /// All its subjects.
    pub keys: Vec<String>,
    /// What is known of its support.
    pub verdicts: Vec<SupportRow>,
    /// Who answers for it now: aspects by their codes, with names; without any nobody does.
    pub answers: Vec<(&'static str, Vec<String>)>,
    /// What was told, the surest first for each attribute.
    pub known: Vec<KnownRow>,
    /// Claims that it is one device with others.
    pub links: Vec<LinkRow>,
}

/// How much support is left of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportRow {
    /// The code of how much.
    pub state: &'static str,
    /// What was told.
    pub claim: String,
    /// By which source and dates.
    pub evidence: String,
}

/// One value that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRow {
    /// The code of the attribute.
    pub attribute: &'static str,
    /// The value.
    pub value: String,
    /// How sure the surest rule is, in percent.
    pub percent: u8,
    /// By which rules.
    pub rules: Vec<String>,
    /// By which captures and monitors.
    pub sources: Vec<String>,
    /// Whether other values of it are claimed too, of which a device has one.
    pub disputed: bool,
    /// When it was last told.
    pub last: Timestamp,
}

/// A claim that two subjects are one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// The one.
    pub view: String,
    /// The other.
    pub of: String,
    /// The code of what was made of it.
    pub state: &'static str,
    /// By which rules.
    pub rules: Vec<String>,
    /// By which captures and monitors.
    pub sources: Vec<String>,
}

/// Lists the devices that were seen.
#[must_use]
pub fn inventory(frame: &Frame<'_>, view: &Inventory) -> String {
    frame.render(&InventoryPage { frame, view })
}

/// Shows what is known of one device.
#[must_use]
pub fn device_file(frame: &Frame<'_>, view: &DeviceFile) -> String {
    frame.render(&DeviceFilePage { frame, view })
}

impl DeviceShow {
    /// Every choice, in the order of the page.
    pub const ALL: [Self; 4] = [Self::All, Self::Past, Self::WithinYear, Self::Unlisted];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Past => "past",
            Self::WithinYear => "within-year",
            Self::Unlisted => "unlisted",
        }
    }

    /// The choice of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

impl SeenDevice {
    /// The address of its page. A subject has signs that mean something in addresses.
    fn page(&self) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let signs = self.id.bytes().map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        });
        format!("/console/inventory/device?id={}", signs.collect::<String>())
    }
}

impl Frame<'_> {
    /// How many devices there are.
    pub(crate) fn devices_seen(&self, counts: &DeviceCounts) -> String {
        let values = &[
            ("devices", Value::from(counts.devices)),
            ("past", Value::from(counts.past)),
            ("unlisted", Value::from(counts.unlisted)),
        ];
        let catalog = self.catalog;
        catalog.text(self.language, key::INVENTORY_SEEN, values)
    }

    /// How sure something is.
    pub(crate) fn percent(&self, percent: &u8) -> String {
        let values = &[("percent", Value::from(u32::from(*percent)))];
        self.catalog.text(self.language, key::PERCENT, values)
    }
}

#[derive(Template)]
#[template(path = "inventory.html")]
struct InventoryPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Inventory,
}

#[derive(Template)]
#[template(path = "device_file.html")]
struct DeviceFilePage<'a> {
    frame: &'a Frame<'a>,
    view: &'a DeviceFile,
}
