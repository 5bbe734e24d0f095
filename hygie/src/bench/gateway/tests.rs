use std::sync::Arc;

use serde_json::{Value, json};

use super::case::Ways;
use super::*;
use crate::bench::load::{Place, Script, Step};

fn way(name: &'static str, rps: &[f64], p50_ms: &[f64], p99_ms: &[f64]) -> Way {
    let target = Target {
        place: Place {
            name,
            address: "127.0.0.1:1".parse().unwrap(),
            tls: None,
        },
        warm: Step::ok(Arc::from([])),
        script: Script::again(Vec::new()),
    };
    Way {
        rps: rps.to_vec(),
        p50_ms: p50_ms.to_vec(),
        p99_ms: p99_ms.to_vec(),
        body_bytes: 1_024,
        ..Way::new(target)
    }
}

/// A case whose answers at the door named these leaves.
fn case(name: &'static str, beside: bool, leaves: &[u64]) -> Case {
    let nginx = || way("nginx", &[30_000.0], &[0.35], &[0.9]);
    let asking = || way("auth_request", &[18_000.0], &[0.45], &[1.25]);
    let hygie = way("hygie", &[15_000.0, 12_000.0, 13_500.0], &[0.65], &[1.5]);
    Case {
        name,
        connections: 64,
        steady_per_s: 1_000,
        greatest: true,
        entries: None,
        duration_max: None,
        ways: Ways {
            direct: way(
                "direct",
                &[60_000.0, 70_000.0, 10.0],
                &[0.2, 0.1, 0.15],
                &[0.5],
            ),
            nginx: beside.then(nginx),
            auth_request: beside.then(asking),
            hygie: Way {
                answers: u64::try_from(leaves.len()).unwrap(),
                leaves: leaves.to_vec(),
                ..hygie
            },
        },
        resident_bytes: Some(160_000_000),
    }
}

/// The greatest pace was not measured.
fn without_rps(mut case: Case) -> Case {
    let Ways {
        direct,
        nginx,
        auth_request,
        hygie,
    } = &mut case.ways;
    let others = nginx.iter_mut().chain(auth_request);
    for way in [direct, hygie].into_iter().chain(others) {
        way.rps.clear();
    }
    case
}

fn run_with(beside: bool) -> Run {
    Run {
        read: case("read", beside, &[5, 3, 4]),
        search: Case {
            entries: Some(100),
            steady_per_s: 200,
            ..case("search", beside, &[6, 7])
        },
        break_glass: Case {
            connections: 8,
            steady_per_s: 50,
            resident_bytes: None,
            ..without_rps(case("break-glass", beside, &[8, 9]))
        },
        large: vec![Watched {
            held: 4_000,
            direct_peak_bytes: Some(200_000_000),
            peak_bytes: Some(260_000_000),
            rps: 40.0,
            hygie: Way {
                answers: 1,
                leaves: vec![10],
                ..way("hygie", &[], &[], &[])
            },
        }],
        resident_bytes: Some(150_000_000),
        options: Options::quick(),
        machine: Machine {
            cpu: "cpu".to_owned(),
            cores: 2,
            kernel: "6.1".to_owned(),
            filesystem: "ext4".to_owned(),
        },
    }
}

fn json_of(run: &Run) -> Value {
    let json = Report::new(run).json();
    assert!(!json.contains('\n'), "{json}");
    serde_json::from_str(&json).unwrap()
}

