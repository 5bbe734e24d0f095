//! Sealing: what left the log tells the same, and a lake that fails holds nothing up.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use event::Event;
use evidence::Manifest;
use serde_json::{Value, json};

use crate::client::Ask;
use crate::hospital::{Hospital, OpenDoor};
use crate::kept::{events, files, holds};
use crate::liar::{Asked, Liar, answer, observation};
use crate::program::{command, printed, run, text};

/// How long sealing may take on a machine that does much else; nothing is measured by it.
const SEALED_MAX: Duration = Duration::from_secs(120);

const LOGS: [(&str, &str); 2] = [("decisions", "evidence"), ("telemetry", "telemetry")];

fn tell(asked: &Asked<'_>, to: &mut std::net::TcpStream) -> std::io::Result<()> {
    let id = asked.target.strip_prefix("/Observation/").unwrap();
    let patient = if id == "o-2" { "p-2" } else { "p-1" };
    answer(to, 200, &observation(id, patient))
}

/// The program that seals, if it was built: beside the one under test, or as `HYGIE_LAKE` says.
fn lake() -> Option<PathBuf> {
    let named = std::env::var_os("HYGIE_LAKE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_BIN_EXE_hygie")).with_file_name("hygie-lake");
    let program = named.unwrap_or(beside);
    if program.is_file() {
        return Some(program);
    }
    let required = std::env::var_os("CI").is_some();
    assert!(!required, "`{}` is not there", program.display());
    println!("skipped: no `hygie-lake`; `cargo build -p lake` builds one");
    None
}

/// A hospital whose logs have pieces of 16 KiB, sealed by a program as soon as they are closed.
fn hospital(liar: &Liar, seal_after_hours: u64) -> Hospital {
    let hospital = Hospital::in_front_of(&liar.url);
    hospital.change(&[
        ("segment_bytes = 67108864", "segment_bytes = 16384"),
        ("seal_check_s = 30", "seal_check_s = 1"),
        (
            "seal_after_hours = 24",
            &format!("seal_after_hours = {seal_after_hours}"),
        ),
    ]);
    hospital
}

/// Names the program that seals.
fn with_program(hospital: &Hospital, lines: &str) {
    let path = hospital.place().join("stand-in");
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    let program = format!("program = \"{}\"", text(&path));
    hospital.change(&[("# program = \"/usr/local/bin/hygie-lake\"", &program)]);
}

/// Fills some pieces of both logs: reads, an emergency, and many who are nobody.
fn fill(hospital: &Hospital, door: &OpenDoor) {
    let (doctor, away) = (hospital.token("doctor"), hospital.token("elsewhere"));
    let declaration = json!({ "patient": "p-2", "reason": "unconscious-patient", "text": "" });
    let declared = door
        .client
        .ask(&Ask::post_json("/break-glass", &declaration).bearer(&away));
    assert_eq!(declared.status, 201);
    for number in 0..60 {
        let read = format!("/fhir/Observation/o-{}", 10 + number);
        assert_eq!(door.client.get(&read, &doctor).status, 200);
        assert_eq!(door.client.get("/fhir/Observation/o-2", &away).status, 200);
        assert_eq!(door.client.get(&read, "no.such.token").status, 401);
    }
}

/// What the commands tell about the past.
fn told(data: &Path) -> BTreeMap<&'static str, String> {
    let data = text(data);
    let show = ["evidence", "show", "--data", data, "--json"];
    let commands = [
        ("patient", [&show[..], &["--patient", "p-2"]].concat()),
        ("person", [&show[..], &["--person", "doctor"]].concat()),
        ("reviews", vec!["reviews", "--data", data, "--json"]),
    ];
    let told = commands.map(|(name, arguments)| {
        let output = run(&arguments);
        assert!(output.status.success(), "{name}: {output:?}");
        (name, printed(&output))
    });
    BTreeMap::from(told)
}

/// Verifies both logs of a folder with the keys of a data folder.
fn verify(data: &Path, keys: &Path) -> (i32, Value) {
    let [key, telemetry] = ["evidence.pub", "telemetry.pub"].map(|name| keys.join(name));
    let keys = ["--key", text(&key), "--key", text(&telemetry)];
    let output = run(&[&["verify", text(data), "--json"], &keys[..]].concat());
    let told = printed(&output);
    let told = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{output:?}"));
    (output.status.code().unwrap(), told)
}

/// Follows both manifests until so many entries of each are sealed.
fn await_sealed(data: &Path, entries: u64) {
    let start = Instant::now();
    for (_, log) in LOGS {
        while Manifest::read(&data.join(log)).unwrap().end() < entries {
            let waited = start.elapsed();
            assert!(waited < SEALED_MAX, "{log}: {:?}", events(data, log).last());
            std::thread::yield_now();
        }
    }
}

