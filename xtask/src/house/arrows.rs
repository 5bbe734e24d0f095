//! Who may depend on whom inside the house.

use super::{House, Member, Violation};
use std::collections::BTreeSet;

/// The inner crates that each pure crate may use. A pure crate that is not here has no place yet.
const PURE_ARROWS: &[(&str, &[&str])] = &[
    ("audit", &["event", "hospital"]),
    ("awareness", &["event"]),
    ("event", &[]),
    ("hospital", &["event"]),
    ("leak", &["event"]),
    ("locale", &[]),
    ("page", &["event", "locale"]),
    ("policy", &["event", "hospital"]),
    ("respond", &["event", "hospital"]),
    ("tlog", &[]),
    ("watch", &["event"]),
    ("wire", &[]),
];

/// The one `io` crate that the other `io` crates may use: everything is kept before it is shown.
const KEEPER: &str = "evidence";

pub(super) fn check(house: &House, found: &mut Vec<Violation>) {
    let inside: BTreeSet<&str> = house.crates.iter().map(Member::name).collect();
    let pure: BTreeSet<&str> = house
        .crates
        .iter()
        .filter(|member| member.is_pure())
        .map(Member::name)
        .collect();

    for member in &house.crates {
        let drawn = PURE_ARROWS.iter().find(|(name, _)| *name == member.name());
        if member.is_pure() && drawn.is_none() {
            found.push(Violation::new(
                member.manifest_path(),
                format!(
                    "no arrow is drawn for `{}`: add it to PURE_ARROWS",
                    member.name()
                ),
            ));
        }
        for (kind, used, _) in member.dependencies() {
            let used = underlying(house, used);
            if !inside.contains(used) || used == member.name() {
                continue;
            }
            let allowed = match member.folder.split('/').next() {
                Some("pure") => drawn.is_some_and(|(_, may_use)| may_use.contains(&used)),
                Some("io") => pure.contains(used) || used == KEEPER,
                Some("hygie") => used != "xtask",
                _ => false,
            };
            if !allowed {
                found.push(Violation::new(
                    member.manifest_path(),
                    format!("`{}` may not depend on `{used}` ([{kind}])", member.name()),
                ));
            }
        }
    }
}

/// The crate behind a workspace dependency, whatever name it was given.
fn underlying<'house>(house: &'house House, name: &'house str) -> &'house str {
    house
        .workspace
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(|dependencies| dependencies.get(name))
        .and_then(|dependency| dependency.get("package"))
        .and_then(toml::Value::as_str)
        .unwrap_or(name)
}
