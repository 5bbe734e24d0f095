//! A theatre, its ventilation, and what may be done while an operation runs.

use std::collections::BTreeSet;

use event::Timestamp;
use hospital::{Directory, DirectoryLimits};

use crate::{
    Action, Aim, Basis, Checked, Facts, InForce, Interlock, Limits, LostBecause, Measure, Milder,
    Order, Plan, Refused, RefusedBecause,
};

use super::{action, id, in_use, now, plan};

pub(crate) const THEATRE: &str = include_str!("theatre.json");

pub(crate) fn directory() -> Directory {
    Directory::from_json(THEATRE.as_bytes(), &DirectoryLimits::DEFAULT).unwrap()
}

pub(crate) fn theatre() -> Interlock {
    Interlock::new(&directory(), Limits::DEFAULT).unwrap()
}

/// An operation that is expected to end at 10:00; it is nine.
pub(crate) fn operation() -> Facts {
    let mut facts = in_use(&["theatre-1"]);
    facts.in_use[0].until = Some(at("10:00"));
    facts
}

pub(crate) fn at(time: &str) -> Timestamp {
    format!("2026-11-26T{time}:00Z").parse().unwrap()
}

fn asked(plan: &Plan, facts: Option<&Facts>) -> Checked {
    theatre().check(plan, facts, &mut InForce::new(), now())
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a case reads better")]
fn refused(plan: Plan, facts: Option<&Facts>) -> Refused {
    match asked(&plan, facts) {
        Checked::Refused(refused) => *refused,
        Checked::Ordered(order) => panic!("ordered: {order:?}"),
    }
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a case reads better")]
fn ordered(plan: Plan, facts: Option<&Facts>) -> Order {
    match asked(&plan, facts) {
        Checked::Ordered(order) => order,
        Checked::Refused(refused) => panic!("refused: {refused:?}"),
    }
}

fn isolate_controller() -> Plan {
    plan(&[action("ahu-controller", Measure::Isolate)], None)
}

fn ways(refused: &Refused) -> Vec<&'static str> {
    let alternatives = refused.alternatives().iter();
    alternatives.map(|it| it.way.code()).collect()
}

#[test]
fn isolating_the_controller_during_an_operation_is_refused() {
    let refused = refused(isolate_controller(), Some(&operation()));
    let reasons = refused.reasons().iter().map(|it| it.code());
    assert_eq!(reasons.collect::<Vec<_>>(), ["care-function-lost"]);
    let [lost] = refused.lost() else {
        panic!("{:?}", refused.lost());
    };
    assert_eq!(lost.function, id("theatre-1"));
    assert_eq!(lost.because, LostBecause::LastSupplier);
    assert_eq!(lost.tolerance_minutes, 3);
    assert_eq!(lost.outage_minutes, None);
    assert_eq!(lost.in_use_until, Some(at("10:00")));
    assert!(lost.safe_state.starts_with("close the doors"));
    // The air goes on by itself; it is the pressure that nobody would see any more.
    let path = ["theatre-1", "pressure-display", "ahu-controller"].map(id);
    assert_eq!(lost.path, path);
    assert_eq!(lost.cut, [id("ahu-controller")].into());

    let all = ["block-writes", "isolate-from-outside", "wait", "shorten"];
    assert_eq!(ways(&refused), all);
    let mildest = &refused.alternatives()[0];
    let actions = [action("ahu-controller", Measure::BlockWrites)].into();
    assert_eq!(*mildest.plan.actions(), actions);
    let wait = &refused.alternatives()[2];
    assert_eq!((wait.begin, &wait.plan), (at("10:00"), refused.plan()));
    let short = &refused.alternatives()[3];
    assert_eq!(short.plan.minutes().unwrap().get(), 2);
}

#[test]
fn the_mildest_alternative_becomes_an_order() {
    let refused = refused(isolate_controller(), Some(&operation()));
    let order = ordered(refused.alternatives()[0].plan.clone(), Some(&operation()));
    let actions = [action("ahu-controller", Measure::BlockWrites)];
    assert_eq!(order.actions(), actions);
    assert_eq!(
        *order.basis(),
        Basis::Passed {
            interrupted: vec![]
        }
    );
    assert!(order.may_begin(now()) && order.may_begin(at("09:04")));
    assert!(!order.may_begin(at("09:05")) && !order.may_begin(at("08:59")));
    assert_eq!((order.given(), order.ends()), (now(), None));
}

#[test]
fn an_aim_leaves_only_what_reaches_it() {
    for (aim, expected) in [
        (Aim::Commands, vec!["block-writes", "wait", "shorten"]),
        (
            Aim::Outside,
            vec!["isolate-from-outside", "wait", "shorten"],
        ),
        (Aim::Spread, vec!["wait", "shorten"]),
    ] {
        // With the workstation, which harms nobody: to leave the controller out would pass.
        let mut actions = isolate_controller().actions().clone();
        actions.insert(action("desk-1", Measure::Isolate));
        let plan = Plan::new(actions, None, [aim].into(), &Limits::DEFAULT).unwrap();
        assert_eq!(
            ways(&refused(plan, Some(&operation()))),
            expected,
            "{aim:?}"
        );
    }
}

#[test]
fn a_plan_stops_what_it_says() {
    let actions = || [action("ahu-controller", Measure::BlockWrites)].into();
    let aimed = |aim| Plan::new(actions(), None, [aim].into(), &Limits::DEFAULT);
    assert!(aimed(Aim::Commands).is_ok());
    let missed = aimed(Aim::Spread).unwrap_err().to_string();
    assert_eq!(
        missed,
        "`block-writes` on `ahu-controller` does not stop spread"
    );
}

#[test]
fn without_an_operation_the_controller_is_isolated() {
    let order = ordered(isolate_controller(), Some(&in_use(&["laboratory"])));
    assert_eq!(order.ends(), None);
    let short = plan(&[action("ahu-controller", Measure::Isolate)], Some(30));
    let order = ordered(short.clone(), Some(&in_use(&[])));
    assert_eq!(order.ends(), Some(at("09:30")));

    // One that is planned counts once the plan may last until then.
    for (from, is_ordered) in [("09:29", false), ("09:30", true)] {
        let mut planned = operation();
        planned.in_use[0].from = at(from);
        let checked = asked(&short, Some(&planned));
        assert_eq!(matches!(checked, Checked::Ordered(_)), is_ordered, "{from}");
    }
}

#[test]
fn an_operation_that_runs_over_goes_on() {
    let mut over = operation();
    over.in_use[0].until = Some(at("08:30"));
    let refused = refused(isolate_controller(), Some(&over));
    assert_eq!(
        ways(&refused),
        ["block-writes", "isolate-from-outside", "shorten"]
    );
}

#[test]
fn waiting_is_for_the_last_of_several_uses() {
    let mut two = operation();
    let mut later = two.in_use[0].clone();
    (later.from, later.until) = (at("09:45"), Some(at("11:15")));
    two.in_use.push(later);
    let refused = refused(isolate_controller(), Some(&two));
    let alternatives = refused.alternatives().iter();
    let wait = alternatives.filter(|it| it.way == Milder::Wait);
    assert_eq!(wait.map(|it| it.begin).collect::<Vec<_>>(), [at("11:15")]);
    assert_eq!(refused.lost()[0].in_use_until, Some(at("11:15")));
}

#[test]
fn a_short_interruption_is_tolerated_and_told() {
    let facts = operation();
    let short = |minutes| plan(&[action("ahu-controller", Measure::Isolate)], Some(minutes));
    let order = ordered(short(2), Some(&facts));
    let interrupted = vec![id("theatre-1")];
    assert_eq!(*order.basis(), Basis::Passed { interrupted });
    assert_eq!(
        refused(short(3), Some(&facts)).lost()[0].outage_minutes,
        Some(3)
    );

    // What the same operation has already borne counts.
    let mut borne = operation();
    borne.in_use[0].interrupted_minutes = 1;
    refused(short(2), Some(&borne));
    drop(ordered(short(1), Some(&borne)));
}

#[test]
fn the_battery_of_the_controller_bridges_half_an_hour() {
    let cut = |minutes| plan(&[action("switchboard-1", Measure::CutPower)], Some(minutes));
    let order = ordered(cut(29), Some(&operation()));
    let interrupted = vec![];
    assert_eq!(*order.basis(), Basis::Passed { interrupted });
    refused(cut(30), Some(&operation()));
}

#[test]
fn the_second_fan_is_the_last() {
    let (theatre, facts, mut force) = (theatre(), operation(), InForce::new());
    let cut = |fan| plan(&[action(fan, Measure::CutPower)], None);
    let Checked::Ordered(first) = theatre.check(&cut("fan-1"), Some(&facts), &mut force, now())
    else {
        panic!("the other fan is enough");
    };
    let Checked::Refused(second) = theatre.check(&cut("fan-2"), Some(&facts), &mut force, now())
    else {
        panic!("no fan is left");
    };
    assert_eq!(second.lost()[0].cut, ["fan-1", "fan-2"].map(id).into());
    // At a restart the record does what the order did.
    let mut recalled = InForce::new();
    recalled.recall(&first.record());
    assert!(matches!(
        theatre.check(&cut("fan-2"), Some(&facts), &mut recalled, now()),
        Checked::Refused(_)
    ));
    assert!(force.release(first.number()) && !force.release(first.number()));
    let checked = theatre.check(&cut("fan-2"), Some(&facts), &mut force, now());
    assert!(matches!(checked, Checked::Ordered(_)));

    let mut failed = operation();
    failed.out_of_service.insert(id("fan-1"));
    refused(cut("fan-2"), Some(&failed));
    // Nobody has seen the other fan: it does not count.
    let mut old = operation();
    old.as_of = at("08:54");
    let refused = refused(cut("fan-2"), Some(&old));
    assert!(refused.reasons().contains(&RefusedBecause::UseUnknown));
}

#[test]
fn facts_that_are_missing_old_or_ahead_say_nothing() {
    for (seen, is_known) in [
        ("08:55", true),
        ("08:54", false),
        ("09:01", true),
        ("09:02", false),
    ] {
        let mut facts = in_use(&[]);
        facts.as_of = at(seen);
        let checked = asked(&isolate_controller(), Some(&facts));
        assert_eq!(matches!(checked, Checked::Ordered(_)), is_known, "{seen}");
    }
    let unknown = refused(isolate_controller(), None);
    let reasons = [RefusedBecause::CareFunctionLost, RefusedBecause::UseUnknown];
    assert_eq!(*unknown.reasons(), reasons.into());
    assert_eq!(
        ways(&unknown),
        ["block-writes", "isolate-from-outside", "shorten"]
    );
    // What takes nothing from any care needs no facts.
    drop(ordered(
        plan(&[action("ahu-controller", Measure::BlockWrites)], None),
        None,
    ));
}

#[test]
fn an_account_does_not_operate_but_a_link_carries() {
    let account = plan(&[action("surgeon-1", Measure::DisableAccount)], None);
    drop(ordered(account, Some(&operation())));
    let link = |measure| plan(&[action("regional-link", measure)], None);
    let busy = in_use(&["laboratory"]);
    drop(ordered(link(Measure::BlockWrites), Some(&busy)));
    refused(link(Measure::IsolateFromOutside), Some(&busy));
}

#[test]
fn what_no_care_function_leads_to_may_be_vital() {
    let isolate = |target| plan(&[action(target, Measure::BlockWrites)], None);
    // In no graph, of a group that nobody vouches for, even when nothing is in use.
    let unlisted = refused(isolate("pump-9"), Some(&operation()));
    assert_eq!(*unlisted.unknown(), [id("pump-9")].into());
    assert_eq!(unlisted.lost()[0].because, LostBecause::SupplierUnknown);
    assert_eq!(unlisted.lost()[0].path, ["theatre-1", "pump-9"].map(id));
    assert_eq!(unlisted.alternatives(), []);
    let idle = refused(isolate("pump-9"), Some(&in_use(&[])));
    assert_eq!(*idle.reasons(), [RefusedBecause::UnknownDependency].into());
    // Of another site: the care of this one is not touched.
    let elsewhere = refused(isolate("pump-ch"), Some(&operation()));
    assert_eq!(elsewhere.lost(), []);
    // Marked as unknown; and in no directory at all, which may be anywhere.
    refused(isolate("kiosk-1"), Some(&in_use(&[])));
    let facts = in_use(&["theatre-1", "ch-delivery"]);
    assert_eq!(refused(isolate("ghost"), Some(&facts)).lost_count(), 2);
    // A clearance proves it, while it is in force.
    drop(ordered(isolate("desk-1"), Some(&operation())));
    let clerk = plan(&[action("clerk-1", Measure::DisableAccount)], None);
    refused(clerk, Some(&in_use(&[])));
}

#[test]
fn care_that_nobody_described_may_need_anything() {
    let mut facts = in_use(&["ch-delivery"]);
    let blocked = plan(&[action("ahu-controller", Measure::BlockWrites)], None);
    // What it needs is unknown, at its own site.
    drop(ordered(blocked.clone(), Some(&facts)));
    facts.in_use[0].function = id("helicopter");
    let strange = refused(blocked, Some(&facts));
    assert_eq!(strange.lost()[0].because, LostBecause::NeedsUnknown);
    assert_eq!(strange.lost()[0].function, id("helicopter"));
}

#[test]
fn a_measure_must_fit_its_target() {
    for (target, measure) in [
        ("ahu-controller", Measure::DisableAccount),
        ("surgeon-1", Measure::Isolate),
        ("theatre-1", Measure::BlockWrites),
    ] {
        let refused = refused(plan(&[action(target, measure)], None), Some(&in_use(&[])));
        let reasons = refused.reasons().iter().map(|it| it.code());
        assert_eq!(reasons.collect::<Vec<_>>(), ["measure-unfit"]);
        assert_eq!(*refused.unfit(), [action(target, measure)].into());
    }
}

#[test]
fn a_plan_is_contained_without_the_part_that_harms() {
    let actions = [
        action("ahu-controller", Measure::CutPower),
        action("desk-1", Measure::Isolate),
        action("regional-link", Measure::Isolate),
    ];
    let refused = refused(plan(&actions, None), Some(&operation()));
    let all = [
        "block-writes",
        "isolate-from-outside",
        "wait",
        "shorten",
        "contain-the-rest",
    ];
    assert_eq!(ways(&refused), all);
    let changes = |n: usize| refused.alternatives()[n].changes.clone();
    // Isolating instead of cutting the power would still blind the display.
    for (n, instead) in [(0, Some(Measure::BlockWrites)), (4, None)] {
        let [change] = changes(n).try_into().unwrap();
        assert_eq!(
            (change.asked, change.instead),
            (actions[0].clone(), instead)
        );
    }
}

#[test]
fn limits_are_values() {
    let limits = Limits {
        actions_max: 1,
        plan_minutes_max: 10,
        in_force_max: 1,
        alternative_work_max: 1,
        ..Limits::DEFAULT
    };
    let new = |actions: &[Action], minutes| {
        let actions = actions.iter().cloned().collect();
        Plan::new(actions, minutes, BTreeSet::new(), &limits).map(|_| ())
    };
    let two = ["a", "b"].map(|it| action(it, Measure::Isolate));
    let told = |result: Result<(), crate::Error>| result.unwrap_err().to_string();
    assert!(told(new(&[], None)).contains("at least one action"));
    assert!(told(new(&two, None)).contains("limit of 1"));
    assert!(told(new(&two[..1], Some(0))).contains("1 to 10 minutes"));
    assert!(told(new(&two[..1], Some(11))).contains("not 11"));
    assert_eq!(new(&two[..1], Some(10)), Ok(()));

    let theatre = Interlock::new(&directory(), limits).unwrap();
    let (facts, mut force) = (operation(), InForce::new());
    let Checked::Refused(hasty) =
        theatre.check(&isolate_controller(), Some(&facts), &mut force, now())
    else {
        panic!("the operation needs it");
    };
    assert!(!hasty.searched_all());
    let desk = plan(&[action("desk-1", Measure::Isolate)], None);
    let first = theatre.check(&desk, Some(&facts), &mut force, now());
    assert!(matches!(first, Checked::Ordered(_)));
    let Checked::Refused(full) = theatre.check(&desk, Some(&facts), &mut force, now()) else {
        panic!("there is room for one");
    };
    assert_eq!(*full.reasons(), [RefusedBecause::TooManyInForce].into());
    assert_eq!(full.alternatives(), []);
}

/// The worked example of medical gases: intensive care is always in use.
#[test]
fn one_source_of_oxygen_may_be_cut_and_not_both() {
    let gas = include_str!("../../../../../scenarios/medical-gas/directory.json");
    let gas = Directory::from_json(gas.as_bytes(), &DirectoryLimits::DEFAULT).unwrap();
    let gas = Interlock::new(&gas, Limits::DEFAULT).unwrap();
    let (nothing, mut force) = (in_use(&[]), InForce::new());
    let mut check = |target, measure, minutes| {
        let plan = plan(&[action(target, measure)], minutes);
        match gas.check(&plan, Some(&nothing), &mut force, now()) {
            Checked::Ordered(order) => Ok(order.number()),
            Checked::Refused(refused) => Err(ways(&refused).join(" ")),
        }
    };
    let milder = |text: &str| Err(text.to_owned());
    assert_eq!(check("oxygen-tank", Measure::CutPower, None), Ok(0));
    let refused = check("oxygen-reserve", Measure::CutPower, None);
    assert_eq!(refused, milder("block-writes isolate-from-outside isolate"));
    // The level is read once a day: the telemetry may be away for less.
    let refused = check("oxygen-telemetry", Measure::Isolate, None);
    assert_eq!(refused, milder("block-writes isolate-from-outside shorten"));
    assert_eq!(
        check("oxygen-telemetry", Measure::Isolate, Some(1_439)),
        Ok(1)
    );
    // Once it is, nobody knows when it comes back, so nothing more is done to it.
    let refused = check("oxygen-telemetry", Measure::BlockWrites, Some(1));
    assert_eq!(refused, milder(""));
}

/// What the plan takes down at a remove is reached as well as what it acts on.
#[test]
fn an_unknown_supplier_is_not_taken_down_by_what_it_needs() {
    let kiosk = "{\"id\": \"kiosk-1\", \"kind\": \"device\", \"unknown\": true";
    let needs = format!(
        "{kiosk}, \"needs\": {{\"supply\": {{\"on\": \"fan-1\", \"gives\": \"presence\"}}}}"
    );
    let changed = THEATRE.replace(kiosk, &needs);
    assert_ne!(changed, THEATRE);
    let directory = Directory::from_json(changed.as_bytes(), &DirectoryLimits::DEFAULT).unwrap();
    let theatre = Interlock::new(&directory, Limits::DEFAULT).unwrap();
    let cut = plan(&[action("fan-1", Measure::CutPower)], None);
    let facts = operation();
    let Checked::Refused(refused) = theatre.check(&cut, Some(&facts), &mut InForce::new(), now())
    else {
        panic!("what is unknown counts as vital");
    };
    assert!(
        refused
            .reasons()
            .contains(&RefusedBecause::UnknownDependency)
    );
    assert_eq!(*refused.unknown(), [id("kiosk-1")].into());
    // As the directory is, one of two fans may go.
    let _order = ordered(
        plan(&[action("fan-1", Measure::CutPower)], None),
        Some(&facts),
    );
}
