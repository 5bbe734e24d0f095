//! The guard before an archive of images that nobody here wrote, asked by clients that nobody here
//! wrote: what passes, what does not, and what evidence tells of patients.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;

use event::{Access, Event};
use serde_json::{Value, json};

use crate::dcmtk::{Archive, client, free_address, image, is_there};
use crate::hospital::{Hospital, OpenDoor};
use crate::kept::events;
use crate::program::{printed, run, text};

/// The modality may store, the viewer may look and have images sent to itself.
const POLICY: &str = r#"
[[conduits]]
name = "images"
protocol = "dicom"
clients = ["127.0.0.0/8"]
devices = ["127.0.0.1"]
fail = "closed"
owner = "doctor"
reason = "images that nobody vouches for are shown to nobody"
refuse = "exception"

[[conduits.allow]]
id = "modalities"
calling = ["CT1"]
called = ["ARCHIVE"]
access = ["write", "identify"]
functions = ["c-store", "c-echo"]

[[conduits.allow]]
id = "viewers"
calling = ["VIEWER1"]
called = ["ARCHIVE"]
access = ["read", "identify"]
destinations = ["VIEWER1"]
"#;

const BY_STUDY: [&str; 2] = ["-S", "-k"];

struct Stand {
    hospital: Hospital,
    archive: Archive,
    door: OpenDoor,
    guard: SocketAddr,
    viewer: SocketAddr,
}

impl Stand {
    fn start() -> Self {
        let hospital = Hospital::in_front_of("http://127.0.0.1:9/fhir");
        let viewer = free_address();
        let archive = Archive::start(hospital.place(), viewer);
        let directory = hospital.place().join("directory.json");
        let mut known: Value = serde_json::from_slice(&fs::read(&directory).unwrap()).unwrap();
        known["assets"] = json!([{ "id": "archive", "name": "Archive d'images", "tier": "medical",
            "establishment": "north", "kind": "image-archive" }]);
        hospital.write("directory.json", &known.to_string());
        hospital.write("guard.toml", POLICY);
        let lines = format!(
            "policy_file = \"guard.toml\"\n\n[[guard.lines]]\nconduit = \"images\"\n\
             asset = \"archive\"\naddress = \"127.0.0.1:0\"\ndevice = \"{}\"\n\
             patient_prefix = \"p-\"\n",
            archive.address
        );
        hospital.change(&[("# policy_file = \"guard.toml\"\n", &lines)]);
        let door = hospital.open();
        let guard = loop {
            let line = door.program.next_line();
            if let Some(address) = line.strip_prefix("guard images  listening on ") {
                break address.parse().unwrap();
            }
        };
        Self {
            hospital,
            archive,
            door,
            guard,
            viewer,
        }
    }

    fn ask(&self, program: &str, calling: &str, options: &[&str], files: &[&Path]) -> Output {
        let titles = (calling, "ARCHIVE");
        client(program, titles, self.guard, (options, files), self.place())
    }

    fn place(&self) -> &Path {
        self.hospital.place()
    }

    /// Action, how many patients, and how many images or matches, of every access to images.
    fn told(&self) -> Vec<(String, usize, u32)> {
        let accesses = accesses(&self.hospital).into_iter();
        accesses
            .map(|it| {
                let disclosed = it.disclosed;
                (
                    it.asked.action,
                    disclosed.patients.len(),
                    disclosed.resources,
                )
            })
            .collect()
    }
}

fn accesses(hospital: &Hospital) -> Vec<Access> {
    let events = events(&hospital.data(), "evidence").into_iter();
    let accesses = events.filter_map(|event| match event {
        Event::Access(access) if access.association.is_some() => Some(access),
        _ => None,
    });
    accesses.collect()
}

fn study(patient: &str) -> String {
    format!("StudyInstanceUID=1.2.826.0.1.3680043.9.7000.{patient}")
}

fn words(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    format!("{out}{err}")
}

