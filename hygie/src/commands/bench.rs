//! `hygie bench`: figures of this machine, each beside the machine's own limit.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{Ending, complain, say};
use crate::bench::{decision, evidence, gateway, guard, inventory, watch};
use crate::cli::{Bench, BenchOptions, BenchPart, HuntBench};
use crate::lake::find;

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
        BenchPart::Guard(options) => {
            let measured = guard::Options {
                duration: duration(options),
                dir: folder(options),
                ..guard::Options::default()
            };
            let report = guard::run(&measured, &mut progress)?;
            print(options, &report.table(), &report.json());
        }
        BenchPart::Hunt(asked) => hunt(asked)?,
        BenchPart::Inventory(asked) => {
            let options = &asked.options;
            let measured = inventory::Options {
                captures: asked.captures.clone(),
                assets: asked.assets,
                duration: duration(options),
            };
            let report = inventory::run(&measured, &mut progress)?;
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

/// The lake measures itself; its table, or line of JSON, is this command's.
fn hunt(asked: &HuntBench) -> Result<()> {
    let program = find(None)?;
    let folder = tempfile::Builder::new()
        .prefix("hygie-bench-")
        .tempdir_in(folder(&asked.options))
        .context("making a folder to work in")?;
    let dir = match asked.keep {
        true => asked.options.dir.as_deref(),
        false => None,
    };
    let mut command = Command::new(&program);
    command
        .arg("bench-hunt")
        .args(["--rows", &asked.rows.to_string()])
        .args(["--indicators", &asked.indicators.to_string()])
        .arg("--dir")
        .arg(dir.unwrap_or(folder.path()));
    let flags = [(asked.options.json, "--json"), (asked.keep, "--keep")];
    command.args(flags.iter().filter(|(is, _)| *is).map(|(_, flag)| flag));
    complain("hunt: making the lake, or taking the one that is there");
    let status = command.status();
    let status = status.with_context(|| format!("starting `{}`", program.display()))?;
    anyhow::ensure!(status.success(), "`{}` gave no figures", program.display());
    folder.close().context("removing the folder")
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
