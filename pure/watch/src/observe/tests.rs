use event::Event;
use proptest::prelude::*;

use super::places::Places;
use super::{Memory, Observer, Standing, house_line};
use crate::analytics::Observed;
use crate::source::Mapping;

const PLACES: &str = "establishment = \"north\"\n\
    [[network]]\ncidr = \"10.1.0.0/16\"\ntier = 1\n\
    [[network]]\ncidr = \"10.3.0.0/16\"\nestablishment = \"south\"\ntier = 3\n";

fn observer() -> Observer {
    Observer::new(&Mapping::built_in().unwrap(), Places::read(PLACES).unwrap())
}

/// Looks at lines, the n-th at second n and at position n.
fn look(lines: &[(&str, &str)]) -> Vec<String> {
    let (mut observer, mut memory) = (observer(), Memory::default());
    let mut told = Vec::new();
    for (position, (kind, json)) in (1_u64..).zip(lines) {
        let standing = Standing {
            kind,
            position,
            at_us: i64::try_from(position).unwrap() * 1_000_000,
        };
        let observed = observer.line(&mut memory, standing, json.as_bytes());
        told.extend(observed.iter().map(short));
    }
    told
}

/// One typed value in one line.
fn short(observed: &Observed) -> String {
    match observed {
        Observed::Access(it) => format!("access {} {} {:?}", it.person, it.patient, it.relation),
        Observed::Control(it) => format!(
            "control {} {:?} > {} {} {} {} @{}",
            it.source,
            it.source_tier,
            it.controller,
            it.controller_tier,
            it.protocol,
            it.point,
            it.place.establishment
        ),
        Observed::Dns(it) => format!("dns {} {} {}", it.source, it.name, it.is_absent),
        Observed::File(it) => format!(
            "file {:?} {}@{} {} {} {:?}",
            it.action, it.person, it.device, it.share, it.path, it.path_before
        ),
        Observed::Flow(it) => format!(
            "flow {} > {}:{} {:?} {:?} {}/{} {} {:?} #{}",
            it.source,
            it.destination,
            it.port,
            it.proto,
            it.state,
            it.bytes_out,
            it.bytes_in,
            it.duration_us,
            it.name,
            it.place.position
        ),
        Observed::Login(it) => format!(
            "login {} {} > {} {}",
            it.person, it.from, it.to, it.is_success
        ),
        Observed::Sighting(it) => format!("seen {} {:?} {}", it.kind, it.entity, it.subject),
    }
}

const CONN: &str = r#"{"ts":1.0,"uid":"C1","id.orig_h":"10.1.0.5","id.orig_p":50022,"id.resp_h":"203.0.113.9","id.resp_p":443,"proto":"tcp","service":"ssl","duration":1.5,"orig_bytes":60,"resp_bytes":900,"conn_state":"SF"}"#;
const SSL: &str =
    r#"{"ts":1.0,"uid":"C1","id.orig_h":"10.1.0.5","server_name":"Mail.Example.org"}"#;

#[test]
fn a_connection_is_told_again_with_its_name_whichever_came_first() {
    let device = "seen device Device 10.1.0.5";
    let domain = "seen destination Destination example.org";
    let plain = "flow 10.1.0.5 > 203.0.113.9:443 Tcp Answered 60/900 1500000 None #1";
    let named = plain.replace("None", "Some(\"mail.example.org\")");
    let told = look(&[("zeek.conn", CONN), ("zeek.ssl", SSL), ("zeek.ssl", SSL)]);
    assert_eq!(told, [device, plain, domain, &named, domain]);
    let told = look(&[("zeek.ssl", SSL), ("zeek.conn", CONN)]);
    let second = |text: &str| text.replace("#1", "#2");
    assert_eq!(told, [domain, device, &second(plain), &second(&named)]);
}

