//! What stands for several claims is passed over only when each of them would be.

use std::net::IpAddr;

use proptest::prelude::*;

use super::super::recent::{Recent, Topic};
use super::super::teller::{Rule, Teller, rule};
use super::*;

const RULE: Rule = rule("test", 50);

/// Tells several claims, some of which other topics tell too.
fn say(number: u16, count: u16, teller: &mut Teller<'_>) {
    let subject = Subject::Udi("one".to_owned());
    for claim in number..number + count {
        let value = format!("claim {claim}");
        teller.tell(&subject, Attribute::Name, value, RULE);
    }
}

fn topic(number: u16, count: u16) -> Topic<'static> {
    Topic::ModbusAsked {
        client: IpAddr::from([0, 0, 0, 0, 0, 0, number, count]),
        access: "read",
    }
}

/// A message: when it comes, and the topics it tells of, each with how many claims.
type Message = (i64, Vec<(u16, u16)>);

fn messages() -> impl Strategy<Value = Vec<Message>> {
    // Instants that lie before others, too; and messages that tell more than one may.
    let topics = prop::collection::vec((0..6_u16, 0..4_u16), 0..4);
    let many = prop::collection::vec((0..6_u16, 200..300_u16), 0..3);
    let topics = prop_oneof![9 => topics, 1 => many];
    prop::collection::vec((0..5_000_000_i64, topics), 0..60)
}

/// What messages tell, by topics or claim by claim.
fn told(messages: &[Message], limits: &IdentifyLimits, by_topic: bool) -> Vec<Vec<Told>> {
    let mut recent = Recent::new(&[7; 16]);
    let mut all = Vec::new();
    for (at_us, topics) in messages {
        let seen = Seen {
            at_us: *at_us,
            ..Seen::default()
        };
        let mut teller = Teller::new(seen, &mut recent, limits);
        for (number, count) in topics {
            match by_topic {
                true => teller.tell_of(topic(*number, *count), |it| say(*number, *count, it)),
                false => say(*number, *count, &mut teller),
            }
        }
        all.push(teller.told);
    }
    all
}

proptest! {
    #[test]
    fn topics_tell_what_their_claims_tell_by_themselves(
        messages in messages(),
        recent_max in prop::sample::select(vec![0_usize, 3, 9, 300]),
    ) {
        let limits = IdentifyLimits { recent_max, again_seconds: 1, ..IdentifyLimits::DEFAULT };
        prop_assert_eq!(told(&messages, &limits, true), told(&messages, &limits, false));
    }
}

#[test]
fn a_topic_that_was_told_is_not_looked_at_again_before_it_is_due() {
    let limits = IdentifyLimits {
        again_seconds: 1,
        ..IdentifyLimits::DEFAULT
    };
    let mut recent = Recent::new(&[7; 16]);
    let mut looked = Vec::new();
    for at_us in [0, 999_999, 1_000_000, 1_000_001] {
        let seen = Seen {
            at_us,
            ..Seen::default()
        };
        let mut teller = Teller::new(seen, &mut recent, &limits);
        teller.tell_of(topic(1, 2), |it| {
            looked.push(at_us);
            say(1, 2, it);
        });
    }
    assert_eq!(looked, [0, 1_000_000]);
}

#[test]
fn a_message_that_tells_too_much_says_so_and_goes_on_the_next_time() {
    let limits = IdentifyLimits::DEFAULT;
    let messages = [
        (0, vec![(900, 1)]),
        // One place is left for the last word, and what was told before asks for it.
        (1, vec![(0, 255), (900, 1)]),
        (2, vec![(400, 300)]),
        (3, vec![(400, 300)]),
    ];
    let told = told(&messages, &limits, true);
    let counts: Vec<usize> = told.iter().map(Vec::len).collect();
    // The flag was told by the second message.
    assert_eq!(counts, [1, 256, 255, 45]);
    assert_eq!(lines(&told[1])[255], "udi:one flag identify-too-many");
}
