//! Files of the hospital, handed over while the door serves and while it does not.

use std::time::{Duration, Instant};

use event::Event;
use serde_json::{Value, json};

use crate::feeds::Site;
use crate::kept::events;
use crate::program::{printed, run, text};

/// How long a file may take on a machine that does much else; nothing is measured by it.
const TAKEN_MAX: Duration = Duration::from_secs(60);

/// Tables and resources that bring a new ward, a new nurse in it, and a patient.
const UNITS: &str = "establishment;unit;name\nnorth;north-new;Soins\n";
const STAFF: &str = "person;name;profession;establishment;unit;from\n\
    starter;Z;nurse;north;north-new;01/01/2026\n";

fn stay(patient: &str) -> Value {
    json!({
        "resourceType": "Encounter", "id": format!("e-{patient}"), "status": "in-progress",
        "subject": { "reference": format!("Patient/{patient}") },
        "period": { "start": "2026-03-02T10:00:00Z" },
        "location": [{ "location": { "reference": "Location/north-new" } }],
    })
}

impl Site {
    /// Imports a file, and gives the exit code and what was printed.
    fn import(&self, kind: &str, content: &str) -> (Option<i32>, String) {
        self.hospital.write("import.txt", content);
        let (file, config) = (
            self.hospital.place().join("import.txt"),
            self.hospital.config(),
        );
        let done = run(&["import", kind, text(&file), "--config", text(&config)]);
        let said = String::from_utf8(done.stderr.clone()).unwrap() + &printed(&done);
        (done.status.code(), said)
    }

    /// Asks until somebody may read: what is handed over is taken in while the door serves.
    fn await_reads(&self, person: &str, patient: &str) {
        let start = Instant::now();
        let answers = |status| matches!(status, 200 | 403 | 404);
        loop {
            let target = format!("/fhir/Observation/{patient}.1");
            let answer = self.door.client.get(&target, &self.hospital.token(person));
            assert!(answers(answer.status), "{}", answer.text());
            if answer.status == 200 {
                return;
            }
            assert!(start.elapsed() < TAKEN_MAX, "{person} {patient}");
            std::thread::yield_now();
        }
    }
}

#[test]
fn lists_and_resources_are_taken_in_while_the_door_serves() {
    let site = Site::open();
    for (kind, content) in [
        ("units", UNITS.to_owned()),
        ("staff", STAFF.to_owned()),
        ("care", stay("NEW").to_string()),
    ] {
        let (code, said) = site.import(kind, &content);
        assert_eq!(code, Some(0), "{said}");
    }
    site.await_reads("starter", "NEW");
    assert!(!site.reads("med-nurse", "NEW"));
    let told = |site: &Site| {
        let kept = events(&site.hospital.data(), "evidence");
        let told = kept
            .iter()
            .filter(|it| matches!(it, Event::CareReported(_)));
        told.count()
    };
    assert_eq!(told(&site), 3);
    // The same again is nothing new; what is handed over to a closed door is taken in at its start.
    let site = site.again(|door| {
        assert!(door.program.stop().success());
    });
    assert!(site.reads("starter", "NEW"));
    for (kind, content) in [
        ("units", UNITS.to_owned()),
        ("staff", STAFF.to_owned()),
        ("care", format!("{}\n{}", stay("NEW"), stay("NEXT"))),
    ] {
        assert_eq!(site.import(kind, &content).0, Some(0));
    }
    site.await_reads("starter", "NEXT");
    assert_eq!(told(&site), 4);
    let left = std::fs::read_dir(site.hospital.data().join("imports")).unwrap();
    assert_eq!(left.count(), 0, "what was taken in does not lie about");
}

#[test]
fn a_list_with_a_bad_line_is_refused_by_file_and_line() {
    let site = Site::open();
    let (code, said) = site.import(
        "staff",
        &format!("{STAFF}starter;;nurse;north;north-new;01/01/2026\n"),
    );
    assert_eq!(code, Some(1));
    assert!(said.contains("import.txt:3: `name`: it is empty"), "{said}");
    assert!(said.contains("nothing was imported"), "{said}");
    let (code, said) = site.import("care", &format!("{}\n{{\n", stay("NEW")));
    assert_eq!(code, Some(1));
    assert!(said.contains("import.txt:2: resource-malformed"), "{said}");
    assert!(!site.hospital.data().join("imports").exists());
}
