//! What the hospital's own systems tell, over real sockets, and what the door makes of it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use event::{CareChange, Event};
use serde_json::{Value, json};

use crate::client::Client;
use crate::hospital::{Hospital, OpenDoor};
use crate::kept::events;
use crate::liar::{Asked, Liar, SECRET, answer, observation};
use crate::program::{Demonstration, printed, run, text};

/// How long an answer may take on a machine that does much else; nothing is measured by it.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// The record server: an observation `PATIENT.x` is about this patient.
fn tell(asked: &Asked<'_>, to: &mut TcpStream) -> io::Result<()> {
    let id = asked.target.rsplit_once('/').unwrap().1;
    answer(to, 200, &observation(id, id.split_once('.').unwrap().0))
}

/// A hospital with two wards and a feed.
pub(crate) struct Site {
    _liar: Liar,
    pub(crate) hospital: Hospital,
    pub(crate) door: OpenDoor,
    pub(crate) feed: SocketAddr,
}

const FEED: &str = r#"
[[feeds]]
name = "adt"
address = "127.0.0.1:0"
peers = ["127.0.0.1"]
time_zone = "Europe/Paris"
[[feeds.senders]]
application = "ADMIN"
patient_authority = "1.2.250.1.999"
person_authority = "1.2.250.1.71.4.2.1"
unit_prefix = "north-"
units = { "RÉA" = "north-icu" }

[[services]]
name"#;

impl Site {
    pub(crate) fn open() -> Self {
        Self::open_with(&[])
    }

    /// The same with changes of the configuration.
    pub(crate) fn open_with(changes: &[(&str, &str)]) -> Self {
        let liar = Liar::start(tell);
        let hospital = Hospital::in_front_of(&liar.url);
        hospital.write("directory.json", &directory());
        hospital.change(&[("\n[[services]]\nname", FEED)]);
        // The commented feed of a new configuration stands before this one.
        // So do commented sources of logs.
        let zone = ("# time_zone =", "# zone =");
        hospital.change(&[("# [[feeds]]", "# Feeds"), zone, zone]);
        hospital.change(changes);
        let (door, feed) = open(&hospital);
        Self {
            _liar: liar,
            hospital,
            door,
            feed,
        }
    }

    pub(crate) fn sender(&self) -> Sender {
        Sender::connect(self.feed)
    }

    /// Whether a person may read the record of a patient now.
    pub(crate) fn reads(&self, person: &str, patient: &str) -> bool {
        reads(&self.door.client, &self.hospital, (person, patient))
    }

    pub(crate) fn again(self, end: impl FnOnce(OpenDoor)) -> Self {
        end(self.door);
        let (door, feed) = open(&self.hospital);
        Self { door, feed, ..self }
    }

    /// The reasons for which something on the feed was not taken.
    fn unread(&self) -> Vec<(String, String)> {
        let events = events(&self.hospital.data(), "telemetry");
        let unread = events.into_iter().filter_map(|event| match event {
            Event::FeedUnread(unread) => Some((unread.reason, unread.field)),
            _ => None,
        });
        unread.collect()
    }

    /// Follows the log until so much was not taken.
    pub(crate) fn await_unread(&self, count: usize) -> Vec<(String, String)> {
        let start = Instant::now();
        loop {
            let unread = self.unread();
            if unread.len() >= count {
                return unread;
            }
            assert!(start.elapsed() < ANSWER_MAX, "{unread:?}");
            std::thread::yield_now();
        }
    }
}

fn open(hospital: &Hospital) -> (OpenDoor, SocketAddr) {
    let door = hospital.open();
    let line = door.program.next_line();
    let (said, address) = line.rsplit_once(' ').unwrap();
    assert_eq!(said, "feed adt  listening on");
    (door, address.parse().unwrap())
}

fn reads(client: &Client, hospital: &Hospital, (person, patient): (&str, &str)) -> bool {
    let answer = client.get(
        &format!("/fhir/Observation/{patient}.1"),
        &hospital.token(person),
    );
    assert_eq!(answer.text().contains(SECRET), answer.status == 200);
    match answer.status {
        200 => true,
        403 | 404 => false,
        other => panic!("{other}: {}", answer.text()),
    }
}

