use std::path::Path;

use event::Logged;
use evidence::{NothingSealed, Reader};
use watch::fold::{Found, Kept};
use watch::observe::places::Places;
use watch::sigma::Placeholders;

use std::time::{Instant, SystemTime};

use super::pace::rest_after;
use super::*;
use crate::folder::DataFolder;
use crate::house::findings::SharedIndicators;
use crate::house::streams::Logs;
use crate::house::watching::{Watched, Watching};

const RULES: &str = r"
title: A question for a bad name
id: 2f0f36a1-8d6c-4d5c-9f0d-4f1f6b1f7c01
level: high
logsource: { product: zeek, service: dns }
detection:
  selection: { query|endswith: '.bad.example' }
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
  condition: { gte: 3 }
  generate: true
";

/// A house whose telemetry holds questions for names, of which one in ten is bad.
struct House {
    place: tempfile::TempDir,
    logs: Logs,
    data: DataFolder,
    desk: Desk,
}

impl House {
    fn of(questions: u64) -> Self {
        let place = tempfile::tempdir().unwrap();
        let data = DataFolder::at(place.path().join("data"));
        crate::commands::make_folder(&data, "hygie.test/log").unwrap();
        let logs = Logs::open(&data, evidence::limits::SEGMENT_BYTES).unwrap();
        let desk = Desk {
            decisions: Arc::clone(&logs.streams.decisions),
            folder: data.evidence(),
            telemetry: Arc::clone(&logs.streams.telemetry),
            source: Arc::new(NothingSealed),
            indicators: SharedIndicators::default(),
            followed: Arc::default(),
        };
        let house = Self {
            place,
            logs,
            data,
            desk,
        };
        (0..questions).for_each(|number| house.ask(number));
        let quiet = entry_of(&Event::Quiet, event::Timestamp::from_s(1_800_000_000));
        drop(house.desk.telemetry.append_wait(quiet).unwrap());
        house
    }

    /// A question is asked, one each second.
    fn ask(&self, number: u64) {
        let kind = if number % 10 == 7 { "bad" } else { "good" };
        let at_s = 1_700_000_000 + number;
        let json = format!(
            r#"{{"ts":{at_s}.0,"uid":"C{number}","id.orig_h":"10.0.0.1","query":"n{number}.{kind}.example"}}"#
        );
        let logged = Logged {
            kind: "zeek.dns".into(),
            source: "dns.log".into(),
            at: number,
            host: None,
            time_us: i64::try_from(at_s * 1_000_000).ok(),
            json: json.as_bytes(),
        };
        let entry = Entry {
            class: logged.class(),
            time_us: at_s * 1_000_000,
            payload: logged.to_bytes(),
        };
        drop(self.desk.telemetry.append_wait(entry).unwrap());
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        // Nobody writes it any more.
        let file = fs::File::open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60))
            .unwrap();
        path
    }

    fn rules(&self, text: &str) -> HouseRules {
        let path = self.file("rules.yml", text);
        HouseRules::alone(&[path], &Placeholders::new(), Places::default()).unwrap()
    }

    /// What hunts in it, as a start of the house makes it, which knows only what decisions tell.
    fn hunts(&self, rules: HouseRules, lists: &Path) -> Hunts {
        let settings = HuntSettings {
            lists: vec![lists.to_owned()],
            hunts_rules: true,
            since: Duration::from_secs(100 * 366 * 86_400),
            core_percent: 100,
        };
        let desk = Desk {
            followed: Arc::default(),
            ..self.desk.clone()
        };
        for event in self.events() {
            desk.followed.follow(&event);
        }
        let streams = &self.logs.streams;
        let hunter = Hunter {
            settings,
            rules,
            key: [7; 16],
            desk: desk.clone(),
            logs: vec![
                (
                    "telemetry",
                    self.data.telemetry(),
                    Arc::clone(&streams.telemetry),
                ),
                (
                    "decisions",
                    self.data.evidence(),
                    Arc::clone(&streams.decisions),
                ),
            ],
            folder: self.data.hunts(),
            lake: Lake::of_folder(&self.data).unwrap(),
        };
        let lists = WatchedLists::new(hunter.settings.lists.clone(), desk.indicators);
        Hunts {
            running: Running::new(hunter, lists.known()),
            lists,
        }
    }

    fn events(&self) -> Vec<Event> {
        let records = self.desk.decisions.reader(0).unwrap();
        let payloads = records.map(|record| record.unwrap().payload);
        payloads
            .map(|payload| Event::from_bytes(&payload).unwrap())
            .collect()
    }

    fn findings(&self) -> Vec<FindingRaised> {
        let found = self.events().into_iter().filter_map(|event| match event {
            Event::FindingRaised(raised) => Some(raised),
            _ => None,
        });
        found.collect()
    }

    fn ended(&self) -> Vec<HuntEnded> {
        let ended = self.events().into_iter().filter_map(|event| match event {
            Event::HuntEnded(ended) => Some(ended),
            _ => None,
        });
        ended.collect()
    }

    /// What the stream finds in telemetry.
    fn of_stream(&self, rules: &HouseRules) -> Vec<event::Finding> {
        let mut watch = rules.watch([7; 16]).unwrap();
        let titles = rules.titles();
        let mut findings = Vec::new();
        for record in Reader::open(&self.data.telemetry(), 0).unwrap() {
            let record = record.unwrap();
            let found = watch.apply(Kept {
                index: record.index,
                received_us: i64::try_from(record.time_us).unwrap(),
                payload: &record.payload,
            });
            findings.extend(found.into_iter().filter_map(|found| match found {
                Found::Raised(raised) => Some(raised.finding),
                Found::Limited(_) => None,
            }));
        }
        findings.retain(|finding| titles.contains_key(&finding.id));
        findings
    }
}

