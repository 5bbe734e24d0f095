//! Each line of the issue, by name.

use super::*;

const SET_POINTS: &str = r#"
[[conduits.allow]]
id = "set-points"
access = ["write"]
functions = ["write-register", "write-registers", "mask-write-register"]
units = [1, "10-12"]
[[conduits.allow.points]]
space = "holding-register"
address = "40-47"
minimum = 180
maximum = 240
step_max = 10
interval_ms_min = 60000
[[conduits.allow.points]]
space = "holding-register"
address = "48-60"
maximum = 100
"#;

#[test]
fn only_the_station_that_ends_in_100_writes() {
    let text = include_str!("../../../../../scenarios/modbus-only-100.toml");
    let guard = guard(text);
    let on = [true];
    let coil = Place {
        space: Space::Coil,
        address: 3,
        index: None,
    };
    let list = [puts(coil, Value::Bits(&on))];
    let write = |from: &str| Asked {
        conduit: "plant",
        from: ip(from),
        device: ip("192.168.1.20"),
        writes: &list,
        ..asks(Function::modbus(5), Access::Write)
    };
    let mut state = GuardState::default();
    for _ in 0..8 {
        let legal = write("192.168.1.100");
        let verdict = guard.judge(&mut state, &Grants::new(), &legal, noon());
        assert_eq!(told(&verdict), "allowed station-writes");
    }
    let fake = write("192.168.1.101");
    let verdict = guard.judge(&mut state, &Grants::new(), &fake, noon());
    assert_eq!(told(&verdict), "denied source-not-allowed station-writes");
    let Verdict::Denied(denial) = verdict else {
        panic!()
    };
    assert_eq!(denial.answer(), Answer::ModbusException(1));
    let span = [Span {
        place: register(0),
        quantity: 100,
    }];
    for (from, rule) in [
        ("192.168.1.100", "station-reads"),
        ("192.168.1.101", "others-read"),
    ] {
        let read = Asked {
            conduit: "plant",
            from: ip(from),
            device: ip("192.168.1.20"),
            reads: &span,
            ..asks(Function::modbus(3), Access::Read)
        };
        assert_eq!(once(&guard, &read), format!("allowed {rule}"));
    }
}

#[test]
fn bacnet_reads_pass_and_commands_are_refused() {
    let text = include_str!("../../../../../scenarios/bacnet-reads-only.toml");
    let guard = guard(text);
    let here = |asked: Asked<'static>| Asked {
        conduit: "building",
        device: ip("192.168.0.24"),
        ..asked
    };
    for service in [6, 12, 14, 26] {
        let read = here(asks(Function::confirmed(service), Access::Read));
        assert_eq!(once(&guard, &read), "allowed reads");
    }
    let search = here(asks(Function::unconfirmed(8), Access::Identify));
    let search = Asked {
        carrier: Carrier::Broadcast,
        ..search
    };
    assert_eq!(once(&guard, &search), "allowed who-is-there");
    for (service, access) in [
        (7, Access::Write),
        (8, Access::Write),
        (9, Access::Write),
        (10, Access::Control),
        (11, Access::Control),
        (15, Access::Write),
        (16, Access::Write),
        (17, Access::Control),
        (20, Access::Control),
        (27, Access::Control),
    ] {
        let command = here(asks(Function::confirmed(service), access));
        let mut state = GuardState::default();
        let verdict = guard.judge(&mut state, &Grants::new(), &command, noon());
        let Verdict::Denied(denial) = verdict else {
            panic!("{service}")
        };
        assert_eq!(denial.code(), Code::AccessNotAllowed);
        assert_eq!(denial.answer(), Answer::BacnetError(5, 29));
    }
    let group = here(asks(Function::unconfirmed(10), Access::Write));
    assert_eq!(once(&guard, &group), "denied access-not-allowed reads");
}

#[test]
fn frosty_goop_writes_legal_functions_with_wrong_values() {
    let guard = modbus("closed", SET_POINTS);
    let ask = |address, value: u16| {
        let words = [value];
        let list = [puts(register(address), Value::Words(&words))];
        let mut state = GuardState::default();
        state.learn(writes(&list).point(register(address)), 200.0, noon());
        told(&guard.judge(&mut state, &Grants::new(), &writes(&list), noon()))
    };
    assert_eq!(ask(40, 205), "allowed set-points");
    assert_eq!(ask(40, 0), "denied value-below-minimum set-points");
    assert_eq!(ask(40, 999), "denied value-above-maximum set-points");
    assert_eq!(ask(40, 211), "denied step-too-great set-points");
    assert_eq!(ask(40, 210), "allowed set-points");
    assert_eq!(ask(61, 205), "denied place-not-allowed set-points");
}

