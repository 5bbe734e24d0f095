//! The commands, each a function from its arguments to an ending.

mod bench;
mod contain;
mod demo;
mod detect;
mod evidence;
mod explain;
mod export;
mod guard;
mod hunt;
mod import;
mod incidents;
mod init;
mod inventory;
mod notices;
mod policy;
mod print;
mod proof;
mod query;
mod reading;
mod replay;
mod responsibilities;
mod reviews;
mod serve;
mod verify;

use std::process::ExitCode;

use locale::{Catalog, Language};

use crate::cli::{Cli, Command, EvidenceCommand, GuardCommand, PolicyCommand};
use crate::config::Fault;
use print::{complain, say};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It did what it was asked.
    Done,
    /// What it was asked to check does not hold.
    DoesNotHold,
    /// What could be checked holds, and something could not be checked.
    NotAllChecked,
}

/// Exit code of a configuration that cannot be used (`EX_CONFIG` of sysexits).
const CONFIGURATION: u8 = 78;

/// Exit code when what is to be read cannot be reached (`EX_UNAVAILABLE` of sysexits).
const UNAVAILABLE: u8 = 69;

/// Exit code of a command that was called wrongly, as the parser of the command line uses it.
const USAGE: u8 = 2;

/// A command that was called with something that cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// Runs a command line to its exit code.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let language = language_of(cli.lang.as_deref());
    let words = match Catalog::load() {
        Ok(catalog) => Words { catalog, language },
        Err(error) => return failed(&anyhow::Error::new(error)),
    };
    let ended = match cli.command {
        Command::Bench(bench) => bench::run(&bench),
        Command::Check(configured) => serve::check(&configured),
        Command::Contain(wanted) => contain::run(&wanted, &words),
        Command::Demo(demo) => demo::run(&demo, &words),
        Command::Detect(wanted) => detect::run(&wanted, &words),
        Command::Evidence(EvidenceCommand::Export(wanted)) => export::run(&wanted),
        Command::Evidence(EvidenceCommand::Prove(prove)) => proof::prove(&prove, &words),
        Command::Evidence(EvidenceCommand::Show(show)) => evidence::show(&show, &words),
        Command::Guard(GuardCommand::Replay(wanted)) => guard::replay(&wanted, &words),
        Command::Hunt(wanted) => hunt::run(&wanted),
        Command::Import(import) => import::run(&import, &words),
        Command::Incidents(wanted) => incidents::run(&wanted, &words),
        Command::Init(init) => init::run(&init, &words),
        Command::Inventory(wanted) => inventory::run(&wanted, &words),
        Command::Notices(wanted) => notices::run(&wanted, &words),
        Command::Policy(PolicyCommand::Explain(explain)) => explain::run(&explain, &words),
        Command::Policy(PolicyCommand::Test(test)) => policy::test(&test),
        Command::Policy(PolicyCommand::Consent(consent)) => policy::consent(&consent),
        Command::Policy(PolicyCommand::Write(write)) => policy::write(&write),
        Command::Query(query) => query::run(&query),
        Command::Replay(wanted) => replay::run(&wanted, &words),
        Command::Responsibilities(wanted) => responsibilities::run(&wanted, &words),
        Command::Reviews(reviews) => reviews::run(&reviews, &words),
        Command::Serve(configured) => serve::run(&configured),
        Command::Verify(verify) => verify::run(&verify, &words),
        Command::VerifyProof(verify) => proof::verify(&verify, &words),
    };
    match ended {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::DoesNotHold) => ExitCode::FAILURE,
        Ok(Ending::NotAllChecked) => ExitCode::from(USAGE),
        Err(error) => failed(&error),
    }
}

#[cfg(test)]
pub(crate) use init::lay_out as init;
pub(crate) use init::make as make_folder;

/// What is printed for people, in their language.
pub(crate) struct Words {
    pub(crate) catalog: Catalog,
    pub(crate) language: Language,
}

impl Words {
    /// A text filled with values.
    pub(crate) fn text(&self, key: locale::Key, values: &[(&str, locale::Value<'_>)]) -> String {
        self.catalog.text(self.language, key, values)
    }

    /// The word for a code.
    pub(crate) fn label(&self, family: locale::Family, code: &str) -> String {
        self.catalog.label(self.language, family, code)
    }
}

fn language_of(asked: Option<&str>) -> Language {
    asked.and_then(Language::from_code).unwrap_or_else(|| {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        Language::from_environment(&set.unwrap_or_default())
    })
}

/// Prints the whole chain of an error, and gives the exit code of its kind.
fn failed(error: &anyhow::Error) -> ExitCode {
    complain(&format!("hygie: {error:#}"));
    if error.downcast_ref::<Fault>().is_some() {
        ExitCode::from(CONFIGURATION)
    } else if error.downcast_ref::<Usage>().is_some() {
        ExitCode::from(USAGE)
    } else if let Some(::evidence::Error::SealedUnread { .. }) = error.downcast_ref() {
        ExitCode::from(UNAVAILABLE)
    } else {
        ExitCode::FAILURE
    }
}
