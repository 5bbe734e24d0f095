//! `hygie detect`: Sigma rules over files of events, findings on standard output, and nothing else.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use intake::logs::Progress;
use serde_json::{Map, Value, json};
use watch::correlation::Correlated;
use watch::engine::{MatchedField, RuleSet};
use watch::sigma::Level;

use super::reading::{
    Reading, instant, placeholders, random_key, rate_per_s, settings, tell_loaded,
};
use super::{Ending, Usage, Words, complain};
use crate::cli::Detect;
use crate::detection::{Detection, Found, Joined, Listener, Tally, Unread, detect, load};

/// Prints the findings of files.
///
/// Exit code 0, also when there are findings: whoever wants to know counts the lines.
pub(crate) fn run(wanted: &Detect, words: &Words) -> Result<Ending> {
    let placeholders = placeholders(wanted.placeholders.as_deref())?;
    let loaded = load(&wanted.rules, &[], &placeholders).context("loading the rules")?;
    if loaded.files == 0 {
        return Err(
            Usage("there is no rule: name files or folders with .yml files".to_owned()).into(),
        );
    }
    tell_loaded(&loaded);
    let rules = loaded.rules;
    let settings = settings(wanted.format.as_deref())?;
    let detection = Detection {
        paths: &wanted.files,
        settings: &settings,
        rules: &rules,
        joined: &loaded.joined,
        key: random_key()?,
        matchers: available_parallelism().context("counting the cores")?,
    };
    let mut teller = Teller::new(&rules, &loaded.joined, wanted.json, words);
    let begun = Instant::now();
    let tally = detect(&detection, &mut teller);
    teller.reading.end();
    tell(&tally, teller.reading.unread, begun.elapsed());
    // A file that could not be read at all is not "no findings".
    Ok(if teller.reading.is_partial {
        Ending::NotAllChecked
    } else {
        Ending::Done
    })
}

fn tell(tally: &Tally, unread: u64, took: Duration) {
    let events = tally.read.events;
    let rate = rate_per_s(events, took);
    complain(&format!(
        "{events} events in {:.1} s ({rate:.0} a second), {} findings",
        took.as_secs_f64(),
        tally.found
    ));
    if tally.unknown > 0 {
        complain(&format!(
            "{} events are of no log source that is known here: no rule was asked about them",
            tally.unknown
        ));
    }
    if tally.without_time > 0 {
        complain(&format!(
            "{} findings tell no time, so no correlation could take them",
            tally.without_time
        ));
    }
    let late = tally.correlation.too_late;
    if late > 0 {
        complain(&format!(
            "{late} looks at a correlation came too late: there were too many hits to order at once"
        ));
    }
    if unread > 0 {
        complain(&format!("{unread} entries could not be read"));
    }
}

/// Prints what is found, as text or as JSON lines.
struct Teller<'t> {
    rules: &'t Arc<RuleSet>,
    joined: &'t Joined,
    json: bool,
    reading: Reading<'t>,
}

impl<'t> Teller<'t> {
    fn new(rules: &'t Arc<RuleSet>, joined: &'t Joined, json: bool, words: &'t Words) -> Self {
        Self {
            rules,
            joined,
            json,
            reading: Reading::begin(words),
        }
    }

    fn line(&self, found: &Found) -> Option<String> {
        let rule = self.rules.rule(found.rule)?;
        let level = rule.level.map_or("-", Level::name);
        let time = found.time_us.and_then(instant);
        if !self.json {
            let fields: Vec<String> = found.fields.iter().map(shown).collect();
            return Some(format!(
                "{} {level:<13} {} [{}@{}] {}",
                time.as_deref().unwrap_or("-"),
                rule.title,
                found.source,
                found.at,
                fields.join(" ")
            ));
        }
        let techniques: Vec<String> = rule.techniques().collect();
        let fields: Map<String, Value> = found
            .fields
            .iter()
            .map(|it| {
                let name = it.field.clone().unwrap_or_else(|| "|keyword".to_owned());
                (name, json!(it.value))
            })
            .collect();
        // DRL 1.1 asks that findings name the author of the rule.
        let line = json!({
            "rule": rule.id,
            "title": rule.title,
            "level": rule.level.map(Level::name),
            "author": rule.author,
            "techniques": techniques,
            "source": found.source.as_ref(),
            "event": found.event,
            "at": found.at,
            "kind": found.kind,
            "time": time,
            "fields": fields,
        });
        Some(line.to_string())
    }
}

impl Teller<'_> {
    /// A correlation that holds: which events, counted as findings count them, and what they share.
    fn joined_line(&self, found: &Correlated) -> Option<String> {
        let definition = self.joined.definition(&found.correlation)?;
        let (title, author) = self.joined.told(&found.correlation)?;
        let time = instant(found.at_us);
        if !self.json {
            let group: Vec<String> = found
                .group
                .iter()
                .map(|(field, value)| format!("{field}={value:?}"))
                .collect();
            return Some(format!(
                "{} {:<13} {title} [{} of events {:?}{}] {}",
                time.as_deref().unwrap_or("-"),
                definition.level.name(),
                found.count,
                found.positions,
                if found.is_merged {
                    ", several groups together"
                } else {
                    ""
                },
                group.join(" ")
            ));
        }
        let group: Map<String, Value> = found
            .group
            .iter()
            .map(|(field, value)| (field.clone(), json!(value)))
            .collect();
        let line = json!({
            "rule": found.correlation,
            "title": title,
            "level": definition.level.name(),
            "author": author,
            "techniques": definition.techniques,
            "event": found.position,
            "events": found.positions,
            "count": found.count,
            "counted": found.precision,
            "merged": found.is_merged,
            "late": found.is_late,
            "time": time,
            "group": group,
        });
        Some(line.to_string())
    }
}

fn shown(it: &MatchedField) -> String {
    let value = it.value.as_deref().unwrap_or("-");
    match &it.field {
        // A value of an event is a stranger's text: control signs of it never reach a terminal.
        Some(field) => format!("{field}={value:?}"),
        None => format!("{value:?}"),
    }
}

impl Listener for Teller<'_> {
    fn found(&mut self, found: Found) {
        if let Some(line) = self.line(&found) {
            self.reading.say(&line);
        }
    }

    fn correlated(&mut self, found: Correlated) {
        if let Some(line) = self.joined_line(&found) {
            self.reading.say(&line);
        }
    }

    fn unread(&mut self, unread: Unread) {
        let place = (unread.source.as_ref(), unread.at);
        self.reading.unread(place, unread.reason, unread.is_part);
    }

    fn progress(&mut self, progress: Progress) -> ControlFlow<()> {
        let bytes = (progress.bytes_done, progress.bytes_total);
        let message = format!("{} events", progress.events);
        self.reading.progress(bytes, message);
        ControlFlow::Continue(())
    }
}
