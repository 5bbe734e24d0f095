//! `cargo xtask mutate`: switches off one rule of the door's filter at a time, in a copy of the
//! sources, and tells which tests notice.
//!
//! The rules are data (`xtask/mutations.toml`). A rule whose absence no test notices is a hole in the
//! proof that nothing leaks, and the command ends with a failure.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell;

/// The list, from the root of the checkout.
pub const LIST: &str = "xtask/mutations.toml";

/// Where the copy and its build are, from the root of the checkout.
const COPY: &str = "target/mutate";

/// One rule that can be switched off.
#[derive(Debug, Clone)]
pub struct Mutation {
    /// What is then no longer so.
    pub rule: String,
    /// The source file, from the root of the checkout.
    pub file: String,
    /// Which tests are to notice.
    pub stage: Stage,
    /// Words of the names of the tests that are run; of the stage's own when there are none.
    tests: Vec<String>,
    find: String,
    with: String,
}

/// The tests that are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Those of the gateway's own code, without a server.
    Unit,
    /// The whole program in front of servers that nobody here wrote.
    Suite,
}

/// How a mutation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ending {
    Caught(Vec<String>),
    NotBuilt(String),
    Survives,
}

/// Reads the list.
///
/// # Errors
/// The list cannot be read, or an entry is not as it should be.
pub fn read(root: &Path) -> Result<Vec<Mutation>> {
    let text = std::fs::read_to_string(root.join(LIST)).with_context(|| format!("read {LIST}"))?;
    let list: toml::Table = toml::from_str(&text).with_context(|| format!("understand {LIST}"))?;
    let entries = list.get("mutation").and_then(toml::Value::as_array);
    entries
        .with_context(|| format!("{LIST} has no mutation"))?
        .iter()
        .map(Mutation::of)
        .collect()
}

/// Whether each rule is still where the list says; the first that is not is an error.
///
/// # Errors
/// A file cannot be read, or does not hold the text to be replaced exactly once.
pub fn check(root: &Path, mutations: &[Mutation]) -> Result<()> {
    for mutation in mutations {
        mutation.applied(root)?;
    }
    Ok(())
}

/// Runs those whose rule contains one of the words, all without words; whether each was caught.
///
/// # Errors
/// The copy cannot be made, the tests fail before anything is switched off, or the list is stale.
pub fn run(root: &Path, words: &[String]) -> Result<bool> {
    let mutations = read(root)?;
    check(root, &mutations)?;
    let chosen: Vec<&Mutation> = mutations
        .iter()
        .filter(|it| words.is_empty() || words.iter().any(|word| it.rule.contains(word.as_str())))
        .collect();
    ensure!(!chosen.is_empty(), "no rule contains one of these words");
    let copy = copy_of(root)?;
    for stage in [Stage::Unit, Stage::Suite] {
        if chosen.iter().any(|it| it.stage == stage) {
            let before = test(&copy, stage, &[])?;
            ensure!(
                before == Ending::Survives,
                "the tests fail before anything is switched off: {before:?}"
            );
        }
    }
    let mut all_caught = true;
    shell::say("\n| Rule switched off | Noticed by |\n| --- | --- |")?;
    for mutation in chosen {
        let path = copy.join(&mutation.file);
        let sound = std::fs::read_to_string(&path)?;
        std::fs::write(&path, mutation.applied(root)?)?;
        let ending = test(&copy, mutation.stage, &mutation.tests);
        std::fs::write(&path, sound)?;
        let told = match ending? {
            Ending::Caught(tests) => format!("`{}`", tests.join("`, `")),
            Ending::NotBuilt(why) => {
                all_caught = false;
                format!("DOES NOT BUILD: {why}")
            }
            Ending::Survives => {
                all_caught = false;
                "NOTHING".to_owned()
            }
        };
        shell::say(&format!("| {} | {told} |", mutation.rule))?;
    }
    Ok(all_caught)
}

