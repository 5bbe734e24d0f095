//! Golden decisions: a table that people review, and the engine must agree with.
//!
//! One case a line, columns between bars, `#` begins a comment:
//!
//! ```text
//! who      | what                      | when                 | purpose | glass | outcome   | reason
//! dr-ward  | read Observation/R of ada | 2026-03-02T10:00:00Z | TREAT   | -     | permit    | care-team
//! dr-away  | read Patient of ada       | 2026-03-02T10:00:00Z | TREAT   | -     | breakable | no-care-relation
//! fitter   | useService building       | 2026-03-02T10:00:00Z | TREAT   | -     | permit    | tier
//! ```
//!
//! `glass` is `-`, or a glass broken by the same person for the same patient at that instant
//! (`open`, or `call` for an emergency call), or one that must not help: `ended`, `other-patient`,
//! `other-person`, `other-session`. `at-risk`: no glass, and something grave was found about the
//! person.

use std::time::Duration;

use event::{
    AccessMode, Confidentiality, GlassId, Outcome, PatientId, PersonId, Purpose, SessionId, Tier,
    Timestamp,
};
use hospital::Directory;

use crate::{Action, Decision, Engine, Glass, GlassTerms, Question, Target};

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its line in the file, from 1.
    pub line: usize,
    /// The person.
    pub who: PersonId,
    /// The action and its target, as written.
    pub what: String,
    /// The instant.
    pub when: Timestamp,
    /// The purpose of use.
    pub purpose: Purpose,
    /// What the table expects.
    pub expected: Verdict,
    action: Action,
    target: Wanted,
    glass: GlassState,
}

/// An outcome with the reason that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Which of the three.
    pub outcome: Outcome,
    /// The first reason.
    pub reason: String,
}

/// A line that is no case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct GoldenError {
    line: usize,
    what: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Desk,
    Opening {
        holder: PersonId,
    },
    Record {
        patient: PatientId,
        resource_type: String,
        confidentiality: Confidentiality,
    },
    Reference {
        resource_type: String,
    },
    Service {
        tier: Tier,
    },
    Unopened {
        resource_type: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GlassState {
    Absent,
    AtRisk,
    Call,
    Ended,
    Open,
    OtherPatient,
    OtherPerson,
    OtherSession,
}

/// Reads a table; the first line that is no case is an error.
pub fn read_cases(table: &str) -> Result<Vec<Case>, GoldenError> {
    table
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split('#').next().unwrap_or("").trim()))
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            read_case(number, line).map_err(|what| GoldenError { line: number, what })
        })
        .collect()
}

/// What the engine answers to a case.
#[must_use]
pub fn run_case(engine: &Engine, directory: &Directory, case: &Case) -> Verdict {
    let Ok(session) = SessionId::new("golden-session") else {
        return Verdict {
            outcome: Outcome::Refusal,
            reason: String::new(),
        };
    };
    let (glass, opening) = (
        glass_of(engine, directory, case, &session),
        GlassId::new("golden"),
    );
    let decision = engine.decide(
        directory,
        &Question {
            person: &case.who,
            session: &session,
            action: case.action,
            target: case.target.target(opening.as_ref().ok()),
            purpose: case.purpose,
            at: case.when,
            at_risk: case.glass == GlassState::AtRisk,
            glass: glass.as_ref(),
        },
    );
    let reason = decision.grounds().first_reason().to_owned();
    Verdict {
        outcome: decision.outcome(),
        reason,
    }
}

impl Wanted {
    fn target<'a>(&'a self, opening: Option<&'a GlassId>) -> Target<'a> {
        match self {
            Self::Desk => Target::Desk,
            Self::Opening { holder } => {
                opening.map_or(Target::Desk, |glass| Target::Opening { glass, holder })
            }
            Self::Record {
                patient,
                resource_type,
                confidentiality,
            } => Target::Record {
                patient,
                resource_type,
                confidentiality: *confidentiality,
            },
            Self::Reference { resource_type } => Target::Reference { resource_type },
            Self::Service { tier } => Target::Service {
                name: "golden",
                tier: *tier,
            },
            Self::Unopened { resource_type } => Target::Unopened { resource_type },
        }
    }
}

fn read_case(line: usize, text: &str) -> Result<Case, String> {
    let columns: Vec<&str> = text.split('|').map(str::trim).collect();
    let [who, what, when, purpose, glass, outcome, reason] = columns.as_slice() else {
        return Err(format!("{} columns, and there are 7", columns.len()));
    };
    let (action, target) = read_what(what)?;
    Ok(Case {
        line,
        who: PersonId::new(who).map_err(|error| error.to_string())?,
        what: (*what).to_owned(),
        when: when
            .parse()
            .map_err(|error: event::InvalidTimestamp| error.to_string())?,
        purpose: purpose
            .parse()
            .map_err(|error: event::UnknownCode| error.to_string())?,
        expected: Verdict {
            outcome: read_outcome(outcome)?,
            reason: (*reason).to_owned(),
        },
        action,
        target,
        glass: read_glass(glass)?,
    })
}

