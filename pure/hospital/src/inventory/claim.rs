//! What was observed, about which subject, where, when, and how sure it is.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::limits::InventoryLimits;

/// By what a device is known again: `kind:key`, such as `mac:00:11:22:33:44:55@12`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Key(Box<str>);

/// The kinds of subjects, the ones nearest to a single device first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// An interface.
    Mac,
    /// The identifier that a client of DHCP gives itself.
    Dhcp,
    /// An address in a virtual network.
    Ip,
    /// Address, network and instance of BACnet; the network is `?` where it was not told.
    Bacnet,
    /// Address and title of DICOM.
    Dicom,
    /// Address and unit of Modbus.
    Modbus,
    /// A unique device identifier.
    Udi,
}

impl KeyKind {
    const ALL: [(&'static str, Self); 7] = [
        ("mac", Self::Mac),
        ("dhcp", Self::Dhcp),
        ("ip", Self::Ip),
        ("bacnet", Self::Bacnet),
        ("dicom", Self::Dicom),
        ("modbus", Self::Modbus),
        ("udi", Self::Udi),
    ];

    /// Whether a subject of this kind may be a view of one of the other kind: addresses stand on
    /// interfaces, names and instances on addresses, and never the other way round.
    pub(super) const fn stands_on(self, other: Self) -> bool {
        match self {
            Self::Mac | Self::Dhcp | Self::Ip => matches!(other, Self::Mac),
            Self::Bacnet | Self::Dicom | Self::Modbus | Self::Udi => {
                matches!(other, Self::Ip | Self::Mac)
            }
        }
    }

    /// How many subjects of this kind one device has at most: above that, what they stand on is a
    /// router, a proxy or a gateway, and they are devices of their own.
    pub(super) const fn views_max(self) -> usize {
        match self {
            Self::Bacnet | Self::Udi => 1,
            Self::Modbus => 2,
            Self::Dhcp => 4,
            Self::Ip => 16,
            Self::Dicom | Self::Mac => 64,
        }
    }
}

impl Key {
    /// Reads a key; `None` for a kind that is not known, or nothing behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let is_known = KeyKind::ALL.iter().any(|(name, _)| *name == kind);
        let is_plain = !rest.is_empty() && !rest.contains(char::is_control);
        (is_known && is_plain).then(|| Self(text.into()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The texts of an address: that without a virtual network, and the beginning of those with one.
    pub(crate) fn texts_at(address: IpAddr) -> (String, String) {
        (format!("ip:{address}"), format!("ip:{address}@"))
    }

    /// Address, network and instance of a device of BACnet.
    pub(super) fn bacnet(&self) -> Option<(&str, &str, &str)> {
        let mut parts = self.0.strip_prefix("bacnet:")?.split('/');
        Some((parts.next()?, parts.next()?, parts.next()?))
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        let kind = self.0.split(':').next().unwrap_or_default();
        let mut all = KeyKind::ALL.iter();
        // Every key was read by `parse`, so that one is found.
        all.find(|(name, _)| *name == kind)
            .map_or(KeyKind::Udi, |(_, kind)| *kind)
    }
}

/// Keys are in the order of their texts.
impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not the key of a subject"))
    }
}

/// What is told about a subject; the names are those of the readers of traffic, and those that
/// only a person or a fingerprint gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attribute {
    /// It is reached through the subject of the value, and is another device.
    Behind,
    /// The care that stands on it, such as `infusion`.
    CareFunction,
    /// What kind of device it is, such as `infusion-pump`.
    Class,
    /// How whoever reports for a device calls it.
    Device,
    /// What DHCP options it asks for.
    DhcpParameters,
    /// Software of the device itself.
    Firmware,
    /// Something that an honest device does not send.
    Flag,
    /// What it offers, or what is asked of it.
    Function,
    /// A name in the network.
    Hostname,
    /// The number of a DICOM program.
    Implementation,
    /// The subject of the value is the same device.
    Is,
    /// A person says that the subject of the value is another device.
    IsNot,
    /// Where it stands.
    Location,
    /// The maker's name of the model.
    Model,
    /// What its users or its maker call it.
    Name,
    /// The maker's number of the product.
    OrderNumber,
    /// Name of the operating system.
    Os,
    /// Version and build of the operating system.
    OsVersion,
    /// An address that it speaks with.
    Peer,
    /// A protocol that it answers.
    Service,
    /// Number of the single device.
    Serial,
    /// Programs on it.
    Software,
    /// What an agent says about its whole system.
    SystemDescription,
    /// 1 for care IT, 2 for medical devices, 3 for building control.
    Tier,
    /// A unit that answers behind the address.
    Unit,
    /// How a client of DHCP names its kind.
    VendorClass,
    /// The maker's number in a register.
    VendorId,
    /// The maker.
    Vendor,
}

