//! Units of Modbus and what is asked of them; only an answer that fits its question proves a unit
//! (MODBUS Application Protocol Specification V1.1b3, sections 4.1, 6.17 and 6.21).

use std::net::IpAddr;

use super::connection::{Next, Role, Spoken};
use super::protocol::Measure;
use super::recent::Topic;
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
        // What proves no unit tells nothing.
        Role::Server => answered(&adu, spoken, exchange, teller).unwrap_or_default(),
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
    let (client, access) = (spoken.speaker.ip(), request.access().code());
    teller.tell_of(Topic::ModbusAsked { client, access }, |teller| {
        if let Some(client) = teller.ip(client) {
            let value = format!("modbus-client/{access}");
            teller.tell(&client, Attribute::Function, value, QUESTION);
        }
    });
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

fn answered(
    adu: &Adu,
    spoken: &Spoken,
    exchange: &mut Exchange,
    teller: &mut Teller<'_>,
) -> Option<()> {
    let ip = spoken.speaker.ip();
    let Ok((request, response)) = exchange.pending.answer(adu) else {
        // Without its question only an identity says by itself what it is.
        let identity = DeviceIdentity::parse(&adu.pdu).ok()?;
        let subject = unit(ip, adu.unit, ANSWER, teller)?;
        identified(&identity, &subject, teller);
        return Some(());
    };
    if matches!(&response, Response::Exception(exception) if is_of_gateway(exception.number())) {
        return None;
    }
    let is_done = !matches!(response, Response::Exception(_));
    let topic = Topic::ModbusAnswered {
        from: spoken.speaker,
        to: spoken.listener.ip(),
        unit: adu.unit,
        done: is_done.then(|| (request.function(), request.name())),
    };
    teller.tell_of(topic, |teller| {
        // Of an address that is nobody's nothing is told.
        let done = is_done.then_some(&request);
        serves(adu.unit, done, spoken, teller).unwrap_or_default();
    });
    let subject = teller
        .ip(ip)
        .map(|_| Subject::Modbus { ip, unit: adu.unit })?;
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
    Some(())
}

/// A unit that answers, whom, and what it did for them.
fn serves(
    number: u8,
    done: Option<&Request>,
    spoken: &Spoken,
    teller: &mut Teller<'_>,
) -> Option<()> {
    let ip = spoken.speaker.ip();
    let station = teller.ip(ip)?;
    let subject = unit(ip, number, ANSWER, teller)?;
    let value = format!("modbus/tcp/{}", spoken.speaker.port());
    teller.tell(&station, Attribute::Service, value, ANSWER);
    let value = format!("{} modbus", spoken.listener.ip());
    teller.tell(&subject, Attribute::Peer, value, ANSWER);
    if let Some(request) = done {
        let value = format!("modbus/{}/{}", request.function(), request.name());
        teller.tell(&subject, Attribute::Function, value, ANSWER);
    }
    Some(())
}

/// Whether a gateway says with an exception that it reaches no device: it speaks for itself then
/// (section 7).
pub(super) const fn is_of_gateway(exception: u8) -> bool {
    matches!(exception, 10 | 11)
}

/// A unit that answers: of its own address it is the device there; any other may be one of many
/// behind it.
pub(super) fn unit(ip: IpAddr, unit: u8, rule: Rule, teller: &mut Teller<'_>) -> Option<Subject> {
    let station = teller.ip(ip)?;
    let subject = Subject::Modbus { ip, unit };
    teller.tell(&station, Attribute::Unit, format!("modbus/{unit}"), rule);
    match OWN_UNITS.contains(&unit) {
        true => teller.link(&subject, &station, rule),
        false => teller.behind(&subject, &station, rule),
    }
    Some(subject)
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
