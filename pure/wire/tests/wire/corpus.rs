//! Replays every file of `tests/corpus`: seeds of the fuzz targets and what they once broke.

use std::path::Path;

use wire::bacnet::{self, Datagram};
use wire::capture::{Content, Decoder, Frames, Streams};
use wire::fhir::{Answer, Request, Searchset, Total, disclosure};
use wire::http::Target;
use wire::indicator::{read, recognise};
use wire::limits::{AnswerLimits, StreamLimits, TargetLimits};
use wire::modbus::{ADU_BYTES_MAX, Framer, Request as Command};

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

#[test]
fn streams_of_modbus() {
    let replayed = replay("modbus", |mut bytes| {
        let mut framer = Framer::new();
        while let Some(found) = framer.feed(&mut bytes) {
            assert!(framer.held() < ADU_BYTES_MAX);
            let Ok(adu) = found else { continue };
            if let Ok(command) = Command::parse(&adu.pdu)
                && let Some(written) = command.to_bytes(adu.transaction, adu.unit)
            {
                assert_eq!(wire::modbus::Adu::parse(&written), Ok(adu));
            }
        }
        assert!(bytes.is_empty());
    });
    assert!(replayed >= 4, "{replayed}");
}

#[test]
fn datagrams_of_bacnet() {
    let replayed = replay("bacnet", |bytes| {
        let observed = bacnet::observe(bytes);
        match Datagram::parse(bytes) {
            Ok(datagram) => {
                assert_eq!(datagram.to_bytes().as_deref(), Some(bytes));
                assert_eq!(observed.whole, Ok(datagram));
            }
            Err(_) => assert!(!observed.flags.is_empty()),
        }
    });
    assert!(replayed >= 5, "{replayed}");
}

#[test]
fn captures() {
    let replayed = replay("captures", |bytes| {
        let mut decoder = Decoder::new();
        let mut streams = Streams::new(StreamLimits::DEFAULT);
        let mut told = 0;
        for frame in Frames::read(bytes).unwrap().flatten() {
            if let Content::Tcp(flow, segment) = decoder.decode(&frame).content {
                told += streams.push(flow, &segment).len();
            }
        }
        assert_eq!(
            (told, streams.waiting_bytes()),
            (3, 0),
            "begun, and two segments"
        );
    });
    assert!(replayed >= 3, "{replayed}");
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
