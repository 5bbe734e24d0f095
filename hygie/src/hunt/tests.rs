use event::{Event, Logged};
use evidence::{Entry, EvidenceLog, NothingSealed, Options};
use tlog::NoteSigner;
use watch::indicator::{Indicator, Kind};
use watch::observe::places::Places;
use watch::sigma::Placeholders;

use super::matcher::of_rules;
use super::*;

const RULE: &str = r"
title: A question for a bad name
id: 2f0f36a1-8d6c-4d5c-9f0d-4f1f6b1f7c01
level: high
logsource: { product: zeek, service: dns }
detection:
  selection: { query|endswith: '.bad.example' }
  condition: selection
---
title: A bad name
id: 2f0f36a1-8d6c-4d5c-9f0d-4f1f6b1f7c03
level: medium
logsource: { product: zeek, service: dns }
detection:
  selection: { query|contains: '07.bad.' }
  condition: selection
---
title: Many questions for bad names
id: 2f0f36a1-8d6c-4d5c-9f0d-4f1f6b1f7c02
level: critical
correlation:
  type: event_count
  rules: [2f0f36a1-8d6c-4d5c-9f0d-4f1f6b1f7c01]
  group-by: [id.orig_h]
  timespan: 10m
  condition: { gte: 40 }
";

#[derive(Default)]
struct Heard {
    found: Vec<FindingRaised>,
    /// After so many progresses, and then never again.
    stops_after: Option<u32>,
    stop: Arc<AtomicBool>,
}

impl Listener for Heard {
    fn found(&mut self, raised: &FindingRaised) {
        self.found.push(raised.clone());
    }

    fn progress(&mut self, _progress: Progress) {
        if let Some(left) = &mut self.stops_after {
            *left = left.saturating_sub(1);
            self.stop.store(*left == 0, Ordering::Relaxed);
        }
    }
}

fn line(number: u32) -> String {
    let name = match number % 500 {
        7 => format!("n{number}.bad.example"),
        _ => format!("n{number}.good.example"),
    };
    let at = 1_700_000_000 + number / 100;
    format!(r#"{{"ts":{at}.0,"uid":"C{number}","id.orig_h":"10.0.0.1","query":"{name}"}}"#)
}

/// A log of many questions, of which a few are bad.
fn log(folder: &std::path::Path, entries: u32) -> PathBuf {
    let dir = folder.join("telemetry");
    let signer = NoteSigner::from_seed("hygie.test/telemetry", &[7; 32]).unwrap();
    let log = EvidenceLog::create(Options::new(&dir, signer)).unwrap();
    let mut batch = Vec::new();
    for number in 0..entries {
        let json = line(number);
        let logged = Logged {
            kind: "zeek.dns".into(),
            source: "dns.log".into(),
            at: u64::from(number),
            host: None,
            time_us: Some(i64::from(1_700_000_000 + number / 100) * 1_000_000),
            json: json.as_bytes(),
        };
        batch.push(Entry {
            class: logged.class(),
            time_us: u64::from(1_700_000_000 + number / 100) * 1_000_000,
            payload: logged.to_bytes(),
        });
    }
    let quiet = Event::Quiet;
    batch.push(Entry {
        class: quiet.class(),
        time_us: 1_800_000_000_000_000,
        payload: quiet.to_bytes(),
    });
    for some in batch.chunks(4_096) {
        drop(log.append_batch_wait(some).unwrap());
    }
    log.close().unwrap();
    dir
}

fn asked(folder: &std::path::Path, log: PathBuf, wanted: Wanted, since_us: u64) -> Hunt {
    Hunt {
        id: "a-hunt".to_owned(),
        wanted,
        since_us,
        logs: vec![HuntedLog::whole("telemetry", log).unwrap()],
        source: Arc::new(NothingSealed),
        place: folder.join("hunts/a-hunt.json"),
    }
}

fn rules(folder: &std::path::Path) -> Wanted {
    let path = folder.join("rule.yml");
    std::fs::write(&path, RULE).unwrap();
    let rules = HouseRules::alone(&[path], &Placeholders::new(), Places::default()).unwrap();
    assert_eq!(rules.refused(), [] as [String; 0]);
    let told = rules.titles();
    let key = [7; 16];
    Wanted::Rules(Box::new(RulesWanted { rules, key, told }))
}

#[test]
fn a_hunt_that_is_broken_off_finds_in_the_end_what_the_stream_found() {
    let place = tempfile::tempdir().unwrap();
    let dir = log(place.path(), 30_000);
    // The stream: the same fold over the same entries, without a stop.
    let Wanted::Rules(of_stream) = rules(place.path()) else {
        panic!("no rules");
    };
    let mut stream = of_stream.rules.watch(of_stream.key).unwrap();
    let mut expected = Vec::new();
    for record in evidence::Reader::open(&dir, 0).unwrap() {
        let record = record.unwrap();
        let kept = Kept {
            index: record.index,
            received_us: i64::try_from(record.time_us).unwrap(),
            payload: &record.payload,
        };
        expected.extend(of_rules(stream.apply(kept), &of_stream.told));
    }
    assert!(expected.len() > 3, "{expected:?}");
    let correlated = expected
        .iter()
        .filter(|raised| raised.finding.id.ends_with("02"));
    assert_eq!(correlated.count(), 1);
    let asked = asked(place.path(), dir, rules(place.path()), 0);
    let mut found = Vec::new();
    let mut broken_off = 0;
    loop {
        let mut heard = Heard {
            stops_after: Some(2),
            ..Heard::default()
        };
        let stop = Arc::clone(&heard.stop);
        let ended = hunt(&asked, &stop, &mut heard).unwrap();
        found.append(&mut heard.found);
        if !ended.is_broken_off {
            assert_eq!(ended.progress.found, u64::try_from(found.len()).unwrap());
            break;
        }
        broken_off += 1;
    }
    assert!(broken_off >= 2);
    let found: Vec<Raised> = found
        .into_iter()
        .map(|raised| Raised {
            finding: raised.finding,
            title: raised.title,
            author: raised.author,
        })
        .collect();
    assert_eq!(found, expected);
    assert!(!asked.place.exists(), "what is through begins anew");
}

#[test]
fn indicators_are_found_from_their_time_on() {
    let place = tempfile::tempdir().unwrap();
    let dir = log(place.path(), 2_000);
    let list = vec![Indicator::new(Kind::Domain, "bad.example")];
    let (indicators, _) = Indicators::new(list);
    let wanted = || Wanted::Indicators(Box::new(indicators.clone()));
    let positions = |since_us| {
        let asked = asked(place.path(), dir.clone(), wanted(), since_us);
        let mut heard = Heard::default();
        hunt(&asked, &AtomicBool::new(false), &mut heard).unwrap();
        let positions = heard.found.iter().map(|it| it.finding.positions[0]);
        positions.collect::<Vec<_>>()
    };
    assert_eq!(positions(0), [7, 507, 1_007, 1_507]);
    let later_us = (1_700_000_000 + 9) * 1_000_000;
    assert_eq!(positions(later_us), [1_007, 1_507]);
}
