//! Who may set a refusal aside, for how long, and of what.

use std::collections::BTreeSet;

use event::{PersonId, Timestamp};

use hospital::{Directory, DirectoryLimits};

use crate::interlock::tests::golden::{THEATRE, at, directory, operation, theatre};
use crate::interlock::tests::{action, now, plan};
use crate::{
    Action, Basis, Checked, InForce, Measure, Overridden, Override, OverrideFault, Refused,
};

fn refusal(actions: &[Action], in_force: &mut InForce) -> Box<Refused> {
    let facts = operation();
    match theatre().check(&plan(actions, None), Some(&facts), in_force, now()) {
        Checked::Refused(refused) => refused,
        Checked::Ordered(order) => panic!("ordered: {order:?}"),
    }
}

fn signed() -> Override {
    Override {
        safety: PersonId::new("safety-1").unwrap(),
        security: PersonId::new("security-1").unwrap(),
        reason: "it spreads to the other theatres".to_owned(),
        expires: at("12:00"),
    }
}

fn asked(it: Override, at: Timestamp) -> Result<crate::Order, BTreeSet<OverrideFault>> {
    let mut in_force = InForce::new();
    let refused = refusal(&[action("ahu-controller", Measure::Isolate)], &mut in_force);
    match refused.override_with(it, &directory(), &mut in_force, at) {
        Overridden::Ordered(order) => {
            assert_eq!(in_force.len(), 1);
            Ok(order)
        }
        Overridden::Denied { faults, .. } => {
            assert!(in_force.is_empty());
            Err(faults)
        }
    }
}

#[test]
fn two_persons_set_a_refusal_aside_for_a_while() {
    let order = asked(signed(), now()).unwrap();
    assert_eq!(order.ends(), Some(at("12:00")));
    assert!(order.record().overridden);
    let Basis::Overridden {
        safety,
        lost,
        lost_count,
        ..
    } = order.basis()
    else {
        panic!("{:?}", order.basis());
    };
    assert_eq!(safety.as_str(), "safety-1");
    assert_eq!((lost.len(), *lost_count), (1, 1));
    assert_eq!(lost[0].function.as_str(), "theatre-1");
}

#[test]
fn each_fault_of_an_override_is_told() {
    let person = |text| PersonId::new(text).unwrap();
    type Change = Box<dyn Fn(&mut Override)>;
    let cases: Vec<(&str, Change)> = vec![
        ("override-expired", Box::new(|it| it.expires = now())),
        ("override-too-long", Box::new(|it| it.expires = at("21:01"))),
        (
            "reason-missing",
            Box::new(|it| it.reason = "  \n".to_owned()),
        ),
        (
            "reason-too-long",
            Box::new(|it| it.reason = "x".repeat(4_097)),
        ),
        (
            "not-safety",
            Box::new(move |it| it.safety = person("clerk-1")),
        ),
        // The post is over, so the role is.
        (
            "not-safety",
            Box::new(move |it| it.safety = person("left-1")),
        ),
        (
            "not-security",
            Box::new(move |it| it.security = person("left-1")),
        ),
        (
            "not-security",
            Box::new(move |it| it.security = person("nobody")),
        ),
    ];
    for (code, change) in cases {
        let mut it = signed();
        change(&mut it);
        let faults = asked(it, now()).unwrap_err();
        let codes: Vec<&str> = faults.iter().map(|it| it.code()).collect();
        assert_eq!(codes, [code]);
    }
    let mut last = signed();
    last.expires = at("21:00");
    assert!(asked(last, now()).is_ok());
}

#[test]
fn one_person_with_both_roles_is_one_person() {
    let mut in_force = InForce::new();
    let refused = refusal(&[action("ahu-controller", Measure::Isolate)], &mut in_force);
    let it = Override {
        security: signed().safety,
        ..signed()
    };
    let both = THEATRE.replace(
        "\"roles\": [\"safety-officer\"]",
        "\"roles\": [\"safety-officer\", \"security-officer\"]",
    );
    let both = Directory::from_json(both.as_bytes(), &DirectoryLimits::DEFAULT).unwrap();
    let Overridden::Denied { faults, refused } =
        refused.override_with(it, &both, &mut in_force, now())
    else {
        panic!("one signature is not two");
    };
    assert_eq!(faults, [OverrideFault::SamePerson].into());
    // The refusal stands, and two may still sign it.
    let overridden = refused.override_with(signed(), &directory(), &mut in_force, now());
    assert!(matches!(overridden, Overridden::Ordered(_)));
}

#[test]
fn a_refusal_is_signed_while_it_is_fresh() {
    assert!(asked(signed(), at("09:15")).is_ok());
    let stale = [OverrideFault::RefusalStale].into();
    assert_eq!(asked(signed(), at("09:16")), Err(stale));
    let ahead = [OverrideFault::RefusalStale].into();
    assert_eq!(asked(signed(), at("08:59")), Err(ahead));
}

#[test]
fn what_was_signed_is_about_what_is_in_force() {
    let mut in_force = InForce::new();
    let refused = refusal(&[action("ahu-controller", Measure::Isolate)], &mut in_force);
    let desk = plan(&[action("desk-1", Measure::Isolate)], None);
    let checked = theatre().check(&desk, Some(&operation()), &mut in_force, now());
    assert!(matches!(checked, Checked::Ordered(_)));
    let Overridden::Denied { faults, .. } =
        refused.override_with(signed(), &directory(), &mut in_force, now())
    else {
        panic!("something has changed");
    };
    assert_eq!(faults, [OverrideFault::InForceChanged].into());
}

#[test]
fn no_signature_makes_a_measure_fit() {
    let mut in_force = InForce::new();
    let refused = refusal(&[action("surgeon-1", Measure::CutPower)], &mut in_force);
    let Overridden::Denied { faults, .. } =
        refused.override_with(signed(), &directory(), &mut in_force, now())
    else {
        panic!("a person has no power to cut");
    };
    assert_eq!(faults, [OverrideFault::Unchangeable].into());
}
