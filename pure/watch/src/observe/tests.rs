use event::Event;
use proptest::prelude::*;

use super::places::Places;
use super::{LOOKS, Memory, Observer, Standing, house_line, kinds};
use crate::analytics::Observed;
use crate::source::Mapping;

const PLACES: &str = "establishment = \"north\"\n\
    [[network]]\ncidr = \"10.1.0.0/16\"\ntier = 1\n\
    [[network]]\ncidr = \"10.3.0.0/16\"\nestablishment = \"south\"\ntier = 3\n\
    [[network]]\ncidr = \"198.51.100.0/24\"\noutside = true\nlatitude = 48.85\nlongitude = 2.35\n";

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
            "flow {} > {}:{} {:?} {:?} {}/{} {} {:?} #{} at {}",
            it.source,
            it.destination,
            it.port,
            it.proto,
            it.state,
            it.bytes_out,
            it.bytes_in,
            it.duration_us,
            it.name,
            it.place.position,
            it.place.at_us
        ),
        Observed::Login(it) => {
            let whence = it.location_udeg.map(|at| format!(" {at:?}"));
            format!(
                "login {} {} > {} {}{}",
                it.person,
                it.from,
                it.to,
                it.is_success,
                whence.unwrap_or_default()
            )
        }
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
    let plain = "flow 10.1.0.5 > 203.0.113.9:443 Tcp Answered 60/900 1500000 None #1 at 1000000";
    let named = plain.replace("None", "Some(\"mail.example.org\")");
    let told = look(&[("zeek.conn", CONN), ("zeek.ssl", SSL), ("zeek.ssl", SSL)]);
    assert_eq!(told, [device, plain, domain, &named, domain]);
    let told = look(&[("zeek.ssl", SSL), ("zeek.conn", CONN)]);
    let second = |text: &str| text.replace("#1 at 1", "#2 at 2");
    assert_eq!(told, [domain, device, &second(plain), &second(&named)]);
}

