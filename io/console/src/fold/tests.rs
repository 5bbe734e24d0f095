//! INVARIANT (6): a fold that was written down at any entry goes on to the same state.

use event::{
    AccessMode, Actor, Asked, Disclosed, GlassEnd, GlassEnded, GlassReason, NoticeChannel,
    NoticeGiven, NoticeOwed, NoticeTo, PatientId, PatientSealer, Purpose, ReviewClosed,
    ReviewFinding, SealKeys, Started, Target,
};
use proptest::prelude::*;

use super::*;

fn actor(person: u8) -> Actor {
    Actor {
        person: format!("person-{person}").parse().unwrap(),
        profession: person.is_multiple_of(2).then(|| "physician".to_owned()),
        establishments: vec!["chu".parse().unwrap()],
        session: format!("s-{person}").parse().unwrap(),
        ip: "2001:db8::7".parse().unwrap(),
    }
}

fn access(person: u8, outcome: u8, glass: Option<u8>) -> Event {
    let outcome = [Outcome::Permit, Outcome::Breakable, Outcome::Refusal][usize::from(outcome % 3)];
    Event::Access(Access {
        request: format!("req-{person}").parse().unwrap(),
        actor: actor(person),
        asked: Asked {
            service: "fhir".parse().unwrap(),
            action: "read".to_owned(),
            purpose: Purpose::Treat,
            target: Target {
                resource_type: Some(["Patient", "Observation"][usize::from(person % 2)].to_owned()),
                patient: None,
            },
        },
        outcome,
        reasons: vec!["care-team".to_owned()],
        policies: Vec::new(),
        policy_set: "0123456789abcdef".to_owned(),
        glass: glass.map(|glass| format!("g-{glass}").parse().unwrap()),
        disclosed: Disclosed {
            resources: u32::from(person),
            ..Disclosed::default()
        },
        status: 200,
        association: None,
    })
}

fn declaration(glass: u8, at_s: u64) -> Event {
    let sealer = PatientSealer::new(&SealKeys::from_secret(&[3; 32]));
    Event::GlassDeclared(GlassDeclared {
        glass: format!("g-{glass}").parse().unwrap(),
        request: "req-1".parse().unwrap(),
        actor: actor(glass),
        patient: sealer.seal(&PatientId::new("pat-1").unwrap()),
        reason: GlassReason::Other,
        text: "é\n\"".to_owned(),
        mode: AccessMode::BrisDeGlace,
        from: Timestamp::from_s(at_s),
        until: Timestamp::from_s(at_s + 3600),
        review: format!("r-{glass}").parse().unwrap(),
        review_due: Timestamp::from_us(at_s * 1_000_000 + 1),
        key: None,
        notices: vec![NoticeOwed {
            notice: format!("n-{glass}").parse().unwrap(),
            to: NoticeTo::Patient,
            person: None,
            due: Timestamp::from_s(at_s),
        }],
    })
}

fn ended(glass: u8, at_s: u64) -> Event {
    Event::GlassEnded(GlassEnded {
        glass: format!("g-{glass}").parse().unwrap(),
        end: GlassEnd::Time,
        at: Timestamp::from_s(at_s),
        request: None,
        actor: None,
    })
}

fn closed(glass: u8, by: u8) -> Event {
    Event::ReviewClosed(ReviewClosed {
        review: format!("r-{glass}").parse().unwrap(),
        glass: format!("g-{glass}").parse().unwrap(),
        request: "req-2".parse().unwrap(),
        actor: actor(by),
        finding: ReviewFinding::Justified,
        text: "x".to_owned(),
        at: Timestamp::from_s(500_000),
    })
}

fn given(glass: u8) -> Event {
    Event::NoticeGiven(NoticeGiven {
        notice: format!("n-{glass}").parse().unwrap(),
        glass: format!("g-{glass}").parse().unwrap(),
        request: "req-3".parse().unwrap(),
        actor: actor(9),
        channel: NoticeChannel::Letter,
        text: String::new(),
        at: Timestamp::from_s(500_001),
    })
}

