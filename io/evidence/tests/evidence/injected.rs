//! Failures of the real file calls: an error that the operating system gives for the N-th call,
//! and a file system that is really full.
//!
//! `strace` injects the errors and `unshare` mounts the small file system; where they are missing
//! the tests say so, and fail when `HYGIE_REQUIRE_FOREIGN` is set.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use evidence::{EvidenceLog, Options, Reader};

use crate::{entry, holds, options, record};

/// Folder of the log that a child is to write; absent in an ordinary run.
const CHILD_DIR: &str = "HYGIE_EVIDENCE_INJECTED_DIR";

/// Says that tools written by others must be there.
const REQUIRED: &str = "HYGIE_REQUIRE_FOREIGN";

/// How many entries a child tries to keep.
const ENTRIES: u64 = 60;

/// Not a test of its own: the process whose file calls fail.
///
/// Prints what was acknowledged, then why no more was.
#[test]
fn child_whose_disk_fails() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let say = |line: String| std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
    let log = match EvidenceLog::open(options(Path::new(&dir))) {
        Ok((log, _)) => log,
        Err(error) => return say(format!("stopped {error}\n")),
    };
    let mut stopped = false;
    for number in 0..ENTRIES {
        match log.append_wait(entry(number)) {
            Ok(receipt) => say(format!("ack {} {}\n", receipt.index(), u8::from(stopped))),
            Err(error) => {
                stopped = true;
                say(format!("stopped {error}\n"));
            }
        }
    }
    if let Err(error) = log.close() {
        say(format!("stopped {error}\n"));
    }
}

/// What a log says when its disk is full.
const NO_ROOM: &str = "no room on the disk";

/// What a child said.
struct Said {
    acknowledged: u64,
    stopped: Option<String>,
}

/// Runs the child under a command that ends with the words to run it by.
fn child(dir: &Path, command: &str) -> Said {
    let test = std::env::current_exe().unwrap();
    let Output { stdout, stderr, .. } = Command::new("sh")
        .args(["-c", command, "sh"])
        .arg(test)
        .args(["--exact", "injected::child_whose_disk_fails", "--nocapture"])
        .env(CHILD_DIR, dir)
        .output()
        .unwrap();
    let text = String::from_utf8(stdout).unwrap();
    let mut said = Said {
        acknowledged: 0,
        stopped: None,
    };
    for line in text.lines() {
        if let Some(index) = line.strip_prefix("ack ") {
            let (index, after_failure) = index.split_once(' ').unwrap();
            assert_eq!(index, said.acknowledged.to_string(), "{text}");
            // A full disk only refuses; after any other failure the log is over.
            let is_over = said
                .stopped
                .as_deref()
                .is_some_and(|why| !why.contains(NO_ROOM));
            assert!(
                after_failure == "0" || !is_over,
                "acknowledged after a failure: {text}"
            );
            said.acknowledged += 1;
        }
        if let Some(why) = line.strip_prefix("stopped ") {
            said.stopped.get_or_insert(why.to_owned());
        }
    }
    let alive = said.acknowledged > 0 || said.stopped.is_some();
    assert!(alive, "{text}\n{}", String::from_utf8_lossy(&stderr));
    said
}

/// Whether a command does what it should; says so when it does not.
#[expect(clippy::print_stdout, reason = "a skipped test is said, not hidden")]
fn can(command: &str) -> bool {
    let works = Command::new("sh")
        .args(["-c", command])
        .output()
        .is_ok_and(|output| output.status.success());
    if !works {
        assert!(
            std::env::var_os(REQUIRED).is_none(),
            "`{command}` is required"
        );
        println!("skipped: `{command}` does not work here");
    }
    works
}

