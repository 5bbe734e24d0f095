//! Plans of containment, judged against care, and who answers for what.

use serde_json::{Value, json};

use crate::program::{printed, run};

const THEATRE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../scenarios/theatre/directory.json"
);
const IN_USE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../scenarios/theatre/in-use.json"
);
const GAS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../scenarios/medical-gas/directory.json"
);

/// The exit code and what was printed.
fn contain(more: &[&str]) -> (Option<i32>, String) {
    let arguments = [
        &[
            "contain",
            "--dry-run",
            "--directory",
            THEATRE,
            "--at",
            "2026-11-26T09:01:00Z",
        ][..],
        more,
    ];
    let done = run(&arguments.concat());
    (done.status.code(), printed(&done))
}

#[test]
fn the_ventilation_of_a_theatre_in_use_is_not_cut() {
    let asked = ["--in-use", IN_USE, "--isolate", "ahu-controller", "--json"];
    let (code, told) = contain(&asked);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &told["passes"]), (Some(1), &json!(false)));
    assert_eq!(told["lost"][0]["function"], "theatre-1");
    let ways = told["alternatives"].as_array().unwrap().iter();
    let ways: Vec<&str> = ways.map(|it| it["way"].as_str().unwrap()).collect();
    assert_eq!(
        ways,
        ["block-writes", "isolate-from-outside", "wait", "shorten"]
    );
    // What it proposes first passes when it is asked.
    let milder = ["--in-use", IN_USE, "--block-writes", "ahu-controller"];
    assert_eq!(contain(&milder).0, Some(0));
    // Both fans together are refused, one is not.
    let one = ["--in-use", IN_USE, "--cut-power", "fan-1"];
    assert_eq!(contain(&one).0, Some(0));
    let both = [&one[..], &["--cut-power", "fan-2"]].concat();
    assert_eq!(contain(&both).0, Some(1));
    // Nobody said what is in use: everything counts, and one fan is no longer enough.
    let (code, told) = contain(&["--cut-power", "fan-1"]);
    assert_eq!(code, Some(1), "{told}");
    // A workstation that somebody vouched for may be isolated.
    assert_eq!(
        contain(&["--in-use", IN_USE, "--isolate", "desk-1"]).0,
        Some(0)
    );
}

#[test]
fn a_refusal_says_why_and_what_to_do_in_both_languages() {
    let asked = ["--in-use", IN_USE, "--isolate", "ahu-controller"];
    let (_, english) = contain(&asked);
    for part in [
        "Refused: care that is in use would be lost",
        " 1. Block writes and keep reads",
    ] {
        assert!(english.contains(part), "{english}");
    }
    let (_, french) = contain(&[&asked[..], &["--lang", "fr"]].concat());
    for part in [
        "Refusé\u{a0}: des soins en cours seraient perdus",
        "Bloquer les écritures",
    ] {
        assert!(french.contains(part), "{french}");
    }
}

#[test]
fn two_persons_set_a_refusal_aside_for_a_while() {
    let asked = ["--in-use", IN_USE, "--isolate", "ahu-controller"];
    let signed = |safety: &str, security: &str, until: &str, more: &[&str]| {
        let word = ["--safety", safety, "--security", security, "--until", until];
        contain(&[&asked[..], &word, &["--reason", "It spreads."], more].concat())
    };
    let until = "2026-11-26T10:00:00Z";
    let (code, told) = signed("cadre-securite-1", "rssi-1", until, &["--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &told["passes"]), (Some(0), &json!(false)));
    assert_eq!(told["until"], "2026-11-26T10:00:00.000000Z");
    let basis = &told["set_aside"]["overridden"];
    assert_eq!(basis["reason"], "It spreads.");
    assert_eq!(basis["lost"][0]["function"], "theatre-1");
    for (safety, security, until, fault) in [
        ("rssi-1", "rssi-1", until, "same-person"),
        ("chirurgien-1", "rssi-1", until, "not-safety"),
        ("cadre-securite-1", "chirurgien-1", until, "not-security"),
        (
            "cadre-securite-1",
            "rssi-1",
            "2026-11-26T21:02:00Z",
            "override-too-long",
        ),
        (
            "cadre-securite-1",
            "rssi-1",
            "2026-11-26T09:00:00Z",
            "override-expired",
        ),
    ] {
        let (code, told) = signed(safety, security, until, &["--json"]);
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(code, Some(1), "{told}");
        let faults = told["override_faults"].as_array().unwrap();
        assert!(faults.contains(&json!(fault)), "{fault}: {told}");
        assert_eq!(told["lost"][0]["function"], "theatre-1");
    }
    let (code, french) = signed("rssi-1", "rssi-1", until, &["--lang", "fr"]);
    assert_eq!(code, Some(1));
    assert!(
        french.contains("une seule personne signe pour les deux"),
        "{french}"
    );
    let (code, english) = signed("cadre-securite-1", "rssi-1", until, &[]);
    assert_eq!(code, Some(0));
    assert!(
        english.contains("Set aside by cadre-securite-1 and rssi-1"),
        "{english}"
    );
    // Half a word is none.
    assert_eq!(
        contain(&[&asked[..], &["--safety", "cadre-securite-1"]].concat()).0,
        Some(2)
    );
}

#[test]
fn what_is_asked_wrongly_is_told() {
    assert_eq!(contain(&[]).0, Some(2));
    assert_eq!(contain(&["--isolate", "a", "--aim", "all"]).0, Some(2));
    assert_eq!(contain(&["--isolate", ""]).0, Some(2));
    let acting = run(&["contain", "--directory", THEATRE, "--isolate", "fan-1"]);
    assert_eq!(acting.status.code(), Some(2), "nothing acts yet");
}

#[test]
fn whoever_answers_for_the_oxygen_is_named_at_every_hour() {
    let at = |time: &str| {
        let asked = [
            "responsibilities",
            "oxygen-tank",
            "--directory",
            GAS,
            "--days",
            "1",
        ];
        printed(&run(&[&asked[..], &["--at", time, "--json"]].concat()))
    };
    let answers = |told: &str| -> Value {
        let line = told.lines().next().unwrap();
        serde_json::from_str::<Value>(line).unwrap()["answers"].clone()
    };
    let day = answers(&at("2026-11-26T10:00:00Z"));
    assert_eq!(day["content"]["persons"], json!(["pharmacien-1"]));
    assert_eq!(day["content"]["capacity"], "holder");
    let night = answers(&at("2026-11-26T23:00:00Z"));
    assert_eq!(night["content"]["persons"], json!(["pharmacien-2"]));
    assert_eq!(night["content"]["capacity"], "on-call");
    // When nobody is on call any more, that is a gap.
    let later = at("2026-12-05T20:00:00Z");
    assert_eq!(answers(&later)["content"]["nobody"], "nobody-there");
    assert!(later.contains(r#""gap":"content""#), "{later}");
}
