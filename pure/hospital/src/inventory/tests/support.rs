//! Dates of support: past, soon, later, and not known.

use event::Timestamp;

use super::super::{Calendar, SupportEnd, SupportState, Verdict};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn line(product: &str, ends: &str) -> SupportEnd {
    SupportEnd {
        product: product.to_owned(),
        limited_from: None,
        ends: at(ends),
        evidence: "the maker's page".to_owned(),
    }
}

/// What lines alone say of a product.
fn judged(product: &str, table: &[SupportEnd]) -> Option<Verdict> {
    let mut calendar = Calendar::new().unwrap();
    calendar.add(table.iter().cloned());
    calendar.judge(product, at("2026-06-01")).into_iter().next()
}

fn state(product: &str, table: &[SupportEnd]) -> SupportState {
    judged(product, table).map_or(SupportState::Unknown, |it| it.state)
}

#[test]
fn the_line_with_most_words_counts() {
    let table = [
        line("Windows 7", "2020-01-14"),
        line("Windows 10", "2025-10-14"),
        line("Windows 10 Enterprise LTSC 2021", "2027-01-12"),
        line("Windows Server 2016", "2027-06-02"),
        line("Debian 12", "2027-06-01"),
    ];
    assert_eq!(
        state("windows 7 Professional 7601", &table),
        SupportState::Past
    );
    assert_eq!(
        state("Windows 10 Enterprise LTSC 2021", &table),
        SupportState::WithinYear
    );
    assert_eq!(state("Windows Server 2016", &table), SupportState::Later);
    assert_eq!(state("Debian 12", &table), SupportState::WithinYear);
    // A word is a whole one, and another edition has its own dates.
    assert_eq!(state("Windows 70", &table), SupportState::Unknown);
    assert_eq!(state("Windows 7 Embedded", &table), SupportState::Unknown);
    assert_eq!(state("QNX", &table), SupportState::Unknown);
    assert_eq!(state("", &table), SupportState::Unknown);
}

#[test]
fn lines_that_disagree_prove_nothing() {
    let table = [line("A 1", "2020-01-01"), line("A 1", "2030-01-01")];
    let both = judged("A 1", &table).unwrap();
    assert_eq!(both.state, SupportState::Unknown);
    let said = "the maker's page: ends 2020-01-01; the maker's page: ends 2030-01-01";
    assert_eq!(both.evidence, said);
    assert_eq!(state("A 1", &table[..1]), SupportState::Past);
    // What is published does not decide between two who answer for their lines.
    let mut calendar = Calendar::new().unwrap();
    let published = r#"[{"cycle": "2.4", "eol": "2019-01-01"}]"#;
    calendar.read("apache-http-server", published).unwrap();
    let at = at("2026-06-01");
    assert_eq!(
        calendar.judge("Apache/2.4.6", at)[0].state,
        SupportState::Past
    );
    let lines = [line("Apache", "2020-01-01"), line("Apache", "2030-01-01")];
    calendar.add(lines);
    let left = calendar.judge("Apache/2.4.6", at);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].state, SupportState::Unknown);
}

#[test]
fn limited_support_is_not_its_end() {
    let mut limited = line("A 1", "2030-01-01");
    limited.limited_from = Some(at("2026-01-01"));
    let table = [limited];
    let found = judged("A 1", &table).unwrap();
    assert_eq!((found.state, found.limited), (SupportState::Later, true));
    assert_eq!(found.product, "A 1");
}
