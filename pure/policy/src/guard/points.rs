//! Places and what they may become, compiled so that one search finds the limits of a place.

use super::asked::{Place, Space, Span};
use super::error::few;
use super::limits::{INTERVAL_MS_MAX, POINTS_MAX};
use super::{Code, GuardError, PointDocument, PropertyName, Protocol, Range, names};

/// Devices keep fractions in 32 bits: 21.7 comes as a little more than 21.7.
const ROUNDING: f64 = f32::EPSILON as f64;

/// The limits of some places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    pub(crate) addresses: Range,
    minimum: Option<f64>,
    maximum: Option<f64>,
    pub(crate) step_max: Option<f64>,
    pub(crate) interval_ms_min: Option<u64>,
    pub(crate) relinquish: bool,
}

/// Places by table; those of one table stand in order and never overlap.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Points(Vec<(Space, Limits)>);

/// The first and the last of some places, over all tables: outside there is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    first: (Space, u32),
    last: (Space, u32),
}

impl Bounds {
    /// Whether a place lies between them; that it is one of the places is not said.
    pub(crate) fn contains(&self, place: Place) -> bool {
        let place = (place.space, place.address);
        self.first <= place && place <= self.last
    }
}

impl Limits {
    /// Whether any value will do.
    pub(crate) const fn is_free(&self) -> bool {
        self.minimum.is_none() && self.maximum.is_none() && !self.is_of_rate()
    }

    /// Whether it limits how fast a value may change.
    pub(crate) const fn is_of_rate(&self) -> bool {
        self.step_max.is_some() || self.interval_ms_min.is_some()
    }

    /// Compares a value with minimum and maximum; on refusal also the limit that it passes.
    pub(crate) fn weigh(&self, value: f64) -> Result<(), (Code, f64)> {
        match (self.minimum, self.maximum) {
            (Some(minimum), _) if minimum - value > ROUNDING * minimum.abs() => {
                Err((Code::ValueBelowMinimum, minimum))
            }
            (_, Some(maximum)) if value - maximum > ROUNDING * maximum.abs() => {
                Err((Code::ValueAboveMaximum, maximum))
            }
            _ => Ok(()),
        }
    }

    /// Whether a change is no greater than the step, which must be there.
    pub(crate) fn is_small(step_max: f64, old: f64, new: f64) -> bool {
        (new - old).abs() <= step_max + ROUNDING * new.abs().max(old.abs())
    }
}

impl Points {
    /// Compiles the points of a rule or grant.
    pub(crate) fn new(
        place: &str,
        written: &[PointDocument],
        protocol: Protocol,
    ) -> Result<Self, GuardError> {
        few(place, written.len(), POINTS_MAX)?;
        let mut points = Vec::with_capacity(written.len());
        for (index, point) in written.iter().enumerate() {
            points.push(compile(&format!("{place}[{index}]"), point, protocol)?);
        }
        points.sort_by_key(|(space, limits): &(Space, Limits)| (*space, limits.addresses.first()));
        let points = Self(points);
        // INVARIANT: a place has one set of limits in a rule, so that no order of lines decides.
        if let Some(range) = points.overlap() {
            return Err(GuardError::key(
                place,
                &format!("addresses {range} of one space stand there twice"),
                "each place once, with or without its property",
            ));
        }
        Ok(points)
    }

    fn overlap(&self) -> Option<Range> {
        let twice = self.0.windows(2).find_map(|pair| match pair {
            [(space, one), (other, two)]
                if space == other && one.addresses.meets(two.addresses) =>
            {
                Some(two.addresses)
            }
            _ => None,
        });
        twice.or_else(|| {
            self.0.iter().find_map(|(space, limits)| {
                let whole = without_property(*space)?;
                let mut others = self.0.iter().filter(|(other, _)| *other == whole);
                others
                    .any(|(_, other)| other.addresses.meets(limits.addresses))
                    .then_some(limits.addresses)
            })
        })
    }

