//! Days and hours, as one bit for each minute of a week.

use std::fmt;
use std::str::FromStr;

use event::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Day;

const DAY_MINUTES: u32 = 24 * 60;
const WEEK_MINUTES: u32 = 7 * DAY_MINUTES;
/// 1970-01-01 was a Thursday, three days after a Monday.
const EPOCH_MINUTES: i64 = 3 * DAY_MINUTES as i64;

/// From one minute of the day until another, which is not included: `07:00-19:00`, `22:00-06:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    from: u32,
    until: u32,
}

/// The minutes of a week at which a rule holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Week(Box<[u64]>);

impl Hours {
    /// How many minutes they last; a whole day when both ends are the same minute of the clock.
    fn minutes(self) -> u32 {
        if self.until > self.from {
            self.until - self.from
        } else {
            self.until + DAY_MINUTES - self.from
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let (from, until) = (minute(from)?, minute(until)?);
        // An empty window is a slip of the pen; a whole day is written 00:00-24:00.
        (from != until && from < DAY_MINUTES).then_some(Self { from, until })
    }
}

fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let two = |text: &str| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_number)
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= DAY_MINUTES).then_some(minutes)
}

impl Week {
    /// The minutes of these hours on these days; a window over midnight belongs to the day on which
    /// it starts. None when a rule names neither, which means always.
    pub(crate) fn new(days: &[Day], hours: &[Hours]) -> Option<Self> {
        if days.is_empty() && hours.is_empty() {
            return None;
        }
        let whole = [Hours {
            from: 0,
            until: DAY_MINUTES,
        }];
        let hours = if hours.is_empty() { &whole } else { hours };
        let words = usize::try_from(WEEK_MINUTES.div_ceil(64)).unwrap_or_default();
        let mut week = Self(vec![0; words].into_boxed_slice());
        for (number, day) in (0..).zip([
            Day::Mon,
            Day::Tue,
            Day::Wed,
            Day::Thu,
            Day::Fri,
            Day::Sat,
            Day::Sun,
        ]) {
            if !days.is_empty() && !days.contains(&day) {
                continue;
            }
            for window in hours {
                let from = number * DAY_MINUTES + window.from;
                for minute in from..from + window.minutes() {
                    week.set(minute % WEEK_MINUTES);
                }
            }
        }
        Some(week)
    }

    fn set(&mut self, minute: u32) {
        if let Some(word) = place(minute).and_then(|at| self.0.get_mut(at)) {
            *word |= 1 << (minute % 64);
        }
    }

    /// Whether an instant is one of them, on the clocks of a time zone.
    pub(crate) fn contains(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let minute = minute_of_week(now, zone);
        let word = place(minute).and_then(|at| self.0.get(at));
        word.is_some_and(|word| word & (1 << (minute % 64)) != 0)
    }
}

fn place(minute: u32) -> Option<usize> {
    usize::try_from(minute / 64).ok()
}

/// The minute since Monday, midnight, on the clocks of a time zone.
pub(crate) fn minute_of_week(now: Timestamp, zone: &TimeZone) -> u32 {
    let seconds = i64::try_from(now.as_s()).unwrap_or(i64::MAX);
    // Beyond the years of the calendar there is no summer time.
    let offset = jiff::Timestamp::from_second(seconds)
        .map_or(0, |instant| i64::from(zone.to_offset(instant).seconds()));
    let minutes = seconds.saturating_add(offset).div_euclid(60);
    let of_week = minutes
        .saturating_add(EPOCH_MINUTES)
        .rem_euclid(i64::from(WEEK_MINUTES));
    u32::try_from(of_week).unwrap_or_default()
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::read(text).ok_or_else(|| {
            let text: String = text.chars().take(64).collect();
            format!("`{text}` are no hours; allowed: two different minutes such as 07:00-19:00")
        })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = (self.from, self.until);
        write!(
            out,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            until / 60,
            until % 60
        )
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
