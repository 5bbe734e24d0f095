//! The times that logs write: RFC 3339 and its relatives, decimal seconds, and clocks that leave
//! out the year or the zone.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::json::non_digits;

/// Microseconds of a second.
const SECOND_US: i64 = 1_000_000;

/// Microseconds of a day.
const DAY_US: i64 = 86_400 * SECOND_US;

/// Months as RFC 3164 section 4.1.2 and BIND write them.
const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// An instant in RFC 3339 with a `Z`; `None` outside the years -9999 to 9999.
pub(super) fn written(time_us: i64) -> Option<String> {
    let instant = jiff::Timestamp::from_microsecond(time_us).ok()?;
    Some(instant.to_string())
}

/// `2026-11-26T08:03:13.123456789+01:00`: date and time apart by `T` or a space, fraction behind a
/// point or comma, zone `Z`, `+01:00`, `+0100` or `+01`. Without a zone it is read in `zone`.
pub(super) fn iso(text: &[u8], zone: Option<&TimeZone>) -> Option<i64> {
    let (head, rest) = text.split_first_chunk::<19>()?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        mo1,
        mo2,
        b'-',
        d1,
        d2,
        b'T' | b't' | b' ',
        h1,
        h2,
        b':',
        mi1,
        mi2,
        b':',
        s1,
        s2,
    ] = *head
    else {
        return None;
    };
    let civil = Civil {
        year: i64::from(two(y1, y2)?) * 100 + i64::from(two(y3, y4)?),
        month: two(mo1, mo2)?,
        day: two(d1, d2)?,
        hour: two(h1, h2)?,
        minute: two(mi1, mi2)?,
        second: two(s1, s2)?,
        fraction_us: 0,
    };
    let (fraction_us, rest) = fraction(rest)?;
    let civil = Civil {
        fraction_us,
        ..civil
    };
    match rest {
        [] => match zone {
            Some(zone) => civil.in_zone(zone),
            None => civil.utc(),
        },
        [b'Z' | b'z'] => civil.utc(),
        [b'+', offset @ ..] => Some(civil.utc()? - offset_us(offset)?),
        [b'-', offset @ ..] => Some(civil.utc()? + offset_us(offset)?),
        _ => None,
    }
}

/// `1591367999.305988` seconds; digits beyond the microsecond are cut.
pub(super) fn seconds(text: &[u8]) -> Option<i64> {
    let (text, sign) = match text.strip_prefix(b"-") {
        Some(text) => (text, -1),
        None => (text, 1),
    };
    let point = memchr::memchr(b'.', text).unwrap_or(text.len());
    let (whole, rest) = text.split_at_checked(point)?;
    (1..=12).contains(&whole.len()).then_some(())?;
    let (fraction_us, rest) = fraction(rest)?;
    rest.is_empty().then_some(())?;
    let us = number(whole)?.checked_mul(SECOND_US)?;
    Some(sign * (us + fraction_us))
}

/// The same for seconds of ten digits and a fraction of up to six, as sensors write them in each line;
/// `None` for whatever else.
fn seconds_of_today(text: &[u8]) -> Option<i64> {
    let (eight, rest) = text.split_first_chunk::<8>()?;
    let [tens, ones, b'.', fraction @ ..] = rest else {
        return None;
    };
    (1..=6).contains(&fraction.len()).then_some(())?;
    let mut six = [b'0'; 8];
    for (to, digit) in six.iter_mut().skip(2).zip(fraction) {
        *to = *digit;
    }
    let seconds = eight_digits(*eight)? * 100 + i64::from(two(*tens, *ones)?);
    Some(seconds * SECOND_US + eight_digits(six)?)
}

