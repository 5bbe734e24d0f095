use super::*;

const SMALL: Options = Options {
    persons: 8_000,
    relations: 10_000,
    questions: 2_000,
};

#[test]
fn sixty_policies_come_into_force_and_most_stand_before_a_record() {
    assert_eq!(engine().unwrap().policies(), POLICIES);
    let text = padding(21);
    assert_eq!(text.matches("@id(").count(), 21);
    assert_eq!(text.matches("Hygie::Record").count(), 14);
    assert_eq!(padding(0), "");
}

#[test]
fn a_small_group_is_asked_about_every_outcome() {
    let report = run(&SMALL, &mut |_| ()).unwrap();
    let Outcomes {
        breakable,
        permit,
        refusal,
    } = report.outcomes;
    assert_eq!(breakable + permit + refusal, SMALL.questions);
    for outcome in [breakable, permit, refusal] {
        assert!(outcome > SMALL.questions / 20, "{:?}", report.outcomes);
    }
    assert_eq!((report.persons, report.relations), (8_000, 10_000));
    assert!(report.decision_p50_us <= report.decision_p99_us);
}

#[test]
fn padding_changes_no_outcome() {
    let size = Size {
        persons: SMALL.persons,
        patients: 2_000,
    };
    let directory =
        Directory::new(group::document(size).unwrap(), &DirectoryLimits::DEFAULT).unwrap();
    let (padded, shipped) = (engine().unwrap(), crate::rules::load(None).unwrap());
    let session = SessionId::new("s").unwrap();
    for asked in group::questions(size, 500).unwrap() {
        let question = asked.question(&session);
        let (padded, shipped) = (
            padded.decide(&directory, &question),
            shipped.decide(&directory, &question),
        );
        assert_eq!(padded.outcome(), shipped.outcome(), "{asked:?}");
    }
}

#[test]
fn the_same_questions_at_every_run() {
    let size = Size {
        persons: 100,
        patients: 10,
    };
    let asked = || format!("{:?}", group::questions(size, 50).unwrap());
    assert_eq!(asked(), asked());
}

#[test]
fn the_report_is_one_line_of_json_and_a_table() {
    let report = Report {
        part: "decision",
        decision_p50_us: 7.25,
        decision_p99_us: 20.0,
        decision_all_p50_us: 9.0,
        decision_all_p99_us: 55.5,
        decisions_per_s: 100_000.0,
        outcomes: Outcomes {
            breakable: 1,
            permit: 2,
            refusal: 3,
        },
        policies: 40,
        persons: 60_000,
        relations: 500_000,
        directory_s: 1.5,
        machine: Machine {
            cpu: "cpu".to_owned(),
            cores: 2,
            kernel: "6.1".to_owned(),
            filesystem: "ext4".to_owned(),
        },
    };
    let json = report.json();
    assert!(!json.contains('\n'), "{json}");
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["part"], "decision");
    assert_eq!(value["decision_p99_us"], 20.0);
    assert_eq!(value["outcomes"]["refusal"], 3);
    let table = report.table();
    let cells: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(cells[0], ["p50_us", "p99_us"]);
    assert_eq!(cells[1], ["permits", "7.25", "20.00"]);
    assert_eq!(cells[2], ["all", "9.00", "55.50"]);
    assert!(table.contains("500000 care relations"), "{table}");
}
