//! The contents of elements with application tags (clause 20.2.2 to 20.2.14).

use super::{Text, Value, tag};
use crate::bacnet::fault::Reading;
use crate::bacnet::{Fault, ObjectId};

impl Value {
    /// The value as a number, for rules on least, greatest and step; nothing for what is none.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "beyond 2^53 a rule on values compares with what is nearest"
        )]
        match self {
            Self::Boolean(value) => Some(f64::from(u8::from(*value))),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Signed(value) => Some(*value as f64),
            Self::Real(bits) => Some(f32::from_bits(*bits).into()),
            Self::Double(bits) => Some(f64::from_bits(*bits)),
            Self::Enumerated(value) => Some((*value).into()),
            _ => None,
        }
    }
}

pub(super) fn read(number: u8, bytes: &[u8], reading: &mut Reading) -> Result<Value, Fault> {
    match number {
        0 if bytes.is_empty() => Ok(Value::Null),
        2 => unsigned(bytes, reading).map(Value::Unsigned),
        3 => signed(bytes, reading).map(Value::Signed),
        4 => four(bytes).map(|bytes| Value::Real(u32::from_be_bytes(bytes))),
        5 => match bytes.try_into() {
            Ok(bytes) => Ok(Value::Double(u64::from_be_bytes(bytes))),
            Err(_) => Err(Fault::IllegalValue),
        },
        6 => Ok(Value::Octets(bytes.to_vec())),
        7 => text(bytes).map(Value::Text),
        8 => bits(bytes, reading),
        9 => match u32::try_from(unsigned(bytes, reading)?) {
            Ok(value) => Ok(Value::Enumerated(value)),
            Err(_) => Err(Fault::IllegalValue),
        },
        10 => four(bytes).map(Value::Date),
        11 => four(bytes).map(Value::Time),
        12 => four(bytes).map(|bytes| Value::Object(ObjectId::from_bytes(bytes))),
        _ => Err(Fault::IllegalValue),
    }
}

pub(in crate::bacnet) fn four(bytes: &[u8]) -> Result<[u8; 4], Fault> {
    bytes.try_into().map_err(|_| Fault::IllegalValue)
}

/// One to eight bytes, without leading zeros.
pub(in crate::bacnet) fn unsigned(bytes: &[u8], reading: &mut Reading) -> Result<u64, Fault> {
    if !(1..=8).contains(&bytes.len()) {
        return Err(Fault::IllegalValue);
    }
    reading.canonical(bytes.len() == 1 || bytes.first() != Some(&0))?;
    Ok(bytes
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// The shortest form of a number.
pub(in crate::bacnet) fn unsigned_bytes(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take(7).take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default().to_vec()
}

/// One to eight bytes of two's complement, as short as the value allows.
pub(in crate::bacnet) fn signed(bytes: &[u8], reading: &mut Reading) -> Result<i64, Fault> {
    let first = *bytes.first().ok_or(Fault::IllegalValue)?;
    if bytes.len() > 8 {
        return Err(Fault::IllegalValue);
    }
    let begin = if first & 0x80 == 0 { 0 } else { -1 };
    let value = bytes
        .iter()
        .fold(begin, |value: i64, byte| value << 8 | i64::from(*byte));
    reading.canonical(signed_bytes(value).len() == bytes.len())?;
    Ok(value)
}

/// The shortest form of a signed number.
pub(in crate::bacnet) fn signed_bytes(value: i64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let fill = if value < 0 { 0xff } else { 0 };
    // A byte may go when the next one still shows the sign.
    let spare = bytes
        .windows(2)
        .take_while(|pair| matches!(pair, [a, b] if *a == fill && (b ^ fill) & 0x80 == 0))
        .count();
    bytes.get(spare..).unwrap_or_default().to_vec()
}

pub(in crate::bacnet) fn text(bytes: &[u8]) -> Result<Text, Fault> {
    let (set, bytes) = bytes.split_first().ok_or(Fault::IllegalValue)?;
    Ok(Text {
        set: *set,
        bytes: bytes.to_vec(),
    })
}

/// How many bits of the last byte are not used, then the bytes.
fn bits(bytes: &[u8], reading: &mut Reading) -> Result<Value, Fault> {
    let (unused, bytes) = bytes.split_first().ok_or(Fault::IllegalValue)?;
    if *unused > 7 || (bytes.is_empty() && *unused != 0) {
        return Err(Fault::IllegalValue);
    }
    let mut bytes = bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        let kept = *last & (0xff << unused);
        reading.canonical(kept == *last)?;
        *last = kept;
    }
    Ok(Value::Bits {
        bits: bytes.len() * 8 - usize::from(*unused),
        bytes,
    })
}

pub(super) fn write(value: &Value, out: &mut Vec<u8>) {
    let (number, bytes) = match value {
        Value::Null => (0, Vec::new()),
        Value::Boolean(value) => return tag::write_boolean(out, *value),
        Value::Unsigned(value) => (2, unsigned_bytes(*value)),
        Value::Signed(value) => (3, signed_bytes(*value)),
        Value::Real(bits) => (4, bits.to_be_bytes().to_vec()),
        Value::Double(bits) => (5, bits.to_be_bytes().to_vec()),
        Value::Octets(bytes) => (6, bytes.clone()),
        Value::Text(text) => (7, text.contents()),
        Value::Bits { bits, bytes } => {
            let unused = (8 - bits % 8) % 8;
            let mut contents = vec![u8::try_from(unused).unwrap_or_default()];
            contents.extend_from_slice(bytes);
            (8, contents)
        }
        Value::Enumerated(value) => (9, unsigned_bytes((*value).into())),
        Value::Date(bytes) => (10, bytes.to_vec()),
        Value::Time(bytes) => (11, bytes.to_vec()),
        Value::Object(object) => (12, object.bytes().to_vec()),
    };
    tag::write(out, number, false, bytes.len());
    out.extend_from_slice(&bytes);
}

impl Text {
    /// Character set and text, as they stand in an element.
    pub(in crate::bacnet) fn contents(&self) -> Vec<u8> {
        let mut bytes = vec![self.set];
        bytes.extend_from_slice(&self.bytes);
        bytes
    }
}
