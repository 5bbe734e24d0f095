//! Who is at an address: persons who proved it for a time, and machines by configuration.

use std::collections::BTreeMap;
use std::net::IpAddr;

use arc_swap::ArcSwap;
use event::{PersonId, ServiceId, Tier, Timestamp};
use policy::guard::{AddressPattern, Who};

/// What is known of addresses without asking anybody.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Machines under their own names; of several that fit, the first.
    pub services: Vec<(AddressPattern, ServiceId)>,
    /// Tiers of networks; of several that fit, the first.
    pub tiers: Vec<(AddressPattern, Tier)>,
}

/// The table of who sits where.
///
/// INVARIANT: a seat whose time is over names nobody.
#[derive(Debug)]
pub(crate) struct Seats {
    places: Places,
    taken: ArcSwap<BTreeMap<IpAddr, (PersonId, Timestamp)>>,
    seats_max: usize,
}

/// Those who may be asking from one address; both are known, so either may allow it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sitting {
    pub(crate) person: Option<PersonId>,
    pub(crate) service: Option<ServiceId>,
    pub(crate) tier: Option<Tier>,
}

impl Sitting {
    /// Whom the policy is asked about, in this order: a person at the console of a machine acts for
    /// both, and the machine goes on polling meanwhile.
    pub(crate) fn who(&self) -> impl Iterator<Item = Who<'_>> {
        let person = self.person.as_ref().map(Who::Person);
        let service = self.service.as_ref().map(Who::Service);
        let nobody = (person.is_none() && service.is_none()).then_some(Who::Unknown);
        person.into_iter().chain(service).chain(nobody)
    }

    pub(crate) const fn is_known(&self) -> bool {
        self.person.is_some() || self.service.is_some()
    }
}

impl Seats {
    pub(crate) fn new(places: Places, seats_max: usize) -> Self {
        Self {
            places,
            taken: ArcSwap::default(),
            seats_max,
        }
    }

    /// Whether there was room. Seats whose time is over give theirs.
    pub(crate) fn seat(
        &self,
        address: IpAddr,
        (person, until): (PersonId, Timestamp),
        now: Timestamp,
    ) -> bool {
        let mut has_room = false;
        self.taken.rcu(|taken| {
            let mut taken = BTreeMap::clone(taken);
            taken.retain(|_, (_, until)| now < *until);
            let address = address.to_canonical();
            has_room = taken.len() < self.seats_max || taken.contains_key(&address);
            if has_room {
                taken.insert(address, (person.clone(), until));
            }
            taken
        });
        has_room
    }

    pub(crate) fn unseat(&self, address: IpAddr) {
        self.taken.rcu(|taken| {
            let mut taken = BTreeMap::clone(taken);
            taken.remove(&address.to_canonical());
            taken
        });
    }

    pub(crate) fn at(&self, address: IpAddr, now: Timestamp) -> Sitting {
        let address = address.to_canonical();
        let taken = self.taken.load();
        let person = taken
            .get(&address)
            .filter(|(_, until)| now < *until)
            .map(|(person, _)| person.clone());
        let services = self.places.services.iter();
        let tiers = self.places.tiers.iter();
        Sitting {
            person,
            service: services
                .clone()
                .find(|(pattern, _)| pattern.contains(address))
                .map(|(_, service)| service.clone()),
            tier: tiers
                .clone()
                .find(|(pattern, _)| pattern.contains(address))
                .map(|(_, tier)| *tier),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_s(second)
    }

    #[test]
    fn a_seat_names_its_person_until_its_time_is_over() {
        let seats = Seats::new(Places::default(), 1);
        let address: IpAddr = "10.0.0.1".parse().unwrap();
        let person: PersonId = "m-durand".parse().unwrap();
        assert!(seats.seat(address, (person.clone(), at(10)), at(1)));
        assert_eq!(seats.at(address, at(9)).person, Some(person.clone()));
        let mapped = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(seats.at(mapped, at(9)).person, Some(person.clone()));
        assert_eq!(seats.at(address, at(10)).person, None);
        let other: IpAddr = "10.0.0.2".parse().unwrap();
        assert!(!seats.seat(other, (person.clone(), at(10)), at(9)), "full");
        assert!(
            seats.seat(other, (person, at(20)), at(10)),
            "the first is over"
        );
        seats.unseat(other);
        assert!(!seats.at(other, at(11)).is_known());
    }

    #[test]
    fn a_person_at_a_machine_is_asked_about_before_it() {
        let service: ServiceId = "scada".parse().unwrap();
        let places = Places {
            services: vec![("10.0.0.0/8".parse().unwrap(), service.clone())],
            tiers: vec![("10.0.0.0/8".parse().unwrap(), Tier::Building)],
        };
        let seats = Seats::new(places, 8);
        let address: IpAddr = "10.0.0.1".parse().unwrap();
        let person: PersonId = "m-durand".parse().unwrap();
        assert!(seats.seat(address, (person.clone(), at(10)), at(1)));
        let sitting = seats.at(address, at(2));
        assert_eq!(sitting.tier, Some(Tier::Building));
        let who: Vec<_> = sitting.who().collect();
        assert_eq!(who, [Who::Person(&person), Who::Service(&service)]);
        let stranger = seats.at("192.0.2.1".parse().unwrap(), at(2));
        assert_eq!(stranger.who().collect::<Vec<_>>(), [Who::Unknown]);
    }
}
