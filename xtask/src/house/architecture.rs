//! The map under test: every crate is on it, and everything on it exists.

use super::{House, Violation};

const MAP: &str = "ARCHITECTURE.md";

pub(super) fn check(house: &House, found: &mut Vec<Violation>) {
    let quoted: Vec<&str> = house.architecture.split('`').skip(1).step_by(2).collect();
    for member in &house.crates {
        if !quoted.contains(&member.folder.as_str()) {
            found.push(Violation::new(
                MAP,
                format!("`{}` is not on the map", member.folder),
            ));
        }
    }
    let linked = house
        .architecture
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    for path in quoted
        .into_iter()
        .chain(linked)
        .filter(|word| is_path(word))
    {
        let path = path.split('#').next().unwrap_or(path).trim_end_matches('/');
        if !house.paths.contains(path) {
            found.push(Violation::new(MAP, format!("`{path}` does not exist")));
        }
    }
}

/// A quoted word is a path when it has a folder or a known ending, and none of the signs of code,
/// of a command, of an address or of a route.
fn is_path(word: &str) -> bool {
    let has_shape = word.contains('/')
        || [".md", ".rs", ".toml", ".svg"]
            .iter()
            .any(|ending| word.ends_with(ending));
    has_shape
        && !word.starts_with('/')
        && !word.contains("://")
        && !word.contains(|sign: char| sign.is_whitespace() || "<>(){}*?=;$".contains(sign))
}
