use policy::guard::{Guard, GuardDocument};

use super::replay::{Judged, Replay};

const MODBUS: &str = include_str!("../../../../scenarios/modbus-only-100.toml");
const BACNET: &str = include_str!("../../../../scenarios/bacnet-reads-only.toml");

/// A capture of raw IP packets, made by hand.
#[derive(Default)]
struct Capture {
    frames: Vec<Vec<u8>>,
    /// The next number of each sender, by its address.
    sequences: std::collections::BTreeMap<u8, u32>,
}

impl Capture {
    fn ip(&mut self, (from, to): (u8, u8), protocol: u8, body: &[u8]) {
        let length = u16::try_from(20 + body.len()).unwrap().to_be_bytes();
        let mut packet = vec![
            0x45, 0, length[0], length[1], 0, 0, 0, 0, 64, protocol, 0, 0,
        ];
        packet.extend([192, 168, 1, from, 192, 168, 1, to]);
        packet.extend(body);
        self.frames.push(packet);
    }

    /// Bytes from a station to a controller, over the connection of the two.
    fn tcp(&mut self, (from, to): (u8, u8), ports: (u16, u16), payload: &[u8]) -> &mut Self {
        let sequence = self.sequences.entry(from).or_insert(1_000);
        let mut segment = [ports.0.to_be_bytes(), ports.1.to_be_bytes()].concat();
        segment.extend(sequence.to_be_bytes());
        segment.extend([0, 0, 0, 0, 0x50, 0x18, 255, 255, 0, 0, 0, 0]);
        segment.extend(payload);
        *sequence += u32::try_from(payload.len()).unwrap();
        self.ip((from, to), 6, &segment);
        self
    }

    fn udp(&mut self, ends: (u8, u8), payload: &[u8]) -> &mut Self {
        let length = u16::try_from(8 + payload.len()).unwrap().to_be_bytes();
        let mut datagram = vec![0xba, 0xc0, 0xba, 0xc0, length[0], length[1], 0, 0];
        datagram.extend(payload);
        self.ip(ends, 17, &datagram);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
        bytes.extend([
            2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 101, 0, 0, 0,
        ]);
        for (at_s, frame) in (1_700_000_000_u32..).zip(&self.frames) {
            let length = u32::try_from(frame.len()).unwrap().to_le_bytes();
            bytes.extend([at_s.to_le_bytes(), [0; 4], length, length].concat());
            bytes.extend(frame);
        }
        bytes
    }

    fn judged(&self, policy: &str) -> Vec<Judged> {
        let guard = Guard::new(&GuardDocument::from_toml(policy).unwrap()).unwrap();
        let mut judged = Vec::new();
        let played = Replay::new(&guard).play(&self.bytes(), &mut |it| judged.push(it.clone()));
        played.unwrap();
        judged
    }

    /// Each request: its frame, whether it passes, what it is, and why.
    fn told(&self, policy: &str) -> Vec<String> {
        let told = self.judged(policy).into_iter().map(|it| {
            let verdict = if it.is_allowed { "allow" } else { "deny" };
            format!("{} {verdict} {} {}", it.frame, it.function, it.reason)
        });
        told.collect()
    }
}

/// A message to unit 1.
fn adu(transaction: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u8::try_from(pdu.len() + 1).unwrap();
    [&[0, transaction, 0, 0, 0, length, 1], pdu].concat()
}

const READ: &[u8] = &[1, 0, 0, 0, 8];
const WRITE: &[u8] = &[5, 0, 3, 0xff, 0];

