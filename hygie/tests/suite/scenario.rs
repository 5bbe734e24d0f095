//! The day of a group of three establishments, as `hygie demo --play` plays it.

use serde_json::Value;

use crate::kept::holds;
use crate::program::{Program, text};

#[test]
fn every_step_of_the_day_comes_as_it_should() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let arguments = [
        "demo",
        "--port",
        "0",
        "--json",
        "--play",
        "--data",
        text(&data),
    ];
    let program = Program::start(&arguments, &place.path().join("hygie.log"));
    let mut wrong = Vec::new();
    let played = loop {
        let line: Value = serde_json::from_str(&program.next_line()).unwrap();
        if line.get("played").is_some() {
            break line;
        }
        if line["as_expected"] != true {
            wrong.push(line);
        }
    };
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(played["played"], played["as_expected"]);
    assert!(played["played"].as_u64().unwrap() > 20);
    assert!(program.stop().success());
    holds(&data, "evidence");
}
