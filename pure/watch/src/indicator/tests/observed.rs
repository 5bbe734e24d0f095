//! Every shape, alone and inside of texts.

use crate::indicator::{Observable, Observer};

/// What a text holds, by the first letter of its kind.
fn held(text: &str) -> Vec<String> {
    let line = serde_json::to_string(&serde_json::json!({ "x": text })).unwrap();
    let mut held = Vec::new();
    let observed = Observer::default().observe(line.as_bytes(), |_, value| {
        let kind = match value {
            Observable::Address(_) => 'a',
            Observable::Domain(_) => 'd',
            Observable::Hash(_) => 'h',
            Observable::Mail(_) => 'm',
            Observable::Url(_) => 'u',
        };
        held.push(format!("{kind} {value}"));
    });
    observed.unwrap();
    held
}

#[test]
fn shapes() {
    let md5 = "0123456789abcdef0123456789ABCDEF";
    for (text, wanted) in [
        ("198.51.100.7", vec!["a 198.51.100.7"]),
        ("198.51.100.7:443", vec!["a 198.51.100.7"]),
        ("outside:198.51.100.7/443", vec!["a 198.51.100.7"]),
        ("[2001:db8::1]:443", vec!["a 2001:db8::1"]),
        ("fe80::1%eth0", vec!["a fe80::1"]),
        ("::ffff:198.51.100.7", vec!["a 198.51.100.7"]),
        (
            "Failed password for root from 198.51.100.7 port 22",
            vec!["a 198.51.100.7"],
        ),
        (
            "src=198.51.100.7;dst=198.51.100.8",
            vec!["a 198.51.100.7", "a 198.51.100.8"],
        ),
        ("WWW.Evil.Example.", vec!["d www.evil.example"]),
        ("_ldap._tcp.evil.example", vec!["d _ldap._tcp.evil.example"]),
        ("münchen.example", vec!["d münchen.example"]),
        ("see evil.example, then go", vec!["d evil.example"]),
        (md5, vec!["h 0123456789abcdef0123456789abcdef"]),
        (r"C:\Windows\System32\cmd.exe", vec![]),
        ("/usr/lib/libx.so", vec![]),
    ] {
        assert_eq!(held(text), wanted, "{text}");
    }
}

#[test]
fn values_inside_of_each_other() {
    for (text, wanted) in [
        (
            "<M.A+b@Evil.example>",
            vec!["m m.a+b@evil.example", "d evil.example"],
        ),
        (
            "mailto:m@evil.example",
            vec!["m m@evil.example", "d evil.example"],
        ),
        (
            "http://evil.example",
            vec!["u evil.example/", "d evil.example"],
        ),
        (
            "(see http://evil.example/a.)",
            vec!["u evil.example/a", "d evil.example"],
        ),
        (
            "http://evil.example/a_(b)",
            vec!["u evil.example/a_(b)", "d evil.example"],
        ),
        (
            "http://u:p@198.51.100.7:8080/a?b",
            vec!["u 198.51.100.7:8080/a?b", "a 198.51.100.7"],
        ),
        (
            "https://[2001:db8::1]/",
            vec!["u [2001:db8::1]/", "a 2001:db8::1"],
        ),
        (
            "ftp://evil.example:21/a",
            vec!["u ftp://evil.example/a", "d evil.example"],
        ),
        (
            "http://a.example/1,http://b.example/2",
            vec![
                "u a.example/1",
                "d a.example",
                "u b.example/2",
                "d b.example",
            ],
        ),
        (
            "http://a.example/?to=http://b.example/2&x=1",
            vec![
                "u b.example/2",
                "d b.example",
                "u a.example/?to=http://b.example/2&x=1",
                "d a.example",
            ],
        ),
        (
            r"\\files.evil.example\share\a.exe",
            vec!["d files.evil.example"],
        ),
    ] {
        assert_eq!(held(text), wanted, "{text}");
    }
}

#[test]
fn other_texts_hold_nothing() {
    for text in [
        "",
        "..",
        "://",
        "a://",
        "10.0.19041.1",
        "1.2.3",
        "12:34:56",
        "aa:bb:cc:dd:ee:ff",
        "x@y",
        "evil",
        "1.5",
        "-.-",
        "@evil.example@",
        "{1-2-3}",
    ] {
        assert_eq!(held(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn long_texts_are_read_in_a_bounded_time() {
    for piece in [
        "://", "a://", "a://,", "@", ".", "a.", ":", "::", "\\\\", "1.2.3.4/", "/", "[", "a@b.cd ",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        held(&text);
    }
}
