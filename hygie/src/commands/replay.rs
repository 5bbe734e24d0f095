//! `hygie replay`: recorded events in, a timeline of what was found out, incidents and coverage.

use anyhow::{Context as _, Result};
use serde_json::json;
use watch::coverage::Coverage;
use watch::finding::{Entity, Fact};
use watch::fold::{Limited, Raised, WatchSettings};
use watch::incident::Incident;

use super::reading::{
    Reading, instant, placeholders, places, random_key, rate_per_s, settings, tell_loaded,
};
use super::{Ending, Usage, Words, say};
use crate::cli;
use crate::detection::load;
use crate::folder::write_whole;
use crate::replay::{Listener, Played, Replay, Report, Speed, Unread, play};

/// Positions and entities that one line of the timeline names; the others are counted.
const NAMED_MAX: usize = 6;

/// Plays files and tells what was found. Exit code 0, also when nothing was; 2 when it is not whole.
pub(crate) fn run(wanted: &cli::Replay, words: &Words) -> Result<Ending> {
    let placeholders = placeholders(wanted.placeholders.as_deref())?;
    let loaded = load(&wanted.rules, &[], &placeholders).context("loading the rules")?;
    tell_loaded(&loaded);
    let coverage = Coverage::of(&loaded.rules);
    let settings = settings(wanted.format.as_deref())?;
    let watch = WatchSettings {
        places: places(wanted.places.as_deref())?,
        ..WatchSettings::default()
    };
    let replay = Replay {
        paths: &wanted.files,
        settings: &settings,
        loaded,
        watch,
        speed: speed(&wanted.speed)?,
        keep: wanted.keep.as_deref(),
        key: random_key()?,
    };
    let mut teller = Teller {
        json: wanted.json,
        reading: Reading::begin(words),
    };
    let report = play(replay, &mut teller)?;
    teller.reading.end();
    let is_partial = teller.reading.is_partial;
    match wanted.json {
        true => tell_json(&report, &coverage, is_partial),
        false => tell(&report, &coverage, wanted.coverage),
    }
    if let Some(file) = &wanted.layer {
        let layer = coverage.navigator_layer("Rules loaded by hygie replay");
        let written = write_whole(file, layer.as_bytes(), 0o644);
        written.with_context(|| format!("writing `{}`", file.display()))?;
    }
    // A file that could not be read at all is not "nothing was found".
    Ok(match is_partial {
        true => Ending::NotAllChecked,
        false => Ending::Done,
    })
}

fn speed(text: &str) -> Result<Speed> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let times: Option<f64> = text.parse().ok();
    let times = times.filter(|times| times.is_finite() && *times >= 0.001);
    times
        .map(Speed::Times)
        .ok_or_else(|| Usage(format!("`{text}` is no speed: give `max` or a number")).into())
}

fn tell(report: &Report, coverage: &Coverage, is_whole_coverage: bool) {
    let incidents = report.incidents.open_incidents();
    say(&format!("\n{} incidents", incidents.len()));
    for incident in incidents {
        say(&incident_line(incident, report.first_us.unwrap_or(0)));
    }
    say("\nfindings by rule");
    let mut rules: Vec<_> = report.findings.iter().collect();
    rules.sort_by_key(|(title, (times, level))| (std::cmp::Reverse((*level, *times)), *title));
    for (title, (times, level)) in rules {
        say(&format!(
            "{times:>8}  {:<13}  {}",
            level.name(),
            title.escape_debug()
        ));
    }
    say("\nATT&CK techniques: found, rules, highest level");
    let mut unnamed = report.techniques.clone();
    for it in coverage.techniques() {
        let found = unnamed.remove(it.technique).unwrap_or(0);
        if found > 0 || is_whole_coverage {
            let (rules, level) = (it.covered.rules, it.covered.level.name());
            let technique = it.technique;
            say(&format!("{technique:<10}  {found:>8}  {rules:>6}  {level}"));
        }
    }
    for (technique, found) in &unnamed {
        say(&format!("{technique:<10}  {found:>8}       -  analytics"));
    }
    say(&format!(
        "the loaded rules name {} techniques",
        coverage.techniques().len()
    ));
    say("");
    summary(report);
}

