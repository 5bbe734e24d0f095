//! Acts on devices that were asked for and approved, and who works at which address: a fold of
//! the events that the door kept.
//!
//! ```text
//! ActRequested ─ ActApproved (complete) ─► Grant: one person, from there, until then
//! SeatTaken, ActRequested ───────────────► Seat:  who works at an address, until then
//! ```
//!
//! INVARIANT: (6) same log, same state: what is asked, approved and seated is in the events alone;
//! who may approve was asked of the directory before they were kept.

use std::collections::BTreeMap;
use std::net::IpAddr;

use event::{ActRequestId, ActRequested, Actor, AssetId, Event, PersonId, Timestamp};

use super::limits::{ACTS_MAX, ACTS_OF_ONE_MAX, SEATS_MAX};
use super::{AddressPattern, Grant, Range};

/// What is asked and approved now, bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acts {
    asked: BTreeMap<ActRequestId, Act>,
    seats: BTreeMap<IpAddr, Seat>,
}

/// An act that somebody asked to be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Its name, and that of the grant it becomes.
    pub id: ActRequestId,
    /// Who asks.
    pub holder: PersonId,
    /// The act, as rules of approval call it.
    pub act: String,
    /// On what.
    pub asset: AssetId,
    /// By which conduit.
    pub conduit: String,
    /// From which address.
    pub from: IpAddr,
    /// Why.
    pub reason: String,
    /// When it was asked.
    pub at: Timestamp,
    /// The first instant at which it may no longer be done.
    pub until: Timestamp,
    /// Those who approved so far.
    pub approvers: Vec<PersonId>,
    /// Who approved for which aspect, once nothing is missing.
    pub complete: BTreeMap<String, PersonId>,
}

/// Who works at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Who.
    pub person: PersonId,
    /// The first instant at which they no longer do.
    pub until: Timestamp,
}

impl Acts {
    /// Takes a kept event; most are about something else.
    ///
    /// What has ended by the instant of the event is let go. Beyond the bounds nothing is taken, as
    /// the door takes nothing: what is not asked lets nothing through.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::ActRequested(asked) => {
                self.clear(asked.at);
                self.seat(&asked.actor, asked.until);
                self.ask(asked);
            }
            Event::ActApproved(approved) => {
                if let Some(act) = self.asked.get_mut(&approved.act_request) {
                    let person = &approved.actor.person;
                    if !act.approvers.contains(person) {
                        act.approvers.push(person.clone());
                    }
                    if act.complete.is_empty() {
                        act.complete.clone_from(&approved.complete);
                    }
                }
            }
            Event::ActWithdrawn(withdrawn) => {
                self.asked.remove(&withdrawn.act_request);
            }
            Event::SeatTaken(taken) => {
                self.clear(taken.at);
                self.seat(&taken.actor, taken.until);
            }
            Event::SeatLeft(left) => {
                let address = left.actor.ip.to_canonical();
                let is_theirs = |seat: &Seat| seat.person == left.actor.person;
                if self.seats.get(&address).is_some_and(is_theirs) {
                    self.seats.remove(&address);
                }
            }
            _ => {}
        }
    }

    /// The acts that have not ended, the earliest end first.
    #[must_use]
    pub fn asked(&self, now: Timestamp) -> Vec<&Act> {
        let mut asked: Vec<&Act> = self.asked.values().filter(|it| now < it.until).collect();
        asked.sort_by(|a, b| a.until.cmp(&b.until).then_with(|| a.id.cmp(&b.id)));
        asked
    }

    /// The act of this name, unless it has ended.
    #[must_use]
    pub fn find(&self, id: &ActRequestId, now: Timestamp) -> Option<&Act> {
        self.asked.get(id).filter(|it| now < it.until)
    }

    /// Whether a person can ask for one act more.
    #[must_use]
    pub fn has_room_for(&self, person: &PersonId, now: Timestamp) -> bool {
        let asked = self.asked(now);
        let own = asked.iter().filter(|it| it.holder == *person).count();
        asked.len() < ACTS_MAX && own < ACTS_OF_ONE_MAX
    }

    /// Whether somebody can take a seat at an address.
    #[must_use]
    pub fn has_room_at(&self, address: IpAddr, now: Timestamp) -> bool {
        let address = address.to_canonical();
        self.seats.contains_key(&address) || self.seats(now).count() < SEATS_MAX
    }

    /// Who works at an address now.
    #[must_use]
    pub fn seat_at(&self, address: IpAddr, now: Timestamp) -> Option<&Seat> {
        let seat = self.seats.get(&address.to_canonical());
        seat.filter(|seat| now < seat.until)
    }

    /// Who works where now.
    pub fn seats(&self, now: Timestamp) -> impl Iterator<Item = (IpAddr, &Seat)> {
        let seats = self.seats.iter().map(|(address, seat)| (*address, seat));
        seats.filter(move |(_, seat)| now < seat.until)
    }

    fn ask(&mut self, asked: &ActRequested) {
        if self.asked.len() >= ACTS_MAX {
            return;
        }
        let act = Act {
            id: asked.act_request.clone(),
            holder: asked.actor.person.clone(),
            act: asked.act.clone(),
            asset: asked.asset.clone(),
            conduit: asked.conduit.clone(),
            from: asked.actor.ip.to_canonical(),
            reason: asked.reason.clone(),
            at: asked.at,
            until: asked.until,
            approvers: Vec::new(),
            complete: BTreeMap::new(),
        };
        self.asked.insert(act.id.clone(), act);
    }

    fn seat(&mut self, actor: &Actor, until: Timestamp) {
        let address = actor.ip.to_canonical();
        if !self.seats.contains_key(&address) && self.seats.len() >= SEATS_MAX {
            return;
        }
        // Two persons never work at one address: whoever says so last does.
        let until = match self.seats.get(&address) {
            Some(seat) if seat.person == actor.person => seat.until.max(until),
            _ => until,
        };
        let person = actor.person.clone();
        self.seats.insert(address, Seat { person, until });
    }

    fn clear(&mut self, now: Timestamp) {
        self.asked.retain(|_, act| now < act.until);
        self.seats.retain(|_, seat| now < seat.until);
    }
}

