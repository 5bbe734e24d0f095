//! `hygie detect` as an analyst runs it: rules and files of events in, findings out, no data folder.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{printed, run};

const RULE: &str = r"
title: A script host started by a mail program
id: 7b1f3f0c-1c1e-4d0b-9d53-6c1f5a3f9a10
status: test
author: The Hygie authors
level: high
tags: [attack.execution, attack.t1059.005]
logsource: { product: windows, category: process_creation }
detection:
  selection:
    ParentImage|endswith: '\outlook.exe'
    Image|endswith: ['\wscript.exe', '\cscript.exe']
  filter:
    CommandLine|contains: '\signature\'
  condition: selection and not filter
";

const OF_ZEEK: &str = r"
title: A name of the test zone
id: 0e4bfb0e-5d5a-4a0e-8a4e-2b3c4d5e6f70
level: low
logsource: { product: zeek, service: dns }
detection:
  selection: { query|endswith: '.test.example' }
  condition: selection
";

/// A rule that asks for what this engine does not do must be told, never weakened.
const UNKNOWN_MODIFIER: &str = r"
title: Asks for what nobody knows
logsource: { product: windows }
detection:
  selection: { Image|sounds_like: 'wscript' }
  condition: selection
";

fn process(parent: &str, image: &str, command: &str) -> Value {
    json!({ "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational",
        "UtcTime": "2026-03-02 10:00:00.000", "Computer": "ward-1",
        "ParentImage": parent, "Image": image, "CommandLine": command })
}

fn events(folder: &Path) {
    let office = r"C:\Program Files\Office\OUTLOOK.EXE";
    let script = r"C:\Windows\System32\wscript.exe";
    let lines = [
        process(office, script, "wscript.exe invoice.vbs").to_string(),
        process(office, script, r"wscript.exe C:\signature\a.vbs").to_string(),
        process(r"C:\Windows\explorer.exe", script, "wscript.exe a.vbs").to_string(),
        "{ this is no event".to_owned(),
    ];
    fs::write(folder.join("sysmon.json"), lines.join("\n")).unwrap();
    let zeek = "#separator \\x09\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tquery\n\
        #types\ttime\tstring\taddr\tstring\n\
        1772445600.5\tC1\t10.0.0.7\tabc.test.example\n\
        1772445601.5\tC2\t10.0.0.7\twww.example.org\n";
    let file = fs::File::create(folder.join("dns.log.gz")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packed.write_all(zeek.as_bytes()).unwrap();
    packed.finish().unwrap();
}

#[test]
fn rules_over_files_tell_findings_with_where_they_are() {
    let place = tempfile::tempdir().unwrap();
    let (rules, logs) = (place.path().join("rules"), place.path().join("logs"));
    fs::create_dir_all(&rules).unwrap();
    fs::create_dir_all(&logs).unwrap();
    for (name, rule) in [
        ("a.yml", RULE),
        ("b.yml", OF_ZEEK),
        ("c.yml", UNKNOWN_MODIFIER),
    ] {
        fs::write(rules.join(name), rule).unwrap();
    }
    events(&logs);
    let arguments = ["detect", "--json", "--rules"];
    let [rules, logs] = [&rules, &logs].map(|path| path.to_str().unwrap());
    let output = run(&[&arguments[..], &[rules, logs]].concat());
    assert_eq!(output.status.code(), Some(0));
    let found: Vec<Value> = printed(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<(&str, u64)> = found
        .iter()
        .map(|it| (it["title"].as_str().unwrap(), it["at"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("A name of the test zone", 88),
            ("A script host started by a mail program", 0),
        ]
    );
    let script = &found[1];
    assert_eq!(script["level"], "high");
    assert_eq!(script["techniques"], json!(["T1059.005"]));
    assert_eq!(script["author"], "The Hygie authors");
    assert_eq!(
        script["fields"]["Image"],
        r"C:\Windows\System32\wscript.exe"
    );
    assert!(script["source"].as_str().unwrap().ends_with("sysmon.json"));
    let complaints = String::from_utf8(output.stderr).unwrap();
    for told in [
        "Asks for what nobody knows",
        "sounds_like",
        "sysmon.json@",
        "2 rules of 3 files",
    ] {
        assert!(complaints.contains(told), "{told}: {complaints}");
    }
}

const GUESSES: &str = r"
title: A wrong password
id: 5d0f5b0b-0c1e-4a0f-9a6e-7a1b2c3d4e5f
name: wrong_password
level: low
logsource: { product: windows, service: security }
detection:
  selection: { EventID: 4625 }
  condition: selection
---
title: Many wrong passwords of one account
id: 2f7c1d52-6a35-4b7e-8a39-1f6c9b0f8e11
author: The Hygie authors
tags: [attack.t1110]
level: high
correlation:
  type: event_count
  rules: [wrong_password]
  group-by: [TargetUserName]
  timespan: 10m
  condition: { gte: 3 }
";

/// Two files whose times lie in each other: the correlation sees one stretch of time.
#[test]
fn correlations_join_what_lies_in_several_files() {
    let place = tempfile::tempdir().unwrap();
    let logs = place.path().join("logs");
    fs::create_dir_all(&logs).unwrap();
    let rules = place.path().join("guesses.yml");
    fs::write(&rules, GUESSES).unwrap();
    let guess = |user: &str, minute: u32| {
        let time = format!("2026-03-02T10:{minute:02}:00.000Z");
        json!({ "EventID": 4625, "Channel": "Security", "TargetUserName": user,
            "@timestamp": time, "Computer": "ward-1" })
        .to_string()
    };
    let first = [guess("ada", 0), guess("eve", 1), guess("ada", 8)];
    let second = [guess("ada", 4), guess("eve", 30), guess("eve", 45)];
    fs::write(logs.join("a.json"), first.join("\n")).unwrap();
    fs::write(logs.join("b.json"), second.join("\n")).unwrap();
    let paths = [&rules, &logs].map(|path| path.to_str().unwrap());
    let output = run(&["detect", "--json", "--rules", paths[0], paths[1]]);
    let found: Vec<Value> = printed(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // The single guesses are told through the correlation alone.
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["title"], "Many wrong passwords of one account");
    assert_eq!(found[0]["group"], json!({ "TargetUserName": "ada" }));
    assert_eq!(found[0]["count"], 3);
    assert_eq!(found[0]["events"], json!([1, 3, 4]));
    assert_eq!(found[0]["counted"], "exact");
    assert_eq!(found[0]["techniques"], json!(["T1110"]));
}
