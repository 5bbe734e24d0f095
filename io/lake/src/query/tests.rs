use std::collections::BTreeMap;
use std::fs;

use evidence::Salted;

use super::*;
use crate::fixture::{House, block_on, mixed};
use crate::limits::MEMORY_MB;
use crate::row::Row;

fn query(house: &House, sql: &str, format: Format) -> Query {
    Query {
        sql: sql.to_owned(),
        logs: vec![("decisions".to_owned(), house.log())],
        store: None,
        format,
        memory_bytes: MEMORY_MB << 20,
    }
}

fn answer(house: &House, sql: &str) -> Result<String, Error> {
    let mut out = Vec::new();
    block_on(query(house, sql, Format::Csv).run(&mut out))?;
    Ok(String::from_utf8(out).unwrap())
}

/// The rows of `sql`, without the names.
fn rows(house: &House, sql: &str) -> Vec<String> {
    let text = answer(house, sql).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

/// A log of which some is sealed, with all its entries in order.
fn house(segments: usize) -> (House, Vec<Salted>) {
    let house = House::new(&mixed(120));
    let mut kept = house.entries();
    house.seal_next(segments);
    let seals = evidence::Reader::open(&house.log(), 120).unwrap();
    for record in seals {
        let record = record.unwrap();
        kept.push(Salted {
            index: record.index,
            time_us: record.time_us,
            class: record.class,
            salt: [0; 16],
            payload: record.payload,
        });
    }
    (house, kept)
}

#[test]
fn answers_are_those_of_a_naive_reader_however_much_is_sealed() {
    for segments in [0, 1, 3, 100] {
        let (house, kept) = house(segments);
        let count = format!("{}", kept.len());
        assert_eq!(
            rows(&house, "SELECT count(*) FROM decisions"),
            std::slice::from_ref(&count)
        );
        assert_eq!(
            rows(&house, "SELECT count(DISTINCT leaf_index) FROM decisions"),
            [count]
        );

        let mut persons = BTreeMap::new();
        for entry in &kept {
            let row = Row::read(entry.class, &entry.payload);
            if let Some(person) = row.texts[crate::schema::Text::Person as usize].as_deref() {
                *persons.entry(person.to_owned()).or_insert(0) += 1;
            }
        }
        let expected: Vec<_> = persons
            .iter()
            .map(|(person, n)| format!("{person},{n}"))
            .collect();
        let sql =
            "SELECT person, count(*) FROM decisions WHERE person IS NOT NULL GROUP BY 1 ORDER BY 1";
        assert_eq!(rows(&house, sql), expected);

        for patient in patients(&kept) {
            let expected: Vec<_> = kept
                .iter()
                .filter(|entry| {
                    let row = Row::read(entry.class, &entry.payload);
                    row.patients.iter().any(|known| *known == patient)
                })
                .map(|entry| entry.index.to_string())
                .collect();
            let sql = format!(
                "SELECT leaf_index FROM decisions WHERE array_has(patients, '{patient}') ORDER BY 1"
            );
            assert_eq!(rows(&house, &sql), expected, "{patient}");
        }
    }
}

fn patients(kept: &[Salted]) -> Vec<String> {
    let row = Row::read(kept[0].class, &kept[0].payload);
    row.patients
        .iter()
        .map(|patient| patient.to_string())
        .collect()
}

#[test]
fn payloads_are_the_bytes_received_packed_or_not() {
    let (house, kept) = house(3);
    let found = rows(
        &house,
        "SELECT leaf_index, encode(raw, 'hex'), encode(salt, 'hex'), length(encode(salt, 'hex')) FROM decisions ORDER BY 1",
    );
    let expected: Vec<_> = kept
        .iter()
        .map(|entry| format!("{},{}", entry.index, hex::encode(&entry.payload)))
        .collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!(
            found.starts_with(expected.as_str()),
            "{found} is not {expected}"
        );
        assert!(found.ends_with(",32"));
    }
    // A condition on the payload sees it unpacked as well.
    let sql = "SELECT count(*) FROM decisions WHERE TRY_CAST(raw AS VARCHAR) LIKE '%\"id.orig_h\":\"10.%' AND class_uid = 4001 AND src_ip IS NOT NULL";
    assert_eq!(rows(&house, sql), ["30"]);
}

#[test]
fn several_logs_are_one_table_and_can_be_joined() {
    let (one, _) = house(2);
    let (other, _) = house(0);
    let mut query = query(
        &one,
        "SELECT stream, count(*) FROM events GROUP BY 1 ORDER BY 1",
        Format::Csv,
    );
    query.logs.push(("telemetry".to_owned(), other.log()));
    let mut out = Vec::new();
    block_on(query.run(&mut out)).unwrap();
    assert_eq!(
        String::from_utf8(out)
            .unwrap()
            .lines()
            .skip(1)
            .collect::<Vec<_>>(),
        ["decisions,122", "telemetry,120"]
    );
    query.sql = "SELECT count(*) FROM decisions a JOIN telemetry b ON a.leaf_index = b.leaf_index AND a.raw = b.raw".to_owned();
    let mut out = Vec::new();
    block_on(query.run(&mut out)).unwrap();
    assert!(String::from_utf8(out).unwrap().ends_with("\n120\n"));
}