#[test]
fn many_small_steps_are_not_one_great_one() {
    let guard = modbus("closed", SET_POINTS);
    let mut state = GuardState::default();
    let mut ask = |value: u16, ms| {
        let words = [value];
        let list = [puts(register(40), Value::Words(&words))];
        told(&guard.judge(&mut state, &Grants::new(), &writes(&list), after_ms(ms)))
    };
    assert_eq!(ask(200, 0), "read-first");
    state.learn(writes(&[]).point(register(40)), 200.0, noon());
    let mut ask = |value: u16, ms| {
        let words = [value];
        let list = [puts(register(40), Value::Words(&words))];
        told(&guard.judge(&mut state, &Grants::new(), &writes(&list), after_ms(ms)))
    };
    assert_eq!(ask(210, 0), "allowed set-points");
    assert_eq!(ask(220, 59_999), "denied interval-too-short set-points");
    assert_eq!(ask(220, 60_000), "allowed set-points");
    // Back to where it began would be a step of twenty.
    assert_eq!(ask(200, 120_000), "denied step-too-great set-points");
    // A value that was read too long ago is not known any more.
    assert_eq!(ask(225, 60_000 + 300_001), "read-first");
}

#[test]
fn a_value_is_read_before_a_step_is_judged() {
    let guard = modbus("closed", SET_POINTS);
    let words = [200, 201];
    let list = [puts(register(46), Value::Words(&words))];
    let asked = writes(&list);
    let mut state = GuardState::default();
    let verdict = guard.judge(&mut state, &Grants::new(), &asked, noon());
    let Verdict::ReadFirst(points) = verdict else {
        panic!()
    };
    assert_eq!(
        points,
        [asked.point(register(46)), asked.point(register(47))]
    );
    assert_eq!(guard.deny_unread(&asked).code(), Code::ValueUnread);
    for point in points {
        assert!(guard.watches(point.place.space, point.place.address));
        state.learn(point, 200.0, noon());
    }
    let verdict = guard.judge(&mut state, &Grants::new(), &asked, noon());
    assert_eq!(told(&verdict), "allowed set-points");
    // The device refuses it: nothing is known any more.
    state.forget(&asked.point(register(46)));
    let verdict = guard.judge(&mut state, &Grants::new(), &asked, after_ms(60_000));
    assert!(matches!(verdict, Verdict::ReadFirst(points) if points.len() == 1));
}

#[test]
fn masks_are_judged_by_what_they_make() {
    let guard = modbus("closed", SET_POINTS);
    let list = [puts(
        register(48),
        Value::Masked {
            and: 0xfff0,
            or: 0x000f,
        },
    )];
    let asked = Asked {
        function: Function::modbus(22),
        ..writes(&list)
    };
    let mut state = GuardState::default();
    let mut ask = |old: Option<f64>| {
        if let Some(old) = old {
            state.learn(asked.point(register(48)), old, noon());
        }
        told(&guard.judge(&mut state, &Grants::new(), &asked, noon()))
    };
    assert_eq!(ask(None), "read-first");
    assert_eq!(ask(Some(0x50.into())), "allowed set-points");
    assert_eq!(
        ask(Some(0x60.into())),
        "denied value-above-maximum set-points"
    );
    assert_eq!(ask(Some(0.5)), "read-first");
}

#[test]
fn a_place_written_twice_in_one_request() {
    let guard = modbus("closed", SET_POINTS);
    let (one, two) = ([200, 200], [200]);
    let list = [
        puts(register(40), Value::Words(&one)),
        puts(register(41), Value::Words(&two)),
    ];
    assert_eq!(
        once(&guard, &writes(&list)),
        "denied place-written-twice set-points"
    );
    let list = [
        puts(register(50), Value::Words(&two)),
        puts(register(50), Value::Words(&two)),
    ];
    assert_eq!(
        once(&guard, &writes(&list)),
        "denied value-above-maximum set-points"
    );
}

