//! Room that is shared out: so much in all, and so much for one network address.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::pen::lock;

/// A limit by its name, and its value.
pub(crate) type Bound = (&'static str, usize);

/// Who has taken how much.
#[derive(Debug, Default)]
pub(crate) struct Room {
    taken: Mutex<BTreeMap<IpAddr, usize>>,
    freed: Notify,
}

/// One place that is taken; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Berth {
    room: Arc<Room>,
    address: IpAddr,
}

impl Room {
    /// Takes a place for an address, or says which bound leaves none for it.
    ///
    /// INVARIANT: never more than `all`, nor than `each` of one address. An address that has all it
    /// may have is told so first: nobody else has to make room for it.
    pub(crate) fn take(
        self: &Arc<Self>,
        address: IpAddr,
        each: Bound,
        all: Bound,
    ) -> Result<Berth, Bound> {
        let address = address.to_canonical();
        let mut taken = lock(&self.taken);
        let here = taken.get(&address).copied().unwrap_or(0);
        if here >= each.1 {
            return Err(each);
        }
        if taken.values().sum::<usize>() >= all.1 {
            return Err(all);
        }
        taken.insert(address, here.saturating_add(1));
        Ok(Berth {
            room: Arc::clone(self),
            address,
        })
    }

    /// How much is taken.
    pub(crate) fn taken(&self) -> usize {
        lock(&self.taken).values().sum()
    }

    /// Waits until a place is free that was taken; it may be taken again by then. What was freed
    /// while nobody waited is told to the next who does.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        let mut taken = lock(&self.room.taken);
        if let Some(here) = taken.get_mut(&self.address) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                taken.remove(&self.address);
            }
        }
        drop(taken);
        self.room.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_has_all_it_may_have_is_told_so_before_anything_is_full() {
        let room = Arc::<Room>::default();
        let address = |last| IpAddr::from([10, 0, 0, last]);
        let take = |last| room.take(address(last), ("each", 2), ("all", 3));
        let held = [take(1), take(1), take(2)].map(Result::unwrap);
        assert_eq!(room.taken(), 3);
        // Both bounds are reached.
        assert_eq!(take(1).unwrap_err().0, "each");
        assert_eq!(take(2).unwrap_err().0, "all");
        drop(held);
        assert_eq!(room.taken(), 0);
        let mapped = "::ffff:10.0.0.1".parse().unwrap();
        let _both = [room.take(mapped, ("each", 1), ("all", 3)), take(1)].map(Result::unwrap);
        assert_eq!(take(1).unwrap_err().0, "each");
        let none = room.take(address(9), ("each", 0), ("all", 9));
        assert_eq!(none.unwrap_err().0, "each");
        assert_eq!(room.taken(), 2);
    }
}
