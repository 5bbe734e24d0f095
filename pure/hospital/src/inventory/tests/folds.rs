//! Which subjects are one asset, which value is believed, and what fingerprints add.

use super::*;

#[test]
fn links_join_and_taking_them_back_splits() {
    let mut inventory = of(&[
        said(IP, Attribute::Is, MAC),
        said(IP, Attribute::Hostname, "ahu1"),
    ]);
    let before = inventory.clone();
    let mut link = said(DEVICE, Attribute::Is, IP);
    link.source = "b.pcap".to_owned();
    assert_eq!(inventory.add(&link), Added::New);
    assert_eq!(groups(&inventory), [[MAC, IP, DEVICE]]);
    assert_eq!(inventory.retract("b.pcap"), 1);
    assert_eq!(inventory, before);
    assert_eq!(groups(&inventory), [[MAC, IP]]);
}

#[test]
fn routed_devices_and_units_stay_distinct() {
    let inventory = of(&[
        said("bacnet:10.0.0.5/2001/7", Attribute::Behind, IP),
        said("bacnet:10.0.0.5/2002/7", Attribute::Behind, IP),
        said("modbus:10.0.0.5/3", Attribute::Behind, IP),
        said(IP, Attribute::Is, MAC),
    ]);
    assert_eq!(groups(&inventory).len(), 4);
}

#[test]
fn two_instances_at_one_address_are_not_one_device() {
    let other = "bacnet:10.0.0.5/0/8";
    let inventory = of(&[
        said(DEVICE, Attribute::Is, IP),
        said(other, Attribute::Is, IP),
    ]);
    assert_eq!(groups(&inventory).len(), 2);
    assert_eq!(asset(&inventory, other).links[0].state, LinkState::TooMany);
}

#[test]
fn an_address_that_moved_does_not_make_two_interfaces_one() {
    let mut moved = said(IP, Attribute::Is, OTHER_MAC);
    moved.at_us = 2_000;
    let inventory = of(&[said(IP, Attribute::Is, MAC), moved]);
    assert_eq!(groups(&inventory), [vec![OTHER_MAC, IP]]);
    let links = asset(&inventory, IP).links;
    let states: Vec<LinkState> = links.iter().map(|link| link.state).collect();
    assert_eq!(states, [LinkState::Outdone, LinkState::Followed]);
}

#[test]
fn an_interface_with_a_whole_network_is_a_router() {
    let ips: Vec<Observation> = (1..=17)
        .map(|last| said(&format!("ip:10.0.1.{last}"), Attribute::Is, MAC))
        .collect();
    assert_eq!(groups(&of(&ips[..16])).len(), 1);
    assert_eq!(groups(&of(&ips)).len(), 17);
}

#[test]
fn a_person_separates_what_traffic_joined() {
    let link = said(DEVICE, Attribute::Is, IP);
    for denial in [
        said(DEVICE, Attribute::IsNot, IP),
        said(IP, Attribute::IsNot, DEVICE),
    ] {
        let mut inventory = of(&[link.clone(), denial, said(IP, Attribute::Hostname, "a")]);
        assert_eq!(groups(&inventory).len(), 2);
        // What a person said is not forgotten because nobody repeated it.
        inventory.forget_before(i64::MAX);
        assert_eq!(inventory.len(), 1);
    }
}

#[test]
fn an_interface_is_not_a_view_of_an_address() {
    let inventory = of(&[
        said(MAC, Attribute::Is, IP),
        said(IP, Attribute::Hostname, "a"),
    ]);
    assert_eq!(groups(&inventory).len(), 2);
    assert_eq!(asset(&inventory, MAC).links[0].state, LinkState::Kinds);
}

#[test]
fn the_surest_value_counts_then_the_newest_and_all_are_kept() {
    let mut sure = said(IP, Attribute::Model, "M1");
    sure.confidence = 95;
    let mut new = said(IP, Attribute::Model, "M3");
    new.at_us = 9_000;
    let inventory = of(&[said(IP, Attribute::Model, "M2"), new, sure]);
    let asset = asset(&inventory, IP);
    let values: Vec<&str> = asset.all(Attribute::Model).map(|it| &*it.value).collect();
    assert_eq!(values, ["M1", "M3", "M2"]);
    assert_eq!(asset.conflicts, [Attribute::Model]);
    assert_eq!((asset.first_us, asset.last_us), (1_000, 9_000));
}