fn directory() -> String {
    let since = "2020-01-01T00:00:00Z";
    let nurse = |id: &str, unit: &str| {
        json!({
            "id": id, "name": id, "profession": "nurse",
            "posts": [{ "establishment": "north", "unit": unit, "from": since }],
        })
    };
    let physician = |id: &str| {
        json!({
            "id": id, "name": id, "profession": "physician",
            "posts": [{ "establishment": "north", "from": since }],
        })
    };
    json!({
        "establishments": [{ "id": "north", "name": "Hôpital du Nord", "units": [
            { "id": "north-med", "name": "Médecine" },
            { "id": "north-icu", "name": "Réanimation" },
        ] }],
        "persons": [
            nurse("med-nurse", "north-med"),
            nurse("icu-nurse", "north-icu"),
            physician("10001234567"),
        ],
        "patients": [{ "id": "P1", "establishments": ["north"] }],
    })
    .to_string()
}

/// One connection of the administration.
pub(crate) struct Sender {
    pub(crate) stream: TcpStream,
}

impl Sender {
    pub(crate) fn connect(feed: SocketAddr) -> Self {
        let stream = TcpStream::connect(feed).unwrap();
        stream.set_read_timeout(Some(ANSWER_MAX)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream }
    }

    pub(crate) fn send(&mut self, message: &[u8]) {
        let framed = [b"\x0b", message, b"\x1c\r"].concat();
        self.stream.write_all(&framed).unwrap();
    }

    /// The answer: its code and reason, and the message it answers.
    pub(crate) fn answer(&mut self) -> String {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\x1c\r") {
            match self.stream.read(&mut byte).unwrap() {
                0 => return String::new(),
                _ => bytes.extend_from_slice(&byte),
            }
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.starts_with("\x0bMSH|^~\\&|DOOR|GROUP|ADMIN|HOUSE-1|"),
            "{text:?}"
        );
        let answer = text.split_once("\rMSA|").unwrap().1;
        answer.trim_end_matches("\r\x1c\r").to_owned()
    }

    pub(crate) fn tell(&mut self, message: &str) -> String {
        self.send(message.as_bytes());
        self.answer()
    }
}

/// A message about a patient and their stay.
pub(crate) fn adt(
    event: &str,
    control: &str,
    (patient, visit): (&str, &str),
    unit: &str,
) -> String {
    let made = format!("202603021020{control:0>2}");
    format!(
        "MSH|^~\\&|ADMIN|HOUSE-1|DOOR|GROUP|{made}+0100||ADT^{event}|{control}|P|2.5\r\
         EVN||{made}\r\
         PID|1||{patient}^^^HOUSE&1.2.250.1.999&ISO^PI||FAMILY^GIVEN\r\
         PV1|1|I|{unit}^12^B||||||||||||||||{visit}^^^HOUSE\r"
    )
}

#[test]
fn an_admission_opens_the_record_to_the_unit_at_once() {
    let site = Site::open();
    let mut sender = site.sender();
    let stay = ("NEW", "V77");
    assert!(!site.reads("med-nurse", "NEW"));

    // How long it takes from the last byte until the first read is permitted.
    sender.send(adt("A01", "1", stay, "med").as_bytes());
    let sent = Instant::now();
    assert_eq!(sender.answer(), "AA|1|");
    let acknowledged = sent.elapsed();
    assert!(site.reads("med-nurse", "NEW"));
    println!(
        "acknowledged after {acknowledged:?}, read after {:?}",
        sent.elapsed()
    );
    assert!(!site.reads("icu-nurse", "NEW"));

    assert_eq!(sender.tell(&adt("A02", "2", stay, "icu")), "AA|2|");
    assert!(site.reads("icu-nurse", "NEW") && !site.reads("med-nurse", "NEW"));
    assert_eq!(sender.tell(&adt("A12", "3", stay, "med")), "AA|3|");
    assert!(site.reads("med-nurse", "NEW") && !site.reads("icu-nurse", "NEW"));
    assert_eq!(sender.tell(&adt("A03", "4", stay, "med")), "AA|4|");
    assert!(!site.reads("med-nurse", "NEW"));
    assert_eq!(sender.tell(&adt("A13", "5", stay, "med")), "AA|5|");
    assert!(site.reads("med-nurse", "NEW"));
    assert_eq!(sender.tell(&adt("A11", "6", stay, "med")), "AA|6|");
    assert!(!site.reads("med-nurse", "NEW"));
    // The admission again, late and twice: it was cancelled after that.
    assert_eq!(sender.tell(&adt("A01", "1", stay, "med")), "AA|1|");
    assert!(!site.reads("med-nurse", "NEW"));
    // It is told anew.
    assert_eq!(sender.tell(&adt("A01", "7", stay, "med")), "AA|7|");
    assert!(site.reads("med-nurse", "NEW"));
}

