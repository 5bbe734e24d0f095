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