/// The two threads, without their pauses.
struct Hunts {
    lists: WatchedLists,
    running: Running,
}

impl Hunts {
    /// One look of each, once the stream has seen everything.
    fn look(&mut self) {
        self.look_until(&Stop::default()).unwrap();
    }

    fn look_until(&mut self, stop: &Stop) -> Result<()> {
        self.lists.look();
        let hunter = &self.running.hunter;
        for (stream, _, log) in &hunter.logs {
            hunter.desk.followed.see(stream, log.size());
        }
        let (lists, ends) = (self.running.lists.get(), self.running.ends());
        assert!(self.running.has_seen(&ends));
        self.running.hunt_what_is_new(lists, &ends, stop)
    }
}

#[test]
fn what_is_new_among_rules_is_looked_for_once() {
    let house = House::of(100);
    let none = house.place.path().join("no-lists");
    fs::create_dir(&none).unwrap();
    let rules = house.rules(RULES);
    let mut hunts = house.hunts(rules.clone(), &none);
    hunts.look();
    let found = house.findings();
    let expected = house.of_stream(&rules);
    // Ten questions, and once the correlation.
    assert_eq!(expected.len(), 11);
    let findings: Vec<_> = found.iter().map(|raised| raised.finding.clone()).collect();
    assert_eq!(findings, expected, "a hunt finds what the stream finds");
    let ended = house.ended();
    assert_eq!(
        (ended.len(), ended[0].rules.len(), ended[0].found),
        (1, 2, 11)
    );
    assert!(
        found
            .iter()
            .all(|it| it.hunt.as_deref() == Some(ended[0].hunt.as_str()))
    );
    // Nothing is new any more, also for a start that knows only what decisions tell.
    let size = house.desk.decisions.size();
    hunts.look();
    house.hunts(rules, &none).look();
    assert_eq!(house.desk.decisions.size(), size);
    // One that changes is: with it the correlation that rests on it, and only what it finds more.
    let changed = RULES.replace("endswith: '.bad.example'", "contains: '.bad.'");
    house.hunts(house.rules(&changed), &none).look();
    assert_eq!(house.findings(), found);
    assert_eq!(house.ended().len(), 2);
    assert_eq!(house.ended()[1].rules.len(), 2);
}

#[test]
fn a_rule_is_new_by_what_it_says_and_not_by_where_it_lies() {
    let house = House::of(0);
    let digests = house.rules(RULES).digests();
    let moved = house.file("elsewhere/moved.yml", RULES);
    let moved = HouseRules::alone(&[moved], &Placeholders::new(), Places::default()).unwrap();
    assert_eq!(moved.digests(), digests);
    let other = house.rules(&RULES.replace("gte: 3", "gte: 4")).digests();
    let differ = digests
        .iter()
        .filter(|(id, digest)| other.get(*id) != Some(digest));
    assert_eq!(differ.count(), 1);
}

#[test]
fn lists_that_change_are_read_again_and_what_is_found_twice_is_kept_once() {
    let house = House::of(30);
    let lists = house.place.path().join("lists");
    house.file("lists/one.txt", "n7.bad.example\n");
    house.file("lists/.on-its-way", "n8.good.example\n");
    let mut hunts = house.hunts(house.rules("title: none\n"), &lists);
    hunts.look();
    let ids = |house: &House| -> Vec<String> {
        house
            .findings()
            .into_iter()
            .map(|it| it.finding.id)
            .collect()
    };
    assert_eq!(ids(&house), ["indicator:n7.bad.example"]);
    // Another name is added to the list: the one that was found is not kept again.
    house.file("lists/one.txt", "n7.bad.example\nn17.bad.example\n");
    hunts.look();
    assert_eq!(
        ids(&house),
        ["indicator:n7.bad.example", "indicator:n17.bad.example"]
    );
    // What comes from now on is compared as it comes, and a hunt does not keep it twice.
    let stream = "telemetry";
    let watching = Watching::start(
        Watched {
            stream,
            folder: house.data.telemetry(),
            log: Arc::clone(&house.logs.streams.telemetry),
            watch: hunts.running.hunter.rules.watch([7; 16]).unwrap(),
            incidents: None,
            suppressions: Vec::new(),
        },
        house.desk.clone(),
    )
    .unwrap();
    house.file("lists/two.txt", "n37.bad.example\n");
    hunts.lists.look();
    house.ask(37);
    // The stream says how far it has seen only when what it found is kept.
    let end = house.desk.telemetry.size();
    while !house.desk.followed.has_seen("telemetry", end) {
        thread::yield_now();
    }
    assert_eq!(house.findings()[2].hunt, None);
    hunts.look();
    drop(watching.end());
    assert_eq!(house.findings().len(), 3, "{:?}", ids(&house));
    assert_eq!(house.ended().len(), 3);
}