impl Act {
    /// Whether nothing is missing for it.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.approver().is_some()
    }

    /// What it lets through at these devices, and at these units of them, once it is approved by somebody else.
    #[must_use]
    pub fn grant(&self, devices: Vec<AddressPattern>, units: Vec<Range>) -> Option<Grant> {
        let approver = self.approver()?.clone();
        Some(Grant {
            id: self.id.to_string(),
            conduit: self.conduit.clone(),
            act: self.act.clone(),
            asset: Some(self.asset.clone()),
            devices,
            units,
            holder: self.holder.clone(),
            approver,
            from: vec![AddressPattern::one(self.from)],
            functions: Vec::new(),
            points: Vec::new(),
            not_before: self.at,
            not_after: self.until,
            reason: self.reason.clone(),
        })
    }

    /// The first of those who approved for an aspect and is not who asks.
    fn approver(&self) -> Option<&PersonId> {
        self.complete.values().find(|it| **it != self.holder)
    }
}

#[cfg(test)]
mod tests {
    use event::{ActApproved, ActWithdrawn, SeatLeft, SeatTaken};

    use super::*;

    const HOUR_US: u64 = 3_600_000_000;

    fn at(hours: u64) -> Timestamp {
        Timestamp::from_us(1_800_000_000_000_000 + hours * HOUR_US)
    }

    fn actor(person: &str, ip: &str) -> Actor {
        Actor {
            person: person.parse().unwrap(),
            profession: None,
            establishments: Vec::new(),
            session: "s1".parse().unwrap(),
            ip: ip.parse().unwrap(),
        }
    }

    fn asked(id: &str, person: &str, until: u64) -> Event {
        Event::ActRequested(ActRequested {
            act_request: id.parse().unwrap(),
            request: "req-1".parse().unwrap(),
            actor: actor(person, "::ffff:10.0.0.7"),
            act: "fan-set-point".into(),
            asset: "fan-1".parse().unwrap(),
            conduit: "theatre-air".into(),
            reason: "filter was changed".into(),
            at: at(0),
            until: at(until),
        })
    }

    fn approved(id: &str, person: &str, complete: &[(&str, &str)]) -> Event {
        let complete = complete.iter();
        Event::ActApproved(ActApproved {
            act_request: id.parse().unwrap(),
            request: "req-2".parse().unwrap(),
            actor: actor(person, "10.0.0.9"),
            complete: complete
                .map(|(aspect, by)| ((*aspect).to_owned(), by.parse().unwrap()))
                .collect(),
            at: at(0),
        })
    }

    fn fold(events: &[Event]) -> Acts {
        let mut acts = Acts::default();
        events.iter().for_each(|event| acts.take(event));
        acts
    }

    #[test]
    fn an_act_is_a_grant_only_when_all_have_approved() {
        let half = [asked("a", "eng", 2), approved("a", "pharmacist", &[])];
        let id: ActRequestId = "a".parse().unwrap();
        let acts = fold(&half);
        let act = acts.find(&id, at(1)).unwrap();
        assert_eq!(act.approvers, ["pharmacist".parse().unwrap()]);
        assert_eq!(act.grant(Vec::new(), Vec::new()), None);

        let mut all = half.to_vec();
        all.push(approved(
            "a",
            "chief",
            &[("content", "pharmacist"), ("pressure", "chief")],
        ));
        let acts = fold(&all);
        let grant = acts
            .find(&id, at(1))
            .unwrap()
            .grant(Vec::new(), Vec::new())
            .unwrap();
        assert_eq!(grant.holder.as_str(), "eng");
        assert_eq!(grant.approver.as_str(), "pharmacist");
        assert!(grant.from[0].contains("10.0.0.7".parse().unwrap()));
        assert!(!grant.from[0].contains("10.0.0.8".parse().unwrap()));
        assert_eq!((grant.not_before, grant.not_after), (at(0), at(2)));
    }

