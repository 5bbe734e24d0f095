//! What holds for every request and every answer, not only for the ones somebody thought of.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use wire::fhir::{
    Answer, Change, Id, PatientSearch, Reason, Request, ResourceType, Scope, Searchset, Subject,
    Total, Unreadable, disclosure,
};
use wire::http::Target;
use wire::limits::{AnswerLimits, TargetLimits};

use super::differential::{BASES, resource};

fn parse(method: &str, target: &str) -> Result<Request, Reason> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    Request::parse(method, path, query, &TargetLimits::DEFAULT).map_err(|refused| refused.reason)
}

/// Any request that the grammar can express, its search with chains and includes as they are
/// written.
fn request() -> impl Strategy<Value = Request> {
    let id = || "[A-Za-z0-9-][A-Za-z0-9.-]{0,63}".prop_map(|text| Id::parse(&text).unwrap());
    let count = || prop::option::of(1_u16..=1000);
    let of_scope = |scopes: &[Scope]| -> Vec<ResourceType> {
        ResourceType::all()
            .filter(|found| scopes.contains(&found.scope()))
            .collect()
    };
    let readable = prop::sample::select(of_scope(&[Scope::Compartment, Scope::Open]));
    let written = prop::sample::select(of_scope(&[Scope::Compartment]));
    let change = prop::sample::select(vec![Change::Delete, Change::Patch, Change::Update]);
    prop_oneof![
        Just(Request::Bundle),
        Just(Request::Capabilities),
        id().prop_map(|id| Request::Binary { id }),
        (id(), count()).prop_map(|(patient, count)| Request::Everything { patient, count }),
        written
            .clone()
            .prop_map(|resource_type| Request::Create { resource_type }),
        (readable.clone(), id(), count()).prop_map(|(resource_type, id, count)| {
            Request::History {
                resource_type,
                id,
                count,
            }
        }),
        (readable.clone(), id())
            .prop_map(|(resource_type, id)| Request::Read { resource_type, id }),
        (readable, id(), id()).prop_map(|(resource_type, id, version)| {
            Request::VersionRead {
                resource_type,
                id,
                version,
            }
        }),
        (change, written, id()).prop_map(|(change, resource_type, id)| Request::Write {
            change,
            subject: Subject::One(resource_type, id),
        }),
        search(),
        search(),
    ]
}

/// A search of one patient's resources.
fn search() -> impl Strategy<Value = Request> {
    let followed = prop::sample::subsequence(
        vec![
            "_has:DiagnosticReport:result:status=final",
            "_include=Observation:encounter",
            "_include=Observation:performer:Practitioner",
            "_include:iterate=Encounter:location",
            "_revinclude=Provenance:target",
            "_summary=count",
            "_total=accurate",
            "code:not=8480-6",
            "encounter.class=IMP",
            "encounter:missing=true",
            "performer:Practitioner.family:exact=Curie",
        ],
        0..=11,
    );
    let whose = prop::sample::select(vec![
        "/Observation?patient=p",
        "/Observation?patient.identifier=x%7C1",
        "/Patient/p/Observation?_sort=-date",
        "/Observation?category=vital-signs",
    ]);
    (whose, followed).prop_map(|(whose, followed)| {
        let target = std::iter::once(whose)
            .chain(followed)
            .collect::<Vec<_>>()
            .join("&");
        parse("GET", &target).unwrap()
    })
}

/// A type that can be searched, and some of its parameters.
fn narrowed() -> impl Strategy<Value = (ResourceType, Vec<(&'static str, wire::fhir::FilterKind)>)>
{
    let searchable: Vec<_> = ResourceType::all()
        .filter(|found| found.patient_search() != PatientSearch::Absent)
        .collect();
    prop::sample::select(searchable).prop_flat_map(|resource_type| {
        let filters: Vec<_> = resource_type.filters().collect();
        let some = prop::sample::subsequence(filters.clone(), 0..=filters.len().min(5));
        (Just(resource_type), some)
    })
}

/// Text made of the pieces that requests and attacks are made of.
fn target() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/",
        "//",
        "?",
        "&",
        "=",
        "Patient",
        "Observation",
        "1",
        "a.b",
        "$everything",
        "_history",
        "patient",
        "subject",
        "_count",
        "_format",
        "json",
        "_include",
        "_has",
        ":",
        ".",
        "..",
        "%2f",
        "%2e",
        "%25",
        "%00",
        "%c3%a9",
        "%",
        ";",
        "#",
        "\\",
        "metadata",
        "10",
        "é",
        "\0",
        "%24everything",
        "Patient/1",
        "patient=1",
        "/Observation?patient=1",
        "/Patient/1",
    ]);
    prop_oneof![
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()),
        any::<String>(),
    ]
}

