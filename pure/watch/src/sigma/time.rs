//! Parts of dates, as the time modifiers ask for them: no time zone, no conversion.

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// 0 to 59
    Minute,
    /// 0 to 23
    Hour,
    /// 1 to 31
    Day,
    /// 1 to 53, as ISO 8601 counts weeks.
    Week,
    /// 1 to 12
    Month,
    /// The year.
    Year,
}

/// The part of a date written as `2026-11-26`, with or without `T08:03` or ` 08:03` behind it.
///
/// `None` when it is no such date, or has no such part.
#[must_use]
pub fn part(text: &[u8], unit: Unit) -> Option<u32> {
    let text = text.trim_ascii();
    let (year, rest) = digits(text, 4)?;
    let separator = *rest.first().filter(|sign| matches!(sign, b'-' | b'/'))?;
    let (month, rest) = digits(rest.get(1..)?, 2)?;
    let (day, rest) = digits(rest.strip_prefix(&[separator])?, 2)?;
    if !(1..=12).contains(&month) || !(1..=month_days(year, month)).contains(&day) {
        return None;
    }
    match unit {
        Unit::Year => return Some(year),
        Unit::Month => return Some(month),
        Unit::Day => return Some(day),
        Unit::Week => return Some(week(year, month, day)),
        Unit::Hour | Unit::Minute => {}
    }
    let rest = rest
        .strip_prefix(b"T")
        .or_else(|| rest.strip_prefix(b" "))?;
    let (hour, rest) = digits(rest, 2)?;
    let (minute, _) = digits(rest.strip_prefix(b":")?, 2)?;
    if hour > 23 || minute > 59 {
        return None;
    }
    Some(if unit == Unit::Hour { hour } else { minute })
}

fn digits(text: &[u8], count: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let value = digits.iter().try_fold(0_u32, |sum, digit| {
        Some(sum * 10 + char::from(*digit).to_digit(10)?)
    })?;
    Some((value, rest))
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn month_days(year: u32, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The week by ISO 8601: the first of a year holds its first Thursday.
fn week(year: u32, month: u32, day: u32) -> u32 {
    let of_year: u32 = (1..month).map(|month| month_days(year, month)).sum::<u32>() + day;
    let weekday = weekday(year, of_year);
    let count = (of_year + 10 - weekday) / 7;
    match count {
        0 => weeks(year.saturating_sub(1)),
        count if count > weeks(year) => 1,
        count => count,
    }
}

/// 1 for Monday to 7 for Sunday, of a day counted from 1 in its year.
fn weekday(year: u32, of_year: u32) -> u32 {
    let before = year.saturating_sub(1);
    let days = before * 365 + before / 4 - before / 100 + before / 400 + of_year;
    (days + 6) % 7 + 1
}

fn weeks(year: u32) -> u32 {
    let first = weekday(year, 1);
    if first == 4 || (first == 3 && is_leap(year)) {
        53
    } else {
        52
    }
}