#[test]
fn priorities_of_life_safety_are_reserved() {
    let guard = bacnet(
        r#"
[[conduits.allow]]
id = "operators"
access = ["write"]
priorities = [8, "10-16"]
[[conduits.allow]]
id = "fire"
from = ["10.0.0.1"]
access = ["write", "control"]
priorities = [1, 2]
life_safety = true
"#,
    );
    let ask = |from: &str, priority| {
        let list = [Write {
            priority,
            ..puts(analog(1), Value::Real(21.0))
        }];
        let asked = Asked {
            from: ip(from),
            writes: &list,
            ..asks(Function::confirmed(15), Access::Write)
        };
        once(&guard, &asked)
    };
    assert_eq!(ask("10.0.0.100", Some(8)), "allowed operators");
    assert_eq!(ask("10.0.0.100", None), "allowed operators");
    assert_eq!(
        ask("10.0.0.100", Some(9)),
        "denied priority-not-allowed operators"
    );
    for priority in [1, 2] {
        assert_eq!(
            ask("10.0.0.100", Some(priority)),
            "denied life-safety-reserved operators"
        );
        assert_eq!(ask("10.0.0.1", Some(priority)), "allowed fire");
    }
    for priority in [0, 17, 255] {
        assert_eq!(
            ask("10.0.0.1", Some(priority)),
            "denied priority-out-of-range"
        );
    }
    let silence = asks(Function::confirmed(27), Access::Control);
    assert_eq!(
        once(
            &guard,
            &Asked {
                from: ip("10.0.0.1"),
                ..silence
            }
        ),
        "allowed fire"
    );
    let any = bacnet("[[conduits.allow]]\nid = \"any\"\naccess = [\"control\"]");
    assert_eq!(once(&any, &silence), "denied life-safety-reserved any");
}

#[test]
fn giving_up_a_value_is_a_write() {
    let rules = |relinquish| {
        format!(
            "[[conduits.allow]]\nid = \"r\"\naccess = [\"write\"]\n[[conduits.allow.points]]\n\
             space = \"analog-value\"\nproperty = \"present-value\"\nmaximum = 25\nrelinquish = {relinquish}"
        )
    };
    let list = [puts(analog(1), Value::Relinquish)];
    let asked = Asked {
        writes: &list,
        ..asks(Function::confirmed(15), Access::Write)
    };
    assert_eq!(
        once(&bacnet(&rules(false)), &asked),
        "denied relinquish-not-allowed r"
    );
    assert_eq!(once(&bacnet(&rules(true)), &asked), "allowed r");
    let reads = bacnet("[[conduits.allow]]\nid = \"r\"\naccess = [\"read\"]");
    assert_eq!(once(&reads, &asked), "denied access-not-allowed r");
    let claims = Asked {
        access: Access::Read,
        ..asked
    };
    assert_eq!(once(&reads, &claims), "denied request-contradicts");
}

#[test]
fn foreign_devices_broadcasts_searches_and_subscriptions() {
    let plain = bacnet(
        "[[conduits.allow]]\nid = \"r\"\naccess = [\"read\", \"identify\", \"write\", \"control\"]",
    );
    let named = bacnet(
        "[[conduits.allow]]\nid = \"r\"\naccess = [\"read\", \"identify\", \"write\", \"control\"]\n\
         allowances = [\"register-foreign-device\", \"distribute-broadcast\", \"broadcast\"]\nlifetime_s_max = 60",
    );
    let register = asks(Function::link(5), Access::Control);
    let register = Asked {
        lifetime: Some(Lifetime::Seconds(60)),
        ..register
    };
    assert_eq!(
        once(&plain, &register),
        "denied foreign-device-not-allowed r"
    );
    assert_eq!(once(&named, &register), "allowed r");
    let denial = plain.judge(
        &mut GuardState::default(),
        &Grants::new(),
        &register,
        noon(),
    );
    assert!(
        matches!(denial, Verdict::Denied(denial) if denial.answer() == Answer::BacnetResult(0x30))
    );
    let search = asks(Function::unconfirmed(8), Access::Identify);
    let distributed = Asked {
        carrier: Carrier::Distributed,
        ..search
    };
    assert_eq!(
        once(&plain, &distributed),
        "denied distribution-not-allowed r"
    );
    assert_eq!(once(&named, &distributed), "allowed r");
    let group = Asked {
        carrier: Carrier::Broadcast,
        ..asks(Function::unconfirmed(10), Access::Write)
    };
    assert_eq!(once(&plain, &group), "denied broadcast-not-allowed r");
    assert_eq!(once(&named, &group), "allowed r");
    for (lifetime, expected) in [
        (Lifetime::Seconds(60), "allowed r"),
        (Lifetime::Seconds(61), "denied lifetime-too-long r"),
        (Lifetime::Forever, "denied lifetime-too-long r"),
        (Lifetime::Cancel, "allowed r"),
    ] {
        let subscribe = Asked {
            lifetime: Some(lifetime),
            ..asks(Function::confirmed(5), Access::Read)
        };
        assert_eq!(once(&named, &subscribe), expected, "{lifetime:?}");
    }
    let mut state = GuardState::default();
    let mut ask = |ms| told(&plain.judge(&mut state, &Grants::new(), &search, after_ms(ms)));
    for _ in 0..3 {
        assert_eq!(ask(0), "allowed r");
    }
    assert_eq!(ask(59_999), "denied searches-too-many r");
    assert_eq!(ask(60_000), "allowed r");
}

