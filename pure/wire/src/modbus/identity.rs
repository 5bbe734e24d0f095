//! Who a device says it is: function 43, kind 14 (section 6.21).

use super::Fault;
use super::request::{byte, end};
use crate::cursor::Cursor;

/// Which objects of its identity a device is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityLevel {
    /// Vendor, product and revision.
    Basic,
    /// Also addresses, names and the application.
    Regular,
    /// Also what only the maker knows.
    Extended,
    /// One object.
    One,
}

impl IdentityLevel {
    pub(super) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Basic),
            2 => Some(Self::Regular),
            3 => Some(Self::Extended),
            4 => Some(Self::One),
            _ => None,
        }
    }

    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Basic => 1,
            Self::Regular => 2,
            Self::Extended => 3,
            Self::One => 4,
        }
    }
}

/// Objects of a device's identity, or one part of them.
///
/// What it says is a claim, never a proof: keep it as evidence beside others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// What was asked for.
    pub level: IdentityLevel,
    /// What the device can be asked for: 1 to 3, and 0x80 more when also object by object.
    pub conformity: u8,
    /// The object to go on with, when not all fitted into one message.
    pub next: Option<u8>,
    /// Number and bytes of each object, as they came.
    pub objects: Vec<(u8, Vec<u8>)>,
}

impl DeviceIdentity {
    /// Object 0.
    #[must_use]
    pub fn vendor(&self) -> Option<String> {
        self.text(0)
    }

    /// Object 1: the maker's code of the product.
    #[must_use]
    pub fn product_code(&self) -> Option<String> {
        self.text(1)
    }

    /// Object 2: major and minor revision.
    #[must_use]
    pub fn revision(&self) -> Option<String> {
        self.text(2)
    }

    /// Object 4.
    #[must_use]
    pub fn product_name(&self) -> Option<String> {
        self.text(4)
    }

    /// Object 5.
    #[must_use]
    pub fn model_name(&self) -> Option<String> {
        self.text(5)
    }

    /// Object 6: what the user calls the application.
    #[must_use]
    pub fn application_name(&self) -> Option<String> {
        self.text(6)
    }

    /// An object as text, without the blanks that fill fixed fields; bytes that are no UTF-8 are
    /// replaced and control characters left out.
    #[must_use]
    pub fn text(&self, object: u8) -> Option<String> {
        let (_, bytes) = self.objects.iter().find(|(id, _)| *id == object)?;
        let text = String::from_utf8_lossy(bytes);
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        Some(text.trim().to_owned())
    }

    /// Reads function and data of an answer, for an inventory that did not see the question.
    pub fn parse(pdu: &[u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(pdu);
        if (cursor.u8(), cursor.u8()) != (Some(43), Some(14)) {
            return Err(Fault::FunctionDiffers);
        }
        let level = IdentityLevel::from_number(byte(&mut cursor)?).ok_or(Fault::IllegalValue)?;
        let conformity = byte(&mut cursor)?;
        let (more, next) = (byte(&mut cursor)?, byte(&mut cursor)?);
        // Only a next object after "more", so that there is one form.
        let next = match more {
            0xff => Some(next),
            0 if next == 0 => None,
            _ => return Err(Fault::IllegalValue),
        };
        if !matches!(conformity & 0x7f, 1..=3) {
            return Err(Fault::IllegalValue);
        }
        let mut objects: Vec<(u8, Vec<u8>)> = Vec::new();
        for _ in 0..byte(&mut cursor)? {
            let (id, length) = (byte(&mut cursor)?, byte(&mut cursor)?);
            let bytes = cursor.take(length.into()).ok_or(Fault::TooShort)?;
            if objects.iter().any(|(before, _)| *before == id) {
                return Err(Fault::IllegalValue);
            }
            objects.push((id, bytes.to_vec()));
        }
        end(cursor)?;
        Ok(Self {
            level,
            conformity,
            next,
            objects,
        })
    }

    pub(super) fn emit(&self) -> Option<Vec<u8>> {
        let more = if self.next.is_some() { 0xff } else { 0 };
        let mut pdu = vec![43, 14, self.level.number(), self.conformity, more];
        pdu.push(self.next.unwrap_or_default());
        pdu.push(u8::try_from(self.objects.len()).ok()?);
        for (id, bytes) in &self.objects {
            pdu.push(*id);
            pdu.push(u8::try_from(bytes.len()).ok()?);
            pdu.extend_from_slice(bytes);
        }
        Some(pdu)
    }
}
