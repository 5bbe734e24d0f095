//! What was measured, for people and for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use ::watch::engine::RuleSet;
use ::watch::sigma::Rule;
use ::watch::source::Mapping;
use serde::Serialize;

use super::super::figures::{approximate, per_s, ratio, rounded};
use super::super::limits::DIFFERENCES_SHOWN_MAX;
use super::super::{Machine, cell};
use super::peer::Said;
use super::round::{Measured, RuleFound};

/// Where the peer is known to find less: what stands in the rule then, and why.
const EXPLAINED: [(&str, &str); 3] = [
    (
        "'|all'",
        "the peer wants each of several keywords to be a whole value",
    ),
    (
        "windash",
        "the peer takes only the plain dash of a rule for a dash",
    ),
    (
        "base64offset",
        "the peer keeps a character that the next byte decides too",
    ),
];

/// Why it finds less where a field has another name.
const RENAMED: &str =
    "the peer has no mapping from the names of fields in this log to those of rules";

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub(super) part: &'static str,
    /// Rules in force.
    pub rules: usize,
    /// Rules and correlations that are not.
    pub rules_refused: usize,
    /// How long reading and compiling the rules took.
    pub load_s: f64,
    /// Whether the events were made up.
    pub is_generated: bool,
    /// Why there is no peer, or of which events it gave no figures and why.
    pub without_peer: Option<String>,
    /// Figures of the events; of Windows events when they were made up.
    #[serde(flatten)]
    pub figures: Figures,
    /// Figures of records of Zeek that were made up.
    pub zeek: Option<Figures>,
    /// On what.
    pub machine: Machine,
}

/// Figures of one set of events.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    /// How many there are.
    pub events: u64,
    /// The mean length of what they were read from.
    pub bytes_per_event: f64,
    /// What could not be read.
    pub unread: u64,
    /// Events that no family of log sources knows.
    pub unknown: u64,
    /// How often all of them were looked at.
    pub rounds: u64,
    /// On the clock, with all cores.
    pub events_per_s: f64,
    /// For each second of processor time of the whole process, reading included.
    pub events_per_s_per_core: f64,
    /// The most memory that the process held.
    pub rss_mb_max: Option<f64>,
    /// Findings of rules.
    pub findings: u64,
    /// The same by the peer; without values when there is none.
    #[serde(flatten)]
    pub peer: PeerFigures,
}

/// Figures of the peer.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PeerFigures {
    /// On the clock, with all cores; what it is given is already read and classified.
    pub events_per_s_rsigma: Option<f64>,
    /// For each second of processor time.
    pub events_per_s_per_core_rsigma: Option<f64>,
    /// [`Figures::events_per_s_per_core`] by that of the peer.
    pub ratio_per_core: Option<f64>,
    /// How long it took to load the rules.
    pub load_s_rsigma: Option<f64>,
    /// Rules that it took.
    pub rules_rsigma: Option<usize>,
    /// Events that it could not read; Hygie found them to be JSON.
    pub unread_rsigma: Option<u64>,
    /// Its findings.
    pub findings_rsigma: Option<u64>,
    /// Rules that were not met by the same events.
    pub findings_differ: Option<usize>,
    /// Which.
    pub differences: Option<Vec<Difference>>,
}

/// A rule that was not met by the same events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its id or title.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// Events that met it.
    pub findings: u64,
    /// Events that met it there.
    pub findings_rsigma: u64,
    /// Why, where that is known of a word in the rule.
    pub why: Option<&'static str>,
}

/// Figures from what was measured.
pub(super) fn figures(measured: &Measured, peer: Option<&Said>, rules: &RuleSet) -> Figures {
    let read = measured.tally.read;
    let seen = read.events.saturating_mul(measured.rounds);
    let per_core = per_s(seen, measured.cpu);
    Figures {
        events: read.events,
        bytes_per_event: rounded(
            ratio(approximate(read.bytes_total), approximate(read.events)),
            1,
        ),
        unread: read.unread,
        unknown: measured.tally.unknown,
        rounds: measured.rounds,
        events_per_s: rounded(per_s(seen, measured.wall), 0),
        events_per_s_per_core: rounded(per_core, 0),
        rss_mb_max: measured
            .rss_bytes_max
            .map(|bytes| rounded(approximate(bytes) / 1e6, 1)),
        findings: measured.found.values().map(|found| found.count).sum(),
        peer: peer.map_or_else(PeerFigures::default, |said| {
            peer_figures(measured, said, per_core, rules)
        }),
    }
}