#[test]
fn a_hunt_that_finds_too_much_says_so_and_ends() {
    let house = House::of(0);
    let (stop, is_stopped) = (Stop::default(), AtomicBool::new(false));
    let mut keeping = Keeping {
        desk: &house.desk,
        pace: Pace::new(100, &stop),
        is_stopped: &is_stopped,
        names: BTreeSet::new(),
        found: Vec::new(),
        kept: FINDINGS_MAX,
    };
    let size = house.desk.telemetry.size();
    let finding = serde_json::json!({
        "id": "a", "at_us": 0, "level": "high", "entities": [], "positions": [1],
        "positions_total": 1, "facts": {}, "techniques": [],
    });
    let raised = FindingRaised {
        stream: "telemetry".to_owned(),
        finding: serde_json::from_value(finding).unwrap(),
        title: String::new(),
        author: String::new(),
        hunt: None,
    };
    keeping.found(&raised);
    keeping.found(&raised);
    keeping.settle().unwrap();
    assert_eq!(house.findings(), []);
    while house.desk.telemetry.size() == size {
        thread::yield_now();
    }
    let last = house.desk.telemetry.reader(size).unwrap().next();
    let told = Event::from_bytes(&last.unwrap().unwrap().payload).unwrap();
    assert!(matches!(told, Event::LimitReached(it) if it.limit == "hunt-findings"));
}

#[test]
fn a_share_of_a_core_is_rest_after_work() {
    let second = Duration::from_secs(1);
    assert_eq!(rest_after(second, 25), 3 * second);
    assert_eq!(rest_after(second, 100), Duration::ZERO);
    assert_eq!(rest_after(second, 2), 49 * second);
    assert_eq!(rest_after(100 * second, 1), 60 * second);
    let stop = Stop::default();
    stop.ask();
    let mut pace = Pace::new(1, &stop);
    pace.rest();
    assert!(pace.is_stopped, "a rest ends when the house closes");
}

#[test]
fn a_hunt_that_is_broken_off_goes_on_and_a_list_does_not_make_it_begin_anew() {
    let house = House::of(100);
    let lists = house.place.path().join("lists");
    fs::create_dir(&lists).unwrap();
    let rules = house.rules(RULES);
    let stop = Stop::default();
    stop.ask();
    // Stopped at once: nothing is said to be hunted.
    let mut hunts = house.hunts(rules.clone(), &lists);
    let new = hunts.running.rules.clone();
    let ends = vec![house.desk.telemetry.size(), 0];
    hunts.running.hunt_rules(&new, &ends, &stop).unwrap();
    assert_eq!(house.ended(), []);
    // The next start hunts with the list that came meanwhile, and with the rules.
    house.file("lists/one.txt", "n8.good.example\n");
    house.hunts(rules, &lists).look();
    assert_eq!(house.ended().len(), 2);
    assert_eq!(house.findings().len(), 12);
}

#[test]
fn a_list_that_could_not_be_read_is_tried_again() {
    let house = House::of(10);
    let lists = house.place.path().join("lists");
    let file = house.file("lists/one.txt", "n7.bad.example\n");
    let mut hunts = house.hunts(house.rules("title: none\n"), &lists);
    let mut known = WatchedLists::new(vec![file.clone()], SharedIndicators::default());
    fs::remove_file(&file).unwrap();
    known.look();
    assert!(known.known().get().is_empty());
    house.file("lists/one.txt", "n7.bad.example\n");
    known.look();
    assert_eq!(known.known().get().len(), 1);
    hunts.look();
    assert_eq!(house.findings().len(), 1);
}

/// A stream that is never idle is always one entry behind the end of its log.
#[test]
fn a_house_that_is_never_idle_hunts_all_the_same() {
    let house = House::of(30);
    let none = house.place.path().join("no-lists");
    fs::create_dir(&none).unwrap();
    let hunts = house.hunts(house.rules(RULES), &none);
    let (stop, started) = (Stop::default(), Instant::now());
    let followed = Arc::clone(&hunts.running.hunter.desk.followed);
    thread::scope(|scope| {
        let running = scope.spawn(|| hunts.running.run(&stop));
        followed.see("decisions", house.desk.decisions.size() + 1_000);
        for number in 30.. {
            let seen = house.desk.telemetry.size();
            house.ask(number);
            followed.see("telemetry", seen);
            if !house.ended().is_empty() || started.elapsed() > Duration::from_secs(60) {
                break;
            }
        }
        stop.ask();
        running.join().unwrap();
    });
    assert!(house.findings().len() >= 3);
}
