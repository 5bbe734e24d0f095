//! What comes from outside: through the root manifest only, and into pure crates only what
//! computes.

use super::{House, Violation};

/// The outside crates that a pure crate may use, and what for.
///
/// Each was looked at: with the features set in the root manifest it opens no file or socket and
/// starts no thread. Those that can read a clock or the system's randomness are fenced by the
/// words that [`super::purity`] refuses.
const PURE_OUTSIDE: &[(&str, &str)] = &[
    ("aes-gcm-siv", "seals clear identifiers"),
    ("aho-corasick", "finds many texts at once"),
    ("askama", "fills page templates at compile time"),
    ("base64", "reads and writes keys, hashes and tokens"),
    ("cedar-policy", "decides"),
    ("ed25519-dalek", "signs and verifies checkpoints"),
    ("fluent-bundle", "holds the words shown to people"),
    ("fluent-syntax", "reads the words shown to people"),
    ("hex", "reads and writes hashes"),
    ("hmac", "makes keyed pseudonyms"),
    (
        "jiff",
        "writes instants; the instant itself comes in as an argument",
    ),
    ("memchr", "finds bytes"),
    ("percent-encoding", "reads addresses"),
    (
        "rand_chacha",
        "expands a given seed; takes no randomness from the system",
    ),
    ("regex", "matches regular expressions in linear time"),
    ("regex-syntax", "reads regular expressions"),
    ("saphyr-parser", "reads YAML, event by event"),
    ("serde", "gives values a shape"),
    ("serde_json", "reads and writes JSON"),
    ("serde_spanned", "names the line of a configuration error"),
    ("sha2", "hashes"),
    ("siphasher", "hashes with a key"),
    ("subtle", "compares secrets in constant time"),
    ("thiserror", "writes error messages"),
    ("toml", "reads configuration text"),
    ("unic-langid", "names languages"),
    ("zeroize", "wipes secrets"),
];

pub(super) fn check(house: &House, found: &mut Vec<Violation>) {
    let inside: Vec<&str> = house.crates.iter().map(super::Member::name).collect();
    for member in &house.crates {
        let place = member.manifest_path();
        for (kind, name, value) in member.dependencies() {
            if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                found.push(Violation::new(
                    &place,
                    format!(
                        "`{name}` is not `workspace = true`: versions live in the root manifest"
                    ),
                ));
            }
            let computes = PURE_OUTSIDE.iter().any(|(allowed, _)| *allowed == name);
            if member.is_pure() && kind == "dependencies" && !inside.contains(&name) && !computes {
                found.push(Violation::new(
                    &place,
                    format!("`{name}` is not in PURE_OUTSIDE: does it only compute?"),
                ));
            }
        }
        if member.is_pure() && has_build_script(member) {
            found.push(Violation::new(
                &place,
                "a pure crate has no build script: it would run with disk and network",
            ));
        }
    }
    check_names(house, found);
}

/// A crate under another name would pass by the table above.
fn check_names(house: &House, found: &mut Vec<Violation>) {
    let declared = house
        .workspace
        .get("workspace")
        .and_then(|table| table.get("dependencies"));
    for (name, value) in declared
        .and_then(toml::Value::as_table)
        .into_iter()
        .flatten()
    {
        if value.get("package").is_some() {
            found.push(Violation::new(
                "Cargo.toml",
                format!("`{name}` stands for a crate of another name: use the crate's own"),
            ));
        }
    }
}

fn has_build_script(member: &super::Member) -> bool {
    let path = format!("{}/build.rs", member.folder);
    let declared = member
        .manifest
        .get("package")
        .and_then(|package| package.get("build"));
    declared.is_some_and(|build| build.as_bool() != Some(false))
        || member.manifest.contains_key("build-dependencies")
        || member.sources.iter().any(|source| source.path == path)
}