/// An entry: mostly events that count, some that do not, some that nobody can read.
fn entry() -> impl Strategy<Value = Vec<u8>> {
    let glass = 0_u8..6;
    prop_oneof![
        6 => (any::<u8>(), any::<u8>(), proptest::option::of(glass.clone()))
            .prop_map(|(person, outcome, glass)| access(person, outcome, glass).to_bytes()),
        3 => (glass.clone(), 0_u64..400_000)
            .prop_map(|(glass, at)| declaration(glass, at).to_bytes()),
        2 => (glass.clone(), 0_u64..400_000).prop_map(|(glass, at)| ended(glass, at).to_bytes()),
        2 => (glass.clone(), 0_u8..8).prop_map(|(glass, by)| closed(glass, by).to_bytes()),
        2 => glass.prop_map(|glass| given(glass).to_bytes()),
        1 => Just(Event::Started(Started { version: "1".to_owned() }).to_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
    ]
}

fn folded(mut fold: Fold, entries: &[Vec<u8>]) -> Fold {
    for payload in entries {
        let next = fold.next();
        fold.take_in(next, Timestamp::from_us(next * 1_000_003), payload);
    }
    fold
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn from_the_start_equals_snapshot_and_rest_at_every_cut(
        entries in proptest::collection::vec(entry(), 0..70),
    ) {
        let whole = folded(Fold::default(), &entries);
        for cut in 0..=entries.len() {
            let (before, after) = entries.split_at(cut);
            let written = folded(Fold::default(), before).to_bytes();
            let read = Fold::from_bytes(&written).unwrap();
            prop_assert_eq!(&folded(read, after), &whole, "cut at {}", cut);
        }
    }
}

#[test]
fn what_another_version_wrote_is_not_believed() {
    let written =
        String::from_utf8(folded(Fold::default(), &[access(1, 0, None).to_bytes()]).to_bytes());
    let written = written.unwrap();
    assert!(Fold::from_bytes(written.as_bytes()).is_some());
    for (from, to) in [
        ("\"version\":2", "\"version\":1"),
        ("\"next\":", "\"further\":1,\"next\":"),
        ("\"glasses\":[],", ""),
        ("}", ""),
    ] {
        let other = written.replacen(from, to, 1);
        assert_ne!(other, written);
        assert_eq!(Fold::from_bytes(other.as_bytes()), None, "{from}");
    }
    assert_eq!(Fold::from_bytes(b""), None);
}

#[test]
fn an_opening_that_owes_nothing_leaves_what_is_written_down() {
    let entries: Vec<Vec<u8>> = [declaration(1, 10), ended(1, 50), closed(1, 2), given(1)]
        .iter()
        .map(Event::to_bytes)
        .collect();
    let sizes: Vec<usize> = (0..=entries.len())
        .map(|count| folded(Fold::default(), &entries[..count]).reviews().len())
        .collect();
    assert_eq!(sizes, [0, 1, 1, 1, 0]);
    let fold = folded(Fold::default(), &entries[..2]);
    assert!(fold.glasses().is_empty(), "its end is kept");
    let written = String::from_utf8(folded(Fold::default(), &entries).to_bytes()).unwrap();
    assert!(!written.contains("g-1"), "{written}");
}

#[test]
fn a_glass_is_forgotten_only_long_after_its_end() {
    let day = GLASS_REMEMBERED_S;
    let first = declaration(1, 1_000).to_bytes();
    for (at, kept) in [
        (1_000 + 3_600 + day, 2),
        (1_000 + 3_600 + day + 1, 1),
        (5, 2),
    ] {
        let fold = folded(
            Fold::default(),
            &[first.clone(), declaration(2, at).to_bytes()],
        );
        assert_eq!(fold.glasses().len(), kept, "{at}");
        assert_eq!(fold.reviews().len(), 2, "a review is owed for ever");
    }
}
