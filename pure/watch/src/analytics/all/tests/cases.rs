//! What each analytic is there to find, at its threshold and one below.

use std::collections::BTreeSet;

use super::super::{AnalyticsSettings, Observed};
use super::*;
use crate::analytics::extraction::ExtractionSettings;
use crate::analytics::first_seen::Sighting;
use crate::finding::{EntityKind, Fact, Level};

fn default() -> AnalyticsSettings {
    AnalyticsSettings::default()
}

fn scan(count: i64, gap_s: i64, port: u16) -> Vec<Finding> {
    let flows = (0..count).map(|n| {
        let destination = format!("10.1.{}.{}", n / 250, n % 250);
        flow(n * gap_s, &destination, port, FlowState::Unanswered)
    });
    found(default(), flows)
}

#[test]
fn a_scan_is_found_at_its_threshold_and_again_when_it_doubles() {
    assert_eq!(ids(&scan(29, 1, 8_000)), Vec::<&str>::new());
    let found = scan(61, 0, 8_000);
    assert_eq!(ids(&found), ["scan", "scan", "scan"]);
    assert_eq!(found[0].facts["destinations"], Fact::Count(30));
    assert_eq!(found[0].facts["failed"], Fact::Thousandths(1_000));
    assert_eq!(found[1].facts["destinations"], Fact::Count(60));
    assert_eq!(found[2].facts["window"], Fact::Text("1h".to_owned()));
}

#[test]
fn a_slow_scan_is_found_by_its_long_window() {
    let found = scan(201, 3_600, 8_000);
    assert_eq!(ids(&found), ["scan"]);
    assert_eq!(found[0].facts["window"], Fact::Text("30d".to_owned()));
}

#[test]
fn spreading_needs_fewer_destinations() {
    let found = scan(15, 1, 23);
    assert_eq!(ids(&found), ["spreading"]);
    assert_eq!(found[0].level, Level::High);
}

#[test]
fn many_ports_of_one_destination_are_a_port_scan() {
    let flows = (0..100).map(|port| flow(1, "10.1.1.1", port, FlowState::Refused));
    assert_eq!(ids(&found(default(), flows)), ["port_scan"]);
}

#[test]
fn long_names_that_are_asked_once_are_a_tunnel() {
    let names = (0..120_u8).map(|n| {
        let hash = HashKey::default().hash(&[n]);
        let name = format!("{hash:016x}{hash:016x}{hash:016x}.t.example.org");
        query(i64::from(n) * 10, "10.0.0.5", &name)
    });
    let found = found(default(), names);
    assert_eq!(ids(&found), ["dns_tunnel"]);
    assert_eq!(found[0].entities[1].id, "example.org");
}

#[test]
fn renames_to_one_extension_are_ransomware_and_critical_once_copies_are_deleted() {
    let burst = |from: i64| {
        (0..45).map(move |n| {
            let before = format!("letters/{n}.docx");
            let after = format!("{before}.locked");
            Observed::File(file(
                from + n / 5,
                FileAction::Rename,
                Some(&before),
                &after,
            ))
        })
    };
    let alone = found(default(), burst(0));
    assert_eq!(ids(&alone), ["ransomware"]);
    assert_eq!(alone[0].level, Level::High);
    let deletion = Observed::File(file(0, FileAction::ShadowCopyDelete, None, "c:"));
    let with = found(default(), std::iter::once(deletion).chain(burst(1)));
    assert_eq!(ids(&with), ["shadow_copy_deletion", "ransomware"]);
    assert_eq!(with[1].level, Level::Critical);
}

#[test]
fn random_contents_are_ransomware_without_any_rename() {
    let writes = (0..60).map(|n| {
        let mut operation = file(0, FileAction::Write, None, &format!("letters/{n}.docx"));
        operation.entropy_millibits = Some(7_950);
        Observed::File(operation)
    });
    assert_eq!(ids(&found(default(), writes)), ["ransomware"]);
}

fn sighting(day: i64, subject: &str) -> Observed {
    Observed::Sighting(Sighting {
        place: place(day * DAY),
        kind: "login".to_owned(),
        subject: subject.to_owned(),
        entity: EntityKind::Person,
    })
}

#[test]
fn who_was_never_there_and_who_wakes_is_told_after_learning() {
    let days = [
        (0, "ann"),
        (1, "bob"),
        (14, "eve"),
        (20, "eve"),
        (91, "bob"),
        (109, "eve"),
    ];
    let found = found(default(), days.map(|(day, who)| sighting(day, who)));
    let told: Vec<(&str, &str)> = found
        .iter()
        .map(|finding| (finding.id.as_str(), finding.entities[0].id.as_str()))
        .collect();
    assert_eq!(told, [("first_seen", "eve"), ("dormancy", "bob")]);
    assert_eq!(found[1].facts["silent_days"], Fact::Count(90));
}

