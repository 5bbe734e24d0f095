use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn us(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_microsecond()
}

fn terms(name: &str) -> Terms {
    Terms {
        format: None,
        name: name.to_owned(),
        zone: TimeZone::UTC,
        reference_us: us("2026-11-26T12:00:00Z"),
    }
}

/// What a reader told, owned.
#[derive(Clone, Debug, PartialEq)]
enum Owned {
    Record(u64, Format, String, Option<i64>, Option<String>, Vec<u8>),
    Unreadable(u64, Reason, Vec<u8>),
}

fn read(terms: Terms, lines: &[&[u8]]) -> Vec<Owned> {
    let mut reader = Reader::new(terms);
    let mut told = Vec::new();
    let mut take = |at, read: Told<'_>| {
        told.push(match read {
            Told::Record(record) => Owned::Record(
                at,
                record.format,
                record.kind.into_owned(),
                record.time_us,
                record.source.map(Cow::into_owned),
                record.json.into_owned(),
            ),
            Told::Unreadable { line, reason } => Owned::Unreadable(at, reason, line.to_vec()),
        });
    };
    for (at, line) in (0..).zip(lines) {
        reader.line(at, line, &mut take);
    }
    reader.finish(&mut take);
    told
}

/// One JSON line is told unchanged, as this.
fn passes(name: &str, line: &Value, meant: (Format, &str, Option<&str>, Option<&str>)) {
    let line = line.to_string();
    let (format, kind, time, source) = meant;
    let meant = Owned::Record(
        0,
        format,
        kind.to_owned(),
        time.map(us),
        source.map(str::to_owned),
        line.clone().into_bytes(),
    );
    assert_eq!(read(terms(name), &[line.as_bytes()]), [meant], "{line}");
}

const WHEN: Option<&str> = Some("2026-11-26T08:03:13.25Z");

#[test]
fn json_of_network_monitors_is_recognised() {
    let seconds = 1_795_680_193.25;
    passes(
        "",
        &json!({"_path": "dns", "ts": seconds, "uid": "C1", "_system_name": "s1"}),
        (Format::Zeek, "zeek.dns", WHEN, Some("s1")),
    );
    passes(
        "conn.log",
        &json!({"ts": seconds, "uid": "C1"}),
        (Format::Zeek, "zeek.conn", WHEN, None),
    );
    passes(
        "",
        &json!({"ts": "2026-11-26T08:03:13.250000Z", "uid": "C1", "conn_state": "S0"}),
        (Format::Zeek, "zeek.conn", WHEN, None),
    );
    passes(
        "",
        &json!({"ts": seconds, "uid": "C1"}),
        (Format::Zeek, "zeek.other", WHEN, None),
    );
    passes(
        "notes.log",
        &json!({"ts": seconds}),
        (Format::Json, "json", WHEN, None),
    );
    let eve = json!({"timestamp": "2026-11-26T09:03:13.250000+0100", "event_type": "alert", "host": "s2"});
    passes(
        "",
        &eve,
        (Format::Suricata, "suricata.alert", WHEN, Some("s2")),
    );
    let odd = json!({"timestamp": "x", "event_type": "Odd \" one"});
    passes("", &odd, (Format::Suricata, "suricata.oddone", None, None));
}

#[test]
fn events_of_windows_are_recognised_in_every_shape() {
    let sysmon = "Microsoft-Windows-Sysmon/Operational";
    let raw = json!({"Event": {"#attributes": {"xmlns": "x"}, "System": {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 1}, "Channel": sysmon,
        "TimeCreated": {"#attributes": {"SystemTime": "2026-11-26T08:03:13.250000Z"}},
        "Computer": "ws1"}, "EventData": {"Image": "C:\\x.exe"}}});
    passes(
        "",
        &raw,
        (Format::Windows, "windows.sysmon.1", WHEN, Some("ws1")),
    );
    passes(
        "",
        &raw["Event"],
        (Format::Windows, "windows.sysmon.1", WHEN, Some("ws1")),
    );
    let beat = json!({"@timestamp": "2026-11-26T08:03:13.250Z", "ecs": {"version": "8"},
        "host": {"name": "ws2"}, "winlog": {"channel": "Security", "event_id": "4688",
        "provider_name": "Microsoft-Windows-Security-Auditing"}});
    passes(
        "",
        &beat,
        (Format::Windows, "windows.security.4688", WHEN, Some("ws2")),
    );
    let nxlog = json!({"EventTime": "2026-11-26 08:03:13.25", "Hostname": "ws3", "EventID": 4104,
        "SourceName": "Microsoft-Windows-PowerShell", "Channel": "Microsoft-Windows-PowerShell/Operational"});
    passes(
        "",
        &nxlog,
        (
            Format::Windows,
            "windows.powershell.4104",
            WHEN,
            Some("ws3"),
        ),
    );
    let flat = json!({"EventID": 3, "Provider_Name": "Microsoft-Windows-Sysmon", "UtcTime": "2026-11-26 08:03:13.250", "Computer": "ws4"});
    passes(
        "",
        &flat,
        (Format::Windows, "windows.sysmon.3", WHEN, Some("ws4")),
    );
    let other = json!({"EventID": "x", "Channel": "Vendor/Admin"});
    passes("", &other, (Format::Windows, "windows.other", None, None));
}

