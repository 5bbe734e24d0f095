//! Writing a request: one form for each.

use super::parse::{ON, pack};
use super::{Request, files};

/// Function and data; nothing for what is not understood.
pub(super) fn request(request: &Request) -> Option<Vec<u8>> {
    let mut pdu = vec![request.function()];
    match request {
        Request::ReadCoils { address, quantity }
        | Request::ReadDiscreteInputs { address, quantity }
        | Request::ReadHoldingRegisters { address, quantity }
        | Request::ReadInputRegisters { address, quantity } => {
            words(&mut pdu, &[*address, *quantity]);
        }
        Request::WriteCoil { address, on } => {
            words(&mut pdu, &[*address, if *on { ON } else { 0 }]);
        }
        Request::WriteRegister { address, value } => words(&mut pdu, &[*address, *value]),
        Request::ReadExceptionStatus
        | Request::CommEventCounter
        | Request::CommEventLog
        | Request::ReportServerId => {}
        Request::Diagnostics {
            function,
            words: data,
        } => {
            words(&mut pdu, &[*function]);
            words(&mut pdu, data);
        }
        Request::WriteCoils { address, values } => {
            words(&mut pdu, &[*address, u16::try_from(values.len()).ok()?]);
            counted(&mut pdu, &pack(values))?;
        }
        Request::WriteRegisters { address, values } => {
            written_words(&mut pdu, *address, values)?;
        }
        Request::ReadFile(parts) => {
            let mut bytes = Vec::new();
            for part in parts {
                bytes.push(files::REFERENCE);
                words(&mut bytes, &[part.file, part.record, part.quantity]);
            }
            counted(&mut pdu, &bytes)?;
        }
        Request::WriteFile(parts) => counted(&mut pdu, &files::write_bytes(parts))?,
        Request::MaskWriteRegister { address, and, or } => {
            words(&mut pdu, &[*address, *and, *or]);
        }
        Request::ReadWriteRegisters {
            read_address,
            read_quantity,
            write_address,
            values,
        } => {
            words(&mut pdu, &[*read_address, *read_quantity]);
            written_words(&mut pdu, *write_address, values)?;
        }
        Request::ReadFifo { address } => words(&mut pdu, &[*address]),
        Request::ReadDeviceIdentification { level, object } => {
            pdu.extend_from_slice(&[14, level.number(), *object]);
        }
        Request::Encapsulated { .. } | Request::Umas { .. } | Request::Unknown { .. } => {
            return None;
        }
    }
    Some(pdu)
}

pub(in crate::modbus) fn words(bytes: &mut Vec<u8>, values: &[u16]) {
    for value in values {
        bytes.extend_from_slice(&value.to_be_bytes());
    }
}

/// Bytes after their count.
pub(in crate::modbus) fn counted(pdu: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    pdu.push(u8::try_from(bytes.len()).ok()?);
    pdu.extend_from_slice(bytes);
    Some(())
}

fn written_words(pdu: &mut Vec<u8>, address: u16, values: &[u16]) -> Option<()> {
    words(pdu, &[address, u16::try_from(values.len()).ok()?]);
    let mut bytes = Vec::new();
    words(&mut bytes, values);
    counted(pdu, &bytes)
}
