//! Impossible travel: the same account from two places, sooner than anybody can travel.

use serde::{Deserialize, Serialize};

use super::bounded::Bounded;
use super::input::Login;
use super::{Output, SECOND_US};
use crate::finding::{Entity, Fact, Finding, Level};

/// Thresholds and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TravelSettings {
    /// Nobody travels faster, in kilometres an hour.
    pub kmh_max: u32,
    /// Nearer places are not told apart by address, in kilometres.
    pub km_min: u32,
    /// Exits that many share (mobile operators, proxies), by address or name: no place.
    pub shared_exits: Vec<String>,
    /// The same account is not told again for so long, in seconds.
    pub quiet_s: i64,
    /// Accounts that are kept.
    pub keys_max: usize,
}

impl Default for TravelSettings {
    fn default() -> Self {
        Self {
            kmh_max: 900,
            km_min: 500,
            shared_exits: Vec::new(),
            quiet_s: 86_400,
            keys_max: 200_000,
        }
    }
}

/// The fold over sign-ins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Travel {
    settings: TravelSettings,
    accounts: Bounded<Account>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Account {
    last: Option<Seen>,
    told_us: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    at_us: i64,
    position: u64,
    location_udeg: (i32, i32),
}

impl Travel {
    /// No sign-ins yet.
    #[must_use]
    pub fn new(settings: TravelSettings) -> Self {
        Self {
            accounts: Bounded::new("accounts with a place", settings.keys_max),
            settings,
        }
    }

    /// Takes one sign-in.
    pub fn apply(&mut self, login: &Login) -> Vec<Output> {
        let mut outputs = Vec::new();
        let Some(location_udeg) = login.location_udeg.filter(|_| login.is_success) else {
            return outputs;
        };
        if self.settings.shared_exits.contains(&login.from) {
            return outputs;
        }
        let at_us = login.place.at_us;
        let owner = &login.place.establishment;
        let account = self
            .accounts
            .touch((owner, &login.person), at_us, &mut outputs);
        let seen = Seen {
            at_us,
            position: login.place.position,
            location_udeg,
        };
        let before = account.last.replace(seen);
        let quiet_us = self.settings.quiet_s.saturating_mul(SECOND_US);
        let is_quiet = account
            .told_us
            .is_some_and(|told_us| at_us.saturating_sub(told_us).saturating_abs() < quiet_us);
        let Some(before) = before.filter(|_| !is_quiet) else {
            return outputs;
        };
        let km = distance_km(before.location_udeg, location_udeg);
        // Events may come out of order: what counts is how far apart they are.
        let apart_us = at_us.abs_diff(before.at_us).max(1);
        // km * 3.6e9 / us is the speed in kilometres an hour.
        let speed_kmh = u128::from(km) * 3_600_000_000 / u128::from(apart_us);
        if km < u64::from(self.settings.km_min) || speed_kmh <= u128::from(self.settings.kmh_max) {
            return outputs;
        }
        account.told_us = Some(at_us);
        let entities = vec![
            Entity::person(&login.person),
            Entity::device(&login.from),
            Entity::establishment(owner),
        ];
        let apart_us = i64::try_from(apart_us).unwrap_or(i64::MAX);
        let finding = Finding::new("impossible_travel", Level::Medium, at_us, entities)
            .technique("T1078")
            .events([before.position, login.place.position], 2)
            .fact("km", km)
            .fact("apart", Fact::Micros(apart_us));
        outputs.push(Output::Found(finding));
        outputs
    }
}

/// The distance on a sphere (haversine), in whole kilometres.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most half the circumference of the Earth, never negative"
)]
fn distance_km(from: (i32, i32), to: (i32, i32)) -> u64 {
    const RADIUS_KM: f64 = 6_371.0;
    let radians = |udeg: i32| (f64::from(udeg) / 1_000_000.0).to_radians();
    let (latitude, other) = (radians(from.0), radians(to.0));
    let up = ((other - latitude) / 2.0).sin().powi(2);
    let along = ((radians(to.1) - radians(from.1)) / 2.0).sin().powi(2);
    let part = (up + latitude.cos() * other.cos() * along).clamp(0.0, 1.0);
    (2.0 * RADIUS_KM * part.sqrt().asin()).round() as u64
}