/// `name` with letter case flipped and characters escaped at will.
fn disguise(name: &str, cases: u32, escapes: u32) -> String {
    let mut out = String::new();
    for (index, character) in name.chars().enumerate() {
        let flipped = if cases >> (index % 32) & 1 == 1 {
            character.to_ascii_uppercase()
        } else {
            character
        };
        if escapes >> (index % 32) & 1 == 1 {
            out.push_str(&format!("%{:02X}", u32::from(flipped)));
        } else {
            out.push(flipped);
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_canonical_target_parses_back(request in request()) {
        let target = request.canonical_target();
        prop_assert_eq!(parse(request.method(), &target), Ok(request));
        prop_assert!(Target::parse(&target, &TargetLimits::DEFAULT).is_ok());
    }

    /// Every parameter of every type, with values of its kind: what reaches the upstream means the
    /// same, for the same patient.
    #[test]
    fn a_narrowed_search_parses_back(
        (resource_type, parameters) in narrowed(),
        text in "[^\\\\$%\\p{C}|,]{1,20}",
        number in 0_u32..100_000,
        sorted in any::<bool>(),
    ) {
        use wire::fhir::FilterKind;
        let by_subject = resource_type.patient_search() == PatientSearch::Subject;
        let link = if by_subject { "subject=Patient/p" } else { "patient=p" };
        let mut target = format!("/{resource_type}?{link}");
        for (name, kind) in &parameters {
            let value = match kind {
                FilterKind::Date => format!("ge20{:02}-01-02,2026-01-02T03:04:05Z", number % 100),
                FilterKind::Quantity => format!("lt-{number}.5|http://unitsofmeasure.org|mg"),
                FilterKind::Reference => format!("Encounter/{number}"),
                FilterKind::Text if !text.trim().is_empty() => text.clone(),
                FilterKind::Text => "text".to_owned(),
                FilterKind::Token => format!("{text}|{number}"),
            };
            let escaped: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
            target.push_str(&format!("&{name}={escaped}"));
        }
        if sorted && !parameters.is_empty() {
            target.push_str(&format!("&_sort=-{}", parameters[0].0));
        }
        let limits = TargetLimits { target_bytes_max: 16_384, parameters_max: 16 };
        let parse = |target: &str| {
            let (path, query) = target.split_once('?').unwrap();
            Request::parse("GET", path, Some(query), &limits).map_err(|refused| refused.reason)
        };
        let read = parse(&target).unwrap();
        prop_assert_eq!(read.patient().map(Id::as_str), Some("p"));
        prop_assert_eq!(parse(&read.canonical_target()), Ok(read));
    }

    #[test]
    fn any_text_is_a_request_or_a_refusal(target in target(), method in "GET|POST|PUT|PATCH|DELETE|[a-zA-Z]{0,5}") {
        if let Ok(request) = parse(&method, &target) {
            let by_form = matches!(request, Request::Search(_)) && method == "POST";
            prop_assert!(by_form || method == request.method(), "{}", method);
            let canonical = request.canonical_target();
            prop_assert!(!canonical.contains(['#', ';', '\\', ' ']));
            prop_assert_eq!(parse(request.method(), &canonical), Ok(request));
        }
    }

    #[test]
    fn no_disguise_brings_a_parameter_in(
        request in request(),
        name in prop::sample::select(vec![
            "_include", "_revinclude", "_has", "_sort", "_filter", "_query", "_summary", "_total",
            "_elements", "_contained", "subject", "patient", "code", "_count", "_format",
        ]),
        suffix in prop::sample::select(vec!["", ":iterate", ":recurse", ":not", ".name", ":x:y"]),
        cases in any::<u32>(),
        escapes in any::<u32>(),
        value in prop::sample::select(vec!["", "*", "1", "Patient/1", "json", "Observation:subject"]),
        first in any::<bool>(),
    ) {
        let plain = parse(request.method(), &request.canonical_target());
        let added = format!("{}={value}", disguise(&format!("{name}{suffix}"), cases, escapes));
        let canonical = request.canonical_target();
        let target = match canonical.split_once('?') {
            None => format!("{canonical}?{added}"),
            Some((path, query)) if first => format!("{path}?{added}&{query}"),
            Some((path, query)) => format!("{path}?{query}&{added}"),
        };
        // Whatever the addition is, it is refused, or it is the plain parameter and asks for nobody
        // else.
        match (parse(request.method(), &target), plain) {
            (Err(_), _) => {}
            (Ok(read), Ok(plain)) => {
                let written = disguise(&format!("{name}{suffix}"), cases, 0);
                prop_assert_eq!(&written, &written.to_ascii_lowercase());
                prop_assert!(!matches!(name, "subject" | "patient" | "_filter" | "_query"));
                prop_assert!(!matches!(suffix, ":recurse" | ".name" | ":x:y"), "{}", target);
                prop_assert_eq!(read.patient(), plain.patient());
            }
            (Ok(_), Err(reason)) => prop_assert!(false, "{target} {reason:?}"),
        }
    }

    #[test]
    fn any_bytes_are_an_answer_or_unreadable(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let answer = disclosure::read(&bytes, &BASES, &AnswerLimits::DEFAULT);
        prop_assert!(answer.is_err());
    }

    #[test]
    fn broken_resources_never_panic(
        resource in resource(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = serde_json::to_vec(&resource).unwrap();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        if let Ok(Answer::Resource(read)) = disclosure::read(&bytes, &BASES, &AnswerLimits::DEFAULT) {
            prop_assert_eq!(read.raw.as_bytes(), bytes.trim_ascii());
        }
    }

    #[test]
    fn a_key_written_twice_is_always_noticed(
        resource in resource(),
        at in any::<prop::sample::Index>(),
        upper in any::<bool>(),
    ) {
        let text = serde_json::to_string(&resource).unwrap();
        // Every place where an object opens with a key; strings of the generator hold no braces.
        let opens: Vec<usize> = text.match_indices("{\"").map(|(at, _)| at + 1).collect();
        let open = *at.get(&opens);
        let (before, after) = text.split_at(open);
        let key = after.split('"').nth(1).unwrap();
        let twin = if upper { key.to_ascii_uppercase() } else { key.to_owned() };
        let doubled = format!("{before}\"{twin}\":1,{after}");
        let read = disclosure::read(doubled.as_bytes(), &BASES, &AnswerLimits::DEFAULT);
        let refused = read.map(|_| ()).expect_err(&doubled);
        // A misplaced scalar may be noticed before the second key is reached.
        prop_assert!(
            matches!(
                refused,
                Unreadable::DuplicateKey
                    | Unreadable::BadReference
                    | Unreadable::NotAResource
                    | Unreadable::BadId
            ),
            "{refused:?} {doubled}"
        );
    }

    #[test]
    fn a_rebuilt_bundle_holds_the_kept_entries_and_no_other(
        resources in prop::collection::vec((resource(), any::<bool>(), any::<bool>()), 0..6),
    ) {
        let entries: Vec<_> = resources.iter().map(|(resource, included, _)| serde_json::json!({
            "resource": resource,
            "search": { "mode": if *included { "include" } else { "match" } },
        })).collect();
        let page = serde_json::json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries });
        let text = serde_json::to_string_pretty(&page).unwrap();
        let Ok(Answer::Bundle(read)) = disclosure::read(text.as_bytes(), &BASES, &AnswerLimits::DEFAULT) else {
            return Err(TestCaseError::fail("the page is readable"));
        };
        let mut rebuilt = Searchset::new("https://door.test/fhir", "/Patient/1/$everything");
        let kept: Vec<_> =
            read.entries.iter().zip(&resources).filter(|(_, (_, _, keep))| *keep).map(|(entry, _)| entry).collect();
        kept.iter().for_each(|entry| rebuilt.push(entry));
        let bytes = { let total = Total::Counted(rebuilt.matches()); rebuilt.finish(total, None) };
        let Ok(Answer::Bundle(again)) = disclosure::read(&bytes, &BASES, &AnswerLimits::DEFAULT) else {
            return Err(TestCaseError::fail("the rebuilt page is readable"));
        };
        let raws = |entries: Vec<&str>| entries.into_iter().map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(
            raws(again.entries.iter().map(|entry| entry.resource.raw).collect()),
            raws(kept.iter().map(|entry| entry.resource.raw).collect())
        );
        let matches = resources.iter().filter(|(_, included, keep)| !included && *keep).count();
        prop_assert_eq!(again.total, Some(matches as u64));
    }
}

#[test]
fn the_generator_reaches_every_kind_of_answer() {
    // Without this, the properties above could hold for want of interesting cases.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut kinds = BTreeSet::new();
    for _ in 0..2000 {
        let value = resource().new_tree(&mut runner).unwrap().current();
        let bytes = serde_json::to_vec(&value).unwrap();
        let Ok(Answer::Resource(read)) = disclosure::read(&bytes, &BASES, &AnswerLimits::DEFAULT)
        else {
            continue;
        };
        let kind = format!("{:?}", read.membership);
        kinds.insert(kind.split(['(', '{']).next().unwrap().to_owned());
        if let wire::fhir::Membership::Undetermined(why) = read.membership {
            kinds.insert(why.code().to_owned());
        }
    }
    for kind in [
        "Open",
        "Orphan",
        "Patients",
        "Undetermined",
        "contained-patient",
        "dangling-reference",
        "foreign-patient",
        "logical-reference",
        "unclear-reference",
    ] {
        assert!(kinds.contains(kind), "{kind} is never generated: {kinds:?}");
    }
}