fn summary(report: &Report) {
    let events = report.counts.lines;
    let at = |us: Option<i64>| us.and_then(instant).unwrap_or_else(|| "-".to_owned());
    let stretch_us = stretch_us(report);
    say(&format!(
        "{events} events of {} files, from {} to {} ({})",
        report.files,
        at(report.first_us),
        at(report.last_us),
        offset(stretch_us)
    ));
    let rate = rate_per_s(events, report.took);
    say(&format!(
        "played in {:.1} s, {rate:.0} a second, {:.0} times as fast as recorded",
        report.took.as_secs_f64(),
        seconds(stretch_us) / report.took.as_secs_f64().max(1e-9)
    ));
    let notes = [
        (report.unread, "entries could not be read"),
        (
            report.unknown,
            "events are of no log source that is known here: no rule was asked about them",
        ),
        (
            report.late,
            "events came behind later ones: they could not be put in order",
        ),
        (
            report.counts.without_time,
            "events tell no time: they count when what stood before them happened",
        ),
        (
            report.counts.from_future,
            "events lie more than a day beyond their receipt: they count at their receipt",
        ),
    ];
    for (count, what) in notes.into_iter().filter(|(count, _)| *count > 0) {
        say(&format!("{count} {what}"));
    }
}

fn tell_json(report: &Report, coverage: &Coverage, is_partial: bool) {
    for incident in report.incidents.open_incidents() {
        say(&json!({ "incident": incident }).to_string());
    }
    let coverage: Vec<_> = coverage
        .techniques()
        .map(|it| {
            let found = report.techniques.get(it.technique).copied().unwrap_or(0);
            json!({
                "technique": it.technique,
                "rules": it.covered.rules,
                "level": it.covered.level,
                "found": found,
            })
        })
        .collect();
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|(title, (times, level))| json!({ "title": title, "level": level, "times": times }))
        .collect();
    let summary = json!({
        "events": report.counts.lines,
        "files": report.files,
        "first": report.first_us.and_then(instant),
        "last": report.last_us.and_then(instant),
        "took_s": report.took.as_secs_f64(),
        "events_per_s": rate_per_s(report.counts.lines, report.took),
        "unread": report.unread,
        "unknown": report.unknown,
        "late": report.late,
        "without_time": report.counts.without_time,
        "from_future": report.counts.from_future,
        "partial": is_partial,
        "findings": findings,
        "techniques_found": report.techniques,
        "coverage": coverage,
    });
    say(&json!({ "summary": summary }).to_string());
}

fn stretch_us(report: &Report) -> i64 {
    let (first, last) = (report.first_us.unwrap_or(0), report.last_us.unwrap_or(0));
    last.saturating_sub(first)
}

#[expect(clippy::cast_precision_loss, reason = "a length of time for people")]
fn seconds(us: i64) -> f64 {
    us as f64 / 1_000_000.0
}