#[test]
fn only_reading_is_possible_and_errors_are_one_line() {
    let (house, _) = house(1);
    let file = house.path().join("out.csv");
    for sql in [
        "CREATE TABLE x AS SELECT 1",
        "DROP TABLE decisions",
        "INSERT INTO decisions SELECT * FROM decisions",
        "DELETE FROM decisions",
        &format!("COPY (SELECT 1) TO '{}'", file.display()),
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "SELECT * FROM '/etc/passwd'",
        "SET datafusion.execution.batch_size = 1",
        "SELECT 1; SELECT 2",
        "SELECT",
        "SELECT nothing FROM decisions",
        "SELECT * FROM nothing",
        "SELECT 1 / 0",
    ] {
        let error = answer(&house, sql).unwrap_err().to_string();
        assert!(
            !error.contains('\n') && error.starts_with("the query failed: "),
            "{error}"
        );
    }
    assert!(!file.exists());
    assert_eq!(rows(&house, "SELECT count(*) FROM decisions"), ["121"]);
}

#[test]
fn arguments_that_cannot_be_are_refused() {
    let (house, _) = house(0);
    for name in ["events", "Decisions", "a b", "1x", "decisions", ""] {
        let mut query = query(&house, "SELECT 1", Format::Csv);
        query.logs.push((name.to_owned(), house.log()));
        let refused = block_on(query.run(&mut Vec::new())).unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Argument {
                    argument: "--log",
                    ..
                }
            ),
            "{name}: {refused}"
        );
    }
}

#[test]
fn a_damaged_or_missing_object_is_an_error_that_names_it() {
    let (house, _) = house(2);
    let manifest = evidence::Manifest::read(&house.log()).unwrap();
    let sealed = &manifest.sealed()[1];
    let path = house.object(sealed);
    let whole = fs::read(&path).unwrap();
    let sql = "SELECT leaf_index, raw FROM decisions";
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = answer(&house, sql).unwrap_err().to_string();
    assert!(error.contains(&sealed.object), "{error}");
    fs::remove_file(&path).unwrap();
    let error = answer(&house, sql).unwrap_err().to_string();
    assert!(error.contains(&sealed.object), "{error}");
}

#[test]
fn what_does_not_fit_into_memory_fails_with_a_sentence() {
    let (house, _) = house(1);
    let mut query = query(
        &house,
        "SELECT a.raw FROM decisions a CROSS JOIN decisions b CROSS JOIN decisions c ORDER BY a.raw, b.raw, c.raw",
        Format::Csv,
    );
    query.memory_bytes = 4 << 20;
    let error = block_on(query.run(&mut Vec::new()))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("Resources exhausted") || error.contains("memory"),
        "{error}"
    );
}

#[test]
fn unique_names_are_found_through_the_filters() {
    let (house, kept) = house(100);
    let connection = kept.iter().find(|entry| entry.class == 4001).unwrap();
    let uid = wire::zeek::Conn::parse(&connection.payload).unwrap().uid;
    let sql = format!("SELECT leaf_index FROM decisions WHERE conn_uid = '{uid}'");
    assert_eq!(rows(&house, &sql), [connection.index.to_string()]);
    let plan = answer(&house, &format!("EXPLAIN {sql}")).unwrap();
    assert!(plan.contains("predicate=conn_uid"), "{plan}");
}

/// The indexes that a question finds.
fn found(house: &House, condition: &str) -> Vec<u64> {
    let sql = format!("SELECT leaf_index FROM decisions WHERE {condition} ORDER BY 1");
    let rows = rows(house, &sql);
    rows.iter().map(|row| row.parse().unwrap()).collect()
}

/// Every value of a column with a filter is found where it is, and others are not.
#[test]
fn what_is_looked_for_by_filters_is_found_as_by_a_naive_reader() {
    use crate::schema::Text;
    let (house, kept) = house(5);
    let columns = [
        ("person", Text::Person),
        ("patient", Text::Patient),
        ("src_ip", Text::SrcIp),
        ("conn_uid", Text::ConnUid),
        ("session", Text::Session),
    ];
    let mut asked = 0;
    for (name, text) in columns {
        let mut places: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for entry in &kept {
            let row = Row::read(entry.class, &entry.payload);
            if let Some(value) = row.texts[text as usize].as_deref() {
                places
                    .entry(value.to_owned())
                    .or_default()
                    .push(entry.index);
            }
        }
        assert!(!places.is_empty(), "{name}");
        for (value, at) in places.iter().step_by(places.len().div_ceil(6)) {
            assert_eq!(found(&house, &format!("{name} = '{value}'")), *at);
            let both = format!(
                "{name} IN ('{value}', 'nobody') AND leaf_index >= {}",
                at[0]
            );
            assert_eq!(found(&house, &both), *at);
            asked += 1;
        }
        assert_eq!(found(&house, &format!("{name} = 'nobody'")), [0_u64; 0]);
    }
    assert!(asked > 12, "only {asked} values");
}
