//! Associations and operations of DICOM: by title, address, operation, class and destination.

use proptest::prelude::*;

use super::*;

const FIND: Function = Function::dimse(0x0020);
const GET: Function = Function::dimse(0x0010);
const MOVE: Function = Function::dimse(0x0021);
const STORE: Function = Function::dimse(0x0001);

const STUDY_FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
const CT_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";

fn dicom(rules: &str) -> Guard {
    guard(&document(rules))
}

fn document(rules: &str) -> String {
    format!(
        r#"
[[conduits]]
name = "air"
protocol = "dicom"
clients = ["10.0.0.0/8"]
devices = ["10.9.0.0/16"]
fail = "closed"
owner = "m-durand"
reason = "why"
refuse = "exception"
{rules}"#
    )
}

const RULES: &str = r#"
[[conduits.allow]]
id = "modalities"
from = ["10.0.1.0/24"]
calling = ["CT-1", "MR-1"]
called = ["ARCHIVE"]
access = ["write", "identify"]
functions = ["c-store", "c-echo"]
classes = ["storage", "1.2.840.10008.1.1"]

[[conduits.allow]]
id = "viewers"
from = ["10.0.0.0/24"]
called = ["ARCHIVE"]
access = ["read", "identify"]
destinations = ["VIEWER-1"]
"#;

fn entity<'a>(calling: &'a str, class: Option<&'a str>) -> Dimse<'a> {
    Dimse {
        calling,
        called: "ARCHIVE",
        class,
        destination: None,
    }
}

fn of(function: Function, access: Access, dimse: Dimse<'static>) -> Asked<'static> {
    Asked {
        dimse: Some(dimse),
        ..asks(function, access)
    }
}

#[test]
fn an_operation_needs_a_rule_of_its_address_title_and_class() {
    let guard = dicom(RULES);
    let store = of(STORE, Access::Write, entity("CT-1", Some(CT_IMAGE)));
    let from = |from, asked: Asked<'static>| Asked {
        from: ip(from),
        ..asked
    };
    assert_eq!(once(&guard, &from("10.0.1.4", store)), "allowed modalities");
    assert_eq!(
        once(&guard, &from("10.0.0.4", store)),
        "denied source-not-allowed modalities"
    );
    let calls = |calling| {
        let dimse = Some(entity(calling, Some(CT_IMAGE)));
        Asked { dimse, ..store }
    };
    assert_eq!(
        once(&guard, &from("10.0.1.4", calls("CT-2"))),
        "denied calling-not-allowed modalities"
    );
    let other_class = Some(entity("CT-1", Some(STUDY_FIND)));
    let other = Asked {
        dimse: other_class,
        ..store
    };
    assert_eq!(
        once(&guard, &from("10.0.1.4", other)),
        "denied class-not-allowed modalities"
    );
    let find = of(FIND, Access::Read, entity("ANY", Some(STUDY_FIND)));
    assert_eq!(once(&guard, &find), "allowed viewers");
    let elsewhere = Dimse {
        called: "BACKUP",
        ..entity("ANY", Some(STUDY_FIND))
    };
    assert_eq!(
        once(&guard, &of(FIND, Access::Read, elsewhere)),
        "denied called-not-allowed viewers"
    );
    let unknown = of(
        Function::dimse(0x0777),
        Access::Unknown,
        entity("ANY", None),
    );
    assert_eq!(once(&guard, &unknown), "denied function-unknown");
}

#[test]
fn images_are_sent_to_no_third_application_that_no_rule_names() {
    let guard = dicom(RULES);
    let to = |destination| {
        let dimse = Dimse {
            destination,
            ..entity("ANY", Some(STUDY_FIND))
        };
        once(&guard, &of(MOVE, Access::Read, dimse))
    };
    assert_eq!(to(Some("VIEWER-1")), "allowed viewers");
    assert_eq!(
        to(Some("VIEWER-2")),
        "denied destination-not-allowed viewers"
    );
    assert_eq!(to(None), "denied destination-not-allowed viewers");
    let get = of(GET, Access::Read, entity("ANY", Some(STUDY_FIND)));
    assert_eq!(once(&guard, &get), "allowed viewers");
}

#[test]
fn an_association_is_for_whom_some_rule_could_allow_something() {
    let guard = dicom(RULES);
    let asked = |from: &str, calling: &'static str| Asked {
        from: ip(from),
        ..of(Function::ASSOCIATE, Access::Identify, entity(calling, None))
    };
    let refused = |asked: &Asked<'_>| guard.associate(asked).unwrap_err();
    assert_eq!(guard.associate(&asked("10.0.1.4", "CT-1")), Ok(()));
    assert_eq!(guard.associate(&asked("10.0.0.4", "ANY")), Ok(()));
    let stranger = refused(&asked("10.0.1.4", "CT-2"));
    assert_eq!(stranger.code(), Code::CallingNotAllowed);
    assert_eq!(stranger.answer(), Answer::DicomReject(3));
    let nowhere = refused(&asked("10.0.2.4", "CT-1"));
    assert_eq!(nowhere.code(), Code::SourceNotAllowed);
    let outside = refused(&asked("192.0.2.1", "CT-1"));
    assert_eq!(outside.code(), Code::SourceOutsideConduit);
    let dimse = Dimse {
        called: "BACKUP",
        ..entity("CT-1", None)
    };
    let elsewhere = refused(&Asked {
        dimse: Some(dimse),
        ..asked("10.0.1.4", "CT-1")
    });
    assert_eq!(elsewhere.code(), Code::CalledNotAllowed);
    assert_eq!(elsewhere.answer(), Answer::DicomReject(7));
    // A class that no rule of this client names is not agreed on.
    let offers = |class| {
        let dimse = Some(entity("CT-1", Some(class)));
        guard.offers(&Asked {
            dimse,
            ..asked("10.0.1.4", "CT-1")
        })
    };
    assert!(offers(CT_IMAGE) && offers("1.2.840.10008.1.1"));
    assert!(!offers(STUDY_FIND));
}