#[test]
fn what_is_not_understood_is_denied_with_its_own_reason() {
    let any = modbus(
        "open",
        "[[conduits.allow]]\nid = \"any\"\naccess = [\"read\", \"identify\", \"write\", \"control\"]",
    );
    let umas = asks(Function::modbus(90), Access::Control);
    assert_eq!(once(&any, &umas), "denied function-unknown");
    let unknown = asks(Function::modbus(3), Access::Unknown);
    assert_eq!(once(&any, &unknown), "denied function-unknown");
    let part = Asked {
        contents: Contents::Segment,
        ..asks(Function::modbus(3), Access::Read)
    };
    assert_eq!(once(&any, &part), "denied request-segmented");
    let untyped = Asked {
        contents: Contents::Untyped,
        ..part
    };
    assert_eq!(once(&any, &untyped), "denied contents-untyped");
    let contradictory = Asked {
        contents: Contents::Contradictory,
        ..untyped
    };
    assert_eq!(once(&any, &contradictory), "denied request-contradicts");
    let none = modbus("open", "");
    assert_eq!(
        once(&none, &asks(Function::modbus(3), Access::Read)),
        "denied rule-missing"
    );
    let elsewhere = Asked {
        conduit: "water",
        ..asks(Function::modbus(3), Access::Read)
    };
    assert_eq!(once(&any, &elsewhere), "denied conduit-unknown");
}

#[test]
fn the_owner_chooses_what_happens_while_the_guard_cannot_judge() {
    let rules = "[[conduits.allow]]\nid = \"w\"\npersons = [\"p\"]\napproval = \"act\"\naccess = [\"read\", \"write\", \"control\"]";
    let words = [200];
    let list = [puts(register(40), Value::Words(&words))];
    let (write, other) = (writes(&list), [puts(register(40), Value::Words(&[201]))]);
    let read = asks(Function::modbus(3), Access::Read);
    let closed = modbus("closed", rules);
    let mut state = GuardState::default();
    assert_eq!(
        told(&closed.when_failing(&mut state, &read, noon())),
        "denied failing-closed"
    );
    let open = modbus("open", rules);
    let (fail, owner, why) = open.failure("air").unwrap();
    assert_eq!((fail, owner.as_str(), why), (Fail::Open, "m-durand", "why"));
    let ask =
        |state: &mut GuardState, asked: &Asked<'_>| told(&open.when_failing(state, asked, noon()));
    assert_eq!(ask(&mut state, &read), "allowed w");
    assert_eq!(ask(&mut state, &write), "denied failing-new-value w");
    let restart = asks(Function::modbus(8), Access::Control);
    assert_eq!(ask(&mut state, &restart), "denied failing-control w");
    let mut grants = Grants::new();
    grants.hold(&open, bounds::grant("air"), noon()).unwrap();
    let holder = person("p");
    let approved = Asked {
        who: Who::Person(&holder),
        ..write
    };
    assert_eq!(
        told(&open.judge(&mut state, &grants, &approved, noon())),
        "allowed w"
    );
    assert_eq!(ask(&mut state, &write), "allowed w");
    assert_eq!(
        ask(&mut state, &writes(&other)),
        "denied failing-new-value w"
    );
    // What a device only said was never approved.
    state.learn(write.point(register(40)), 201.0, noon());
    assert_eq!(
        ask(&mut state, &writes(&other)),
        "denied failing-new-value w"
    );
}

#[test]
fn a_denial_explains_itself() {
    let guard = modbus("closed", SET_POINTS);
    let words = [300];
    let list = [puts(register(48), Value::Words(&words))];
    let verdict = guard.judge(
        &mut GuardState::default(),
        &Grants::new(),
        &writes(&list),
        noon(),
    );
    let Verdict::Denied(denial) = verdict else {
        panic!()
    };
    let said = "value-above-maximum, by rule `set-points` at holding-register 48: 300 against 100";
    assert_eq!(denial.to_string(), said);
    assert_eq!(denial.answer(), Answer::ModbusException(3));
}
