//! The rules about the house that come with the program, each met and each missed.

use event::Event;

use super::{S, line, run, short, watch};
use crate::fold::{Kept, Watch};
use crate::observe::HOUSE_RULES;

const ACTOR: &str =
    r#""actor":{"person":"dr-ada","establishments":["chu"],"session":"s1","ip":"10.1.0.5"}"#;

/// An access to one patient, or about so many.
fn access(outcome: &str, patients: std::ops::Range<u32>) -> Vec<u8> {
    let of = |number: u32| format!(r#"{{"pseudonym":"p{number}","sealed":"x"}}"#);
    let asked = of(patients.start);
    let disclosed: Vec<String> = match outcome {
        "permit" => patients.map(of).collect(),
        _ => Vec::new(),
    };
    let json = format!(
        r#"{{"event":"access","request":"r1",{ACTOR},"asked":{{"service":"fhir","action":"read","purpose":"TREAT","patient":{asked}}},"outcome":"{outcome}","reasons":["care-team"],"policies":[],"policy_set":"0","disclosed":{{"patients":[{}],"resources":1,"withheld":0}},"status":200}}"#,
        disclosed.join(",")
    );
    Event::from_bytes(json.as_bytes()).unwrap().to_bytes()
}

fn glass(patient: u32) -> Vec<u8> {
    let json = format!(
        r#"{{"event":"glass-declared","glass":"g{patient}","request":"r1",{ACTOR},"patient":{{"pseudonym":"p{patient}","sealed":"x"}},"reason":"life-threatening","mode":"bris_de_glace","from":"2026-11-26T08:00:00Z","until":"2026-11-26T09:00:00Z","review":"v1","review_due":"2026-11-28T08:00:00Z"}}"#
    );
    Event::from_bytes(json.as_bytes()).unwrap().to_bytes()
}

fn rejected() -> Vec<u8> {
    let json = r#"{"event":"rejected","ip":"203.0.113.9","reason":"no-certificate","status":401}"#;
    Event::from_bytes(json.as_bytes()).unwrap().to_bytes()
}

/// The fold with the whole pack.
fn pack() -> Watch {
    watch(&HOUSE_RULES.map(|(_, text)| text))
}

fn found(entries: &[Vec<u8>]) -> Vec<String> {
    run(&mut pack(), entries).iter().map(short).collect()
}

/// What the findings begin with.
fn heads(entries: &[Vec<u8>]) -> Vec<String> {
    let found = found(entries);
    let heads = found.iter().map(|line| {
        let (head, _) = line.split_once(" [").unwrap();
        head.to_owned()
    });
    heads.collect()
}

#[test]
fn each_rule_is_met_by_what_it_is_about_and_by_no_less() {
    let repeat = |entry: Vec<u8>, times: usize| vec![entry; times];
    let refusals = "medium Many refusals of one person";
    assert_eq!(heads(&repeat(access("refusal", 1..2), 9)), [""; 0]);
    assert_eq!(heads(&repeat(access("refusal", 1..2), 10)), [refusals]);
    // What an emergency may open is the ordinary way.
    assert_eq!(heads(&repeat(access("breakable", 1..2), 30)), [""; 0]);

    let glasses = "high Many emergencies of one person";
    let burst = |patients: u32| (0..patients).map(glass).collect::<Vec<_>>();
    assert_eq!(heads(&burst(4)), [""; 0]);
    assert_eq!(heads(&burst(5)), [glasses]);
    assert_eq!(heads(&repeat(glass(1), 5)), [""; 0]);

    let rejections = "medium Many requests of one address turned away";
    assert_eq!(heads(&repeat(rejected(), 29)), [""; 0]);
    assert_eq!(heads(&repeat(rejected(), 30)), [rejections]);

    let opened = |patients: u32| {
        let each = (0..patients).map(|number| access("permit", number..number + 1));
        each.collect::<Vec<_>>()
    };
    let many = "medium Records of many patients opened one by one";
    assert_eq!(heads(&opened(49)), [""; 0]);
    assert!(heads(&opened(50)).contains(&many.to_owned()));

    let one = "medium One answer about very many patients";
    assert!(!heads(&[access("permit", 0..199)]).contains(&one.to_owned()));
    assert!(heads(&[access("permit", 0..200)]).contains(&one.to_owned()));
}

#[test]
fn refused_for_good_and_then_broken_for_the_same_patient() {
    let refused = || access("refusal", 1..2);
    assert_eq!(
        found(&[refused(), glass(1)]),
        [
            "medium Refused for good, then an emergency for the same patient [100, 101] of 2 at \
             1001 about Person=dr-ada,Establishment=-"
        ]
    );
    assert_eq!(found(&[refused(), glass(2)]), [""; 0]);
    assert_eq!(found(&[glass(1), refused()]), [""; 0]);
}

/// Records opened without a relation are priced: the analytic sees the house as well.
#[test]
fn mass_extraction_is_found_in_the_events_of_the_house() {
    let entries: Vec<Vec<u8>> = (0..12_u32)
        .map(|round| {
            let bytes = access("permit", round * 20..round * 20 + 20);
            let text = String::from_utf8(bytes).unwrap();
            text.replace("care-team", "staff").into_bytes()
        })
        .collect();
    let heads = heads(&entries);
    assert!(
        heads.iter().any(|head| head.ends_with("mass_extraction")),
        "{heads:?}"
    );
}

#[test]
fn a_line_of_another_log_is_never_one_of_the_house() {
    let json = r#"{"event":"access","person":"dr-ada","ip":"10.1.0.5","outcome":"refusal"}"#;
    for kind in ["hygie.access", "hygie", "json", "ecs"] {
        let posing = vec![line(kind, None, None, json); 20];
        assert_eq!(found(&posing), [""; 0], "{kind}");
    }
    let mut watch = pack();
    let payload = line("hygie.access", None, None, json);
    watch.apply(Kept {
        index: 0,
        received_us: S,
        payload: &payload,
    });
    assert_eq!(watch.rule_counts().unknown, 1);
}
