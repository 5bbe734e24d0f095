//! Every line of `tests/golden/requests.txt` gets the verdict written beside it.

use wire::fhir::{Category, Change, Request, Subject};
use wire::limits::TargetLimits;

#[test]
fn golden_requests() {
    let table = include_str!("../golden/requests.txt");
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (number, line) in table.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (request, expected) = line.split_once(" => ").unwrap_or_else(|| panic!("{line}"));
        let (method, target) = request.split_once(' ').unwrap();
        let verdict = verdict(&unescape(method), &unescape(target));
        if verdict != expected {
            wrong.push(format!(
                "line {}: {request}\n  is   {verdict}\n  not  {expected}",
                number + 1
            ));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 150, "the table lost lines: {seen}");
}

fn verdict(method: &str, target: &str) -> String {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    match Request::parse(method, path, query, &TargetLimits::DEFAULT) {
        Ok(request) => {
            let kind = match &request {
                Request::Binary { .. } => "binary",
                Request::Bundle => "bundle",
                Request::Capabilities => "capabilities",
                Request::Create { .. } => "create",
                Request::Everything { .. } => "everything",
                Request::Export { .. } => "export",
                Request::ExportFile { .. } => "export-file",
                Request::ExportJob { .. } => "export-job",
                Request::History { .. } => "history",
                Request::Page { .. } => "page",
                Request::Read { .. } => "read",
                Request::Search(_) => "search",
                Request::VersionRead { .. } => "vread",
                Request::Write { change, subject } => match (change, subject) {
                    (Change::Delete, Subject::One(..)) => "delete",
                    (Change::Patch, Subject::One(..)) => "patch",
                    (Change::Update, Subject::One(..)) => "update",
                    (Change::Delete, Subject::Found(_)) => "delete-found",
                    (Change::Patch, Subject::Found(_)) => "patch-found",
                    (Change::Update, Subject::Found(_)) => "update-found",
                },
            };
            format!("{kind} {}", request.canonical_target())
        }
        Err(misunderstood) => {
            assert!(misunderstood.detail.len() <= 80 && misunderstood.detail.is_ascii());
            assert!(!misunderstood.detail.contains(char::is_control));
            let category = match misunderstood.reason.category() {
                Category::Forbidden => "forbidden",
                Category::Malformed => "malformed",
                Category::NotSupported => "not-supported",
            };
            format!("{category} {}", misunderstood.reason.code())
        }
    }
}

/// Turns `\u{..}` into its character.
fn unescape(text: &str) -> String {
    let mut pieces = text.split("\\u{");
    let mut out = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_once('}').unwrap();
        out.push(char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap());
        out.push_str(rest);
    }
    out
}
