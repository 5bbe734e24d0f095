//! What is told, about what, and how sure it is.

use std::fmt;
use std::net::IpAddr;

use serde::{Serialize, Serializer};

use super::line::Line;
use crate::capture::Mac;

/// By what a device is known again; each is one view, and links between them are told too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A BACnet device: routed ones share the address of their router, never their network and
    /// instance together.
    Bacnet {
        /// The address that speaks for it.
        ip: IpAddr,
        /// The network behind a router; 0 for the network of the address itself.
        network: u16,
        /// The instance of its device object.
        instance: u32,
    },
    /// A BACnet device of which it is not told on which network it is.
    BacnetUnplaced {
        /// The address that speaks for it.
        ip: IpAddr,
        /// The instance of its device object.
        instance: u32,
    },
    /// The identifier that a client of DHCP gives itself, in hexadecimal (RFC 2132, 9.14).
    DhcpClient(String),
    /// An application title of DICOM at an address; the title alone is a name, not an identity.
    DicomTitle {
        /// Where it speaks.
        ip: IpAddr,
        /// The title.
        title: String,
    },
    /// An address in a virtual network.
    Ip {
        /// The address.
        ip: IpAddr,
        /// The innermost tag, when there is one.
        vlan: Option<u16>,
    },
    /// An interface in a virtual network.
    Mac {
        /// The address of the interface.
        mac: Mac,
        /// The innermost tag, when there is one.
        vlan: Option<u16>,
    },
    /// A unit of Modbus: a gateway has many behind one address.
    Modbus {
        /// The address that answers.
        ip: IpAddr,
        /// The unit.
        unit: u8,
    },
    /// A unique device identifier, as its carrier writes it.
    Udi(String),
}

/// `kind:key`, one form for each subject; a virtual network follows an `@`.
impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Line::new();
        match self {
            Self::Bacnet {
                ip,
                network,
                instance,
            } => {
                line.text("bacnet:").ip(*ip)?.text("/");
                line.number((*network).into()).text("/").number(*instance);
            }
            Self::BacnetUnplaced { ip, instance } => {
                line.text("bacnet:").ip(*ip)?.text("/?/").number(*instance);
            }
            Self::DhcpClient(id) => {
                out.write_str("dhcp:")?;
                return out.write_str(id);
            }
            Self::DicomTitle { ip, title } => {
                out.write_str(line.text("dicom:").ip(*ip)?.text("/").as_str())?;
                return out.write_str(title);
            }
            Self::Ip { ip, vlan } => {
                line.text("ip:").ip(*ip)?.tag(*vlan);
            }
            Self::Mac { mac, vlan } => {
                line.text("mac:").mac(mac).tag(*vlan);
            }
            Self::Modbus { ip, unit } => {
                line.text("modbus:")
                    .ip(*ip)?
                    .text("/")
                    .number((*unit).into());
            }
            Self::Udi(udi) => {
                out.write_str("udi:")?;
                return out.write_str(udi);
            }
        }
        out.write_str(line.as_str())
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What is told about a subject; the names on the wire are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attribute {
    /// The subject of the value is reached through this one's address, and is another device.
    Behind,
    /// How a device of a field is called by whatever reports for it.
    Device,
    /// What DHCP options a client asks for, in its order.
    DhcpParameters,
    /// Software of the device itself.
    Firmware,
    /// Something in the traffic that an honest device does not send, by its stable code.
    Flag,
    /// What is asked of the subject, or what it offers: a function of Modbus, a class of DICOM.
    Function,
    /// A name that it has in the network.
    Hostname,
    /// The number by which the maker of a DICOM program names it.
    Implementation,
    /// The subject of the value is the same device.
    Is,
    /// Where it says to stand.
    Location,
    /// The maker's name of the model.
    Model,
    /// What its users or its maker call it.
    Name,
    /// The maker's number of the product.
    OrderNumber,
    /// Name of the operating system, as it says.
    Os,
    /// Version and build of the operating system, as it says.
    OsVersion,
    /// An address that it speaks with, and the protocol.
    Peer,
    /// A protocol that it answers, with the carrier and the port: `modbus/tcp/502`.
    Service,
    /// Number of a single device.
    Serial,
    /// Programs on it.
    Software,
    /// What an agent says about its whole system.
    SystemDescription,
    /// A unit that answers behind the address.
    Unit,
    /// How a client of DHCP names its kind.
    VendorClass,
    /// The maker's number in a register of makers, with the register: `bacnet/5`.
    VendorId,
    /// The maker.
    Vendor,
}

impl Attribute {
    /// The stable name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Behind => "behind",
            Self::Device => "device",
            Self::DhcpParameters => "dhcp-parameters",
            Self::Firmware => "firmware",
            Self::Flag => "flag",
            Self::Function => "function",
            Self::Hostname => "hostname",
            Self::Implementation => "implementation",
            Self::Is => "is",
            Self::Location => "location",
            Self::Model => "model",
            Self::Name => "name",
            Self::OrderNumber => "order-number",
            Self::Os => "os",
            Self::OsVersion => "os-version",
            Self::Peer => "peer",
            Self::Service => "service",
            Self::Serial => "serial",
            Self::Software => "software",
            Self::SystemDescription => "system-description",
            Self::Unit => "unit",
            Self::VendorClass => "vendor-class",
            Self::VendorId => "vendor-id",
            Self::Vendor => "vendor",
        }
    }
}

/// One claim of the traffic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// About what.
    pub subject: Subject,
    /// What about it.
    pub attribute: Attribute,
    /// The claim: at most 200 characters, none of them a control character.
    pub value: String,
    /// By which rule of this crate it was read; stable.
    pub rule: &'static str,
    /// How sure the rule is, in percent: of the reading, not of the honesty of the sender.
    pub confidence: u8,
    /// The number of the frame that completed it, from 1.
    pub frame: u64,
    /// When, in microseconds of Unix time; 0 when the capture does not say.
    pub at_us: i64,
}
