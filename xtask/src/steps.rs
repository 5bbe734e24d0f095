//! The steps of `cargo xtask test`, in order, and the loop that runs them.

use crate::metadata::Metadata;
use crate::shell;
use crate::summary::{Ending, Line, Summary};
use crate::tools::{Need, Tools};
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// The tests that talk to servers written by others: a module of the program's suite, and one of
/// the lake's.
const FOREIGN_TESTS: [(&str, &str); 2] = [("suite", "foreign_fhir::"), ("lake", "bucket::")];

/// How often the long suite kills the writer of the evidence log.
const KILL_ROUNDS: &str = "2000";

/// One step: a name to choose it by, and what it does.
#[derive(Debug)]
pub struct Step {
    /// The name for `--only` and `--skip`.
    pub name: &'static str,
    /// One line for people.
    pub title: &'static str,
    needs: &'static [Need],
    run: fn(&Site) -> Result<Ending>,
}

/// Where the steps work.
#[derive(Debug)]
pub struct Site {
    /// The root of the checkout.
    pub root: PathBuf,
    /// Programs installed for the steps.
    pub tools: Tools,
    /// In continuous integration a step that cannot run is a failure.
    pub is_ci: bool,
}

/// Cheap steps come first, so that a slip is told in seconds.
pub const STEPS: &[Step] = &[
    Step {
        name: "format",
        title: "Sources are formatted",
        needs: &[],
        run: format,
    },
    Step {
        name: "house",
        title: "The rules of the house hold",
        needs: &[],
        run: house,
    },
    Step {
        name: "licences",
        title: "Licences, bans and sources of dependencies",
        needs: &[Need::CargoDeny],
        run: licences,
    },
    Step {
        name: "advisories",
        title: "No dependency has a known weakness",
        needs: &[Need::CargoDeny],
        run: advisories,
    },
    Step {
        name: "clippy",
        title: "Lints, warnings denied",
        needs: &[],
        run: clippy,
    },
    Step {
        name: "documents",
        title: "Links between documented items",
        needs: &[],
        run: documents,
    },
    Step {
        name: "tests",
        title: "All tests, golden tables and examples in documents",
        needs: &[],
        run: tests,
    },
    Step {
        name: "policies",
        title: "`hygie policy test` agrees with the decision table",
        needs: &[],
        run: policies,
    },
    Step {
        name: "foreign",
        title: "In front of servers that nobody here wrote",
        needs: &[Need::Nginx, Need::FhirServer, Need::S3Server, Need::Dcmtk],
        run: foreign,
    },
    Step {
        name: "faults",
        title: "The long fault suite of the evidence log",
        needs: &[Need::Strace],
        run: faults,
    },
];

/// Runs the chosen steps in order and stops at the first that fails.
///
/// # Errors
/// Standard output is closed; a step that fails is a value in the [`Summary`].
pub fn run<'step>(site: &Site, steps: impl Iterator<Item = &'step Step>) -> Result<Summary> {
    let mut summary = Summary::default();
    for step in steps {
        shell::say(&format!("\n== {}: {}", step.name, step.title))?;
        let start = Instant::now();
        let ending = match site.provide(step) {
            Ok(()) => (step.run)(site).unwrap_or_else(|error| Ending::Failed(format!("{error:#}"))),
            Err(error) if site.is_ci => Ending::Failed(format!("{error:#}")),
            Err(error) => Ending::Skipped(format!("{error:#}")),
        };
        let duration = start.elapsed();
        let told = match &ending {
            Ending::Failed(reason) => format!("FAILED: {reason}"),
            Ending::Held => "ok".to_owned(),
            Ending::Skipped(reason) => format!("skipped: {reason}"),
        };
        shell::say(&format!(
            "-- {}: {told} ({:.1} s)",
            step.name,
            duration.as_secs_f64()
        ))?;
        summary.lines.push(Line {
            step: step.name,
            ending,
            duration,
        });
        if !summary.holds() {
            break;
        }
    }
    Ok(summary)
}

impl Site {
    fn provide(&self, step: &Step) -> Result<()> {
        step.needs
            .iter()
            .try_for_each(|need| self.tools.provide(*need))
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        shell::cargo(&self.root, arguments)
    }

    fn cargo_deny(&self) -> Command {
        let mut command = Command::new(self.tools.program("cargo-deny"));
        command.current_dir(&self.root).arg("check");
        command
    }
}

