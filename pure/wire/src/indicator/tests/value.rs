//! Shapes and normal forms.

use crate::indicator::{Kind, Reason, recognise};

#[test]
fn values_have_one_form() {
    let sha1 = "A".repeat(40);
    for (text, kind, value) in [
        (" 198.51.100.7 ", Kind::Address, "198.51.100.7"),
        ("198[.]51[.]100[.]7", Kind::Address, "198.51.100.7"),
        ("198.51.100.7:8080", Kind::Address, "198.51.100.7"),
        ("::ffff:198.51.100.7", Kind::Address, "198.51.100.7"),
        ("2001:DB8:0::1", Kind::Address, "2001:db8::1"),
        ("[2001:db8::1]", Kind::Address, "2001:db8::1"),
        ("198.51.100.77/24", Kind::Network, "198.51.100.0/24"),
        ("198.51.100.7/32", Kind::Address, "198.51.100.7"),
        ("2001:db8::77/32", Kind::Network, "2001:db8::/32"),
        ("Evil.Example.", Kind::Domain, "evil.example"),
        ("evil(dot)example", Kind::Domain, "evil.example"),
        ("*.evil.example", Kind::Domain, "evil.example"),
        ("_dmarc.evil.example", Kind::Domain, "_dmarc.evil.example"),
        ("xn--evl-fma.example", Kind::Domain, "xn--evl-fma.example"),
        (
            "HTTP://User@Evil.example:80/A?b#c",
            Kind::Url,
            "http://evil.example/A?b",
        ),
        (
            "hxxps[:]//evil[.]example",
            Kind::Url,
            "https://evil.example/",
        ),
        (
            "https://evil.example?x=1",
            Kind::Url,
            "https://evil.example/?x=1",
        ),
        (
            "http://[2001:db8::1]:8080/x",
            Kind::Url,
            "http://[2001:db8::1]:8080/x",
        ),
        ("evil.example/x", Kind::Url, "http://evil.example/x"),
        ("198.51.100.7/x", Kind::Url, "http://198.51.100.7/x"),
        ("evil.example/", Kind::Url, "http://evil.example/"),
        (
            "mailto:Mallory@Evil.example",
            Kind::Mail,
            "mallory@evil.example",
        ),
        (
            "mallory[at]evil[.]example",
            Kind::Mail,
            "mallory@evil.example",
        ),
        (&sha1, Kind::Hash, &"a".repeat(40)),
    ] {
        assert_eq!(recognise(text), Ok((kind, value.to_owned())), "{text}");
        assert_eq!(recognise(value), Ok((kind, value.to_owned())), "{value}");
    }
}

#[test]
fn other_things_are_no_values() {
    for text in [
        "",
        "evil",
        "evil.e",
        "1.2.3",
        "1.2.3.4.5",
        "..",
        ".example",
        "a b.example",
        "@evil.example",
        "C:\\a.exe",
        "http://",
        "://x",
        "198.51.100.7/33",
        "-",
        "aa:bb:cc:dd:ee:ff",
        "d41d8cd98f",
        "http://evil.example/a b",
        "evil..example",
    ] {
        assert_eq!(recognise(text), Err(Reason::Unrecognised), "{text}");
    }
    assert_eq!(recognise("0.0.0.0/0"), Err(Reason::TooWide));
    assert_eq!(recognise("::/8"), Err(Reason::TooWide));
    assert_eq!(recognise(&"a.".repeat(2_000)), Err(Reason::TooLong));
}

#[test]
fn a_normal_form_is_its_own() {
    let url = |text: &str| Ok((Kind::Url, text.to_owned()));
    let layers = |count: usize| format!("http://evil.example/a{}.b", "\\".repeat(count));
    for (text, found) in [
        (layers(1), url("http://evil.example/a.b")),
        // Found by fuzzing: more layers than are taken away at once.
        (layers(20), url("http://evil.example/a.b")),
        (layers(200), Err(Reason::Unrecognised)),
        (
            "http://evil(DOT)example/".to_owned(),
            url("http://evil.example/"),
        ),
        (
            "http://evil.example:80:80/".to_owned(),
            url("http://evil.example/"),
        ),
        (
            format!("http://evil.example?{}", "a".repeat(2_028)),
            Err(Reason::TooLong),
        ),
    ] {
        assert_eq!(recognise(&text), found, "{text}");
        if let Ok((kind, value)) = found {
            assert_eq!(recognise(&value), Ok((kind, value)));
        }
    }
}
