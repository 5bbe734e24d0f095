use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::limits::LOG_BATCH_LINES_MAX;
use crate::logs::Entry;

fn poll(folder: &TempDir, now: SystemTime, batches: usize) -> (usize, Progress) {
    let mut left = batches;
    let mut entries = 0;
    let progress = DropFolder::at(folder.path())
        .poll(&Settings::default(), now, &mut |batch, _| {
            if left == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            entries += batch.len();
            ControlFlow::Continue(())
        })
        .unwrap();
    (entries, progress)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_whole_is_read_once_and_put_away() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemTime::now();
    for name in ["b.log", "a.log", "c.log.part"] {
        fs::write(folder.path().join(name), "{}\nbad\n").unwrap();
    }
    assert_eq!(poll(&folder, now, 9).0, 0);
    let later = now + LOG_SETTLED + Duration::from_secs(1);
    let (entries, progress) = poll(&folder, later, 9);
    assert_eq!((entries, progress.files_done, progress.unread), (4, 2, 2));
    assert_eq!(names(folder.path()), ["c.log.part", "done"]);
    fs::write(folder.path().join("a.log"), "{}").unwrap();
    let later = later + Duration::from_secs(60);
    assert_eq!(poll(&folder, later, 9).0, 1);
    assert_eq!(
        names(&folder.path().join("done")),
        ["a.log", "a.log.1", "b.log"]
    );
    assert_eq!(poll(&folder, later, 9).0, 0);
}

#[test]
fn a_file_that_was_taken_in_part_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let lines = 2 * LOG_BATCH_LINES_MAX + 5;
    fs::write(folder.path().join("a.log"), "{}\n".repeat(lines)).unwrap();
    let later = SystemTime::now() + Duration::from_secs(60);
    assert_eq!(poll(&folder, later, 1).0, LOG_BATCH_LINES_MAX);
    assert_eq!(names(folder.path()), ["a.log"]);
    assert_eq!(poll(&folder, later, 9).0, lines - LOG_BATCH_LINES_MAX);
    assert_eq!(names(folder.path()), ["done"]);
}

#[test]
fn what_is_handed_over_keeps_how_its_name_begins_and_is_removed_once_read() {
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("zeek"), place.path().join("drop"));
    fs::create_dir_all(from.join("2026-01-01")).unwrap();
    let line = r#"{"ts":1.5,"uid":"C1"}"#;
    fs::write(from.join("2026-01-01/weird.log"), line).unwrap();
    fs::write(from.join("conn.log"), line).unwrap();
    // Names that would be passed over in a drop folder.
    for name in [".hidden.log", "late.part", "early.tmp"] {
        fs::write(from.join(name), line).unwrap();
    }
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    let conn = fs::File::options().write(true).open(from.join("conn.log"));
    conn.unwrap().set_modified(written).unwrap();
    assert_eq!(hand_over(&from, &to, Timestamp::from_s(5)).unwrap(), 5);
    let handed = fs::read_dir(&to).unwrap().map(|it| it.unwrap().path());
    let mut of_conn = handed.filter(|path| path.to_string_lossy().contains("/conn."));
    let modified = fs::metadata(of_conn.next().unwrap()).unwrap().modified();
    assert_eq!(modified.unwrap(), written);
    let later = SystemTime::now() + LOG_SETTLED + LOG_SETTLED;
    let mut kinds = Vec::new();
    let folder = DropFolder::at(&to).removing();
    let read = folder.poll(&Settings::default(), later, &mut |batch, _| {
        for entry in batch.iter() {
            if let Entry::Event(event) = entry {
                kinds.push(event.kind.to_owned());
            }
        }
        ControlFlow::Continue(())
    });
    assert_eq!(read.unwrap().files_done, 5);
    assert_eq!(kinds.len(), 5);
    assert!(kinds.contains(&"zeek.conn".to_owned()) && kinds.contains(&"zeek.weird".to_owned()));
    let left = fs::read_dir(&to).unwrap().map(|it| it.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), [".hygie-positions"]);
}

#[test]
fn a_file_that_was_read_in_part_keeps_its_place_when_another_comes_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let later = SystemTime::now() + LOG_SETTLED + LOG_SETTLED;
    let lines = |count: usize| {
        let line = "{\"ts\":1.5,\"uid\":\"C1\"}\n";
        line.repeat(count)
    };
    fs::write(
        folder.path().join("weird.log"),
        lines(LOG_BATCH_LINES_MAX + 1),
    )
    .unwrap();
    assert_eq!(poll(&folder, later, 1).0, LOG_BATCH_LINES_MAX);
    fs::write(folder.path().join("conn.log"), lines(3)).unwrap();
    let (entries, progress) = poll(&folder, later, usize::MAX);
    assert_eq!((entries, progress.files_done), (4, 2));
}