#[test]
fn the_report_is_one_line_of_json_with_the_middle_of_the_rounds() {
    let mut value = json_of(&run_with(true));
    let parts = ["search", "break_glass", "large"];
    let [search, break_glass, large] =
        parts.map(|part| value.as_object_mut().unwrap().remove(part).unwrap());
    assert_eq!(
        value,
        json!({
            "part": "gateway",
            "rps": 13_500.0, "rps_direct": 60_000.0, "rps_nginx": 30_000.0,
            "rps_auth_request": 18_000.0, "ratio_nginx": 0.45, "ratio_auth_request": 0.75,
            "added_p50_ms": 0.5, "added_p99_ms": 1.0,
            "nginx_added_p50_ms": 0.2, "nginx_added_p99_ms": 0.4,
            "auth_request_added_p50_ms": 0.3, "auth_request_added_p99_ms": 0.75,
            "direct": { "p50_ms": 0.15, "p99_ms": 0.5 },
            "nginx": { "p50_ms": 0.35, "p99_ms": 0.9 },
            "auth_request": { "p50_ms": 0.45, "p99_ms": 1.25 },
            "hygie": { "p50_ms": 0.65, "p99_ms": 1.5 },
            "resident_mb": 150.0, "resident_after_mb": 160.0,
            "answers": 3, "leaves": 3, "entries": null, "body_bytes": 1_024,
            "connections": 64, "steady_rps": 1_000, "seconds": 1.0, "rounds": 1,
            "machine": { "cpu": "cpu", "cores": 2, "kernel": "6.1", "filesystem": "ext4" },
        })
    );
    assert_eq!(search["entries"], 100);
    assert_eq!(search["steady_rps"], 200);
    assert_eq!(search["added_p99_ms"], 1.0);
    assert_eq!(search["ratio_auth_request"], 0.75);
    assert_eq!(break_glass["rps"], Value::Null);
    assert_eq!(break_glass["ratio_nginx"], Value::Null);
    assert_eq!(break_glass["connections"], 8);
    assert_eq!(
        large,
        json!([{
            "held_entries": 4_000, "entries": 1_000, "body_bytes": 1_024, "rps": 40.0,
            "answers": 1, "leaves": 1,
            "resident_direct_mb_max": 200.0, "resident_mb_max": 260.0,
        }])
    );
}

#[test]
fn without_nginx_its_figures_are_null_and_the_table_says_so() {
    let run = run_with(false);
    let value = json_of(&run);
    for part in [&value, &value["search"], &value["break_glass"]] {
        for figure in [
            "rps_nginx",
            "rps_auth_request",
            "ratio_nginx",
            "ratio_auth_request",
            "nginx_added_p50_ms",
            "nginx_added_p99_ms",
            "auth_request_added_p50_ms",
            "auth_request_added_p99_ms",
            "nginx",
            "auth_request",
        ] {
            assert!(part.get(figure).is_some_and(Value::is_null), "{figure}");
        }
    }
    let table = Report::new(&run).table();
    assert_eq!(
        table.matches("nginx is not installed").count(),
        3,
        "{table}"
    );
}

#[test]
fn the_table_has_a_line_for_each_way_of_each_case() {
    let table = Report::new(&run_with(true)).table();
    let cells: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let read = [
        "read: 1000 a second over 64 connections, bodies of 1024 bytes",
        "rps p50_ms p99_ms added_p50_ms added_p99_ms",
        "direct 60000 0.150 0.500 - -",
        "nginx 30000 0.350 0.900 0.200 0.400",
        "auth_request 18000 0.450 1.250 0.300 0.750",
        "hygie 13500 0.650 1.500 0.500 1.000",
        "ratio_nginx: 0.45, ratio_auth_request: 0.75",
    ];
    for (line, expect) in cells.iter().zip(read) {
        assert_eq!(line.join(" "), expect);
    }
    for told in [
        "search of 100 entries: 200 a second over 64 connections",
        "break-glass (declaration and first read): 50 a second over 8 connections",
        "large: 1000 of 4000 entries, 1024 bytes, 40 rps; resident_mb_max: 260 with the door, 200",
        "resident_mb: 150 at rest, 160 after reads, 160 after searches, unknown after emergencies",
        "8 answers of the door, each with evidence of its own",
    ] {
        assert!(table.contains(told), "no `{told}` in:\n{table}");
    }
    let without_rps = cells.iter().filter(|it| it.get(1) == Some(&"-"));
    assert_eq!(without_rps.count(), 4, "the ways of break-glass");
}

#[test]
fn an_answer_without_evidence_of_its_own_fails_the_measurement() {
    let check = |change: fn(&mut Run), expect: Option<u64>| {
        let mut run = run_with(true);
        change(&mut run);
        assert_eq!(every_answer_kept(&run).ok(), expect);
    };
    check(|_| (), Some(8));
    check(|run| run.read.ways.hygie.leaves = vec![5, 3, 5], None);
    check(|run| run.read.ways.hygie.leaves = vec![5, 3], None);
    check(|run| run.search.ways.hygie.leaves.clear(), None);
    check(|run| run.break_glass.ways.hygie.leaves = vec![5, 9], None);
    check(|run| run.large[0].hygie.leaves = vec![3], None);
    // One too many here does not make up for one too few there.
    check(
        |run| {
            run.read.ways.hygie.leaves = vec![5, 3, 4, 11];
            run.search.ways.hygie.leaves = vec![6];
        },
        None,
    );
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