    /// The limits of a place; none when it is not among the points.
    pub(crate) fn find(&self, space: Space, address: u32) -> Option<&Limits> {
        self.exactly(space, address)
            .or_else(|| self.exactly(without_property(space)?, address))
    }

    fn exactly(&self, space: Space, address: u32) -> Option<&Limits> {
        let after = self.0.partition_point(|(known, limits)| {
            (*known, limits.addresses.first()) <= (space, address)
        });
        let (known, limits) = self.0.get(after.checked_sub(1)?)?;
        (*known == space && limits.addresses.contains(address)).then_some(limits)
    }

    /// The first place of a span that is not among the points.
    pub(crate) fn misses(&self, span: Span) -> Option<Place> {
        let last = span
            .place
            .address
            .saturating_add(span.quantity.saturating_sub(1));
        let mut address = span.place.address;
        loop {
            let Some(limits) = self.find(span.place.space, address) else {
                return Some(Place {
                    address,
                    ..span.place
                });
            };
            if limits.addresses.last() >= last {
                return None;
            }
            address = limits.addresses.last().saturating_add(1);
        }
    }

    /// The first and the last of the places, over all tables.
    pub(crate) fn bounds(&self) -> Option<Bounds> {
        let (first, of_first) = self.0.first()?;
        let last = self.0.iter().map(|(space, limits)| {
            // Any property stands after the object as a whole.
            let space = match *space {
                Space::Object {
                    kind,
                    property: None,
                } => Space::Object {
                    kind,
                    property: Some(u32::MAX),
                },
                space => space,
            };
            (space, limits.addresses.last())
        });
        Some(Bounds {
            first: (*first, of_first.addresses.first()),
            last: last.max()?,
        })
    }

    /// Those places for [`Watched`]: whose rate is limited, and when masks may be written also the
    /// registers that have limits, since what a mask makes of one depends on what it is.
    pub(crate) fn remembered(&self, has_masks: bool) -> impl Iterator<Item = (Space, Range)> {
        let of_mask = self.0.iter().filter(move |(space, limits)| {
            has_masks && *space == Space::HoldingRegister && !limits.is_free()
        });
        let of_mask = of_mask.map(|(space, limits)| (*space, limits.addresses));
        self.of_rate().chain(of_mask)
    }

    /// Those places whose rate is limited.
    fn of_rate(&self) -> impl Iterator<Item = (Space, Range)> {
        self.0
            .iter()
            .filter(|(_, limits)| limits.is_of_rate())
            .map(|(space, limits)| (*space, limits.addresses))
    }

    /// Whether any has limits that only a write can pass.
    pub(crate) fn has_limits(&self) -> bool {
        self.0
            .iter()
            .any(|(_, limits)| !limits.is_free() || limits.relinquish)
    }

    /// Whether any limits a rate.
    pub(crate) fn has_rates(&self) -> bool {
        self.of_rate().next().is_some()
    }
}

/// The places of all rules that are judged by what they are: what is worth remembering.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watched(Vec<(Space, Range)>);

impl Watched {
    /// Joins what overlaps.
    pub(crate) fn new(mut ranges: Vec<(Space, Range)>) -> Self {
        ranges.sort();
        let mut joined: Vec<(Space, Range)> = Vec::new();
        for (space, range) in ranges {
            match joined.last_mut() {
                Some((known, before)) if *known == space && before.meets(range) => {
                    let last = before.last().max(range.last());
                    *before = Range::new(before.first(), last).unwrap_or(*before);
                }
                _ => joined.push((space, range)),
            }
        }
        Self(joined)
    }

    /// Whether a place is one of them.
    pub(crate) fn contains(&self, space: Space, address: u32) -> bool {
        let exactly = |space: Space| {
            let after = self
                .0
                .partition_point(|(known, range)| (*known, range.first()) <= (space, address));
            let before = after.checked_sub(1).and_then(|at| self.0.get(at));
            before.is_some_and(|(known, range)| *known == space && range.contains(address))
        };
        exactly(space) || without_property(space).is_some_and(exactly)
    }
}

