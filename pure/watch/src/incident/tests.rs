use proptest::collection::vec;
use proptest::prelude::*;

use super::{IncidentSettings, Incidents, InvalidSuppression, Step, Suppression};
use crate::finding::{Entity, EntityKind, Finding, Level};

const HOUR: i64 = 3_600 * 1_000_000;

fn finding(id: &str, level: Level, at_us: i64, entities: &[Entity]) -> Finding {
    let mut entities = entities.to_vec();
    entities.push(Entity::establishment("north"));
    let position = at_us.unsigned_abs();
    Finding::new(id, level, at_us, entities)
        .technique("T1046")
        .events([position], 1)
}

fn incidents() -> Incidents {
    Incidents::new(IncidentSettings::default())
}

#[test]
fn what_shares_an_entity_is_one_incident_and_an_establishment_is_none() {
    let mut incidents = incidents();
    let (ann, pc) = (Entity::person("ann"), Entity::device("pc"));
    let first = finding("scan", Level::Medium, HOUR, std::slice::from_ref(&pc));
    assert_eq!(incidents.apply(&first), [Step::Opened(1)]);
    let second = finding("beacon", Level::High, 2 * HOUR, &[pc, ann.clone()]);
    assert_eq!(
        incidents.apply(&second),
        [Step::Joined(1), Step::Raised(1, Level::High)]
    );
    let other = finding("scan", Level::Medium, 2 * HOUR, &[Entity::device("mac")]);
    assert_eq!(incidents.apply(&other), [Step::Opened(2)]);
    let open = incidents.open_incidents();
    assert_eq!(open.len(), 2);
    assert_eq!((open[0].id, open[0].level), (1, Level::High));
    assert!(open[0].entities.contains(&ann));
    assert_eq!(open[0].positions.len(), 2);
}

#[test]
fn a_finding_that_fits_two_makes_them_one() {
    let mut incidents = incidents();
    let (a, b) = (Entity::device("a"), Entity::device("b"));
    incidents.apply(&finding("scan", Level::Low, 0, std::slice::from_ref(&a)));
    incidents.apply(&finding("scan", Level::Low, HOUR, std::slice::from_ref(&b)));
    let both = finding("lateral_movement", Level::High, 2 * HOUR, &[a, b.clone()]);
    assert_eq!(
        incidents.apply(&both),
        [
            Step::Merged(1, 2),
            Step::Joined(1),
            Step::Raised(1, Level::High)
        ]
    );
    let later = finding("beacon", Level::Low, 3 * HOUR, &[b]);
    assert_eq!(incidents.apply(&later), [Step::Joined(1)]);
    assert_eq!(incidents.open_incidents()[0].findings["scan"], 2);
}

#[test]
fn an_incident_ends_a_window_after_its_last_finding() {
    let mut incidents = incidents();
    let pc = [Entity::device("pc")];
    incidents.apply(&finding("scan", Level::Low, 0, &pc));
    assert_eq!(
        incidents.apply(&finding("scan", Level::Low, 24 * HOUR, &pc)),
        [Step::Joined(1)]
    );
    let later = finding("scan", Level::Low, 48 * HOUR + 1, &pc);
    assert_eq!(incidents.apply(&later), [Step::Quiet(1), Step::Opened(2)]);
}

#[test]
fn risk_fades_by_half_and_a_noisy_rule_counts_less() {
    let mut incidents = incidents();
    let ann = Entity::person("ann");
    incidents.apply(&finding(
        "scan",
        Level::Medium,
        0,
        std::slice::from_ref(&ann),
    ));
    assert_eq!(incidents.risks().of(&ann, 0), 20_000);
    assert_eq!(incidents.risks().of(&ann, 12 * HOUR), 15_000);
    assert_eq!(incidents.risks().of(&ann, 24 * HOUR), 10_000);
    assert_eq!(incidents.risks().of(&ann, 48 * HOUR), 5_000);
    assert_eq!(incidents.risks().of(&ann, i64::MAX), 0);
    incidents.apply(&finding(
        "scan",
        Level::Medium,
        0,
        std::slice::from_ref(&ann),
    ));
    assert_eq!(incidents.risks().of(&ann, 0), 30_000);
    incidents.apply(&finding(
        "beacon",
        Level::Medium,
        0,
        std::slice::from_ref(&ann),
    ));
    assert_eq!(incidents.risks().of(&ann, 0), 50_000);
    let highest = incidents.risks().highest(EntityKind::Person, 0, 5);
    assert_eq!(highest, [(&ann, 50_000)]);
}

