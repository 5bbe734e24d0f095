//! Devices that were seen: by a capture that goes on and by a monitor's lines, kept, shown, and
//! known again after a crash.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use event::{DeviceClaim, Event};
use evidence::{NothingSealed, Records};
use serde_json::{Value, json};

use crate::client::Ask;
use crate::hospital::{Hospital, OpenDoor};
use crate::kept::holds;
use crate::program::{printed, run, text};

/// How long something may take on a machine that does much else; nothing is measured by it.
const SEEN_MAX: Duration = Duration::from_secs(90);

const LEASE: &str = r#"{"_path":"dhcp","ts":1795680193.5,"uid":"C1","mac":"02:00:00:00:00:01","host_name":"PUMP-7","assigned_addr":"10.0.0.1","msg_types":["REQUEST","ACK"]}"#;

const BANNER: &str = r#"{"_path":"software","ts":1795680194.5,"host":"10.0.0.1","software_type":"HTTP::SERVER","unparsed_version":"Apache/2.4.6"}"#;

const SUPPORT: &str = r#"
[[support]]
product = "Apache 2.4.6"
ends = "2020-01-01T00:00:00Z"
evidence = "the contract"
"#;

/// Frames in which addresses say which interface they stand on (RFC 826), at an instant.
fn capture(count: u8, seconds: u32) -> Vec<u8> {
    let mut bytes = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    bytes.extend([2, 0, 4, 0]);
    for word in [0, 0, 65_535, 1_u32] {
        bytes.extend(word.to_le_bytes());
    }
    for number in 1..=count {
        let interface = [2, 0, 0, 0, 0, number];
        let arp = [0, 1, 8, 0, 6, 4, 0, 2];
        let (from, to) = ([10, 0, 0, number], [10, 0, 0, 200]);
        let parts = [
            &[0xff; 6][..],
            &interface,
            &[8, 6],
            &arp,
            &interface,
            &from,
            &[0xff; 6],
            &to,
        ];
        let frame = parts.concat();
        let length = u32::try_from(frame.len()).unwrap();
        for word in [seconds, 5, length, length] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(frame);
    }
    bytes
}

fn now_s() -> u32 {
    u32::try_from(jiff::Timestamp::now().as_second()).unwrap()
}

/// A hospital with an officer, a device that the directory names, and what tells of it.
fn hospital() -> Hospital {
    let hospital = Hospital::in_front_of("http://127.0.0.1:9/fhir");
    let directory = hospital.place().join("directory.json");
    let mut known: Value = serde_json::from_slice(&fs::read(&directory).unwrap()).unwrap();
    let post =
        json!({ "establishment": "north", "unit": "north-ward", "from": "2020-01-01T00:00:00Z" });
    known["persons"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": "officer", "name": "officer",
        "profession": "security-officer", "posts": [post] }));
    known["assets"] = json!([{ "id": "pump-7", "name": "Pompe 7", "tier": "medical",
        "establishment": "north", "kind": "infusion-pump", "keys": ["mac:02:00:00:00:00:01"] }]);
    hospital.write("directory.json", &known.to_string());
    hospital.write("support.toml", SUPPORT);
    hospital.write("dhcp.log", &format!("{LEASE}\n"));
    hospital.write("software.log", &format!("{BANNER}\n"));
    fs::write(hospital.place().join("mirror.pcap"), capture(3, now_s())).unwrap();
    let mirror = hospital.place().join("mirror.pcap");
    let section = format!(
        "[inventory]\nsupport = [\"support.toml\"]\n\n[[inventory.captures]]\nname = \"mirror\"\n\
         command = [\"cat\", {:?}]\n\n[[logs]]\nname = \"zeek\"\n\
         follow = [\"dhcp.log\", \"software.log\"]\n\n# The end.\n",
        text(&mirror)
    );
    hospital.change(&[("[inventory]\n", &section)]);
    hospital
}

/// The page, once it says all of this.
fn await_page(hospital: &Hospital, door: &OpenDoor, words: &[&str]) -> String {
    let start = Instant::now();
    loop {
        let ask = Ask::get("/console/inventory").header("accept", "text/html");
        let answer = door.client.ask(&ask.bearer(&hospital.token("officer")));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let html = answer.text().to_owned();
        if words.iter().all(|word| html.contains(word)) {
            return html;
        }
        assert!(start.elapsed() < SEEN_MAX, "{html}");
        std::thread::yield_now();
    }
}

/// Every claim that telemetry holds, with its source.
fn claims(hospital: &Hospital) -> Vec<(String, DeviceClaim)> {
    let folder = hospital.data().join("telemetry");
    let mut records = Records::open(&folder, 0, Arc::new(NothingSealed));
    let mut claims = Vec::new();
    while let Some(record) = records.read().unwrap() {
        if let Ok(Event::DevicesObserved(observed)) = Event::from_bytes(record.payload) {
            let source = observed.source;
            claims.extend(
                observed
                    .claims
                    .into_iter()
                    .map(|claim| (source.clone(), claim)),
            );
        }
    }
    claims
}