/// Every acknowledged entry is found by the next start, which goes on.
fn check(dir: &Path, said: &Said, context: &str) {
    let (log, recovery) = EvidenceLog::open(options(dir)).unwrap_or_else(|error| {
        panic!("{context}: {error}");
    });
    assert!(
        recovery.entries >= said.acknowledged,
        "{context}: entries are lost"
    );
    assert!(recovery.entries <= said.acknowledged + 1, "{context}");
    for (index, found) in (0..).zip(Reader::open(dir, 0).unwrap()) {
        assert_eq!(found.unwrap(), record(index, entry(index)), "{context}");
    }
    assert_eq!(log.append_wait(entry(7)).unwrap().index(), recovery.entries);
    log.close().unwrap();
    assert_eq!(holds(dir).checkpoint_entries, recovery.entries + 1);
}

/// Lets the calls from the N-th of a thread on fail, for several N; gives how often the log
/// stopped before its end.
fn inject(call: &str, error: &str) -> usize {
    if !can("strace -f -o /dev/null -e inject=fdatasync:error=EIO:when=1 true") {
        return usize::MAX;
    }
    let mut stops = 0;
    for first in [1, 2, 3, 4, 6, 9, 14, 30] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("log");
        EvidenceLog::create(options(&dir)).unwrap().close().unwrap();
        let context = format!("{call} fails with {error} from call {first} on");
        let inject = format!("inject={call}:error={error}:when={first}+");
        let said = child(
            &dir,
            &format!("exec strace -f -qq -o /dev/null -e trace={call} -e {inject} \"$@\""),
        );
        let why = said.stopped.clone();
        assert!(why.is_some() || said.acknowledged == ENTRIES, "{context}");
        stops += usize::from(why.is_some());
        check(&dir, &said, &context);
    }
    stops
}

#[test]
fn nothing_is_acknowledged_after_a_failed_synchronisation() {
    assert!(inject("fdatasync", "EIO") >= 5);
}

#[test]
fn nothing_is_acknowledged_after_a_refused_write() {
    assert!(inject("pwrite64", "EIO") >= 5);
}

#[test]
fn a_write_for_which_there_is_no_room_is_not_acknowledged() {
    assert!(inject("pwrite64", "ENOSPC") >= 3);
}

/// A second process is told which file is in its way, and changes nothing.
#[test]
fn a_second_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let log = EvidenceLog::create(options(&dir)).unwrap();
    assert_eq!(log.append_wait(entry(0)).unwrap().index(), 0);
    let said = child(&dir, "exec \"$@\"");
    let why = said.stopped.unwrap();
    assert_eq!(said.acknowledged, 0);
    assert!(
        why.contains("in use") && why.contains(dir.to_str().unwrap()),
        "{why}"
    );
    assert_eq!(log.append_wait(entry(1)).unwrap().index(), 1);
    log.close().unwrap();
    assert_eq!(holds(&dir).checkpoint_entries, 2);
}

/// A small file system of its own, filled by others: what was acknowledged stays, and the log
/// goes on once there is room again.
#[test]
fn a_file_system_that_is_full_loses_nothing() {
    let mount = "mount -t tmpfs -o size=128k tmpfs";
    if !can(&format!("unshare -rm sh -c 'd=$(mktemp -d) && {mount} $d'")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (dir, out) = (folder.path().join("small/log"), folder.path().join("out"));
    std::fs::create_dir(folder.path().join("small")).unwrap();
    std::fs::create_dir(&out).unwrap();
    let empty = folder.path().join("empty");
    EvidenceLog::create(Options::new(&empty, crate::signer()))
        .unwrap()
        .close()
        .unwrap();
    let inside = format!(
        "{mount} {0}/small && cp -r {0}/empty {0}/small/log \
         && head -c 80k /dev/zero > {0}/small/others && \"$@\"; cp -r {0}/small/log {0}/out/",
        folder.path().display()
    );
    let said = child(
        &dir,
        &format!("exec unshare -rm sh -c '{inside}' sh \"$@\""),
    );
    assert!(said.acknowledged < ENTRIES, "the file system is not full");
    assert!(said.acknowledged > 3, "only {}", said.acknowledged);
    assert!(said.stopped.as_ref().unwrap().contains(NO_ROOM));
    check(&out.join("log"), &said, "full file system");
}
