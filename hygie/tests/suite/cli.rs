//! The command line: what it says when asked for help, and when something is wrong.

use std::fs;

use crate::hospital::Hospital;
use crate::program::{printed, run, text};

/// The help of every command, as people read it.
const HELP: &str = include_str!("help.txt");

const COMMANDS: &[&[&str]] = &[
    &[],
    &["bench"],
    &["check"],
    &["contain"],
    &["demo"],
    &["evidence"],
    &["evidence", "prove"],
    &["evidence", "show"],
    &["guard", "replay"],
    &["hunt"],
    &["import"],
    &["incidents"],
    &["init"],
    &["inventory"],
    &["policy"],
    &["policy", "consent"],
    &["policy", "explain"],
    &["policy", "test"],
    &["policy", "write"],
    &["query"],
    &["replay"],
    &["responsibilities"],
    &["reviews"],
    &["serve"],
    &["verify"],
    &["verify-proof"],
];

/// Run with `HYGIE_BLESS=1` to write the golden file anew, and read what has changed.
#[test]
fn help_reads_as_written_down() {
    let mut told = String::new();
    for command in COMMANDS {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let help = run(&arguments);
        assert!(help.status.success());
        told.push_str(&format!(
            "$ hygie {}\n{}\n",
            arguments.join(" "),
            printed(&help)
        ));
    }
    if std::env::var_os("HYGIE_BLESS").is_some() {
        fs::write(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/help.txt"),
            told,
        )
        .unwrap();
    } else {
        assert_eq!(told, HELP);
    }
}

#[test]
fn a_fault_of_the_configuration_names_file_line_and_key() {
    let hospital = Hospital::in_front_of("http://127.0.0.1:9/fhir");
    let path = hospital.config();
    let good = run(&["check", "--config", text(&path)]);
    assert!(good.status.success(), "{good:?}");
    let config = fs::read_to_string(&path).unwrap();
    for (from, to, key) in [
        ("[listen]", "[listen]\nadress = \"x\"", "adress"),
        (
            "open_minutes_max = 60",
            "open_minutes_max = 61",
            "break_glass.open_minutes_max",
        ),
        ("kind = \"fhir\"", "kind = \"soap\"", "services.kind"),
        ("directory.json", "absent.json", "hospital.directory_file"),
    ] {
        fs::write(&path, config.replacen(from, to, 1)).unwrap();
        let (before, _) = config.split_once(from).unwrap();
        let line = 1 + before.matches('\n').count();
        let line = line + usize::from(to.contains('\n'));
        for command in ["check", "serve"] {
            let refused = run(&[command, "--config", text(&path)]);
            assert_eq!(refused.status.code(), Some(78), "{to}: {refused:?}");
            assert_eq!(printed(&refused), "", "nothing was served");
            let complaint = String::from_utf8(refused.stderr).unwrap();
            let expected = format!("{}:{line}: `{key}`:", path.display());
            assert!(complaint.contains(&expected), "{expected}\n{complaint}");
        }
    }
}

#[test]
fn what_is_there_is_never_made_again() {
    let hospital = Hospital::in_front_of("http://127.0.0.1:9/fhir");
    let before = fs::read(hospital.config()).unwrap();
    let again = run(&["init", text(hospital.place())]);
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert_eq!(fs::read(hospital.config()).unwrap(), before);
}

#[test]
fn the_built_in_policy_gives_every_golden_decision() {
    let tested = run(&["policy", "test"]);
    assert!(tested.status.success(), "{tested:?}");
    let told = printed(&tested);
    let (passed, rest) = told.trim_end().split_once(' ').unwrap();
    assert!(passed.parse::<u32>().unwrap() > 0);
    assert_eq!(rest, "passed, 0 failed");
}
