use super::*;

/// The names that a source file matches a key against, as it writes them.
fn matched(source: &str) -> Vec<&str> {
    let (_, body) = source.split_once("match key {\n            b").unwrap();
    let (body, _) = body.split_once("\n        }\n").unwrap();
    let arms = body
        .lines()
        .filter(|line| line.contains("b\"") || line.starts_with('"'));
    arms.flat_map(|line| line.split(" => ").next().unwrap().split(" | "))
        .map(|name| name.trim().trim_start_matches('b').trim_matches('"'))
        .filter(|name| !name.is_empty() && *name != "_")
        .collect()
}

/// A name that is missing from the table would never be seen.
#[test]
fn every_name_that_is_matched_is_in_the_table() {
    let own = matched(include_str!("../shape.rs"));
    let windows = matched(include_str!("../windows.rs"));
    assert_eq!((own.len(), windows.len()), (26, windows::MEMBERS.len()));
    for name in own.into_iter().chain(windows) {
        assert!(MEMBERS.may_hold(name.as_bytes()), "{name}");
    }
    for name in ["id.orig_h", "query", "", "rtt"] {
        assert!(!MEMBERS.may_hold(name.as_bytes()), "{name}");
    }
}
