//! Instants in UTC, to the microsecond.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Written as RFC 3339 with six decimals in text and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

/// The last microsecond of year 9999, the last that RFC 3339 can write.
const LAST_US: u64 = 253_402_207_200_000_000 - 1;

/// A text that is not an RFC 3339 date, or lies before 1970.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a date of the form 2026-01-31 or 2026-01-31T12:00:00Z")]
pub struct InvalidTimestamp {
    text: String,
}

impl Timestamp {
    /// From microseconds since the Unix epoch; later than year 9999 counts as its last instant.
    #[must_use]
    pub fn from_us(us: u64) -> Self {
        Self(us.min(LAST_US))
    }

    /// From whole seconds since the Unix epoch, as tokens carry them (RFC 7519 `NumericDate`).
    #[must_use]
    pub fn from_s(s: u64) -> Self {
        Self::from_us(s.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub fn as_us(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub fn as_s(self) -> u64 {
        self.0 / 1_000_000
    }

    /// This instant, later by `duration`.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self::from_us(self.0.saturating_add(us))
    }

    /// How long it is since `earlier`; zero when `earlier` lies in the future.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = i64::try_from(self.0).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_microsecond(us) {
            Ok(instant) => write!(f, "{instant:.6}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Reads RFC 3339; a date alone is its first instant in UTC.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let invalid = || InvalidTimestamp {
            text: text.chars().take(64).collect(),
        };
        let instant = match text.parse::<jiff::Timestamp>() {
            Ok(instant) => instant,
            Err(_) => text
                .parse::<jiff::civil::Date>()
                .and_then(|date| jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)))
                .map_err(|_| invalid())?,
        };
        u64::try_from(instant.as_microsecond())
            .map(Self::from_us)
            .map_err(|_| invalid())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
