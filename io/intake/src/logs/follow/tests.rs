use std::fs::OpenOptions;
use std::io::Write;

use tempfile::TempDir;

use super::*;
use crate::logs::Entry;

/// A folder of logs and what was taken from it, as `name: value`.
struct Bench {
    folder: TempDir,
    follow: Follow,
    taken: Vec<String>,
    marks: Vec<Mark>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let follow = open(&folder);
        Self {
            folder,
            follow,
            taken: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// What a crash leaves: the files, and the positions on disk.
    fn restart(&mut self) {
        self.follow = open(&self.folder);
    }

    fn append(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.folder.path().join(from), self.folder.path().join(to)).unwrap();
    }

    /// Polls, taking only so many batches, and checks what was taken.
    fn poll(&mut self, batches: usize, meant: &[&str]) {
        let mut left = batches;
        let mut taken = Vec::new();
        self.follow
            .poll(&mut |batch, mark| {
                if left == 0 {
                    return ControlFlow::Break(());
                }
                left -= 1;
                for entry in batch.iter() {
                    taken.push(match entry {
                        Entry::Event(event) => {
                            let json: serde_json::Value =
                                serde_json::from_slice(event.json).unwrap();
                            let n = json.get("n").or_else(|| json.get("audit_id"));
                            n.unwrap_or(&json).to_string()
                        }
                        Entry::Unread(unread) => unread.fault.code().to_owned(),
                    });
                }
                self.marks.push(mark.clone());
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(taken, meant);
        self.taken.extend(taken);
    }
}

fn open(folder: &TempDir) -> Follow {
    let paths = vec![folder.path().to_owned()];
    Follow::open(
        paths,
        Settings::default(),
        &folder.path().join(".positions"),
    )
    .unwrap()
}

fn line(n: usize) -> String {
    format!("{{\"n\":{n}}}\n")
}

#[test]
fn what_is_appended_comes_once_and_only_whole_lines() {
    let mut bench = Bench::new();
    bench.poll(9, &[]);
    bench.append("a.log", &(line(1) + "{\"n\""));
    bench.poll(9, &["1"]);
    bench.poll(9, &[]);
    bench.append("a.log", ":2}\nbad\n");
    bench.poll(9, &["2", "log-format"]);
    bench.restart();
    bench.append("a.log", &line(3));
    bench.poll(9, &["3"]);
    let last = bench.marks.last().unwrap();
    assert_eq!((last.from, last.to()), (20, 28));
}

#[test]
fn a_renamed_file_is_the_same_and_its_successor_is_new() {
    let mut bench = Bench::new();
    bench.append("a.log", &line(1));
    bench.poll(9, &["1"]);
    bench.append("a.log", &line(2));
    bench.rename("a.log", "a.log.1");
    bench.append("a.log", &line(3));
    let mut both = Vec::new();
    bench
        .follow
        .poll(&mut |batch, _| {
            both.extend(batch.iter().map(|_| batch.source().to_string()));
            ControlFlow::Continue(())
        })
        .unwrap();
    both.sort();
    assert_eq!(both.len(), 2);
    assert!(both[0].ends_with("a.log") && both[1].ends_with("a.log.1"));
    bench.restart();
    bench.poll(9, &[]);
}

#[test]
fn a_file_that_is_deleted_is_read_to_its_end() {
    let mut bench = Bench::new();
    bench.append("a.log", &line(1));
    bench.poll(9, &["1"]);
    bench.append("a.log", &(line(2) + "{\"n\":3}"));
    fs::remove_file(bench.folder.path().join("a.log")).unwrap();
    // What is not taken is not lost, though the name is gone.
    bench.poll(0, &[]);
    bench.poll(9, &["2", "3"]);
    bench.poll(9, &[]);
    assert!(bench.follow.open.is_empty());
}

#[test]
fn a_file_that_is_written_anew_begins_again() {
    let mut bench = Bench::new();
    bench.append("a.log", &(line(1) + &line(2) + "{\"n\":77}"));
    bench.poll(9, &["1", "2"]);
    let path = bench.folder.path().join("a.log");
    // Copied away and cut, as logrotate does with `copytruncate`: the line that was open is told.
    OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    bench.append("a.log", &line(3));
    bench.poll(9, &["77", "3"]);
    // Longer than before, but it begins with something else.
    fs::write(&path, line(4).repeat(9)).unwrap();
    bench.poll(9, &["4"; 9]);
    bench.restart();
    fs::write(&path, line(5).repeat(20)).unwrap();
    bench.poll(9, &["5"; 20]);
    bench.poll(9, &[]);
}

#[test]
fn what_is_not_taken_comes_again() {
    let mut bench = Bench::new();
    bench.append("a.log", &line(1));
    bench.poll(0, &[]);
    bench.append("a.log", &line(2));
    bench.poll(9, &["1", "2"]);
    let many = crate::limits::LOG_BATCH_LINES_MAX + 2;
    bench.append("a.log", &line(7).repeat(many));
    bench.poll(1, &vec!["7"; many - 2]);
    bench.restart();
    bench.poll(9, &["7", "7"]);
}

#[test]
fn a_mark_that_was_kept_suppresses_the_repeat() {
    let mut bench = Bench::new();
    bench.append("a.log", &line(1));
    bench.poll(9, &["1"]);
    let positions = fs::read(bench.folder.path().join(".positions")).unwrap();
    bench.append("a.log", &line(2));
    bench.poll(9, &["2"]);
    // The crash came after the batch was kept and before its position was.
    fs::write(bench.folder.path().join(".positions"), positions).unwrap();
    let kept = serde_json::to_string(bench.marks.last().unwrap()).unwrap();
    bench.restart();
    bench.poll(9, &["2"]);
    bench.restart();
    fs::write(bench.folder.path().join(".positions"), "damaged\n").unwrap();
    bench.restart();
    bench.follow.kept(&serde_json::from_str(&kept).unwrap());
    bench.append("a.log", &line(3));
    bench.poll(9, &["3"]);
}

#[test]
fn a_table_is_read_on_with_its_header() {
    let mut bench = Bench::new();
    bench.append(
        "a.log",
        "#separator \\x09\n#fields\tx\n1\n#separator \\x09\n#fields\tn\n#types\tcount\n1\n",
    );
    bench.poll(9, &["{\"x\":\"1\"}", "1"]);
    bench.restart();
    bench.append("a.log", "2\n");
    bench.poll(9, &["2"]);
}

#[test]
fn audit_events_survive_a_restart_between_their_records() {
    let record = |of: &str, serial: u32| format!("type={of} msg=audit(1.000:{serial}): x=1\n");
    let mut bench = Bench::new();
    bench.append(
        "audit.log",
        &(record("SYSCALL", 1) + &record("SYSCALL", 2) + &record("PROCTITLE", 2)),
    );
    bench.poll(9, &["\"1.000:2\""]);
    bench.restart();
    bench.append("audit.log", &record("PROCTITLE", 1));
    bench.poll(9, &["\"1.000:1\""]);
    // What never ends is told once nothing more comes.
    bench.append("audit.log", &record("SYSCALL", 3));
    bench.poll(9, &[]);
    bench.poll(9, &[]);
    bench.poll(9, &["\"1.000:3\""]);
    bench.restart();
    bench.poll(9, &[]);
}

#[test]
fn what_is_not_followed_is_told_once() {
    let mut bench = Bench::new();
    let path = bench.folder.path().join("a.log.1.gz");
    fs::write(path, b"\x1f\x8b rubbish").unwrap();
    bench.append(".hidden", &line(1));
    bench.poll(9, &["log-method"]);
    bench.poll(9, &[]);
    bench.restart();
    bench.poll(9, &[]);
}

#[test]
fn more_files_than_are_followed_are_told() {
    let mut bench = Bench::new();
    for at in 0..LOG_FOLLOWED_MAX + 3 {
        bench.append(&format!("{at}.log"), "");
    }
    bench.poll(9, &["log-files-too-many"]);
    bench.poll(9, &[]);
    assert_eq!(bench.follow.open.len(), LOG_FOLLOWED_MAX);
}

/// Restarting after every step changes nothing: what comes is what was written, in order.
#[test]
fn any_restart_gives_the_same_lines() {
    for restart_each in 1..5 {
        let mut bench = Bench::new();
        for step in 0..40_usize {
            bench.append("a.log", &line(step));
            if step % 7 == 3 {
                bench.rename("a.log", &format!("a.log.{step}"));
                bench.append("a.log", "");
            }
            let meant = step.to_string();
            bench.poll(9, &[&meant]);
            if step % restart_each == 0 {
                bench.restart();
            }
        }
        assert_eq!(bench.taken.len(), 40);
    }
}

/// A syslog line without a year that comes long after its file was opened is of now.
#[test]
fn a_line_is_of_the_year_in_which_it_is_written() {
    let bench = Bench::new();
    let path = bench.folder.path().join("a.log");
    bench.append("a.log", "<13>Jan  2 10:00:00 ward-1 a: b\n");
    let written = |text: &str| {
        let at: jiff::Timestamp = text.parse().unwrap();
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        let since = std::time::Duration::from_micros(at.as_microsecond().unsigned_abs());
        file.set_modified(std::time::UNIX_EPOCH + since).unwrap();
    };
    let mut times = Vec::new();
    let mut follow = bench.follow;
    let mut poll = |times: &mut Vec<Option<i64>>| {
        follow
            .poll(&mut |batch, _| {
                times.extend(batch.iter().map(|entry| match entry {
                    Entry::Event(event) => event.time_us,
                    Entry::Unread(unread) => panic!("{:?}", unread.fault),
                }));
                ControlFlow::Continue(())
            })
            .unwrap();
    };
    written("2026-01-02T10:00:01Z");
    poll(&mut times);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"<13>Jan  9 10:00:00 ward-1 a: c\n")
        .unwrap();
    written("2026-01-09T10:00:01Z");
    poll(&mut times);
    let us = |text: &str| {
        let at: jiff::Timestamp = text.parse().unwrap();
        Some(at.as_microsecond())
    };
    assert_eq!(
        times,
        [us("2026-01-02T10:00:00Z"), us("2026-01-09T10:00:00Z")]
    );
}
