//! Numbers as a hospital writes them: `7`, `"10-20"`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Numbers from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    first: u32,
    last: u32,
}

impl Range {
    /// The numbers from `first` to `last`; none when they stand the wrong way round.
    #[must_use]
    pub const fn new(first: u32, last: u32) -> Option<Self> {
        if first <= last {
            Some(Self { first, last })
        } else {
            None
        }
    }

    /// The first number.
    #[must_use]
    pub const fn first(self) -> u32 {
        self.first
    }

    /// The last number.
    #[must_use]
    pub const fn last(self) -> u32 {
        self.last
    }

    /// Whether a number is one of them.
    #[must_use]
    pub const fn contains(self, number: u32) -> bool {
        self.first <= number && number <= self.last
    }

    /// Whether both have a number in common.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    fn read(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let text = text.trim();
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| is_number)
        };
        match text.split_once('-') {
            Some((first, last)) => Self::new(number(first)?, number(last)?),
            None => Self::new(number(text)?, number(text)?),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(out, "{}", self.first)
        } else {
            write!(out, "{}-{}", self.first, self.last)
        }
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl de::Visitor<'_> for Reader {
            type Value = Range;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a number such as 7, or a range such as \"10-20\"")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Range, E> {
                let bad = || E::invalid_value(de::Unexpected::Signed(number), &self);
                let number = u32::try_from(number).map_err(|_| bad())?;
                Range::new(number, number).ok_or_else(bad)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Range, E> {
                let bad = || E::invalid_value(de::Unexpected::Unsigned(number), &self);
                let number = u32::try_from(number).map_err(|_| bad())?;
                Range::new(number, number).ok_or_else(bad)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Range, E> {
                Range::read(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
