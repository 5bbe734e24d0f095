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
    keys: [PathBuf; 2],
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
    let mut found = files(&data.join("evidence"));
    found.extend(files(&data.join("telemetry")));
    // What only shortens the next start is no evidence, and nobody signed it.
    found.retain(|(path, _)| path.extension().is_none_or(|end| end != "snapshot"));
    Ended {
        place,
        keys: [key, data.join("telemetry.pub")],
        data,
        files: found,
    }
}

impl Ended {
    fn verify(&self, data: &Path) -> (i32, Value) {
        let [key, telemetry_key] = self.keys.each_ref().map(|key| text(key));
        let keys = ["--key", key, "--key", telemetry_key];
        let arguments = [&["verify", text(data), "--json"], &keys[..]].concat();
        let verified = run(&arguments);
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
    for (log, stream) in ["decisions", "telemetry"].into_iter().enumerate() {
        let told = &told["streams"][log];
        assert_eq!(
            (&told["stream"], &told["checked"]),
            (&stream.into(), &true.into())
        );
        assert_eq!(told["entries"], told["checkpoint_entries"]);
        assert!(told["entries"].as_u64().unwrap() > 10, "{told}");
    }

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
            let told = &told["streams"][0];
            assert_eq!(told["first_bad_entry"], record.index, "byte {at}: {told}");
        }
    }
}

#[test]
fn another_key_proves_nothing() {
    let ended = ended();
    let [own, telemetry] = ended
        .keys
        .each_ref()
        .map(|key| fs::read_to_string(key).unwrap());
    let telemetry = telemetry.trim();
    let (origin, _) = own.split_once('+').unwrap();
    let other = NoteSigner::from_seed(origin, &[9; 32])
        .unwrap()
        .verifier()
        .to_string();
    let data = text(&ended.data);
    for keys in [
        &["--key", &other][..],
        &["--key", &other, "--key", telemetry],
    ] {
        let verified = run(&[&["verify", data], keys].concat());
        assert_eq!(verified.status.code(), Some(1), "{verified:?}");
    }
    let both = ["verify", data, "--key", telemetry, "--key", own.trim()];
    assert!(run(&both).status.success(), "in any order");

    // A log without its key is named, and never passes as checked.
    for (key, unchecked) in [(own.trim(), "telemetry"), (telemetry, "decisions")] {
        let verified = run(&["verify", data, "--key", key, "--json"]);
        assert_eq!(verified.status.code(), Some(2), "{verified:?}");
        let told: Value = serde_json::from_str(&printed(&verified)).unwrap();
        assert_eq!(
            (&told["holds"], &told["all_checked"]),
            (&true.into(), &false.into())
        );
        let streams = told["streams"].as_array().unwrap();
        let mut left = streams.iter().filter(|it| it["checked"] == false);
        assert_eq!(left.next().unwrap()["stream"], unchecked, "{told}");
    }
    let one_log = run(&[
        "verify",
        text(&ended.data.join("telemetry")),
        "--key",
        telemetry,
    ]);
    assert!(one_log.status.success(), "{one_log:?}");

    let absent = ended.place.path().join("absent");
    let key = text(&ended.keys[0]);
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