impl Attribute {
    /// Whether a device has only one at a time, so that two values are a conflict.
    #[must_use]
    pub const fn is_single(self) -> bool {
        matches!(
            self,
            Self::CareFunction
                | Self::Class
                | Self::DhcpParameters
                | Self::Firmware
                | Self::Location
                | Self::Model
                | Self::OrderNumber
                | Self::Os
                | Self::OsVersion
                | Self::Serial
                | Self::Tier
                | Self::VendorClass
                | Self::VendorId
                | Self::Vendor
        )
    }

    /// Whether only a person says it.
    #[must_use]
    pub const fn is_declared(self) -> bool {
        matches!(self, Self::IsNot)
    }
}

/// One observation, as a reader of traffic or a person gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// About what; see [`Key`].
    pub subject: String,
    /// What about it.
    pub attribute: Attribute,
    /// The claim.
    pub value: String,
    /// By which rule it was read.
    pub rule: String,
    /// How sure the rule is, in percent.
    pub confidence: u8,
    /// The number of the frame in its source.
    pub frame: u64,
    /// When, in microseconds of Unix time.
    pub at_us: i64,
    /// Which capture, sensor or person.
    pub source: String,
}

/// What is claimed, by which rule, and from which source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Claim {
    /// What about the subject.
    pub attribute: Attribute,
    /// The value.
    pub value: Box<str>,
    /// The rule.
    pub rule: Box<str>,
    /// The source.
    pub source: Box<str>,
}

impl Claim {
    pub(super) fn of(observation: &Observation) -> Self {
        Self {
            attribute: observation.attribute,
            value: observation.value.as_str().into(),
            rule: observation.rule.as_str().into(),
            source: observation.source.as_str().into(),
        }
    }

    /// Where it stands beside the claim of an observation, which need not be made for that.
    pub(super) fn cmp_to(&self, observation: &Observation) -> Ordering {
        let own = [&self.value, &self.rule, &self.source].map(|it| &**it);
        let texts = [&observation.value, &observation.rule, &observation.source];
        let attribute = self.attribute.cmp(&observation.attribute);
        attribute.then_with(|| own.cmp(&texts.map(String::as_str)))
    }
}

/// When and how often a claim was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sighting {
    /// The greatest confidence of them, in percent.
    pub confidence: u8,
    /// Microseconds of Unix time and frame of the first.
    pub first: (i64, u64),
    /// The same of the last.
    pub last: (i64, u64),
    /// How often.
    pub count: u64,
}

impl Sighting {
    pub(super) const fn of(observation: &Observation) -> Self {
        let at = (observation.at_us, observation.frame);
        Self {
            confidence: observation.confidence,
            first: at,
            last: at,
            count: 1,
        }
    }

    /// INVARIANT: the order in which sightings are joined makes no difference.
    pub(super) fn join(&mut self, other: &Self) {
        self.confidence = self.confidence.max(other.confidence);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.count = self.count.saturating_add(other.count);
    }
}

impl Observation {
    /// Whether it is within its bounds; its subject may still be none.
    pub(super) fn is_within(&self, limits: &InventoryLimits) -> bool {
        let texts = [&self.subject, &self.value, &self.rule, &self.source];
        let fits = |text: &&String| (1..=limits.text_bytes_max).contains(&text.len());
        self.confidence <= 100 && texts.iter().all(fits)
    }
}
