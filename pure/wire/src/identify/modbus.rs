//! Units of Modbus and what is asked of them; only an answer that fits its question proves a unit
//! (MODBUS Application Protocol Specification V1.1b3, sections 4.1, 6.17 and 6.21).

use super::connection::{Next, Role, Spoken};
use super::protocol::Measure;
use super::teller::{Rule, Teller, rule};
use super::{Attribute, Subject};
use crate::cursor::Cursor;
use crate::modbus::{Adu, DeviceIdentity, Pending, Request, Response};

const ANSWER: Rule = rule("modbus-answer", 95);
const QUESTION: Rule = rule("modbus-question", 50);
const IDENTITY: Rule = rule("modbus-identity", 90);
const FLAG: Rule = rule("modbus-flag", 100);

/// Transaction, protocol and length.
const COUNTED_FROM: usize = 6;

/// Units that a device without others behind it answers to (implementation guide, 4.4.2.3).
const OWN_UNITS: [u8; 2] = [0, 255];

/// What was asked on a connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange {
    pending: Pending,
}

/// Whether bytes begin with a whole question or a plausible answer.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let Measure::Whole(length) = measure(bytes) else {
        return false;
    };
    let Some(adu) = bytes.get(..length).and_then(|whole| Adu::parse(whole).ok()) else {
        return false;
    };
    let known = |request: &Request| {
        !matches!(
            request,
            Request::Unknown { .. } | Request::Encapsulated { .. }
        )
    };
    Request::parse(&adu.pdu).is_ok_and(|request| known(&request)) || is_answer(&adu.pdu)
}

/// Whether data can be an answer, the question of which is not known: its count counts it.
fn is_answer(pdu: &[u8]) -> bool {
    match pdu {
        [1..=4 | 17 | 23, count, data @ ..] => usize::from(*count) == data.len(),
        [0x81..=0x98 | 0xab, 1..=11] => true,
        [43, 14, ..] => DeviceIdentity::parse(pdu).is_ok(),
        _ => false,
    }
}

pub(super) fn measure(bytes: &[u8]) -> Measure {
    let mut cursor = Cursor::new(bytes);
    let (Some(_), Some(protocol), Some(length)) = (cursor.u16(), cursor.u16(), cursor.u16()) else {
        return Measure::Later;
    };
    match length {
        2..=254 if protocol == 0 => Measure::Whole(COUNTED_FROM + usize::from(length)),
        _ => Measure::Lost,
    }
}

pub(super) fn read(
    message: &[u8],
    spoken: &Spoken,
    exchange: &mut Exchange,
    teller: &mut Teller<'_>,
) -> Next {
    let Ok(adu) = Adu::parse(message) else {
        return Next::More;
    };
    match spoken.role {
        Role::Client => asked(&adu, spoken, exchange, teller),
        Role::Server => answered(&adu, spoken, exchange, teller),
    }
    Next::More
}

fn asked(adu: &Adu, spoken: &Spoken, exchange: &mut Exchange, teller: &mut Teller<'_>) {
    let request = match Request::parse(&adu.pdu) {
        Ok(request) => request,
        Err(fault) => {
            if let Some(client) = teller.ip(spoken.speaker.ip()) {
                teller.tell(&client, Attribute::Flag, fault.code(), FLAG);
            }
            return;
        }
    };
    if let Some(client) = teller.ip(spoken.speaker.ip()) {
        let value = format!("modbus-client/{}", request.access().code());
        teller.tell(&client, Attribute::Function, value, QUESTION);
    }
    // What was never answered gives way to what is asked now.
    if exchange
        .pending
        .ask(adu.transaction, adu.unit, request.clone())
        .is_err()
    {
        exchange.pending = Pending::new();
        // A place is free now.
        let _kept = exchange.pending.ask(adu.transaction, adu.unit, request);
    }
}

fn answered(adu: &Adu, spoken: &Spoken, exchange: &mut Exchange, teller: &mut Teller<'_>) {
    let Some(station) = teller.ip(spoken.speaker.ip()) else {
        return;
    };
    let subject = Subject::Modbus {
        ip: spoken.speaker.ip(),
        unit: adu.unit,
    };
    let Ok((request, response)) = exchange.pending.answer(adu) else {
        // Without its question only an identity says by itself what it is.
        if let Ok(identity) = DeviceIdentity::parse(&adu.pdu) {
            place(&subject, &station, adu.unit, teller);
            identified(&identity, &subject, teller);
        }
        return;
    };
    let gateway_refuses = matches!(&response, Response::Exception(exception)
        if matches!(exception.number(), 10 | 11));
    // A gateway that finds no device speaks for itself.
    if gateway_refuses {
        return;
    }
    place(&subject, &station, adu.unit, teller);
    let port = spoken.speaker.port();
    let value = format!("modbus/tcp/{port}");
    teller.tell(&station, Attribute::Service, value, ANSWER);
    let value = format!("{} modbus", spoken.listener.ip());
    teller.tell(&subject, Attribute::Peer, value, ANSWER);
    if !matches!(response, Response::Exception(_)) {
        let value = format!("modbus/{}/{}", request.function(), request.name());
        teller.tell(&subject, Attribute::Function, value, ANSWER);
    }
    match &response {
        Response::Identity(identity) => identified(identity, &subject, teller),
        Response::ServerId(id) => {
            // Only the maker knows the form; the texts in it are often the model.
            let is_text = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
            let text: Vec<u8> = id.iter().copied().filter(is_text).collect();
            if text.len() >= 4 {
                teller.tell(&subject, Attribute::Name, text, QUESTION);
            }
        }
        _ => {}
    }
}

/// A unit of its own address is the device there; any other may be one of many behind it.
fn place(subject: &Subject, station: &Subject, unit: u8, teller: &mut Teller<'_>) {
    teller.tell(station, Attribute::Unit, format!("modbus/{unit}"), ANSWER);
    if OWN_UNITS.contains(&unit) {
        teller.link(subject, station, ANSWER);
    } else {
        teller.behind(subject, station, ANSWER);
    }
}

fn identified(identity: &DeviceIdentity, subject: &Subject, teller: &mut Teller<'_>) {
    let told = [
        (Attribute::Vendor, identity.vendor()),
        (Attribute::OrderNumber, identity.product_code()),
        (Attribute::Firmware, identity.revision()),
        (
            Attribute::Model,
            identity.model_name().or_else(|| identity.product_name()),
        ),
        (Attribute::Name, identity.application_name()),
    ];
    for (attribute, value) in told {
        teller.tell(subject, attribute, value.unwrap_or_default(), IDENTITY);
    }
}
