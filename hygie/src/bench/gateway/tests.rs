use std::sync::Arc;

use super::*;

fn way(name: &'static str, rps: &[f64], p50_ms: &[f64], p99_ms: &[f64]) -> Way {
    let target = Target {
        name,
        address: "127.0.0.1:1".parse().unwrap(),
        tls: None,
        request: Arc::from([]),
    };
    Way {
        rps: rps.to_vec(),
        p50_ms: p50_ms.to_vec(),
        p99_ms: p99_ms.to_vec(),
        answers: 3,
        leaves: vec![5, 3, 4],
        body_bytes: 1_024,
        ..Way::new(target)
    }
}

fn run_with(nginx: bool) -> report::Run {
    let beside = || way("nginx", &[30_000.0], &[0.35], &[0.9]);
    report::Run {
        ways: Measured {
            direct: way(
                "direct",
                &[60_000.0, 70_000.0, 10.0],
                &[0.2, 0.1, 0.15],
                &[0.5],
            ),
            nginx: nginx.then(beside),
            hygie: way("hygie", &[15_000.0, 12_000.0, 13_500.0], &[0.65], &[1.5]),
        },
        resident_bytes: [Some(150_000_000), None],
        leaves_kept: 3,
        options: Options::quick(),
        machine: Machine {
            cpu: "cpu".to_owned(),
            cores: 2,
            kernel: "6.1".to_owned(),
            filesystem: "ext4".to_owned(),
        },
    }
}

#[test]
fn the_report_is_one_line_of_json_with_the_middle_of_the_rounds() {
    let json = Report::new(&run_with(true)).json();
    assert!(!json.contains('\n'), "{json}");
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        value,
        serde_json::json!({
            "part": "gateway",
            "rps": 13_500.0, "rps_direct": 60_000.0, "rps_nginx": 30_000.0, "ratio_nginx": 0.45,
            "added_p50_ms": 0.5, "added_p99_ms": 1.0,
            "nginx_added_p50_ms": 0.2, "nginx_added_p99_ms": 0.4,
            "direct": { "p50_ms": 0.15, "p99_ms": 0.5 },
            "nginx": { "p50_ms": 0.35, "p99_ms": 0.9 },
            "hygie": { "p50_ms": 0.65, "p99_ms": 1.5 },
            "resident_mb": 150.0, "resident_after_mb": null,
            "answers": 3, "leaves": 3, "body_bytes": 1_024,
            "connections": 64, "steady_rps": 1_000, "seconds": 1.0, "rounds": 1,
            "machine": { "cpu": "cpu", "cores": 2, "kernel": "6.1", "filesystem": "ext4" },
        })
    );
}

#[test]
fn without_nginx_its_figures_are_null_and_the_table_says_so() {
    let report = Report::new(&run_with(false));
    let value: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
    for figure in [
        "rps_nginx",
        "ratio_nginx",
        "nginx_added_p50_ms",
        "nginx_added_p99_ms",
        "nginx",
    ] {
        assert!(value[figure].is_null(), "{figure}");
    }
    assert!(report.table().contains("nginx is not installed"));
}

#[test]
fn the_table_has_a_line_for_each_way() {
    let table = Report::new(&run_with(true)).table();
    let cells: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(cells[1], ["direct", "60000", "0.150", "0.500", "-", "-"]);
    assert_eq!(
        cells[2],
        ["nginx", "30000", "0.350", "0.900", "0.200", "0.400"]
    );
    assert_eq!(
        cells[3],
        ["hygie", "13500", "0.650", "1.500", "0.500", "1.000"]
    );
    assert_eq!(cells[4], ["ratio_nginx:", "0.45"]);
    assert!(table.contains("150 at rest, unknown after"), "{table}");
}

#[test]
fn an_answer_without_evidence_of_its_own_fails_the_measurement() {
    let check = |leaves: &[u64], expect: Option<u64>| {
        let mut hygie = Way {
            leaves: leaves.to_vec(),
            ..way("hygie", &[], &[], &[])
        };
        assert_eq!(every_answer_kept(&mut hygie).ok(), expect, "{leaves:?}");
    };
    check(&[5, 3, 4], Some(3));
    check(&[5, 3, 5], None);
    check(&[5, 3], None);
    check(&[], None);
}

#[test]
fn a_program_that_is_no_demonstration_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        dir: dir.path().to_owned(),
        program: Some(PathBuf::from("/bin/false")),
        ..Options::quick()
    };
    let error = run(&options, &mut |_| ()).unwrap_err();
    assert!(matches!(error, BenchError::Ended { .. }), "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