fn format(site: &Site) -> Result<Ending> {
    held(shell::run(&mut site.cargo(&["fmt", "--all", "--check"])))
}

fn house(site: &Site) -> Result<Ending> {
    held(shell::run(&mut site.cargo(&[
        "test", "--quiet", "-p", "xtask", "--test", "house",
    ])))
}

fn licences(site: &Site) -> Result<Ending> {
    held(shell::run(
        site.cargo_deny().args(["licenses", "bans", "sources"]),
    ))
}

/// The database of advisories is a Git repository on the Internet, which a build machine may not
/// reach; the step then says so instead of failing.
fn advisories(site: &Site) -> Result<Ending> {
    let output = site
        .cargo_deny()
        .arg("advisories")
        .output()
        .context("start cargo-deny")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("failed to fetch advisory database") {
        return Ok(Ending::Skipped(
            "advisory database not reachable".to_owned(),
        ));
    }
    shell::say(said.trim())?;
    ensure!(
        output.status.success(),
        "`cargo deny check advisories` ended with {}",
        output.status
    );
    Ok(Ending::Held)
}

fn clippy(site: &Site) -> Result<Ending> {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    held(shell::run(&mut site.cargo(&arguments)))
}

fn documents(site: &Site) -> Result<Ending> {
    let mut command = site.cargo(&["doc", "--workspace", "--no-deps", "--quiet"]);
    held(shell::run(command.env("RUSTDOCFLAGS", "-D warnings")))
}

/// Plain `cargo test`, so that the examples in documents run as well.
fn tests(site: &Site) -> Result<Ending> {
    held(shell::run(&mut site.cargo(&["test", "--workspace"])))
}

fn policies(site: &Site) -> Result<Ending> {
    // Builds nothing after `tests`, and keeps `--only policies` from asking an old program.
    shell::run(&mut site.cargo(&["test", "--workspace", "--no-run", "--quiet"]))?;
    let program = Metadata::ask(&site.root)?
        .target_folder
        .join("debug")
        .join("hygie");
    held(shell::run(
        Command::new(program)
            .current_dir(&site.root)
            .args(["policy", "test"]),
    ))
}

/// Elsewhere these tests hold without the programs that this step installs; here they insist.
fn foreign(site: &Site) -> Result<Ending> {
    for (program, module) in FOREIGN_TESTS {
        // The whole workspace, so that dependencies keep the features they were built with.
        let mut command = site.cargo(&["test", "--workspace", "--test", program, "--", module]);
        command.env("HYGIE_HFS", site.tools.program("hfs"));
        command.env("HYGIE_HFS_DATA", site.tools.fhir_data());
        command.env("HYGIE_MOTO", site.tools.s3_server());
        command.env("HYGIE_REQUIRE_FOREIGN", "1");
        shell::run(&mut command)?;
    }
    Ok(Ending::Held)
}

/// Every crash point with every tear, failing system calls, and thousands of kills.
fn faults(site: &Site) -> Result<Ending> {
    let mut command = site.cargo(&["test", "-p", "evidence"]);
    command.env("HYGIE_EVIDENCE_CRASH_ALL", "1");
    command.env("HYGIE_EVIDENCE_KILL_ROUNDS", KILL_ROUNDS);
    command.env("HYGIE_REQUIRE_FOREIGN", "1");
    held(shell::run(&mut command))
}

fn held(ran: Result<()>) -> Result<Ending> {
    ran.map(|()| Ending::Held)
}

/// The steps left by `--only` and `--skip`.
///
/// # Errors
/// A name is not the name of a step.
pub fn chosen(only: &[String], skip: &[String]) -> Result<Vec<&'static Step>> {
    for name in only.iter().chain(skip) {
        ensure!(
            STEPS.iter().any(|step| step.name == name),
            "no step is called `{name}`: see `cargo xtask test --list`"
        );
    }
    let is_chosen = |step: &&Step| {
        (only.is_empty() || only.iter().any(|name| name == step.name))
            && !skip.iter().any(|name| name == step.name)
    };
    Ok(STEPS.iter().filter(is_chosen).collect())
}

/// Whether this run is the continuous integration.
#[must_use]
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// The checkout that this program was started from.
///
/// Cargo says where it is when it starts the program: one that was built for another checkout into
/// the same target folder must not work on that one.
///
/// # Errors
/// It is gone.
pub fn root() -> Result<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = package.parent().context("find the checkout")?;
    root.canonicalize().context("find the checkout")
}
