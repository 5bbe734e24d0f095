//! Each page, byte for byte, in both languages. After a wanted change, run once with
//! `GOLDEN=write` and read the difference.

use std::path::Path;

use locale::Language;

use crate::sample::pages;

#[test]
fn pages_are_as_they_were_read_and_approved() {
    let write = std::env::var_os("GOLDEN").is_some_and(|value| value == "write");
    for &language in Language::ALL {
        for (name, html) in pages(language, str::to_owned) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/pages/golden")
                .join(format!("{name}.{}.html", language.code()));
            if write {
                std::fs::write(&path, &html).unwrap();
            }
            let golden = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                golden == html,
                "{} differs: GOLDEN=write, then git diff",
                path.display()
            );
        }
    }
}

#[test]
fn instants_are_shown_in_the_zone_of_the_reader() {
    let page = |language| {
        let pages = pages(language, str::to_owned);
        pages
            .into_iter()
            .find(|(name, _)| *name == "glass-opened")
            .unwrap()
            .1
    };
    assert!(page(Language::Fr).contains("14/07/2026 12:29:30 CEST"));
    assert!(page(Language::En).contains("2026-07-14 12:29:30 CEST"));
}