fn peer_figures(measured: &Measured, said: &Said, per_core: f64, rules: &RuleSet) -> PeerFigures {
    let events = approximate(said.events);
    let differences = differences(&measured.found, said, rules);
    let per_core_there = compared(events, said.cpu_s);
    let ratio_per_core = per_core_there.and_then(|there| compared(per_core, there));
    PeerFigures {
        events_per_s_rsigma: compared(events, said.wall_s).map(|per_s| rounded(per_s, 0)),
        events_per_s_per_core_rsigma: per_core_there.map(|per_s| rounded(per_s, 0)),
        ratio_per_core: ratio_per_core.map(|ratio| rounded(ratio, 2)),
        load_s_rsigma: Some(rounded(said.load_s, 3)),
        rules_rsigma: Some(said.rules),
        unread_rsigma: Some(said.unread),
        findings_rsigma: Some(said.found.values().map(|(count, _)| count).sum()),
        findings_differ: Some(differences.len()),
        differences: Some(differences),
    }
}

/// One figure by another; `None` when there is nothing to compare with.
fn compared(figure: f64, beside: f64) -> Option<f64> {
    (beside > 0.0).then(|| figure / beside)
}

/// The rules that were not met by the same events, in the order of their ids.
fn differences(
    found: &BTreeMap<usize, RuleFound>,
    said: &Said,
    rules: &RuleSet,
) -> Vec<Difference> {
    let mapping = Mapping::built_in().ok();
    let renamed = mapping.as_ref().map(Mapping::renamed).unwrap_or_default();
    let known: BTreeMap<&str, &Rule> = rules.rules().map(|rule| (key(rule), rule)).collect();
    let mut here: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (number, found) in found {
        let Some(rule) = rules.rule(*number) else {
            continue;
        };
        // Two rules may have one title and no id.
        let (count, mark) = here.entry(key(rule)).or_default();
        *count += found.count;
        *mark = mark.wrapping_add(found.mark);
    }
    let there = said
        .found
        .iter()
        .map(|(rule, found)| (rule.as_str(), *found));
    let there: BTreeMap<&str, (u64, u64)> = there.collect();
    let keys: BTreeSet<&str> = here.keys().chain(there.keys()).copied().collect();
    let of =
        |found: &BTreeMap<&str, (u64, u64)>, key: &str| found.get(key).copied().unwrap_or_default();
    keys.into_iter()
        .filter(|key| of(&here, key) != of(&there, key))
        .map(|key| {
            let rule = known.get(key);
            let (findings, findings_rsigma) = (of(&here, key).0, of(&there, key).0);
            Difference {
                rule: key.to_owned(),
                title: rule.map_or_else(String::new, |rule| rule.title.clone()),
                findings,
                findings_rsigma,
                why: rule
                    .filter(|_| findings > findings_rsigma)
                    .and_then(|rule| why(rule, &renamed)),
            }
        })
        .collect()
}

fn key(rule: &Rule) -> &str {
    rule.id.as_deref().unwrap_or(&rule.title)
}

/// Why the peer finds less, by what stands in the rule; `renamed` are names that a log has otherwise.
fn why(rule: &Rule, renamed: &BTreeSet<&str>) -> Option<&'static str> {
    let text = fs::read_to_string(&rule.origin).ok()?;
    if let Some((_, why)) = EXPLAINED.iter().find(|(word, _)| text.contains(word)) {
        return Some(why);
    }
    let asks = |line: &str| {
        let line = line.trim_start_matches([' ', '-']);
        let name = line.split([':', '|']).next().unwrap_or_default();
        renamed.contains(name)
    };
    text.lines().any(asks).then_some(RENAMED)
}

