//! How much a channel looks like one of control.
//!
//! Whole numbers go in and come out; what lies between is computed in floating point and rounded
//! to thousandths.

use std::collections::BTreeMap;

use super::{BeaconSettings, Channel, Contact};

/// The score of one pair, with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BeaconScore {
    /// The score, in thousandths.
    pub thousandths: i64,
    /// How regular the contacts are, in thousandths, as far as chance does not explain it.
    pub rhythm_thousandths: i64,
    /// How much of a failing channel that comes back it is, in thousandths.
    pub failing_thousandths: i64,
    /// The share of the most frequent size, in thousandths.
    pub size_thousandths: i64,
    /// The period that fits best, in seconds; zero when there is none.
    pub period_s: i64,
    /// The p-value of the rhythm against chance is at most 10 to the power of minus this.
    pub p_value_exponent: u32,
    /// The weight of the kind of traffic, in thousandths.
    pub weight_thousandths: i64,
}

/// Gaps within this share of a multiple of the period count as on time.
const TOLERANCE: f64 = 0.2;
/// Multiples of the period that are looked at: up to three beats may be missed.
const MULTIPLES: u32 = 4;
/// Periods that are tried for each pair.
const CANDIDATES_MAX: usize = 24;
/// Tries in one call from which on it is a ladder.
const LADDER_TRIES: u32 = 3;
/// Hours with a contact from which on a channel counts as lasting.
const PERSISTENT_HOURS: f64 = 12.0;
const WEEK_S: f64 = 7.0 * 86_400.0;

struct Rhythm {
    strength: f64,
    period_s: f64,
    log10_p: f64,
}

pub(super) fn score(
    channel: &Channel,
    hours: Option<&[u64; 24]>,
    is_service: bool,
    settings: &BeaconSettings,
) -> BeaconScore {
    let contacts: Vec<Contact> = channel.contacts.iter().copied().collect();
    let rhythm = rhythm(&contacts, &weights(hours), settings);
    let failing = failing(&contacts);
    let size = same_size(&contacts);
    let weight = weight(channel, &contacts, is_service, settings);
    // A rhythm counts for more when the messages are alike; failing and coming back is evidence of
    // its own, which is not weighed by the kind of service: nobody answered, so there is none.
    let regular = rhythm.strength * (0.7 + 0.3 * size) * persistence(channel) * weight;
    // Where many fail alike, a service is down.
    let outage = float(settings.known_weight_thousandths) / 1_000.0;
    let retried = failing * known(channel, settings).min(if is_service { outage } else { 1.0 });
    let score = (1.0 - (1.0 - regular) * (1.0 - retried)) * focus(channel);
    BeaconScore {
        thousandths: thousandths(score),
        rhythm_thousandths: thousandths(rhythm.strength),
        failing_thousandths: thousandths(failing),
        size_thousandths: thousandths(size),
        period_s: rounded(rhythm.period_s),
        p_value_exponent: u32::try_from(rounded(-rhythm.log10_p)).unwrap_or(0),
        weight_thousandths: thousandths(weight),
    }
}

/// The rhythm that fits best, against a chance that knows the hours of the establishment.
fn rhythm(contacts: &[Contact], hours: &[f64; 24], settings: &BeaconSettings) -> Rhythm {
    let mut best = Rhythm {
        strength: 0.0,
        period_s: 0.0,
        log10_p: 0.0,
    };
    let mut times: Vec<i64> = contacts.iter().map(|contact| contact.at_s).collect();
    times.sort_unstable();
    times.dedup();
    let gaps: Vec<f64> = times
        .windows(2)
        .filter_map(|pair| Some(float(pair.last()?.saturating_sub(*pair.first()?))))
        .collect();
    if times.len() < settings.contacts_min.max(4) {
        return best;
    }
    let span: f64 = gaps.iter().sum();
    let candidates = candidates(&gaps);
    let tried = float_of(candidates.len().max(1));
    let count = float_of(gaps.len());
    for period in candidates {
        let on_time = gaps.iter().filter(|gap| is_on_time(**gap, period)).count();
        let share = float_of(on_time) / count;
        let chance = by_chance(period, span, count, hours).clamp(1e-6, 1.0 - 1e-6);
        // Chernoff's bound on the binomial tail, and as many tries as there were candidates.
        let evidence = count * divergence(share, chance) - tried.ln();
        let concentration = concentration(&times, period, span);
        let lift = ((share - chance) / (1.0 - chance)).max(0.0);
        let certain = 1.0 - (-evidence.max(0.0) / 8.0).exp();
        let strength = (0.8 * lift + 0.2 * concentration.max(lift)) * certain;
        if strength > best.strength {
            best = Rhythm {
                strength,
                period_s: period,
                log10_p: (-evidence / std::f64::consts::LN_10).clamp(-300.0, 0.0),
            };
        }
    }
    best
}

/// Periods worth trying: quantiles of the gaps, and days and weeks for those who call rarely.
fn candidates(gaps: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = gaps.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let steps = CANDIDATES_MAX - 4;
    let quantiles = (0..=steps).filter_map(|step| sorted.get(last * step / steps).copied());
    let mut found: Vec<f64> = quantiles
        .chain([3_600.0, 86_400.0, WEEK_S])
        .filter(|period| (2.0..=WEEK_S).contains(period))
        .collect();
    found.sort_by(f64::total_cmp);
    found.dedup_by(|one, other| (*one - *other).abs() <= 0.02 * *other);
    found
}

