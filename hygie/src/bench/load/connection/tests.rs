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
        body_bytes: 5,
        leaf: Some(42),
    };
    assert_eq!(read_head(text).unwrap(), Some(head));
}

#[test]
fn heads_that_are_not_understood() {
    let check = |text: &str| assert!(read_head(text.as_bytes()).is_err(), "{text}");
    check("SMTP ready\r\n\r\n");
    check("HTTP/1.1 200 OK\r\n\r\n");
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    check("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
    check("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
}
