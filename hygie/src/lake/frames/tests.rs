//! A job that ends badly is an error, and one that nobody reads is ended.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;

/// A program that does what a script says.
fn script(place: &Path, lines: &str) -> PathBuf {
    let path = place.join("stand-in");
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

fn frames(lines: &str) -> (tempfile::TempDir, Box<dyn Read + Send>) {
    let place = tempfile::tempdir().unwrap();
    let lake = Lake {
        program: Some(script(place.path(), lines)),
        store: None,
        memory_mb: 1,
    };
    let classes = BTreeSet::from([3004, 6003]);
    let source = LakeSource::new(lake, true);
    let frames = source.frames(place.path(), 3..9, Some(&classes)).unwrap();
    (place, frames)
}

#[test]
fn the_job_is_asked_for_exactly_what_is_wanted() {
    let (place, mut frames) = frames("echo \"$@\"");
    let mut said = String::new();
    frames.read_to_string(&mut said).unwrap();
    let dir = place.path().display();
    let expected =
        format!("frames --log {dir} --from 3 --to 9 --class 3004 --class 6003 --check\n");
    assert_eq!(said, expected);
}

#[test]
fn a_job_that_fails_after_its_last_byte_is_an_error_with_its_last_words() {
    for (lines, expected, kind) in [
        (
            "echo part; echo 'no room on the disk' >&2; exit 1",
            "no room on the disk",
            io::ErrorKind::Other,
        ),
        (
            "echo part; echo 'object is damaged' >&2; exit 65",
            "object is damaged",
            io::ErrorKind::InvalidData,
        ),
        ("echo part; kill -9 $$", "signal: 9", io::ErrorKind::Other),
    ] {
        let (_place, mut frames) = frames(lines);
        let mut bytes = Vec::new();
        let error = frames.read_to_end(&mut bytes).unwrap_err();
        assert_eq!(bytes, b"part\n");
        assert_eq!(error.kind(), kind);
        let error = error.to_string();
        assert!(error.contains(expected), "{error}");
        let again = frames.read(&mut [0; 8]);
        assert!(again.is_err(), "the end never comes: {again:?}");
    }
}

#[test]
fn nothing_is_left_behind_when_nobody_reads_on() {
    let (_place, mut frames) = frames("echo $$; exec sleep 100000");
    let mut pid = Vec::new();
    let mut byte = [0];
    while frames.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
        pid.push(byte[0]);
    }
    let process = Path::new("/proc").join(String::from_utf8(pid).unwrap());
    assert!(process.exists());
    drop(frames);
    assert!(!process.exists());
}

#[test]
fn an_absent_program_says_how_to_build_it() {
    let place = tempfile::tempdir().unwrap();
    let lake = Lake {
        program: Some(place.path().join("absent")),
        store: None,
        memory_mb: 1,
    };
    let Err(error) = LakeSource::new(lake, false).frames(place.path(), 0..1, None) else {
        panic!("an absent program was started");
    };
    let told = format!("{:#}", anyhow::Error::new(error));
    assert!(told.contains("cargo build --release -p lake"), "{told}");
}

#[test]
fn a_job_that_gives_nothing_is_not_waited_for_for_ever() {
    let place = tempfile::tempdir().unwrap();
    let lake = Lake {
        program: Some(script(place.path(), "exec sleep 100000")),
        store: None,
        memory_mb: 1,
    };
    let source = LakeSource {
        silence_max: Duration::ZERO,
        ..LakeSource::new(lake, false)
    };
    let mut frames = source.frames(place.path(), 0..1, None).unwrap();
    let error = frames.read(&mut [0]).unwrap_err().to_string();
    assert!(error.contains("without an answer"), "{error}");
}
