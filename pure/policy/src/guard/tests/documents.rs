//! Documents that are refused say which key, and what may stand there.

use super::*;

const GOOD: &str = r#"
[[conduits]]
name = "air"
protocol = "bacnet"
clients = ["10.0.0.0/8"]
devices = ["10.9.0.0/16"]
fail = "closed"
owner = "o"
reason = "r"
refuse = "exception"
[[conduits.allow]]
id = "w"
from = ["*.*.*.100"]
access = ["write"]
functions = ["write-property", 16]
[[conduits.allow.points]]
space = "analog-value"
property = "present-value"
address = "1-20"
minimum = 10
maximum = 30
step_max = 2
interval_ms_min = 1000
"#;

fn refused(text: &str) -> String {
    match GuardDocument::from_toml(text).and_then(|document| Guard::new(&document)) {
        Ok(_) => panic!("read: {text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn every_fault_names_its_key() {
    assert!(GuardDocument::from_toml(GOOD).is_ok());
    for (from, to, says) in [
        ("name = \"air\"", "name = \"a b\"", "conduits[0].name"),
        (
            "\"bacnet\"",
            "\"knx\"",
            "expected one of `bacnet`, `dicom`, `modbus`",
        ),
        ("\"closed\"", "\"maybe\"", "expected `closed` or `open`"),
        (
            "\"exception\"",
            "\"acknowledge\"",
            "expected `drop` or `exception`",
        ),
        ("owner = \"o\"\n", "", "missing field `owner`"),
        (
            "owner = \"o\"",
            "owner = \"o\"\nowners = 1",
            "unknown field `owners`",
        ),
        ("reason = \"r\"", "reason = \" \"", "conduits[0].reason"),
        ("[\"10.0.0.0/8\"]", "[\"10.0.0.1/8\"]", "10.0.0.1/8"),
        ("[\"10.0.0.0/8\"]", "[\"10.0.0.0/33\"]", "10.0.0.0/33"),
        ("[\"10.0.0.0/8\"]", "[]", "conduits[0].clients"),
        ("*.*.*.100", "*.*.100", "*.*.100"),
        ("*.*.*.100", "*.*.*.+1", "*.*.*.+1"),
        ("access = [\"write\"]", "access = []", "allow[0].access"),
        (
            "access = [\"write\"]",
            "access = [\"read\"]",
            "allow[0].points",
        ),
        ("write-property", "write-proprety", "functions[0]"),
        (", 16]", ", 18]", "functions[1]"),
        (", 16]", ", \"umas\"]", "functions[1]"),
        (
            "access = [\"write\"]",
            "access = [\"write\"]\nunits = [1]",
            "allow[0].units",
        ),
        (
            "access = [\"write\"]",
            "access = [\"write\"]\npriorities = [2]",
            "allow[0].priorities",
        ),
        (
            "access = [\"write\"]",
            "access = [\"write\"]\npriorities = [17]",
            "allow[0].priorities",
        ),
        (
            "access = [\"write\"]",
            "access = [\"write\"]\nhours = [\"7:00-19:00\"]",
            "7:00-19:00",
        ),
        (
            "access = [\"write\"]",
            "access = [\"write\"]\nhours = [\"07:00-07:00\"]",
            "07:00-07:00",
        ),
        (
            "access = [\"write\"]",
            "access = [\"write\"]\nlifetime_s_max = 0",
            "allow[0].lifetime_s_max",
        ),
        (
            "access = [\"write\"]",
            "access = [\"write\"]\nservices = [\"s\"]\napproval = \"act\"",
            "allow[0].approval",
        ),
        (
            "from = [\"*.*.*.100\"]",
            "life_safety = true",
            "allow[0].from",
        ),
        ("analog-value", "analogue-value", "points[0].space"),
        ("present-value", "present", "points[0].property"),
        ("\"1-20\"", "\"20-1\"", "20-1"),
        ("\"1-20\"", "4194304", "points[0].address"),
        ("minimum = 10", "minimum = 31", "points[0].minimum"),
        ("minimum = 10", "minimum = nan", "points[0].minimum"),
        ("step_max = 2", "step_max = 0", "points[0].step_max"),
        ("interval_ms_min = 1000", "", "points[0].interval_ms_min"),
        (
            "interval_ms_min = 1000",
            "interval_ms_min = 0",
            "points[0].interval_ms_min",
        ),
        (
            "[[conduits]]",
            "time_zone = \"Paris\"\n[[conduits]]",
            "time_zone",
        ),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let said = refused(&GOOD.replacen(from, to, 1));
        assert!(said.contains(says), "{to}: {said}");
    }
}

#[test]
fn what_stands_there_twice() {
    let conduit = GOOD.trim_start();
    assert!(refused(&format!("{conduit}{conduit}")).contains("conduits[1].name"));
    let (_, rule) = GOOD.split_once("[[conduits.allow]]").unwrap();
    assert!(refused(&format!("{GOOD}[[conduits.allow]]{rule}")).contains("allow[1].id"));
    let point = "[[conduits.allow.points]]\nspace = \"analog-value\"\naddress = \"20-30\"\n";
    assert!(refused(&format!("{GOOD}{point}")).contains("allow[0].points"));
    let point = format!("{point}property = 85");
    assert!(refused(&format!("{GOOD}{point}")).contains("allow[0].points"));
    let other = point.replace("85", "\"object-name\"");
    assert!(Guard::new(&GuardDocument::from_toml(&format!("{GOOD}{other}")).unwrap()).is_ok());
}

#[test]
fn what_is_of_one_protocol_only() {
    let text = GOOD
        .replace("bacnet", "modbus")
        .replace("write-property", "write-register");
    let text = text
        .replace("analog-value", "holding-register")
        .replace("property = \"present-value\"\n", "")
        .replace("access = [\"write\"]", "access = [\"write\"]\nunits = [1]");
    assert!(Guard::new(&GuardDocument::from_toml(&text).unwrap()).is_ok());
    for key in [
        "networks = [1]",
        "instances = [1]",
        "priorities = [8]",
        "life_safety = true",
        "lifetime_s_max = 60",
        "allowances = [\"register-foreign-device\"]",
    ] {
        let text = text.replace(
            "access = [\"write\"]",
            &format!("access = [\"write\"]\n{key}"),
        );
        let name = key.split(' ').next().unwrap();
        assert!(
            refused(&text).contains(&format!("allow[0].{name}")),
            "{key}"
        );
    }
    assert!(
        refused(&text.replace("step_max", "relinquish = true\nstep_max")).contains("relinquish")
    );
    assert!(
        refused(&text.replace("refuse", "searches_per_minute = 3\nrefuse")).contains("searches")
    );
}

#[test]
fn patterns_and_documents_are_written_as_they_were_read() {
    for text in [
        "10.0.0.0/8",
        "*.*.*.100",
        "10.*.3.*",
        "fd00::/16",
        "192.168.1.7/32",
    ] {
        assert_eq!(text.parse::<AddressPattern>().unwrap().to_string(), text);
    }
    let document = GuardDocument::from_toml(GOOD).unwrap();
    let written = toml::to_string(&document).unwrap();
    assert_eq!(GuardDocument::from_toml(&written).unwrap(), document);
}

#[test]
fn codes_are_unique_and_kebab_case() {
    let codes: std::collections::BTreeSet<&str> =
        Code::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes.len(), Code::ALL.len());
    assert!(codes.iter().all(|code| {
        code.bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_lowercase())
    }));
}