/// Proves an entry and checks the proof with nothing but the key; gives what the proof shows.
fn proved(data: &Path, (stream, log): (&str, &str), index: u64) -> Value {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("entry.tlog-proof");
    let (number, out) = (index.to_string(), text(&file));
    let made = run(&[
        "evidence",
        "prove",
        &number,
        "--data",
        text(data),
        "--stream",
        stream,
        "--out",
        out,
    ]);
    assert!(made.status.success(), "{made:?}");
    let key = data.join(format!("{log}.pub"));
    let checked = run(&["verify-proof", out, "--key", text(&key), "--show", "--json"]);
    assert!(checked.status.success(), "{checked:?}");
    let told: Value = serde_json::from_str(&printed(&checked)).unwrap();
    assert_eq!(told["index"], index);
    told["kept"].clone()
}

#[test]
fn what_was_sealed_tells_the_same() {
    if lake().is_none() {
        return;
    }
    let liar = Liar::start(tell);
    let hospital = hospital(&liar, 24);
    let data = hospital.data();
    let door = hospital.open();
    fill(&hospital, &door);
    assert!(door.program.stop().success());
    let before = told(&data);
    assert_eq!(before["reviews"].lines().count(), 1);
    assert!(before["patient"].lines().count() > 60);
    let kept: Vec<Vec<Event>> = LOGS.map(|(_, log)| events(&data, log)).to_vec();

    hospital.change(&[("seal_after_hours = 24", "seal_after_hours = 0")]);
    let door = hospital.open();
    await_sealed(&data, 40);
    // A glass that was declared in an entry that is sealed by now is open still.
    let away = hospital.token("elsewhere");
    assert_eq!(door.client.get("/fhir/Observation/o-2", &away).status, 200);
    let console = Ask::get("/console").bearer(&hospital.token("doctor"));
    assert_eq!(door.client.ask(&console).status, 403);
    assert!(door.program.stop().success());

    let after = told(&data);
    assert_eq!(
        after["person"].lines().count(),
        before["person"].lines().count() + 1
    );
    for (name, before) in &before {
        if *name != "reviews" {
            assert!(after[name].starts_with(before), "{name}");
        }
    }
    let (code, found) = verify(&data, &data);
    assert_eq!(code, 0, "{found}");
    for (log, kept) in LOGS.into_iter().zip(&kept) {
        for index in [0, 17, kept.len() - 1] {
            let shown = proved(&data, log, index as u64);
            let shown: Event = serde_json::from_value(shown).unwrap();
            assert_eq!(shown, kept[index], "{log:?} {index}");
        }
    }
    assert_queries(&data, &kept);
    assert_state_survives(&hospital);
    assert_changed_bytes_are_found(&hospital);
    assert_unreachable_is_not_broken(&hospital);
}

/// SQL finds every entry, sealed or not.
fn assert_queries(data: &Path, kept: &[Vec<Event>]) {
    let count = |sql: &str| -> usize {
        let asked = run(&["query", sql, "--data", text(data), "--format", "csv"]);
        assert!(asked.status.success(), "{asked:?}");
        let told = printed(&asked);
        told.lines().nth(1).unwrap().trim().parse().unwrap()
    };
    let rejected = |event: &&Event| matches!(event, Event::Rejected(_));
    let rejections = kept[1].iter().filter(rejected).count();
    assert_eq!(
        count("SELECT count(*) FROM telemetry WHERE class_uid = 3002"),
        rejections
    );
    let glasses = count("SELECT count(*) FROM decisions WHERE class_uid = 3004");
    assert_eq!(glasses, 1);
    assert!(count("SELECT count(*) FROM events") > kept[0].len() + kept[1].len());
    let wrong = run(&["query", "SELECT nothing FROM nowhere", "--data", text(data)]);
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
}

/// With or without what was written down, the next start remembers the same.
fn assert_state_survives(hospital: &Hospital) {
    let away = hospital.token("elsewhere");
    for keeps_snapshot in [true, false] {
        let snapshot = hospital.data().join("evidence/house.snapshot");
        assert!(snapshot.is_file(), "written down at the end");
        if !keeps_snapshot {
            fs::remove_file(&snapshot).unwrap();
        }
        let door = hospital.open();
        let read = door.client.get("/fhir/Observation/o-2", &away);
        assert_eq!(read.status, 200, "{}", read.text());
        assert!(door.program.stop().success());
    }
}

