//! How long one resource and one bundle take to read: `cargo run --release -p wire --example parse_speed`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement needs a clock and is printed"
)]

use std::hint::black_box;
use std::time::Instant;

use wire::fhir::{Answer, Request, Searchset, Total, disclosure};
use wire::limits::{AnswerLimits, TargetLimits};

const BASES: [&str; 1] = ["https://ehr.test/fhir"];

fn main() {
    let one = observation(1);
    println!("resource of {} bytes", one.len());
    measure("  read", 50_000, || {
        black_box(
            disclosure::read(black_box(one.as_bytes()), &BASES, &AnswerLimits::DEFAULT).is_ok(),
        )
    });
    measure("  serde_json::Value alone", 50_000, || {
        black_box(serde_json::from_str::<serde_json::Value>(black_box(&one)).is_ok())
    });

    let page = bundle(100);
    println!("bundle of 100 entries, {} bytes", page.len());
    measure("  read and rebuild", 1_000, || {
        let read = disclosure::read(black_box(page.as_bytes()), &BASES, &AnswerLimits::DEFAULT);
        let Ok(Answer::Bundle(bundle)) = read else {
            return false;
        };
        let mut kept = Searchset::new("https://door.test/fhir", "/Observation?patient=1");
        bundle.entries.iter().for_each(|entry| kept.push(entry));
        black_box(
            {
                let total = Total::Counted(kept.matches());
                kept.finish(total, None)
            }
            .len()
                > page.len() / 2,
        )
    });

    println!("request");
    measure("  parse and write", 50_000, || {
        let query = black_box("patient=Patient%2F123&_count=50");
        let read = Request::parse("GET", "/Observation", Some(query), &TargetLimits::DEFAULT);
        black_box(read.map(|request| request.canonical_target()).is_ok())
    });
}

fn measure(what: &str, rounds: u32, mut run: impl FnMut() -> bool) {
    for _ in 0..rounds / 10 {
        black_box(run());
    }
    let start = Instant::now();
    let mut all = true;
    for _ in 0..rounds {
        all &= run();
    }
    println!(
        "{what}: {:.2} us{}",
        start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds),
        if all { "" } else { " (unreadable)" }
    );
}

fn bundle(entries: u32) -> String {
    let entries: Vec<String> = (0..entries)
        .map(|n| {
            format!(
                r#"{{"fullUrl":"https://ehr.test/fhir/Observation/o{n}","resource":{},"search":{{"mode":"match"}}}}"#,
                observation(n)
            )
        })
        .collect();
    format!(
        r#"{{"resourceType":"Bundle","type":"searchset","total":100,"entry":[{}]}}"#,
        entries.join(",")
    )
}

/// A laboratory observation of an ordinary shape, about 1.5 KiB.
fn observation(n: u32) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"o{n}","meta":{{"versionId":"3","lastUpdated":"2026-03-01T08:15:30.000+01:00","profile":["http://hl7.org/fhir/StructureDefinition/vitalsigns"],"security":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N","display":"normal"}}]}},"text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Tension art\u00e9rielle 128/82</div>"}},"identifier":[{{"system":"urn:oid:1.2.250.1.213.1.4.2","value":"obs-{n}"}}],"status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure panel"}}],"text":"Tension"}},"subject":{{"reference":"Patient/1","display":"Patient 1"}},"encounter":{{"reference":"Encounter/e1"}},"effectiveDateTime":"2026-03-01T08:10:00+01:00","issued":"2026-03-01T08:15:30.000+01:00","performer":[{{"reference":"Practitioner/p1"}},{{"reference":"Organization/ght"}}],"component":[{{"code":{{"coding":[{{"system":"http://loinc.org","code":"8480-6"}}]}},"valueQuantity":{{"value":128,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}}},{{"code":{{"coding":[{{"system":"http://loinc.org","code":"8462-4"}}]}},"valueQuantity":{{"value":82.0,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}}}]}}"#
    )
}