#[test]
fn a_rule_of_whole_objects_is_found_for_each_property() {
    let guard = bacnet(
        "[[conduits.allow]]\nid = \"w\"\naccess = [\"write\"]\n\
         [[conduits.allow.points]]\nspace = \"binary-value\"\nproperty = 85\naddress = 3\n\
         [[conduits.allow.points]]\nspace = \"analog-value\"\naddress = \"100-110\"",
    );
    let ask = |kind, property, address| {
        let space = Space::Object { kind, property };
        let place = Place {
            space,
            address,
            index: None,
        };
        let list = [puts(place, Value::Opaque)];
        let asked = Asked {
            writes: &list,
            ..asks(Function::confirmed(15), Access::Write)
        };
        once(&guard, &asked)
    };
    let refused = "denied place-not-allowed w";
    for property in [None, Some(0), Some(85), Some((1 << 22) - 1)] {
        assert_eq!(ask(2, property, 100), "allowed w");
        assert_eq!(ask(2, property, 110), "allowed w");
        assert_eq!(ask(2, property, 99), refused);
        assert_eq!(ask(2, property, 111), refused);
    }
    assert_eq!(ask(5, Some(85), 3), "allowed w");
    assert_eq!(ask(5, Some(77), 3), refused);
    assert_eq!(ask(5, None, 3), refused);
    assert_eq!(ask(1, Some(85), 100), refused);
}
