//! Writes on their way: judged, and not yet kept, sent or answered.

use super::*;
use crate::guard::{Fall, Hold};

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

/// A memory with one register.
struct Desk {
    guard: Guard,
    state: GuardState,
    point: Point,
}

impl Desk {
    fn new(rules: &str) -> Self {
        let mut state = GuardState::default();
        let point = writes(&[]).point(register(40));
        state.learn(point, 100.0, noon());
        Self {
            guard: modbus("open", rules),
            state,
            point,
        }
    }

    fn free() -> Self {
        Self::new(&RULES.replace("step_max = 10\ninterval_ms_min = 1000\n", ""))
    }

    /// Judges a write as whoever sends it on does.
    fn judge(&mut self, value: u16, now: Timestamp) -> Result<Hold, String> {
        let values = [value];
        let list = [puts(register(40), Value::Words(&values))];
        let before = self.state.remembered(&self.point);
        let grants = Grants::new();
        let verdict = self
            .guard
            .judge(&mut self.state, &grants, &writes(&list), now);
        match verdict {
            Verdict::Allowed(_) => Ok(self.state.hold(self.point, before).unwrap()),
            other => Err(told(&other)),
        }
    }

    /// What a failing guard says to a value.
    fn blind(&mut self, value: u16) -> String {
        let values = [value];
        let list = [puts(register(40), Value::Words(&values))];
        told(
            &self
                .guard
                .when_failing(&mut self.state, &writes(&list), noon()),
        )
    }
}

#[test]
fn of_two_writes_that_were_not_kept_none_is_approved() {
    let mut desk = Desk::free();
    let kept = desk.judge(100, noon()).unwrap();
    desk.state.approve(&kept);
    desk.state.land(&kept);
    let first = desk.judge(110, noon()).unwrap();
    let second = desk.judge(120, noon()).unwrap();
    // While neither is kept, only what was approved before passes.
    assert_eq!(desk.blind(110), "denied failing-new-value w");
    assert_eq!(desk.blind(120), "denied failing-new-value w");
    desk.state.undo(&first);
    desk.state.undo(&second);
    for value in [110, 120] {
        assert_eq!(desk.blind(value), "denied failing-new-value w", "{value}");
    }
    let known = desk.state.remembered(&desk.point).unwrap();
    assert_eq!(known.value(noon(), 60), None, "nobody knows what it is");
}

#[test]
fn of_two_writes_the_kept_one_stays_approved_in_either_order() {
    let mut desk = Desk::free();
    let first = desk.judge(110, noon()).unwrap();
    let second = desk.judge(120, noon()).unwrap();
    desk.state.approve(&first);
    desk.state.undo(&second);
    assert_eq!(desk.blind(110), "allowed w");
    assert_eq!(desk.blind(120), "denied failing-new-value w");
    let mut desk = Desk::free();
    let first = desk.judge(110, noon()).unwrap();
    let second = desk.judge(120, noon()).unwrap();
    desk.state.undo(&first);
    desk.state.approve(&second);
    assert_eq!(desk.blind(120), "allowed w");
    assert_eq!(desk.blind(110), "denied failing-new-value w");
}

#[test]
fn the_same_by_the_simple_way_back() {
    let mut desk = Desk::free();
    let point = desk.point;
    let base = desk.state.remembered(&point);
    let _first = desk.judge(110, noon()).unwrap();
    let before = desk.state.remembered(&point);
    let _second = desk.judge(120, after_ms(1)).unwrap();
    desk.state.put_back(point, base, noon());
    desk.state.put_back(point, before, after_ms(1));
    assert_eq!(desk.blind(110), "denied failing-new-value w");
}

#[test]
fn nothing_is_judged_by_a_write_that_is_on_its_way() {
    let mut desk = Desk::new(RULES);
    let first = desk.judge(110, noon()).unwrap();
    desk.state.approve(&first);
    let later = after_ms(2_000);
    assert_eq!(
        desk.judge(120, later).unwrap_err(),
        "denied interval-too-short w"
    );
    // Nor is an answer of a device believed that was asked meanwhile.
    let settled = std::time::Duration::ZERO;
    desk.state
        .learn_asked(desk.point, 100.0, (later, later), settled);
    desk.state.land(&first);
    assert_eq!(
        desk.judge(121, later).unwrap_err(),
        "denied step-too-great w"
    );
    let second = desk.judge(120, later).unwrap();
    desk.state.fall(&second, Fall::Undone);
    let after = after_ms(4_000);
    assert_eq!(desk.judge(125, after).unwrap_err(), "read-first");
}

#[test]
fn what_nobody_heard_of_may_still_be_done_for_a_while() {
    let mut desk = Desk::new(RULES);
    let first = desk.judge(110, noon()).unwrap();
    desk.state.fall(&first, Fall::Doubtful(after_ms(3_000)));
    let settled = std::time::Duration::ZERO;
    let soon = after_ms(2_000);
    desk.state
        .learn_asked(desk.point, 100.0, (soon, soon), settled);
    assert_eq!(
        desk.judge(90, soon).unwrap_err(),
        "denied interval-too-short w"
    );
    let after = after_ms(3_000);
    assert_eq!(desk.judge(90, after).unwrap_err(), "read-first");
}

#[test]
fn what_was_on_its_way_is_not_believed_after_a_restart() {
    let mut desk = Desk::new(RULES);
    let _first = desk.judge(110, noon()).unwrap();
    let text = serde_json::to_string(&desk.state).unwrap();
    desk.state = serde_json::from_str(&text).unwrap();
    let after = after_ms(2_000);
    assert_eq!(desk.judge(120, after).unwrap_err(), "read-first");
}
