//! `hygie detect`: Sigma rules over files of events, findings on standard output, and nothing else.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use event::Timestamp;
use indicatif::{ProgressBar, ProgressStyle};
use intake::logs::{Progress, Settings};
use locale::Family;
use serde_json::{Map, Value, json};
use watch::correlation::Correlated;
use watch::engine::{MatchedField, RuleSet};
use watch::sigma::{Level, Placeholders};
use wire::log::Format;

use super::{Ending, Usage, Words, complain};
use crate::cli::Detect;
use crate::detection::{Detection, Found, Joined, Listener, Tally, Unread, detect, load};

/// Values of placeholders that one file may give.
const PLACEHOLDER_FILE_BYTES_MAX: u64 = 16 << 20;

/// Unreadable things that are told one by one; the others are counted.
const UNREAD_TOLD_MAX: u64 = 20;

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
    for refused in &loaded.refused {
        complain(&format!("not taken: {refused}"));
    }
    for one in &loaded.not_evaluated {
        complain(&format!(
            "not taken: {}: {}: {}",
            one.origin, one.title, one.why
        ));
    }
    let rules = loaded.rules;
    complain(&format!(
        "{} rules of {} files, {} not taken",
        rules.rules().len(),
        loaded.files,
        loaded.refused.len() + loaded.not_evaluated.len()
    ));
    let mut key = [0; 16];
    getrandom::fill(&mut key).context("asking the system for randomness")?;
    let settings = settings(wanted.format.as_deref())?;
    let detection = Detection {
        paths: &wanted.files,
        settings: &settings,
        rules: &rules,
        joined: &loaded.joined,
        key,
        matchers: available_parallelism().context("counting the cores")?,
    };
    let mut teller = Teller::new(&rules, &loaded.joined, wanted.json, words);
    let begun = Instant::now();
    let tally = detect(&detection, &mut teller);
    teller.finish();
    tell(&tally, teller.unread, begun.elapsed());
    // A file that could not be read at all is not "no findings".
    Ok(if teller.is_partial {
        Ending::NotAllChecked
    } else {
        Ending::Done
    })
}

/// How files are read: every line of one format, or each recognised by itself.
pub(super) fn settings(format: Option<&str>) -> Result<Settings> {
    let mut settings = Settings::default();
    if let Some(name) = format {
        let known = Format::from_code(name);
        let format = known.ok_or_else(|| Usage(format!("there is no format `{name}`")))?;
        settings.format = Some(format);
    }
    Ok(settings)
}

/// The values of placeholders: a TOML file with lists, such as `administrators = ["adm-1"]`.
pub(super) fn placeholders(file: Option<&Path>) -> Result<Placeholders> {
    let Some(file) = file else {
        return Ok(Placeholders::new());
    };
    let name = || format!("reading `{}`", file.display());
    if std::fs::metadata(file).with_context(name)?.len() > PLACEHOLDER_FILE_BYTES_MAX {
        return Err(Usage(format!("`{}` is too long", file.display())).into());
    }
    let text = std::fs::read_to_string(file).with_context(name)?;
    toml::from_str(&text).with_context(name)
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

#[expect(
    clippy::cast_precision_loss,
    reason = "a rate for people, counts below 2^52"
)]
pub(super) fn rate_per_s(events: u64, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64().max(1e-9)
}

/// Prints what is found, as text or as JSON lines.
struct Teller<'t> {
    rules: &'t Arc<RuleSet>,
    joined: &'t Joined,
    json: bool,
    words: &'t Words,
    unread: u64,
    is_partial: bool,
    bar: ProgressBar,
}

impl<'t> Teller<'t> {
    fn new(rules: &'t Arc<RuleSet>, joined: &'t Joined, json: bool, words: &'t Words) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        let style = "{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {msg} {eta}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self {
            rules,
            joined,
            json,
            words,
            unread: 0,
            is_partial: false,
            bar,
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
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

pub(super) fn instant(us: i64) -> Option<String> {
    let us = u64::try_from(us).ok()?;
    Some(Timestamp::from_us(us).to_string())
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
            self.bar.suspend(|| super::say(&line));
        }
    }

    fn correlated(&mut self, found: Correlated) {
        if let Some(line) = self.joined_line(&found) {
            self.bar.suspend(|| super::say(&line));
        }
    }

    fn unread(&mut self, unread: Unread) {
        self.unread += 1;
        self.is_partial |= unread.is_part;
        if self.unread <= UNREAD_TOLD_MAX {
            let why = self.words.label(Family::Cause, unread.reason);
            let line = format!("{}@{}: {why}", unread.source, unread.at);
            self.bar.suspend(|| complain(&line));
        }
    }

    fn progress(&mut self, progress: Progress) -> ControlFlow<()> {
        self.bar.set_length(progress.bytes_total);
        self.bar.set_position(progress.bytes_done);
        self.bar.set_message(format!("{} events", progress.events));
        ControlFlow::Continue(())
    }
}
