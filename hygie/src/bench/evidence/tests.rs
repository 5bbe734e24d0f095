use ::evidence::bench::Figures;

use super::append::BATCHES;
use super::*;

fn figures(events_per_s: f64) -> Figures {
    Figures {
        events_per_s,
        ack_p50_ms: 0.123_456,
        ack_p99_ms: 1.5,
    }
}

fn report() -> Report {
    Report {
        part: "evidence",
        batches: vec![BatchFigures::new(
            64,
            figures(600.4),
            (
                [figures(1800.0), figures(2200.0)],
                [figures(1000.0), figures(1400.0)],
            ),
        )],
        payload_bytes: PAYLOAD_BYTES,
        recovery: Some(RecoveryFigures {
            recovery_events: 10,
            recovery_s: 1.5,
            recovery_open_s: 0.5,
            writer_rss_mb: 80.0,
        }),
        lake: Some(LakeFigures {
            lake_rows: 1000,
            seal_rows_per_s: 400.0,
            bytes_per_event: 77.7,
            scan_rows_per_s: 10_000.0,
            needle_ms: 3.0,
            needle_ip_ms: 4.0,
            peers: Peers {
                needle_duckdb_ms: Some(5.0),
                ..Peers::default()
            },
        }),
        machine: Machine {
            cpu: "a \"fast\"\none".to_owned(),
            cores: 2,
            kernel: "6.1".to_owned(),
            filesystem: "ext4".to_owned(),
        },
    }
}

#[test]
fn the_report_is_one_line_of_json_and_a_table() {
    let report = report();
    let json = report.json();
    assert!(!json.contains('\n'), "{json}");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&json).unwrap(),
        serde_json::json!({
            "part": "evidence",
            "batches": [{
                "batch": 64, "events_per_s": 600.0, "ack_p50_ms": 0.123, "ack_p99_ms": 1.5,
                "floor_events_per_s": 1200.0, "ratio_floor": 0.5,
                "disk_events_per_s": 2000.0, "ratio_disk": 0.3,
            }],
            "payload_bytes": 512,
            "recovery_events": 10, "recovery_s": 1.5, "recovery_open_s": 0.5,
            "writer_rss_mb": 80.0,
            "lake_rows": 1000, "seal_rows_per_s": 400.0, "bytes_per_event": 77.7,
            "scan_rows_per_s": 10000.0, "needle_ms": 3.0, "needle_ip_ms": 4.0,
            "needle_duckdb_ms": 5.0, "needle_ip_duckdb_ms": null, "scan_duckdb_ms": null,
            "needle_clickhouse_ms": null, "needle_ip_clickhouse_ms": null,
            "scan_clickhouse_ms": null,
            "machine": {
                "cpu": "a \"fast\"\none", "cores": 2, "kernel": "6.1", "filesystem": "ext4",
            },
        })
    );
    let table = report.table();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0].split_whitespace().nth(5), Some("ratio_floor"));
    assert_eq!(
        lines[1].split_whitespace().collect::<Vec<_>>(),
        [
            "64", "600", "0.123", "1.500", "1200", "0.50", "2000", "0.30"
        ]
    );
    assert_eq!(
        lines[0].len(),
        lines[1].len(),
        "columns do not line up:\n{table}"
    );
    assert!(table.contains("recovery_s 1.500 with 10 events"), "{table}");
    assert!(
        table.contains("filter and count                   100.0"),
        "{table}"
    );
}

#[test]
fn a_short_run_measures_every_batch_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        duration: Duration::ZERO,
        dir: dir.path().to_owned(),
        ..Options::default()
    };
    let mut told = 0;
    let report = run(&options, &mut |_| told += 1).unwrap();
    assert_eq!(told, BATCHES.len());
    assert_eq!(
        report.batches.iter().map(|it| it.batch).collect::<Vec<_>>(),
        BATCHES
    );
    for it in &report.batches {
        assert!(
            it.events_per_s > 0.0 && it.floor_events_per_s > 0.0,
            "{it:?}"
        );
        assert!(it.ack_p50_ms <= it.ack_p99_ms, "{it:?}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let options = Options {
        dir: PathBuf::from("/nowhere/at/all"),
        ..Options::default()
    };
    let error = run(&options, &mut |_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot make a folder in `/nowhere/at/all`"
    );
}
