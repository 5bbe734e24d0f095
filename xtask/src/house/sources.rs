//! The manner of every source file: size, front doors, names, documents, exceptions.

use super::Violation;
use super::code::{File, Word};

const LINES_MAX: usize = 500;
const FRONT_DOOR_LINES_MAX: usize = 80;

/// Files that were longer when the rule came: they may shrink, never grow.
const LINES_RATCHET: &[(&str, usize)] = &[];

/// Words that say nothing about what a type is.
const EMPTY_WORDS: &[&str] = &[
    "Base", "Common", "Handler", "Helper", "Helpers", "Impl", "Info", "Manager", "Util", "Utils",
];

const TYPE_KEYWORDS: &[&str] = &["enum", "struct", "trait", "type", "union"];

pub(super) fn check(files: &[File<'_>], found: &mut Vec<Violation>) {
    for file in files {
        if let Err(error) = &file.words {
            found.push(Violation::new(
                file.path,
                format!("cannot be read as Rust: {error}"),
            ));
        }
        check_attributes(file, found);
        check_place(file, found);
        if !file.is_test {
            check_size(file, found);
            check_names(file, found);
        }
    }
}

fn check_attributes(file: &File<'_>, found: &mut Vec<Violation>) {
    for (words, line) in &file.attributes {
        let is_allow = match words.first().map(String::as_str) {
            Some("allow") => true,
            Some("cfg_attr") => words.iter().any(|word| word == "allow"),
            _ => false,
        };
        if is_allow {
            found.push(Violation::new(
                format!("{}:{line}", file.path),
                "`allow` hides a lint for ever: use `#[expect(lint, reason = \"...\")]`",
            ));
        }
    }
}

fn check_place(file: &File<'_>, found: &mut Vec<Violation>) {
    if file.path.ends_with("/mod.rs") {
        found.push(Violation::new(
            file.path,
            "`name.rs` stands beside `name/`, never `mod.rs`",
        ));
    }
    let is_module_of_tests = file.is_test && file.path.contains("/src/");
    if !is_module_of_tests && !file.text.trim_start().starts_with("//!") {
        found.push(Violation::new(
            file.path,
            "the file does not open with a `//!` document",
        ));
    }
}

fn check_size(file: &File<'_>, found: &mut Vec<Violation>) {
    let is_front_door = file.path.ends_with("/src/lib.rs");
    let ratchet = LINES_RATCHET.iter().find(|(path, _)| *path == file.path);
    let lines_max = match ratchet {
        Some((_, lines)) => *lines,
        None if is_front_door => FRONT_DOOR_LINES_MAX,
        None => LINES_MAX,
    };
    if file.lines > lines_max {
        found.push(Violation::new(
            file.path,
            format!("{} lines outside tests, at most {lines_max}", file.lines),
        ));
    }
}

fn check_names(file: &File<'_>, found: &mut Vec<Violation>) {
    let Ok(words) = &file.words else { return };
    for pair in words.windows(2) {
        let [keyword, name] = pair else { continue };
        if !TYPE_KEYWORDS.contains(&keyword.text.as_str()) {
            continue;
        }
        if let Some(empty) = empty_word(name) {
            found.push(Violation::new(
                format!("{}:{}", file.path, name.line),
                format!("`{}` says `{empty}`: name what it is", name.text),
            ));
        }
    }
}

/// The first word of a CamelCase name that says nothing.
fn empty_word(name: &Word) -> Option<&'static str> {
    let mut parts: Vec<String> = Vec::new();
    for letter in name.text.chars() {
        match parts.last_mut() {
            Some(part) if !letter.is_uppercase() => part.push(letter),
            _ => parts.push(letter.to_string()),
        }
    }
    EMPTY_WORDS
        .iter()
        .copied()
        .find(|empty| parts.iter().any(|part| part == empty))
}