#[test]
fn refusals_are_told_in_the_words_of_the_protocol() {
    let guard = dicom(RULES);
    let answer = |asked: &Asked<'_>| {
        let verdict = guard.judge(&mut GuardState::default(), &Grants::new(), asked, noon());
        match verdict {
            Verdict::Denied(denial) => denial.answer(),
            other => panic!("{other:?}"),
        }
    };
    let store = of(STORE, Access::Write, entity("ANY", Some(CT_IMAGE)));
    assert_eq!(answer(&store), Answer::DimseStatus(0x0124));
    let unknown = of(
        Function::dimse(0x0777),
        Access::Unknown,
        entity("ANY", None),
    );
    assert_eq!(answer(&unknown), Answer::DimseStatus(0x0211));
    let moved = of(MOVE, Access::Read, entity("ANY", Some(STUDY_FIND)));
    assert_eq!(answer(&moved), Answer::DimseStatus(0xa801));
}

#[test]
fn what_one_protocol_has_no_other_has() {
    let refused = |text: &str| {
        let document = GuardDocument::from_toml(text).unwrap();
        Guard::new(&document).unwrap_err().to_string()
    };
    let rule = |key: &str| format!("[[conduits.allow]]\nid = \"r\"\naccess = [\"read\"]\n{key}\n");
    for (key, said) in [
        ("units = [1]", "DICOM has none"),
        ("priorities = [8]", "DICOM has none"),
        ("allowances = [\"broadcast\"]", "DICOM has none"),
        ("functions = [32]", "it is no function"),
        ("functions = [\"a-associate\"]", "it is no function"),
        ("functions = [\"read-property\"]", "it is no function"),
        ("calling = [\"\"]", "is no title"),
        ("calling = [\"A TITLE THAT IS TOO LONG\"]", "is no title"),
        ("called = [\"A\\\\B\"]", "is no title"),
        ("destinations = [\" X\"]", "is no title"),
        ("classes = [\"images\"]", "is no class"),
        ("classes = [\"1..2\"]", "is no class"),
        (
            "[[conduits.allow.points]]\nspace = \"coil\"",
            "DICOM has no places",
        ),
    ] {
        let fault = refused(&document(&rule(key)));
        assert!(fault.contains(said), "{key}: {fault}");
    }
    let long = format!("classes = [\"1.{}\"]", "2".repeat(63));
    assert!(refused(&document(&rule(&long))).contains("is no class"));
    let modbus = document(&rule("calling = [\"CT-1\"]")).replace("\"dicom\"", "\"modbus\"");
    assert!(refused(&modbus).contains("only with DICOM"));
    let mixed = of(FIND, Access::Read, entity("ANY", None));
    let bare = Asked {
        dimse: None,
        ..mixed
    };
    assert_eq!(once(&dicom(RULES), &bare), "denied protocol-mixed");
    let modbus = super::modbus("open", &rule(""));
    let dressed = Asked {
        dimse: mixed.dimse,
        ..asks(Function::modbus(3), Access::Read)
    };
    assert_eq!(once(&modbus, &dressed), "denied protocol-mixed");
}

#[test]
fn while_nothing_is_judged_images_are_read_and_stored_where_the_owner_chose_so() {
    let open = document(RULES).replace("\"closed\"", "\"open\"");
    let (open, closed) = (guard(&open), dicom(RULES));
    let ask = |guard: &Guard, asked: &Asked<'_>| {
        told(&guard.when_failing(&mut GuardState::default(), asked, noon()))
    };
    let store = Asked {
        from: ip("10.0.1.4"),
        ..of(STORE, Access::Write, entity("CT-1", Some(CT_IMAGE)))
    };
    assert_eq!(ask(&open, &store), "allowed modalities");
    assert_eq!(ask(&closed, &store), "denied failing-closed");
    // What no rule allows is no more allowed than before.
    let stolen = Asked {
        dimse: Some(entity("CT-2", Some(CT_IMAGE))),
        ..store
    };
    assert_eq!(ask(&open, &stolen), "denied calling-not-allowed modalities");
    let sent = Dimse {
        destination: Some("VIEWER-2"),
        ..entity("ANY", Some(STUDY_FIND))
    };
    assert_eq!(
        ask(&open, &of(MOVE, Access::Read, sent)),
        "denied destination-not-allowed viewers"
    );
}

