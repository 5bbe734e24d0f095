use std::fs;
use std::path::PathBuf;

use super::*;
use crate::cli::Init;

/// A folder as `hygie init` leaves it, with the issuer's keys in a file.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let init = Init {
        folder: place.path().to_owned(),
        origin: "hygie.test/log".to_owned(),
        telemetry: None,
    };
    crate::commands::init(&init).unwrap();
    let path = place.path().join("hygie.toml");
    (place, path)
}

fn resolve(path: &Path, text: String) -> Result<Settings, Fault> {
    Config::parse(path, text)?.resolve()
}

#[test]
fn the_starting_configuration_is_good_as_it_is() {
    let (_place, path) = folder();
    let settings = Config::read(&path).unwrap().resolve().unwrap();
    assert_eq!(settings.services.len(), 1);
    assert_eq!(settings.glass_terms.open(), policy::GlassTerms::OPEN_MAX);
}

#[test]
fn the_commented_keys_are_real_keys() {
    // Each `# key = value` of the starting text must parse when it is uncommented.
    let (_place, path) = folder();
    let mut alone = starting_text().to_owned();
    while let Some(section) = commented(&alone).first().map(|it| (*it).to_owned()) {
        alone = alone.replacen(&section, "", 1);
    }
    for line in alone
        .lines()
        .filter(|line| line.starts_with("# ") && line.contains(" = "))
    {
        let mut text = starting_text().replacen(line, line.trim_start_matches("# "), 1);
        if line.contains("jwks_file") {
            text = text.replace("jwks_url =", "# jwks_url =");
        }
        let parsed = Config::parse(&path, text);
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
}

/// The sections that are commented out, each to its empty line.
fn commented(text: &str) -> Vec<&str> {
    let begins = text.match_indices("# [[").filter(|(at, _)| {
        let before = text.get(..*at).unwrap_or_default();
        let part = before.rsplit("\n\n").next().unwrap_or_default();
        !part.contains("# [[")
    });
    let sections = begins.filter_map(|(at, _)| text.get(at..)?.split("\n\n").next());
    sections.collect()
}

/// The starting text with a commented section in force, in which something is changed.
fn with_section(number: usize, from: &str, to: &str) -> String {
    let sections = commented(starting_text());
    let section = sections.get(number).copied().unwrap_or_default();
    let is_meant = |line: &&str| line.contains(" = ") || line.starts_with("# [[");
    let lines = section.lines().filter(is_meant);
    let lines = lines.map(|line| line.trim_start_matches("# "));
    let in_force = lines.collect::<Vec<_>>().join("\n");
    let in_force = in_force.replace("feeds-ca.pem", "hygie-data/tls/ca.pem");
    let in_force = in_force.replace("senders-ca.pem", "hygie-data/tls/ca.pem");
    let changed = in_force.replacen(from, to, 1);
    assert!(
        from == to || changed != in_force,
        "{from} is not in {in_force}"
    );
    starting_text().replacen(section, &changed, 1)
}

/// The starting text with its feed in force, in which something is changed.
fn with_feed(from: &str, to: &str) -> String {
    with_section(0, from, to)
}

#[test]
fn the_commented_feed_is_a_real_feed() {
    let (_place, path) = folder();
    let settings = resolve(&path, with_feed("", "")).unwrap();
    let feed = &settings.feeds[0];
    assert_eq!(feed.address.port(), 2575);
    assert!(feed.peers[0].contains("10.1.2.3".parse().unwrap()));
    assert!(feed.tls.as_ref().unwrap().1, "a certificate is asked for");
    assert_eq!(
        feed.terms.senders[0].units["MED"].as_str(),
        "tilleuls-medicine"
    );
}

#[test]
fn each_fault_of_a_feed_names_line_and_key() {
    let (_place, path) = folder();
    for (from, to, key, says) in [
        ("\"adt\"", "\"a/b\"", "feeds.name", "service identity"),
        (
            "0.0.0.0:2575",
            "everywhere",
            "feeds.address",
            "not an address",
        ),
        ("[\"10.1.2.3\"]", "[]", "feeds.peers", "needs `peers`"),
        ("10.1.2.3", "10.1.2", "feeds.peers", "neither an address"),
        ("Europe/Paris", "Europe/Nowhere", "feeds.time_zone", "POSIX"),
        ("key_file", "# key_file", "feeds.cert_file", "both"),
        ("server.pem", "absent.pem", "feeds.cert_file", "TLS"),
        (
            "unit_prefix = \"",
            "unit_prefix = \"/",
            "feeds.senders.unit_prefix",
            "begin",
        ),
        (
            "tilleuls-medicine",
            "a b",
            "feeds.senders.units",
            "unit identity",
        ),
        (
            "patient_prefix",
            "patient_suffix",
            "patient_suffix",
            "unknown field",
        ),
    ] {
        let fault = resolve(&path, with_feed(from, to)).unwrap_err().to_string();
        let rest = fault.strip_prefix(&format!("{}:", path.display()));
        let rest = rest.unwrap_or_else(|| panic!("{fault}"));
        let line = rest.split(':').next().unwrap();
        assert!(line.parse::<usize>().is_ok(), "{fault}");
        assert!(rest.contains(&format!("`{key}`")), "{to}: {fault}");
        assert!(rest.contains(says), "{to}: {fault}");
    }
    let both = "cert_file = \"hygie-data/tls/server.pem\"\nkey_file";
    let clear = with_feed(both, "# key_file");
    let fault = resolve(&path, clear).unwrap_err().to_string();
    assert!(fault.contains("only over TLS"), "{fault}");
    let twice = with_feed("", "");
    let (_, feed) = twice.split_once("[[feeds]]").unwrap();
    let (feed, _) = feed.split_once("\n\n").unwrap();
    let fault = resolve(&path, format!("{twice}\n[[feeds]]{feed}")).unwrap_err();
    assert!(fault.to_string().contains("two feeds"), "{fault}");
}

#[test]
fn the_commented_logs_are_real_sources() {
    let (_place, path) = folder();
    let place_of = |number| {
        let mut settings = resolve(&path, with_section(number, "", "")).unwrap();
        settings.logs.remove(0).place
    };
    assert!(matches!(place_of(1), LogPlace::Follow(paths) if paths.len() == 1));
    assert!(matches!(place_of(2), LogPlace::Drop(_)));
    let LogPlace::Listen(listener) = place_of(3) else {
        panic!("the third listens");
    };
    assert!(matches!(
        listener.transport,
        LogTransport::Tcp(Some((_, true)))
    ));
}

#[test]
fn the_commented_captures_are_real_sources() {
    let (_place, path) = folder();
    let source = |number| {
        let settings = resolve(&path, with_section(number, "", "")).unwrap();
        settings.inventory.unwrap().captures.remove(0)
    };
    let CaptureSource::Live(mirror) = source(4) else {
        panic!("a program reads the mirror port");
    };
    assert_eq!(mirror.command.first().map(String::as_str), Some("tcpdump"));
    assert_eq!(mirror.command.last().map(String::as_str), Some("eth1"));
    assert!(matches!(source(5), CaptureSource::Live(live) if live.command[0] == "ssh"));
    assert!(matches!(source(6), CaptureSource::Folder(folder) if folder.name == "ring"));
    let none = starting_text().replace("[inventory]", "");
    assert!(resolve(&path, none).unwrap().inventory.is_none());
}

#[test]
fn each_fault_of_an_inventory_names_line_and_key() {
    let (place, path) = folder();
    let of_captures = |from: &str, to: &str| resolve(&path, with_section(4, from, to)).unwrap_err();
    for (from, to, key, says) in [
        (
            "core-mirror",
            "Core mirror",
            "inventory.captures.name",
            "small letters",
        ),
        (
            "\"eth1\"",
            "\"-w\"",
            "inventory.captures.interface",
            "interface",
        ),
        (
            "interface =",
            "folder = \"a\"\ninterface =",
            "inventory.captures",
            "needs one of",
        ),
        (
            "interface = \"eth1\"",
            "",
            "inventory.captures",
            "needs one of",
        ),
        (
            "interface = \"eth1\"",
            "command = []",
            "inventory.captures.command",
            "no program",
        ),
        (
            "interface = \"eth1\"",
            "folder = \"a\"\n[[inventory.captures]]\nname = \"core-mirror\"\nfolder = \"b\"",
            "inventory.captures.name",
            "two captures",
        ),
    ] {
        let fault = of_captures(from, to).to_string();
        assert!(fault.contains(key) && fault.contains(says), "{to}: {fault}");
    }
    fs::write(place.path().join("bad.toml"), "[[support]]\nproduct = 7").unwrap();
    for (line, key, says) in [
        ("keep_days = 0", "inventory.keep_days", "1 to 3650"),
        ("support = [\"none.toml\"]", "inventory.support", "no dates"),
        ("support = [\"bad.toml\"]", "inventory.support", "no dates"),
    ] {
        let text = starting_text().replacen("[inventory]", &format!("[inventory]\n{line}"), 1);
        let fault = resolve(&path, text).unwrap_err().to_string();
        assert!(
            fault.contains(key) && fault.contains(says),
            "{line}: {fault}"
        );
    }
}

#[test]
fn each_fault_of_a_source_of_logs_names_line_and_key() {
    let (place, path) = folder();
    fs::write(place.path().join("token.txt"), "short\n").unwrap();
    for (number, from, to, key, says) in [
        (1, "\"zeek\"", "\"Zeek\"", "logs.name", "small letters"),
        (1, "Europe/Paris", "Nowhere", "logs.time_zone", "POSIX"),
        (
            1,
            "format = \"zeek\"",
            "format = \"x\"",
            "logs.format",
            "no such format",
        ),
        (
            1,
            "follow = [",
            "drop = \"a\"\nfollow = [",
            "logs",
            "one of",
        ),
        (
            1,
            "follow = [",
            "peers = [\"::1\"]\nfollow = [",
            "logs.peers",
            "`address` only",
        ),
        (3, "0.0.0.0:6514", "here", "logs.address", "not an address"),
        (3, "\"tcp\"", "\"quic\"", "logs.transport", "none of"),
        (3, "\"tcp\"", "\"udp\"", "logs.transport", "no TLS"),
        (3, "[\"10.0.0.0/8\"]", "[]", "logs.peers", "needs `peers`"),
        (
            3,
            "\"tcp\"",
            "\"tcp\"\ntoken_file = \"token.txt\"",
            "logs.token_file",
            "http",
        ),
        (
            3,
            "\"tcp\"",
            "\"http\"\ntoken_file = \"token.txt\"",
            "logs.token_file",
            "32",
        ),
        (
            3,
            "\"tcp\"",
            "\"http\"\ntoken_file = \"no.txt\"",
            "logs.token_file",
            "read",
        ),
    ] {
        let fault = resolve(&path, with_section(number, from, to)).unwrap_err();
        let fault = fault.to_string();
        assert!(fault.contains(&format!("`{key}`")), "{to}: {fault}");
        assert!(fault.contains(says), "{to}: {fault}");
    }
}

/// What is changed in the starting text, the key that is named, and what is said.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    (
        "[listen]",
        "[listen]\nadress = \"x\"",
        "adress",
        "unknown field",
    ),
    (
        "language = \"fr\"",
        "language = \"de\"",
        "language",
        "neither",
    ),
    ("language = \"fr\"", "language = fr", "language", ""),
    (
        "\"0.0.0.0:8443\"",
        "\"everywhere\"",
        "listen.address",
        "not an address",
    ),
    (
        "https://localhost:8443",
        "http://localhost:8443",
        "listen.public_url",
        "https",
    ),
    ("server.pem", "absent.pem", "tls", "TLS"),
    (
        "folder = \"hygie-data\"",
        "folder = \"absent\"",
        "data.folder",
        "data folder",
    ),
    (
        "directory.json",
        "absent.json",
        "hospital.directory_file",
        "cannot be read",
    ),
    (
        "open_minutes_max = 60",
        "open_minutes_max = 61",
        "break_glass.open_minutes_max",
        "60",
    ),
    (
        "open_minutes_max = 60",
        "open_minutes_max = 0",
        "break_glass.open_minutes_max",
        "60",
    ),
    (
        "review_hours_max = 72",
        "review_hours_max = 9999",
        "break_glass.review_hours_max",
        "744",
    ),
    (
        "jwks_url = \"https://idp.hospital.example/jwks\"",
        "",
        "identity.issuers",
        "either",
    ),
    (
        "https://idp.hospital.example/jwks",
        "http://idp.hospital.example/jwks",
        "identity.issuers",
        "",
    ),
    (
        "name = \"fhir\"",
        "name = \"console\"",
        "services.name",
        "path of the door",
    ),
    (
        "name = \"fhir\"",
        "name = \"a/b\"",
        "services.name",
        "service identity",
    ),
    (
        "kind = \"fhir\"",
        "kind = \"soap\"",
        "services.kind",
        "neither",
    ),
    (
        "tier = \"office\"",
        "tier = \"moon\"",
        "services.tier",
        "none of",
    ),
    (
        "http://127.0.0.1:8080/fhir",
        "http://ehr.hospital.example/fhir",
        "services.url",
        "in clear",
    ),
    (
        "http://127.0.0.1:8080/fhir",
        "ftp://127.0.0.1/fhir",
        "services.url",
        "neither",
    ),
];

