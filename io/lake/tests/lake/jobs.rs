//! Every job over a store in a folder.

use std::fs;

use crate::{DAMAGED, House, expected, failed, named, records, succeeded};

#[test]
fn what_is_sealed_comes_back_and_can_be_asked() {
    let house = House::new();
    let sealed = house.seal_next(3, &[]);
    let end = sealed[2].end;
    let log = house.log();
    let log = log.to_str().unwrap();
    let frames = ["frames", "--log", log, "--from", "5", "--check"];
    assert_eq!(records(&succeeded(&frames)), expected(5..end));
    let none = ["frames", "--log", log, "--from", "0", "--class", "6003"];
    assert!(records(&succeeded(&none)).is_empty());

    let table = named(&house.log());
    let query = |sql: &str| {
        let arguments = [
            "query",
            sql,
            "--log",
            &table,
            "--format",
            "json",
            "--memory-mb",
            "256",
        ];
        String::from_utf8(succeeded(&arguments)).unwrap()
    };
    assert_eq!(
        query("SELECT count(*) AS n FROM events WHERE src_ip = '10.0.0.1'"),
        "{\"n\":67}\n"
    );
    assert_eq!(
        query("SELECT leaf_index, bytes_out, duration_us FROM telemetry WHERE conn_uid = 'C7'"),
        "{\"leaf_index\":7,\"bytes_out\":7,\"duration_us\":250000}\n"
    );
    let raw = query("SELECT raw FROM telemetry WHERE leaf_index IN (7, 199) ORDER BY leaf_index");
    for (line, index) in raw.lines().zip([7, 199]) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let payload = String::from_utf8(crate::entry(index).payload).unwrap();
        assert_eq!(line["raw"], payload);
    }
}

#[test]
fn failures_are_one_line_that_names_the_object_and_a_code() {
    let house = House::new();
    let sealed = house.seal_next(2, &[]);
    let log = house.log();
    let log = log.to_str().unwrap();
    failed(&["seal", "--log", log], 2);
    failed(&["query", "SELECT 1", "--log", "nothing"], 2);
    let told = failed(&["seal", "--log", log, "--first", "0", "--end", "5"], 1);
    assert!(told.contains("already sealed"), "{told}");
    let table = named(&house.log());
    let told = failed(&["query", "SELECT x FROM events", "--log", &table], 1);
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("hygie-lake: the query failed: "), "{told}");

    let object = house.folder.path().join("lake").join(&sealed[1].object);
    let mut bytes = fs::read(&object).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&object, bytes).unwrap();
    let told = failed(&["frames", "--log", log, "--from", "0", "--check"], DAMAGED);
    assert!(
        told.contains(&sealed[1].object) && told.contains("restore"),
        "{told}"
    );
    fs::remove_file(&object).unwrap();
    let told = failed(&["frames", "--log", log, "--from", "0"], DAMAGED);
    assert!(
        told.contains(&sealed[1].object) && told.contains("--store"),
        "{told}"
    );
}

#[test]
fn a_store_that_cannot_be_reached_is_not_called_damaged() {
    let house = House::new();
    house.seal_next(1, &[]);
    let key = house.folder.path().join("key");
    fs::write(&key, "testing\n").unwrap();
    // A port that was just let go of, where nobody listens.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let store = format!(
        r#"{{"url":"s3://evidence","endpoint":"http://{address}","region":"us-east-1","access_key_id_file":"{0}","secret_access_key_file":"{0}","allow_http":true}}"#,
        key.display()
    );
    let log = house.log();
    let log = log.to_str().unwrap();
    let told = failed(
        &["frames", "--log", log, "--from", "0", "--store", &store],
        1,
    );
    assert!(told.contains("check that the store is reachable"), "{told}");
}

#[test]
fn a_query_that_wants_more_than_its_memory_fails_and_says_so() {
    let house = House::new();
    house.seal_next(2, &[]);
    let table = named(&house.log());
    let sql = "SELECT a.raw FROM events a CROSS JOIN events b CROSS JOIN events c ORDER BY a.raw, b.raw, c.raw";
    let told = failed(&["query", sql, "--log", &table, "--memory-mb", "256"], 1);
    assert!(told.contains("Resources exhausted"), "{told}");
}

#[test]
fn the_bench_measures_what_it_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let arguments = [
        "bench",
        "--rows",
        "3000",
        "--object-rows",
        "2000",
        "--dir",
        dir,
        "--json",
        "--keep",
    ];
    let figures: serde_json::Value = serde_json::from_slice(&succeeded(&arguments)).unwrap();
    assert_eq!(figures["rows"], 3000);
    let objects = figures["objects"].as_array().unwrap();
    assert_eq!(objects.len(), 2);
    assert!(
        objects
            .iter()
            .all(|object| fs::exists(object.as_str().unwrap()).unwrap())
    );
    assert!(figures["seal_rows_per_s"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_hunt_gives_frames_and_tells_how_far_it_is() {
    let house = House::new();
    let sealed = house.seal_next(3, &[]);
    let end = sealed[2].end;
    let log = house.log();
    let log = log.to_str().unwrap();
    let list = house.folder.path().join("indicators.jsonl");
    let list = list.to_str().unwrap();
    fs::write(list, "{\"kind\":\"address\",\"value\":\"10.0.0.1\"}\n{}\n").unwrap();
    let hunt = ["hunt", "--log", log, "--indicators", list];
    let output = crate::run(&hunt);
    assert!(output.status.success());
    let mut wanted = expected(0..end);
    wanted.retain(|record| record.index % 3 == 1);
    assert_eq!(records(&output.stdout), wanted);
    let said = String::from_utf8(output.stderr).unwrap();
    let said: Vec<serde_json::Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        said[0],
        serde_json::json!({"hunt": "unusable", "indicators": 1})
    );
    let last = said.last().unwrap();
    assert_eq!((&last["hunt"], &last["next"]), (&"end".into(), &end.into()));
    assert_eq!(said.len(), 5);

    let some = [&hunt[..], &["--from", "4", "--to", "11", "--no-index"]].concat();
    wanted.retain(|record| (4..11).contains(&record.index));
    assert_eq!(records(&succeeded(&some)), wanted);
    fs::write(list, "nothing\n").unwrap();
    let told = failed(&hunt, 1);
    assert!(
        told.contains("indicators.jsonl") && told.contains("\"kind\""),
        "{told}"
    );
}