impl Mutation {
    fn of(entry: &toml::Value) -> Result<Self> {
        let text = |name: &str| {
            let value = entry.get(name).and_then(toml::Value::as_str);
            value
                .map(str::to_owned)
                .with_context(|| format!("a mutation without `{name}`"))
        };
        Ok(Self {
            rule: text("rule")?,
            file: text("file")?,
            stage: match text("stage")?.as_str() {
                "unit" => Stage::Unit,
                "suite" => Stage::Suite,
                other => bail!("there is no stage `{other}`"),
            },
            tests: entry
                .get("tests")
                .and_then(toml::Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect(),
            find: text("find")?,
            with: text("with")?,
        })
    }

    /// The file with the rule switched off.
    fn applied(&self, root: &Path) -> Result<String> {
        let path = root.join(&self.file);
        let sound =
            std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let places = sound.matches(&self.find).count();
        ensure!(
            places == 1,
            "{LIST}: `{}` is {places} times in {}",
            self.rule,
            self.file
        );
        Ok(sound.replacen(&self.find, &self.with, 1))
    }
}

/// A copy of the sources as they are, uncommitted changes included.
fn copy_of(root: &Path) -> Result<PathBuf> {
    let copy = root.join(COPY).join("tree");
    let mut list = Command::new("git");
    list.current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    for file in shell::output(&mut list)?.lines() {
        let (from, to) = (root.join(file), copy.join(file));
        let Ok(bytes) = std::fs::read(&from) else {
            continue;
        };
        // What is the same keeps its time, so that it is not built again.
        if std::fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&to, bytes).with_context(|| format!("write {}", to.display()))?;
    }
    Ok(copy)
}

fn test(copy: &Path, stage: Stage, words: &[String]) -> Result<Ending> {
    let (packages, all): (&[&str], &[&str]) = match stage {
        Stage::Unit => (&["-p", "wire", "-p", "gateway", "--lib"], &["fhir::"]),
        Stage::Suite => (
            &["-p", "hygie", "--test", "suite"],
            &["foreign_", "upstream"],
        ),
    };
    let mut built = shell::cargo(copy, &["test", "--no-run", "--message-format=json"]);
    let target = copy.with_file_name("target");
    let output = built
        .args(packages)
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .context("start cargo")?;
    if !output.status.success() {
        return Ok(Ending::NotBuilt(first_error(&output.stdout)));
    }
    let mut tests = shell::cargo(copy, &["test", "-q"]);
    tests.args(packages).arg("--");
    if words.is_empty() {
        tests.args(all);
    } else {
        tests.args(words);
    }
    let output = tests
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .context("start cargo")?;
    if output.status.success() {
        return Ok(Ending::Survives);
    }
    Ok(Ending::Caught(failed(&String::from_utf8_lossy(
        &output.stdout,
    ))))
}

/// The names below the last `failures:`.
fn failed(told: &str) -> Vec<String> {
    let (_, list) = told.rsplit_once("failures:\n").unwrap_or_default();
    list.lines()
        .map_while(|line| line.strip_prefix("    "))
        .map(str::to_owned)
        .collect()
}

fn first_error(messages: &[u8]) -> String {
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message.pointer("/message/level") == Some(&Value::from("error")))
        .find_map(|message| {
            let text = message.pointer("/message/message")?;
            text.as_str().map(str::to_owned)
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_of_the_list_is_where_it_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mutations = read(root).unwrap();
        assert!(mutations.len() >= 40, "only {}", mutations.len());
        check(root, &mutations).unwrap();
        for mutation in &mutations {
            assert_ne!(mutation.find, mutation.with, "{}", mutation.rule);
        }
    }

    #[test]
    fn the_tests_that_failed_are_read() {
        let told = "failures:\n\n---- a::b stdout ----\nx\n\nfailures:\n    a::b\n    c\n\ntest result: FAILED";
        assert_eq!(failed(told), ["a::b", "c"]);
        assert!(failed("no tests").is_empty());
    }
}
