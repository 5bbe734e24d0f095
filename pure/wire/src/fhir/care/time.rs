//! `dateTime` and `instant` (FHIR R4 section 2.24.0.1) as microseconds since 1970.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Period, Unread};

/// The first instant of a time, to the precision that it has; dates without a zone are in UTC.
pub(super) fn begin_us(text: &str) -> Result<u64, Unread> {
    let (first, _) = span(text).ok_or(Unread::Time)?;
    Ok(first)
}

/// The first instant after a time: an end on a day includes this day.
pub(super) fn end_us(text: &str) -> Result<u64, Unread> {
    let (first, next) = span(text).ok_or(Unread::Time)?;
    Ok(next.unwrap_or(first))
}

pub(super) fn period(from: Option<&str>, until: Option<&str>) -> Result<Period, Unread> {
    Ok(Period {
        from_us: from.map(begin_us).transpose()?,
        until_us: until.map(end_us).transpose()?,
    })
}

/// The first instant, and the one after the last for what is no instant.
fn span(text: &str) -> Option<(u64, Option<u64>)> {
    if text.len() > 10 {
        let instant: Timestamp = text.parse().ok()?;
        let us = u64::try_from(instant.as_microsecond()).ok()?;
        return Some((us, None));
    }
    let number = |range| -> Option<i16> {
        let digits: &str = text.get(range)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok())?
    };
    let separated = |at: usize| text.as_bytes().get(at) == Some(&b'-');
    let year = number(0..4)?;
    let (month, day) = match text.len() {
        4 => (None, None),
        7 if separated(4) => (number(5..7), None),
        10 if separated(4) && separated(7) => (number(5..7), number(8..10)),
        _ => return None,
    };
    let part = |part: Option<i16>| i8::try_from(part.unwrap_or(1)).ok();
    let date = Date::new(year, part(month)?, part(day)?).ok()?;
    let next = match (month, day) {
        (Some(_), Some(_)) => date.tomorrow().ok()?,
        (Some(_), None) => date.last_of_month().tomorrow().ok()?,
        (None, _) => date.last_of_year().tomorrow().ok()?,
    };
    let us = |date: Date| {
        let instant = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
        u64::try_from(instant.as_microsecond()).ok()
    };
    Some((us(date)?, Some(us(next)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_US: u64 = 86_400_000_000;
    /// 2026-03-02.
    const MARCH_2: u64 = 1_772_409_600_000_000;

    #[test]
    fn a_time_begins_and_ends_to_the_precision_it_has() {
        for (text, begin, end) in [
            (
                "2026-03-02T10:00:00Z",
                MARCH_2 + 36_000_000_000,
                MARCH_2 + 36_000_000_000,
            ),
            (
                "2026-03-02T10:00:00.5+01:00",
                MARCH_2 + 32_400_500_000,
                MARCH_2 + 32_400_500_000,
            ),
            ("2026-03-02", MARCH_2, MARCH_2 + DAY_US),
            ("2026-03", MARCH_2 - DAY_US, MARCH_2 + 30 * DAY_US),
            ("2026", MARCH_2 - 60 * DAY_US, MARCH_2 + 305 * DAY_US),
            ("1970-01-01", 0, DAY_US),
        ] {
            assert_eq!(
                (begin_us(text), end_us(text)),
                (Ok(begin), Ok(end)),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "26",
            "2026-3",
            "2026-13",
            "2026-02-30",
            "2026/03/02",
            "+026",
            "2026-03-02T10:00",
            "1969-12-31",
            "2026-03-02T10:00:00",
            "99999",
            "２０２６",
        ] {
            assert_eq!(begin_us(text), Err(Unread::Time), "{text}");
        }
    }
}