/// Each kind of line, and what it gives.
const TABLE: &[(&str, &str, &[&str])] = &[
    (
        "suricata.flow",
        r#"{"timestamp":"2026-11-26T09:00:00.000000+0100","flow_id":7,"event_type":"flow","src_ip":"10.1.0.5","dest_ip":"10.3.0.1","dest_port":23,"proto":"TCP","flow":{"pkts_toclient":1,"bytes_toserver":60,"bytes_toclient":54,"age":2,"start":"1970-01-01T01:00:00.500000+0100"},"tcp":{"rst":true}}"#,
        &[
            "seen device Device 10.1.0.5",
            "flow 10.1.0.5 > 10.3.0.1:23 Tcp Refused 60/54 2000000 None #1",
        ],
    ),
    (
        "zeek.dns",
        r#"{"id.orig_h":"10.1.0.5","query":"a.b.example.co.uk","rcode_name":"NXDOMAIN"}"#,
        &[
            "seen destination Destination example.co.uk",
            "dns 10.1.0.5 a.b.example.co.uk true",
        ],
    ),
    (
        "suricata.dns",
        r#"{"src_ip":"10.1.0.5","dns":{"type":"query","rrname":"printer.local"}}"#,
        &["dns 10.1.0.5 printer.local false"],
    ),
    (
        "suricata.dns",
        r#"{"src_ip":"10.1.0.5","dns":{"version":3,"type":"request","queries":[{"rrname":"example.org"}]}}"#,
        &[
            "seen destination Destination example.org",
            "dns 10.1.0.5 example.org false",
        ],
    ),
    (
        "suricata.dns",
        r#"{"src_ip":"10.1.0.53","dns":{"type":"answer","rrname":"example.org"}}"#,
        &[],
    ),
    (
        "dns",
        r#"{"dns.type":"query","source.ip":"10.1.0.5","dns.question.name":"host"}"#,
        &["dns 10.1.0.5 host false"],
    ),
    (
        "windows.sysmon.22",
        r#"{"Event":{"System":{"Computer":"WS1.north.example"},"EventData":{"QueryName":"example.org","QueryStatus":"9003"}}}"#,
        &[
            "seen destination Destination example.org",
            "dns ws1 example.org true",
        ],
    ),
    (
        "windows.security.4624",
        r#"{"winlog":{"computer_name":"SRV1.north.example","event_data":{"TargetUserName":"Ada","WorkstationName":"WS1","IpAddress":"10.1.0.5","LogonType":"3"}}}"#,
        &["seen account Person ada", "login ada ws1 > srv1 true"],
    ),
    (
        "windows.security.4624",
        r#"{"Computer":"SRV1","TargetUserName":"SRV1$","IpAddress":"::1"}"#,
        &[],
    ),
    (
        "windows.security.4624",
        r#"{"Computer":"SRV1","TargetUserName":"ada","IpAddress":"127.0.0.1"}"#,
        &["seen account Person ada"],
    ),
    (
        "windows.security.4625",
        r#"{"Computer":"SRV1","TargetUserName":"NORTH\\ada","IpAddress":"::ffff:10.1.0.5"}"#,
        &["login ada 10.1.0.5 > srv1 false"],
    ),
    (
        "zeek.ssh",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.3.0.1","auth_success":true}"#,
        &["login  10.1.0.5 > 10.3.0.1 true"],
    ),
    (
        "zeek.ssh",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.3.0.1"}"#,
        &[],
    ),
    (
        "zeek.rdp",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.3.0.1","cookie":"ada","result":"Success"}"#,
        &[
            "seen account Person ada",
            "login ada 10.1.0.5 > 10.3.0.1 true",
        ],
    ),
    (
        "linux.auditd",
        r#"{"type":["USER_LOGIN"],"acct":"root","addr":"10.1.0.5","res":"failed","host.hostname":"srv2"}"#,
        &["login root 10.1.0.5 > srv2 false"],
    ),
    (
        "syslog",
        r#"{"host.hostname":"srv2","process.name":"sshd","message":"Accepted publickey for ada from 10.1.0.5 port 50022 ssh2"}"#,
        &["seen account Person ada", "login ada 10.1.0.5 > srv2 true"],
    ),
    (
        "syslog",
        r#"{"host.hostname":"srv2","process.name":"sshd","message":"Failed password for invalid user from from 10.1.0.5 port 1"}"#,
        &["login from 10.1.0.5 > srv2 false"],
    ),
    (
        "zeek.smb_files",
        r#"{"id.orig_h":"10.1.0.5","action":"SMB::FILE_RENAME","path":"\\\\srv\\care","name":"a.locked","prev_name":"a.docx"}"#,
        &[r#"file Rename @10.1.0.5 \\srv\care a.locked Some("a.docx")"#],
    ),
    (
        "zeek.smb_files",
        r#"{"id.orig_h":"10.1.0.5","action":"SMB::FILE_OPEN","name":"a"}"#,
        &[],
    ),
    (
        "windows.security.5145",
        r#"{"Computer":"SRV1","SubjectUserName":"ada","IpAddress":"10.1.0.5","ShareName":"\\\\*\\care","RelativeTargetName":"a.docx","AccessMask":"0x120196"}"#,
        &[r"file Write ada@10.1.0.5 \\*\care a.docx None"],
    ),
    (
        "windows.sysmon.11",
        r#"{"Computer":"WS1","User":"NORTH\\Ada","TargetFilename":"C:\\a.locked"}"#,
        &[r"file Create ada@ws1  C:\a.locked None"],
    ),
    (
        "windows.sysmon.26",
        r#"{"Computer":"WS1","User":"NT AUTHORITY\\SYSTEM","TargetFilename":"C:\\a"}"#,
        &[r"file Delete @ws1  C:\a None"],
    ),
    (
        "windows.sysmon.1",
        r#"{"Computer":"WS1","User":"NORTH\\ada","CommandLine":"VSSADMIN.exe Delete Shadows /all /quiet"}"#,
        &["file ShadowCopyDelete ada@ws1   None"],
    ),
    (
        "windows.security.4688",
        r#"{"Computer":"WS1","SubjectUserName":"ada","CommandLine":"vssadmin list shadows"}"#,
        &[],
    ),
    (
        "zeek.modbus",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.3.0.1","func":"WRITE_SINGLE_REGISTER","unit":1}"#,
        &["control 10.1.0.5 Some(1) > 10.3.0.1 3 modbus 1/write_single_register @south"],
    ),
    (
        "zeek.modbus",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.3.0.1","func":"READ_COILS"}"#,
        &[],
    ),
    (
        "zeek.bacnet_property",
        r#"{"id.orig_h":"10.9.0.5","id.resp_h":"10.3.0.1","pdu_service":"write_property","object_type":"analog-output","instance_number":3,"property":"present-value"}"#,
        &["control 10.9.0.5 None > 10.3.0.1 3 bacnet analog-output/3/present-value @south"],
    ),
    (
        "zeek.dnp3",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.1.0.9","fc_request":"DIRECT_OPERATE"}"#,
        &["control 10.1.0.5 Some(1) > 10.1.0.9 1 dnp3 direct_operate @north"],
    ),
    ("zeek.conn", "no json", &[]),
    ("zeek.weird", "{}", &[]),
];

#[test]
fn lines_give_typed_values() {
    for (kind, json, expected) in TABLE {
        assert_eq!(&look(&[(kind, json)]), expected, "{kind} {json}");
    }
}

#[test]
fn an_address_is_known_by_the_host_that_used_it() {
    let lease = r#"{"event.action":"DHCPACK","client.ip":"10.1.0.6","client.hostname":"WS2"}"#;
    let own = r#"{"Computer":"WS1.north","SourceIp":"10.1.0.5","Initiated":"true"}"#;
    let claim = r#"{"Computer":"SRV1","TargetUserName":"ada","WorkstationName":"DC1","IpAddress":"10.1.0.5"}"#;
    let share = r#"{"Computer":"SRV1","SubjectUserName":"ada","IpAddress":"10.1.0.6","RelativeTargetName":"a","AccessMask":"0x2"}"#;
    let told = look(&[
        ("dhcp", lease),
        ("windows.sysmon.3", own),
        ("windows.security.4624", claim),
        ("windows.security.5145", share),
    ]);
    assert_eq!(
        told,
        [
            "seen account Person ada",
            "login ada ws1 > srv1 true",
            "file Write ada@ws2  a None"
        ]
    );
}

/// A kept access: permitted by the reasons, with these patients.
fn access(reasons: &str, glass: &str, outcome: &str) -> Event {
    let json = format!(
        r#"{{"event":"access","request":"r1","actor":{{"person":"dr-ada","establishments":["chu"],"session":"s1","ip":"10.1.0.5"}},"asked":{{"service":"fhir","action":"read","purpose":"TREAT","resource_type":"Observation"}},"outcome":"{outcome}","reasons":[{reasons}],"policies":[],"policy_set":"0"{glass},"disclosed":{{"patients":[{{"pseudonym":"p1","sealed":"x"}},{{"pseudonym":"p2","sealed":"y"}}],"resources":2,"withheld":0}},"status":200}}"#
    );
    Event::from_bytes(json.as_bytes()).unwrap()
}

#[test]
fn a_permit_opens_the_record_of_each_patient_with_its_relation() {
    let table = [
        (r#""care-team""#, "", "Treating"),
        (r#""current-encounter""#, "", "Unit"),
        (r#""staff""#, "", "None"),
        (r#""care-team""#, r#","glass":"g1""#, "BreakGlass"),
    ];
    for (reasons, glass, relation) in table {
        let observed = observer().house(&access(reasons, glass, "permit"), 5, 7);
        let told: Vec<String> = observed.iter().map(short).collect();
        let expected = [
            "seen account Person dr-ada".to_owned(),
            format!("access dr-ada p1 {relation}"),
            format!("access dr-ada p2 {relation}"),
        ];
        assert_eq!(told, expected);
    }
    assert!(
        observer()
            .house(&access("", "", "refusal"), 5, 7)
            .is_empty()
    );
    assert!(observer().house(&Event::Stopped, 5, 7).is_empty());
}

#[test]
fn rules_see_the_house_without_sealed_names() {
    let line = house_line(&access(r#""care-team""#, "", "permit")).unwrap();
    assert_eq!(line.hint, "hygie.access");
    assert_eq!(
        String::from_utf8(line.json).unwrap(),
        r#"{"person":"dr-ada","establishment":["chu"],"session":"s1","ip":"10.1.0.5","service":"fhir","action":"read","purpose":"TREAT","resource_type":"Observation","outcome":"permit","reason":["care-team"],"patient":["p1","p2"],"patients":2,"resources":2,"withheld":0,"status":200}"#
    );
    assert_eq!(house_line(&Event::Stopped), None);
}

/// Kinds that are looked at.
const KINDS: [&str; 24] = [
    "zeek.conn",
    "zeek.ssl",
    "zeek.http",
    "zeek.dns",
    "zeek.dhcp",
    "zeek.modbus",
    "zeek.dnp3",
    "zeek.bacnet",
    "zeek.ssh",
    "zeek.rdp",
    "zeek.smb_files",
    "suricata.flow",
    "suricata.tls",
    "suricata.dns",
    "dns",
    "dhcp",
    "windows.sysmon.1",
    "windows.sysmon.3",
    "windows.sysmon.11",
    "windows.sysmon.22",
    "windows.security.4624",
    "windows.security.5145",
    "linux.auditd",
    "syslog",
];

proptest! {
    /// No value of any field stops an observer, and none gets longer than it may.
    #[test]
    fn any_values_give_something_or_nothing(
        kind in proptest::sample::select(&KINDS),
        value in prop_oneof![".{0,400}", "[0-9.:a-fxT+-]{0,40}", "SMB::FILE_RENAME|query|DHCPACK|true|S0"],
        raw in proptest::collection::vec(any::<u8>(), 0..200),
        at_us in any::<i64>(),
    ) {
        let names = [
            "uid", "id.orig_h", "id.resp_h", "id.resp_p", "proto", "duration", "conn_state",
            "query", "server_name", "host", "auth_success", "result", "cookie", "action", "name",
            "func", "pdu_service", "fc_request", "src_ip", "dest_ip", "flow_id", "tls.sni",
            "dns.type", "dns.rrname", "source.ip", "client.ip", "event.action", "Computer",
            "TargetUserName", "IpAddress", "AccessMask", "QueryName", "TargetFilename",
            "CommandLine", "SourceIp", "Initiated", "message", "type", "acct", "addr", "res",
            "flow.start", "flow.age",
        ];
        let text = serde_json::Value::String(value);
        let members: Vec<String> = names.iter().map(|name| format!("\"{name}\":{text}")).collect();
        let line = format!("{{{}}}", members.join(","));
        let (mut observer, mut memory) = (observer(), Memory::default());
        for json in [line.as_bytes(), &raw] {
            let standing = Standing { kind, position: 1, at_us };
            for one in observer.line(&mut memory, standing, json) {
                let told = serde_json::to_string(&one).unwrap();
                prop_assert!(told.len() < 20_000, "{told}");
            }
        }
    }
}