#[test]
fn a_chain_of_new_hops_is_told_once_it_is_long_enough() {
    let hops = [(0, "a", "b"), (600, "b", "c"), (1_200, "c", "d")];
    let chain = found(
        default(),
        hops.map(|(at, from, to)| login(at, from, to, None)),
    );
    assert_eq!(ids(&chain), ["lateral_movement"]);
    assert_eq!(
        chain[0].facts["way"],
        Fact::Text("a > b > c > d".to_owned())
    );
    assert_eq!(chain[0].positions, [0, 600, 1_200]);
    let slow = [
        (0, "a", "b"),
        (600, "b", "c"),
        (600 + 4 * 3_600 + 1, "c", "d"),
    ];
    assert_eq!(
        found(
            default(),
            slow.map(|(at, from, to)| login(at, from, to, None))
        ),
        []
    );
}

#[test]
fn usual_hops_are_no_movement() {
    let days = (0..5).flat_map(|day| {
        [(0, "a", "b"), (60, "b", "c"), (120, "c", "d")]
            .map(|(at, from, to)| login(day * DAY * 2 + at, from, to, None))
    });
    assert_eq!(found(default(), days).len(), 1, "only on the first day");
}

#[test]
fn strangers_cost_more_than_patients_in_care() {
    let opened = |count: i64, relation| {
        let accesses = (0..count).map(|n| access(n / 10, &format!("p{n}"), relation));
        found(default(), accesses)
    };
    assert_eq!(opened(150, CareRelation::Treating), []);
    assert_eq!(opened(151, CareRelation::Treating).len(), 1);
    assert_eq!(opened(7, CareRelation::None), []);
    let strangers = opened(8, CareRelation::None);
    assert_eq!(ids(&strangers), ["mass_extraction"]);
    assert_eq!(strangers[0].facts["patients"], Fact::Count(8));
    assert_eq!(
        strangers[0].facts["counted"],
        Fact::Text("exact".to_owned())
    );
    let again = found(
        default(),
        (0..1_000).map(|n| access(n / 20, "p1", CareRelation::None)),
    );
    assert_eq!(again, [], "the same patient counts once");
}

#[test]
fn a_slow_extraction_is_found_over_days_and_says_how_it_counted() {
    let settings = AnalyticsSettings {
        extraction: ExtractionSettings {
            exact_max: 100,
            ..ExtractionSettings::default()
        },
        ..default()
    };
    let days = (0..700).map(|n| access(n * 2_400, &format!("p{n}"), CareRelation::None));
    let slow = found(settings, days);
    let month = Fact::Text("30d".to_owned());
    let month = slow.iter().find(|finding| finding.facts["window"] == month);
    let month = month.expect("36 strangers a day are too many for a month");
    assert_eq!(month.facts["counted"], Fact::Text("estimated".to_owned()));
}

#[test]
fn a_canary_is_told_whatever_the_relation() {
    let mut settings = default();
    settings.extraction.canaries = BTreeSet::from(["bird".to_owned()]);
    let accesses = ["p1", "bird"].map(|patient| access(0, patient, CareRelation::Treating));
    let opened = found(settings, accesses);
    assert_eq!(ids(&opened), ["canary_record"]);
    assert_eq!(opened[0].level, Level::Critical);
}

const PARIS: (i32, i32) = (48_856_600, 2_352_200);
const HELSINKI: (i32, i32) = (60_169_900, 24_938_400);

#[test]
fn nobody_is_in_paris_and_helsinki_within_two_hours() {
    // About 1,910 km: 2 h 7 min at 900 km/h.
    let within = |s| {
        [
            login(0, "x", "vpn", Some(PARIS)),
            login(s, "y", "vpn", Some(HELSINKI)),
        ]
    };
    let travel = found(default(), within(7_000));
    assert_eq!(ids(&travel), ["impossible_travel"]);
    assert!(matches!(travel[0].facts["km"], Fact::Count(1_900..=1_920)));
    assert_eq!(found(default(), within(8_000)), []);
}

#[test]
fn an_office_never_writes_to_a_building() {
    let wrong = found(
        default(),
        [write(0, Some(1)), write(3_601, None), write(3_602, Some(3))],
    );
    assert_eq!(ids(&wrong), ["control_write", "control_write"]);
    assert_eq!(wrong[0].level, Level::High);
}

#[test]
fn the_published_thresholds_are_those_of_the_code() {
    #[derive(serde::Deserialize, serde::Serialize, Default, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Published {
        analytics: AnalyticsSettings,
        correlation: crate::correlation::CorrelationLimits,
        incident: crate::incident::IncidentSettings,
    }
    let text = include_str!("../../../../../../rules/analytics.toml");
    let published: Published = toml::from_str(text).unwrap();
    let code = Published::default();
    assert_eq!(published, code, "{}", toml::to_string(&code).unwrap());
}
