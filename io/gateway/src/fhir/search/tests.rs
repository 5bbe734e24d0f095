//! The proof that a search does not leak: generated records, generated searches, and a naive second
//! reading of both.
//!
//! `view`: the answer is that of a server which holds only what the person may see.
//! `intersection`: without chains it is what the whole server finds, less what the person may not
//! see.
//! `non-interference`: it is the same, byte for byte, whether hidden resources exist or not.

mod naive;
mod store;
mod world;

use std::collections::BTreeSet;

use event::{PersonId, Purpose, SessionId, Timestamp};
use hospital::{Directory, DirectoryLimits};
use policy::{Action, Decision, Engine, Question, Target};
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::fhir::{Id, Request};
use wire::limits::TargetLimits;

use super::*;
use naive::{Query, visible};
use store::Store;
use world::{Dice, query, world};

/// One person of the small hospital in which the searches happen: the physician is on the team of
/// p1 and works where p2 lies; the nurse and the aide work where p1 and p2 lie, and what is
/// restricted is not for the aide; nobody treats p3.
pub(in crate::fhir) struct House {
    engine: Engine,
    directory: Directory,
}

const AT: &str = "2026-03-02T10:00:00Z";

impl House {
    pub(in crate::fhir) fn open() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|it| it == "cedar" || it == "csv")
            {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
        files.sort();
        let sources: Vec<policy::Source<'_>> = files
            .iter()
            .map(|(name, text)| policy::Source { name, text })
            .collect();
        let schema = std::fs::read_to_string(format!("{folder}/schema.cedarschema")).unwrap();
        let schema = policy::Source {
            name: "schema",
            text: &schema,
        };
        let post = |unit: &str| json!([{ "establishment": "e", "unit": unit, "from": "2020-01-01T00:00:00Z" }]);
        let stay = |id: &str, patient: &str, unit: &str| {
            json!({ "id": id, "patient": patient, "unit": unit, "status": "in-progress",
                "from": "2026-03-01T00:00:00Z" })
        };
        let directory = json!({
            "establishments": [{ "id": "e", "name": "E", "units": [
                { "id": "u", "name": "U" }, { "id": "v", "name": "V" }] }],
            "persons": [
                { "id": "physician", "name": "A", "profession": "physician", "posts": post("u") },
                { "id": "nurse", "name": "B", "profession": "nurse", "posts": post("v") },
                { "id": "aide", "name": "C", "profession": "nursing-assistant",
                    "posts": post("v") }],
            "patients": [
                { "id": "p1", "establishments": ["e"] }, { "id": "p2", "establishments": ["e"] },
                { "id": "p3", "establishments": ["e"] }],
            "care_teams": [{ "id": "t", "patient": "p1", "members": [
                { "person": "physician", "role": "attending", "from": "2026-01-01T00:00:00Z" }] }],
            "encounters": [stay("s1", "p1", "v"), stay("s2", "p2", "u"), stay("s3", "p2", "v")],
            "assets": [],
        });
        let limits = &DirectoryLimits::default();
        Self {
            engine: Engine::load(schema, &sources).unwrap(),
            directory: Directory::from_json(directory.to_string().as_bytes(), limits).unwrap(),
        }
    }

    pub(in crate::fhir) fn decide(
        &self,
        who: &str,
        action: Action,
        target: Target<'_>,
    ) -> Decision {
        let (person, session) = (PersonId::new(who).unwrap(), SessionId::new("s").unwrap());
        self.engine.decide(
            &self.directory,
            &Question {
                person: &person,
                session: &session,
                action,
                target,
                purpose: Purpose::Treat,
                at: AT.parse::<Timestamp>().unwrap(),
                at_risk: false,
                glass: None,
            },
        )
    }

    fn panel(&self, who: &str) -> Option<Vec<Id>> {
        let at = AT.parse::<Timestamp>().unwrap();
        let found = self
            .directory
            .in_care_of(&PersonId::new(who).unwrap(), at, 50)?;
        Some(
            found
                .iter()
                .filter_map(|id| Id::parse(id.as_str()))
                .collect(),
        )
    }
}