#[test]
fn names_of_defender_lose_their_spaces() {
    let channel = "Microsoft-Windows-Windows Defender/Operational";
    let read = |line: &Value| {
        let told = read(terms(""), &[line.to_string().as_bytes()]);
        let Owned::Record(_, Format::Windows, kind, .., json) = &told[0] else {
            panic!("{told:?}")
        };
        assert_eq!(kind, "windows.windefend.1116");
        serde_json::from_slice::<Value>(json).unwrap()
    };
    let system = json!({"EventID": 1116, "Channel": channel, "A B": {}});
    let line =
        json!({"Event": {"System": system, "EventData": {"Threat Name": "a b", "x": {"y z": 1}}}});
    let meant =
        json!({"Event": {"System": system, "EventData": {"ThreatName": "a b", "x": {"y z": 1}}}});
    assert_eq!(read(&line), meant);
    let beat =
        json!({"winlog": {"channel": channel, "event_id": 1116, "event_data": {"Source Name": 1}}});
    assert_eq!(
        read(&beat)["winlog"]["event_data"],
        json!({"SourceName": 1})
    );
    let none = json!({"Event": {"System": system, "EventData": {}}, "EventData": "x y"});
    assert_eq!(read(&none), none);
}

#[test]
fn common_schemas_are_recognised() {
    let ocsf = json!({"class_uid": 4001, "time": 1_795_680_193_250_i64, "metadata": {"version": "1.3"}, "device": {"hostname": "d1"}});
    passes("", &ocsf, (Format::Ocsf, "ocsf", WHEN, Some("d1")));
    let ecs =
        json!({"@timestamp": "2026-11-26T08:03:13.250Z", "ecs.version": "8.11", "host.name": "h1"});
    passes("", &ecs, (Format::Ecs, "ecs", WHEN, Some("h1")));
    passes(
        "",
        &json!({"time": "2026-11-26T08:03:13.250Z"}),
        (Format::Json, "json", WHEN, None),
    );
    passes("", &json!({}), (Format::Json, "json", None, None));
}

#[test]
fn tables_of_windows_dhcp_are_read() {
    let told = read(
        terms("DhcpSrvLog-Thu.log"),
        &[
            b"\t\tMicrosoft DHCP Service Activity Log",
            b"ID,Date,Time,Description,IP Address,Host Name,MAC Address",
            b"10,11/26/26,08:03:13,Assign,192.0.2.5,ws1.example.org,00005E005301,,",
            b"24,11/26/26,08:03:14,Database Cleanup Begin,,,,",
            b"x,11/26/26",
        ],
    );
    let reasons: Vec<(u64, Reason)> = told
        .iter()
        .filter_map(|owned| match owned {
            Owned::Unreadable(at, reason, _) => Some((*at, *reason)),
            Owned::Record(..) => None,
        })
        .collect();
    assert_eq!(reasons, [(0, Reason::Format), (4, Reason::Columns)]);
    let Owned::Record(2, Format::WindowsDhcp, kind, time, None, json) = &told[1] else {
        panic!("{told:?}")
    };
    assert_eq!(
        (kind.as_str(), *time),
        ("dhcp", Some(us("2026-11-26T08:03:13Z")))
    );
    let value: Value = serde_json::from_slice(json).unwrap();
    let meant = json!({"@timestamp": "2026-11-26T08:03:13Z", "ID": "10", "Date": "11/26/26", "Time": "08:03:13",
        "Description": "Assign", "IPAddress": "192.0.2.5", "HostName": "ws1.example.org", "MACAddress": "00005E005301"});
    assert_eq!(value, meant);
}

#[test]
fn a_header_rules_until_the_next() {
    let lines: [&[u8]; 10] = [
        b"1.0\tC0",
        b"#separator \\x09",
        b"#path\tconn",
        b"#fields\tts\tuid",
        b"#types\ttime\tstring",
        b"1.0\tC1\r",
        b"#close\t2026-11-26-08-03-13",
        b"#separator |",
        b"#fields|ts",
        b"2.5",
    ];
    let mut reader = Reader::new(terms("conn.log"));
    let mut told = Vec::new();
    for (at, line) in (0..).zip(lines) {
        reader.line(at, line, &mut |at, read| match read {
            Told::Record(record) => {
                told.push((at, String::from_utf8_lossy(&record.json).into_owned()))
            }
            Told::Unreadable { reason, .. } => told.push((at, reason.code().to_owned())),
        });
    }
    let meant = [
        (0, "log-format"),
        (5, "{\"_path\":\"conn\",\"ts\":1.0,\"uid\":\"C1\"}"),
        (9, "{\"ts\":\"2.5\"}"),
    ];
    assert_eq!(told, meant.map(|(at, text)| (at, text.to_owned())));
    assert_eq!(reader.header_at(), Some(7));
    assert!(lines[7..9].iter().all(|line| Reader::is_header(line)));
}