#[test]
fn images_are_stored_found_and_fetched_and_every_patient_is_told() {
    if !is_there() {
        return;
    }
    let stand = Stand::start();
    let pictures = [
        image(stand.place(), "4711", 1),
        image(stand.place(), "4711", 2),
        image(stand.place(), "4712", 1),
    ];
    let files: Vec<&Path> = pictures.iter().map(|it| it.as_path()).collect();
    let echo = stand.ask("echoscu", "CT1", &[], &[]);
    assert!(echo.status.success(), "{}", words(&echo));
    let stored = stand.ask("storescu", "CT1", &[], &files);
    assert!(stored.status.success(), "{}", words(&stored));
    assert_eq!(stand.archive.images(), 3);

    let level = "QueryRetrieveLevel=STUDY";
    let keys = [
        &BY_STUDY[..],
        &[level, "-k", "PatientID", "-k", "StudyInstanceUID"],
    ]
    .concat();
    let found = stand.ask("findscu", "VIEWER1", &keys, &[]);
    let said = words(&found);
    assert!(said.contains("[4711]") && said.contains("[4712]"), "{said}");

    let fetched = stand.place().join("fetched");
    fs::create_dir(&fetched).unwrap();
    let one = study("4711");
    let get = [&BY_STUDY[..], &[level, "-k", &one, "-od", text(&fetched)]].concat();
    let got = stand.ask("getscu", "VIEWER1", &get, &[]);
    assert!(got.status.success(), "{}", words(&got));
    assert_eq!(
        fs::read_dir(&fetched).unwrap().count(),
        2,
        "{}",
        words(&got)
    );

    let port = stand.viewer.port().to_string();
    let other = study("4712");
    let moved = [
        "-aem",
        "VIEWER1",
        "--port",
        &port,
        "-od",
        text(&fetched),
        "-k",
        level,
        "-k",
        &other,
        "-k",
        "PatientID=4712",
    ];
    let moved = stand.ask("movescu", "VIEWER1", &[&["-S"], &moved[..]].concat(), &[]);
    assert!(moved.status.success(), "{}", words(&moved));
    assert_eq!(fs::read_dir(&fetched).unwrap().count(), 3);

    let expected = [
        ("c-store", 1, 1),
        ("c-store", 1, 1),
        ("c-store", 1, 1),
        ("c-find", 2, 2),
        ("c-get", 1, 1),
        ("c-get", 1, 1),
        ("c-move", 1, 0),
    ];
    let expected = expected.map(|(action, patients, count)| (action.to_owned(), patients, count));
    let mut told = stand.told();
    told.sort();
    let mut wanted = expected.to_vec();
    wanted.sort();
    assert_eq!(told, wanted);

    // Whoever asks about a patient by the number of the record sees who had images.
    let data = stand.hospital.data();
    stand.door.program.stop();
    let shown = run(&[
        "evidence",
        "show",
        "--data",
        text(&data),
        "--patient",
        "p-4712",
    ]);
    let shown = printed(&shown);
    for word in ["127.0.0.1", "Images sent elsewhere", "Images stored"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    assert!(!shown.contains("4711"), "{shown}");
}

#[test]
fn whoever_has_no_rule_gets_no_association_and_no_image() {
    if !is_there() {
        return;
    }
    let stand = Stand::start();
    let picture = image(stand.place(), "4711", 1);
    let refused = stand.ask("storescu", "CT9", &[], &[&picture]);
    assert!(!refused.status.success());
    assert!(
        words(&refused).contains("Calling AE Title Not Recognized"),
        "{}",
        words(&refused)
    );
    let titles = ("CT1", "BACKUP");
    let lost = client("echoscu", titles, stand.guard, (&[], &[]), stand.place());
    assert!(
        words(&lost).contains("Called AE Title Not Recognized"),
        "{}",
        words(&lost)
    );
    // The viewer's rule reads: it agrees on the class, and stores nothing.
    let refused = stand.ask("storescu", "VIEWER1", &[], &[&picture]);
    assert!(!refused.status.success(), "{}", words(&refused));
    assert_eq!(stand.archive.images(), 0);
    let level = "QueryRetrieveLevel=STUDY";
    let one = study("4711");
    let away = [&BY_STUDY[..], &[level, "-k", &one, "-aem", "LAPTOP"]].concat();
    let away = stand.ask("movescu", "VIEWER1", &away, &[]);
    assert!(!away.status.success());
    assert!(
        words(&away).contains("0xa801") || words(&away).contains("MoveDestinationUnknown"),
        "{}",
        words(&away)
    );
    assert!(stand.told().is_empty());
}
