//! Points in time (`TS`, HL7 v2.5 section 2.A.77): `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// A time as a sender wrote it; what is left out is the beginning of what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    civil: DateTime,
    offset: Option<Offset>,
}

impl Time {
    /// Reads a time; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let signed = text.find(['+', '-']).unwrap_or(text.len());
        let (clock, offset) = text.split_at_checked(signed)?;
        let offset = match offset {
            "" => None,
            offset => Some(parse_offset(offset)?),
        };
        let (digits, fraction) = match clock.split_once('.') {
            Some((digits, fraction)) if digits.len() == 14 => (digits, fraction),
            Some(_) => return None,
            None => (clock, ""),
        };
        let has_fraction = (1..=4).contains(&fraction.len()) || !clock.contains('.');
        let is_whole = matches!(digits.len(), 4 | 6 | 8 | 10 | 12 | 14) && has_fraction;
        if !is_whole {
            return None;
        }
        let year = i16::try_from(number(digits.get(..4)?)?).ok()?;
        let part = |at: usize, absent: i8| match digits.get(at..at + 2) {
            Some(part) => i8::try_from(number(part)?).ok(),
            None => Some(absent),
        };
        let nanos = i32::try_from(number(&format!("{fraction:0<9}"))?).ok()?;
        let civil = DateTime::new(
            year,
            part(4, 1)?,
            part(6, 1)?,
            part(8, 0)?,
            part(10, 0)?,
            part(12, 0)?,
            nanos,
        );
        Some(Self {
            civil: civil.ok()?,
            offset,
        })
    }

    /// Microseconds since 1970-01-01T00:00:00Z, in the sender's zone where the time names none.
    ///
    /// `None` before 1970. Of an hour that the clock runs through twice it is the first; one that
    /// it leaps over is read as if it had not.
    #[must_use]
    pub fn to_us(self, zone: &TimeZone) -> Option<u64> {
        let instant = match self.offset {
            Some(offset) => offset.to_timestamp(self.civil).ok()?,
            None => zone.to_timestamp(self.civil).ok()?,
        };
        u64::try_from(instant.as_microsecond()).ok()
    }
}

/// `+HHMM` or `-HHMM`.
fn parse_offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+')?),
    };
    if digits.len() != 4 {
        return None;
    }
    let (hours, minutes) = (number(digits.get(..2)?)?, number(digits.get(2..)?)?);
    let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
    (minutes < 60).then_some(())?;
    Offset::from_seconds(sign * seconds).ok()
}

/// A number in digits alone.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-02T10:20:30.1234Z.
    const US: u64 = 1_772_446_830_123_400;

    #[test]
    fn a_time_is_read_to_the_precision_it_has() {
        let utc = |text| Time::parse(text).and_then(|time| time.to_us(&TimeZone::UTC));
        for (text, us) in [
            ("20260302102030.1234", US),
            ("20260302102030.12", US - 3_400),
            ("20260302102030", US - 123_400),
            ("202603021020", US - 30_123_400),
            ("2026030210", US - 1_230_123_400),
            ("20260302", US - 37_230_123_400),
            ("202603", US - 37_230_123_400 - 86_400_000_000),
            ("20260302112030.1234+0100", US),
            ("20260302052030.1234-0500", US),
            ("19700101", 0),
        ] {
            assert_eq!(utc(text), Some(us), "{text}");
        }
        assert_eq!(utc("19691231"), None);
    }

    #[test]
    fn the_zone_of_the_sender_counts_where_the_time_names_none() {
        let paris = TimeZone::fixed(Offset::from_hours(1).unwrap());
        let time = |text| Time::parse(text).unwrap().to_us(&paris);
        assert_eq!(time("20260302112030.1234"), Some(US));
        assert_eq!(time("20260302102030.1234+0000"), Some(US));
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "2026030",
            "20261302",
            "20260230",
            "2026030225",
            "20260302102030.",
            "20260302102030.12345",
            "2026.1",
            "20260302+01",
            "20260302+0160",
            "20260302 1020",
            "+0100",
            "２０２６",
            "20260302102030Z",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }
}