#[test]
fn what_a_message_carries_is_the_event() {
    let line =
        b"<13>Nov 26 08:03:13 sensor suricata[1]: {\"timestamp\":\"x\",\"event_type\":\"dns\"}";
    let told = read(terms(""), &[line]);
    let meant = Owned::Record(
        0,
        Format::Suricata,
        "suricata.dns".to_owned(),
        Some(us("2026-11-26T08:03:13Z")),
        Some("sensor".to_owned()),
        b"{\"timestamp\":\"x\",\"event_type\":\"dns\"}".to_vec(),
    );
    assert_eq!(told, [meant]);
    let audit = b"<13>Nov 26 08:03:13 srv1 audispd: type=USER_AUTH msg=audit(1364481363.250:9): acct=\"root\"";
    let told = read(terms(""), &[audit]);
    let Owned::Record(0, Format::Auditd, kind, _, Some(host), _) = &told[0] else {
        panic!("{told:?}")
    };
    assert_eq!((kind.as_str(), host.as_str()), ("linux.auditd", "srv1"));
}

#[test]
fn a_forced_format_takes_no_other() {
    let zeek = br#"{"_path":"dns","ts":1,"uid":"C"}"#;
    let syslog = b"<13>Nov 26 08:03:13 ws1 x: y";
    let check = |format: Format, line: &[u8], is_taken: bool| {
        let forced = Terms {
            format: Some(format),
            ..terms("")
        };
        let told = read(forced, &[line]);
        assert_eq!(
            matches!(told[0], Owned::Record(..)),
            is_taken,
            "{format:?} {told:?}"
        );
    };
    check(Format::Zeek, zeek, true);
    check(Format::Json, zeek, true);
    check(Format::Suricata, zeek, false);
    check(Format::Syslog, syslog, true);
    check(Format::Zeek, syslog, false);
    check(Format::Windows, syslog, false);
    check(Format::Dhcpd, syslog, false);
    check(Format::Zeek, br#"{"ts":1}"#, true);
}

#[test]
fn what_cannot_be_read_is_told_with_its_reason() {
    let long = [b"{\"a\":\"".as_slice(), &vec![b'x'; LINE_BYTES_MAX], b"\"}"].concat();
    for (line, reason) in [
        (b"{\"a\":".as_slice(), Reason::Json),
        (b"{\"a\":\"\xff\"}", Reason::Utf8),
        (b"plain words", Reason::Format),
        (b"\0\0\0", Reason::Format),
        (b"26-Nov-2026 nonsense", Reason::Syntax),
        (b"<999>x", Reason::Syntax),
        (b"#fields", Reason::Header),
        (&long, Reason::TooLong),
    ] {
        let told = read(terms(""), &[line]);
        assert_eq!(told, [Owned::Unreadable(0, reason, line.to_vec())]);
    }
    assert_eq!(read(terms(""), &[b"", b"  \r", b"\xef\xbb\xbf"]), []);
    // A line in another character set is read, byte by byte.
    let told = read(terms(""), &[b"<13>Nov 26 08:03:13 ws1 x: caf\xe9"]);
    let Owned::Record(.., json) = &told[0] else {
        panic!("{told:?}")
    };
    assert!(String::from_utf8_lossy(json).contains("café"));
}

#[test]
fn the_first_lines_say_the_format() {
    let of = |lines: &[&[u8]]| sniff(lines.iter().copied(), &terms(""));
    assert_eq!(
        of(&[b"junk", b"<1>x", b"{}", b"<2>y"]),
        Some(Format::Syslog)
    );
    assert_eq!(
        of(&[b"type=SYSCALL msg=audit(1.000:1): a=1"]),
        Some(Format::Auditd)
    );
    assert_eq!(of(&[b"junk", b"", b"#separator \\x09"]), None);
}

#[test]
fn codes_name_one_thing_each() {
    for format in Format::ALL {
        assert_eq!(Format::from_code(format.code()), Some(format));
    }
    assert_eq!(Format::from_code("Zeek"), None);
}

/// Pieces of every format, so that damage is near to something that is read.
fn hostile() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let piece = prop::sample::select(vec![
        b"{".as_slice(),
        b"}",
        b"\"ts\":",
        b"\"_path\":\"x\"",
        b"\"EventID\":",
        b"\"winlog\":{",
        b"1",
        b",",
        b"<13>",
        b"1 ",
        b"Nov 26 08:03:13 ",
        b"2026-11-26T08:03:13Z ",
        b"ws1 ",
        b"named[1]: ",
        b"client 1.2.3.4#5: query: a IN A ",
        b"dnsmasq[1]: ",
        b"query[A] ",
        b"dhcpd: ",
        b"DHCPACK ",
        b"on ",
        b"via",
        b"type=SYSCALL ",
        b"type=PROCTITLE ",
        b"node=h ",
        b"msg=audit(1.0:1): ",
        b"msg='",
        b"a0=\"",
        b"=",
        b"'",
        b"\"",
        b"key=4141 ",
        b"#separator ",
        b"\\x09",
        b"#fields\t",
        b"ts",
        b"\t",
        b"#types\ttime",
        b"\xff",
        b"\0",
        b"\\",
        b" ",
        b"[x y=\"",
        b"] ",
        b"\xef\xbb\xbf",
        b"ID,Date,Time,Description,",
        b"10,11/26/26,08:03:13,",
        b"26-Nov-2026 08:03:13.1 ",
        b"[kea-x] ",
        b"dnsmasq-dhcp: DHCPACK(",
        b"\xc3\xa9",
    ]);
    let line = prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    prop::collection::vec(line, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever comes in, what goes out is one JSON object for each record, with each name once.
    #[test]
    fn records_are_valid_json(lines in hostile(), only in prop::option::of(prop::sample::select(Format::ALL.to_vec()))) {
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let forced = Terms { format: only, ..terms("conn.log") };
        for told in read(forced, &lines) {
            if let Owned::Record(_, format, kind, _, _, json) = told {
                let value: serde_json::Map<String, Value> = serde_json::from_slice(&json).unwrap();
                prop_assert!(!kind.is_empty());
                let is_as_it_came = lines.iter().any(|line| memchr::memmem::find(line, &json).is_some());
                if !is_as_it_came {
                    let mut names = 0;
                    json::object(&json, |_, _| names += 1).unwrap();
                    prop_assert_eq!(names, value.len(), "{:?}", format);
                }
            }
        }
    }

    /// Without joined records, each line that is not blank is told exactly once, where it began.
    #[test]
    fn no_line_is_lost(lines in prop::collection::vec("[ -~]{0,30}", 0..20)) {
        let plain: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        let told = read(terms(""), &plain);
        let ats: Vec<u64> = told.iter().map(|owned| match owned {
            Owned::Record(at, ..) | Owned::Unreadable(at, ..) => *at,
        }).collect();
        let meant: Vec<u64> = (0..).zip(&plain).filter(|(_, line)| {
            let line = line.trim_ascii();
            !line.is_empty() && !Reader::is_header(line)
        }).map(|(at, _)| at).collect();
        prop_assert_eq!(ats, meant);
    }
}

/// Asks for every name, by the length of its key.
#[derive(Debug)]
struct Everything;

impl Naming for Everything {
    fn outermost(&self) -> u32 {
        0
    }

    fn member(&self, _parent: u32, key: &[u8]) -> (u32, bool) {
        (u32::try_from(key.len()).unwrap(), true)
    }
}

#[test]
fn an_outline_comes_with_json_that_passes_unchanged_and_changes_nothing() {
    let lines: [(&[u8], Option<usize>); 6] = [
        (br#" {"ts":1.5,"uid":"C1","a":[1]}  "#, Some(4)),
        (br#"{"timestamp":"x","event_type":"alert","host":{"name":"h"}}"#, Some(4)),
        (br#"{"Channel":"Microsoft-Windows-Windows Defender/Operational","EventID":1,"EventData":{"Threat Name":"x"}}"#, None),
        (br#"{"a":1,}"#, None),
        (b"<13>1 2026-11-26T08:03:13Z host app - - - {\"ts\":1,\"uid\":\"C1\"}", None),
        (br#"{"a":1}"#, Some(1)),
    ];
    let mut reader = Reader::with_outline(terms("x.log"), Outline::new(Arc::new(Everything)));
    let mut plain = Reader::new(terms("x.log"));
    for (line, meant) in lines {
        let mut told = Vec::new();
        plain.line(0, line, &mut |_, it| told.push(format!("{it:?}")));
        reader.line(0, line, &mut |_, it| {
            let values = match &it {
                Told::Record(record) => record.values,
                Told::Unreadable { .. } => None,
            };
            assert_eq!(values.map(<[_]>::len), meant, "{it:?}");
            let unchanged = match it {
                Told::Record(record) => Told::Record(Record {
                    values: None,
                    ..record
                }),
                other => other,
            };
            assert_eq!(told, [format!("{unchanged:?}")]);
        });
    }
    assert!(reader.into_outline().is_some());
}
