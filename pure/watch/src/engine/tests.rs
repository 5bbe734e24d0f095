//! Tests of the engine, beside a naive twin and a foreign engine.

mod classes;
mod foreign;
mod gate;
mod golden;
mod learning;
mod property;
mod twin;

use std::sync::Arc;

use crate::engine::{Compiled, Detector, MatchedField, Outcome, RuleSet, Settings};
use crate::limits::Limits;
use crate::record::Record;
use crate::sigma::{Document, Placeholders, read};
use crate::source::Mapping;

/// Reads documents that all stand.
fn documents(file: &str) -> Vec<Document> {
    let read = read("f", file, &Placeholders::new(), &Limits::default());
    assert_eq!(read.refused, [], "{file}");
    read.documents
}

fn compiled(documents: Vec<Document>) -> Compiled {
    let mapping = Mapping::built_in().unwrap();
    let limits = Limits::default();
    let settings = Settings {
        mapping: &mapping,
        limits: &limits,
        fields: &["Asked".to_owned()],
    };
    RuleSet::compile(documents, settings)
}

fn detector(file: &str) -> Detector {
    let compiled = compiled(documents(file));
    assert_eq!(compiled.refused, [], "{file}");
    Detector::new(Arc::new(compiled.rules), &[7; 16])
}

/// The rules that a line meets, and by which fields, read here and by another reader.
fn hits(
    detector: &mut Detector,
    hint: &str,
    line: &[u8],
) -> (Outcome, Vec<(usize, Vec<MatchedField>)>) {
    let mut found = Vec::new();
    let outcome = detector.line(hint, line, |hit| found.push((hit.number, hit.fields())));
    let mut record = Record::default();
    let rules = Arc::clone(detector.rules());
    let names = rules.names();
    if record.read(line, names).is_ok() {
        let asked = record
            .fields()
            .iter()
            .filter(|field| !names.fields_at(field.node()).is_empty());
        let values = asked.map(|field| field.placed());
        let mut placed = Vec::new();
        let other = detector.placed(hint, line, values, |hit| {
            placed.push((hit.number, hit.fields()))
        });
        assert_eq!(
            (other, &placed),
            (outcome, &found),
            "{}",
            String::from_utf8_lossy(line)
        );
    }
    (outcome, found)
}

/// The titles of the rules that a line meets.
fn met(detector: &mut Detector, hint: &str, line: &str) -> Vec<String> {
    let (outcome, found) = hits(detector, hint, line.as_bytes());
    let rules = detector.rules();
    let titles: Vec<String> = found
        .iter()
        .map(|(number, _)| rules.rule(*number).unwrap().title.clone())
        .collect();
    match outcome {
        Outcome::Tested { hits } => assert_eq!(hits, titles.len()),
        _ => assert_eq!(titles, Vec::<String>::new()),
    }
    titles
}

/// A rule of product `x`, with the lines of its detection indented by two.
fn rule(title: &str, detection: &str) -> String {
    format!("title: {title}\nlogsource:\n  product: x\ndetection:\n{detection}\n")
}