#[test]
fn each_fault_names_file_line_and_key() {
    let (_place, path) = folder();
    for (from, to, key, says) in FAULTS.iter().copied() {
        let text = starting_text().replacen(from, to, 1);
        assert_ne!(text, starting_text(), "{from} is not in the text");
        let fault = resolve(&path, text).unwrap_err().to_string();
        let place = format!("{}:", path.display());
        let rest = fault
            .strip_prefix(&place)
            .unwrap_or_else(|| panic!("{fault}"));
        let line = rest.split(':').next().unwrap();
        assert!(line.parse::<usize>().is_ok(), "{fault}");
        assert!(rest.contains(&format!("`{key}`")), "{to}: {fault}");
        assert!(rest.contains(says), "{to}: {fault}");
    }
}

#[test]
fn two_services_of_one_name_are_refused() {
    let (_place, path) = folder();
    let text = starting_text();
    let (_, service) = text.split_once("[[services]]").unwrap();
    let fault = resolve(&path, format!("{text}\n[[services]]{service}"))
        .unwrap_err()
        .to_string();
    assert!(fault.contains("two services"), "{fault}");
}

#[test]
fn a_secret_named_by_file_never_shows() {
    let (place, path) = folder();
    fs::write(place.path().join("secret.txt"), "Bearer very-secret\n").unwrap();
    let text = starting_text().replace(
        "# authorization_file = \"ehr-authorization.txt\"",
        "authorization_file = \"secret.txt\"",
    );
    let settings = resolve(&path, text).unwrap();
    assert!(!format!("{settings:?}").contains("very-secret"));
    assert_eq!(
        settings.services[0].0.authorization.as_ref().unwrap(),
        "Bearer very-secret"
    );
}

