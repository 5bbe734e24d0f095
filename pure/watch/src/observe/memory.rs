//! What observers remember from one line to the next: names of connections, and hosts of
//! addresses. Bounded; the oldest goes first, and what is lost is only a name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analytics::input::Flow;
use crate::limits::{ADDRESSES_MAX, CONNECTIONS_MAX};

/// What observers remember.
///
/// INVARIANT: (6) same log, same state: only lines change it, and it is written down whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memory {
    flows: Newest<Flow>,
    names: Newest<String>,
    hosts: Newest<String>,
}

impl Memory {
    /// Takes a connection that may have a name; gives it with its name when that came before.
    ///
    /// Zeek tells the name and the connection in two lines, and files beside each other come in
    /// either order.
    pub(super) fn flow(&mut self, uid: &str, flow: &Flow) -> Option<Flow> {
        match self.names.remove(uid) {
            Some(name) => Some(named(flow.clone(), name)),
            None => {
                self.flows.insert(uid, flow.clone(), CONNECTIONS_MAX);
                None
            }
        }
    }

    /// Takes a name; gives its connection when that came before.
    pub(super) fn name(&mut self, uid: &str, name: &str) -> Option<Flow> {
        match self.flows.remove(uid) {
            Some(flow) => Some(named(flow, name.to_owned())),
            None => {
                self.names.insert(uid, name.to_owned(), CONNECTIONS_MAX);
                None
            }
        }
    }

    /// An address belongs to a host.
    pub(super) fn learn(&mut self, address: &str, host: &str) {
        if self.hosts.get(address).is_none_or(|known| known != host) {
            self.hosts.insert(address, host.to_owned(), ADDRESSES_MAX);
        }
    }

    /// The host of an address.
    pub(crate) fn host(&self, address: &str) -> Option<&str> {
        self.hosts.get(address).map(String::as_str)
    }
}

fn named(flow: Flow, name: String) -> Flow {
    Flow {
        name: Some(name),
        ..flow
    }
}

/// A map that keeps the newest keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Newest<V> {
    values: BTreeMap<String, (u64, V)>,
    #[serde(with = "crate::pairs")]
    order: BTreeMap<u64, String>,
    next: u64,
}

impl<V> Default for Newest<V> {
    fn default() -> Self {
        Self {
            values: BTreeMap::new(),
            order: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<V> Newest<V> {
    fn insert(&mut self, key: &str, value: V, keys_max: usize) {
        self.remove(key);
        while self.values.len() >= keys_max {
            let Some((_, oldest)) = self.order.pop_first() else {
                break;
            };
            self.values.remove(&oldest);
        }
        self.order.insert(self.next, key.to_owned());
        self.values.insert(key.to_owned(), (self.next, value));
        self.next = self.next.wrapping_add(1);
    }

    fn remove(&mut self, key: &str) -> Option<V> {
        let (number, value) = self.values.remove(key)?;
        self.order.remove(&number);
        Some(value)
    }

    fn get(&self, key: &str) -> Option<&V> {
        self.values.get(key).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay() {
        let mut newest = Newest::default();
        for (key, value) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            newest.insert(key, value, 2);
        }
        assert_eq!(
            (newest.get("a"), newest.get("b"), newest.get("c")),
            (Some(&3), None, Some(&4))
        );
        assert_eq!(newest.order.len(), newest.values.len());
    }
}
