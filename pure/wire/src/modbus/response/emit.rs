//! Writing an answer: one form for each.

use super::Response;
use super::parse::{BUSY, repeated};
use crate::modbus::Request;
use crate::modbus::request::{REFERENCE, counted, pack, put_words};

/// Function and data.
pub(super) fn response(response: &Response, request: &Request) -> Option<Vec<u8>> {
    let mut pdu = vec![request.function()];
    match response {
        Response::Bits(bits) => counted(&mut pdu, &pack(bits))?,
        Response::Registers(words) => {
            let mut bytes = Vec::new();
            put_words(&mut bytes, words);
            counted(&mut pdu, &bytes)?;
        }
        Response::Done => pdu.extend(repeated(request)?),
        Response::ExceptionStatus(status) => pdu.push(*status),
        Response::Diagnostics(words) => {
            let Request::Diagnostics { function, .. } = request else {
                return None;
            };
            put_words(&mut pdu, &[*function]);
            put_words(&mut pdu, words);
        }
        Response::CommEventCounter { busy, events } => {
            put_words(&mut pdu, &[status(*busy), *events]);
        }
        Response::CommEventLog {
            busy,
            events,
            messages,
            log,
        } => {
            let mut bytes = Vec::new();
            put_words(&mut bytes, &[status(*busy), *events, *messages]);
            bytes.extend_from_slice(log);
            counted(&mut pdu, &bytes)?;
        }
        Response::ServerId(bytes) => counted(&mut pdu, bytes)?,
        Response::FileParts(parts) => {
            let mut bytes = Vec::new();
            for part in parts {
                bytes.push(u8::try_from(1 + 2 * part.len()).ok()?);
                bytes.push(REFERENCE);
                put_words(&mut bytes, part);
            }
            counted(&mut pdu, &bytes)?;
        }
        Response::Fifo(words) => {
            let count = u16::try_from(words.len()).ok()?;
            put_words(&mut pdu, &[count.checked_mul(2)?.checked_add(2)?, count]);
            put_words(&mut pdu, words);
        }
        Response::Identity(identity) => pdu = identity.emit()?,
        Response::Exception(exception) => {
            pdu = vec![request.function() | 0x80, exception.number()];
        }
    }
    Some(pdu)
}

const fn status(busy: bool) -> u16 {
    if busy { BUSY } else { 0 }
}
