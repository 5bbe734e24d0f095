//! Any bytes are a bundle of interactions, a history, a document or a consent, or they are not; what
//! is read of an exchange is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::fhir::disclosure::{binary_context, names_of, read_history, version_of};
use wire::fhir::exchange::{Commanded, Exchange, read_outcomes, write_transaction};
use wire::fhir::{Id, ResourceType};
use wire::limits::AnswerLimits;

const BASE: &str = "https://ehr.test/fhir";

fuzz_target!(|bytes: &[u8]| {
    let (Some(id), Some(observation)) = (Id::parse("1"), ResourceType::parse("Observation")) else {
        return;
    };
    drop(read_history(
        bytes,
        observation,
        &id,
        &[BASE],
        &AnswerLimits::DEFAULT,
    ));
    drop(binary_context(bytes, &id, &[BASE]));
    drop(read_outcomes(bytes));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let names = names_of(text, &[BASE]);
        assert!(
            names
                .own
                .iter()
                .all(|(_, id)| Id::parse(id.as_str()).is_some())
        );
        drop(version_of(text));
    }
    let Ok(read) = Exchange::read(bytes, 50) else {
        return;
    };
    let commanded: Vec<Commanded<'_>> = read
        .entries
        .iter()
        .map(|entry| Commanded {
            full_url: entry.full_url.as_deref(),
            method: &entry.method,
            target: &entry.target,
            if_match: None,
            resource: entry.resource.unwrap_or_default(),
        })
        .collect();
    let written = write_transaction(&commanded);
    let again = Exchange::read(&written, 50).expect("what is written is read");
    assert_eq!(again.entries.len(), read.entries.len());
    for (one, other) in read.entries.iter().zip(&again.entries) {
        assert_eq!(one.resource, other.resource);
        // A second slash before a path is one that no request has.
        assert!(one.target == other.target || one.target.starts_with("//"));
        assert_eq!(one.method, other.method);
    }
});
