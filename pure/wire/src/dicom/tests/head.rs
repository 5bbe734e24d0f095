//! Whose data it is, found in whole data sets that come in any pieces.

use proptest::prelude::*;

use super::super::*;
use crate::limits::DICOM_HEAD_BYTES_MAX;

/// A data set as a tree.
#[derive(Clone, Debug)]
enum Part {
    Text(Vec<u8>),
    Sequence { is_open: bool, items: Vec<Item> },
}

#[derive(Clone, Debug)]
struct Item {
    is_open: bool,
    parts: Vec<Part>,
}

fn part() -> impl Strategy<Value = Part> {
    let text = prop::collection::vec(any::<u8>(), 0..6)
        .prop_map(|it| Part::Text([it.clone(), it].concat()));
    text.prop_recursive(3, 24, 3, |inner| {
        let item = (any::<bool>(), prop::collection::vec(inner, 0..3));
        let item = item.prop_map(|(is_open, parts)| Item { is_open, parts });
        (any::<bool>(), prop::collection::vec(item, 0..3))
            .prop_map(|(is_open, items)| Part::Sequence { is_open, items })
    })
}

fn tag(out: &mut Vec<u8>, (group, element): (u16, u16)) {
    out.extend(group.to_le_bytes());
    out.extend(element.to_le_bytes());
}

fn length(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
}

fn write(out: &mut Vec<u8>, at: (u16, u16), part: &Part, syntax: Syntax) {
    tag(out, at);
    match part {
        Part::Text(text) => {
            match syntax {
                Syntax::Implicit => length(out, text),
                Syntax::Explicit => {
                    out.extend(b"LO");
                    out.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
                }
            }
            out.extend(text);
        }
        Part::Sequence { is_open, items } => {
            if syntax == Syntax::Explicit {
                out.extend(b"SQ\0\0");
            }
            let mut inner = Vec::new();
            items.iter().for_each(|it| item(&mut inner, it, syntax));
            match is_open {
                true => {
                    out.extend([0xff; 4]);
                    out.extend(inner);
                    tag(out, (0xfffe, 0xe0dd));
                    out.extend([0; 4]);
                }
                false => {
                    length(out, &inner);
                    out.extend(inner);
                }
            }
        }
    }
}

fn item(out: &mut Vec<u8>, item: &Item, syntax: Syntax) {
    tag(out, (0xfffe, 0xe000));
    let mut inner = Vec::new();
    for (at, part) in (1..).zip(&item.parts) {
        // The number of another patient, in another place.
        let place = if at == 1 { (0x10, 0x20) } else { (0x20, at) };
        write(&mut inner, place, part, syntax);
    }
    match item.is_open {
        true => {
            out.extend([0xff; 4]);
            out.extend(inner);
            tag(out, (0xfffe, 0xe00d));
            out.extend([0; 4]);
        }
        false => {
            length(out, &inner);
            out.extend(inner);
        }
    }
}

fn patient_of(bytes: &[u8], syntax: Syntax, piece: usize) -> Result<Option<Vec<u8>>, Fault> {
    let mut head = Head::new(syntax);
    for piece in bytes.chunks(piece) {
        head.feed(piece);
    }
    head.end();
    let found = head.patient().expect("known at the end");
    found.map(|patient| patient.map(<[u8]>::to_vec))
}

proptest! {
    #[test]
    fn the_patient_is_found_behind_whatever_stands_before_it(
        parts in prop::collection::vec(part(), 0..6),
        patient in prop::option::of("[A-Z0-9]{1,20}"),
        is_explicit in any::<bool>(),
        piece in 1_usize..40,
    ) {
        let syntax = if is_explicit { Syntax::Explicit } else { Syntax::Implicit };
        let mut bytes = Vec::new();
        for (at, part) in (5..).zip(&parts) {
            write(&mut bytes, (8, at), part, syntax);
        }
        if let Some(patient) = &patient {
            let padded = format!("{patient}{}", if patient.len() % 2 == 1 { " " } else { "" });
            write(&mut bytes, (0x10, 0x20), &Part::Text(padded.into_bytes()), syntax);
        }
        let end = bytes.len();
        write(&mut bytes, (0x10, 0x30), &Part::Text(b"19700101".to_vec()), syntax);
        let found = patient_of(&bytes, syntax, piece).unwrap();
        prop_assert_eq!(found, patient.clone().map(String::into_bytes));
        // And no later than it stands there.
        let mut head = Head::new(syntax);
        head.feed(&bytes[..end]);
        prop_assert_eq!(head.patient().is_some(), patient.is_some());
    }

    #[test]
    fn any_bytes_are_read_alike_in_any_pieces(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        is_explicit in any::<bool>(),
        piece in 1_usize..40,
    ) {
        let syntax = if is_explicit { Syntax::Explicit } else { Syntax::Implicit };
        let whole = patient_of(&bytes, syntax, bytes.len().max(1));
        prop_assert_eq!(patient_of(&bytes, syntax, piece), whole);
    }
}