fn is_on_time(gap: f64, period: f64) -> bool {
    (1..=MULTIPLES).any(|multiple| (gap - f64::from(multiple) * period).abs() <= TOLERANCE * period)
}

/// The probability that a gap is on time when contacts come by chance, as often as they did and
/// at the hours at which the establishment is awake.
fn by_chance(period: f64, span: f64, count: f64, hours: &[f64; 24]) -> f64 {
    let rate = count / span.max(1.0);
    let mut sum = 0.0;
    for share in hours {
        let rate = rate * share * 24.0;
        let bands = (1..=MULTIPLES).map(|multiple| {
            let centre = f64::from(multiple) * period;
            let early = (-rate * (centre - TOLERANCE * period)).exp();
            early - (-rate * (centre + TOLERANCE * period)).exp()
        });
        sum += share * bands.sum::<f64>();
    }
    sum
}

/// Rayleigh's measure of how much the contacts fall on one phase of the period; only over many
/// periods, since few contacts within one always do.
fn concentration(times: &[i64], period: f64, span: f64) -> f64 {
    if span < 8.0 * period {
        return 0.0;
    }
    let first = times.first().copied().unwrap_or(0);
    let (mut sine, mut cosine) = (0.0, 0.0);
    for time in times {
        let phase = float(time.saturating_sub(first)) / period * std::f64::consts::TAU;
        sine += phase.sin();
        cosine += phase.cos();
    }
    sine.hypot(cosine) / float_of(times.len().max(1))
}

/// The information for telling a share from chance (Kullback and Leibler), in nats; zero when
/// chance explains as much.
fn divergence(share: f64, chance: f64) -> f64 {
    if share <= chance {
        return 0.0;
    }
    let on = share * (share / chance).ln();
    let off = match share < 1.0 {
        true => (1.0 - share) * ((1.0 - share) / (1.0 - chance)).ln(),
        false => 0.0,
    };
    on + off
}

/// Calls that nobody answered, each tried again and again, and then made anew.
fn failing(contacts: &[Contact]) -> f64 {
    if contacts.is_empty() {
        return 0.0;
    }
    let ladders = contacts
        .iter()
        .filter(|contact| contact.failed >= LADDER_TRIES && contact.tries >= LADDER_TRIES)
        .count();
    let share = float_of(ladders) / float_of(contacts.len());
    let certain = 1.0 - (-(float_of(ladders) - 1.0).max(0.0) / 2.0).exp();
    share.sqrt() * certain
}

/// How long it goes on: from two fifths for a single hour to all of it for half a day or more, in
/// one stretch or over weeks. A session of machines is over after an hour; a channel stays.
fn persistence(channel: &Channel) -> f64 {
    let hours: u32 = channel
        .days
        .values()
        .map(|(_, hours)| hours.count_ones())
        .sum();
    0.4 + 0.6 * (f64::from(hours) / PERSISTENT_HOURS).min(1.0)
}

/// The share of the two most used ports: a channel keeps to its port, a scan does not.
fn focus(channel: &Channel) -> f64 {
    let mut counts: Vec<u64> = channel.ports.values().copied().collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let two: u64 = counts.iter().take(2).sum();
    count_of(two) / count_of(channel.flows.max(1))
}

fn same_size(contacts: &[Contact]) -> f64 {
    let mut sizes: BTreeMap<u64, usize> = BTreeMap::new();
    for contact in contacts {
        *sizes.entry(contact.bytes_out).or_default() += 1;
    }
    let most = sizes.values().max().copied().unwrap_or(0);
    float_of(most) / float_of(contacts.len().max(1))
}

/// The weight of traffic that is known to be regular.
fn known(channel: &Channel, settings: &BeaconSettings) -> f64 {
    let is_known = channel.known_flows.saturating_mul(2) > channel.flows;
    match is_known {
        true => float(settings.known_weight_thousandths) / 1_000.0,
        false => 1.0,
    }
}

fn weight(
    channel: &Channel,
    contacts: &[Contact],
    is_service: bool,
    settings: &BeaconSettings,
) -> f64 {
    let known = known(channel, settings);
    let answered = contacts
        .iter()
        .filter(|contact| contact.failed < contact.tries)
        .count();
    let main = channel.ports.iter().max_by_key(|(_, count)| **count);
    let is_ordinary = main.is_some_and(|(port, _)| settings.ordinary_ports.contains(port));
    let is_answered = answered.saturating_mul(2) > contacts.len();
    // What many use is less of a secret, but a control channel may hide behind a busy address.
    match is_service || (is_ordinary && is_answered) {
        true => known.min(float(settings.ordinary_weight_thousandths) / 1_000.0),
        false => known,
    }
}

/// The share of each hour in what the establishment does, half of it taken as even.
fn weights(hours: Option<&[u64; 24]>) -> [f64; 24] {
    let even = 1.0 / 24.0;
    let mut weights = [even; 24];
    let Some(hours) = hours else {
        return weights;
    };
    let all: f64 = hours.iter().map(|count| count_of(*count)).sum();
    if all > 0.0 {
        for (weight, count) in weights.iter_mut().zip(hours) {
            *weight = 0.5 * even + 0.5 * count_of(*count) / all;
        }
    }
    weights
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of ten thousand years fit"
)]
fn float(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn float_of(value: usize) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "a share of counts, rounded")]
fn count_of(value: u64) -> f64 {
    value as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast of a float saturates"
)]
fn rounded(value: f64) -> i64 {
    value.round() as i64
}

fn thousandths(value: f64) -> i64 {
    rounded(value.clamp(0.0, 1.0) * 1_000.0)
}