impl Report {
    /// The figures for people, in English: names of figures are those of [`Self::json`].
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = titles();
        let sets = [
            (
                if self.is_generated {
                    "windows"
                } else {
                    "events"
                },
                Some(&self.figures),
            ),
            ("zeek", self.zeek.as_ref()),
        ];
        for (name, figures) in sets {
            table.extend(figures.map(|figures| figures.rows(name)));
        }
        for figures in [Some(&self.figures), self.zeek.as_ref()]
            .into_iter()
            .flatten()
        {
            table.push_str(&figures.told());
        }
        if self.is_generated {
            table.push_str("the events are made up: a guide, no measurement of real traffic\n");
        }
        if let Some(why) = &self.without_peer {
            // Writing to a text cannot fail.
            writeln!(table, "no peer: {why}").unwrap_or_default();
        }
        let Self {
            rules,
            rules_refused,
            load_s,
            machine,
            ..
        } = self;
        writeln!(
            table,
            "rules {rules}, rules_refused {rules_refused}, load_s {load_s:.2}; machine: {machine}"
        )
        .unwrap_or_default();
        table
    }

    /// The figures as one line of JSON, without a line end.
    #[must_use]
    pub fn json(&self) -> String {
        // Plain fields only: there is nothing that cannot be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

const WIDTH: usize = 16;

fn titles() -> String {
    let titles = ["", "", "events/s", "per core second", "findings", "load_s"];
    titles.map(|title| cell(title, WIDTH)).concat() + "\n"
}

fn row(cells: &[String]) -> String {
    cells
        .iter()
        .map(|text| cell(text, WIDTH))
        .collect::<String>()
        + "\n"
}

/// A cell without a figure.
const NONE: &str = "-";

fn figure(figure: Option<f64>, decimals: usize) -> String {
    figure.map_or_else(|| NONE.to_owned(), |figure| format!("{figure:.decimals$}"))
}

impl Figures {
    /// One row for each engine.
    fn rows(&self, name: &str) -> String {
        let mut rows = row(&[
            name.to_owned(),
            "hygie".to_owned(),
            format!("{:.0}", self.events_per_s),
            format!("{:.0}", self.events_per_s_per_core),
            self.findings.to_string(),
        ]);
        let peer = &self.peer;
        if peer.rules_rsigma.is_some() {
            rows += &row(&[
                name.to_owned(),
                "rsigma".to_owned(),
                figure(peer.events_per_s_rsigma, 0),
                figure(peer.events_per_s_per_core_rsigma, 0),
                peer.findings_rsigma
                    .map_or_else(|| NONE.to_owned(), |findings| findings.to_string()),
                figure(peer.load_s_rsigma, 2),
            ]);
        }
        rows
    }

    /// What no row holds.
    fn told(&self) -> String {
        let mut told = format!(
            "events {} of {:.0} bytes, unread {}, unknown {}, rounds {}, rss_mb_max {}",
            self.events,
            self.bytes_per_event,
            self.unread,
            self.unknown,
            self.rounds,
            figure(self.rss_mb_max, 0),
        );
        let peer = &self.peer;
        if let (Some(unread), Some(differ)) = (peer.unread_rsigma, peer.findings_differ) {
            let ratio = figure(peer.ratio_per_core, 2);
            write!(
                told,
                ", unread_rsigma {unread}, ratio_per_core {ratio}, findings_differ {differ}"
            )
            .unwrap_or_default();
        }
        told.push('\n');
        let differences = peer.differences.iter().flatten();
        for one in differences.take(DIFFERENCES_SHOWN_MAX) {
            writeln!(
                told,
                "  {}: {} here, {} there: {}",
                one.title,
                one.findings,
                one.findings_rsigma,
                one.why.unwrap_or("not explained"),
            )
            .unwrap_or_default();
        }
        told
    }
}

#[cfg(test)]
mod tests;
