//! Logs of other systems: imported, followed and sent, kept once, and watched.

use std::fs;
use std::time::{Duration, Instant};

use event::Logged;
use evidence::{NothingSealed, Records};
use serde_json::{Value, json};

use crate::hospital::{Hospital, OpenDoor};
use crate::program::{printed, run, text};

/// How long something may take on a machine that does much else; nothing is measured by it.
const TAKEN_MAX: Duration = Duration::from_secs(60);

const RULE: &str = r"
title: A script host started by a mail program
id: 7b1f3f0c-1c1e-4d0b-9d53-6c1f5a3f9a10
author: The Hygie authors
level: critical
tags: [attack.execution, attack.t1059.005]
logsource: { product: windows, category: process_creation }
detection:
  selection:
    ParentImage|endswith: '\outlook.exe'
    Image|endswith: '\wscript.exe'
  condition: selection
";

const RULE_ID: &str = "7b1f3f0c-1c1e-4d0b-9d53-6c1f5a3f9a10";

fn process(number: u32) -> String {
    json!({ "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational",
        "UtcTime": format!("2026-03-02 10:00:{number:02}.000"), "Computer": "ward-1",
        "User": r"HOSPITAL\nurse-7", "ParentImage": r"C:\Office\OUTLOOK.EXE",
        "Image": r"C:\Windows\System32\wscript.exe", "CommandLine": "wscript.exe invoice.vbs" })
    .to_string()
}

/// A hospital whose door nobody asks for anything.
fn hospital() -> Hospital {
    Hospital::in_front_of("http://127.0.0.1:9/fhir")
}

/// The lines that telemetry holds.
fn lines(hospital: &Hospital) -> Vec<String> {
    let folder = hospital.data().join("telemetry");
    let mut records = Records::open(&folder, 0, std::sync::Arc::new(NothingSealed));
    let mut lines = Vec::new();
    while let Some(record) = records.read().unwrap() {
        if let Some(logged) = Logged::from_bytes(record.payload) {
            lines.push(String::from_utf8(logged.json.to_vec()).unwrap());
        }
    }
    lines
}

fn import(hospital: &Hospital, path: &str) -> String {
    let (path, config) = (hospital.place().join(path), hospital.config());
    let done = run(&["import", text(&path), "--config", text(&config)]);
    assert!(done.status.success(), "{done:?}");
    printed(&done)
}

/// The incidents, once the rule was met so many times.
fn await_incidents(hospital: &Hospital, times: u64) -> Vec<Value> {
    let start = Instant::now();
    loop {
        let done = run(&["incidents", "--json", "--data", text(&hospital.data())]);
        assert!(done.status.success(), "{done:?}");
        let printed = printed(&done);
        let lines = printed.lines().map(serde_json::from_str);
        let incidents: Vec<Value> = lines.collect::<Result<_, _>>().unwrap();
        if incidents.iter().any(|it| it["findings"][RULE_ID] == times) {
            return incidents;
        }
        assert!(start.elapsed() < TAKEN_MAX, "{printed}");
        std::thread::yield_now();
    }
}

fn await_lines(hospital: &Hospital, count: usize) {
    let start = Instant::now();
    while lines(hospital).len() < count {
        assert!(start.elapsed() < TAKEN_MAX, "{:?}", lines(hospital));
        std::thread::yield_now();
    }
}

#[test]
fn what_is_imported_twice_is_kept_once() {
    let hospital = hospital();
    fs::create_dir(hospital.place().join("logs")).unwrap();
    hospital.write(
        "logs/events.json",
        &(process(1) + "\n" + &process(2) + "\n"),
    );
    let said = import(&hospital, "logs");
    assert!(said.contains("2 events of 1 files"), "{said}");
    hospital.write("logs/later.json", &process(3));
    let said = import(&hospital, "logs");
    assert!(said.contains("2 entries had been kept before"), "{said}");
    assert_eq!(lines(&hospital), [process(1), process(2), process(3)]);
}

#[test]
fn while_the_door_serves_imports_are_handed_over() {
    let hospital = hospital();
    let door = hospital.open();
    hospital.write("events.json", &process(1));
    let said = import(&hospital, "events.json");
    assert!(said.contains("handed over"), "{said}");
    await_lines(&hospital, 1);
    assert!(door.program.stop().success());
    assert_eq!(lines(&hospital), [process(1)]);
}

const SOURCES: &str = r#"
[[logs]]
name = "followed"
follow = ["followed"]

[[logs]]
name = "sent"
address = "127.0.0.1:0"
transport = "http"
peers = ["127.0.0.1"]

[[services]]
name"#;

#[test]
fn what_is_followed_and_sent_is_watched_and_found_once() {
    let hospital = hospital();
    hospital.change(&[("\n[[services]]\nname", SOURCES)]);
    hospital.change(&[("# rules = [\"rules\"]", "rules = [\"rules\"]")]);
    for folder in ["followed", "rules"] {
        fs::create_dir(hospital.place().join(folder)).unwrap();
    }
    hospital.write("rules/script.yml", RULE);
    let door = hospital.open();
    let OpenDoor { program, .. } = &door;
    let listening = program.next_line();
    let (_, port) = listening.rsplit_once(':').unwrap();
    assert!(listening.starts_with("logs sent"), "{listening}");
    hospital.write("followed/events.json", &(process(1) + "\n"));
    await_lines(&hospital, 1);
    let answer = post(port, &process(2));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with(r#"{"events":1,"unread":0}"#), "{answer}");
    let incidents = await_incidents(&hospital, 2);
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0]["level"], "critical");
    assert_eq!(incidents[0]["techniques"], json!(["T1059.005"]));
    let entities = incidents[0]["entities"].to_string();
    assert!(
        entities.contains("nurse-7") && entities.contains("ward-1"),
        "{entities}"
    );
    // A power cut; what was found is found again, and known.
    door.program.kill();
    let door = hospital.open();
    assert_eq!(door.program.next_line().split(' ').next(), Some("logs"));
    assert!(door.program.stop().success());
    assert_eq!(await_incidents(&hospital, 2), incidents);
    assert_eq!(lines(&hospital), [process(1), process(2)]);
}

/// Sends lines, gives the whole answer.
fn post(port: &str, body: &str) -> String {
    use std::io::{Read, Write};
    let address = format!("127.0.0.1:{port}");
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
