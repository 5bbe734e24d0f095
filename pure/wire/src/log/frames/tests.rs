use proptest::prelude::*;

use super::*;

fn all(frames: &mut Frames, bytes: &[u8]) -> Vec<Framed> {
    frames.push(bytes);
    std::iter::from_fn(|| frames.next()).collect()
}

fn message(text: &str) -> Framed {
    Framed::Message(text.as_bytes().to_vec())
}

#[test]
fn both_framings_are_told_apart() {
    let mut frames = Frames::new(100);
    let told = all(
        &mut frames,
        b"8 <1>a\nbc\n11 <1>counted\n<2>line\n2026 is a year\n\n<3>half",
    );
    let meant = ["<1>a\nbc", "<1>counted", "<2>line", "2026 is a year"];
    // A counted line feed is the frame's, not the message's.
    let told: Vec<Framed> = told;
    assert_eq!(told, meant.map(message));
    assert!(frames.is_inside());
    assert_eq!(frames.rest(), Some(b"<3>half".to_vec()));
    assert!(!frames.is_inside());
}

#[test]
fn what_is_too_long_is_told_and_dropped() {
    let mut frames = Frames::new(4);
    let told = all(&mut frames, b"<1>line\n<2>x\n9 <1>counts<3>y\n");
    let meant = [
        Framed::TooLong(b"<1>l".to_vec()),
        message("<2>x"),
        Framed::TooLong(b"<1>c".to_vec()),
        message("<3>y"),
    ];
    assert_eq!(told, meant);
    let mut frames = Frames::new(4);
    for _ in 0..1_000 {
        all(&mut frames, &[b'x'; 1_000]);
        assert!(frames.bytes.len() < 2_000);
    }
}

proptest! {
    #[test]
    fn the_cuts_of_a_connection_change_nothing(texts in prop::collection::vec("<[0-9]>[a-z ]{0,20}", 0..8), counted: Vec<bool>, cut in 1_usize..9) {
        let mut bytes = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            if counted.get(at).copied().unwrap_or(at % 2 == 0) {
                bytes.extend_from_slice(format!("{} {text}", text.len()).as_bytes());
            } else {
                bytes.extend_from_slice(format!("{text}\n").as_bytes());
            }
        }
        let mut frames = Frames::new(64);
        let mut told = Vec::new();
        for piece in bytes.chunks(cut) {
            told.extend(all(&mut frames, piece));
        }
        let meant: Vec<Framed> = texts.iter().map(|text| message(text)).collect();
        prop_assert_eq!(told, meant);
    }

    #[test]
    fn any_bytes_are_cut_within_bounds(pieces in prop::collection::vec(prop::collection::vec(prop::sample::select(b"<1>0 29\nx\0".to_vec()), 0..40), 0..10)) {
        let mut frames = Frames::new(16);
        for piece in pieces {
            for framed in all(&mut frames, &piece) {
                let (Framed::Message(bytes) | Framed::TooLong(bytes)) = framed;
                prop_assert!(bytes.len() <= TOLD_BYTES_MAX);
            }
            prop_assert!(frames.bytes.len() <= 16 + 40);
        }
    }
}
