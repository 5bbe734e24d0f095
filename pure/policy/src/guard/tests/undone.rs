//! A write that was let through and never left.

use super::*;

const RULES: &str = r#"
[[conduits.allow]]
id = "w"
access = ["write"]
units = [1]
[[conduits.allow.points]]
space = "holding-register"
address = 40
step_max = 10
interval_ms_min = 1000
"#;

#[test]
fn a_write_that_never_left_was_never_made() {
    let guard = modbus("open", RULES);
    let mut state = GuardState::default();
    let put = |value| [puts(register(40), Value::Words(value))];
    let first = put(&[100]);
    let second = put(&[105]);
    let asked = writes(&first);
    let point = asked.point(register(40));
    state.learn(point, 100.0, noon());
    let ask = |state: &mut GuardState, list: &[Write<'_>], now| {
        told(&guard.judge(state, &Grants::new(), &writes(list), now))
    };
    assert_eq!(ask(&mut state, &first, noon()), "allowed w");
    let before = state.remembered(&point);
    let later = after_ms(2_000);
    assert_eq!(ask(&mut state, &second, later), "allowed w");
    state.put_back(point, before, later);
    // The value that was approved last is the first one, so only that one passes again blindly.
    let blind = |state: &mut GuardState, list: &[Write<'_>]| {
        told(&guard.when_failing(state, &writes(list), later))
    };
    assert_eq!(blind(&mut state, &second), "denied failing-new-value w");
    assert_eq!(blind(&mut state, &first), "allowed w");
}

#[test]
fn what_was_written_since_is_not_taken_back() {
    let guard = modbus("open", RULES);
    let mut state = GuardState::default();
    let list = [puts(register(40), Value::Words(&[100]))];
    let asked = writes(&list);
    let point = asked.point(register(40));
    state.learn(point, 100.0, noon());
    let before = state.remembered(&point);
    assert!(told(&guard.judge(&mut state, &Grants::new(), &asked, noon())).starts_with("allowed"));
    let later = after_ms(2_000);
    assert!(told(&guard.judge(&mut state, &Grants::new(), &asked, later)).starts_with("allowed"));
    state.put_back(point, before, noon());
    // The pause counts from the later write, and what the place is has to be read.
    let soon = after_ms(2_500);
    let verdict = guard.judge(&mut state, &Grants::new(), &asked, soon);
    assert_eq!(told(&verdict), "denied interval-too-short w");
    let after = after_ms(4_000);
    let verdict = guard.judge(&mut state, &Grants::new(), &asked, after);
    assert_eq!(told(&verdict), "read-first");
}

#[test]
fn a_place_that_was_not_known_is_not_known_again() {
    let guard = modbus("open", &RULES.replace("step_max = 10\n", ""));
    let mut state = GuardState::default();
    let list = [puts(register(40), Value::Words(&[100]))];
    let asked = writes(&list);
    let point = asked.point(register(40));
    assert!(told(&guard.judge(&mut state, &Grants::new(), &asked, noon())).starts_with("allowed"));
    assert_eq!(state.places(), 1);
    state.put_back(point, None, noon());
    assert_eq!((state.places(), state.remembered(&point)), (0, None));
    // No pause is due after a write that was never made.
    assert!(told(&guard.judge(&mut state, &Grants::new(), &asked, noon())).starts_with("allowed"));
}

#[test]
fn who_may_ask_at_all_is_known_before_anything_is_read() {
    let guard = modbus("closed", "");
    let (client, device) = (ip("10.0.0.1"), ip("10.9.0.1"));
    assert!(guard.admits("air", client, device));
    assert!(guard.admits("air", ip("::ffff:10.0.0.1"), device));
    assert!(!guard.admits("air", ip("192.0.2.1"), device));
    assert!(!guard.admits("air", client, ip("10.8.0.1")));
    assert!(!guard.admits("water", client, device));
}

#[test]
fn an_answer_under_way_does_not_hide_what_was_written_meanwhile() {
    let guard = modbus("open", RULES);
    let mut state = GuardState::default();
    let point = writes(&[]).point(register(40));
    state.learn(point, 200.0, noon());
    let put = |value| [puts(register(40), Value::Words(value))];
    let up = put(&[210]);
    let ask = |state: &mut GuardState, list: &[Write<'_>], now| {
        told(&guard.judge(state, &Grants::new(), &writes(list), now))
    };
    assert_eq!(ask(&mut state, &up, noon()), "allowed w");
    let settled = std::time::Duration::from_secs(1);
    state.learn_asked(point, 200.0, (after_ms(500), after_ms(600)), settled);
    let down = put(&[190]);
    assert_eq!(
        ask(&mut state, &down, after_ms(2_000)),
        "denied step-too-great w"
    );
    // A read that was sent after the write has settled is believed, and so is one after a refusal.
    state.learn_asked(point, 200.0, (after_ms(1_500), after_ms(1_600)), settled);
    assert_eq!(ask(&mut state, &down, after_ms(2_000)), "allowed w");
    state.forget(&point);
    state.learn_asked(point, 200.0, (after_ms(2_100), after_ms(2_200)), settled);
    assert_eq!(ask(&mut state, &put(&[210]), after_ms(3_500)), "allowed w");
}
