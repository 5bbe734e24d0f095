//! Reading an answer: it must be of the function, the quantity and the places that were asked.

use super::{Exception, Response};
use crate::cursor::Cursor;
use crate::modbus::request::{REFERENCE, body, byte, end, unpack, word, words, write_bytes};
use crate::modbus::{DeviceIdentity, Fault, FileRead, Request};

/// Most events of a log (section 6.10).
const EVENTS_MAX: u8 = 64;

/// Most registers of a queue (section 6.18).
const FIFO_MAX: u16 = 31;

/// What says that a program is still running; 0 says that none is.
pub(super) const BUSY: u16 = 0xffff;

pub(super) fn response(request: &Request, pdu: &[u8]) -> Result<Response, Fault> {
    let mut cursor = body(pdu)?;
    let function = byte(&mut cursor)?;
    if function & 0x7f != request.function() {
        return Err(Fault::FunctionDiffers);
    }
    if function & 0x80 != 0 {
        let exception = Exception::from_number(byte(&mut cursor)?);
        end(cursor)?;
        return Ok(Response::Exception(exception));
    }
    if let Request::ReadDeviceIdentification { level, .. } = request {
        let identity = DeviceIdentity::parse(pdu)?;
        return if identity.level == *level {
            Ok(Response::Identity(identity))
        } else {
            Err(Fault::AnswerDiffers)
        };
    }
    let response = data(request, &mut cursor)?;
    end(cursor)?;
    Ok(response)
}

fn data(request: &Request, read: &mut Cursor<'_>) -> Result<Response, Fault> {
    match request {
        Request::ReadCoils { quantity, .. } | Request::ReadDiscreteInputs { quantity, .. } => {
            bits(read, *quantity)
        }
        Request::ReadHoldingRegisters { quantity, .. }
        | Request::ReadInputRegisters { quantity, .. }
        | Request::ReadWriteRegisters {
            read_quantity: quantity,
            ..
        } => registers(read, *quantity),
        Request::WriteCoil { .. }
        | Request::WriteRegister { .. }
        | Request::WriteCoils { .. }
        | Request::WriteRegisters { .. }
        | Request::MaskWriteRegister { .. }
        | Request::WriteFile(_) => done(request, read),
        Request::ReadExceptionStatus => Ok(Response::ExceptionStatus(byte(read)?)),
        Request::Diagnostics {
            function,
            words: sent,
        } => diagnostics(read, *function, sent),
        Request::CommEventCounter => {
            let (busy, events) = (busy(read)?, word(read)?);
            Ok(Response::CommEventCounter { busy, events })
        }
        Request::CommEventLog => event_log(read),
        Request::ReportServerId => {
            let count = byte(read)?;
            let bytes = read.take(count.into()).ok_or(Fault::TooShort)?;
            Ok(Response::ServerId(bytes.to_vec()))
        }
        Request::ReadFile(parts) => file_parts(read, parts),
        Request::ReadFifo { .. } => fifo(read),
        Request::ReadDeviceIdentification { .. }
        | Request::Encapsulated { .. }
        | Request::Umas { .. }
        | Request::Unknown { .. } => Err(Fault::ForeignFunction),
    }
}

fn bits(read: &mut Cursor<'_>, quantity: u16) -> Result<Response, Fault> {
    let count = usize::from(byte(read)?);
    if count != usize::from(quantity).div_ceil(8) {
        return Err(Fault::ByteCount);
    }
    let mut bits = unpack(read.take(count).ok_or(Fault::TooShort)?);
    // Some devices leave neighbours in the last byte: nobody asked, so nobody gets them.
    bits.truncate(quantity.into());
    Ok(Response::Bits(bits))
}

fn registers(read: &mut Cursor<'_>, quantity: u16) -> Result<Response, Fault> {
    if u16::from(byte(read)?) != quantity * 2 {
        return Err(Fault::ByteCount);
    }
    words(read, quantity.into()).map(Response::Registers)
}

/// What the answer to a write repeats of it.
pub(super) fn repeated(request: &Request) -> Option<Vec<u8>> {
    let words: &[u16] = match request {
        Request::WriteCoil { address, on } => &[*address, if *on { 0xff00 } else { 0 }],
        Request::WriteRegister { address, value } => &[*address, *value],
        Request::WriteCoils { address, values } => &[*address, u16::try_from(values.len()).ok()?],
        Request::WriteRegisters { address, values } => {
            &[*address, u16::try_from(values.len()).ok()?]
        }
        Request::MaskWriteRegister { address, and, or } => &[*address, *and, *or],
        Request::WriteFile(parts) => {
            let parts = write_bytes(parts);
            let mut bytes = vec![u8::try_from(parts.len()).ok()?];
            bytes.extend(parts);
            return Some(bytes);
        }
        _ => return None,
    };
    Some(words.iter().flat_map(|word| word.to_be_bytes()).collect())
}

fn done(request: &Request, read: &mut Cursor<'_>) -> Result<Response, Fault> {
    let expected = repeated(request).unwrap_or_default();
    let found = read.take(expected.len()).ok_or(Fault::TooShort)?;
    if found == expected {
        Ok(Response::Done)
    } else {
        Err(Fault::AnswerDiffers)
    }
}

fn diagnostics(read: &mut Cursor<'_>, function: u16, sent: &[u16]) -> Result<Response, Fault> {
    if word(read)? != function {
        return Err(Fault::AnswerDiffers);
    }
    let found = words(read, sent.len())?;
    // Tests and orders are given back as they came; the others answer with a register.
    if matches!(function, 0 | 1 | 3 | 10 | 20) && found != sent {
        return Err(Fault::AnswerDiffers);
    }
    Ok(Response::Diagnostics(found))
}

fn busy(read: &mut Cursor<'_>) -> Result<bool, Fault> {
    match word(read)? {
        0 => Ok(false),
        BUSY => Ok(true),
        _ => Err(Fault::IllegalValue),
    }
}

fn event_log(read: &mut Cursor<'_>) -> Result<Response, Fault> {
    let log_bytes = byte(read)?.checked_sub(6).ok_or(Fault::ByteCount)?;
    if log_bytes > EVENTS_MAX {
        return Err(Fault::ByteCount);
    }
    Ok(Response::CommEventLog {
        busy: busy(read)?,
        events: word(read)?,
        messages: word(read)?,
        log: read.take(log_bytes.into()).ok_or(Fault::TooShort)?.to_vec(),
    })
}

fn file_parts(read: &mut Cursor<'_>, asked: &[FileRead]) -> Result<Response, Fault> {
    let count = byte(read)?;
    let mut counted = Cursor::new(read.take(count.into()).ok_or(Fault::TooShort)?);
    let mut parts = Vec::new();
    for part in asked {
        // A length of one part counts its kind too.
        if usize::from(byte(&mut counted)?) != 1 + 2 * usize::from(part.quantity) {
            return Err(Fault::ByteCount);
        }
        if byte(&mut counted)? != REFERENCE {
            return Err(Fault::IllegalValue);
        }
        parts.push(words(&mut counted, part.quantity.into())?);
    }
    end(counted)?;
    Ok(Response::FileParts(parts))
}

/// The only answer whose count of bytes is a word.
fn fifo(read: &mut Cursor<'_>) -> Result<Response, Fault> {
    let (bytes, count) = (word(read)?, word(read)?);
    if count > FIFO_MAX {
        return Err(Fault::Quantity);
    }
    if bytes != 2 + 2 * count {
        return Err(Fault::ByteCount);
    }
    words(read, count.into()).map(Response::Fifo)
}