/// A changed byte of any object is found, wherever it stands.
fn assert_changed_bytes_are_found(hospital: &Hospital) {
    let data = hospital.data();
    let mut objects = files(&data.join("lake"));
    // The index beside an object is a shortcut of hunts, which check it and make it again.
    objects.retain(|(path, _)| path.extension().is_some_and(|it| it == "parquet"));
    assert!(objects.len() >= 2, "{:?}", objects.len());
    for (path, bytes) in objects {
        for part in 0..4 {
            let at = (bytes.len() - 1) * part / 3;
            let mut changed = bytes.clone();
            changed[at] ^= 0x20;
            fs::write(&path, changed).unwrap();
            let (code, told) = verify(&data, &data);
            assert_eq!(code, 1, "{}, byte {at}: {told}", path.display());
        }
        fs::write(&path, bytes).unwrap();
    }
    let (code, told) = verify(&data, &data);
    assert_eq!(code, 0, "{told}");
}

/// A job that cannot read says nothing about what it should have read.
fn assert_unreachable_is_not_broken(hospital: &Hospital) {
    let data = hospital.data();
    let program = hospital.place().join("unreachable");
    fs::write(&program, "#!/bin/sh\necho 'no answer' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let key = data.join("evidence.pub");
    let output = command()
        .args(["verify", text(&data), "--key", text(&key)])
        .env("HYGIE_LAKE", &program)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{said}");
    assert!(
        said.contains("can be reached") && said.contains("no answer"),
        "{said}"
    );
    assert_eq!(printed(&output), "");
}

#[test]
fn a_lake_that_is_killed_or_never_answers_holds_nothing_up() {
    for (lines, fails) in [
        ("echo $$ > \"$0.pid\"; exec sleep 100000", false),
        ("echo $$ > \"$0.pid\"; kill -9 $$", true),
    ] {
        let liar = Liar::start(tell);
        let hospital = hospital(&liar, 0);
        let data = hospital.data();
        with_program(&hospital, lines);
        let door = hospital.open();
        fill(&hospital, &door);
        assert!(door.program.stop().success());

        let door = hospital.open();
        let pid = await_job(&hospital);
        fill_again(&hospital, &door);
        if fails {
            await_failure(&data);
            fill_again(&hospital, &door);
        }
        assert!(door.program.stop().success());
        assert!(!Path::new("/proc").join(pid).exists(), "a job was left");
        for (_, log) in LOGS {
            assert_eq!(Manifest::read(&data.join(log)).unwrap().end(), 0);
            holds(&data, log);
        }
    }
}

fn fill_again(hospital: &Hospital, door: &OpenDoor) {
    let doctor = hospital.token("doctor");
    for _ in 0..10 {
        assert_eq!(
            door.client.get("/fhir/Observation/o-1", &doctor).status,
            200
        );
        assert_eq!(door.client.get("/fhir/Observation/o-1", "no").status, 401);
    }
}

/// Waits until a job has begun; gives its process.
fn await_job(hospital: &Hospital) -> String {
    let path = hospital.place().join("stand-in.pid");
    let start = Instant::now();
    loop {
        let said = fs::read_to_string(&path).unwrap_or_default();
        if said.ends_with('\n') {
            return said.trim().to_owned();
        }
        assert!(start.elapsed() < SEALED_MAX, "no job began");
        std::thread::yield_now();
    }
}

/// Waits until both logs tell of a failure.
fn await_failure(data: &Path) {
    let failed = |event: &Event| matches!(event, Event::LakeFailed(it) if it.what == "program-failed" && it.exit.is_none());
    let start = Instant::now();
    for (_, log) in LOGS {
        while !events(data, log).iter().any(failed) {
            assert!(start.elapsed() < SEALED_MAX, "{log} tells of no failure");
            std::thread::yield_now();
        }
    }
}

#[test]
fn without_a_lake_the_door_serves_and_says_so() {
    let liar = Liar::start(tell);
    let hospital = hospital(&liar, 0);
    with_program(&hospital, "exit 1");
    fs::remove_file(hospital.place().join("stand-in")).unwrap();
    let refused = run(&["check", "--config", text(&hospital.config())]);
    assert_eq!(refused.status.code(), Some(78), "{refused:?}");
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert!(complaint.contains("`lake.program`"), "{complaint}");

    let absent = hospital.place().join("absent");
    let asked = command()
        .args(["query", "SELECT 1", "--data", text(&hospital.data())])
        .env("HYGIE_LAKE", &absent)
        .output()
        .unwrap();
    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    let complaint = String::from_utf8(asked.stderr).unwrap();
    assert!(
        complaint.contains("cargo build --release -p lake"),
        "{complaint}"
    );
}