/// `ACTION`, `ACTION TIER`, `ACTION TYPE`, `ACTION TYPE of PATIENT`, `ACTION TYPE of ?`, `ACTION
/// opening of PERSON`.
fn read_what(text: &str) -> Result<(Action, Wanted), String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let action = words
        .first()
        .and_then(|code| {
            Action::ALL
                .into_iter()
                .find(|action| action.code() == *code)
        })
        .ok_or_else(|| format!("`{text}` does not begin with an action"))?;
    let wanted = match words.get(1..).unwrap_or_default() {
        [] => Wanted::Desk,
        [tier] if action == Action::UseService => Wanted::Service {
            tier: tier
                .parse()
                .map_err(|error: event::UnknownCode| error.to_string())?,
        },
        [resource_type] => Wanted::Reference {
            resource_type: (*resource_type).to_owned(),
        },
        [resource_type, "of", "?"] => Wanted::Unopened {
            resource_type: (*resource_type).to_owned(),
        },
        ["opening", "of", holder] => Wanted::Opening {
            holder: PersonId::new(holder).map_err(|error| error.to_string())?,
        },
        [resource_type, "of", patient] => {
            let (resource_type, confidentiality) = read_type(resource_type)?;
            let patient = PatientId::new(patient).map_err(|error| error.to_string())?;
            Wanted::Record {
                patient,
                resource_type,
                confidentiality,
            }
        }
        _ => return Err(format!("`{text}` is not `ACTION TYPE of PATIENT`")),
    };
    Ok((action, wanted))
}

fn read_type(text: &str) -> Result<(String, Confidentiality), String> {
    match text.split_once('/') {
        None => Ok((text.to_owned(), Confidentiality::Normal)),
        Some((resource_type, code)) => {
            let code = code
                .parse()
                .map_err(|error: event::UnknownCode| error.to_string())?;
            Ok((resource_type.to_owned(), code))
        }
    }
}

fn read_outcome(text: &str) -> Result<Outcome, String> {
    [Outcome::Breakable, Outcome::Permit, Outcome::Refusal]
        .into_iter()
        .find(|outcome| outcome.code() == text)
        .ok_or_else(|| format!("`{text}` is no outcome: permit, refusal or breakable"))
}

fn read_glass(text: &str) -> Result<GlassState, String> {
    match text {
        "-" => Ok(GlassState::Absent),
        "at-risk" => Ok(GlassState::AtRisk),
        "call" => Ok(GlassState::Call),
        "ended" => Ok(GlassState::Ended),
        "open" => Ok(GlassState::Open),
        "other-patient" => Ok(GlassState::OtherPatient),
        "other-person" => Ok(GlassState::OtherPerson),
        "other-session" => Ok(GlassState::OtherSession),
        _ => Err(format!("`{text}` is no state of a glass")),
    }
}

/// The glass of a case, broken through the engine itself: who may not declare has none.
fn glass_of(
    engine: &Engine,
    directory: &Directory,
    case: &Case,
    session: &SessionId,
) -> Option<Glass> {
    let Wanted::Record { patient, .. } = &case.target else {
        return None;
    };
    let terms = GlassTerms::new(GlassTerms::OPEN_MAX, Duration::ZERO);
    let other_patient = PatientId::new("somebody-else").ok()?;
    let other_session = SessionId::new("another-session").ok()?;
    let an_hour_earlier = Timestamp::from_us(case.when.as_us().saturating_sub(3_600_000_000));
    let (patient, session, at) = match case.glass {
        GlassState::Absent | GlassState::AtRisk => return None,
        GlassState::Ended => (patient, session, an_hour_earlier),
        GlassState::Call | GlassState::Open | GlassState::OtherPerson => {
            (patient, session, case.when)
        }
        GlassState::OtherPatient => (&other_patient, session, case.when),
        GlassState::OtherSession => (patient, &other_session, case.when),
    };
    let declarer = match case.glass {
        GlassState::OtherPerson => directory
            .persons()
            .iter()
            .find(|p| p.id != case.who && p.profession == "physician")?
            .id
            .clone(),
        _ => case.who.clone(),
    };
    let target = Target::Record {
        patient,
        resource_type: "Patient",
        confidentiality: Confidentiality::Normal,
    };
    let declared = engine.decide(
        directory,
        &Question {
            person: &declarer,
            session,
            action: Action::DeclareBreakGlass,
            target,
            purpose: Purpose::Treat,
            at,
            at_risk: false,
            glass: None,
        },
    );
    let Decision::Permit(permit) = declared else {
        return None;
    };
    let mode = match case.glass {
        GlassState::Call => AccessMode::Centre15,
        _ => AccessMode::BrisDeGlace,
    };
    Glass::begin(&permit, GlassId::new("golden").ok()?, mode, &terms)
}

#[cfg(test)]
mod tests;
