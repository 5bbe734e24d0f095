//! Logs of plants: Zeek with the packages for BACnet, EtherNet/IP, Modbus and S7.

use std::net::{IpAddr, SocketAddr};

use super::super::teller::{Rule, Teller, is_host, rule};
use super::super::{Attribute, Subject, modbus};
use super::fields::Fields;
use super::zeek::ends;
use super::{Read, services};
use crate::access::Access;
use crate::bacnet::ObjectId;

const BACNET: Rule = rule("zeek-bacnet", 80);
const BACNET_I_AM: Rule = rule("zeek-bacnet-i-am", 90);
const BACNET_MAKER: Rule = rule("zeek-bacnet-maker", 70);
const BACNET_PROPERTY: Rule = rule("zeek-bacnet-property", 90);
const CIP: Rule = rule("zeek-cip-identity", 90);
const ENIP: Rule = rule("zeek-enip", 80);
const MODBUS: Rule = rule("zeek-modbus", 80);
const MODBUS_ANSWER: Rule = rule("zeek-modbus-answer", 95);
const MODBUS_IDENTITY: Rule = rule("zeek-modbus-identity", 90);
const MODBUS_QUESTION: Rule = rule("zeek-modbus-question", 50);
const S7: Rule = rule("zeek-s7", 80);
const S7_DEVICE: Rule = rule("zeek-s7-device", 90);

/// Functions of Modbus: number, the name that Zeek gives, ours, and what it does.
pub(super) const FUNCTIONS: [(u8, &str, &str, Access); 15] = [
    (1, "READ_COILS", "read-coils", Access::Read),
    (
        2,
        "READ_DISCRETE_INPUTS",
        "read-discrete-inputs",
        Access::Read,
    ),
    (
        3,
        "READ_HOLDING_REGISTERS",
        "read-holding-registers",
        Access::Read,
    ),
    (
        4,
        "READ_INPUT_REGISTERS",
        "read-input-registers",
        Access::Read,
    ),
    (5, "WRITE_SINGLE_COIL", "write-coil", Access::Write),
    (6, "WRITE_SINGLE_REGISTER", "write-register", Access::Write),
    (
        7,
        "READ_EXCEPTION_STATUS",
        "read-exception-status",
        Access::Read,
    ),
    (15, "WRITE_MULTIPLE_COILS", "write-coils", Access::Write),
    (
        16,
        "WRITE_MULTIPLE_REGISTERS",
        "write-registers",
        Access::Write,
    ),
    (17, "REPORT_SLAVE_ID", "report-server-id", Access::Identify),
    (20, "READ_FILE_RECORD", "read-file", Access::Read),
    (21, "WRITE_FILE_RECORD", "write-file", Access::Write),
    (
        22,
        "MASK_WRITE_REGISTER",
        "mask-write-register",
        Access::Write,
    ),
    (
        23,
        "READ_WRITE_MULTIPLE_REGISTERS",
        "read-write-registers",
        Access::Write,
    ),
    (24, "READ_FIFO_QUEUE", "read-fifo", Access::Read),
];

/// Who reads a log.
pub(super) fn reader(log: &str) -> Option<Read> {
    Some(match log {
        "bacnet" => bacnet,
        "bacnet_discovery" => bacnet_discovery,
        "bacnet_property" => bacnet_property,
        "cip_identity" => cip_identity,
        "enip" => enip,
        "modbus" | "modbus_detailed" => modbus_exchange,
        "modbus_read_device_identification" => modbus_identity,
        "s7comm" => s7,
        "s7comm_known_devices" => s7_device,
        _ => return None,
    })
}

/// Who sent what a line tells, and to whom: the packages write it; else the direction says it.
fn speaker(fields: &Fields) -> Option<(SocketAddr, SocketAddr)> {
    let written = fields.end(("source_h", "source_p"));
    let told = written.zip(fields.end(("destination_h", "destination_p")));
    told.or_else(|| {
        let (server, client) = ends(fields)?;
        match fields.is("is_orig") {
            true => Some((client, server)),
            false => Some((server, client)),
        }
    })
}

/// An answer proves who speaks; a question does not.
fn bacnet(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let kind = fields.text("pdu_type")?;
    if matches!(kind, "COMPLEX_ACK" | "SIMPLE_ACK" | "ERROR_PDU") {
        let (from, to) = speaker(fields)?;
        services::answers((from, to), "udp", "bacnet", BACNET, teller);
    }
    Some(())
}

/// A device by its instance; on which network it is stands in no log.
fn device(instance: u64, ip: IpAddr) -> Option<Subject> {
    let instance = u32::try_from(instance).ok()?;
    let is_one = instance < ObjectId::INSTANCE_ANY && is_host(ip);
    is_one.then_some(Subject::BacnetUnplaced { ip, instance })
}

fn bacnet_discovery(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let (from, _) = speaker(fields)?;
    let at = teller.ip(from.ip())?;
    let (kind, instance) = match fields.text("pdu_service")? {
        "i-am" => ("object_type", "instance_number"),
        "i-have" => ("device_id_type", "device_id_number"),
        _ => return None,
    };
    if fields.text(kind)? != "device" {
        return None;
    }
    let value = format!("bacnet/udp/{}", from.port());
    teller.tell(&at, Attribute::Service, value, BACNET);
    let subject = device(fields.number(instance)?, from.ip())?;
    teller.link(&subject, &at, BACNET_I_AM);
    let maker = fields.some("vendor");
    if !maker.starts_with("Unknown") {
        teller.tell(&subject, Attribute::Vendor, maker, BACNET_MAKER);
    }
    Some(())
}