#[test]
fn a_data_set_that_hides_its_patient_is_refused() {
    let text = |value: &[u8]| Part::Text(value.to_vec());
    let of = |parts: &[((u16, u16), Part)]| {
        let mut bytes = Vec::new();
        for (at, part) in parts {
            write(&mut bytes, *at, part, Syntax::Explicit);
        }
        patient_of(&bytes, Syntax::Explicit, 7)
    };
    let modality = ((8, 0x60), text(b"CT"));
    assert_eq!(
        of(&[modality.clone(), ((8, 0x50), text(b"12"))]),
        Err(Fault::Order)
    );
    let same = [modality.clone(), modality.clone()];
    assert_eq!(of(&same), Err(Fault::Order));
    let long = ((0x10, 0x20), text(&[b'1'; 258]));
    assert_eq!(of(&[modality.clone(), long]), Err(Fault::Text));
    let empty = ((0x10, 0x20), text(b"  "));
    assert_eq!(of(&[modality, empty]), Ok(None));
    let cut = [8, 0, 0x60, 0, b'C', b'S', 4, 0, b'C'];
    assert_eq!(
        patient_of(&cut, Syntax::Explicit, 3),
        Err(Fault::TooShort),
        "it ends within a value"
    );
    let no_form = [8, 0, 0x60, 0, 2, 0, 0, 0, b'C', b'T'];
    assert_eq!(
        patient_of(&no_form, Syntax::Explicit, 3),
        Err(Fault::Element),
        "implicit where explicit was agreed"
    );
    let unasked_end = [0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0];
    assert_eq!(
        patient_of(&unasked_end, Syntax::Implicit, 3),
        Ok(None),
        "behind every patient"
    );
    let mut deep = Vec::new();
    for _ in 0..40 {
        deep.extend([8, 0, 1, 0, 0xff, 0xff, 0xff, 0xff]);
        deep.extend([0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff]);
    }
    assert_eq!(patient_of(&deep, Syntax::Implicit, 8), Err(Fault::Nesting));
}

#[test]
fn what_is_unknown_and_open_is_read_as_if_nothing_told_its_form() {
    let mut bytes = Vec::new();
    tag(&mut bytes, (9, 0x1001));
    bytes.extend(b"UN\0\0");
    bytes.extend([0xff; 4]);
    let inner = Item {
        is_open: true,
        parts: vec![Part::Text(b"other-patient!".to_vec())],
    };
    item(&mut bytes, &inner, Syntax::Implicit);
    tag(&mut bytes, (0xfffe, 0xe0dd));
    bytes.extend([0; 4]);
    let patient = Part::Text(b"4711".to_vec());
    write(&mut bytes, (0x10, 0x20), &patient, Syntax::Explicit);
    assert_eq!(
        patient_of(&bytes, Syntax::Explicit, 5),
        Ok(Some(b"4711".to_vec()))
    );
}

#[test]
fn a_head_holds_no_more_than_its_bound() {
    let mut head = Head::new(Syntax::Implicit);
    // A long value is passed over and not held.
    let mut bytes = vec![8, 0, 5, 0];
    bytes.extend(100_000_000_u32.to_le_bytes());
    head.feed(&bytes);
    for _ in 0..200 {
        head.feed(&vec![7; 100_000]);
    }
    assert!(head.patient().is_none());
    let shown = format!("{head:?}").len();
    assert!(shown < DICOM_HEAD_BYTES_MAX, "{shown}");
}

#[test]
fn forms_that_nobody_can_read_are_known_as_such() {
    let of = |text: &str| Syntax::of(&Uid::new(text.as_bytes()).unwrap());
    assert_eq!(of("1.2.840.10008.1.2"), Some(Syntax::Implicit));
    assert_eq!(of("1.2.840.10008.1.2.1"), Some(Syntax::Explicit));
    assert_eq!(of("1.2.840.10008.1.2.4.90"), Some(Syntax::Explicit));
    assert_eq!(of("1.2.840.10008.1.2.5"), Some(Syntax::Explicit));
    for unread in [
        "1.2.840.10008.1.2.2",
        "1.2.840.10008.1.2.1.99",
        // Among those of packed pictures two pack all that there is.
        "1.2.840.10008.1.2.4.95",
        "1.2.840.10008.1.2.4.205",
        "1.2.3",
    ] {
        assert_eq!(of(unread), None, "{unread}");
    }
}