/// Who may command the air, and where the guard stands, in which something is changed.
const GUARD: &str = r#"
[[guard.lines]]
conduit = "air"
asset = "fan"
address = "0.0.0.0:1502"
device = "10.30.4.7:502"
unit = 1

[[guard.places]]
addresses = "10.20.0.5"
service = "supervision"
tier = "building"
"#;

fn with_guard(path: &Path, from: &str, to: &str) -> Result<Settings, Fault> {
    let folder = path.parent().unwrap();
    let conduit = "[[conduits]]\nname = \"air\"\nprotocol = \"modbus\"\nclients = [\"10.20.0.0/16\"]\n\
        devices = [\"10.30.4.0/24\"]\nfail = \"open\"\nowner = \"eng\"\nreason = \"why\"\n\
        refuse = \"exception\"\n";
    fs::write(folder.join("guard.toml"), conduit).unwrap();
    let directory = r#"{"establishments":[{"id":"h","name":"H","units":[]}],"assets":[{"id":"fan",
        "name":"Fan","tier":"building","establishment":"h","kind":"theatre-ventilation"},{"id":"valve",
        "name":"Valve","tier":"building","establishment":"h","kind":"valve"}]}"#;
    fs::write(folder.join("fan.json"), directory).unwrap();
    let changed = GUARD.replacen(from, to, 1);
    assert!(from == to || changed != GUARD, "{from} is not there");
    let text = starting_text()
        .replacen("\"directory.json\"", "\"fan.json\"", 1)
        .replacen("# policy_file", "policy_file", 1);
    resolve(path, text + &changed)
}

