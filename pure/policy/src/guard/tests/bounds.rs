//! Grants, hours, and the bounds of the memory.

use super::*;

/// Person `p` may write register 40 from 10.0.0.0/8 between eleven and one.
pub(super) fn grant(conduit: &str) -> Grant {
    Grant {
        id: "g-1".to_owned(),
        conduit: conduit.to_owned(),
        act: "act".to_owned(),
        asset: None,
        devices: vec!["10.9.0.1".parse().unwrap()],
        units: vec![Range::new(1, 1).unwrap()],
        holder: person("p"),
        approver: person("q"),
        from: vec!["10.0.0.0/8".parse().unwrap()],
        functions: vec![FunctionName::Number(16)],
        points: vec![PointDocument {
            space: "holding-register".to_owned(),
            address: Range::new(40, 40),
            maximum: Some(210.0),
            ..PointDocument::default()
        }],
        not_before: "2026-03-02T11:00:00Z".parse().unwrap(),
        not_after: "2026-03-02T13:00:00Z".parse().unwrap(),
        reason: "ticket 7".to_owned(),
    }
}

const APPROVED: &str = "[[conduits.allow]]\nid = \"w\"\naccess = [\"write\"]\napproval = \"act\"";

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_grant_is_of_one_holder_place_function_value_and_window() {
    let guard = modbus("closed", APPROVED);
    let mut grants = Grants::new();
    grants.hold(&guard, grant("air"), noon()).unwrap();
    let (holder, other) = (person("p"), person("q"));
    let words = [200];
    let high = [211];
    let list = [puts(register(40), Value::Words(&words))];
    let list_high = [puts(register(40), Value::Words(&high))];
    let list_else = [puts(register(41), Value::Words(&words))];
    let good = Asked {
        who: Who::Person(&holder),
        ..writes(&list)
    };
    let ask = |asked: &Asked<'_>, at: &str| {
        told(&guard.judge(
            &mut GuardState::default(),
            &grants,
            asked,
            at.parse().unwrap(),
        ))
    };
    let verdict = guard.judge(&mut GuardState::default(), &grants, &good, noon());
    assert!(matches!(verdict, Verdict::Allowed(passage) if passage.grant() == Some("g-1")));
    let missing = "denied approval-missing w";
    for (asked, at) in [
        (good, "2026-03-02T10:59:59Z"),
        (good, "2026-03-02T13:00:00Z"),
        (
            Asked {
                who: Who::Person(&other),
                ..good
            },
            "2026-03-02T12:00:00Z",
        ),
        (
            Asked {
                who: Who::Unknown,
                ..good
            },
            "2026-03-02T12:00:00Z",
        ),
        (
            Asked {
                station: Station::Unit(2),
                ..good
            },
            "2026-03-02T12:00:00Z",
        ),
        (
            Asked {
                device: ip("10.9.0.2"),
                ..good
            },
            "2026-03-02T12:00:00Z",
        ),
        (
            Asked {
                function: Function::modbus(6),
                ..good
            },
            "2026-03-02T12:00:00Z",
        ),
        (
            Asked {
                writes: &list_high,
                ..good
            },
            "2026-03-02T12:00:00Z",
        ),
        (
            Asked {
                writes: &list_else,
                ..good
            },
            "2026-03-02T12:00:00Z",
        ),
        (
            Asked {
                writes: &[],
                ..good
            },
            "2026-03-02T12:00:00Z",
        ),
    ] {
        assert_eq!(ask(&asked, at), missing, "{asked:?} {at}");
    }
    assert_eq!(ask(&good, "2026-03-02T11:00:00Z"), "allowed w");
    let elsewhere = Grant {
        from: vec!["10.1.0.0/16".parse().unwrap()],
        ..grant("air")
    };
    grants.hold(&guard, elsewhere, noon()).unwrap();
    assert_eq!(grants.len(), 1);
    let verdict = guard.judge(&mut GuardState::default(), &grants, &good, noon());
    assert_eq!(told(&verdict), missing);
    assert!(grants.release("g-1") && grants.is_empty());
}