#[test]
fn while_nothing_is_judged_no_application_is_told_to_act() {
    let rules = "[[conduits.allow]]\nid = \"all\"\naccess = [\"control\"]";
    let open = guard(&document(rules).replace("\"closed\"", "\"open\""));
    let action = of(
        Function::dimse(0x0130),
        Access::Control,
        entity("ANY", Some("1.2.840.10008.1.20.1")),
    );
    assert_eq!(once(&open, &action), "allowed all");
    let verdict = open.when_failing(&mut GuardState::default(), &action, noon());
    assert_eq!(told(&verdict), "denied failing-control all");
    // N-SET changes what is there, unlike an image that comes beside others.
    let changed = of(
        Function::dimse(0x0120),
        Access::Write,
        entity("ANY", Some("1.2.840.10008.3.1.2.3.3")),
    );
    let writes = "[[conduits.allow]]\nid = \"all\"\naccess = [\"write\"]";
    let open = guard(&document(writes).replace("\"closed\"", "\"open\""));
    assert_eq!(once(&open, &changed), "allowed all");
    let verdict = open.when_failing(&mut GuardState::default(), &changed, noon());
    assert_eq!(told(&verdict), "denied failing-new-value all");
}

#[test]
fn an_association_of_a_person_is_for_nobody_else() {
    let rules = "[[conduits.allow]]\nid = \"p\"\naccess = [\"read\"]\npersons = [\"dr-1\"]";
    let guard = dicom(rules);
    let asked = |who| Asked {
        who,
        ..of(
            Function::ASSOCIATE,
            Access::Identify,
            entity("ANY", Some(STUDY_FIND)),
        )
    };
    let (known, other) = ("dr-1".parse().unwrap(), "dr-2".parse().unwrap());
    assert_eq!(guard.associate(&asked(Who::Person(&known))), Ok(()));
    assert!(guard.offers(&asked(Who::Person(&known))));
    for who in [Who::Unknown, Who::Person(&other)] {
        assert!(guard.associate(&asked(who)).is_err(), "{who:?}");
        assert!(!guard.offers(&asked(who)), "{who:?}");
    }
}

/// What the texts say, in as few words as can be.
fn naive(rules: &[RuleDocument], asked: &Asked<'_>) -> bool {
    let dimse = asked.dimse.unwrap();
    let any = |list: &[String], value: &str| list.is_empty() || list.iter().any(|it| it == value);
    rules.iter().any(|rule| {
        let class = dimse.class.unwrap_or_default();
        let is_storage = class.starts_with("1.2.840.10008.5.1.4.1.1.");
        let is_class = any(&rule.classes, class)
            || is_storage && rule.classes.iter().any(|it| it == "storage");
        let is_sent = dimse
            .destination
            .is_none_or(|to| rule.destinations.iter().any(|it| it == to));
        any(&rule.calling, dimse.calling)
            && any(&rule.called, dimse.called)
            && is_class
            && is_sent
            && (asked.function != MOVE || dimse.destination.is_some())
    })
}

fn some(all: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    proptest::sample::subsequence(all, 0..=all.len())
        .prop_map(|it| it.into_iter().map(str::to_owned).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_guard_says_what_the_rules_say(
        rules in proptest::collection::vec(
            (some(&["A", "B"]), some(&["X", "Y"]), some(&["storage", STUDY_FIND]), some(&["A", "V"])),
            0..3,
        ),
        calling in proptest::sample::select(vec!["A", "B", "C"]),
        called in proptest::sample::select(vec!["X", "Y", "Z"]),
        class in proptest::sample::select(vec![Some(CT_IMAGE), Some(STUDY_FIND), Some("1.2.3"), None]),
        destination in proptest::sample::select(vec![None, Some("A"), Some("V"), Some("W")]),
        function in proptest::sample::select(vec![FIND, GET, MOVE]),
    ) {
        let mut written = GuardDocument::from_toml(&document("")).unwrap();
        for (number, (calling, called, classes, destinations)) in rules.into_iter().enumerate() {
            let text = document("[[conduits.allow]]\nid = \"r\"\naccess = [\"read\"]");
            let mut rule = GuardDocument::from_toml(&text).unwrap().conduits.remove(0).allow.remove(0);
            rule.id = format!("r{number}");
            (rule.calling, rule.called, rule.classes, rule.destinations) = (calling, called, classes, destinations);
            written.conduits[0].allow.push(rule);
        }
        let asked = Asked {
            dimse: Some(Dimse { calling, called, class, destination }),
            ..asks(function, Access::Read)
        };
        let guard = Guard::new(&written).unwrap();
        let is_allowed = once(&guard, &asked).starts_with("allowed");
        prop_assert_eq!(is_allowed, naive(&written.conduits[0].allow, &asked));
        // What is judged and allowed may be asked in an association, and in no other.
        let association = Asked { function: Function::ASSOCIATE, access: Access::Identify, ..asked };
        if is_allowed {
            prop_assert!(guard.associate(&association).is_ok());
            prop_assert!(guard.offers(&association));
        }
    }
}