#[test]
fn a_guard_stands_where_its_lines_say() {
    let (_place, path) = folder();
    let guard = with_guard(&path, "", "").unwrap().guard.unwrap();
    assert_eq!(guard.lines[0].asset.as_str(), "fan");
    assert_eq!(guard.lines[0].device.port(), 502);
    assert_eq!(guard.places.services[0].1.as_str(), "supervision");
    assert!(with_guard(&path, GUARD, "").unwrap().guard.is_none());
}

/// Puts `to` in the place of `from` and looks that the fault names the key and says why.
fn guard_fault(from: &str, to: &str, key: &str, says: &str) {
    let (_place, path) = folder();
    let fault = with_guard(&path, from, to).unwrap_err().to_string();
    assert!(fault.contains(key) && fault.contains(says), "{to}: {fault}");
}

#[test]
fn each_fault_of_a_line_names_its_key() {
    let line = "guard.lines.device";
    guard_fault("\"air\"", "\"water\"", "guard.lines.conduit", "no conduit");
    let prefix = "unit = 1\npatient_prefix = \"ipp-\"";
    let at = "guard.lines.patient_prefix";
    guard_fault("unit = 1", prefix, at, "patients are of DICOM");
    let at = "guard.lines.cert_file";
    guard_fault("unit = 1", "cert_file = \"line.pem\"", at, "needs both");
    guard_fault("\"fan\"", "\"pump\"", "guard.lines.asset", "no such asset");
    guard_fault(
        "0.0.0.0:1502",
        "here",
        "guard.lines.address",
        "not an address",
    );
    guard_fault("10.30.4.7:502", "10.30.4.7", line, "not an address");
    guard_fault("10.30.4.7", "10.31.4.7", line, "none of the devices");
}