#[test]
fn a_grant_that_cannot_be() {
    let guard = modbus("closed", APPROVED);
    let hold = |grant| {
        Grants::new()
            .hold(&guard, grant, noon())
            .unwrap_err()
            .to_string()
    };
    let good = || grant("air");
    let long = good()
        .not_before
        .after(std::time::Duration::from_secs(12 * 3_600 + 1));
    assert!(
        hold(Grant {
            approver: person("p"),
            ..good()
        })
        .contains("grant.approver")
    );
    assert!(
        hold(Grant {
            act: "another".to_owned(),
            ..good()
        })
        .contains("grant.act")
    );
    assert!(
        hold(Grant {
            conduit: "water".to_owned(),
            ..good()
        })
        .contains("grant.conduit")
    );
    assert!(
        hold(Grant {
            from: Vec::new(),
            ..good()
        })
        .contains("grant.from")
    );
    assert!(
        hold(Grant {
            not_after: good().not_before,
            ..good()
        })
        .contains("grant.not_after")
    );
    assert!(
        hold(Grant {
            not_after: long,
            ..good()
        })
        .contains("grant.not_after")
    );
    assert!(
        hold(Grant {
            reason: " ".to_owned(),
            ..good()
        })
        .contains("grant.reason")
    );
    let mut rated = good();
    rated.points[0].interval_ms_min = Some(1);
    assert!(hold(rated).contains("grant.points"));
    let json = serde_json::to_string(&good()).unwrap();
    assert_eq!(serde_json::from_str::<Grant>(&json).unwrap(), good());
}

#[test]
fn hours_on_the_clocks_of_the_zone() {
    let rules = "[[conduits.allow]]\nid = \"w\"\naccess = [\"read\"]\ndays = [\"mon\"]\nhours = [\"07:00-19:00\", \"22:00-06:00\"]";
    let text = |zone: &str| {
        format!(
            "{zone}\n[[conduits]]\nname = \"air\"\nprotocol = \"modbus\"\nclients = [\"0.0.0.0/0\"]\n\
             devices = [\"0.0.0.0/0\"]\nfail = \"closed\"\nowner = \"o\"\nreason = \"r\"\nrefuse = \"drop\"\n{rules}"
        )
    };
    let read = asks(Function::modbus(3), Access::Read);
    let check = |zone: &str, at: &str, expected: bool| {
        let guard = guard(&text(zone));
        let verdict = guard.judge(
            &mut GuardState::default(),
            &Grants::new(),
            &read,
            at.parse().unwrap(),
        );
        let answer = if expected {
            "allowed w"
        } else {
            "denied outside-hours w"
        };
        assert_eq!(told(&verdict), answer, "{zone} {at}");
    };
    for (at, expected) in [
        ("2026-03-02T06:59:59Z", false),
        ("2026-03-02T07:00:00Z", true),
        ("2026-03-02T18:59:59Z", true),
        ("2026-03-02T19:00:00Z", false),
        ("2026-03-02T22:00:00Z", true),
        ("2026-03-03T05:59:59Z", true),
        ("2026-03-03T06:00:00Z", false),
        ("2026-03-03T12:00:00Z", false),
        ("2026-03-02T03:00:00Z", false),
    ] {
        check("", at, expected);
    }
    let paris = "time_zone = \"CET-1CEST,M3.5.0,M10.5.0/3\"";
    check(paris, "2026-03-02T06:00:00Z", true);
    check(paris, "2026-03-02T18:00:00Z", false);
    check(paris, "2026-07-06T05:00:00Z", true);
    check(paris, "2026-07-06T04:59:59Z", false);
}

#[test]
fn the_memory_is_bounded_and_forgetting_shortens_no_pause() {
    let guard = modbus(
        "closed",
        "[[conduits.allow]]\nid = \"w\"\naccess = [\"write\"]\nunits = [1]\n[[conduits.allow.points]]\nspace = \"holding-register\"\ninterval_ms_min = 1000",
    );
    let mut state = GuardState::bounded(2, 2);
    let words = [1];
    for address in 0..3 {
        let list = [puts(register(address), Value::Words(&words))];
        let verdict = guard.judge(
            &mut state,
            &Grants::new(),
            &writes(&list),
            after_ms(u64::from(address) * 1_000),
        );
        assert_eq!(told(&verdict), "allowed w", "{address}");
    }
    assert_eq!((state.places(), state.evicted()), (2, 1));
    let list = [puts(register(0), Value::Words(&words))];
    let ask = |state: &mut GuardState, ms| {
        told(&guard.judge(state, &Grants::new(), &writes(&list), after_ms(ms)))
    };
    assert_eq!(ask(&mut state, 999), "denied interval-too-short w");
    let json = serde_json::to_string(&state).unwrap();
    let mut kept: GuardState = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&kept).unwrap(), json);
    assert_eq!(ask(&mut kept, 999), "denied interval-too-short w");
    assert_eq!(ask(&mut kept, 2_000), "allowed w");
}