/// The number that eight digits are.
fn eight_digits(digits: [u8; 8]) -> Option<i64> {
    let word = u64::from_le_bytes(digits);
    (non_digits(word) == 0).then_some(())?;
    // Neighbours join: digits to pairs, pairs to fours, fours to the number. The left one, which is
    // the lower in the word, counts ten, a hundred or ten thousand times.
    let values = word & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = (values.wrapping_mul(10) + (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let number = (fours & 0xffff) * 10_000 + (fours >> 32);
    i64::try_from(number).ok()
}

/// A number whose unit is told by its size: seconds, milliseconds, microseconds or nanoseconds
/// since 1970. Up to the year 5138 none is taken for another.
pub(super) fn epoch(text: &[u8]) -> Option<i64> {
    if let Some(time_us) = seconds_of_today(text) {
        return Some(time_us);
    }
    if text.contains(&b'.') {
        return seconds(text);
    }
    let number = number(text)?;
    match text.len() {
        0..=11 => number.checked_mul(SECOND_US),
        12..=14 => number.checked_mul(1_000),
        15..=17 => Some(number),
        _ => Some(number / 1_000),
    }
}

/// `Nov 26 08:03:13` (RFC 3164 section 4.1.2), a day below ten with a space before it. The year is
/// the one that puts it at most a day after `reference_us`. Gives the rest behind it as well.
pub(super) fn without_year<'a>(
    text: &'a [u8],
    zone: &TimeZone,
    reference_us: i64,
) -> Option<(i64, &'a [u8])> {
    let (head, rest) = text.split_first_chunk::<15>()?;
    let [
        m1,
        m2,
        m3,
        b' ',
        d1,
        d2,
        b' ',
        h1,
        h2,
        b':',
        mi1,
        mi2,
        b':',
        s1,
        s2,
    ] = *head
    else {
        return None;
    };
    let d1 = if d1 == b' ' { b'0' } else { d1 };
    let civil = Civil {
        year: 0,
        month: month(&[m1, m2, m3])?,
        day: two(d1, d2)?,
        hour: two(h1, h2)?,
        minute: two(mi1, mi2)?,
        second: two(s1, s2)?,
        fraction_us: 0,
    };
    // A fraction is not of the standard, but some devices write one.
    let (fraction_us, rest) = fraction(rest).unwrap_or((0, rest));
    let civil = Civil {
        fraction_us,
        ..civil
    };
    let latest = year_of(reference_us)? + 1;
    // Five years back there is a 29 February.
    let found = (0..9).find_map(|back| {
        let year = latest - back;
        let time_us = Civil { year, ..civil }.in_zone(zone)?;
        (time_us <= reference_us.saturating_add(DAY_US)).then_some(time_us)
    });
    Some((found?, rest))
}

/// `26-Nov-2026 08:03:13.123`, as BIND writes it. Gives the rest behind it as well.
pub(super) fn bind<'a>(text: &'a [u8], zone: &TimeZone) -> Option<(i64, &'a [u8])> {
    let (head, rest) = text.split_first_chunk::<20>()?;
    let [
        d1,
        d2,
        b'-',
        m1,
        m2,
        m3,
        b'-',
        y1,
        y2,
        y3,
        y4,
        b' ',
        h1,
        h2,
        b':',
        mi1,
        mi2,
        b':',
        s1,
        s2,
    ] = *head
    else {
        return None;
    };
    let (fraction_us, rest) = fraction(rest)?;
    let civil = Civil {
        year: i64::from(two(y1, y2)?) * 100 + i64::from(two(y3, y4)?),
        month: month(&[m1, m2, m3])?,
        day: two(d1, d2)?,
        hour: two(h1, h2)?,
        minute: two(mi1, mi2)?,
        second: two(s1, s2)?,
        fraction_us,
    };
    Some((civil.in_zone(zone)?, rest))
}

