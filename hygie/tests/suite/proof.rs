//! `hygie evidence prove` and `hygie verify-proof`: one entry, one file, one key.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tlog::NoteSigner;

use crate::client::target_of;
use crate::kept::events;
use crate::program::{Demonstration, printed, run, text};

/// Every so many bytes one is changed; the parser's own test changes each of them.
const STRIDE: usize = 19;

/// A data folder after a clean end.
struct Ended {
    place: tempfile::TempDir,
    data: PathBuf,
}

fn ended() -> Ended {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let client = demo.client();
    let example = &demo.said["examples"]["permitted"];
    let target = target_of(&example["url"]);
    for token in [example["token"].as_str().unwrap(), "no.such.token"] {
        for _ in 0..3 {
            client.get(&target, token);
        }
    }
    let data = demo.data.clone();
    assert!(demo.program.stop().success());
    Ended { place, data }
}

impl Ended {
    fn prove(&self, index: u64, stream: &str, out: &Path) -> Output {
        let (index, data) = (index.to_string(), text(&self.data));
        let of = ["--data", data, "--stream", stream, "--out", text(out)];
        run(&[&["evidence", "prove", &index], &of[..]].concat())
    }

    fn verify(&self, file: &Path, key: &str) -> Output {
        run(&["verify-proof", text(file), "--key", key, "--show", "--json"])
    }
}

#[test]
fn a_proof_shows_its_entry_and_nothing_else_passes() {
    let ended = ended();
    let file = ended.place.path().join("entry.tlog-proof");
    for (stream, log, other) in [
        ("decisions", "evidence", "telemetry"),
        ("telemetry", "telemetry", "evidence"),
    ] {
        let kept = events(&ended.data, log);
        let index = kept.len() as u64 - 2;
        let made = ended.prove(index, stream, &file);
        assert!(made.status.success(), "{made:?}");
        let [key, other] = [log, other].map(|log| ended.data.join(format!("{log}.pub")));
        let checked = ended.verify(&file, text(&key));
        assert!(checked.status.success(), "{checked:?}");
        let told: Value = serde_json::from_str(&printed(&checked)).unwrap();
        assert_eq!(told["index"], index);
        assert_eq!(told["checkpoint_entries"], kept.len());
        let shown: event::Event = serde_json::from_value(told["kept"].clone()).unwrap();
        assert_eq!(shown, kept[usize::try_from(index).unwrap()]);
        let own = fs::read_to_string(&key).unwrap();
        assert!(own.starts_with(&format!("{}+", told["origin"].as_str().unwrap())));

        let (origin, _) = own.split_once('+').unwrap();
        let forged = NoteSigner::from_seed(origin, &[9; 32]).unwrap();
        for wrong in [text(&other), &forged.verifier().to_string()] {
            let refused = ended.verify(&file, wrong);
            assert_eq!(refused.status.code(), Some(1), "{refused:?}");
            let told: Value = serde_json::from_str(&printed(&refused)).unwrap();
            assert_eq!(told["holds"], false);
        }
        for lang in ["en", "fr"] {
            let said = run(&[
                "--lang",
                lang,
                "verify-proof",
                text(&file),
                "--key",
                own.trim(),
            ]);
            assert!(printed(&said).contains(origin), "{said:?}");
        }
    }

    let good = fs::read(&file).unwrap();
    let key = ended.data.join("telemetry.pub");
    for at in (0..good.len()).step_by(STRIDE) {
        let mut bad = good.clone();
        bad[at] ^= 0x01;
        fs::write(&file, bad).unwrap();
        let refused = ended.verify(&file, text(&key));
        assert_eq!(refused.status.code(), Some(1), "byte {at}: {refused:?}");
    }
}

#[test]
fn what_is_not_there_or_not_signed_yet_is_refused_clearly() {
    let ended = ended();
    let out = ended.place.path().join("none.tlog-proof");
    let entries = events(&ended.data, "evidence").len() as u64;
    let signed = fs::read(ended.data.join("evidence/checkpoint")).unwrap();
    for beyond in [entries, entries + 1_000, u64::MAX] {
        let refused = ended.prove(beyond, "decisions", &out);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    }
    // The same folder as it was before its last checkpoint: the entry is kept, not yet signed.
    let again = Demonstration::start(ended.place.path());
    assert!(again.program.stop().success());
    fs::write(ended.data.join("evidence/checkpoint"), signed).unwrap();
    let early = ended.prove(entries, "decisions", &out);
    assert_eq!(early.status.code(), Some(1), "{early:?}");
    let said = String::from_utf8(early.stderr).unwrap();
    assert!(
        said.contains("no signed checkpoint covers it yet"),
        "{said}"
    );
    assert!(!out.exists());
}
