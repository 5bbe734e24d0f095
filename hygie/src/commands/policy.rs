//! `hygie policy`: the golden decisions, a set to begin from, a consent as the directory keeps it.

use std::fs;

use anyhow::{Context, Result};
use hospital::{Directory, DirectoryLimits};
use policy::{read_cases, run_case};
use wire::fhir::consent::Consent;
use wire::limits::ConsentLimits;

use super::{Ending, Usage, say};
use crate::cli::{PolicyConsent, PolicyTest, PolicyWrite};
use crate::folder::write_whole;
use crate::rules::{GOLDEN_DECISIONS, GOLDEN_DIRECTORY, SETS, load};

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

/// Writes a built-in set into a new folder.
pub(crate) fn write(write: &PolicyWrite) -> Result<Ending> {
    let Some(set) = SETS.iter().find(|set| set.name == write.set) else {
        let names = SETS.map(|set| set.name).join(" and ");
        return Err(Usage(format!("`{}` is none of {names}", write.set)).into());
    };
    let folder = &write.folder;
    if folder.exists() {
        let there = format!(
            "`{}` is there already; nothing was changed",
            folder.display()
        );
        return Err(Usage(there).into());
    }
    let golden = folder.join("golden");
    fs::create_dir_all(&golden).with_context(|| format!("making `{}`", golden.display()))?;
    let files = set
        .files
        .iter()
        .map(|(name, text)| (folder.join(name), text.as_bytes()))
        .chain([
            (golden.join("decisions.txt"), set.decisions.as_bytes()),
            (golden.join("directory.json"), set.directory),
        ]);
    for (path, text) in files {
        write_whole(&path, text, 0o640)?;
        say(&path.display().to_string());
    }
    Ok(Ending::Done)
}

/// Prints the entry of a consent.
pub(crate) fn consent(asked: &PolicyConsent) -> Result<Ending> {
    let read = |path: &std::path::Path| {
        fs::read(path).with_context(|| format!("reading `{}`", path.display()))
    };
    let directory = Directory::from_json(&read(&asked.directory)?, &DirectoryLimits::DEFAULT)
        .with_context(|| format!("reading `{}`", asked.directory.display()))?;
    let consent = Consent::read(&read(&asked.file)?, &[], &ConsentLimits::DEFAULT)
        .with_context(|| format!("reading `{}`", asked.file.display()))?;
    let Some(entry) = gateway::consent::entry(&consent, &directory) else {
        say("the consent is not active: it has no entry");
        return Ok(Ending::DoesNotHold);
    };
    say(&serde_json::to_string_pretty(&entry)?);
    Ok(Ending::Done)
}