#[test]
fn a_patient_carries_no_risk() {
    let mut incidents = incidents();
    let bird = Entity::patient("bird");
    incidents.apply(&finding(
        "canary_record",
        Level::Critical,
        0,
        std::slice::from_ref(&bird),
    ));
    assert_eq!(incidents.risks().of(&bird, 0), 0);
}

fn suppression(id: &str) -> Suppression {
    Suppression {
        id: id.to_owned(),
        finding: Some("scan".to_owned()),
        entity: Some(Entity::device("monitor")),
        reason: "the monitor looks at every host".to_owned(),
        by: "officer".to_owned(),
        until_us: 10 * HOUR,
        level_max: Level::Medium,
    }
}

#[test]
fn a_suppression_holds_for_its_rule_entity_level_and_time_and_no_more() {
    let mut incidents = incidents();
    incidents.suppress(suppression("s1")).unwrap();
    let monitor = [Entity::device("monitor")];
    let by_it = [Step::Suppressed("s1".to_owned())];
    assert_eq!(
        incidents.apply(&finding("scan", Level::Medium, HOUR, &monitor)),
        by_it
    );
    assert_eq!(incidents.suppressed()["s1"], 1);
    assert_eq!(incidents.risks().of(&monitor[0], HOUR), 0);
    let graver = finding("scan", Level::High, HOUR, &monitor);
    assert_eq!(incidents.apply(&graver), [Step::Opened(1)]);
    let other = finding("scan", Level::Medium, HOUR, &[Entity::device("pc")]);
    assert_eq!(incidents.apply(&other), [Step::Opened(2)]);
    let after = finding("scan", Level::Medium, 10 * HOUR, &monitor);
    assert_eq!(
        incidents.apply(&after),
        [Step::Expired("s1".to_owned()), Step::Joined(1)]
    );
}

#[test]
fn a_suppression_needs_a_reason_and_something_to_suppress() {
    let mut incidents = incidents();
    let mut bad = suppression("s1");
    bad.reason = " ".to_owned();
    assert_eq!(incidents.suppress(bad), Err(InvalidSuppression::NoReason));
    let mut bad = suppression("s1");
    (bad.finding, bad.entity) = (None, None);
    assert_eq!(incidents.suppress(bad), Err(InvalidSuppression::Everything));
}

#[test]
fn limits_evict_and_say_so() {
    let settings = IncidentSettings {
        open_max: 2,
        risks_max: 3,
        entities_max: 2,
        ..IncidentSettings::default()
    };
    let mut incidents = Incidents::new(settings);
    let mut steps = Vec::new();
    for host in 0..10 {
        let device = Entity::device(&host.to_string());
        steps.extend(incidents.apply(&finding("scan", Level::Low, host, &[device])));
    }
    assert_eq!(incidents.open_incidents().len(), 2);
    assert!(steps.contains(&Step::Evicted(1)));
    assert!(steps.contains(&Step::RiskEvicted(1)));
    let north = Entity::establishment("north");
    assert!(incidents.risks().of(&north, 10) > 0, "the most risk stays");
}

proptest! {
    #[test]
    fn a_snapshot_and_the_rest_are_the_whole(
        raw in vec((0..4_u8, 0..5_u8, prop_oneof![any::<i64>(), 0..(100 * HOUR)], "[a-d]{0,2}"), 0..60),
        at in 0_usize..60,
    ) {
        let settings = IncidentSettings {
            open_max: 3,
            risks_max: 4,
            entities_max: 2,
            positions_max: 3,
            ..IncidentSettings::default()
        };
        let mut whole = Incidents::new(settings);
        whole.suppress(suppression("s1")).unwrap();
        let mut parted = whole.clone();
        for (place, (kind, level, at_us, id)) in raw.iter().enumerate() {
            let levels = [Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical];
            let entities = [Entity::device(id), Entity::person(&kind.to_string())];
            let finding = finding(id, levels[usize::from(*level)], *at_us, &entities);
            if place == at {
                parted = serde_json::from_str(&serde_json::to_string(&parted).unwrap()).unwrap();
            }
            prop_assert_eq!(whole.apply(&finding), parted.apply(&finding));
            prop_assert!(whole.open_incidents().len() <= 3);
        }
        prop_assert_eq!(whole, parted);
    }
}