/// Each kind of line, and what it gives.
const TABLE: &[(&str, &str, &[&str])] = &[
    (
        "suricata.flow",
        r#"{"timestamp":"2026-11-26T09:00:00.000000+0100","flow_id":7,"event_type":"flow","src_ip":"10.1.0.5","dest_ip":"10.3.0.1","dest_port":23,"proto":"TCP","flow":{"pkts_toclient":1,"bytes_toserver":60,"bytes_toclient":54,"age":2,"start":"1970-01-01T01:00:00.500000+0100"},"tcp":{"rst":true}}"#,
        &[
            "seen device Device 10.1.0.5",
            "flow 10.1.0.5 > 10.3.0.1:23 Tcp Refused 60/54 2000000 None #1 at 500000",
        ],
    ),
    // Without its beginning it is the age that tells.
    (
        "suricata.flow",
        r#"{"src_ip":"203.0.113.9","dest_ip":"10.3.0.1","proto":"UDP","flow":{"age":3,"start":"then"}}"#,
        &["flow 203.0.113.9 > 10.3.0.1:0 Udp Unanswered 0/0 3000000 None #1 at -2000000"],
    ),
    (
        "zeek.http",
        r#"{"uid":"C1","id.orig_h":"10.1.0.5","host":"WWW.Example.org:8080"}"#,
        &["seen destination Destination example.org"],
    ),
    (
        "zeek.http",
        r#"{"uid":"C1","id.orig_h":"10.1.0.5","host":"203.0.113.9:8080"}"#,
        &[],
    ),
    (
        "zeek.http",
        r#"{"uid":"C1","id.orig_h":"10.1.0.5","host":"[2001:db8::1]:8080"}"#,
        &[],
    ),
    (
        "zeek.ssl",
        r#"{"uid":"C1","id.orig_h":"10.1.0.5","server_name":"2001:DB8::1"}"#,
        &[],
    ),
    (
        "suricata.http",
        r#"{"flow_id":7,"src_ip":"10.1.0.5","http":{"hostname":"a.example.org"},"tls":{"sni":"b.example.net"}}"#,
        &["seen destination Destination example.org"],
    ),
    (
        "suricata.tls",
        r#"{"flow_id":7,"src_ip":"10.1.0.5","http":{"hostname":"a.example.org"},"tls":{"sni":"b.example.net"}}"#,
        &["seen destination Destination example.net"],
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
        "ecs",
        r#"{"event.category":["session","authentication"],"event.outcome":"success","user.name":"NORTH\\Ada","source":{"ip":"203.0.113.9","geo":{"location":{"lat":-33.87,"lon":151.2}}},"service.name":"VPN"}"#,
        &[
            "seen account Person ada",
            "login ada 203.0.113.9 > vpn true (-33870000, 151200000)",
        ],
    ),
    // The table of places goes before what the line says.
    (
        "ecs",
        r#"{"event.category":"authentication","event.outcome":"failure","user.name":"ada","source.ip":"198.51.100.7","source.geo.location.lat":"1","source.geo.location.lon":"1"}"#,
        &["login ada 198.51.100.7 >  false (48850000, 2350000)"],
    ),
    (
        "ecs",
        r#"{"event.category":"authentication","event.outcome":"unknown","user.name":"ada","source.ip":"198.51.100.7"}"#,
        &[],
    ),
    (
        "ecs",
        r#"{"event.category":"process","event.outcome":"success","user.name":"ada","source.ip":"198.51.100.7"}"#,
        &[],
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
        "syslog",
        r#"{"host.hostname":"srv2","process.name":"sshd-session","message":"Failed password for ada from 10.1.0.5 port 1 ssh2"}"#,
        &["login ada 10.1.0.5 > srv2 false"],
    ),
    (
        "syslog",
        r#"{"host.hostname":"srv2","process.name":"su","message":"Failed password for ada from 10.1.0.5 port 1 ssh2"}"#,
        &[],
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
        "windows.sysmon.23",
        r#"{"Computer":"WS1","User":"NORTH\\Ada","TargetFilename":"C:\\b"}"#,
        &[r"file Delete ada@ws1  C:\b None"],
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
        "zeek.modbus",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.3.0.1","func":"WRITE_SINGLE_COIL","pdu_type":"RESP"}"#,
        &[],
    ),
    (
        "zeek.modbus",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.3.0.1","func":"WRITE_SINGLE_COIL","pdu_type":"REQ","unit":1,"address":9}"#,
        &["control 10.1.0.5 Some(1) > 10.3.0.1 3 modbus 1/9 @south"],
    ),
    (
        "zeek.bacnet",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.3.0.1","pdu_type":"CONFIRMED_REQUEST","pdu_service":"write_property"}"#,
        &["control 10.1.0.5 Some(1) > 10.3.0.1 3 bacnet write_property @south"],
    ),
    (
        "zeek.bacnet",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.3.0.1","pdu_type":"CONFIRMED_REQUEST","pdu_service":"atomic_write_file"}"#,
        &["control 10.1.0.5 Some(1) > 10.3.0.1 3 bacnet atomic_write_file @south"],
    ),
    (
        "zeek.bacnet",
        r#"{"id.orig_h":"10.3.0.1","id.resp_h":"10.1.0.5","pdu_type":"SIMPLE_ACK","pdu_service":"write_property"}"#,
        &[],
    ),
    (
        "zeek.bacnet",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.3.0.1","pdu_type":"CONFIRMED_REQUEST","pdu_service":"read_property"}"#,
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
    (
        "zeek.dnp3",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.1.0.9","fc_request":"STOP_APPL"}"#,
        &["control 10.1.0.5 Some(1) > 10.1.0.9 1 dnp3 stop_appl @north"],
    ),
    (
        "zeek.dnp3",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.1.0.9","fc_request":"START_APPL"}"#,
        &["control 10.1.0.5 Some(1) > 10.1.0.9 1 dnp3 start_appl @north"],
    ),
    (
        "zeek.dnp3",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.1.0.9","fc_request":"INITIALIZE_APPL"}"#,
        &["control 10.1.0.5 Some(1) > 10.1.0.9 1 dnp3 initialize_appl @north"],
    ),
    (
        "zeek.dnp3",
        r#"{"id.orig_h":"10.1.0.5","id.resp_h":"10.1.0.9","fc_request":"READ"}"#,
        &[],
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
    let zeek_lease = r#"{"host_name":"WS3","assigned_addr":"10.1.0.7"}"#;
    let share_3 = r#"{"Computer":"SRV1","SubjectUserName":"ada","IpAddress":"10.1.0.7","RelativeTargetName":"a","AccessMask":"0x2"}"#;
    let own = r#"{"Computer":"WS1.north","SourceIp":"10.1.0.5","Initiated":"true"}"#;
    let claim = r#"{"Computer":"SRV1","TargetUserName":"ada","WorkstationName":"DC1","IpAddress":"10.1.0.5"}"#;
    let share = r#"{"Computer":"SRV1","SubjectUserName":"ada","IpAddress":"10.1.0.6","RelativeTargetName":"a","AccessMask":"0x2"}"#;
    let told = look(&[
        ("dhcp", lease),
        ("zeek.dhcp", zeek_lease),
        ("windows.sysmon.3", own),
        ("windows.security.4624", claim),
        ("windows.security.5145", share),
        ("windows.security.5145", share_3),
    ]);
    assert_eq!(
        told,
        [
            "seen account Person ada",
            "login ada ws1 > srv1 true",
            "file Write ada@ws2  a None",
            "file Write ada@ws3  a None"
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

#[test]
fn kinds_are_in_order_and_each_once() {
    assert!(LOOKS.is_sorted_by(|(one, _), (next, _)| one < next));
    let table: std::collections::BTreeSet<&str> = TABLE.iter().map(|(kind, ..)| *kind).collect();
    let elsewhere = ["dhcp", "windows.sysmon.3", "zeek.conn", "zeek.dhcp"];
    for kind in kinds() {
        let is_tested = table.contains(kind) || elsewhere.contains(&kind);
        assert!(is_tested, "{kind} has no row");
    }
}

/// Fields that observers ask for.
const FIELDS: [&str; 72] = [
    "uid",
    "id.orig_h",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "service",
    "duration",
    "orig_bytes",
    "conn_state",
    "query",
    "rcode_name",
    "server_name",
    "host",
    "host_name",
    "assigned_addr",
    "auth_success",
    "result",
    "cookie",
    "action",
    "path",
    "name",
    "prev_name",
    "func",
    "unit",
    "address",
    "pdu_type",
    "pdu_service",
    "object_type",
    "fc_request",
    "flow_id",
    "src_ip",
    "dest_ip",
    "dest_port",
    "app_proto",
    "flow.start",
    "flow.age",
    "tcp.rst",
    "tls.sni",
    "http.hostname",
    "dns.type",
    "dns.rrname",
    "dns.question.name",
    "source.ip",
    "client.ip",
    "client.hostname",
    "host.hostname",
    "process.name",
    "message",
    "event.action",
    "event.category",
    "event.outcome",
    "user.name",
    "service.name",
    "source.geo.location.lat",
    "source.geo.location.lon",
    "Computer",
    "TargetUserName",
    "SubjectUserName",
    "User",
    "WorkstationName",
    "IpAddress",
    "ShareName",
    "RelativeTargetName",
    "AccessMask",
    "QueryName",
    "TargetFilename",
    "CommandLine",
    "SourceIp",
    "Initiated",
    "type",
    "acct",
    "addr",
];

/// Values that some field must have for its line to give anything.
const TELLING: &[&str] = &[
    "10.1.0.5",
    "2001:db8::1",
    "tcp",
    "443",
    "SF",
    "query",
    "request",
    "DHCPACK",
    "true",
    "success",
    "authentication",
    "SMB::FILE_RENAME",
    "WRITE_SINGLE_COIL",
    "write_property",
    "OPERATE",
    "USER_LOGIN",
    "sshd",
    "ws1.example.org",
    "0x2",
    "2026-11-26T08:03:13.123456+0100",
    "Accepted password for ada from 10.1.0.5 port 1 ssh2",
    "vssadmin delete shadows",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => ".{0,400}",
        2 => "[0-9.:a-fxT+-]{0,40}",
        6 => proptest::sample::select(TELLING).prop_map(str::to_owned),
    ]
}

proptest! {
    /// No values of the fields stop an observer, and none gets longer than it may.
    #[test]
    fn any_values_give_something_or_nothing(
        kind in proptest::sample::select(kinds().collect::<Vec<_>>()),
        values in proptest::collection::vec(value(), FIELDS.len()),
        raw in proptest::collection::vec(any::<u8>(), 0..200),
        at_us in any::<i64>(),
    ) {
        let members: Vec<String> = FIELDS
            .iter()
            .zip(values)
            .map(|(name, value)| format!("\"{name}\":{}", serde_json::Value::String(value)))
            .collect();
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
