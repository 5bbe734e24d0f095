//! The bytes of a feed: frames in pieces, broken ones, and character sets.

use std::io::Write;

use crate::feeds::{Site, adt};

#[test]
fn texts_are_read_in_the_set_that_is_declared() {
    let site = Site::open();
    let mut sender = site.sender();
    let declared =
        |message: String, set: &str| message.replace("|P|2.5", &format!("|P|2.5||||||{set}"));
    // Of a unit whose name has an accent, in two sets.
    let utf8 = declared(adt("A01", "1", ("U", "V1"), "RÉA"), "UNICODE UTF-8");
    assert_eq!(sender.tell(&utf8), "AA|1|");
    let latin = declared(adt("A01", "2", ("L", "V2"), "RÉA"), "8859/1");
    let latin: Vec<u8> = latin
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    sender.send(&latin);
    assert_eq!(sender.answer(), "AA|2|");
    assert!(site.reads("icu-nurse", "U") && site.reads("icu-nurse", "L"));
    // Declared as one and written in the other, or in a set that is not read.
    let wrong = String::from_utf8_lossy(&latin).into_owned();
    assert_ne!(wrong.as_bytes(), latin);
    sender.send(
        &[
            b"MSH|^~\\&|ADMIN|HOUSE-1|DOOR|GROUP|2026||ADT^A01|3|P|2.5||||||UTF-8\r",
            &latin[latin.iter().position(|b| *b == b'\r').unwrap() + 1..],
        ]
        .concat(),
    );
    assert_eq!(sender.answer(), "AE|3|field-unreadable");
    let other = declared(adt("A01", "4", ("O", "V4"), "med"), "ISO IR87");
    assert_eq!(sender.tell(&other), "AR|4|character-set");
    assert_eq!(
        site.await_unread(2)[0],
        ("field-unreadable".to_owned(), "PV1-3".to_owned())
    );
}

#[test]
fn frames_may_come_in_pieces_and_broken_ones_end_alone() {
    let site = Site::open();
    let good = adt("A01", "1", ("NEW", "V1"), "med");
    let framed = [b"\x0b", good.as_bytes(), b"\x1c\r"].concat();
    // Byte by byte, and two at once.
    let mut sender = site.sender();
    for byte in &framed {
        sender.stream.write_all(std::slice::from_ref(byte)).unwrap();
    }
    assert_eq!(sender.answer(), "AA|1|");
    sender
        .stream
        .write_all(&[framed.clone(), framed.clone()].concat())
        .unwrap();
    assert_eq!(
        (sender.answer(), sender.answer()),
        ("AA|1|".to_owned(), "AA|1|".to_owned())
    );
    // Cut off in the middle.
    let mut cut = site.sender();
    cut.stream.write_all(&framed[..40]).unwrap();
    drop(cut);
    assert_eq!(site.await_unread(1)[0].0, "message-truncated");
    // No header: nothing to answer to, so the connection ends.
    let mut headless = site.sender();
    headless.send(b"PID|1||NEW");
    assert_eq!(headless.answer(), "");
    assert_eq!(site.await_unread(2)[1].0, "message-without-header");
    // Too long.
    let mut long = site.sender();
    let piece = vec![b'x'; 64 * 1024];
    long.stream.write_all(b"\x0bMSH|").unwrap();
    while long.stream.write_all(&piece).is_ok() {}
    assert_eq!(site.await_unread(3)[2].0, "message-too-long");
    // Bytes outside of any frame, before a good one.
    let mut stray = site.sender();
    stray.stream.write_all(b"noise").unwrap();
    assert_eq!(stray.tell(&good), "AA|1|");
    assert_eq!(site.await_unread(4)[3].0, "frame-stray");
}