#[test]
fn one_weak_witness_concludes_nothing() {
    let mut version = said(IP, Attribute::OsVersion, "5.1.2600");
    version.confidence = 50;
    let mut inventory = of(&[version]);
    let xp = asset(&inventory, IP);
    assert_eq!(xp.best(Attribute::Os).unwrap().value, "Windows XP");
    assert!(xp.concluded(Attribute::Os).is_none());
    let mut native = said(IP, Attribute::Os, "Windows 5.1");
    native.confidence = 40;
    native.rule = "smb-native-os".to_owned();
    inventory.add(&native);
    let xp = asset(&inventory, IP);
    assert_eq!(xp.concluded(Attribute::Os).unwrap().value, "Windows XP");
}

#[test]
fn a_tool_that_lies_is_not_believed() {
    let mut tool = said(IP, Attribute::OsVersion, "5.1.2600");
    tool.confidence = 5;
    let asset = asset(&of(&[tool]), IP);
    assert_eq!(asset.best(Attribute::Os).unwrap().confidence, 5);
    assert!(asset.concluded(Attribute::Os).is_none());
}

#[test]
fn a_device_without_its_network_is_the_one_that_has_it() {
    let local = "bacnet:10.0.0.5/0/7";
    let routed = "bacnet:10.0.0.5/13/61";
    let captured = [
        said(local, Attribute::Is, IP),
        said(routed, Attribute::Behind, IP),
    ];
    let logged = [
        said("bacnet:10.0.0.5/?/7", Attribute::Is, IP),
        said("bacnet:10.0.0.5/?/61", Attribute::Is, IP),
    ];
    // By the log alone nobody knows which of the two is at the address.
    assert!(groups(&of(&logged)).iter().all(|group| group.len() == 1));
    let one = groups(&of(&logged[..1]));
    assert_eq!(one, [[IP, "bacnet:10.0.0.5/?/7"]]);
    let both = groups(&of(&[captured.as_slice(), &logged].concat()));
    assert_eq!(
        both,
        [
            vec![routed, "bacnet:10.0.0.5/?/61"],
            vec![IP, local, "bacnet:10.0.0.5/?/7"],
        ]
    );
    // A person who says otherwise is believed: then it is what the log says, at the address.
    let denied = said("bacnet:10.0.0.5/?/61", Attribute::IsNot, routed);
    let apart = of(&[&captured[1..], &logged[1..], &[denied]].concat());
    assert_eq!(
        groups(&apart),
        [vec![routed], vec![IP, "bacnet:10.0.0.5/?/61"]]
    );
    // Two that differ by their networks alone cannot be told apart by a log.
    let twins = [
        said("bacnet:10.0.0.5/13/7", Attribute::Behind, IP),
        captured[0].clone(),
        logged[0].clone(),
    ];
    let apart = groups(&of(&twins));
    assert_eq!(apart.len(), 3, "{apart:?}");
    assert!(apart.contains(&vec![IP.to_owned(), local.to_owned()]));
}

#[test]
fn the_first_bytes_of_an_interface_are_a_weak_witness_of_its_maker() {
    let maker = |mac: &str| {
        let inventory = of(&[said(IP, Attribute::Is, mac)]);
        let known = asset(&inventory, IP).best(Attribute::Vendor).cloned();
        known.map(|it| (it.value, it.confidence, it.rules, it.sources))
    };
    let (vendor, percent, rules, sources) = maker("mac:00:1b:1b:12:34:56").unwrap();
    assert_eq!((vendor.as_str(), percent), ("Siemens", 40));
    assert_eq!(
        rules.into_iter().collect::<Vec<_>>(),
        ["interface > 001b1b"]
    );
    assert_eq!(sources.into_iter().collect::<Vec<_>>(), ["a.pcap"]);
    // A name that its owner gave, whatever a table says, and one that nobody is known by.
    let table = Fingerprints::parse("[prefixes]\nMaker = [\"021b1b\", \"041b1b\"]").unwrap();
    for (mac, is_known) in [
        ("mac:02:1b:1b:12:34:56", false),
        ("mac:04:1b:1b:12:34:56", true),
    ] {
        let inventory = of(&[said(IP, Attribute::Is, mac)]);
        let seen = inventory.assets(&table).of(&key(IP)).unwrap();
        assert_eq!(seen.best(Attribute::Vendor).is_some(), is_known, "{mac}");
    }
    assert_eq!(maker("mac:00:00:00:00:00:01"), None);
    // It concludes nothing, and disputes nothing.
    let told = [
        said(IP, Attribute::Is, "mac:00:1b:1b:12:34:56"),
        said(DEVICE, Attribute::Is, IP),
        said(DEVICE, Attribute::VendorId, "bacnet/5"),
    ];
    let asset = asset(&of(&told), IP);
    let vendor = asset.concluded(Attribute::Vendor).unwrap();
    assert_eq!(vendor.value, "Johnson Controls");
    assert_eq!(asset.conflicts, []);
}

