//! `hygie verify`: it proves the log, and finds any byte that was changed.

use std::fs;
use std::path::{Path, PathBuf};

use evidence::Reader;
use serde_json::Value;
use tlog::NoteSigner;

use crate::client::target_of;
use crate::kept::files;
use crate::program::{Demonstration, printed, run, text};

/// How many bytes are changed, each in a copy of its own.
const FLIPS: usize = 60;

/// A data folder after a clean end, and the files of its log.
struct Ended {
    place: tempfile::TempDir,
    data: PathBuf,
    key: PathBuf,
    files: Vec<(PathBuf, Vec<u8>)>,
}

fn ended() -> Ended {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let client = demo.client();
    for example in ["permitted", "refused", "break_glass"] {
        let example = &demo.said["examples"][example];
        for _ in 0..5 {
            let target = target_of(&example["url"]);
            client.get(&target, example["token"].as_str().unwrap());
            client.get(&target, "no.such.token");
        }
    }
    let (data, key) = (demo.data.clone(), demo.key_file());
    assert!(demo.program.stop().success());
    let files = files(&data.join("evidence"));
    Ended {
        place,
        data,
        key,
        files,
    }
}

impl Ended {
    fn verify(&self, data: &Path) -> (i32, Value) {
        let verified = run(&["verify", text(data), "--key", text(&self.key), "--json"]);
        let told = serde_json::from_str(&printed(&verified)).unwrap();
        (verified.status.code().unwrap(), told)
    }

    /// Verifies a copy in which one byte of one file is another.
    fn verify_flipped(&self, file: &Path, at: usize) -> (i32, Value) {
        let copy = tempfile::tempdir_in(self.place.path()).unwrap();
        for (path, bytes) in &self.files {
            let path = path.strip_prefix(&self.data).unwrap();
            let to = copy.path().join(path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            let mut bytes = bytes.clone();
            if file.ends_with(path) {
                bytes[at] ^= 0x20;
            }
            fs::write(to, bytes).unwrap();
        }
        self.verify(copy.path())
    }
}

#[test]
fn any_changed_byte_is_found() {
    let ended = ended();
    let (code, told) = ended.verify(&ended.data);
    assert_eq!((code, &told["holds"]), (0, &Value::Bool(true)), "{told}");
    assert_eq!(told["entries"], told["checkpoint_entries"]);
    assert!(told["entries"].as_u64().unwrap() > 20, "{told}");

    let filled: Vec<_> = ended
        .files
        .iter()
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect();
    let each = FLIPS.div_ceil(filled.len());
    for (path, bytes) in filled {
        for part in 0..each {
            let at = (bytes.len() - 1) * part / (each - 1).max(1);
            let (code, told) = ended.verify_flipped(path, at);
            assert_eq!(code, 1, "{}, byte {at}: {told}", path.display());
            assert_eq!(told["holds"], false);
        }
    }
}

#[test]
fn the_entry_of_a_changed_byte_is_named() {
    let ended = ended();
    let payloads = Reader::open(&ended.data.join("evidence"), 0).unwrap();
    let wal = ended.data.join("evidence/wal");
    let segments = || {
        ended
            .files
            .iter()
            .filter(|(path, _)| path.starts_with(&wal))
    };
    for record in payloads.step_by(3) {
        let record = record.unwrap();
        let place = segments().find_map(|(path, bytes)| {
            let mut windows = bytes.windows(record.payload.len());
            Some((path, windows.position(|it| it == record.payload)?))
        });
        let (path, start) = place.expect("an entry that stands nowhere");
        for at in [
            start,
            start + record.payload.len() / 2,
            start + record.payload.len() - 1,
        ] {
            let (code, told) = ended.verify_flipped(path, at);
            assert_eq!(code, 1, "{told}");
            assert_eq!(told["first_bad_entry"], record.index, "byte {at}: {told}");
        }
    }
}

#[test]
fn another_key_proves_nothing() {
    let ended = ended();
    let own = fs::read_to_string(&ended.key).unwrap();
    let (origin, _) = own.split_once('+').unwrap();
    let other = NoteSigner::from_seed(origin, &[9; 32])
        .unwrap()
        .verifier()
        .to_string();
    let data = text(&ended.data);
    let verified = run(&["verify", data, "--key", &other]);
    assert_eq!(verified.status.code(), Some(1), "{verified:?}");
    assert!(run(&["verify", data, "--key", own.trim()]).status.success());

    let absent = ended.place.path().join("absent");
    let key = text(&ended.key);
    for wrong in [
        &["verify", text(&absent), "--key", key][..],
        &["verify", data],
        &["verify", data, "--key", "no key"],
        &["verify", data, "--key", key, "--unknown"],
        &["verify"],
    ] {
        assert_eq!(run(wrong).status.code(), Some(2), "{wrong:?}");
    }
}
