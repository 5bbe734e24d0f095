//! The gate lets every line pass that holds a keyword, and few others.

use crate::engine::gate::Gate;
use crate::engine::predicate::ValueTest;
use crate::sigma::pattern::Pattern;

fn keywords(words: &[&str]) -> Vec<ValueTest> {
    let tests = words.iter().map(|word| ValueTest::Text {
        pattern: Pattern::parse(word).opened(true, true).folded(),
        cased: false,
    });
    tests.collect()
}

const WORDS: &[&str] = &[
    "sekurlsa::",
    "Kiwi Legit Printer",
    r"\mimilib.dll",
    "kerberos::ptt",
];

#[test]
fn a_line_with_a_keyword_passes_however_it_is_written() {
    let tests = keywords(WORDS);
    let gate = Gate::build(tests.iter());
    for line in [
        r#"{"a":"x SEKURLSA::logonpasswords"}"#,
        r#"{"a":"kIwI lEgIt PrInTeR"}"#,
        r#"{"a":"C:\\x\\MimiLib.dll"}"#,
        r#"{"a":"\u0073\u0065kurlsa\u003a\u003alogonpasswords"}"#,
    ] {
        assert!(gate.passes(line.as_bytes(), &mut Vec::new()), "{line}");
    }
}

#[test]
fn an_ordinary_line_does_not_pass() {
    let tests = keywords(WORDS);
    let gate = Gate::build(tests.iter());
    let line = r#"{"EventID":1,"Image":"C:\\Windows\\System32\\svchost.exe","Utc":"08:00:01","Message":"A detail that the agent repeats as text for people"}"#;
    assert!(!gate.passes(line.as_bytes(), &mut Vec::new()));
}

#[test]
fn a_keyword_without_a_fragment_opens_the_gate() {
    let tests = keywords(&["sekurlsa::", r"\"]);
    assert!(Gate::build(tests.iter()).passes(b"{}", &mut Vec::new()));
}
