use super::*;

fn count(is_bulk: bool, text: &str) -> (usize, u64) {
    let body = Body {
        source: "http",
        host: "10.0.0.9",
        is_bulk,
        bytes: text.as_bytes(),
    };
    let batches = read(&body, &Settings::default(), 0);
    let unread = batches.iter().map(Batch::unread).sum();
    (batches.iter().map(Batch::len).sum(), unread)
}

#[test]
fn actions_of_the_bulk_format_are_no_events() {
    let event = r#"{"ts":1.5,"_path":"conn","uid":"C1"}"#;
    let text =
        format!("{{\"create\":{{}}}}\n{event}\n{{ \"index\" : {{\"_index\":\"a\"}} }}\n{event}\n");
    assert_eq!(count(true, &text), (2, 0));
    assert_eq!(
        count(false, &text).0,
        4,
        "elsewhere they are lines like any other"
    );
    let other = r#"{"create":{"a":1},"@timestamp":"2026-01-01T00:00:00Z"}"#;
    assert_eq!(
        count(true, other).0,
        1,
        "an event with such a member is an event"
    );
    assert_eq!(count(true, r#"{"create":1}"#).0, 1);
}

fn packed(bytes: usize) -> Bytes {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let piece = vec![b' '; 1 << 20];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(piece.len());
        packed.write_all(&piece[..now]).unwrap();
        left -= now;
    }
    packed.finish().unwrap().into()
}

#[test]
fn a_body_expands_only_so_far() {
    let whole = expanded(b"gzip", packed(HTTP_EXPANDED_BYTES_MAX)).unwrap();
    assert_eq!(whole.len(), HTTP_EXPANDED_BYTES_MAX);
    let bomb = expanded(b"gzip", packed(HTTP_EXPANDED_BYTES_MAX + 1));
    assert_eq!(bomb, Err("the body expands too far"));
    let damaged = expanded(b"gzip", Bytes::from_static(b"no"));
    assert_eq!(damaged, Err("the body is damaged"));
    assert!(expanded(b"br", Bytes::new()).is_err());
}