#[test]
fn prefixes_that_are_none_or_stand_twice_are_refused() {
    for text in [
        "[prefixes]\nA = [\"00C04F\"]",
        "[prefixes]\nA = [\"00c04\"]",
        "[prefixes]\nA = [\"00c04f\"]\nB = [\"00c04f\"]",
        "[prefixes]\n\" \" = [\"00c04f\"]",
    ] {
        assert!(Fingerprints::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_number_in_a_register_names_the_maker() {
    let told = |number: &str| {
        let inventory = of(&[said(DEVICE, Attribute::VendorId, number)]);
        asset(&inventory, DEVICE)
    };
    let vendor = |number: &str| {
        let asset = told(number);
        let known = asset.best(Attribute::Vendor)?;
        Some((known.value.clone(), known.confidence))
    };
    for (number, maker) in [
        ("bacnet/5", "Johnson Controls"),
        ("bacnet/7", "Siemens"),
        ("bacnet/42", "Acuity Brands"),
        ("bacnet/543", "BeaconMedaes"),
        ("odva/1", "Rockwell Automation"),
    ] {
        assert_eq!(vendor(number), Some((maker.to_owned(), 80)), "{number}");
    }
    assert_eq!(vendor("bacnet/65535"), None);
    // A maker of medical gases says more than that a controller speaks.
    let gas = told("bacnet/543");
    let known = gas.concluded(Attribute::CareFunction).unwrap();
    assert_eq!(known.value, "medical-gas");
    assert!(known.rules.contains("rule > bacnet-medical-gas"));

    let table = |row: &str| format!("[register.bacnet]\n{row}");
    assert!(Fingerprints::parse(&table("5 = \"A\"")).is_ok());
    for bad in ["five = \"A\"", "5 = \" \"", "5 = 6"] {
        assert!(Fingerprints::parse(&table(bad)).is_err(), "{bad}");
    }
}

#[test]
fn fingerprints_give_tier_class_and_care() {
    let pump = asset(&of(&[said(IP, Attribute::Device, "Hospira Plum A+")]), IP);
    for (attribute, value) in [
        (Attribute::Vendor, "Hospira"),
        (Attribute::Model, "Plum A+"),
        (Attribute::Tier, "2"),
        (Attribute::Class, "infusion-pump"),
        (Attribute::CareFunction, "infusion"),
    ] {
        let known = pump.concluded(attribute).unwrap();
        assert_eq!(
            (&*known.value, known.confidence, known.derived),
            (value, 75, true)
        );
        assert!(known.rules.contains("rule > hospira-plum"));
    }
    let device = asset(
        &of(&[said(DEVICE, Attribute::VendorId, "bacnet/5")]),
        DEVICE,
    );
    assert_eq!(device.concluded(Attribute::Tier).unwrap().value, "3");
    assert_eq!(
        device.concluded(Attribute::Vendor).unwrap().value,
        "Johnson Controls"
    );
    // Another number that begins alike is another maker.
    let other = asset(
        &of(&[said(DEVICE, Attribute::VendorId, "bacnet/55")]),
        DEVICE,
    );
    assert!(other.best(Attribute::Vendor).is_none());
}

#[test]
fn a_table_that_says_nothing_is_refused() {
    let table = |rest: &str| {
        format!("[[fingerprint]]\nid = \"a\"\nattribute = \"model\"\nconfidence = 50\n{rest}")
    };
    let good = table("is = [\"M\"]\ngives = { tier = \"2\" }\n");
    assert!(Fingerprints::parse(&good).is_ok());
    let parse = |text: &str| Fingerprints::parse(text).unwrap_err();
    let twice = format!("{good}{good}");
    assert!(matches!(parse(&twice), FingerprintError::Repeated(_)));
    for rest in [
        "gives = { tier = \"2\" }",
        "is = [\"\"]\ngives = { tier = \"2\" }",
        "is = [\"M\"]\ngives = {}",
    ] {
        assert!(
            matches!(parse(&table(rest)), FingerprintError::Empty(_)),
            "{rest}"
        );
    }
    let unknown = table("is = [\"M\"]\nregex = 1\ngives = { tier = \"2\" }");
    assert!(matches!(parse(&unknown), FingerprintError::Unreadable(_)));
}

#[test]
fn limits_are_told() {
    let limits = InventoryLimits {
        assets_max: 1,
        subjects_max: 2,
        claims_per_subject_max: 2,
        bytes_max: 2_100,
        text_bytes_max: 20,
    };
    let mut inventory = Inventory::new(limits);
    let mut add =
        |subject: &str, value: &str| inventory.add(&said(subject, Attribute::Name, value));
    assert_eq!(add(IP, "a"), Added::New);
    assert_eq!(add(IP, "a"), Added::Repeated);
    assert_eq!(add(IP, "b"), Added::New);
    assert_eq!(add(IP, "c"), Added::Full(InventoryLimit::Claims));
    assert_eq!(add(DEVICE, "a"), Added::New);
    assert_eq!(
        add("ip:10.0.0.6", "a"),
        Added::Full(InventoryLimit::Subjects)
    );
    assert_eq!(add(IP, &"x".repeat(21)), Added::Refused);
    assert_eq!(add(IP, ""), Added::Refused);
    assert_eq!(add("room:12", "a"), Added::Refused);
    let fingerprints = Fingerprints::default();
    let shown = inventory.assets(&fingerprints);
    assert_eq!((shown.len(), shown.beyond()), (1, 1));
    inventory.limits.bytes_max = inventory.bytes();
    let full = inventory.add(&said(DEVICE, Attribute::Name, "b"));
    assert_eq!(full, Added::Full(InventoryLimit::Bytes));
    assert_eq!(inventory.forget_before(1_001), 3);
    assert_eq!((inventory.bytes(), inventory.len()), (0, 0));
}

#[test]
fn peers_leave_room_for_what_a_device_is() {
    let mut inventory = Inventory::new(InventoryLimits {
        claims_per_subject_max: 4,
        ..InventoryLimits::DEFAULT
    });
    let mut add = |attribute, value: &str| inventory.add(&said(IP, attribute, value));
    assert_eq!(add(Attribute::Peer, "a"), Added::New);
    assert_eq!(add(Attribute::Peer, "b"), Added::New);
    let full = Added::Full(InventoryLimit::Claims);
    assert_eq!(add(Attribute::Peer, "c"), full);
    assert_eq!(add(Attribute::Model, "c"), Added::New);
    assert_eq!(add(Attribute::Name, "d"), Added::New);
    assert_eq!(add(Attribute::Name, "e"), full);
}

#[test]
fn an_observation_reads_what_a_reader_of_traffic_writes() {
    let text = r#"{"subject":"ip:10.0.0.5@12","attribute":"dhcp-parameters","value":"1,3",
        "rule":"dhcp-option","confidence":80,"frame":4,"at_us":12,"source":"a.pcap"}"#;
    let observation: Observation = serde_json::from_str(text).unwrap();
    assert_eq!(observation.attribute, Attribute::DhcpParameters);
    assert_eq!(of(&[observation]).len(), 1);
}

#[test]
fn what_was_made_out_before_tells_what_is_claimed_now() {
    let fingerprints = Fingerprints::default();
    let mut inventory = of(&[said(IP, Attribute::Is, MAC)]);
    let before = Arc::new(inventory.joined());
    inventory.add(&said(IP, Attribute::Hostname, "ct-2"));
    inventory.add(&said("ip:10.0.0.6", Attribute::Is, MAC));
    let assets = inventory.assets_as(Arc::clone(&before), &fingerprints);
    let told = assets.of(&key(MAC)).unwrap();
    assert_eq!(told.best(Attribute::Hostname).unwrap().value, "ct-2");
    // A new subject is of no device until devices are made out again.
    assert_eq!(assets.of(&key("ip:10.0.0.6")), None);
    assert_eq!(asset(&inventory, "ip:10.0.0.6").keys.len(), 3);
    // And what was forgotten is nothing.
    inventory.forget_before(2_000);
    let assets = inventory.assets_as(before, &fingerprints);
    assert_eq!((assets.of(&key(MAC)), assets.iter().count()), (None, 0));
}
