//! Targets with one reading pass; every other form is named.

use super::{BadTarget, Target};
use crate::limits::TargetLimits;

#[track_caller]
fn check(raw: &str, expected: Result<(&str, Option<&str>), BadTarget>) {
    let read = Target::parse(raw, &TargetLimits::DEFAULT);
    assert_eq!(
        read.map(|target| (target.path, target.query)),
        expected,
        "{raw:?}"
    );
}

#[test]
fn plain_targets_pass_unchanged() {
    check("/", Ok(("/", None)));
    check("/dossier/", Ok(("/dossier/", None)));
    check(
        "/a/b.html?x=1&y=%2F%2e..//",
        Ok(("/a/b.html", Some("x=1&y=%2F%2e..//"))),
    );
    check("/caf%C3%A9?", Ok(("/caf%C3%A9", Some(""))));
    check("/a;v=1/b", Ok(("/a;v=1/b", None)));
    check("/100%25", Ok(("/100%25", None)));
    check("/...", Ok(("/...", None)));
}

#[test]
fn ambiguous_targets_are_named() {
    let cases = [
        ("", BadTarget::NotOriginForm),
        ("*", BadTarget::NotOriginForm),
        ("http://host/a", BadTarget::NotOriginForm),
        ("//host/a", BadTarget::EmptySegment),
        ("/a//b", BadTarget::EmptySegment),
        ("/a//", BadTarget::EmptySegment),
        ("/./a", BadTarget::DotSegment),
        ("/a/..", BadTarget::DotSegment),
        ("/a/..;x=1/b", BadTarget::DotSegment),
        ("/a/%2e%2e/b", BadTarget::EncodedDot),
        ("/a/.%2E/b", BadTarget::EncodedDot),
        ("/a%2fb", BadTarget::EncodedSeparator),
        ("/a%5Cb", BadTarget::EncodedSeparator),
        ("/a%252fb", BadTarget::DoubleEncoding),
        ("/a?x=%2541", BadTarget::DoubleEncoding),
        ("/a%", BadTarget::InvalidEscape),
        ("/a%4", BadTarget::InvalidEscape),
        ("/a%+1", BadTarget::InvalidEscape),
        ("/a?x=%zz", BadTarget::InvalidEscape),
        ("/a%ff", BadTarget::InvalidUtf8),
        ("/a?x=%c0%af", BadTarget::InvalidUtf8),
        ("/a\\b", BadTarget::Backslash),
        ("/a\0", BadTarget::Control),
        ("/a%00", BadTarget::Control),
        ("/a%0d%0ab", BadTarget::Control),
        ("/a?x=%00", BadTarget::Control),
        ("/a\r\nHost: b", BadTarget::Control),
        ("/a#b", BadTarget::Fragment),
        ("/a b", BadTarget::NotUri),
        ("/caf\u{e9}", BadTarget::NotAscii),
    ];
    for (raw, expected) in cases {
        check(raw, Err(expected));
    }
    check(
        &format!("/{}", "a".repeat(4095)),
        Ok((&format!("/{}", "a".repeat(4095)), None)),
    );
    check(&format!("/{}", "a".repeat(4096)), Err(BadTarget::TooLong));
}
