//! `cargo xtask`: what a contributor and the continuous integration run.

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use xtask::steps::{self, STEPS, Site};
use xtask::tools::Tools;
use xtask::{conformance, mutate, shell};

/// Automation of the project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Runs our code against data that others recorded or published.
    Conformance {
        /// The folder of data; else `HYGIE_CONFORMANCE_DATA`, else `../shared/data`.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Switches off one rule of the door's filter at a time and tells which tests notice.
    Mutate {
        /// Only the rules whose text contains one of these words.
        #[arg(value_name = "WORD")]
        words: Vec<String>,
    },
    /// Runs every check, in order, and stops at the first that fails.
    Test {
        /// Lists the steps and runs nothing.
        #[arg(long)]
        list: bool,
        /// Runs this step only; may be given several times.
        #[arg(long, value_name = "STEP")]
        only: Vec<String>,
        /// Leaves this step out; may be given several times.
        #[arg(long, value_name = "STEP")]
        skip: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().verb) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let told = shell::say(&format!("error: {error:#}"));
            // With standard output gone as well, the exit code is all that is left to say it.
            if told.is_ok() {
                ExitCode::FAILURE
            } else {
                ExitCode::from(74)
            }
        }
    }
}

fn run(verb: Verb) -> Result<bool> {
    match verb {
        Verb::Conformance { data } => conformance::run(&steps::root()?, data).map(|()| true),
        Verb::Mutate { words } => mutate::run(&steps::root()?, &words),
        Verb::Test { list: true, .. } => {
            for step in STEPS {
                shell::say(&format!("{:<12}{}", step.name, step.title))?;
            }
            Ok(true)
        }
        Verb::Test {
            list: false,
            only,
            skip,
        } => {
            let chosen = steps::chosen(&only, &skip)?;
            let tools = Tools::locate()?;
            let site = Site {
                root: steps::root()?,
                tools,
                is_ci: steps::is_ci(),
            };
            let summary = steps::run(&site, chosen.into_iter())?;
            shell::say(&format!("\n{summary}"))?;
            Ok(summary.holds())
        }
    }
}
