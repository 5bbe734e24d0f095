//! The policy alone, on one thread, with the directory of the largest hospital group: 60,000
//! staff, 500,000 care relations and 60 policies.

mod group;

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use event::{Outcome, SessionId};
use hospital::{Directory, DirectoryLimits};
use policy::{Engine, Source};
use serde::Serialize;

use self::group::{Asked, RELATIONS_PER_PATIENT, Size};
use super::figures::{Samples, per_s, rounded, whole_ns};
use super::{BenchError, Machine, cell};
use crate::rules::BUILT_IN;

/// How many policies there are, those that never apply included.
const POLICIES: usize = 60;

/// Questions that are asked before any is measured.
const WARM_UP: usize = 2_000;

/// How to measure.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Persons of the staff.
    pub persons: usize,
    /// Care relations: members of care teams, and encounters.
    pub relations: usize,
    /// Questions that are measured.
    pub questions: usize,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    part: &'static str,
    /// Half of the permits were given within this time.
    pub decision_p50_us: f64,
    /// All but one in a hundred permits were given within this time.
    pub decision_p99_us: f64,
    /// Half of all decisions, refusals with what is missing included.
    pub decision_all_p50_us: f64,
    /// All but one in a hundred of all decisions.
    pub decision_all_p99_us: f64,
    /// Decisions of one thread in a second.
    pub decisions_per_s: f64,
    /// How many of each outcome.
    pub outcomes: Outcomes,
    /// Policies in force.
    pub policies: usize,
    /// Persons of the staff.
    pub persons: u32,
    /// Care relations.
    pub relations: u32,
    /// How long checking and arranging the directory took.
    pub directory_s: f64,
    /// On what.
    pub machine: Machine,
}

/// How many decisions had each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Outcomes {
    /// Refused, and an emergency would open it.
    pub breakable: usize,
    /// Permitted.
    pub permit: usize,
    /// Refused.
    pub refusal: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            persons: 60_000,
            relations: 500_000,
            questions: 200_000,
        }
    }
}

/// Measures; `progress` is told what is being done.
///
/// # Errors
/// [`BenchError::Directory`] or [`BenchError::Policy`] when the options ask for more than either
/// accepts.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    let size = Size {
        persons: options.persons.max(1),
        patients: (options.relations / RELATIONS_PER_PATIENT).max(1),
    };
    progress("decision: building the directory");
    let document = group::document(size)?;
    let began = Instant::now();
    let directory = Directory::new(document, &DirectoryLimits::DEFAULT)
        .map_err(|source| BenchError::Directory { source })?;
    let building = began.elapsed();
    let engine = engine()?;
    let questions = group::questions(size, options.questions)?;
    progress("decision: asking");
    let measured = Measured::of(&engine, &directory, &questions)?;
    let counts = directory.counts();
    Ok(Report {
        part: "decision",
        decision_p50_us: rounded(measured.permits.percentile_us(50), 2),
        decision_p99_us: rounded(measured.permits.percentile_us(99), 2),
        decision_all_p50_us: rounded(measured.all.percentile_us(50), 2),
        decision_all_p99_us: rounded(measured.all.percentile_us(99), 2),
        decisions_per_s: rounded(measured.per_s, 0),
        outcomes: measured.outcomes,
        policies: engine.policies(),
        persons: counts.persons,
        relations: counts.relations(),
        directory_s: rounded(building.as_secs_f64(), 3),
        machine: Machine::here(Path::new("/")),
    })
}

impl Report {
    /// The figures for people, in English: names of figures are those of [`Self::json`].
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = ["", "p50_us", "p99_us"]
            .map(|title| cell(title, 14))
            .concat();
        for (name, p50, p99) in [
            ("permits", self.decision_p50_us, self.decision_p99_us),
            ("all", self.decision_all_p50_us, self.decision_all_p99_us),
        ] {
            let cells = [name.to_owned(), format!("{p50:.2}"), format!("{p99:.2}")];
            table.push('\n');
            table.extend(cells.iter().map(|text| cell(text, 14)));
        }
        let Outcomes {
            breakable,
            permit,
            refusal,
        } = self.outcomes;
        // Writing to a string does not fail.
        write!(
            table,
            "\ndecisions_per_s: {:.0} on one thread\n\
             outcomes: {permit} permits, {breakable} breakable, {refusal} refusals\n\
             {} policies, {} persons, {} care relations, directory arranged in {:.2} s\n\
             machine: {}\n",
            self.decisions_per_s,
            self.policies,
            self.persons,
            self.relations,
            self.directory_s,
            self.machine
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

/// The times of every decision.
struct Measured {
    permits: Samples,
    all: Samples,
    per_s: f64,
    outcomes: Outcomes,
}

impl Measured {
    fn of(engine: &Engine, directory: &Directory, asked: &[Asked]) -> Result<Self, BenchError> {
        let session = SessionId::new("bench").map_err(|source| BenchError::Identity { source })?;
        for asked in asked.iter().take(WARM_UP) {
            black_box(engine.decide(directory, &asked.question(&session)));
        }
        let mut outcomes = Outcomes::default();
        let (mut permits, mut all) = (Vec::new(), Vec::with_capacity(asked.len()));
        let mut took = Duration::ZERO;
        for asked in asked {
            let began = Instant::now();
            let decision = black_box(engine.decide(directory, &asked.question(&session)));
            let time = began.elapsed();
            took += time;
            all.push(whole_ns(time));
            let count = match decision.outcome() {
                Outcome::Breakable => &mut outcomes.breakable,
                Outcome::Permit => {
                    permits.push(whole_ns(time));
                    &mut outcomes.permit
                }
                Outcome::Refusal => &mut outcomes.refusal,
            };
            *count = count.saturating_add(1);
        }
        let decisions = u64::try_from(all.len()).unwrap_or(u64::MAX);
        Ok(Self {
            permits: Samples::new(permits),
            all: Samples::new(all),
            per_s: per_s(decisions, took),
            outcomes,
        })
    }
}

/// The built-in policies, and as many that never apply as make [`POLICIES`].
fn engine() -> Result<Engine, BenchError> {
    let load = |padding: &str| {
        let sources = BUILT_IN.map(|(name, text)| Source { name, text });
        let [schema, files @ ..] = sources;
        let padding = Source {
            name: "padding.cedar",
            text: padding,
        };
        let files: Vec<Source<'_>> = files.into_iter().chain([padding]).collect();
        Engine::load(schema, &files).map_err(|source| BenchError::Policy { source })
    };
    let shipped = load("")?.policies();
    load(&padding(POLICIES.saturating_sub(shipped)))
}

/// Policies that cost what any policy costs and never apply, since nobody has their profession.
///
/// Two in three are about records, as in the built-in set: they stand in the way of each decision.
fn padding(count: usize) -> String {
    (0..count)
        .map(|number| {
            let (action, resource, and) = match number % 6 {
                2 => ("useService", "Service", "resource.tier == \"office\""),
                5 => ("viewDesk", "Desk", "context.posted"),
                _ => (
                    "read\", Hygie::Action::\"search",
                    "Record",
                    "context.careTeam",
                ),
            };
            format!(
                "@id(\"padding.{number}\")\n@reason(\"padding\")\n\
                 permit (principal is Hygie::Person, action in [Hygie::Action::\"{action}\"], \
                 resource is Hygie::{resource})\n\
                 when {{ [\"none-{number}\", \"nobody-{number}\"].contains(principal.profession) \
                 && {and} }};\n"
            )
        })
        .collect()
}

#[cfg(test)]
mod tests;
