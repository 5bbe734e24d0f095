use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// A program that is a script.
fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("peer");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn events(folder: &Path) -> PathBuf {
    let path = folder.join("conn.log");
    let lines = "{\"ts\":1.5,\"uid\":\"C1\",\"conn_state\":\"SF\"}\nno event\n{\"a\":1}\n";
    fs::write(&path, lines).unwrap();
    path
}

#[test]
fn each_event_comes_as_its_kind_and_its_json() {
    let folder = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    feed(&[events(folder.path())], &mut told).unwrap();
    let told = String::from_utf8(told).unwrap();
    assert_eq!(
        told,
        "zeek.conn\t{\"ts\":1.5,\"uid\":\"C1\",\"conn_state\":\"SF\"}\njson\t{\"a\":1}\n"
    );
}

#[test]
fn what_it_says_is_read_and_the_rules_are_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let program = script(
        folder.path(),
        r#"lines=$(wc -l)
test "$1" = rules || exit 1
echo "{\"rules\":2,\"load_s\":0.5,\"events\":$lines,\"cpu_s\":1.5,\"wall_s\":1.0,\"found\":{\"a\":[1,18446744073709551615]}}""#,
    );
    let said = measure(&program, &["rules".into()], &[events(folder.path())]).unwrap();
    assert_eq!((said.rules, said.events), (2, 2));
    assert_eq!(said.found["a"], (1, u64::MAX));
}

#[test]
fn one_that_fails_is_an_error_with_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    for (text, meant) in [
        ("echo broken rules >&2; exit 3", "broken rules"),
        ("cat > /dev/null; echo no json", "no json"),
    ] {
        let program = script(folder.path(), text);
        let error = measure(&program, &[], &[events(folder.path())]).unwrap_err();
        assert!(error.to_string().contains(meant), "{error}");
    }
}

#[test]
fn it_is_looked_for_beside_the_program_and_else_it_is_said_how_to_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        program: folder.path().join("hygie"),
        builds_peer: false,
        ..Options::default()
    };
    let why = find(&options, &mut |_| ()).unwrap_err();
    assert!(
        why.contains("cargo build --release -p watch --example rsigma_peer"),
        "{why}"
    );
    let examples = folder.path().join("examples");
    fs::create_dir(&examples).unwrap();
    fs::write(examples.join(NAME), "").unwrap();
    assert_eq!(find(&options, &mut |_| ()).unwrap(), examples.join(NAME));
}
