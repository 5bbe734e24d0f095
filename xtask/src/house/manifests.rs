//! What every manifest inherits, and the two `clippy.toml` that must agree.

use super::{House, Violation};

const INHERITED: &[&str] = &["edition", "license", "publish", "rust-version", "version"];

pub(super) fn check(house: &House, found: &mut Vec<Violation>) {
    for member in &house.crates {
        let inherits = |table: &str, key: Option<&str>| {
            let entry = member.manifest.get(table);
            let entry = key.map_or(entry, |key| entry.and_then(|package| package.get(key)));
            entry
                .and_then(|value| value.get("workspace"))
                .and_then(toml::Value::as_bool)
                == Some(true)
        };
        if !inherits("lints", None) {
            found.push(Violation::new(
                member.manifest_path(),
                "`[lints] workspace = true` is missing: the lints would not apply",
            ));
        }
        for key in INHERITED {
            if !inherits("package", Some(key)) {
                found.push(Violation::new(
                    member.manifest_path(),
                    format!("`{key}.workspace = true` is missing"),
                ));
            }
        }
    }
    check_clippy(house, found);
}

/// Clippy takes the nearest file and does not merge, so the pure one must repeat the root's.
fn check_clippy(house: &House, found: &mut Vec<Violation>) {
    for (key, expected) in &house.clippy {
        let repeated = match (expected, house.clippy_pure.get(key)) {
            (toml::Value::Array(expected), Some(toml::Value::Array(actual))) => {
                expected.iter().all(|entry| actual.contains(entry))
            }
            (expected, actual) => actual == Some(expected),
        };
        if !repeated {
            found.push(Violation::new(
                "pure/clippy.toml",
                format!("`{key}` does not repeat the root's `clippy.toml`, which it replaces"),
            ));
        }
    }
}
