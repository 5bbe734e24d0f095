//! Things that are kept for each flow, and found quickly.
//!
//! Nearly every packet asks for its flow, and nearly every flow is of version 4 of IP: both ends of
//! such a flow are one number, which is compared in one step where four fields are compared
//! otherwise. Those that were asked for last are found without a search.
//!
//! Neither needs a secret: whoever sends on the network can only make the search necessary, which
//! is one of a tree and never slow.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use super::Flow;
use crate::limits::FLOWS_ASKED_LAST;

/// Things, each under its flow.
#[derive(Clone, Debug)]
pub(crate) struct ByFlow<T> {
    /// Where in `things` stands what belongs to a flow of version 4.
    places: BTreeMap<u128, usize>,
    things: Vec<Option<T>>,
    /// Places in `things` where nothing stands.
    free: Vec<usize>,
    /// Some flows that were asked for last, with their places; each has one slot it can be in.
    last: Vec<Option<(u128, usize)>>,
    others: BTreeMap<Flow, T>,
}

impl<T> Default for ByFlow<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Bits of an end of version 4: an address, then a port.
const END_BITS: u32 = 48;

/// A flow of version 4 as a number; the greater flow has the greater number.
fn number(flow: &Flow) -> Option<u128> {
    let end = |end: &SocketAddr| match end {
        SocketAddr::V4(end) => Some(u128::from(end.ip().to_bits()) << 16 | u128::from(end.port())),
        SocketAddr::V6(_) => None,
    };
    Some(end(&flow.source)? << END_BITS | end(&flow.destination)?)
}

/// The flow of a number.
fn flow(number: u128) -> Flow {
    // Each part is cut to its bits before, so that it fits.
    let part = |from: u32, bits: u32| number >> from & ((1 << bits) - 1);
    let end = |from: u32| {
        let ip = u32::try_from(part(from + 16, 32)).unwrap_or_default();
        let port = u16::try_from(part(from, 16)).unwrap_or_default();
        SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::from_bits(ip), port))
    };
    Flow {
        source: end(END_BITS),
        destination: end(0),
    }
}

/// The slot of a number among those that were asked for last.
fn slot(number: u128) -> usize {
    // Ports and addresses differ in their lower bits above all: an odd factor carries those up.
    let folded = u64::try_from((number ^ number >> 64) & u128::from(u64::MAX)).unwrap_or_default();
    let mixed = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    usize::try_from(mixed).unwrap_or_default() % FLOWS_ASKED_LAST
}

impl<T> ByFlow<T> {
    pub(crate) const fn new() -> Self {
        Self {
            places: BTreeMap::new(),
            things: Vec::new(),
            free: Vec::new(),
            last: Vec::new(),
            others: BTreeMap::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len() + self.others.len()
    }

    /// What is kept for a flow.
    pub(crate) fn get_mut(&mut self, flow: &Flow) -> Option<&mut T> {
        match number(flow) {
            Some(number) => {
                let place = self.place(number)?;
                self.things.get_mut(place)?.as_mut()
            }
            None => self.others.get_mut(flow),
        }
    }

    /// Keeps a thing for a flow; another one that it had is gone.
    pub(crate) fn insert(&mut self, flow: Flow, thing: T) {
        let Some(number) = number(&flow) else {
            self.others.insert(flow, thing);
            return;
        };
        let place = self.place(number).unwrap_or_else(|| self.new_place(number));
        if let Some(kept) = self.things.get_mut(place) {
            *kept = Some(thing);
        }
    }

    pub(crate) fn remove(&mut self, flow: &Flow) -> Option<T> {
        let Some(number) = number(flow) else {
            return self.others.remove(flow);
        };
        let place = self.places.remove(&number)?;
        if let Some(last) = self.last.get_mut(slot(number)) {
            *last = last.filter(|(it, _)| *it != number);
        }
        self.free.push(place);
        self.things.get_mut(place)?.take()
    }

    /// In no order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.things.iter().flatten().chain(self.others.values())
    }

    /// In the order of flows.
    pub(crate) fn into_sorted(mut self) -> Vec<(Flow, T)> {
        let version_4 = std::mem::take(&mut self.places).into_iter();
        let version_4 = version_4.filter_map(|(number, place)| {
            let thing = self.things.get_mut(place)?.take()?;
            Some((flow(number), thing))
        });
        let mut all: Vec<(Flow, T)> = version_4.collect();
        all.extend(self.others);
        all.sort_by_key(|(flow, _)| *flow);
        all
    }

    /// Where the thing of a flow stands.
    fn place(&mut self, number: u128) -> Option<usize> {
        match self.last.get(slot(number)) {
            Some(Some((last, place))) if *last == number => Some(*place),
            _ => {
                let place = *self.places.get(&number)?;
                self.ask(number, place);
                Some(place)
            }
        }
    }

    fn new_place(&mut self, number: u128) -> usize {
        let place = self.free.pop().unwrap_or(self.things.len());
        if place == self.things.len() {
            self.things.push(None);
        }
        self.places.insert(number, place);
        self.ask(number, place);
        place
    }

    fn ask(&mut self, number: u128, place: usize) {
        if self.last.is_empty() {
            self.last.resize(FLOWS_ASKED_LAST, None);
        }
        if let Some(last) = self.last.get_mut(slot(number)) {
            *last = Some((number, place));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn end() -> impl Strategy<Value = SocketAddr> {
        // Few addresses and ports, so that flows come again.
        let ip = prop::sample::select(vec!["10.0.0.1", "10.0.1.0", "::1", "255.255.255.255"]);
        (ip, prop::sample::select(vec![0_u16, 1, 256, 65_535]))
            .prop_map(|(ip, port)| SocketAddr::new(ip.parse().unwrap(), port))
    }

    proptest! {
        /// It is a map in the order of flows, whatever their versions.
        #[test]
        fn flows_of_every_version_are_kept_as_in_one_map(
            steps in prop::collection::vec(
                ((end(), end()), any::<u8>(), any::<bool>(), (end(), end())), 0..80),
        ) {
            let mut kept = ByFlow::new();
            let mut expected = BTreeMap::new();
            for ((source, destination), thing, is_removed, asked) in steps {
                let flow = Flow { source, destination };
                if is_removed {
                    prop_assert_eq!(kept.remove(&flow), expected.remove(&flow));
                } else {
                    kept.insert(flow, thing);
                    expected.insert(flow, thing);
                }
                let asked = Flow { source: asked.0, destination: asked.1 };
                prop_assert_eq!(kept.get_mut(&asked), expected.get_mut(&asked));
                prop_assert_eq!(kept.get_mut(&flow), expected.get_mut(&flow));
                prop_assert_eq!(kept.len(), expected.len());
                prop_assert_eq!(kept.values().count(), expected.len());
            }
            prop_assert_eq!(kept.into_sorted(), expected.into_iter().collect::<Vec<_>>());
        }
    }
}
