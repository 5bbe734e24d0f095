//! Selections as values, and how they are read.

use std::net::IpAddr;

use super::Reason;
use super::modifier;
use super::pattern::Pattern;
use super::read::{Context, Placeholders};
use super::time::Unit;
use super::yaml::{Scalar, Yaml};

/// A selection.
#[derive(Clone, Debug, PartialEq)]
pub enum Detection {
    /// A map: all of these.
    All(Vec<Detection>),
    /// A list: any of these.
    Any(Vec<Detection>),
    /// One line of a map, or a list of keywords.
    Item(Item),
}

/// One field and what its values must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The field; `None` for keywords, which any value of the event may hold.
    pub field: Option<String>,
    /// The tests.
    pub tests: Vec<Test>,
    /// All must be met, by whichever value of the field; otherwise one is enough.
    pub all: bool,
    /// The field is there and none of it is met.
    pub neq: bool,
}

/// A test of one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A text with wildcards.
    Text {
        /// The text.
        pattern: Pattern,
        /// Letters must have the same case.
        cased: bool,
    },
    /// A regular expression that finds a part of the value; flags are inside.
    Regex(String),
    /// An address inside of a network.
    Network(Network),
    /// A number compared.
    Compare(Operator, f64),
    /// A part of a date compared.
    Time(Unit, Operator, f64),
    /// The field is there, whatever its value.
    Exists(bool),
    /// The field is null or not there.
    Null,
    /// Compared with another field of the same event.
    Field {
        /// The other field.
        other: String,
        /// Where its value must stand in the value of this one.
        shape: Shape,
        /// Letters must have the same case.
        cased: bool,
    },
}

/// Where a text must stand in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// It is the value.
    Whole,
    /// Anywhere.
    Part,
    /// At the start.
    Start,
    /// At the end.
    End,
}

/// How numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// Equal.
    Equal,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
}

impl Operator {
    /// Whether a value compares so.
    #[must_use]
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Equal => (value - bound).abs() < f64::EPSILON,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
        }
    }
}

/// A network of IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// Its first address, as a number, in the high bits for both families.
    pub(crate) bits: u128,
    /// How many bits are fixed.
    pub(crate) length: u8,
    pub(crate) is_v4: bool,
}

impl Network {
    /// Reads `10.0.0.0/8`, `fe80::/10`, or one address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let (bits, is_v4) = Self::address(address)?;
        let longest = if is_v4 { 32 } else { 128 };
        let length = length.unwrap_or(longest);
        (length <= longest).then(|| Self {
            bits: bits & Self::mask(length),
            length,
            is_v4,
        })
    }

    /// Whether an address is inside.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        Self::address(text).is_some_and(|address| self.holds_bits(address))
    }

    /// The same for an address that [`Network::address`] has read.
    pub(crate) fn holds_bits(&self, (bits, is_v4): (u128, bool)) -> bool {
        is_v4 == self.is_v4 && bits & Self::mask(self.length) == self.bits
    }

    /// An address in the high bits, and whether it is of IPv4. Addresses of IPv4 that are written
    /// as `::ffff:10.0.0.1` are of IPv4.
    pub(crate) fn address(text: &str) -> Option<(u128, bool)> {
        let text = text.trim();
        let text = text
            .split_once('%')
            .map_or(text, |(address, _zone)| address);
        Some(match text.parse::<IpAddr>().ok()?.to_canonical() {
            IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, true),
            IpAddr::V6(address) => (address.to_bits(), false),
        })
    }

    pub(crate) fn mask(length: u8) -> u128 {
        match length {
            0 => 0,
            length => u128::MAX << (128 - u32::from(length.min(128))),
        }
    }
}

/// Reads a selection.
pub(super) fn read(
    name: &str,
    value: &Yaml,
    given: &Placeholders,
    context: &mut Context<'_>,
) -> Result<Detection, Reason> {
    match value {
        Yaml::Map(pairs) => {
            let mut all = Vec::with_capacity(pairs.len());
            for (key, value) in pairs {
                all.push(Detection::Item(item(key, value, given, context)?));
            }
            match all.is_empty() {
                true => Err(wrong(name, "a map or list with something in it")),
                false => Ok(Detection::All(all)),
            }
        }
        Yaml::List(list) if list.iter().all(|one| matches!(one, Yaml::Scalar(_))) => {
            Ok(Detection::Item(item("", value, given, context)?))
        }
        Yaml::List(list) => {
            let any = list.iter().map(|one| match one {
                Yaml::List(_) => Err(wrong(name, "a list of maps or of texts")),
                one => read(name, one, given, context),
            });
            Ok(Detection::Any(any.collect::<Result<_, _>>()?))
        }
        Yaml::Scalar(_) => Ok(Detection::Item(item("", value, given, context)?)),
    }
}

fn item(
    key: &str,
    value: &Yaml,
    given: &Placeholders,
    context: &mut Context<'_>,
) -> Result<Item, Reason> {
    let single;
    let values: &[Yaml] = match value {
        Yaml::List(list) => list,
        Yaml::Scalar(_) => {
            single = [value.clone()];
            &single
        }
        Yaml::Map(_) => return Err(wrong(key, "a value or a list of values")),
    };
    let scalars: Vec<&Scalar> = values
        .iter()
        .map(|value| match value {
            Yaml::Scalar(scalar) => Ok(scalar),
            _ => Err(wrong(key, "a list of plain values")),
        })
        .collect::<Result<_, _>>()?;
    if scalars.is_empty() {
        return Err(wrong(key, "a list with something in it"));
    }
    let item = modifier::apply(key, &scalars, given, context.limits)?;
    context.spend(item.tests.len())?;
    Ok(item)
}

fn wrong(key: &str, wanted: &'static str) -> Reason {
    Reason::WrongShape {
        key: key.to_owned(),
        wanted,
    }
}