/// The objects as a whole, of which a property is part.
const fn without_property(space: Space) -> Option<Space> {
    match space {
        Space::Object {
            kind,
            property: Some(_),
        } => Some(Space::Object {
            kind,
            property: None,
        }),
        _ => None,
    }
}

fn compile(
    place: &str,
    point: &PointDocument,
    protocol: Protocol,
) -> Result<(Space, Limits), GuardError> {
    let key = |key: &str, fault: &str, allowed: &str| {
        GuardError::key(&format!("{place}.{key}"), fault, allowed)
    };
    let space = space(place, point, protocol)?;
    let all = Range::new(0, space.address_max());
    let addresses = point
        .address
        .or(all)
        .filter(|range| range.last() <= space.address_max())
        .ok_or_else(|| {
            let allowed = format!("0 to {}", space.address_max());
            key("address", "it goes beyond the last address", &allowed)
        })?;
    for (name, value) in [("minimum", point.minimum), ("maximum", point.maximum)] {
        if value.is_some_and(|value| !value.is_finite()) {
            return Err(key(name, "it is not finite", "a number"));
        }
    }
    if let (Some(minimum), Some(maximum)) = (point.minimum, point.maximum)
        && minimum > maximum
    {
        return Err(key("minimum", "it is above `maximum`", "at most `maximum`"));
    }
    if point
        .step_max
        .is_some_and(|step| !step.is_finite() || step <= 0.0)
    {
        return Err(key("step_max", "it is no step", "a number above 0"));
    }
    if point.step_max.is_some() && point.interval_ms_min.is_none() {
        let allowed = "`step_max` together with `interval_ms_min`";
        return Err(key("interval_ms_min", "it is missing", allowed));
    }
    if point
        .interval_ms_min
        .is_some_and(|interval| interval == 0 || interval > INTERVAL_MS_MAX)
    {
        let allowed = format!("1 to {INTERVAL_MS_MAX}");
        return Err(key("interval_ms_min", "it is out of range", &allowed));
    }
    if point.relinquish && protocol == Protocol::Modbus {
        return Err(key("relinquish", "Modbus has none", "only with BACnet"));
    }
    let limits = Limits {
        addresses,
        minimum: point.minimum,
        maximum: point.maximum,
        step_max: point.step_max,
        interval_ms_min: point.interval_ms_min,
        relinquish: point.relinquish,
    };
    Ok((space, limits))
}

fn space(place: &str, point: &PointDocument, protocol: Protocol) -> Result<Space, GuardError> {
    let name = point.space.as_str();
    let key = |key: &str, fault: &str, allowed: &str| {
        GuardError::key(&format!("{place}.{key}"), fault, allowed)
    };
    let fault = format!("`{name}` is no space");
    if protocol == Protocol::Modbus {
        if point.property.is_some() {
            return Err(key("property", "Modbus has none", "only with BACnet"));
        }
        return Ok(match name {
            "coil" => Space::Coil,
            "discrete-input" => Space::DiscreteInput,
            "file" => Space::File,
            "holding-register" => Space::HoldingRegister,
            "input-register" => Space::InputRegister,
            _ => {
                let allowed = "coil, discrete-input, file, holding-register, input-register";
                return Err(key("space", &fault, allowed));
            }
        });
    }
    let numbered = || {
        let number = name.strip_prefix("object-")?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        number
            .parse()
            .ok()
            .filter(|kind| is_number && *kind < 1_024)
    };
    let kind = names::kind(name).or_else(numbered).ok_or_else(|| {
        let allowed = "the standard name of a type of objects such as analog-value, or object-0 to object-1023";
        key("space", &fault, allowed)
    })?;
    let property = match &point.property {
        None => None,
        Some(PropertyName::Number(number)) if *number < 1 << 22 => Some(*number),
        Some(PropertyName::Name(name)) if names::property(name).is_some() => names::property(name),
        Some(_) => {
            let allowed = "the standard name of a property such as present-value, or its number below 4194304";
            return Err(key("property", "it is no property", allowed));
        }
    };
    Ok(Space::Object { kind, property })
}