    #[test]
    fn whoever_asks_never_approves_alone() {
        let acts = fold(&[
            asked("a", "eng", 2),
            approved("a", "eng", &[("use", "eng")]),
        ]);
        let id = "a".parse().unwrap();
        assert_eq!(
            acts.find(&id, at(1)).unwrap().grant(Vec::new(), Vec::new()),
            None
        );
    }

    #[test]
    fn an_act_ends_by_its_time_or_when_it_is_taken_back() {
        let id = "a".parse().unwrap();
        let acts = fold(&[asked("a", "eng", 2)]);
        assert!(acts.find(&id, at(1)).is_some());
        assert!(acts.find(&id, at(2)).is_none());
        let withdrawn = Event::ActWithdrawn(ActWithdrawn {
            act_request: id.clone(),
            request: "req-3".parse().unwrap(),
            actor: actor("chief", "10.0.0.9"),
            at: at(1),
        });
        assert!(
            fold(&[asked("a", "eng", 2), withdrawn])
                .find(&id, at(1))
                .is_none()
        );
    }

    #[test]
    fn an_address_has_one_person_until_they_leave_or_another_comes() {
        let taken = |person: &str, until| {
            Event::SeatTaken(SeatTaken {
                request: "req-1".parse().unwrap(),
                actor: actor(person, "10.0.0.7"),
                at: at(0),
                until: at(until),
            })
        };
        let left = |person: &str| {
            Event::SeatLeft(SeatLeft {
                request: "req-1".parse().unwrap(),
                actor: actor(person, "10.0.0.7"),
                at: at(0),
            })
        };
        let who = |events: &[Event], hours| {
            let acts = fold(events);
            let seats: Vec<_> = acts
                .seats(at(hours))
                .map(|(ip, seat)| format!("{ip} {}", seat.person))
                .collect();
            seats.join(", ")
        };
        assert_eq!(who(&[taken("eng", 2)], 1), "10.0.0.7 eng");
        assert_eq!(who(&[taken("eng", 2)], 2), "");
        // What was asked seats as well, and the longer of two of one person holds.
        let both = [taken("eng", 4), asked("a", "eng", 2)];
        assert_eq!(who(&both, 3), "10.0.0.7 eng");
        assert_eq!(who(&[taken("eng", 4), taken("other", 2)], 3), "");
        assert_eq!(who(&[taken("eng", 4), left("other")], 1), "10.0.0.7 eng");
        assert_eq!(who(&[taken("eng", 4), left("eng")], 1), "");
    }

    #[test]
    fn nobody_asks_for_all_there_is_room_for() {
        let mut acts = Acts::default();
        for number in 0..ACTS_OF_ONE_MAX {
            acts.take(&asked(&format!("a{number}"), "eng", 2));
        }
        let person = |id: &str| id.parse::<PersonId>().unwrap();
        assert!(!acts.has_room_for(&person("eng"), at(1)));
        assert!(acts.has_room_for(&person("another"), at(1)));
        assert!(acts.has_room_for(&person("eng"), at(2)), "they have ended");
    }

    #[test]
    fn what_there_is_no_room_for_is_not_taken() {
        let mut acts = Acts::default();
        for number in 0..ACTS_MAX + 3 {
            let person = format!("eng-{}", number / ACTS_OF_ONE_MAX);
            acts.take(&asked(&format!("a{number}"), &person, 2));
        }
        let person = |id: &str| id.parse::<PersonId>().unwrap();
        assert_eq!(acts.asked(at(0)).len(), ACTS_MAX);
        assert!(!acts.has_room_for(&person("another"), at(0)));
        assert!(acts.find(&"a0".parse().unwrap(), at(0)).is_some());

        let address = |number: u32| IpAddr::from(std::net::Ipv4Addr::from(0x0b00_0000 + number));
        for number in 0..u32::try_from(SEATS_MAX).unwrap() {
            acts.take(&Event::SeatTaken(SeatTaken {
                request: "req-1".parse().unwrap(),
                actor: actor("eng", &address(number).to_string()),
                at: at(0),
                until: at(2),
            }));
        }
        assert_eq!(acts.seats(at(0)).count(), SEATS_MAX);
        let (known, beyond) = (address(0), address(SEATS_MAX.try_into().unwrap()));
        assert!(acts.has_room_at(known, at(0)) && !acts.has_room_at(beyond, at(0)));
        assert!(acts.has_room_at(beyond, at(2)), "they have ended");
    }
}
