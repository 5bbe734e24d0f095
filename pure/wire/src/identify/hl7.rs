//! Which programs exchange messages about patients, and which devices they name: HL7 version 2
//! over MLLP (v2.5 chapter 2, v2.8 chapter 7 for `PRT`).
//!
//! Read byte by byte, because almost nothing of a message may be kept.
//!
//! INVARIANT: (9) health data stays home: of all segments only fields of `MSH`, `SFT`, `PRT` and
//! field 18 of `OBX` are ever held; the bytes of every other field, of `PID` and of every other
//! segment about a patient pass without being stored.

use super::connection::Spoken;
use super::teller::{Rule, Teller, clean, rule};
use super::{Attribute, Subject};
use crate::limits::IDENTIFY_FIELD_BYTES_MAX;

const HEADER: Rule = rule("hl7-header", 80);
const PROGRAM: Rule = rule("hl7-software", 80);
const PARTICIPATION: Rule = rule("hl7-prt-16", 80);
const EQUIPMENT: Rule = rule("hl7-obx-18", 80);

const START: u8 = 0x0b;
const END: u8 = 0x1c;

/// Where in a stream of messages a side is.
#[derive(Clone, Debug, Default)]
pub(super) struct Segments {
    is_inside: bool,
    /// The first bytes of the segment, which name it.
    name: Vec<u8>,
    /// Number of the field, 0 for the name.
    field: usize,
    /// What is held of the field.
    held: Vec<u8>,
    separators: Separators,
}

/// What separates fields, components and repetitions (MSH-1 and MSH-2).
#[derive(Clone, Copy, Debug)]
struct Separators {
    field: u8,
    component: u8,
    repetition: u8,
}

impl Default for Separators {
    fn default() -> Self {
        Self {
            field: b'|',
            component: b'^',
            repetition: b'~',
        }
    }
}

impl Segments {
    pub(super) fn push(&mut self, bytes: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) {
        for byte in bytes {
            match *byte {
                START => {
                    *self = Self::default();
                    self.is_inside = true;
                }
                _ if !self.is_inside => {}
                b'\r' | b'\n' | END => {
                    self.end_field(spoken, teller);
                    self.end_segment();
                    self.is_inside = *byte != END;
                }
                byte => self.inside(byte, spoken, teller),
            }
        }
    }

    fn inside(&mut self, byte: u8, spoken: &Spoken, teller: &mut Teller<'_>) {
        if self.field == 0 && self.name.len() < 3 {
            self.name.push(byte);
            return;
        }
        let is_header = self.name == b"MSH";
        if self.field == 0 && is_header {
            // The character behind the name of a header separates fields, and is field 1 itself.
            self.separators.field = byte;
            self.field = 2;
            return;
        }
        if byte == self.separators.field {
            self.end_field(spoken, teller);
            self.field = self.field.saturating_add(1);
            return;
        }
        if self.is_wanted() && self.held.len() < IDENTIFY_FIELD_BYTES_MAX {
            self.held.push(byte);
        }
    }

    /// The only fields of which bytes are kept.
    fn is_wanted(&self) -> bool {
        matches!(
            (self.name.as_slice(), self.field),
            (b"MSH", 2 | 3 | 4 | 12) | (b"SFT", 1..=3) | (b"PRT", 16 | 20) | (b"OBX", 18)
        )
    }

    fn end_segment(&mut self) {
        self.name.clear();
        self.held.clear();
        self.field = 0;
    }

    fn end_field(&mut self, spoken: &Spoken, teller: &mut Teller<'_>) {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() || !self.is_wanted() {
            return;
        }
        if (self.name.as_slice(), self.field) == (b"MSH", 2) {
            if let [component, repetition, ..] = held.as_slice() {
                self.separators.component = *component;
                self.separators.repetition = *repetition;
            }
            return;
        }
        let Some(sender) = teller.ip(spoken.speaker.ip()) else {
            return;
        };
        let repetitions = held.split(|byte| *byte == self.separators.repetition);
        for repetition in repetitions {
            let mut components = repetition.split(|byte| *byte == self.separators.component);
            let first = components.next().unwrap_or_default();
            match (self.name.as_slice(), self.field) {
                (b"MSH", 3) => {
                    teller.tell(&sender, Attribute::Name, named("hl7", first), HEADER);
                }
                (b"MSH", 4) => {
                    let place = named("hl7-facility", first);
                    teller.tell(&sender, Attribute::Location, place, HEADER);
                }
                (b"MSH", 12) => {
                    let version = named("hl7-version", first);
                    teller.tell(&sender, Attribute::Function, version, HEADER);
                }
                (b"SFT", 1) => teller.tell(&sender, Attribute::Vendor, first, PROGRAM),
                (b"SFT", 2) => teller.tell(&sender, Attribute::Firmware, first, PROGRAM),
                (b"SFT", 3) => teller.tell(&sender, Attribute::Software, first, PROGRAM),
                (b"PRT", 16) => device(first, &sender, PARTICIPATION, teller),
                (b"PRT", 20) => teller.tell(&sender, Attribute::Serial, first, PARTICIPATION),
                (b"OBX", 18) => device(first, &sender, EQUIPMENT, teller),
                _ => {}
            }
        }
    }
}

/// A name with the protocol that it holds in; nothing for no name.
fn named(kind: &str, name: &[u8]) -> String {
    clean(name).map_or_else(String::new, |name| format!("{kind}/{name}"))
}

/// A device that a message names: the one that sends, or one for which it speaks.
fn device(name: &[u8], sender: &Subject, rule: Rule, teller: &mut Teller<'_>) {
    teller.tell(sender, Attribute::Device, name, rule);
    if let Some(udi) = clean(name).filter(|name| is_udi(name)) {
        let udi = Subject::Udi(udi);
        teller.behind(&udi, sender, rule);
    }
}

/// Whether a text has the form of a unique device identifier: GS1 `(01)` and 14 digits, or HIBCC
/// `+` and a letter (21 CFR 801.40 names the agencies; the forms are theirs).
fn is_udi(text: &str) -> bool {
    let digits = |text: &str, count: usize| {
        text.get(..count)
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if let Some(rest) = text.strip_prefix("(01)") {
        return digits(rest, 14);
    }
    let rest = text.strip_prefix('+').map(str::as_bytes);
    matches!(rest, Some([first, rest @ ..]) if first.is_ascii_uppercase() && rest.len() >= 6
        && rest.iter().all(|byte| byte.is_ascii_graphic()))
}