#[test]
fn two_lines_share_no_address_no_asset_and_no_conduit_with_another_port() {
    let another = |asset: &str, address: &str, device: &str| {
        format!(
            "[[guard.lines]]\nconduit = \"air\"\nasset = \"{asset}\"\n\
             address = \"{address}\"\ndevice = \"{device}\"\n[[guard.places]]"
        )
    };
    for (line, key, says) in [
        (
            another("valve", "0.0.0.0:1502", "10.30.4.8:502"),
            "address",
            "two lines",
        ),
        (
            another("valve", "0.0.0.0:1503", "10.30.4.7:503"),
            "device",
            "another port",
        ),
        (
            another("fan", "0.0.0.0:1503", "10.30.4.8:502"),
            "asset",
            "another line",
        ),
    ] {
        guard_fault(
            "[[guard.places]]",
            &line,
            &format!("guard.lines.{key}"),
            says,
        );
    }
}

#[test]
fn each_fault_of_a_place_names_its_key() {
    let (addresses, service) = ("guard.places.addresses", "guard.places.service");
    guard_fault("10.20.0.5", "10.20.0.5/8", addresses, "10.20.0.5/8");
    guard_fault("\"supervision\"", "\"a/b\"", service, "service identity");
    guard_fault("\"building\"", "\"cellar\"", "guard.places.tier", "no tier");
    let whole = "service = \"supervision\"\ntier = \"building\"";
    guard_fault(whole, "", addresses, "neither");
}

#[test]
fn a_unit_is_a_byte_and_lines_need_a_policy() {
    let (_place, path) = folder();
    let fault = with_guard(&path, "unit = 1", "unit = 300").unwrap_err();
    assert!(fault.to_string().contains("300"), "{fault}");
    let text = starting_text().to_owned() + GUARD;
    let fault = resolve(&path, text).unwrap_err().to_string();
    assert!(fault.contains("policy_file"), "{fault}");
}
