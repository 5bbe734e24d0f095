mod bounds;
mod dicom;
mod differential;
mod documents;
mod golden;
mod issue;
mod reference;
mod undone;
mod voided;

use std::net::IpAddr;

use event::{PersonId, Timestamp};

use super::*;

/// Monday, 2 March 2026, at noon in UTC.
pub(super) fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

pub(super) fn after_ms(ms: u64) -> Timestamp {
    noon().after(std::time::Duration::from_millis(ms))
}

pub(super) fn guard(text: &str) -> Guard {
    Guard::new(&GuardDocument::from_toml(text).unwrap()).unwrap()
}

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(super) fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

/// A conduit of Modbus with these rules.
pub(super) fn modbus(fail: &str, rules: &str) -> Guard {
    guard(&format!(
        r#"
[[conduits]]
name = "air"
protocol = "modbus"
clients = ["10.0.0.0/8"]
devices = ["10.9.0.0/16"]
fail = "{fail}"
owner = "m-durand"
reason = "why"
refuse = "exception"
{rules}"#
    ))
}

/// A conduit of BACnet with these rules.
pub(super) fn bacnet(rules: &str) -> Guard {
    guard(&format!(
        r#"
[[conduits]]
name = "air"
protocol = "bacnet"
clients = ["10.0.0.0/8"]
devices = ["10.9.0.0/16"]
fail = "closed"
owner = "m-durand"
reason = "why"
refuse = "exception"
searches_per_minute = 3
{rules}"#
    ))
}

/// A request by 10.0.0.100 that names no place.
pub(super) fn asks(function: Function, access: Access) -> Asked<'static> {
    let protocol = function.protocol();
    let station = match protocol {
        Protocol::Modbus => Station::Unit(1),
        Protocol::Bacnet => Station::Device {
            network: 0,
            instance: Some(7),
        },
        Protocol::Dicom => Station::Entity,
    };
    Asked {
        conduit: "air",
        protocol,
        from: ip("10.0.0.100"),
        who: Who::Unknown,
        tier: None,
        device: ip("10.9.0.1"),
        station,
        function,
        access,
        contents: Contents::Whole,
        carrier: Carrier::Unicast,
        lifetime: None,
        reads: &[],
        writes: &[],
        dimse: None,
    }
}

pub(super) fn register(address: u32) -> Place {
    Place {
        space: Space::HoldingRegister,
        address,
        index: None,
    }
}

/// Present value of an analog value.
pub(super) fn analog(address: u32) -> Place {
    let (kind, property) = (2, Some(85));
    Place {
        space: Space::Object { kind, property },
        address,
        index: None,
    }
}

pub(super) fn puts(place: Place, value: Value<'_>) -> Write<'_> {
    Write {
        place,
        value,
        priority: None,
    }
}

/// A write of registers.
pub(super) fn writes<'a>(list: &'a [Write<'a>]) -> Asked<'a> {
    Asked {
        writes: list,
        ..asks(Function::modbus(16), Access::Write)
    }
}

/// `allowed RULE`, `read-first`, or `denied CODE RULE`.
pub(super) fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Allowed(passage) => format!("allowed {}", passage.rule()),
        Verdict::ReadFirst(_) => "read-first".to_owned(),
        Verdict::Denied(denial) => match denial.rule() {
            Some(rule) => format!("denied {} {rule}", denial.code().code()),
            None => format!("denied {}", denial.code().code()),
        },
    }
}

/// Asks with an empty memory and no grant at noon.
pub(super) fn once(guard: &Guard, asked: &Asked<'_>) -> String {
    told(&guard.judge(&mut GuardState::default(), &Grants::new(), asked, noon()))
}
