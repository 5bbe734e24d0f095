//! Reads that passed, counted: the first of each kind is told at once, the others by their number.
//!
//! A station that polls a hundred registers ten times a second would fill any log, and all of it
//! says one thing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use event::{Errand, GuardReads, PersonId, ServiceId, Timestamp};
use policy::guard::{Function, Station};

/// What reads have in common that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) conduit: Arc<str>,
    pub(crate) client: IpAddr,
    pub(crate) person: Option<PersonId>,
    pub(crate) service: Option<ServiceId>,
    pub(crate) device: IpAddr,
    pub(crate) station: Station,
    pub(crate) function: Function,
    pub(crate) rule: Box<str>,
}

/// Kinds of reads and how many there were.
///
/// INVARIANT: never more than `kinds_max`, nor than `per_client_max` of one client, so that no
/// client takes the room of the others.
#[derive(Debug)]
pub(crate) struct Tally {
    kinds: HashMap<Kind, Line>,
    /// How many kinds there are of each client.
    of_client: HashMap<IpAddr, usize>,
    kinds_max: usize,
    per_client_max: usize,
    told_at: Timestamp,
}

#[derive(Debug)]
struct Line {
    errand: Errand,
    count: u64,
    since: Timestamp,
}

/// What becomes of one read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Counted with those before it.
    Counted,
    /// The first of its kind: to be told.
    First(Box<GuardReads>),
    /// There is no room for its kind: to be told as a limit.
    NoRoom,
    /// The client has taken all the room that it may.
    NoRoomOfClient,
}

impl Tally {
    pub(crate) fn new((kinds_max, per_client_max): (usize, usize), now: Timestamp) -> Self {
        Self {
            kinds: HashMap::new(),
            of_client: HashMap::new(),
            kinds_max,
            per_client_max,
            told_at: now,
        }
    }

    pub(crate) fn note(
        &mut self,
        kind: Kind,
        errand: impl FnOnce() -> Errand,
        now: Timestamp,
    ) -> Noted {
        if let Some(line) = self.kinds.get_mut(&kind) {
            if line.count == 0 {
                line.since = now;
            }
            line.count = line.count.saturating_add(1);
            return Noted::Counted;
        }
        if self.kinds.len() >= self.kinds_max {
            return Noted::NoRoom;
        }
        let of_client = self.of_client.get(&kind.client).copied().unwrap_or(0);
        if of_client >= self.per_client_max {
            return Noted::NoRoomOfClient;
        }
        let of_client = of_client.saturating_add(1);
        self.of_client.insert(kind.client, of_client);
        let errand = errand();
        let first = GuardReads {
            errand: errand.clone(),
            rule: kind.rule.clone().into(),
            count: 1,
            since: now,
        };
        let line = Line {
            errand,
            count: 0,
            since: now,
        };
        self.kinds.insert(kind, line);
        Noted::First(Box::new(first))
    }

    /// What was counted since it was last told, when that is long enough ago. A kind that had
    /// nothing to tell is let go, so that its next read is a first one again.
    pub(crate) fn due(&mut self, each: Duration, now: Timestamp) -> Vec<GuardReads> {
        if now.since(self.told_at) < each && self.told_at <= now {
            return Vec::new();
        }
        self.flush(now)
    }

    pub(crate) fn flush(&mut self, now: Timestamp) -> Vec<GuardReads> {
        self.told_at = now;
        self.kinds.retain(|_, line| line.count > 0);
        self.of_client.clear();
        for kind in self.kinds.keys() {
            let count = self.of_client.entry(kind.client).or_default();
            *count = count.saturating_add(1);
        }
        let told = self.kinds.iter_mut().map(|(kind, line)| GuardReads {
            errand: line.errand.clone(),
            rule: kind.rule.clone().into(),
            count: std::mem::take(&mut line.count),
            since: line.since,
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_s(second)
    }

    fn kind(client: &str) -> Kind {
        Kind {
            conduit: Arc::from("air"),
            client: client.parse().unwrap(),
            person: None,
            service: None,
            device: "10.9.0.1".parse().unwrap(),
            station: Station::Unit(1),
            function: Function::modbus(3),
            rule: "reads".into(),
        }
    }

    fn errand() -> Errand {
        Errand {
            conduit: "air".to_owned(),
            protocol: "modbus".to_owned(),
            client: "10.0.0.1".parse().unwrap(),
            person: None,
            service: None,
            role: None,
            calling: None,
            device: "10.9.0.1".parse().unwrap(),
            station: "unit 1".to_owned(),
            function: "read-holding-registers".to_owned(),
            number: Some(3),
        }
    }

    #[test]
    fn the_first_is_told_and_the_others_are_counted() {
        let mut tally = Tally::new((8, 8), at(0));
        let first = tally.note(kind("10.0.0.1"), errand, at(1));
        assert!(matches!(first, Noted::First(told) if told.count == 1));
        for _ in 0..600 {
            assert_eq!(tally.note(kind("10.0.0.1"), errand, at(2)), Noted::Counted);
        }
        let minute = Duration::from_secs(60);
        assert_eq!(tally.due(minute, at(59)), []);
        let told = tally.due(minute, at(60));
        assert_eq!((told.len(), told[0].count, told[0].since), (1, 600, at(2)));
        // A minute without any: the next one is a first one again.
        assert_eq!(tally.due(minute, at(120)), []);
        let again = tally.note(kind("10.0.0.1"), errand, at(121));
        assert!(matches!(again, Noted::First(_)));
    }

    #[test]
    fn kinds_are_bounded() {
        let mut tally = Tally::new((1, 1), at(0));
        assert!(matches!(
            tally.note(kind("10.0.0.1"), errand, at(1)),
            Noted::First(_)
        ));
        assert_eq!(tally.note(kind("10.0.0.2"), errand, at(1)), Noted::NoRoom);
        assert_eq!(tally.note(kind("10.0.0.1"), errand, at(1)), Noted::Counted);
    }

    #[test]
    fn a_client_that_asks_for_everything_leaves_room_to_others() {
        let mut tally = Tally::new((8, 2), at(0));
        let of = |client, number| Kind {
            function: Function::modbus(number),
            ..kind(client)
        };
        for number in [1, 2] {
            let noted = tally.note(of("10.0.0.1", number), errand, at(1));
            assert!(matches!(noted, Noted::First(_)));
        }
        let third = tally.note(of("10.0.0.1", 3), errand, at(1));
        assert_eq!(third, Noted::NoRoomOfClient);
        let other = tally.note(of("10.0.0.2", 3), errand, at(1));
        assert!(matches!(other, Noted::First(_)));
        // What had nothing to tell is let go, and its room with it.
        assert_eq!(tally.flush(at(60)), []);
        let again = tally.note(of("10.0.0.1", 3), errand, at(61));
        assert!(matches!(again, Noted::First(_)));
    }
}
