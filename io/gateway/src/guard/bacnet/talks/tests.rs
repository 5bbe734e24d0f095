//! What is called for, and for whom, by a clock by hand.

use std::sync::Arc;

use policy::guard::GuardState;

use super::*;
use crate::guard::standing::Standing;
use crate::guard::testing::noon;

const WHO_IS: &str = "810a0008 0100 1008";
const I_AM: &str = "810a0014 0100 1000 c402000001 2205c4 9103 2105";
/// Present value of analog value 1, invoke id 7.
const READ: &str = "810a0011 0104 0005070c 0c00800001 1955";
const VALUE: &str = "810a0017 0100 30070c 0c00800001 1955 3e 4442c80000 3f";
const PART: &str = "810a000c 0100 3c0700050c 00";
const DONE: &str = "810a0009 0100 20070c";

fn datagram(text: &str) -> Datagram {
    let bytes = hex::decode(text.replace(' ', "")).unwrap();
    Datagram::parse(&bytes).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
}

/// The flight of something that writes nothing, as each request of a client has one.
fn flight() -> Flight {
    let standing = Standing::new(Arc::from("air"), GuardState::default());
    Flight::judged(Arc::new(standing), Vec::new())
}

fn asked(flight: Option<Flight>) -> (Talks, Instant) {
    let now = Instant::now();
    let mut talks = Talks::new(GuardLimits::DEFAULT);
    let read = datagram(READ);
    talks.expect(&read, (noon(), flight), None, now).unwrap();
    (talks, now)
}

#[test]
fn an_answer_to_a_search_comes_back_while_the_search_lasts() {
    let (limits, now) = (GuardLimits::DEFAULT, Instant::now());
    let mut talks = Talks::new(limits);
    let early = talks.answered(&datagram(I_AM), now).unwrap_err();
    assert_eq!(early, UNASKED);
    let search = datagram(WHO_IS);
    talks.expect(&search, (noon(), None), None, now).unwrap();
    let over = now + limits.search_max;
    let last = over - Duration::from_millis(1);
    assert!(talks.answered(&datagram(I_AM), last).is_ok());
    assert_eq!(talks.answered(&datagram(I_AM), over).unwrap_err(), UNASKED);
}

#[test]
fn what_the_guard_asked_itself_goes_to_nobody() {
    let (mut talks, now) = asked(None);
    // Neither a part nor a bare acknowledgement is taken, and the request goes on waiting.
    for other in [PART, DONE] {
        assert_eq!(talks.answered(&datagram(other), now).unwrap_err(), UNASKED);
    }
    let Ok(Found::Ends { waiting, .. }) = talks.answered(&datagram(VALUE), now) else {
        panic!("it answers")
    };
    assert!(waiting.is_own());
}

#[test]
fn what_a_client_asked_may_come_in_parts() {
    let (mut talks, now) = asked(Some(flight()));
    let part = talks.answered(&datagram(PART), now).unwrap();
    assert!(matches!(part, Found::GoesOn));
    let Ok(Found::Ends { waiting, .. }) = talks.answered(&datagram(VALUE), now) else {
        panic!("it answers")
    };
    assert!(!waiting.is_own());
}