/// What a person got: the bodies of all pages, or why there is none.
#[derive(Debug, PartialEq, Eq)]
enum Got {
    Pages(Vec<String>),
    NotDone(&'static str),
}

fn ask(house: &House, who: &str, store: &[Value], target: &str) -> Got {
    ask_of(house, who, || Store::new(store), target)
}

fn ask_of<'v>(house: &House, who: &str, mut store: impl FnMut() -> Store<'v>, target: &str) -> Got {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request::parse("GET", path, Some(query), &TargetLimits::DEFAULT);
    let Request::Search(search) = request.unwrap() else {
        panic!("{target} is no search");
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let judge = |action, target: Target<'_>| house.decide(who, action, target);
    let panel = || house.panel(who);
    let ground = Ground {
        judge: &judge,
        public_base: "https://door/fhir",
        panel: &panel,
    };
    let mut pages = Vec::new();
    let mut from = None;
    loop {
        let mut source = store();
        match runtime.block_on(run(&search, from, &mut source, ground)) {
            Err(Stop::NotDone(code)) => return Got::NotDone(code),
            Err(Stop::Fault(fault)) => panic!("{target}: {fault:?}"),
            Ok(hit) => {
                from = hit.next.clone();
                // The token is sealed and of one length; here a word stands for it.
                let next = from.is_some().then_some("/next");
                let body = hit.release(next).body;
                pages.push(String::from_utf8(body.to_vec()).unwrap());
            }
        }
        assert!(pages.len() < 100, "{target} has no end");
        if from.is_none() {
            return Got::Pages(pages);
        }
    }
}

/// The ids of entries of one mode, page after page.
fn ids(pages: &[String], mode: &str) -> Vec<String> {
    let mut found = Vec::new();
    for page in pages {
        let page: Value = serde_json::from_str(page).unwrap();
        for entry in page["entry"].as_array().into_iter().flatten() {
            if entry["search"]["mode"] == mode {
                found.push(naive::key(&entry["resource"]));
            }
        }
    }
    found
}

fn hidden_and_seen(house: &House, who: &str, store: &[Value]) -> (Vec<Value>, Vec<Value>) {
    store
        .iter()
        .cloned()
        .partition(|resource| !visible(house, who, resource))
}

fn check(house: &House, seed: u64) -> Result<Story, TestCaseError> {
    let mut dice = Dice(seed);
    let store = world(&mut dice);
    let query = query(&mut dice);
    let who = dice.of(&["physician", "physician", "nurse", "nurse", "aide"]);
    let target = query.target();
    let (hidden, seen) = hidden_and_seen(house, who, &store);
    let got = ask(house, who, &store, &target);
    // Non-interference: nothing of the answer tells whether hidden resources are there.
    let without = ask(house, who, &seen, &target);
    prop_assert_eq!(&got, &without, "{} {} of {:?}", who, target, hidden);
    check_deaf(house, who, &store, &query)?;
    let Got::Pages(pages) = &got else {
        prop_assert!(query.chains() > 0, "{} {} {:?}", who, target, got);
        return Ok(Story::of(&query, &hidden, 0, 0));
    };
    // A chain is answered only where the person sees whatever it looks at.
    prop_assert!(
        query
            .looks_at()
            .is_none_or(|name| sees_all(house, who, &query, name)),
        "{} {}",
        who,
        target
    );
    let (matches, included) = (ids(pages, "match"), ids(pages, "include"));
    let (view, brought) = query.run(&seen, &house.panel(who).unwrap_or_default());
    if query.only_count {
        let total = serde_json::from_str::<Value>(&pages[0]).unwrap()["total"].clone();
        prop_assert_eq!(total, json!(view.len()), "{} {}", who, target);
        return Ok(Story::of(&query, &hidden, view.len(), 0));
    }
    // View: exactly what a server would answer that holds only what may be seen, in its order.
    prop_assert_eq!(&matches, &view, "{} {}", who, target);
    let distinct: BTreeSet<String> = included.iter().cloned().collect();
    prop_assert_eq!(&distinct, &brought, "{} {}", who, target);
    // Intersection: what the whole server finds, less what is hidden.
    if query.chains() == 0 {
        let open: BTreeSet<String> = seen.iter().map(naive::key).collect();
        let (all, _) = query.run(&store, &house.panel(who).unwrap_or_default());
        let less: Vec<String> = all.into_iter().filter(|key| open.contains(key)).collect();
        prop_assert_eq!(&matches, &less, "{} {}", who, target);
    }
    Ok(Story::of(&query, &hidden, matches.len(), included.len()))
}

/// A server that answers everything with everything brings nothing to light, and nothing along that
/// no shown entry names.
fn check_deaf(
    house: &House,
    who: &str,
    store: &[Value],
    query: &Query,
) -> Result<(), TestCaseError> {
    let target = &query.target();
    let Got::Pages(pages) = ask_of(house, who, || Store::deaf(store), target) else {
        return Ok(());
    };
    let (matches, included) = (ids(&pages, "match"), ids(&pages, "include"));
    let of = |key: &String| store.iter().find(|it| naive::key(it) == *key).unwrap();
    for shown in matches.iter().chain(&included) {
        prop_assert!(
            visible(house, who, of(shown)),
            "{} {} {}",
            who,
            target,
            shown
        );
    }
    let all: Vec<&Value> = matches.iter().chain(&included).map(of).collect();
    for brought in &included {
        let named = all
            .iter()
            .any(|it| it.to_string().contains(&format!("\"{brought}\"")));
        let names = all.iter().any(|it| {
            of(brought)
                .to_string()
                .contains(&format!("\"{}\"", naive::key(it)))
        });
        prop_assert!(named || names, "{} {} {}", who, target, brought);
    }
    // Whoever asks for one patient is not shown another, however open to them.
    let asked = match query.whose {
        "compartment" => Some("p1"),
        "family" | "anyone" => None,
        patient => Some(patient),
    };
    for shown in &matches {
        let is_theirs = asked.is_none_or(|asked| naive::owners(of(shown)).contains(asked));
        prop_assert!(is_theirs, "{} {} {}", who, target, shown);
    }
    let searched = target
        .split(['?'])
        .next()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap();
    prop_assert!(
        matches
            .iter()
            .all(|it| it.starts_with(&format!("{searched}/"))),
        "{}",
        target
    );
    Ok(())
}

/// Whether nothing of a type in the record of the one patient can be hidden from a person.
fn sees_all(house: &House, who: &str, query: &Query, name: &str) -> bool {
    let patient = match query.whose {
        "compartment" => "p1",
        "family" | "anyone" => return true,
        patient => patient,
    };
    let patient = PatientId::new(patient).unwrap();
    event::Confidentiality::ALL.iter().all(|level| {
        let target = Target::Record {
            patient: &patient,
            resource_type: name,
            confidentiality: *level,
        };
        let decision = house.decide(who, Action::Search, target);
        matches!(decision, Decision::Permit(_))
    })
}

/// What a case was about, so that the properties cannot hold for want of interesting ones.
#[derive(Debug, Default)]
struct Story {
    hides: bool,
    finds: bool,
    brings: bool,
    chains: bool,
    pages: bool,
    counts: bool,
}

impl Story {
    fn of(query: &Query, hidden: &[Value], matches: usize, included: usize) -> Self {
        Self {
            hides: !hidden.is_empty(),
            finds: matches > 0,
            brings: included > 0,
            chains: query.chains() > 0 && matches > 0,
            pages: query
                .count
                .is_some_and(|count| matches > usize::from(count)),
            counts: query.only_count && matches > 0,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_hidden_shows_through(seed in any::<u64>()) {
        thread_local!(static HOUSE: House = House::open());
        HOUSE.with(|house| check(house, seed))?;
    }
}

#[test]
fn the_generator_reaches_what_matters() {
    let house = House::open();
    let stories: Vec<Story> = (0..600)
        .map(|seed| check(&house, seed * 7919).unwrap())
        .collect();
    let share = |of: fn(&Story) -> bool| stories.iter().filter(|story| of(story)).count();
    for (what, found, least) in [
        ("hides", share(|it| it.hides), 300),
        ("hides and finds", share(|it| it.hides && it.finds), 100),
        ("brings along", share(|it| it.hides && it.brings), 30),
        ("chains", share(|it| it.hides && it.chains), 8),
        ("pages", share(|it| it.hides && it.pages), 15),
        ("counts", share(|it| it.hides && it.counts), 8),
    ] {
        assert!(found >= least, "{what}: {found} of {least}");
    }
}

/// A server that loses the pages of a search after the first.
struct Forgetful<'v> {
    store: Store<'v>,
    pages_left: usize,
}

impl Source for Forgetful<'_> {
    async fn fetch(&mut self, target: &str) -> Result<Fetched, Fault> {
        match self.pages_left.checked_sub(1) {
            Some(left) => {
                self.pages_left = left;
                self.store.fetch(target).await
            }
            None => Ok(Fetched::Absent),
        }
    }

    fn own_bases(&self) -> Vec<String> {
        self.store.own_bases()
    }
}

/// A list that breaks off is no shorter list: who treats the patient would miss the rest.
#[test]
fn a_page_that_is_gone_is_a_fault_and_not_the_end() {
    let house = House::open();
    let store: Vec<Value> = (0..5)
        .map(|at| {
            json!({ "resourceType": "Observation", "id": format!("o{at}"),
                "subject": { "reference": "Patient/p1" } })
        })
        .collect();
    let search = Search {
        whose: Whose::Patient(Id::parse("p1").unwrap()),
        ..Search::of_type(ResourceType::parse("Observation").unwrap())
    };
    let judge = |action, target: Target<'_>| house.decide("physician", action, target);
    let ground = Ground {
        judge: &judge,
        public_base: "https://door/fhir",
        panel: &|| None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let after = |pages_left, from| {
        let mut source = Forgetful {
            store: Store::new(&store),
            pages_left,
        };
        let ran = runtime.block_on(run(&search, from, &mut source, ground));
        ran.map(|hit| hit.patients.len())
    };
    let resumed = Some(Cursor {
        target: "/Observation?patient=p1&_count=2&_offset=2".to_owned(),
        skip: 0,
        shown: 2,
    });
    let gone = Err(Stop::Fault(Fault::Unreadable));
    // Nothing is known of the patient; one page of three; the page of a token.
    assert_eq!(after(0, None), Ok(0));
    assert_eq!(after(1, None), gone);
    assert_eq!(after(0, resumed), gone);
    assert_eq!(after(3, None), Ok(1));
}

/// An include with a type brings along that type alone, of a link that names several.
#[test]
fn an_include_of_one_type_brings_no_other() {
    let house = House::open();
    let store = [
        json!({ "resourceType": "Patient", "id": "p1" }),
        json!({ "resourceType": "Practitioner", "id": "dr1" }),
        json!({ "resourceType": "Observation", "id": "o1", "status": "final",
            "subject": { "reference": "Patient/p1" },
            "performer": [{ "reference": "Patient/p1" }, { "reference": "Practitioner/dr1" }] }),
    ];
    let of = |target: &str| {
        let Got::Pages(pages) = ask(&house, "physician", &store, target) else {
            panic!("{target} was not done");
        };
        ids(&pages, "include")
    };
    let all = "/Observation?patient=p1&_include=Observation:performer";
    assert_eq!(of(all), ["Patient/p1", "Practitioner/dr1"]);
    assert_eq!(of(&format!("{all}:Practitioner")), ["Practitioner/dr1"]);
}
