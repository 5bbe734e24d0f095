//! Both formats of files.

use proptest::prelude::*;

use super::*;

fn word(order: Order, value: u32) -> [u8; 4] {
    match order {
        Order::Big => value.to_be_bytes(),
        Order::Little => value.to_le_bytes(),
    }
}

fn half(order: Order, value: u16) -> [u8; 2] {
    match order {
        Order::Big => value.to_be_bytes(),
        Order::Little => value.to_le_bytes(),
    }
}

type Seen<'a> = (u64, Option<u64>, u16, &'a [u8]);

/// A file of the older format.
fn classic(order: Order, magic: u32, frames: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let mut bytes = word(order, magic).to_vec();
    bytes.extend(half(order, 2));
    bytes.extend(half(order, 4));
    for value in [0, 0, 65_535, 1] {
        bytes.extend(word(order, value));
    }
    for (seconds, fraction, frame) in frames {
        let length = u32::try_from(frame.len()).unwrap();
        for value in [*seconds, *fraction, length, length + 1] {
            bytes.extend(word(order, value));
        }
        bytes.extend_from_slice(frame);
    }
    bytes
}

fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = word(order, u32::try_from(12 + padded).unwrap());
    let mut bytes = word(order, kind).to_vec();
    bytes.extend(length);
    bytes.extend_from_slice(body);
    bytes.resize(8 + padded, 0);
    bytes.extend(length);
    bytes
}

fn section(order: Order) -> Vec<u8> {
    let body = [&word(order, 0x1a2b_3c4d)[..], &[0, 0, 0, 0], &[0xff; 8]].concat();
    block(order, 0x0a0d_0d0a, &body)
}

/// An interface with a unit of time, as the standard codes it.
fn interface(order: Order, link: u16, resolution: u8) -> Vec<u8> {
    let body = [
        &half(order, link)[..],
        &[0, 0],
        &word(order, 0),
        &half(order, 9),
        &half(order, 1),
        &[resolution, 0, 0, 0],
        &[0; 4],
    ];
    block(order, 1, &body.concat())
}

fn enhanced(order: Order, interface: u32, time: u64, frame: &[u8]) -> Vec<u8> {
    let length = u32::try_from(frame.len()).unwrap();
    let (high, low) = (u32::try_from(time >> 32).unwrap(), time & 0xffff_ffff);
    let mut body = Vec::new();
    for value in [interface, high, u32::try_from(low).unwrap(), length, length] {
        body.extend(word(order, value));
    }
    body.extend_from_slice(frame);
    block(order, 6, &body)
}

fn frames(bytes: &[u8]) -> Vec<Result<Frame<'_>, Fault>> {
    Frames::read(bytes).unwrap().collect()
}

#[test]
fn the_older_format_in_both_orders_and_units() {
    for order in [Order::Big, Order::Little] {
        for (magic, fraction) in [(0xa1b2_c3d4, 5), (0xa1b2_3c4d, 5_999)] {
            let bytes = classic(order, magic, &[(3, fraction, b"ab"), (4, 0, b"")]);
            let found: Vec<Frame<'_>> = frames(&bytes).into_iter().map(Result::unwrap).collect();
            let first = Frame {
                number: 1,
                time_us: Some(3_000_005),
                link: 1,
                original_bytes: 3,
                bytes: b"ab",
            };
            assert_eq!(found[0], first);
            assert_eq!((found[1].number, found[1].time_us), (2, Some(4_000_000)));
        }
    }
}

#[test]
fn the_newer_format_in_both_orders() {
    for order in [Order::Big, Order::Little] {
        let bytes = [
            section(order),
            interface(order, 1, 6),
            interface(order, 276, 9),
            interface(order, 1, 0x80 | 10),
            block(order, 5, &[0; 8]),
            enhanced(order, 0, 3_000_005, b"a"),
            enhanced(order, 1, 3_000_005_999, b"bcdef"),
            enhanced(order, 2, 1024 + 512, b""),
            block(order, 3, &[&word(order, 3)[..], b"xyz"].concat()),
            // A new section forgets interfaces.
            section(order),
            interface(order, 101, 6),
            enhanced(order, 0, 1, b"r"),
        ]
        .concat();
        let found: Vec<_> = frames(&bytes)
            .into_iter()
            .map(|frame| frame.map(|frame| (frame.number, frame.time_us, frame.link, frame.bytes)))
            .collect();
        let expected: [Result<Seen<'_>, Fault>; 5] = [
            Ok((1, Some(3_000_005), 1, b"a")),
            Ok((2, Some(3_000_005), 276, b"bcdef")),
            Ok((3, Some(1_500_000), 1, b"")),
            Ok((4, None, 1, b"xyz")),
            Ok((5, Some(1), 101, b"r")),
        ];
        assert_eq!(found, expected);
    }
}

#[test]
fn files_that_are_cut_or_lie() {
    assert_eq!(Frames::read(b"").err(), Some(Fault::NotACapture));
    assert_eq!(
        Frames::read(b"PK\x03\x04____").err(),
        Some(Fault::NotACapture)
    );
    let good = classic(
        Order::Little,
        0xa1b2_c3d4,
        &[(1, 1, b"abc"), (2, 2, b"def")],
    );
    assert_eq!(Frames::read(&good[..20]).err(), Some(Fault::Truncated));
    let cut = frames(&good[..good.len() - 1]);
    assert!(cut[0].is_ok());
    assert_eq!(cut[1..], [Err(Fault::Truncated)]);
    let mut long = good.clone();
    long[32..36].copy_from_slice(&0x0010_0000_u32.to_le_bytes());
    assert_eq!(frames(&long), [Err(Fault::FrameTooLong)]);
    let mut major = good;
    major[4] = 3;
    assert_eq!(Frames::read(&major).err(), Some(Fault::NotACapture));
}