/// How long after the beginning: `+1d 02:03:04`.
fn offset(us: i64) -> String {
    let sign = if us < 0 { '-' } else { '+' };
    let seconds = us.unsigned_abs() / 1_000_000;
    let days = match seconds / 86_400 {
        0 => String::new(),
        days => format!("{days}d "),
    };
    let (hours, minutes) = (seconds / 3_600 % 24, seconds / 60 % 60);
    format!("{sign}{days}{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

fn incident_line(incident: &Incident, first_us: i64) -> String {
    let findings: u64 = incident.findings.values().sum();
    let entities: Vec<&Entity> = incident.entities.iter().collect();
    let techniques: Vec<&str> = incident.techniques.iter().map(String::as_str).collect();
    format!(
        "{:>4}  {:<13}  {} to {}  {findings} findings of {} rules  about {}  {}",
        incident.id,
        incident.level.name(),
        offset(incident.first_us.saturating_sub(first_us)),
        offset(incident.last_us.saturating_sub(first_us)),
        incident.findings.len(),
        named(&entities),
        techniques.join(" ")
    )
}

fn named(entities: &[&Entity]) -> String {
    let shown = entities.iter().take(NAMED_MAX);
    // What a log names is a stranger's text: control signs of it never reach a terminal.
    let shown: Vec<String> = shown
        .map(|entity| format!("{:?} {:?}", entity.kind, entity.id).to_lowercase())
        .collect();
    with_rest(&shown, entities.len())
}

fn with_rest(shown: &[String], all: usize) -> String {
    let rest = match all.saturating_sub(shown.len()) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    format!("{}{rest}", shown.join(", "))
}

/// Prints the timeline.
struct Teller<'t> {
    json: bool,
    reading: Reading<'t>,
}

impl Teller<'_> {
    fn line(&self, raised: &Raised, offset_us: i64) -> String {
        let finding = &raised.finding;
        let time = instant(finding.at_us);
        if self.json {
            return json!({
                "time": time,
                "offset_us": offset_us,
                "title": raised.title,
                "author": raised.author,
                "finding": finding,
            })
            .to_string();
        }
        let facts = finding.facts.iter().map(|(name, fact)| match fact {
            Fact::Text(text) => format!("{name}={text:?}"),
            Fact::Count(count) => format!("{name}={count}"),
            Fact::Micros(us) => format!("{name}={:.1}s", seconds(*us)),
            Fact::Thousandths(share) => {
                format!("{name}={:.3}", seconds(share.saturating_mul(1_000)))
            }
        });
        let facts: Vec<String> = facts.collect();
        let newest = finding.positions.iter().rev().take(NAMED_MAX).rev();
        let positions: Vec<String> = newest.map(u64::to_string).collect();
        let total = usize::try_from(finding.positions_total).unwrap_or(usize::MAX);
        let entities: Vec<&Entity> = finding.entities.iter().collect();
        format!(
            "{}  {}  {:<13}  {}  about {}  leaves {}  {}",
            offset(offset_us),
            time.as_deref().unwrap_or("-"),
            finding.level.name(),
            raised.title.escape_debug(),
            named(&entities),
            with_rest(&positions, total),
            facts.join(" ")
        )
    }
}

impl Listener for Teller<'_> {
    fn found(&mut self, raised: &Raised, offset_us: i64) {
        let line = self.line(raised, offset_us);
        self.reading.say(&line);
    }

    fn limited(&mut self, limited: &Limited) {
        let line = format!(
            "a limit was reached: {} of {:?}, {} times by now",
            limited.what, limited.owner, limited.total
        );
        self.reading.complain(&line);
    }

    fn unread(&mut self, unread: &Unread) {
        let place = (unread.source.as_ref(), unread.at);
        self.reading.unread(place, unread.reason, unread.is_part);
    }

    fn progress(&mut self, played: Played) {
        let bytes = (played.bytes_done, played.bytes_total);
        let message = format!("{} entries", played.entries);
        self.reading.progress(bytes, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_read_as_clocks() {
        let second = 1_000_000;
        assert_eq!(offset(0), "+00:00:00");
        assert_eq!(offset(3_723 * second + 5), "+01:02:03");
        assert_eq!(offset(-61 * second), "-00:01:01");
        assert_eq!(offset(2 * 86_400 * second + second), "+2d 00:00:01");
        assert!(offset(i64::MIN).starts_with('-'));
    }

    #[test]
    fn a_speed_is_a_number_or_max() {
        assert_eq!(speed("max").unwrap(), Speed::Max);
        assert_eq!(speed("2.5").unwrap(), Speed::Times(2.5));
        for wrong in ["", "0", "-1", "inf", "nan", "fast", "1e-9"] {
            assert!(speed(wrong).is_err(), "{wrong}");
        }
    }
}
