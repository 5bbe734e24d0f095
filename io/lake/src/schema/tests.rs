use super::*;

#[test]
fn every_column_is_of_its_own_kind_and_the_counts_hold() {
    let texts = COLUMNS
        .iter()
        .filter(|(_, kind)| matches!(kind, Kind::Text(_)));
    let numbers = COLUMNS
        .iter()
        .filter(|(_, kind)| matches!(kind, Kind::Number(_)));
    assert_eq!((texts.count(), numbers.count()), (TEXTS, NUMBERS));
    for (at, (name, kind)) in COLUMNS.iter().enumerate() {
        for (other_name, other_kind) in &COLUMNS[..at] {
            assert!(name != other_name && kind != other_kind, "{name}");
        }
        match kind {
            Kind::Text(text) => assert!((*text as usize) < TEXTS),
            Kind::Number(number) => assert!((*number as usize) < NUMBERS),
            _ => (),
        }
    }
    assert_eq!(COLUMNS[RAW_AT], ("raw", Kind::Raw));
}

/// Objects of years ago must still read: a change here is a new version.
#[test]
fn version_1_is_what_it_was() {
    let columns: Vec<String> = stored_schema()
        .fields()
        .iter()
        .map(|field| {
            let null = if field.is_nullable() { "?" } else { "" };
            format!("{}: {}{null}", field.name(), field.data_type())
        })
        .collect();
    assert_eq!(SCHEMA_VERSION, 1);
    assert_eq!(
        columns.join("\n") + "\n",
        include_str!("version-1.txt"),
        "the columns of version 1"
    );
}
