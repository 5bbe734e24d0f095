//! Hours of the week at which somebody answers, in the time of the place.
//!
//! The time zone is data, as POSIX writes it (`TZ`, IEEE Std 1003.1, section 8.3): an offset and
//! the rules of summer time, such as `CET-1CEST,M3.5.0,M10.5.0/3` for Paris and
//! `EET-2EEST,M3.5.0/3,M10.5.0/4` for Helsinki. No database of zones is read.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use event::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Hours of the week that several responsibilities share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeHours {
    /// Their identity.
    pub id: String,
    /// The time zone, as POSIX writes it.
    pub time_zone: String,
    /// When somebody answers; outside of all windows, nobody does.
    pub windows: Vec<Window>,
}

/// Some hours of some days. A night is two windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The days.
    pub days: BTreeSet<Day>,
    /// The first minute.
    pub from: ClockTime,
    /// The first minute after it, up to `24:00`.
    pub until: ClockTime,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A time of the day to the minute, `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime {
    minutes: u16,
}

/// A text that is no time of the day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a time of the day is written 00:00 to 24:00")]
pub struct InvalidClockTime;

impl OfficeHours {
    /// The time zone; `None` when it is not one.
    pub(crate) fn zone(&self) -> Option<TimeZone> {
        TimeZone::posix(&self.time_zone).ok()
    }

    /// Whether somebody answers at an instant; never in a zone that is none.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        let Some(zone) = self.zone() else {
            return false;
        };
        let us = i64::try_from(at.as_us()).ok();
        let Some(instant) = us.and_then(|us| jiff::Timestamp::from_microsecond(us).ok()) else {
            return false;
        };
        let local = zone.to_datetime(instant);
        let day = Day::of(local.weekday());
        let minutes = i32::from(local.hour()) * 60 + i32::from(local.minute());
        self.windows.iter().any(|it| {
            let hours = i32::from(it.from.minutes)..i32::from(it.until.minutes);
            it.days.contains(&day) && hours.contains(&minutes)
        })
    }
}

impl Day {
    fn of(day: jiff::civil::Weekday) -> Self {
        match day {
            jiff::civil::Weekday::Monday => Self::Mon,
            jiff::civil::Weekday::Tuesday => Self::Tue,
            jiff::civil::Weekday::Wednesday => Self::Wed,
            jiff::civil::Weekday::Thursday => Self::Thu,
            jiff::civil::Weekday::Friday => Self::Fri,
            jiff::civil::Weekday::Saturday => Self::Sat,
            jiff::civil::Weekday::Sunday => Self::Sun,
        }
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl FromStr for ClockTime {
    type Err = InvalidClockTime;

    fn from_str(text: &str) -> Result<Self, InvalidClockTime> {
        let digits = |text: &str| {
            let is_two = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<u16>().ok().filter(|_| is_two)
        };
        let (hours, minutes) = text.split_once(':').ok_or(InvalidClockTime)?;
        let (hours, minutes) = digits(hours).zip(digits(minutes)).ok_or(InvalidClockTime)?;
        let all = hours.saturating_mul(60).saturating_add(minutes);
        if minutes < 60 && all <= 24 * 60 {
            Ok(Self { minutes: all })
        } else {
            Err(InvalidClockTime)
        }
    }
}

impl Serialize for ClockTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
