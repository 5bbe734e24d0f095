//! Same log, same state: wherever the fold was stopped, written down and read back.

use proptest::prelude::*;

use super::{CERTUTIL, S, line, process, watch};
use crate::fold::{Found, Kept, Watch, WatchState};

const RULES: [&str; 3] = [
    CERTUTIL,
    "title: Failed\nname: failed\nlogsource: {product: windows, service: security}\n\
     detection:\n  s:\n    EventID: 4625\n  condition: s\n---\ntitle: Guessing\nid: g1\n\
     correlation:\n  type: event_count\n  rules: [failed]\n  group-by: [TargetUserName]\n  \
     timespan: 1m\n  condition: {gte: 3}\n",
    "title: Order\nid: o1\ncorrelation:\n  type: temporal_ordered\n  rules: [failed, c1]\n  \
     timespan: 5m\n",
];

/// One entry of some kind by some numbers, so that entries meet each other.
fn entry(kind: u8, number: u8, at_s: i64) -> Vec<u8> {
    let at_us = Some(at_s * S);
    let host = ["a", "b"].get(usize::from(number % 2)).copied();
    match kind {
        0 => {
            let json = process(
                "certutil.exe",
                ["ada", "bob"].get(usize::from(number % 2)).unwrap(),
            );
            line("windows.sysmon.1", at_us, host, &json)
        }
        1 => {
            let json = format!(
                r#"{{"Channel":"Security","EventID":4625,"Computer":"DC1","TargetUserName":"u{}","IpAddress":"10.0.0.{number}"}}"#,
                number % 3
            );
            line("windows.security.4625", at_us, host, &json)
        }
        2 => {
            let json = format!(
                r#"{{"uid":"C{number}","id.orig_h":"10.0.0.1","id.resp_h":"10.0.1.{number}","id.resp_p":445,"proto":"tcp","conn_state":"S0","service":"ssl"}}"#
            );
            line("zeek.conn", at_us, host, &json)
        }
        3 => {
            let json = format!(
                r#"{{"uid":"C{number}","id.orig_h":"10.0.0.1","server_name":"s{number}.example.org"}}"#
            );
            line("zeek.ssl", at_us, host, &json)
        }
        4 => {
            let json = format!(
                r#"{{"Computer":"S{}","TargetUserName":"ada","WorkstationName":"S{}","IpAddress":"10.0.0.9"}}"#,
                number % 5,
                (number + 1) % 5
            );
            line("windows.security.4624", at_us, host, &json)
        }
        _ => b"{\"event\":\"stopped\"}".to_vec(),
    }
}

fn take(watch: &mut Watch, index: u64, payload: &[u8], found: &mut Vec<Found>) {
    found.extend(watch.apply(Kept {
        index,
        received_us: i64::try_from(index).unwrap() * S,
        payload,
    }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Cut anywhere, written down and read back, in any division, it finds what it would have found.
    #[test]
    fn a_snapshot_is_only_a_shortcut(
        entries in proptest::collection::vec((0_u8..6, 0_u8..40, 0_i64..400), 1..120),
        cuts in proptest::collection::btree_set(0_usize..120, 0..4),
    ) {
        let entries: Vec<Vec<u8>> = entries
            .iter()
            .map(|(kind, number, at_s)| entry(*kind, *number, *at_s))
            .collect();
        let (mut straight, mut whole) = (watch(&RULES), Vec::new());
        for (index, payload) in (0_u64..).zip(&entries) {
            take(&mut straight, index, payload, &mut whole);
        }
        whole.extend(straight.finish());

        let (mut stopped, mut parts) = (watch(&RULES), Vec::new());
        for (index, payload) in (0_u64..).zip(&entries) {
            if cuts.contains(&usize::try_from(index).unwrap()) {
                let written = serde_json::to_vec(stopped.state()).unwrap();
                let state: WatchState = serde_json::from_slice(&written).unwrap();
                prop_assert_eq!(&state, stopped.state());
                stopped = watch(&RULES);
                stopped.resume(state);
            }
            take(&mut stopped, index, payload, &mut parts);
        }
        parts.extend(stopped.finish());
        prop_assert_eq!(parts, whole);
        prop_assert_eq!(stopped.state(), straight.state());
    }

    /// No payload stops it.
    #[test]
    fn any_payload_is_taken(
        payload in proptest::collection::vec(any::<u8>(), 0..300),
        received_us in any::<i64>(),
        time_us in any::<Option<i64>>(),
    ) {
        let mut watch = watch(&RULES);
        let logged = line("zeek.conn", time_us, None, &String::from_utf8_lossy(&payload));
        for payload in [payload, logged] {
            let found = watch.apply(Kept { index: 0, received_us, payload: &payload });
            prop_assert_eq!(found, []);
        }
    }
}
