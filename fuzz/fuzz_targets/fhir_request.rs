//! Any line `METHOD target` is refused or means one thing only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::fhir::Request;
use wire::http::Target;
use wire::limits::TargetLimits;

fn parse(method: &str, target: &str) -> Option<Request> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    Request::parse(method, path, query, &TargetLimits::DEFAULT).ok()
}

fuzz_target!(|line: &str| {
    let (method, target) = line.split_once(' ').unwrap_or(("GET", line));
    let checked = Target::parse(target, &TargetLimits::DEFAULT);
    if let Some(request) = parse(method, target) {
        assert!(
            checked.is_ok(),
            "the grammar is stricter than the plain checks"
        );
        let canonical = request.canonical_target();
        assert_eq!(parse(request.method(), &canonical), Some(request));
    }
});
