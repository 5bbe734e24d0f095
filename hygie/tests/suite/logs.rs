//! Logs of other systems: imported, followed and sent, kept once, and watched.

use std::fs;
use std::time::{Duration, Instant};

use event::Logged;
use evidence::{NothingSealed, Records};
use serde_json::{Value, json};

use crate::client::Ask;
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
    process_of("nurse-7", &format!("2026-03-02 10:00:{number:02}.000"))
}

fn process_of(person: &str, time: &str) -> String {
    json!({ "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational",
        "UtcTime": time, "Computer": "ward-1",
        "User": format!(r"HOSPITAL\{person}"), "ParentImage": r"C:\Office\OUTLOOK.EXE",
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
    await_found(hospital, RULE_ID, times)
}

/// The incidents, once a finding was made so many times.
fn await_found(hospital: &Hospital, finding: &str, times: u64) -> Vec<Value> {
    let start = Instant::now();
    loop {
        let done = run(&["incidents", "--json", "--data", text(&hospital.data())]);
        assert!(done.status.success(), "{done:?}");
        let printed = printed(&done);
        let lines = printed.lines().map(serde_json::from_str);
        let incidents: Vec<Value> = lines.collect::<Result<_, _>>().unwrap();
        if incidents.iter().any(|it| it["findings"][finding] == times) {
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

const SUPPRESSIONS: &str = r#"
[[suppression]]
id = "doctor"
finding = "7b1f3f0c-1c1e-4d0b-9d53-6c1f5a3f9a10"
entity = "person:doctor"
reason = "a test of the mail filter that was announced"
by = "rssi"
until = "2099-01-01T00:00:00Z"
level_max = "critical"
"#;

/// What is found about an account bends what it may do; what was decided to be kept back is not.
#[test]
fn an_account_at_risk_exports_nothing() {
    let hospital = hospital();
    let wanted = [
        ("# rules = [", "rules = ["),
        ("# suppressions_file = ", "suppressions_file = "),
    ];
    hospital.change(&wanted);
    fs::create_dir(hospital.place().join("rules")).unwrap();
    hospital.write("rules/script.yml", RULE);
    hospital.write("suppressions.toml", SUPPRESSIONS);
    let door = hospital.open();
    let coder = hospital.provider.token_for("coder", "s-coder", "HPAYMT");
    let export = || {
        let ask = Ask::get("/fhir/Patient/$export?_type=Encounter");
        door.client
            .ask(&ask.header("prefer", "respond-async").bearer(&coder))
    };
    assert_ne!(export().status, 403);
    let now = jiff::Timestamp::now()
        .strftime("%Y-%m-%d %H:%M:%S.000")
        .to_string();
    let lines = [process_of("doctor", &now), process_of("coder", &now)];
    hospital.write("events.json", &lines.join("\n"));
    import(&hospital, "events.json");
    let incidents = await_incidents(&hospital, 1);
    let entities = incidents[0]["entities"].to_string();
    assert!(
        entities.contains("coder") && !entities.contains("doctor"),
        "{entities}"
    );
    let start = Instant::now();
    while export().status != 403 {
        assert!(start.elapsed() < TAKEN_MAX, "{}", export().text());
        std::thread::yield_now();
    }
    assert_eq!(export().reason(), "account-at-risk");
    assert!(door.program.stop().success());
}

/// The directory with the machine of the lines above, whose network a nurse answers for.
fn with_ward_machine(hospital: &Hospital) -> String {
    let file = hospital.place().join("directory.json");
    let mut directory: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    directory["assets"] = json!([{ "id": "ward-1", "name": "Ward workstation", "tier": "office",
        "establishment": "north", "kind": "workstation" }]);
    directory["responsibilities"] = json!([{ "of": { "asset": "ward-1" }, "aspect": "network",
        "holder": { "who": { "person": "nurse" } }, "from": "2020-01-01T00:00:00Z" }]);
    directory.to_string()
}

/// Whoever answers for a device is told of what is found about it, and nobody else.
#[test]
fn an_incident_is_told_to_who_answers_for_the_device() {
    let hospital = hospital();
    hospital.write("directory.json", &with_ward_machine(&hospital));
    hospital.change(&[("# rules = [\"rules\"]", "rules = [\"rules\"]")]);
    fs::create_dir(hospital.place().join("rules")).unwrap();
    hospital.write("rules/script.yml", RULE);
    let door = hospital.open();
    hospital.write(
        "events.json",
        &process_of("visitor", "2026-03-02 10:00:01.000"),
    );
    import(&hospital, "events.json");
    await_incidents(&hospital, 1);
    let page = |person: &str| {
        let ask = Ask::get("/").bearer(&hospital.token(person));
        door.client.ask(&ask.header("accept-language", "en"))
    };
    let told = page("nurse");
    for text in [
        "Ward workstation",
        "A script host started by a mail program",
    ] {
        assert!(told.text().contains(text), "{}", told.text());
    }
    assert!(!told.text().contains("visitor"), "{}", told.text());
    assert!(!page("doctor").text().contains("Ward workstation"));
    assert!(
        !door
            .client
            .ask(&Ask::get("/"))
            .text()
            .contains("Ward workstation")
    );
    assert!(door.program.stop().success());
    let directory = hospital.place().join("directory.json");
    let listed = |more: &[&str]| {
        let (data, directory) = (hospital.data(), text(&directory));
        let of = ["incidents", "--data", text(&data), "--directory", directory];
        printed(&run(&[&of[..], more].concat()))
    };
    let all = listed(&["--lang", "en"]);
    assert!(
        all.contains("\n  Ward workstation: nurse (the network)\n"),
        "{all}"
    );
    let told: Value = serde_json::from_str(&listed(&["--json", "--for", "nurse"])).unwrap();
    let alerted = json!([{ "asset": "ward-1", "persons": { "network": ["nurse"] } }]);
    assert_eq!(told["alerted"], alerted);
    assert_eq!(listed(&["--json", "--for", "doctor"]), "");
}

/// A list that comes later finds what was kept before it, once.
#[test]
fn a_new_list_hunts_the_past_by_itself() {
    let hospital = hospital();
    hospital.change(&[("# indicators = [", "indicators = [")]);
    fs::create_dir(hospital.place().join("indicators")).unwrap();
    let dns = |name: &str, uid: &str| {
        json!({ "_path": "dns", "ts": 1_772_438_400.5, "uid": uid, "id.orig_h": "10.0.0.1",
            "query": name })
        .to_string()
    };
    let list = |name: &str, value: &str| {
        hospital.write(&format!("indicators/{name}"), value);
        // Nobody writes it any more.
        let file = fs::File::open(hospital.place().join("indicators").join(name)).unwrap();
        let written = std::time::SystemTime::now() - Duration::from_secs(60);
        file.set_modified(written).unwrap();
    };
    list("known.txt", "known.example\n");
    let names = ["known.example", "later.example", "last.example"];
    let lines = names.map(|name| dns(name, &format!("C-{name}")));
    hospital.write("events.json", &lines.join("\n"));
    let door = hospital.open();
    import(&hospital, "events.json");
    await_found(&hospital, "indicator:known.example", 1);
    assert!(door.program.stop().success());
    for name in ["later.example", "last.example"] {
        list(name, name);
        let door = hospital.open();
        await_found(&hospital, &format!("indicator:{name}"), 1);
        assert!(door.program.stop().success());
    }
    // What was found is not found again by the hunts after it.
    let incidents = await_found(&hospital, "indicator:last.example", 1);
    for name in names {
        let finding = format!("indicator:{name}");
        let known = |it: &Value| it["findings"][&finding] == 1;
        assert!(incidents.iter().any(known), "{name}: {incidents:?}");
    }
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
