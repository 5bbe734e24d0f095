//! Messages that others wrote are readable: every resource of foreign R4 bundles, whose patient is
//! found, and admissions that were captured on a network.
//!
//! `HYGIE_CONFORMANCE_DATA` names the folder that holds `synthea-r4` and `medical`; without them
//! nothing is checked, and the tests say so.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test reads files and may stop at the first surprise"
)]

use std::path::{Path, PathBuf};

use wire::fhir::{Answer, Bundle, Membership, Scope, Searchset, Total, disclosure};
use wire::hl7v2::{Adt, Trigger, mllp};
use wire::limits::{AnswerLimits, HL7_MESSAGE_BYTES_MAX};

#[test]
fn foreign_bundles_are_readable() {
    let data = std::env::var_os("HYGIE_CONFORMANCE_DATA").map(PathBuf::from);
    let Some(folder) = data
        .map(|data| data.join("synthea-r4"))
        .filter(|folder| folder.is_dir())
    else {
        println!("skipped: HYGIE_CONFORMANCE_DATA names no folder with synthea-r4");
        return;
    };
    let mut files = Vec::new();
    list(&folder, &mut files);
    let (mut patients, mut resources) = (0, 0);
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let read = disclosure::read(&bytes, &[], &AnswerLimits::DEFAULT);
        let Ok(Answer::Bundle(bundle)) = read else {
            panic!("{}: {read:?}", file.display())
        };
        patients += check(&bundle, file);
        resources += bundle.entries.len();
    }
    println!(
        "{} files, {patients} patients, {resources} resources",
        files.len()
    );
    assert!(patients > 0 && resources > patients);
}

/// The message stands whole in one packet of each capture, between its frame's bytes.
#[test]
fn captured_admissions_are_readable() {
    let data = std::env::var_os("HYGIE_CONFORMANCE_DATA").map(PathBuf::from);
    let Some(folder) = data
        .map(|data| data.join("medical/testdata"))
        .filter(|folder| folder.is_dir())
    else {
        println!("skipped: HYGIE_CONFORMANCE_DATA names no folder with medical/testdata");
        return;
    };
    let mut admissions = 0;
    for (name, is_admission) in [
        ("HL7-ADT.pcap", true),
        ("HL7-ADT-UDI-OBX.pcap", true),
        ("HL7-ADT-UDI-PRT.pcap", true),
        ("HL7-ORM.pcap", false),
        ("HL7-ORU.pcap", false),
    ] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let mut decoder = mllp::Decoder::new(HL7_MESSAGE_BYTES_MAX);
        decoder.push(&bytes);
        let mut messages = Vec::new();
        while let Some(framed) = decoder.next() {
            match framed {
                mllp::Framed::Message(message) if message.starts_with(b"MSH") => {
                    messages.push(message);
                }
                _ => {}
            }
        }
        assert!(!messages.is_empty(), "{name}: no message");
        let read: Vec<_> = messages.iter().map(|message| Adt::parse(message)).collect();
        let found = read.iter().flatten().count();
        assert_eq!(found > 0, is_admission, "{name}: {read:?}");
        for adt in read.iter().flatten() {
            assert_eq!(adt.trigger, Trigger::Admit, "{name}");
            assert!(!adt.patient.is_empty(), "{name}");
        }
        admissions += found;
    }
    println!("{admissions} admissions");
}

/// In these files each bundle is one patient's record, so every resource must be that patient's.
fn check(bundle: &Bundle<'_>, file: &Path) -> usize {
    let owners: Vec<_> = bundle
        .entries
        .iter()
        .filter(|entry| entry.resource.resource_type.is_patient())
        .map(|entry| entry.resource.id.clone().unwrap())
        .collect();
    for entry in &bundle.entries {
        let resource = &entry.resource;
        let place = format!(
            "{}: {} {:?}",
            file.display(),
            resource.resource_type,
            resource.id
        );
        match (&resource.membership, resource.resource_type.scope()) {
            (Membership::Open, Scope::Open) => {}
            (Membership::Patients(found), Scope::Compartment) => {
                assert!(found.iter().eq(&owners), "{place}: {found:?}");
            }
            other => panic!("{place}: {other:?}"),
        }
        assert!(
            resource.mentions.is_empty() && resource.unnamed_patients == 0,
            "{place}"
        );
    }
    let mut rebuilt = Searchset::new("https://door.test/fhir", "/metadata");
    bundle.entries.iter().for_each(|entry| rebuilt.push(entry));
    let rebuilt = {
        let total = Total::Counted(rebuilt.matches());
        rebuilt.finish(total, None)
    };
    let value: serde_json::Value = serde_json::from_slice(&rebuilt).unwrap();
    assert_eq!(value.get("total"), Some(&bundle.entries.len().into()));
    owners.len()
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
}
