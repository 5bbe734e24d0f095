//! What looks alike and is no attack.

use super::super::AnalyticsSettings;
use super::*;
use crate::analytics::scan::{ScanSettings, Scans};

#[test]
fn answered_connections_to_many_places_are_no_scan() {
    let flows = (0..200).map(|n| flow(n / 10, &format!("10.1.1.{n}"), 443, FlowState::Answered));
    assert_eq!(found(AnalyticsSettings::default(), flows), []);
}

#[test]
fn a_content_network_is_no_tunnel() {
    // Long names made by machines, but few of them, again and again.
    let names = (0..2_000_i64).map(|n| {
        let hash = HashKey::default().hash(&((n / 2) % 100).to_le_bytes());
        let name = format!("{hash:016x}{hash:016x}{hash:016x}.cdn.example.net");
        query(n, "10.0.0.5", &name)
    });
    assert_eq!(found(AnalyticsSettings::default(), names), []);
}

#[test]
fn short_names_below_a_wildcard_are_no_tunnel() {
    let names = (0..2_000).map(|n| query(n, "10.0.0.5", &format!("shop-{n}.example.com")));
    assert_eq!(found(AnalyticsSettings::default(), names), []);
}

#[test]
fn reverse_lookups_are_no_tunnel() {
    let names = (0..500).map(|n| query(n, "10.0.0.5", &format!("{n}.{}ip6.arpa", "a.".repeat(31))));
    assert_eq!(found(AnalyticsSettings::default(), names), []);
}

#[test]
fn a_copy_of_a_folder_is_no_ransomware() {
    let writes = (0..500).map(|n| {
        let mut operation = file(n / 20, FileAction::Create, None, &format!("scans/{n}.dcm"));
        operation.entropy_millibits = Some(5_000);
        Observed::File(operation)
    });
    assert_eq!(found(AnalyticsSettings::default(), writes), []);
}

#[test]
fn the_baseline_follows_a_busy_establishment_but_not_beyond_its_ceiling() {
    // A monitor tries forty closed doors each hour, for a month.
    let usual = (0..720).flat_map(|hour| {
        (0..40).map(move |n| {
            let destination = format!("10.2.0.{n}");
            flow(
                hour * 3_600 + n * 80,
                &destination,
                8_000,
                FlowState::Refused,
            )
        })
    });
    let sweep = |count: i64| {
        (0..count).map(move |n| {
            let destination = format!("10.3.{}.{}", n / 250, n % 250);
            flow(
                720 * 3_600 + n * 20,
                &destination,
                8_001,
                FlowState::Refused,
            )
        })
    };
    let scans = |events: Vec<Observed>| {
        let mut scans = Scans::new(ScanSettings::default(), HashKey::default());
        let flows = events.iter().map(|event| match event {
            Observed::Flow(flow) => scans.apply(flow).len(),
            _ => 0,
        });
        flows.sum::<usize>()
    };
    assert_eq!(scans(usual.clone().collect()), 0);
    assert_eq!(scans(sweep(70).collect()), 1);
    let busy = usual.clone().chain(sweep(70)).collect();
    assert_eq!(scans(busy), 0, "seventy are little where forty are usual");
    assert!(scans(usual.chain(sweep(180)).collect()) > 0);
}

/// Renames of long ago and writes of today are no burst together.
#[test]
fn what_is_over_does_not_count_beside_what_is_not() {
    let day_s = 86_400;
    let renames = (0..50).map(|n| {
        let (from, to) = (format!("scans/{n}.tmp"), format!("scans/{n}.pdf"));
        Observed::File(file(n, FileAction::Rename, Some(&from), &to))
    });
    let settings = AnalyticsSettings::default();
    let alone = found(settings.clone(), renames.clone()).len();
    let writes = (0..60).map(|n| {
        let name = format!("letters/{n}.odt");
        Observed::File(file(7 * day_s + n / 20, FileAction::Create, None, &name))
    });
    let together: Vec<Observed> = renames.chain(writes).collect();
    assert_eq!(found(settings, together.into_iter()).len(), alone);
}