#[test]
fn only_the_station_that_is_named_writes() {
    let mut capture = Capture::default();
    capture.tcp((100, 1), (40_000, 502), &adu(1, READ));
    capture.tcp((1, 100), (502, 40_000), &adu(1, &[1, 1, 0]));
    capture.tcp((100, 1), (40_000, 502), &adu(2, WRITE));
    capture.tcp((101, 1), (40_001, 502), &adu(1, WRITE));
    let expected = [
        "1 allow read-coils station-reads",
        "3 allow write-coil station-writes",
        "4 deny write-coil source-not-allowed",
    ];
    assert_eq!(capture.told(MODBUS), expected);
    let last = capture.judged(MODBUS).pop().unwrap();
    assert_eq!(
        (last.unit, last.time_us),
        (Some(1), Some(1_700_000_003_000_000))
    );
    assert!(last.detail.contains("station-writes"), "{}", last.detail);
}

#[test]
fn a_command_behind_a_question_in_one_segment_is_seen() {
    let mut capture = Capture::default();
    let both = [adu(1, READ), adu(2, WRITE), adu(3, READ)].concat();
    capture.tcp((101, 1), (40_001, 502), &both);
    let expected = [
        "1 allow read-coils others-read",
        "1 deny write-coil source-not-allowed",
        "1 allow read-coils others-read",
    ];
    assert_eq!(capture.told(MODBUS), expected);
}

#[test]
fn a_command_in_two_segments_is_seen_when_it_is_whole() {
    let whole = adu(1, WRITE);
    for cut in 1..whole.len() {
        let mut capture = Capture::default();
        capture.tcp((101, 1), (40_001, 502), &whole[..cut]);
        capture.tcp((101, 1), (40_001, 502), &whole[cut..]);
        let expected = ["2 deny write-coil source-not-allowed"];
        assert_eq!(capture.told(MODBUS), expected, "cut at {cut}");
    }
}

