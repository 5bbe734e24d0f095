use std::fs;
use std::os::unix::fs::symlink;

use super::*;

const RULE: &str = "title: Any connection\nid: any\nlogsource:\n  product: zeek\n  service: conn\n\
                    detection:\n  s:\n    conn_state: SF\n  condition: s\n";

fn options(folder: &Path) -> Options {
    let rules = folder.join("rules");
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("rule.yml"), RULE).unwrap();
    Options {
        rules: vec![rules],
        duration: Duration::ZERO,
        dir: folder.to_owned(),
        program: folder.join("hygie"),
        builds_peer: false,
        windows_events: 300,
        zeek_events: 300,
        ..Options::default()
    }
}

#[test]
fn made_up_events_are_measured_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let report = run(&options, &mut |_| ()).unwrap();
    assert!(report.is_generated);
    assert_eq!((report.rules, report.rules_refused), (1, 0));
    assert!(report.without_peer.is_some());
    let (windows, zeek) = (&report.figures, report.zeek.as_ref().unwrap());
    for figures in [windows, zeek] {
        assert_eq!(
            (figures.events, figures.unread, figures.unknown),
            (300, 0, 0)
        );
        assert!(figures.rounds > 0 && figures.events_per_s_per_core > 0.0);
    }
    assert_eq!(windows.findings, 0);
    assert!((100..200).contains(&zeek.findings), "{}", zeek.findings);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn events_of_files_are_measured_as_they_are_detected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("conn.log");
    let line = |state: &str| format!("{{\"ts\":1.5,\"uid\":\"C1\",\"conn_state\":\"{state}\"}}\n");
    let lines = [line("SF"), line("S0"), "no event\n".to_owned(), line("SF")];
    fs::write(&file, lines.concat()).unwrap();
    let options = Options {
        events: vec![file],
        ..options(folder.path())
    };
    let report = run(&options, &mut |_| ()).unwrap();
    assert!(!report.is_generated && report.zeek.is_none());
    let figures = &report.figures;
    assert_eq!(
        (figures.events, figures.unread, figures.findings),
        (3, 1, 2)
    );
}

#[test]
fn a_peer_that_fails_leaves_the_figures_of_hygie() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let examples = folder.path().join("examples");
    fs::create_dir(&examples).unwrap();
    symlink("/bin/false", examples.join("rsigma_peer")).unwrap();
    let report = run(&options, &mut |_| ()).unwrap();
    let why = report.without_peer.as_ref().unwrap();
    assert!(
        why.starts_with("windows: `") && why.contains("` failed: "),
        "{why}"
    );
    for figures in [&report.figures, report.zeek.as_ref().unwrap()] {
        assert_eq!(figures.events, 300);
        assert_eq!(figures.peer, PeerFigures::default());
    }
}

#[test]
fn events_that_are_not_there_are_an_error_that_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        events: vec![folder.path().join("gone")],
        ..options(folder.path())
    };
    let error = run(&options, &mut |_| ()).unwrap_err();
    assert!(error.to_string().contains("gone`"), "{error}");
}

#[test]
fn nothing_to_measure_is_an_error_that_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path());
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let rules = std::mem::replace(&mut options.rules, vec![empty.clone()]);
    let error = run(&options, &mut |_| ()).unwrap_err();
    assert!(error.to_string().contains("no rules"), "{error}");
    options.rules = rules;
    options.events = vec![empty];
    let error = run(&options, &mut |_| ()).unwrap_err();
    assert!(error.to_string().contains("no events"), "{error}");
}