fn page(hospital: &Hospital, door: &OpenDoor, target: &str, person: &str) -> (u16, String) {
    let ask = Ask::get(target).header("accept", "text/html");
    let answer = door.client.ask(&ask.bearer(&hospital.token(person)));
    (answer.status, answer.text().to_owned())
}

#[test]
fn what_was_seen_is_kept_shown_and_known_after_a_crash() {
    let hospital = hospital();
    let door = hospital.open();
    await_page(
        &hospital,
        &door,
        &["Pompe 7", "10.0.0.2", "10.0.0.3", "support-past"],
    );
    let device = "/console/inventory/device?id=ip%3A10.0.0.1";
    let (status, html) = page(&hospital, &door, device, "officer");
    assert_eq!(status, 200, "{html}");
    for word in [
        "Pompe 7",
        "PUMP-7",
        "Apache/2.4.6",
        "the contract",
        "mirror",
        "zeek",
        "arp",
    ] {
        assert!(html.contains(word), "{word}: {html}");
    }
    let (_, past) = page(&hospital, &door, "/console/inventory?show=past", "officer");
    assert!(
        past.contains("Pompe 7") && !past.contains("10.0.0.2"),
        "{past}"
    );
    let unlisted = "/console/inventory?show=unlisted&words=02%3A00+10.0.0.3";
    let (_, unlisted) = page(&hospital, &door, unlisted, "officer");
    assert!(
        unlisted.contains("10.0.0.3") && !unlisted.contains("Pompe 7"),
        "{unlisted}"
    );
    for (target, status) in [
        ("/console/inventory?show=colour", 400),
        ("/console/inventory?words=a&words=b", 400),
        ("/console/inventory/device", 400),
        ("/console/inventory/device?id=nothing", 404),
        ("/console/inventory/device?id=ip%3A10.9.9.9", 404),
    ] {
        assert_eq!(
            page(&hospital, &door, target, "officer").0,
            status,
            "{target}"
        );
    }
    assert_eq!(
        page(&hospital, &door, "/console/inventory", "doctor").0,
        403
    );
    door.program.kill();

    let before = claims(&hospital);
    let hostnames = before.iter().filter(|(_, it)| it.value == "PUMP-7").count();
    assert_eq!(hostnames, 1, "{before:?}");
    // Whoever told is gone: what was kept is known.
    let config = fs::read_to_string(hospital.config()).unwrap();
    let (before_them, telling) = config
        .split_once("[[inventory.captures]]\nname = \"mirror\"")
        .unwrap();
    let (_, behind_them) = telling.split_once("# The end.").unwrap();
    hospital.write("hygie.toml", &format!("{before_them}{behind_them}"));
    let door = hospital.open();
    await_page(
        &hospital,
        &door,
        &["Pompe 7", "10.0.0.2", "10.0.0.3", "support-past"],
    );
    assert!(door.program.stop().success());
    assert_eq!(claims(&hospital), before, "nothing is kept that is no news");
    holds(&hospital.data(), "telemetry");

    let support = hospital.place().join("support.toml");
    let data = hospital.data();
    let shown = ["inventory", "--json", "--data", text(&data)];
    let done = run(&[&shown[..], &["--support", text(&support)]].concat());
    assert!(done.status.success(), "{done:?}");
    let assets: Vec<Value> = printed(&done)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(assets.len(), 3, "{assets:?}");
    let pump = assets
        .iter()
        .find(|it| it["asset"]["id"] == "mac:02:00:00:00:00:01");
    assert_eq!(pump.unwrap()["supports"][0]["state"], "past");
}

/// A capture program that cannot run is said, and the house serves all the same.
#[test]
fn a_capture_that_cannot_be_read_is_told() {
    let hospital = Hospital::in_front_of("http://127.0.0.1:9/fhir");
    let section = "[inventory]\n\n[[inventory.captures]]\nname = \"mirror\"\n\
                   command = [\"/no/such/program\"]\n\n";
    hospital.change(&[("[inventory]\n", section)]);
    let door = hospital.open();
    let start = Instant::now();
    let folder = hospital.data().join("telemetry");
    let is_told = || {
        let mut records = Records::open(&folder, 0, Arc::new(NothingSealed));
        while let Some(record) = records.read().unwrap() {
            if let Ok(Event::LogUnread(unread)) = Event::from_bytes(record.payload) {
                return unread.source == "mirror" && unread.reason == "capture-failed";
            }
        }
        false
    };
    while !is_told() {
        assert!(start.elapsed() < SEEN_MAX);
        std::thread::yield_now();
    }
    assert!(door.program.stop().success());
}
