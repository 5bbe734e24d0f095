//! Captures of building control: what a guard would have let through, and which devices they show.

use std::fs;

use serde_json::Value;

use crate::program::{printed, run, text};

const POLICY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../scenarios/modbus-only-100.toml"
);

/// A capture of raw IP packets in which stations ask the controller 192.168.1.9 over Modbus/TCP.
fn capture(asked: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    bytes.extend([
        2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 101, 0, 0, 0,
    ]);
    for (number, (station, pdu)) in (0_u8..).zip(asked) {
        let length = u8::try_from(pdu.len() + 1).unwrap();
        let adu = [&[0, number, 0, 0, 0, length, 1], *pdu].concat();
        let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0];
        packet.extend([192, 168, 1, *station, 192, 168, 1, 9]);
        // Each request on a connection of its own.
        packet.extend([0x9c, number, 0x01, 0xf6, 0, 0, 0, 1]);
        packet.extend([0, 0, 0, 0, 0x50, 0x18, 255, 255, 0, 0, 0, 0]);
        packet.extend(adu);
        packet[3] = u8::try_from(packet.len()).unwrap();
        let length = u32::try_from(packet.len()).unwrap().to_le_bytes();
        bytes.extend([[0, 0, 0, 1], [0; 4], length, length].concat());
        bytes.extend(packet);
    }
    bytes
}

const READ: &[u8] = &[1, 0, 0, 0, 8];
const WRITE: &[u8] = &[5, 0, 3, 0xff, 0];

#[test]
fn a_forged_command_is_refused_and_every_other_request_passes() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("plant.pcap");
    fs::write(
        &file,
        capture(&[(100, READ), (100, WRITE), (101, READ), (101, WRITE)]),
    )
    .unwrap();
    let replay = ["guard", "replay", "--policy", POLICY, text(&file)];
    let done = run(&[&replay[..], &["--json"]].concat());
    assert!(done.status.success(), "{done:?}");
    let verdicts: Vec<(u64, String, String)> = printed(&done)
        .lines()
        .map(|line| {
            let judged: Value = serde_json::from_str(line).unwrap();
            let word = |name: &str| judged[name].as_str().unwrap().to_owned();
            (
                judged["frame"].as_u64().unwrap(),
                word("verdict"),
                word("reason"),
            )
        })
        .collect();
    let expected = [
        (1, "allow", "station-reads"),
        (2, "allow", "station-writes"),
        (3, "allow", "others-read"),
        (4, "deny", "source-not-allowed"),
    ];
    let expected =
        expected.map(|(frame, verdict, why)| (frame, verdict.to_owned(), why.to_owned()));
    assert_eq!(verdicts, expected);
    // People see only what is refused, and by which rule it nearly passed.
    let denied = printed(&run(&[&replay[..], &["--denied"]].concat()));
    assert_eq!(denied.lines().count(), 1, "{denied}");
    assert!(
        denied.contains("write-coil") && denied.contains("station-writes"),
        "{denied}"
    );
}

#[test]
fn a_capture_shows_its_devices() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("plant.pcap");
    fs::write(&file, capture(&[(100, READ), (101, WRITE)])).unwrap();
    let done = run(&["inventory", "--json", text(&file)]);
    assert!(done.status.success(), "{done:?}");
    let told = printed(&done);
    let assets: Vec<Value> = told
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let of = |key: &str| {
        let has = |it: &&Value| {
            it["asset"]["keys"]
                .as_array()
                .unwrap()
                .contains(&key.into())
        };
        assets
            .iter()
            .find(has)
            .unwrap_or_else(|| panic!("{key}: {told}"))
    };
    let station = of("ip:192.168.1.100");
    assert_eq!(station["support"], "unknown");
    assert_eq!(
        station["asset"]["known"]["peer"][0]["value"],
        "192.168.1.9 modbus"
    );
    let other = of("ip:192.168.1.101");
    assert_eq!(
        other["asset"]["known"]["function"][0]["value"],
        "modbus-client/write"
    );
    assert_ne!(station["asset"]["id"], other["asset"]["id"]);
    // Half a capture is told as far as it goes, and said to be half.
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 2]).unwrap();
    let half = run(&["inventory", "--json", text(&file)]);
    assert_eq!(half.status.code(), Some(2));
    assert!(printed(&half).contains("192.168.1.100"));
}

/// What Zeek wrote about software, and the page of a product as endoflife.date publishes it.
#[test]
fn a_log_shows_devices_and_a_calendar_their_support() {
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("software.log");
    let lines = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n\
        #path\tsoftware\n#fields\tts\thost\tsoftware_type\tname\tunparsed_version\n\
        #types\ttime\taddr\tenum\tstring\tstring\n\
        1764144000.000000\t10.0.0.2\tOS::WINDOWS\tWindows\tWindows 7 SP1\n\
        1764144001.000000\t10.0.0.3\tHTTP::SERVER\tnginx\tnginx/1.3.16\n";
    fs::write(&log, lines).unwrap();
    let products = place.path().join("products");
    fs::create_dir(&products).unwrap();
    let page = "---\ntitle: nginx\nreleases:\n  - releaseCycle: \"1.3\"\n    \
        eol: 2013-04-24\n    latest: \"1.3.16\"\n---\n";
    fs::write(products.join("nginx.md"), page).unwrap();
    let support = ["--support", text(&products)];
    let done = run(&[&["inventory", "--json", text(&log)][..], &support].concat());
    assert!(done.status.success(), "{done:?}");
    let told = printed(&done);
    let line = |address: &str| -> Value {
        let found = told.lines().find(|it| it.contains(address));
        serde_json::from_str(found.unwrap_or_else(|| panic!("{told}"))).unwrap()
    };
    assert_eq!(line("10.0.0.3")["supports"][0]["state"], "past", "{told}");
    // One weak claim about a system concludes nothing.
    assert_eq!(line("10.0.0.2")["support"], "unknown", "{told}");
    // A folder of something else is no calendar.
    let elsewhere = ["--support", text(place.path())];
    let done = run(&[&["inventory", "--json", text(&log)][..], &elsewhere].concat());
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        !done.status.success() && said.contains("no dates"),
        "{said}"
    );
    // A file that is no product is told, the others count, and nothing is guessed from it.
    fs::write(products.join("nginx.md"), "no page").unwrap();
    fs::write(
        products.join("openssh.md"),
        page.replace("nginx", "openssh"),
    )
    .unwrap();
    let done = run(&[&["inventory", "--json", text(&log)][..], &support].concat());
    assert_eq!(done.status.code(), Some(2), "{done:?}");
    assert!(String::from_utf8_lossy(&done.stderr).contains("nginx.md"));
    let told = printed(&done);
    assert!(
        told.contains("10.0.0.3") && !told.contains("\"past\""),
        "{told}"
    );
}
