//! Tests of the engine, beside a naive twin and a foreign engine.

mod classes;
mod foreign;
mod gate;
mod golden;
mod property;
mod twin;

use std::sync::Arc;

use crate::engine::{Compiled, Detector, Outcome, RuleSet, Settings};
use crate::limits::Limits;
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

/// The titles of the rules that a line meets.
fn met(detector: &mut Detector, hint: &str, line: &str) -> Vec<String> {
    let mut titles = Vec::new();
    let outcome = detector.line(hint, line.as_bytes(), |hit| {
        titles.push(hit.rule().unwrap().title.clone());
    });
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