#[test]
fn another_port_hides_nothing_and_what_is_no_modbus_is_nothing() {
    let mut capture = Capture::default();
    capture.tcp((101, 1), (40_001, 5_020), &adu(1, WRITE));
    capture.tcp((1, 101), (5_020, 40_001), &adu(1, WRITE));
    capture.tcp((101, 2), (40_002, 80), b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(
        capture.told(MODBUS),
        ["1 deny write-coil source-not-allowed"]
    );
}

#[test]
fn what_breaks_the_rules_is_refused_and_ends_the_stream() {
    let mut capture = Capture::default();
    let mut lie = adu(1, WRITE);
    lie[3] = 1;
    capture.tcp((100, 1), (40_000, 502), &lie);
    capture.tcp((100, 1), (40_000, 502), &adu(2, READ));
    let judged = capture.judged(MODBUS);
    assert_eq!(judged.len(), 1, "{judged:?}");
    assert!(!judged[0].is_allowed && judged[0].function.is_empty());
    // An unknown function is refused by name; the one behind it is judged.
    let mut capture = Capture::default();
    capture.tcp((100, 1), (40_000, 502), &adu(1, &[0x5a, 0, 0x40]));
    capture.tcp((100, 1), (40_000, 502), &adu(2, READ));
    let told = capture.told(MODBUS);
    assert!(told[0].starts_with("1 deny umas "), "{told:?}");
    assert_eq!(told[1], "2 allow read-coils station-reads");
}

#[test]
fn a_restart_is_refused_also_when_its_length_lies() {
    let restart = [0x81, 0x0a, 0, 13, 1, 4, 0, 5, 1, 20, 0x09, 1, 0];
    let restart = &restart[..restart.len() - 1];
    let mut honest = restart.to_vec();
    honest[3] = u8::try_from(honest.len()).unwrap();
    let mut lying = honest.clone();
    lying[3] = 9;
    let mut capture = Capture::default();
    capture.udp((50, 24), &honest);
    capture.udp((50, 24), &lying);
    let told = capture.told(BACNET);
    assert_eq!(told[0], "1 deny reinitialize-device access-not-allowed");
    assert_eq!(told[1], "2 deny reinitialize-device bacnet-length-lie");
}

#[test]
fn properties_are_read_and_not_written() {
    let read = [
        0x81, 0x0a, 0, 17, 1, 4, 0, 5, 1, 12, 0x0c, 0, 0, 0, 1, 0x19, 85,
    ];
    let write = [
        0x81, 0x0a, 0, 24, 1, 4, 0, 5, 2, 15, 0x0c, 0, 0, 0, 1, 0x19, 85, 0x3e, 0x44, 0x42, 0, 0,
        0, 0x3f,
    ];
    let answer = [0x81, 0x0a, 0, 9, 1, 0, 0x20, 2, 15];
    let mut capture = Capture::default();
    capture.udp((50, 24), &read);
    capture.udp((50, 24), &write);
    capture.udp((24, 50), &answer);
    let expected = [
        "1 allow read-property reads",
        "2 deny write-property access-not-allowed",
    ];
    assert_eq!(capture.told(BACNET), expected);
}

#[test]
fn what_is_no_capture_or_breaks_off_is_told() {
    let guard = Guard::new(&GuardDocument::from_toml(MODBUS).unwrap()).unwrap();
    let mut count = 0;
    let mut tell = |_: &Judged| count += 1;
    assert!(
        Replay::new(&guard)
            .play(b"no capture at all", &mut tell)
            .is_err()
    );
    let mut capture = Capture::default();
    capture.tcp((100, 1), (40_000, 502), &adu(1, READ));
    capture.tcp((100, 1), (40_000, 502), &adu(2, READ));
    let bytes = capture.bytes();
    let cut = &bytes[..bytes.len() - 3];
    assert!(Replay::new(&guard).play(cut, &mut tell).is_err());
    assert_eq!(count, 1, "what was whole was judged");
}

#[test]
fn whoever_names_no_device_behind_a_router_means_all_of_them() {
    let policy = format!(
        "{BACNET}\n[[conduits.allow]]\nid = \"times\"\naccess = [\"write\"]\n\
         functions = [\"utc-time-synchronization\"]\n"
    );
    let time = [0x10, 9, 0xa4, 126, 11, 26, 4, 0xb4, 9, 0, 0, 0];
    let sent = |npdu: &[u8]| {
        let length = u8::try_from(4 + npdu.len() + time.len()).unwrap();
        let mut capture = Capture::default();
        capture.udp((50, 24), &[&[0x81, 0x0a, 0, length], npdu, &time].concat());
        capture.told(&policy)
    };
    let name = "utc-time-synchronization";
    assert_eq!(sent(&[1, 0]), [format!("1 allow {name} times")]);
    // To one device of network 5, to all of it, and to all networks.
    assert_eq!(
        sent(&[1, 0x20, 0, 5, 1, 7, 255]),
        [format!("1 allow {name} times")]
    );
    let refused = [format!("1 deny {name} broadcast-not-allowed")];
    assert_eq!(sent(&[1, 0x20, 0, 5, 0, 255]), refused);
    assert_eq!(sent(&[1, 0x20, 255, 255, 0, 255]), refused);
}

#[test]
fn a_report_of_telephony_is_no_command() {
    let mut capture = Capture::default();
    // RTCP: a sender report, not to the port of BACnet.
    let mut report = vec![0x81, 200, 0, 12];
    report.resize(52, 0);
    capture.udp((50, 24), &report);
    let told = capture.told(BACNET);
    assert!(told[0].ends_with(" bacnet-length-lie"), "{told:?}");
    let port = 22..24;
    capture.frames[0][port].copy_from_slice(&5_005_u16.to_be_bytes());
    assert_eq!(capture.told(BACNET), [] as [String; 0]);
}

#[test]
fn both_tables_of_names_say_the_same() {
    use policy::guard::Function;
    for number in 0..=u8::MAX {
        if let Some(name) = Function::confirmed(number).name() {
            assert_eq!(wire::bacnet::confirmed_name(number), Some(name));
        }
        if let Some(name) = Function::unconfirmed(number).name() {
            assert_eq!(wire::bacnet::unconfirmed_name(number), Some(name));
        }
    }
}