/// `11/26/26` and `08:03:13`, as the DHCP server of Windows writes them.
pub(super) fn american(date: &[u8], clock: &[u8], zone: &TimeZone) -> Option<i64> {
    let [m1, m2, b'/', d1, d2, b'/', year @ ..] = date else {
        return None;
    };
    let year = match year {
        [y1, y2] => 2000 + i64::from(two(*y1, *y2)?),
        [y1, y2, y3, y4] => i64::from(two(*y1, *y2)?) * 100 + i64::from(two(*y3, *y4)?),
        _ => return None,
    };
    let [h1, h2, b':', mi1, mi2, b':', s1, s2] = clock else {
        return None;
    };
    let civil = Civil {
        year,
        month: two(*m1, *m2)?,
        day: two(*d1, *d2)?,
        hour: two(*h1, *h2)?,
        minute: two(*mi1, *mi2)?,
        second: two(*s1, *s2)?,
        fraction_us: 0,
    };
    civil.in_zone(zone)
}

/// A date and a clock.
#[derive(Clone, Copy)]
struct Civil {
    year: i64,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    fraction_us: i64,
}

impl Civil {
    fn utc(self) -> Option<i64> {
        let days = self.days()?;
        let Self {
            hour,
            minute,
            second,
            ..
        } = self;
        // A leap second is the second before it.
        let is_clock = hour < 24 && minute < 60 && second < 61;
        is_clock.then_some(())?;
        let seconds = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second.min(59));
        Some(days * DAY_US + seconds * SECOND_US + self.fraction_us)
    }

    /// Days since 1970-01-01, counted in years that begin in March.
    fn days(self) -> Option<i64> {
        let month = i64::from(self.month);
        let day = i64::from(self.day);
        let is_leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let longest = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => return None,
        };
        (1..=longest).contains(&day).then_some(())?;
        let year = if month < 3 { self.year - 1 } else { self.year };
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        Some(365 * year + leaps + of_year - 719_468)
    }

    fn in_zone(self, zone: &TimeZone) -> Option<i64> {
        // What the arithmetic refuses is no date either.
        self.utc()?;
        let signed = |number: u8| i8::try_from(number).ok();
        let civil = DateTime::new(
            i16::try_from(self.year).ok()?,
            signed(self.month)?,
            signed(self.day)?,
            signed(self.hour)?,
            signed(self.minute)?,
            signed(self.second.min(59))?,
            0,
        );
        let instant = zone.to_ambiguous_timestamp(civil.ok()?).compatible().ok()?;
        Some(instant.as_microsecond() + self.fraction_us)
    }
}

fn year_of(time_us: i64) -> Option<i64> {
    let instant = jiff::Timestamp::from_microsecond(time_us).ok()?;
    Some(i64::from(Offset::UTC.to_datetime(instant).year()))
}

fn month(name: &[u8]) -> Option<u8> {
    let at = MONTHS.iter().position(|month| *month == name)?;
    u8::try_from(at + 1).ok()
}

fn two(tens: u8, ones: u8) -> Option<u8> {
    let is_number = tens.is_ascii_digit() && ones.is_ascii_digit();
    is_number.then(|| (tens - b'0') * 10 + (ones - b'0'))
}

fn number(digits: &[u8]) -> Option<i64> {
    (!digits.is_empty() && digits.len() <= 19).then_some(())?;
    digits.iter().try_fold(0_i64, |sum, digit| {
        let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// A fraction of a second in microseconds, and what follows; zero where none begins.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.' | b',', rest @ ..] = text else {
        return Some((0, text));
    };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=18).contains(&count).then_some(())?;
    let (digits, rest) = rest.split_at_checked(count)?;
    let us = (0..6).fold(0, |sum, at| {
        sum * 10 + digits.get(at).map_or(0, |digit| i64::from(digit - b'0'))
    });
    Some((us, rest))
}

/// `01:00`, `0100` or `01`.
fn offset_us(text: &[u8]) -> Option<i64> {
    let (hour, minute) = match *text {
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (two(h1, h2)?, two(m1, m2)?),
        [h1, h2] => (two(h1, h2)?, 0),
        _ => return None,
    };
    (hour < 24 && minute < 60).then_some(())?;
    Some((i64::from(hour) * 60 + i64::from(minute)) * 60 * SECOND_US)
}

#[cfg(test)]
mod tests;
