//! What the code of a pure crate never mentions, tests apart.

use super::Violation;
use super::code::{File, Word};

/// Paths of the standard library, and of outside crates, that reach the world.
const WORLD: &[(&[&str], &str)] = &[
    (&["std", "env"], "settings come in as arguments"),
    (&["std", "fs"], "bytes come in as arguments"),
    (&["std", "io", "stderr"], "findings are values"),
    (&["std", "io", "stdin"], "bytes come in as arguments"),
    (&["std", "io", "stdout"], "findings are values"),
    (&["std", "net", "TcpListener"], "bytes come in as arguments"),
    (&["std", "net", "TcpStream"], "bytes come in as arguments"),
    (
        &["std", "net", "ToSocketAddrs"],
        "resolving a name asks the network",
    ),
    (&["std", "net", "UdpSocket"], "bytes come in as arguments"),
    (&["std", "os"], "nothing depends on the system"),
    (
        &["std", "process"],
        "nothing is started and nothing ends the program",
    ),
    (
        &["std", "sync", "mpsc"],
        "there is no other thread to speak with",
    ),
    (&["std", "thread"], "work is done by the caller's thread"),
    (&["std", "time", "Instant"], "time comes in as an argument"),
    (&["Timestamp", "now"], "time comes in as an argument"),
    (&["Zoned", "now"], "time comes in as an argument"),
    (
        &["TimeZone", "system"],
        "the time zone comes in as an argument",
    ),
    (
        &["TimeZone", "get"],
        "the time-zone database is read from disk",
    ),
];

/// Words that need no path to be recognised.
const WORDS: &[(&str, &str)] = &[
    ("HashMap", "its order changes from run to run: use BTreeMap"),
    ("HashSet", "its order changes from run to run: use BTreeSet"),
    ("OsRng", "randomness comes in as an argument"),
    ("SysRng", "randomness comes in as an argument"),
    ("SystemTime", "time comes in as an argument"),
    ("async", "work is done by the caller's thread"),
    ("await", "work is done by the caller's thread"),
    ("dbg", "findings are values"),
    ("eprint", "findings are values"),
    ("eprintln", "findings are values"),
    ("from_os_rng", "randomness comes in as an argument"),
    ("getrandom", "randomness comes in as an argument"),
    ("print", "findings are values"),
    ("println", "findings are values"),
    ("rand", "randomness comes in as an argument"),
    ("tokio", "work is done by the caller's thread"),
];

/// Words of [`WORDS`] that are only meant as macros: `print` may name something else.
const MACROS: &[&str] = &["dbg", "eprint", "eprintln", "print", "println"];

pub(super) fn check(files: &[File<'_>], found: &mut Vec<Violation>) {
    for file in files.iter().filter(|file| !file.is_test) {
        let Ok(words) = &file.words else { continue };
        for path in paths(words) {
            let steps: Vec<&str> = path.iter().map(|word| word.text.as_str()).collect();
            for (world, reason) in WORLD {
                let is_inside = match world.first() {
                    Some(&"std") => steps.starts_with(world),
                    _ => steps.windows(world.len()).any(|part| part == *world),
                };
                if is_inside {
                    found.push(refusal(
                        file,
                        path.last().copied(),
                        &world.join("::"),
                        reason,
                    ));
                }
            }
        }
        for (at, word) in words.iter().enumerate() {
            let Some((_, reason)) = WORDS.iter().find(|(banned, _)| *banned == word.text) else {
                continue;
            };
            let is_called = words.get(at + 1).is_some_and(|next| next.text == "!");
            if is_called || !MACROS.contains(&word.text.as_str()) {
                found.push(refusal(file, Some(word), &word.text, reason));
            }
        }
    }
}

fn refusal(file: &File<'_>, word: Option<&Word>, what: &str, reason: &str) -> Violation {
    let line = word.map_or(0, |word| word.line);
    Violation::new(
        format!("{}:{line}", file.path),
        format!("a pure crate never uses `{what}`: {reason}"),
    )
}

/// Every path of the code, with the groups of `use std::{fs, net}` spelled out.
fn paths(words: &[Word]) -> Vec<Vec<&Word>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        at = path(words, at, &mut Vec::new(), &mut found).max(at + 1);
    }
    found
}

/// Reads one path that starts at a word, and answers with the place behind it.
fn path<'words>(
    words: &'words [Word],
    mut at: usize,
    before: &mut Vec<&'words Word>,
    found: &mut Vec<Vec<&'words Word>>,
) -> usize {
    let depth = before.len();
    let text = |at: usize| words.get(at).map_or("", |word| word.text.as_str());
    loop {
        if text(at) == "{" && !before.is_empty() {
            at += 1;
            while at < words.len() && text(at) != "}" {
                at = path(words, at, before, found).max(at + 1);
            }
            before.truncate(depth);
            return at + 1;
        }
        let Some(word) = words.get(at).filter(|word| is_name(&word.text)) else {
            break;
        };
        before.push(word);
        at += 1;
        // `std::{ ... }` goes on; `name {` is a block.
        if text(at) != "::" {
            break;
        }
        at += 1;
    }
    if before.len() > depth {
        found.push(before.clone());
    }
    before.truncate(depth);
    at
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}
