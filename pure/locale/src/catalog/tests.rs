use proptest::prelude::*;

use super::*;
use crate::key;

fn catalog() -> Catalog {
    Catalog::load().expect("the texts load")
}

#[test]
fn a_catalog_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    shared(&catalog());
}

#[test]
fn texts_are_filled_without_isolation_marks() {
    let values = &[
        ("until", Value::from("15:05")),
        ("review_due", Value::from("26/11")),
    ];
    let text = catalog().text(Language::En, key::GLASS_OPENED, values);
    assert_eq!(
        text,
        "You can read this patient’s record now. The opening ends: 15:05."
    );
    for &language in Language::ALL {
        let text = catalog().text(language, key::GLASS_OPENED, values);
        assert!(!text.contains(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}']));
    }
}

#[test]
fn numbers_choose_the_plural_and_get_digit_groups() {
    let texts = catalog();
    let say = |language, count: u64| {
        texts.text(language, key::VERIFY_HOLDS, &[("entries", count.into())])
    };
    let en =
        |count: &str, verb: &str| format!("The evidence holds: {count} {verb} exactly as written.");
    assert_eq!(say(Language::En, 1), en("1", "entry is"));
    assert_eq!(say(Language::En, 0), en("0", "entries are"));
    assert_eq!(say(Language::En, 999), en("999", "entries are"));
    assert_eq!(say(Language::En, 1_234_567), en("1,234,567", "entries are"));
    assert!(say(Language::Fr, 0).contains("0 entrée est"));
    assert!(say(Language::Fr, 12_345).contains("12\u{202f}345 entrées sont"));
}

#[test]
fn a_gap_is_seen_and_an_unknown_code_is_shown_as_it_is() {
    let texts = catalog();
    let gap = texts.text(Language::Fr, key::GLASS_OPENED, &[]);
    assert!(gap.contains("{$until}"), "{gap}");
    let label = texts.label(Language::Fr, Family::Tier, "a-tier-of-years-ago");
    assert_eq!(label, "a-tier-of-years-ago");
    let unlisted = texts.explain(Language::En, "a-new-rule", None);
    assert!(
        unlisted.reason.contains("(a-new-rule)"),
        "{}",
        unlisted.reason
    );
    assert!(!unlisted.advice.is_empty());
}

#[test]
fn a_key_without_text_falls_back_and_never_fails() {
    let texts = catalog();
    assert_eq!(texts.named(Language::Fr, "no-such-text", &[]), None);
    let english_only = Catalog {
        english: bundle(Language::En).expect("english loads"),
        french: Bundle::new_concurrent(Vec::new()),
    };
    assert_eq!(
        english_only.text(Language::Fr, key::CONSOLE_TITLE, &[]),
        "Console"
    );
    let mute = Catalog {
        english: Bundle::new_concurrent(Vec::new()),
        french: Bundle::new_concurrent(Vec::new()),
    };
    assert_eq!(
        mute.text(Language::Fr, key::CONSOLE_TITLE, &[]),
        "console-title"
    );
}

#[test]
fn a_detail_is_named_when_there_is_one() {
    let texts = catalog();
    let say = |detail| {
        texts
            .explain(Language::Fr, "request-malformed", detail)
            .reason
    };
    assert_eq!(say(None), "Cette demande est illisible.");
    assert_eq!(
        say(Some("_count")),
        "Cette demande est illisible\u{a0}: _count."
    );
}

proptest! {
    #[test]
    fn values_are_text_and_never_syntax(value in ".{0,60}", code in ".{0,60}") {
        let texts = catalog();
        for &language in Language::ALL {
            let text = texts.text(language, key::GLASS_OPENED, &[("until", Value::Text(&value))]);
            prop_assert!(text.contains(&value));
            let explanation = texts.explain(language, &code, Some(&value));
            prop_assert!(!explanation.reason.is_empty() && !explanation.advice.is_empty());
            prop_assert!(texts.label(language, Family::Reason, &code) == code || Family::Reason.knows(&code));
        }
    }
}
