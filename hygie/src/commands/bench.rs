//! `hygie bench`: figures of this machine, each beside the machine's own limit.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::{Ending, complain, say};
use crate::bench::{decision, evidence, gateway, watch};
use crate::cli::{Bench, BenchOptions, BenchPart};

/// How long each measurement lasts unless it is said otherwise.
const SECONDS: u64 = 5;

/// The group of the decision benchmark: a large French hospital group.
const PERSONS: usize = 60_000;
const RELATIONS: usize = 500_000;
const QUESTIONS: usize = 200_000;

/// Measures a part and prints its table, or its one line of JSON.
pub(crate) fn run(bench: &Bench) -> Result<Ending> {
    let mut progress = |line: &str| complain(line);
    match &bench.part {
        BenchPart::Decision(options) => {
            let measured = decision::Options {
                persons: PERSONS,
                relations: RELATIONS,
                questions: QUESTIONS,
            };
            let report = decision::run(&measured, &mut progress)?;
            print(options, &report.table(), &report.json());
        }
        BenchPart::Evidence(asked) => {
            let options = &asked.options;
            let measured = evidence::Options {
                duration: duration(options),
                dir: folder(options),
                recovery_events: asked.recovery,
                lake_rows: asked.rows,
                ..evidence::Options::default()
            };
            let report = evidence::run(&measured, &mut progress)?;
            print(options, &report.table(), &report.json());
        }
        BenchPart::EvidenceFill(asked) => {
            evidence::hold(&asked.dir, asked.entries, &mut |line| say(line))?
        }
        BenchPart::Gateway(options) => {
            let measured = gateway::Options {
                duration: duration(options),
                dir: folder(options),
                ..gateway::Options::default()
            };
            let report = gateway::run(&measured, &mut progress)?;
            print(options, &report.table(), &report.json());
        }
        BenchPart::Watch(asked) => {
            let options = &asked.options;
            let measured = watch::Options {
                events: asked.events.clone(),
                rules: asked.rules.clone(),
                duration: duration(options),
                dir: folder(options),
                ..watch::Options::default()
            };
            let report = watch::run(&measured, &mut progress)?;
            print(options, &report.table(), &report.json());
        }
    }
    Ok(Ending::Done)
}

fn print(options: &BenchOptions, table: &str, json: &str) {
    say(if options.json { json } else { table });
}

fn duration(options: &BenchOptions) -> Duration {
    Duration::from_secs(options.seconds.unwrap_or(SECONDS).clamp(1, 600))
}

fn folder(options: &BenchOptions) -> PathBuf {
    options.dir.clone().unwrap_or_else(std::env::temp_dir)
}
