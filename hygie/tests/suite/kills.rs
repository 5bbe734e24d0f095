//! Power cuts under load: what was answered was kept, two hundred times over.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpStream;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use serde_json::json;

use crate::client::{Ask, Client};
use crate::hospital::Hospital;
use crate::kept::{events, holds, request_of};
use crate::liar::{Asked, Liar, answer, observation};

const ROUNDS: u64 = 200;
const CONNECTIONS: usize = 4;
/// The most answers before a kill.
const ANSWERS_MAX: u64 = 60;

/// An answer that a client saw: the log and the index that keep it, and its request.
type Seen = ((&'static str, u64), String);

const LOGS: [&str; 2] = ["evidence", "telemetry"];

fn tell(asked: &Asked<'_>, to: &mut TcpStream) -> io::Result<()> {
    let id = asked.target.strip_prefix("/Observation/").unwrap();
    answer(to, 200, &observation(id, "p-1"))
}

#[test]
fn no_kill_loses_what_was_acknowledged() {
    let liar = Liar::start(tell);
    let hospital = Hospital::in_front_of(&liar.url);
    let mut seen = BTreeMap::new();
    let mut entries = [0; 2];
    for round in 0..ROUNDS {
        let door = hospital.open();
        let answers = usize::try_from(1 + scatter(round) % ANSWERS_MAX).unwrap();
        let (sender, answered) = sync_channel(CONNECTIONS);
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|lane| {
                let asks = asks(&hospital, round, lane);
                let (client, sender) = (door.client.clone(), sender.clone());
                thread::spawn(move || drop(ask_until_cut_off(&client, &asks, &sender)))
            })
            .collect();
        drop(sender);
        let mut seen_now: Vec<Seen> = answered.iter().take(answers).collect();
        door.program.kill();
        // What was answered while the program died counts as well.
        seen_now.extend(answered.iter());
        clients
            .into_iter()
            .for_each(|client| client.join().unwrap());
        assert!(seen_now.len() >= answers, "round {round}");
        for (leaf, request) in seen_now {
            let earlier = seen.insert(leaf, request);
            assert_eq!(earlier, None, "round {round}: {leaf:?} was given twice");
        }
        let kept = LOGS.map(|log| holds(&hospital.data(), log));
        for (log, (kept, before)) in LOGS.iter().zip(kept.iter().zip(entries)) {
            assert!(
                *kept > before,
                "round {round}: {kept} entries of {log} after {before}"
            );
            let of_the_log = seen.range((*log, 0)..=(*log, u64::MAX));
            if let Some((leaf, _)) = of_the_log.last() {
                assert!(leaf.1 < *kept, "round {round}: {leaf:?} is lost");
            }
        }
        entries = kept;
    }
    for (log, entries) in LOGS.into_iter().zip(entries) {
        let events = events(&hospital.data(), log);
        assert_eq!(events.len() as u64, entries);
        for (leaf, request) in seen.range((log, 0)..=(log, u64::MAX)) {
            let kept = request_of(&events[usize::try_from(leaf.1).unwrap()]);
            assert_eq!(kept, Some(request.as_str()), "{leaf:?}");
        }
    }
    println!(
        "{ROUNDS} kills, {} answers, {entries:?} entries",
        seen.len()
    );
}

/// What one connection asks for, over and over: shown, refused, turned away, declared.
fn asks(hospital: &Hospital, round: u64, lane: usize) -> Vec<Ask> {
    let session = format!("s-{round}-{lane}");
    let doctor = hospital.provider.token("doctor", &session);
    let away = hospital.provider.token("elsewhere", &session);
    let declaration = json!({ "patient": "p-2", "reason": "unconscious-patient", "text": "" });
    vec![
        Ask::get("/fhir/Observation/o-1").bearer(&doctor),
        Ask::get("/fhir/Patient/p-2").bearer(&doctor),
        Ask::get("/fhir/Observation/o-2").bearer("no.such.token"),
        Ask::post_json("/break-glass", &declaration).bearer(&away),
        Ask::get("/fhir/Observation?_include=x").bearer(&away),
    ]
}

/// Asks until the program is gone. An error is how that shows.
fn ask_until_cut_off(client: &Client, asks: &[Ask], seen: &SyncSender<Seen>) -> io::Result<()> {
    let mut connection = client.connect()?;
    loop {
        for ask in asks {
            let answer = connection.ask(ask)?;
            let leaf = answer.leaf().expect("an answer without evidence");
            seen.send((leaf, answer.request().to_owned()))
                .map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
    }
}

/// The same number for the same round, every time (the finaliser of SplitMix64).
fn scatter(round: u64) -> u64 {
    let mut bits = round.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