#[test]
fn a_restart_and_a_power_cut_change_nothing() {
    let site = Site::open();
    let mut sender = site.sender();
    assert_eq!(sender.tell(&adt("A04", "1", ("NEW", "V1"), "med")), "AA|1|");
    assert_eq!(sender.tell(&adt("A01", "2", ("OLD", "V2"), "icu")), "AA|2|");
    let holds = |site: &Site| {
        assert!(site.reads("med-nurse", "NEW") && !site.reads("icu-nurse", "NEW"));
        assert!(site.reads("icu-nurse", "OLD") && !site.reads("med-nurse", "OLD"));
    };
    holds(&site);
    let site = site.again(|door| door.program.kill());
    holds(&site);
    let site = site.again(|door| assert!(door.program.stop().success()));
    holds(&site);
    // A message whose acknowledgement was lost comes again.
    assert_eq!(
        site.sender().tell(&adt("A01", "2", ("OLD", "V2"), "icu")),
        "AA|2|"
    );
    holds(&site);
}

#[test]
fn a_merge_gives_the_history_to_both_names() {
    let site = Site::open();
    let mut sender = site.sender();
    // The merge comes first, the admission under the former name later.
    let merge = "MSH|^~\\&|ADMIN|HOUSE-1|DOOR|GROUP|20260302102001+0100||ADT^A40^ADT_A39|1|P|2.5\r\
        EVN||20260302102001\rPID|||P1^^^HOUSE&1.2.250.1.999&ISO^PI\r\
        MRG|OLD^^^HOUSE&1.2.250.1.999&ISO^PI\r";
    assert_eq!(sender.tell(merge), "AA|1|");
    assert_eq!(sender.tell(&adt("A01", "2", ("OLD", "V2"), "med")), "AA|2|");
    assert!(site.reads("med-nurse", "P1") && site.reads("med-nurse", "OLD"));
    // Made one again, the other way round: they are.
    let back = merge.replace("P1^^^", "X^^^").replace("OLD^^^", "P1^^^");
    let back = back.replace("X^^^", "OLD^^^").replace("|1|P|", "|3|P|");
    assert_eq!(sender.tell(&back), "AA|3|");
    assert!(site.reads("med-nurse", "P1") && site.reads("med-nurse", "OLD"));
    let kept = events(&site.hospital.data(), "evidence");
    let findings = kept.iter().filter_map(|event| match event {
        Event::CareReported(it) if matches!(it.change, CareChange::Merged { .. }) => {
            Some(it.findings.clone())
        }
        _ => None,
    });
    let findings: Vec<_> = findings.collect();
    assert_eq!(findings, [vec![], vec!["merge-repeated".to_owned()]]);
}