#[test]
fn blocks_that_lie() {
    let order = Order::Little;
    let start = [section(order), interface(order, 1, 6)].concat();
    let with = |more: &[u8]| frames(&[&start, more].concat()).pop().unwrap().err();
    let good = enhanced(order, 0, 1, b"abcd");
    let changed = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        bytes
    };
    assert_eq!(with(&good), None);
    let length = u8::try_from(good.len()).unwrap();
    for (bytes, fault) in [
        (changed(8, 1), Fault::Interface),
        (changed(4, length - 1), Fault::BlockLength),
        (changed(4, length + 4), Fault::Truncated),
        (changed(4, 8), Fault::BlockLength),
        (changed(good.len() - 4, 4), Fault::BlockLength),
        (changed(20, 5), Fault::BlockLength),
        (changed(23, 5), Fault::FrameTooLong),
        (interface(order, 1, 100), Fault::HeaderLength),
        (interface(order, 1, 6).repeat(256), Fault::TooMany),
        (good[..good.len() - 1].to_vec(), Fault::Truncated),
    ] {
        assert_eq!(with(&bytes), Some(fault));
    }
    let mut order_lie = start;
    order_lie[8] = 0;
    assert_eq!(frames(&order_lie), [Err(Fault::NotACapture)]);
}

/// Frames by their numbers, and whether all was read.
type Came = (Vec<(u64, Vec<u8>)>, Result<bool, Fault>);

/// What a reader gives that gets so many bytes at a time.
fn read_as_it_comes(bytes: &[u8], pieces: &[usize]) -> Came {
    let (mut reader, mut held, mut found) = (Reader::default(), Vec::new(), Vec::new());
    let (mut pieces, mut rest) = (pieces.iter().cycle(), bytes);
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(*pieces.next().unwrap()));
        held.extend_from_slice(piece);
        rest = behind;
        loop {
            match reader.step(&held) {
                Ok(Step::More) => break,
                Ok(Step::Read(length, frame)) => {
                    found.extend(frame.map(|frame| (frame.number, frame.bytes.to_vec())));
                    held.drain(..length);
                }
                Err(fault) => return (found, Err(fault)),
            }
        }
    }
    (found, Ok(held.is_empty()))
}

#[test]
fn a_capture_that_is_being_written() {
    let good = classic(Order::Big, 0xa1b2_c3d4, &[(1, 1, b"abc"), (2, 2, b"def")]);
    let all = vec![(1, b"abc".to_vec()), (2, b"def".to_vec())];
    assert_eq!(read_as_it_comes(&good, &[1]), (all.clone(), Ok(true)));
    let cut = &good[..good.len() - 1];
    assert_eq!(read_as_it_comes(cut, &[7]), (all[..1].to_vec(), Ok(false)));
    let other = b"PK\x03\x04____________________";
    assert_eq!(
        read_as_it_comes(other, &[5]),
        (Vec::new(), Err(Fault::NotACapture))
    );
    // A length that no frame has is not waited for.
    let mut long = good;
    long[32..36].copy_from_slice(&0x0010_0000_u32.to_be_bytes());
    assert_eq!(
        read_as_it_comes(&long, &[9]),
        (Vec::new(), Err(Fault::FrameTooLong))
    );
    let order = Order::Little;
    let block = [
        section(order),
        word(order, 7).to_vec(),
        word(order, 1 << 30).to_vec(),
    ]
    .concat();
    assert_eq!(
        read_as_it_comes(&block, &[64]),
        (Vec::new(), Err(Fault::FrameTooLong))
    );
}

/// A file of either format, cut and changed.
fn any_file(newer: bool, cut: usize, changes: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let order = Order::Little;
    let mut bytes = if newer {
        [
            section(order),
            interface(order, 1, 6),
            enhanced(order, 0, 1, b"abcd"),
            enhanced(order, 0, 2, &[7; 60]),
        ]
        .concat()
    } else {
        classic(order, 0xa1b2_c3d4, &[(1, 1, b"abc"), (2, 2, &[7; 60])])
    };
    bytes.truncate(cut.max(1));
    for (at, value) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *value;
    }
    bytes
}

proptest! {
    /// Any cut or change of a file gives frames and at most one fault, at the end.
    #[test]
    fn any_file_ends(
        newer: bool,
        cut in 0_usize..300,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let bytes = any_file(newer, cut, &changes);
        if let Ok(frames) = Frames::read(&bytes) {
            let all: Vec<_> = frames.collect();
            prop_assert!(all.len() <= 1 + bytes.len() / 12);
            let faults = all.iter().filter(|frame| frame.is_err()).count();
            prop_assert!(faults == 0 || (faults == 1 && all.last().unwrap().is_err()));
        }
    }

    /// However a capture comes, its frames are those of the whole file.
    #[test]
    fn a_capture_in_pieces_is_the_same(
        newer: bool,
        cut in 0_usize..300,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        pieces in prop::collection::vec(1_usize..90, 1..8),
    ) {
        let bytes = any_file(newer, cut, &changes);
        let (found, end) = read_as_it_comes(&bytes, &pieces);
        let Ok(frames) = Frames::read(&bytes) else {
            prop_assert!(found.is_empty() && end != Ok(true));
            return Ok(());
        };
        let mut expected = Vec::new();
        let mut whole = true;
        for frame in frames {
            match frame {
                Ok(frame) => expected.push((frame.number, frame.bytes.to_vec())),
                Err(_) => whole = false,
            }
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(end == Ok(true), whole);
    }
}
