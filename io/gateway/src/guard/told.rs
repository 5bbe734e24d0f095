//! A command in the words of evidence: who asked whom for what, and what it would become.
//!
//! INVARIANT: (9) nothing of a text, a password or a file is told, only places and numbers.

use event::{Errand, PLACES_TOLD_MAX};
use policy::guard::{Protocol, Station};

use super::caller::Caller;
use super::seat::Sitting;
use super::{Command, OwnedValue, OwnedWrite};

/// Who asks whom, without what.
pub(crate) fn errand(caller: &Caller, sitting: &Sitting) -> Errand {
    Errand {
        conduit: caller.standing.name.to_string(),
        protocol: word(caller.protocol).to_owned(),
        client: caller.client.to_canonical(),
        person: sitting.person.clone(),
        service: sitting.service.clone(),
        role: caller.certified.as_ref().and_then(|it| it.role.clone()),
        calling: None,
        device: caller.device.to_canonical(),
        station: String::new(),
        function: String::new(),
        number: None,
    }
}

/// Who asks whom for what.
pub(crate) fn errand_of(caller: &Caller, sitting: &Sitting, command: &Command) -> Errand {
    Errand {
        station: station(command),
        calling: command.dimse.as_ref().map(|it| it.calling.clone()),
        function: command.name.clone(),
        number: Some(command.function.number),
        ..errand(caller, sitting)
    }
}

pub(crate) const fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Bacnet => "bacnet",
        Protocol::Dicom => "dicom",
        Protocol::Modbus => "modbus",
    }
}

fn station(command: &Command) -> String {
    match command.station {
        Station::Entity => {
            let called = command.dimse.as_ref().map(|it| it.called.as_str());
            format!("title {}", called.unwrap_or_default())
        }
        Station::Unit(unit) => format!("unit {unit}"),
        Station::Device { network, .. } => format!("network {network}"),
    }
}

/// The places of a command with what they become, and how many there are.
pub(crate) fn places(command: &Command) -> (Vec<String>, u32) {
    let writes = command.writes.iter().map(quantity).sum::<usize>();
    let total = writes + command.reads.len();
    let written = command.writes.iter().flat_map(singles);
    let read = command.reads.iter().map(|span| match span.quantity {
        1 => span.place.to_string(),
        many => format!("{} and {} more", span.place, many.saturating_sub(1)),
    });
    let told = written.chain(read).take(PLACES_TOLD_MAX).collect();
    (told, u32::try_from(total).unwrap_or(u32::MAX))
}

pub(crate) fn quantity(write: &OwnedWrite) -> usize {
    match &write.value {
        OwnedValue::Bits(bits) => bits.len(),
        OwnedValue::Words(words) => words.len(),
        _ => 1,
    }
}

fn singles(write: &OwnedWrite) -> impl Iterator<Item = String> {
    let many = match &write.value {
        OwnedValue::Bits(bits) => bits.iter().map(|bit| u8::from(*bit).to_string()).collect(),
        OwnedValue::Words(words) => words.iter().map(u16::to_string).collect(),
        OwnedValue::Integer(number) => vec![number.to_string()],
        OwnedValue::Real(number) => vec![number.to_string()],
        OwnedValue::Masked { and, or } => vec![format!("and {and:#06x} or {or:#06x}")],
        OwnedValue::Opaque => vec!["opaque".to_owned()],
        OwnedValue::Relinquish => vec!["relinquished".to_owned()],
    };
    let priority = write.priority;
    let first = write.place;
    (0_u32..).zip(many).map(move |(offset, value)| {
        let mut place = first;
        place.address = place.address.saturating_add(offset);
        match priority {
            Some(priority) => format!("{place} = {value} at priority {priority}"),
            None => format!("{place} = {value}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::modbus::Request;

    fn of(request: &Request) -> (Vec<String>, u32) {
        places(&super::super::modbus::command(request, 1))
    }

    #[test]
    fn places_are_told_with_what_they_become_within_a_bound() {
        let write = Request::WriteRegisters {
            address: 40,
            values: vec![215, 216],
        };
        let expected = ["holding-register 40 = 215", "holding-register 41 = 216"];
        assert_eq!(of(&write), (expected.map(str::to_owned).to_vec(), 2));
        let many = Request::WriteRegisters {
            address: 0,
            values: vec![1; 123],
        };
        let (told, total) = of(&many);
        assert_eq!((told.len(), total), (PLACES_TOLD_MAX, 123));
        let mask = Request::MaskWriteRegister {
            address: 4,
            and: 0xf2,
            or: 0x25,
        };
        assert_eq!(of(&mask).0, ["holding-register 4 = and 0x00f2 or 0x0025"]);
    }
}