#[test]
fn what_cannot_be_taken_is_answered_and_kept() {
    let site = Site::open();
    let mut sender = site.sender();
    let good = adt("A01", "9", ("NEW", "V9"), "med");
    let cases = [
        (
            good.replace("ADT^A01", "ORU^R01"),
            "AR|9|message-type",
            "message-type",
        ),
        (good.replace("|ADMIN|", "|OTHER|"), "", "sender-unknown"),
        (
            good.replace("|P|2.5", "|T|2.5"),
            "AR|9|processing-not-production",
            "processing-not-production",
        ),
        (
            good.replace("1.2.250.1.999", "1.2.250.1.998"),
            "AR|9|patient-unidentified",
            "patient-unidentified",
        ),
        (
            good.replace("NEW^", "NEW/../P1^"),
            "AR|9|identifier-malformed",
            "identifier-malformed",
        ),
        (
            good.replace("EVN||2026", "EVN||20x6"),
            "AE|9|field-unreadable",
            "field-unreadable",
        ),
        (
            good.replace("PID|", "ZID|"),
            "AE|9|segment-missing",
            "segment-missing",
        ),
        (
            good.replace("|9|P|", "||P|"),
            "AE||control-id-missing",
            "control-id-missing",
        ),
    ];
    for (message, answer, _) in &cases {
        sender.send(message.as_bytes());
        if answer.is_empty() {
            // The answer goes to another application, which is all that differs.
            let mut rest = vec![0; 1];
            while !rest.ends_with(b"\x1c\r") {
                let mut byte = [0];
                sender.stream.read_exact(&mut byte).unwrap();
                rest.extend_from_slice(&byte);
            }
            assert!(
                String::from_utf8(rest)
                    .unwrap()
                    .contains("\rMSA|AR|9|sender-unknown\r")
            );
        } else {
            assert_eq!(sender.answer(), *answer, "{message}");
        }
    }
    assert!(!site.reads("med-nurse", "NEW"), "none of it was taken");
    let reasons: Vec<_> = site
        .await_unread(cases.len())
        .into_iter()
        .map(|it| it.0)
        .collect();
    let expected: Vec<_> = cases.iter().map(|it| it.2).collect();
    assert_eq!(reasons, expected);
    // And the connection still serves.
    assert_eq!(sender.tell(&good), "AA|9|");
    assert!(site.reads("med-nurse", "NEW"));
}

#[test]
fn who_is_in_charge_reads_wherever_the_patient_is() {
    let site = Site::open();
    let mut sender = site.sender();
    let doctor = "10001234567^FAMILY^GIVEN^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^RPPS";
    let begun = adt("A01", "1", ("NEW", "V1"), "med");
    let begun = begun.replace("^12^B||||", &format!("^12^B||||{doctor}"));
    assert!(!site.reads("10001234567", "NEW"));
    assert_eq!(sender.tell(&begun), "AA|1|");
    assert!(site.reads("10001234567", "NEW"));
    assert_eq!(sender.tell(&adt("A02", "2", ("NEW", "V1"), "icu")), "AA|2|");
    assert!(site.reads("10001234567", "NEW"));
    assert_eq!(sender.tell(&adt("A03", "3", ("NEW", "V1"), "icu")), "AA|3|");
    assert!(!site.reads("10001234567", "NEW"));
    // Nothing that names anybody reaches evidence, telemetry or the program's own log.
    let data = site.hospital.data();
    let kept = ["evidence", "telemetry"].map(|log| events(&data, log));
    let mut written = std::fs::read_to_string(&site.door.program.log).unwrap();
    for event in kept.iter().flatten() {
        written.push_str(&String::from_utf8(event.to_bytes()).unwrap());
    }
    assert!(written.contains("care-reported"));
    for word in ["FAMILY", "GIVEN", "NEW^", "\"NEW\"", "V1^", "\"V1\""] {
        assert!(!written.contains(word), "{word}");
    }
}

#[test]
fn the_reason_is_explained_from_what_feeds_told() {
    let site = Site::open();
    assert_eq!(
        site.sender().tell(&adt("A01", "1", ("NEW", "V1"), "med")),
        "AA|1|"
    );
    let explain = |at: &str| {
        let config = site.hospital.config();
        let told = run(&[
            "policy",
            "explain",
            "med-nurse",
            "NEW",
            "--type",
            "Observation",
            "--json",
            "--at",
            at,
            "--config",
            text(&config),
        ]);
        assert!(told.status.success(), "{told:?}");
        let told: Value = serde_json::from_str(&printed(&told)).unwrap();
        told["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(explain("2026-03-02T09:20:02Z"), "permit");
    assert_ne!(explain("2026-03-02T09:20:00Z"), "permit");
}

#[test]
fn the_demonstration_has_a_feed() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let feed = demo.said["feed"].as_str().unwrap().parse().unwrap();
    let mut sender = Sender::connect(feed);
    let merged = adt("A01", "1", ("pat-0001", "V1"), "some-unit");
    assert_eq!(sender.tell(&merged), "AA|1|");
}