/// Properties of the device object itself; names of its points are not told.
fn bacnet_property(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let is_answer = fields.text("pdu_service")?.ends_with("-ack");
    if !is_answer || fields.text("object_type")? != "device" {
        return None;
    }
    let (from, _) = speaker(fields)?;
    let at = teller.ip(from.ip())?;
    let subject = device(fields.number("instance_number")?, from.ip())?;
    teller.link(&subject, &at, BACNET_PROPERTY);
    let attribute = match fields.text("property")? {
        "application-software-version" => Attribute::Software,
        "firmware-revision" => Attribute::Firmware,
        "location" => Attribute::Location,
        "model-name" => Attribute::Model,
        "object-name" => Attribute::Name,
        "serial-number" => Attribute::Serial,
        "vendor-name" => Attribute::Vendor,
        "vendor-identifier" => {
            let value = format!("bacnet/{}", fields.number("value")?);
            teller.tell(&subject, Attribute::VendorId, value, BACNET_PROPERTY);
            return Some(());
        }
        _ => return None,
    };
    teller.tell(&subject, attribute, fields.text("value")?, BACNET_PROPERTY);
    Some(())
}

fn enip(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    served("enip", ENIP, fields, teller)
}

fn s7(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    served("s7", S7, fields, teller)
}

/// A line that tells what the server sent: it answers.
fn served(protocol: &str, rule: Rule, fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let ends = ends(fields)?;
    let (from, _) = speaker(fields)?;
    let (server, _) = ends;
    if from == server {
        services::answers(ends, "tcp", protocol, rule, teller);
    }
    Some(())
}

fn cip_identity(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let (from, _) = speaker(fields)?;
    let at = teller.ip(from.ip())?;
    let vendor = fields.number("vendor_id")?;
    let product = fields.number("product_code")?;
    let serial = fields.some("serial_number").trim_start_matches("0x");
    let told = [
        (Attribute::VendorId, format!("odva/{vendor}")),
        (Attribute::OrderNumber, format!("odva/{vendor}/{product}")),
        (Attribute::Firmware, fields.some("revision").to_owned()),
        (Attribute::Serial, serial.to_ascii_lowercase()),
        (Attribute::Model, fields.some("product_name").to_owned()),
        (Attribute::Vendor, fields.some("vendor_name").to_owned()),
    ];
    for (attribute, value) in told {
        teller.tell(&at, attribute, value, CIP);
    }
    let kind = fields.number("device_type_id")?;
    teller.tell(
        &at,
        Attribute::Function,
        format!("enip-device-type/{kind}"),
        CIP,
    );
    Some(())
}

/// Both logs have a line for a question, for an answer, or for both together.
fn modbus_exchange(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let (server, client) = ends(fields)?;
    let told = fields.text("func")?;
    let is_exception = told.ends_with("_EXCEPTION") || fields.text("exception").is_some();
    let of = told.trim_end_matches("_EXCEPTION");
    let function = FUNCTIONS.iter().find(|(_, name, _, _)| *name == of);
    if let (Some((_, _, _, access)), Some(asking)) = (function, teller.ip(client.ip())) {
        let value = format!("modbus-client/{}", access.code());
        teller.tell(&asking, Attribute::Function, value, MODBUS_QUESTION);
    }
    let is_answer = is_exception
        || fields.is("matched")
        || fields.text("pdu_type") == Some("RESP")
        || fields.text("request_response") == Some("RESPONSE");
    if !is_answer {
        return Some(());
    }
    services::answers((server, client), "tcp", "modbus", MODBUS, teller);
    if fields.some("exception").starts_with("GATEWAY_") {
        return Some(());
    }
    let subject = unit(fields, server, teller)?;
    if let (Some((number, _, name, _)), false) = (function, is_exception) {
        let value = format!("modbus/{number}/{name}");
        teller.tell(&subject, Attribute::Function, value, MODBUS_ANSWER);
    }
    Some(())
}

/// The unit that a line names, which is placed as in a capture.
fn unit(fields: &Fields, server: SocketAddr, teller: &mut Teller<'_>) -> Option<Subject> {
    let unit = fields.number("unit").or(fields.number("unit_id"))?;
    let unit = u8::try_from(unit).ok()?;
    modbus::unit(server.ip(), unit, MODBUS_ANSWER, teller)
}

/// Objects of the identity by their numbers (MODBUS Application Protocol V1.1b3, section 6.21).
fn modbus_identity(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let value = fields.text("object_value")?;
    let (server, _) = ends(fields)?;
    let number = fields.text("object_id_code")?.trim_start_matches("0x");
    let attribute = match u8::from_str_radix(number, 16).ok()? {
        0 => Attribute::Vendor,
        1 => Attribute::OrderNumber,
        2 => Attribute::Firmware,
        4 | 5 => Attribute::Model,
        6 => Attribute::Name,
        _ => return None,
    };
    let subject = unit(fields, server, teller)?;
    teller.tell(&subject, attribute, value, MODBUS_IDENTITY);
    Some(())
}

fn s7_device(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let (from, _) = speaker(fields)?;
    let at = teller.ip(from.ip())?;
    for (attribute, member) in [
        (Attribute::Name, "automation_system_name"),
        (Attribute::Model, "module_name"),
        (Attribute::Location, "plant_name"),
        (Attribute::Serial, "module_serial"),
    ] {
        teller.tell(&at, attribute, fields.some(member), S7_DEVICE);
    }
    Some(())
}
