//! The telemetry log: added to an older folder by an explicit word, and seen by whoever watches.

use std::fs;

use crate::client::Ask;
use crate::hospital::Hospital;
use crate::kept::{events, holds};
use crate::program::{run, text};

#[test]
fn an_older_folder_gets_its_telemetry_log_by_name_only() {
    let hospital = Hospital::in_front_of("http://127.0.0.1:9/fhir");
    let data = hospital.data();
    fs::remove_dir_all(data.join("telemetry")).unwrap();
    fs::remove_file(data.join("telemetry.pub")).unwrap();
    fs::remove_file(data.join("keys/telemetry.key")).unwrap();
    for command in ["check", "serve"] {
        let refused = run(&[command, "--config", text(&hospital.config())]);
        assert_eq!(refused.status.code(), Some(78), "{refused:?}");
        let complaint = String::from_utf8(refused.stderr).unwrap();
        let advice = format!("`hygie init --telemetry {}`", data.display());
        assert!(complaint.contains(&advice), "{complaint}");
        assert!(!data.join("telemetry").exists(), "nothing is made unasked");
    }
    let add = ["init", "--telemetry", text(&data)];
    assert!(run(&add).status.success());
    assert_eq!(run(&add).status.code(), Some(1), "once is enough");
    let door = hospital.open();
    assert_eq!(door.client.get("/fhir/Patient/p-1", "no").status, 401);
    assert!(door.program.stop().success());
    assert!(holds(&data, "telemetry") > 0);
}

#[test]
fn a_crash_while_the_telemetry_log_is_added_is_gone_on_from() {
    let hospital = Hospital::in_front_of("http://127.0.0.1:9/fhir");
    let data = hospital.data();
    // Everything but the last step was done.
    fs::remove_file(data.join("telemetry.pub")).unwrap();
    assert!(run(&["init", "--telemetry", text(&data)]).status.success());
    assert_eq!(holds(&data, "telemetry"), 0);
    let door = hospital.open();
    assert!(door.program.stop().success());
}

#[test]
fn strangers_leave_no_trace_among_decisions_and_the_watch_sees_both() {
    let hospital = Hospital::in_front_of("http://127.0.0.1:9/fhir");
    let data = hospital.data();
    let door = hospital.open();
    let before = events(&data, "evidence").len();
    for number in 0..20 {
        let answer = door.client.get("/fhir/Patient/p-1", "no.such.token");
        assert_eq!(answer.status, 401);
        assert_eq!(answer.evidence(), None);
        // One entry tells of the start.
        assert_eq!(answer.leaf(), Some(("telemetry", 1 + number)));
    }
    assert_eq!(events(&data, "evidence").len(), before);
    let health = door.client.ask(&Ask::get("/health"));
    let lines: Vec<&str> = health.text().lines().collect();
    assert_eq!((health.status, lines[0]), (200, "ready"));
    for (line, name) in lines[1..].iter().zip(["decisions", "telemetry"]) {
        assert!(
            line.starts_with(&format!("{name} accepting entries=")),
            "{line}"
        );
        assert!(line.contains(" queue_entries=0/"), "{line}");
    }
    assert_eq!(lines.len(), 3);
    assert!(door.program.stop().success());
}
