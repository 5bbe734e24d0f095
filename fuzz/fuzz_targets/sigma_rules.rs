//! Any text is documents or refusals; what is read compiles or is refused, and can be asked.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use watch::engine::{Detector, RuleSet, Settings};
use watch::limits::Limits;
use watch::sigma::{Placeholders, read};
use watch::source::Mapping;

const EVENT: &[u8] = br#"{"a":"x","b":["y",1,null],"c":{"d":"2026-11-26T08:03:00Z"}}"#;

fuzz_target!(|text: &str| {
    let limits = Limits {
        document_bytes_max: 8_192,
        values_per_rule_max: 500,
        regex_compiled_bytes_max: 65_536,
        memo_entries_max: 64,
        ..Limits::default()
    };
    let file = read("fuzz", text, &Placeholders::new(), &limits);
    if file.documents.is_empty() {
        return;
    }
    let Ok(mapping) = Mapping::read("", "") else {
        return;
    };
    let settings = Settings {
        mapping: &mapping,
        limits: &limits,
        fields: &[],
    };
    let compiled = RuleSet::compile(file.documents, settings);
    let hints: Vec<String> = compiled.rules.hints().map(str::to_owned).collect();
    let mut detector = Detector::new(Arc::new(compiled.rules), &[0; 16]);
    for hint in hints.iter().take(8) {
        detector.line(hint, EVENT, |hit| {
            assert!(hit.rule().is_some());
            let _fields = hit.fields();
        });
    }
});
