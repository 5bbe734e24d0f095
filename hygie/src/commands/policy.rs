//! `hygie policy test`: the golden decisions, run by whoever changes a rule.

use std::fs;

use anyhow::{Context, Result};
use hospital::{Directory, DirectoryLimits};
use policy::{read_cases, run_case};

use super::{Ending, say};
use crate::cli::PolicyTest;
use crate::rules::{GOLDEN_DECISIONS, GOLDEN_DIRECTORY, load};

/// Runs a golden table and names each decision that is not given.
pub(crate) fn test(test: &PolicyTest) -> Result<Ending> {
    let engine = load(test.folder.as_deref())?;
    let (decisions, people) = match &test.folder {
        None => (GOLDEN_DECISIONS.to_owned(), GOLDEN_DIRECTORY.to_vec()),
        Some(folder) => {
            let (table, people) = (
                folder.join("golden/decisions.txt"),
                folder.join("golden/directory.json"),
            );
            let read = |path: &std::path::Path| format!("reading `{}`", path.display());
            (
                fs::read_to_string(&table).with_context(|| read(&table))?,
                fs::read(&people).with_context(|| read(&people))?,
            )
        }
    };
    let directory = Directory::from_json(&people, &DirectoryLimits::DEFAULT)
        .context("the directory of the golden table")?;
    let cases = read_cases(&decisions).context("the golden table")?;
    let mut failed = 0_usize;
    for case in &cases {
        let verdict = run_case(&engine, &directory, case);
        if verdict != case.expected {
            failed += 1;
            say(&format!(
                "line {}: {} {} at {}: expected {} ({}), decided {} ({})",
                case.line,
                case.who,
                case.what,
                case.when,
                case.expected.outcome.code(),
                case.expected.reason,
                verdict.outcome.code(),
                verdict.reason,
            ));
        }
    }
    say(&format!(
        "{} passed, {failed} failed",
        cases.len().saturating_sub(failed)
    ));
    Ok(if failed == 0 {
        Ending::Done
    } else {
        Ending::DoesNotHold
    })
}