#[test]
fn nobody_pushes_out_a_source_that_is_counted() {
    let guard = bacnet("[[conduits.allow]]\nid = \"r\"\naccess = [\"identify\"]");
    let mut state = GuardState::bounded(2, 2);
    let mut ask = |from: &str, ms| {
        let asked = Asked {
            from: ip(from),
            ..asks(Function::unconfirmed(8), Access::Identify)
        };
        told(&guard.judge(&mut state, &Grants::new(), &asked, after_ms(ms)))
    };
    assert_eq!(ask("10.0.0.1", 0), "allowed r");
    assert_eq!(ask("10.0.0.2", 0), "allowed r");
    assert_eq!(ask("10.0.0.3", 0), "denied searches-too-many r");
    assert_eq!(ask("10.0.0.1", 0), "allowed r");
    assert_eq!(ask("10.0.0.3", 60_000), "allowed r");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_can_never_be_allowed() {
    let any = "[[conduits.allow]]\nid = \"any\"\naccess = [\"read\", \"write\"]";
    let guard = modbus("closed", any);
    let read = asks(Function::modbus(3), Access::Read);
    let span = |address, quantity| {
        [Span {
            place: register(address),
            quantity,
        }]
    };
    for (spans, expected) in [
        (span(65_535, 1), "allowed any"),
        (span(65_535, 2), "denied place-out-of-range"),
        (span(0, 0), "denied place-out-of-range"),
        (span(0, 2_048), "allowed any"),
        (span(0, 2_049), "denied places-too-many"),
        (span(u32::MAX, 2), "denied place-out-of-range"),
    ] {
        assert_eq!(
            once(
                &guard,
                &Asked {
                    reads: &spans,
                    ..read
                }
            ),
            expected,
            "{spans:?}"
        );
    }
    let mixed = [Span {
        place: analog(1),
        quantity: 1,
    }];
    assert_eq!(
        once(
            &guard,
            &Asked {
                reads: &mixed,
                ..read
            }
        ),
        "denied protocol-mixed"
    );
    assert_eq!(
        once(
            &guard,
            &Asked {
                from: ip("11.0.0.1"),
                ..read
            }
        ),
        "denied source-outside-conduit"
    );
    assert_eq!(
        once(
            &guard,
            &Asked {
                device: ip("10.8.0.1"),
                ..read
            }
        ),
        "denied device-outside-conduit"
    );
    assert_eq!(
        once(
            &guard,
            &Asked {
                from: ip("::ffff:10.0.0.1"),
                ..read
            }
        ),
        "allowed any"
    );
    let guard = bacnet(any);
    for value in [f64::NAN, f64::INFINITY] {
        let list = [puts(analog(1), Value::Real(value))];
        let asked = Asked {
            writes: &list,
            ..asks(Function::confirmed(15), Access::Write)
        };
        assert_eq!(once(&guard, &asked), "denied value-not-finite");
    }
}

#[test]
fn an_approval_is_of_the_act_that_a_rule_names() {
    let rules = "[[conduits.allow]]\nid = \"small\"\naccess = [\"write\"]\napproval = \"act\"\n\
        [[conduits.allow.points]]\nspace = \"holding-register\"\naddress = 40\n\
        [[conduits.allow]]\nid = \"great\"\naccess = [\"write\"]\napproval = \"other\"";
    let guard = modbus("closed", rules);
    let mut grants = Grants::new();
    let anywhere = Grant {
        points: Vec::new(),
        ..grant("air")
    };
    grants.hold(&guard, anywhere, noon()).unwrap();
    let holder = person("p");
    let judge = |list: &[Write<'_>]| {
        let asked = Asked {
            who: Who::Person(&holder),
            ..writes(list)
        };
        told(&guard.judge(&mut GuardState::default(), &grants, &asked, noon()))
    };
    let small = [puts(register(40), Value::Words(&[200]))];
    assert_eq!(judge(&small), "allowed small");
    let great = [puts(register(41), Value::Words(&[200]))];
    assert_eq!(judge(&great), "denied approval-missing great");
    assert_eq!(guard.acts("air").collect::<Vec<_>>(), ["act", "other"]);
}
