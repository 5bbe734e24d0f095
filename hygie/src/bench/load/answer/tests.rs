use super::*;

#[test]
fn a_head_is_read_once_it_is_whole() {
    let text = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nHygie-Evidence: 42\r\n\r\nhello";
    let whole = text.len() - 5;
    for cut in 0..whole {
        assert_eq!(read_head(&text[..cut]).unwrap(), None, "at {cut}");
    }
    let head = Head {
        status: 200,
        head_bytes: whole,
        framing: Framing::Length(5),
        leaf: Some(42),
    };
    assert_eq!(read_head(text).unwrap(), Some(head));
}

#[test]
fn how_a_body_ends() {
    let check = |text: &str, expect: Framing| {
        let head = read_head(text.as_bytes()).unwrap().unwrap();
        assert_eq!(head.framing, expect, "{text}");
    };
    check(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n",
        Framing::Chunked,
    );
    check("HTTP/1.1 204 No Content\r\n\r\n", Framing::Length(0));
    check(
        "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
        Framing::Length(0),
    );
}

#[test]
fn heads_that_are_not_understood() {
    let check = |text: &str| assert!(read_head(text.as_bytes()).is_err(), "{text}");
    check("SMTP ready\r\n\r\n");
    check("HTTP/1.1 200 OK\r\n\r\n");
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n");
    check("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
    check("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
}

#[test]
fn chunks_are_read_once_they_are_whole() {
    let text = b"head5\r\nhello\r\n0\r\n\r\n";
    for cut in 4..14 {
        assert_eq!(
            read_chunk(&text[..cut], 4).unwrap(),
            Chunk::Partial,
            "at {cut}"
        );
    }
    let (start, end, next) = (7, 12, 14);
    let whole = Chunk::Whole { start, end, next };
    assert_eq!(read_chunk(text, 4).unwrap(), whole);
    assert_eq!(&text[start..end], b"hello");
    assert_eq!(read_chunk(text, next).unwrap(), Chunk::Last { end: 19 });
    for wrong in ["5\r\nhello!!", "x\r\n", "fffffffff\r\n"] {
        assert!(read_chunk(wrong.as_bytes(), 0).is_err(), "{wrong}");
    }
}
