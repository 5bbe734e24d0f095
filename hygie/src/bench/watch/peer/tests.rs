use std::fs;

use super::*;

/// A script that `sh` is given.
fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("peer");
    fs::write(&path, text).unwrap();
    path
}

fn events(folder: &Path) -> PathBuf {
    let path = folder.join("conn.log");
    let lines = "{\"ts\":1.5,\"uid\":\"C1\",\"conn_state\":\"SF\"}\nno event\n{\"a\":1}\n";
    fs::write(&path, lines).unwrap();
    path
}

/// More events than fit into a pipe.
fn many(folder: &Path) -> PathBuf {
    let path = folder.join("conn.log");
    fs::write(&path, "{\"ts\":1.5,\"uid\":\"C1\"}\n".repeat(20_000)).unwrap();
    path
}

fn measured(script: &Path, events: PathBuf, ms: u64) -> Result<Said, String> {
    let dir = events.parent().unwrap().to_owned();
    let asked = Asked {
        rules: &[script.to_owned(), "rules".into()],
        events: &[events],
        dir: &dir,
        longest: Duration::from_millis(ms),
    };
    let before = fs::read_dir(&dir).unwrap().count();
    let said = measure(Path::new("/bin/sh"), asked);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), before);
    said
}

/// Longer than any of these tests takes.
const LONG_MS: u64 = 60_000;

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
echo "{\"rules\":2,\"load_s\":0.5,\"is_debug\":false,\"events\":$lines,\"unread\":1,\"cpu_s\":1.5,\"wall_s\":1.0,\"found\":{\"a\":[1,18446744073709551615]}}""#,
    );
    let said = measured(&program, events(folder.path()), LONG_MS).unwrap();
    assert_eq!((said.rules, said.events, said.unread), (2, 2, 1));
    assert_eq!(said.found["a"], (1, u64::MAX));
}

#[test]
fn one_that_fails_is_told_with_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    for (text, meant) in [
        ("echo broken rules >&2; exit 3", "broken rules"),
        ("cat > /dev/null; echo no json", "no json"),
        ("exec yes", "said more than"),
        (
            r#"echo '{"rules":1,"load_s":1,"is_debug":true,"events":1,"unread":0,"cpu_s":1,"wall_s":1,"found":{}}'"#,
            "built for debugging",
        ),
    ] {
        let program = script(folder.path(), text);
        let why = measured(&program, events(folder.path()), LONG_MS).unwrap_err();
        assert!(why.contains(meant), "{why}");
    }
}

#[test]
fn one_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    let asked = Asked {
        rules: &[],
        events: &[],
        dir: folder.path(),
        longest: Duration::ZERO,
    };
    let why = measure(&gone, asked).unwrap_err();
    assert!(why.starts_with("cannot start `"), "{why}");
    assert!(why.contains("No such file"), "{why}");
}

#[test]
fn one_that_does_not_end_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["exec sleep 600", "cat > /dev/null; exec sleep 600"] {
        let program = script(folder.path(), text);
        let why = measured(&program, many(folder.path()), 300).unwrap_err();
        assert!(why.contains("was not done"), "{why}");
    }
}

#[test]
fn it_may_say_much_while_it_is_fed() {
    let folder = tempfile::tempdir().unwrap();
    let program = script(folder.path(), "exec cat");
    let why = measured(&program, many(folder.path()), LONG_MS).unwrap_err();
    assert!(
        why.contains("told no figures: ") && why.ends_with("\"uid\":\"C1\"}"),
        "{why}"
    );
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
