//! Replays every file of `tests/corpus`: seeds of the fuzz targets and what they once broke.

use std::path::Path;

use wire::fhir::{Answer, Request, Searchset, Total, disclosure};
use wire::http::Target;
use wire::indicator::{read, recognise};
use wire::limits::{AnswerLimits, TargetLimits};

#[test]
fn requests() {
    let replayed = replay("requests", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let (method, target) = text.split_once(' ').unwrap_or(("GET", &text));
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let checked = Target::parse(target, &TargetLimits::DEFAULT);
        if let Ok(request) = Request::parse(method, path, query, &TargetLimits::DEFAULT) {
            assert!(
                checked.is_ok(),
                "the grammar is stricter than the plain checks: {text:?}"
            );
            let canonical = request.canonical_target();
            let (path, query) = match canonical.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (canonical.as_str(), None),
            };
            assert_eq!(
                Request::parse("GET", path, query, &TargetLimits::DEFAULT),
                Ok(request)
            );
        }
    });
    assert!(replayed >= 5, "{replayed}");
}

#[test]
fn answers() {
    let replayed = replay("answers", |bytes| {
        let bases = ["https://ehr.test/fhir"];
        if let Ok(Answer::Bundle(bundle)) = disclosure::read(bytes, &bases, &AnswerLimits::DEFAULT)
        {
            let mut rebuilt = Searchset::new("https://ehr.test/fhir", "/Observation?patient=1");
            bundle.entries.iter().for_each(|entry| rebuilt.push(entry));
            let rebuilt = {
                let total = Total::Counted(rebuilt.matches());
                rebuilt.finish(total, None)
            };
            assert!(disclosure::read(&rebuilt, &bases, &AnswerLimits::DEFAULT).is_ok());
        }
    });
    assert!(replayed >= 5, "{replayed}");
}

#[test]
fn indicators() {
    let replayed = replay("indicators", |bytes| {
        for indicator in read(bytes, "corpus").indicators {
            let again = recognise(&indicator.value);
            assert_eq!(again, Ok((indicator.kind, indicator.value)));
        }
    });
    assert!(replayed >= 5, "{replayed}");
}

fn replay(folder: &str, check: impl Fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(folder);
    let mut replayed = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        check(&std::fs::read(file.unwrap().path()).unwrap());
        replayed += 1;
    }
    replayed
}
