use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::*;

fn terms() -> Terms {
    Terms {
        format: None,
        name: String::new(),
        zone: TimeZone::UTC,
        // 2026-11-26T12:00:00Z
        reference_us: 1_795_694_400_000_000,
    }
}

fn read(line: &str) -> Option<Value> {
    let message = parse(line, &terms())?;
    let mut out = Vec::new();
    let record = message.record(&mut out);
    Some(serde_json::from_slice(&record.json).unwrap())
}

#[test]
fn the_new_form_is_read_whole() {
    let line = "<165>1 2026-11-26T08:03:13.003Z mx1.example.org evntslog 12 ID47 \
        [ex@32473 iut=\"3\" note=\"a \\\"b\\\" \\] \\c\"][meta ip=\"192.0.2.1\" ip=\"192.0.2.2\"] \u{feff}An event é";
    let meant = json!({
        "@timestamp": "2026-11-26T08:03:13.003Z", "host.hostname": "mx1.example.org",
        "process.name": "evntslog", "process.pid": "12", "log.syslog.msgid": "ID47",
        "log.syslog.facility.code": 20, "log.syslog.severity.code": 5,
        "log.syslog.structured_data.ex@32473.iut": "3",
        "log.syslog.structured_data.ex@32473.note": "a \"b\" ] \\c",
        "log.syslog.structured_data.meta.ip": ["192.0.2.1", "192.0.2.2"],
        "message": "An event é",
    });
    assert_eq!(read(line), Some(meant));
    let least =
        json!({"log.syslog.facility.code": 0, "log.syslog.severity.code": 0, "message": ""});
    assert_eq!(read("<0>1 - - - - - -"), Some(least));
}

#[test]
fn the_old_form_is_read() {
    for (line, host, app, process, text) in [
        (
            "<34>Nov 26 08:03:13 ws1 su[7]: 'su root' failed",
            "ws1",
            "su",
            "7",
            "'su root' failed",
        ),
        (
            "<34>Nov 26 08:03:13 ws1 CEF:0|v|p|1|2|n|5|src=192.0.2.1",
            "ws1",
            "CEF",
            "",
            "0|v|p|1|2|n|5|src=192.0.2.1",
        ),
        (
            "Nov  6 08:03:13 dnsmasq[3]: started",
            "",
            "dnsmasq",
            "3",
            "started",
        ),
        (
            "2026-11-26T08:03:13.5+00:00 ws1 sshd-session[9]: x",
            "ws1",
            "sshd-session",
            "9",
            "x",
        ),
        (
            "2026-11-26 08:03:13 fe80::1 kernel: y",
            "fe80::1",
            "kernel",
            "",
            "y",
        ),
        ("<13>no time at all", "", "", "", "no time at all"),
        (
            "<13>Nov 26 08:03:13 ws1 date=2026 devname=\"fw\"",
            "ws1",
            "",
            "",
            "date=2026 devname=\"fw\"",
        ),
    ] {
        let message = parse(line, &terms()).unwrap();
        let told = (message.host, message.app, message.process, message.text);
        assert_eq!(told, (host, app, process, text), "{line}");
        assert_eq!(message.priority.is_some(), line.starts_with('<'), "{line}");
    }
    let message = parse("<34>Nov 26 08:03:13 ws1 x", &terms()).unwrap();
    assert_eq!(message.time_us, Some(1_795_680_193_000_000));
}

#[test]
fn what_is_no_message_is_none() {
    for line in [
        "",
        "<>x",
        "<192>Nov 26 08:03:13 ws1 x",
        "<1234>x",
        "<-1>x",
        "some text",
        "2026-99-26T08:03:13Z ws1 x",
    ] {
        assert_eq!(parse(line, &terms()), None, "{line}");
    }
    // What fails as the new form is a message of the old one, and nothing of it is lost.
    let broken = read("<165>1 2026-11-26T08:03:13Z h a - - [x y=\"1] open").unwrap();
    assert_eq!(
        broken["message"],
        "1 2026-11-26T08:03:13Z h a - - [x y=\"1] open"
    );
}

#[test]
fn hostile_lengths_are_bounded() {
    let many = format!(
        "<1>1 - - - - - [x{}] m",
        " a=\"b\"".repeat(SYSLOG_DATA_MAX + 1)
    );
    assert!(parse(&many, &terms()).unwrap().data.is_empty());
    let elements = format!("<1>1 - - - - - {} m", "[x]".repeat(SYSLOG_DATA_MAX + 1));
    assert!(parse(&elements, &terms()).unwrap().data.is_empty());
}
