//! What is refused of the responsibility chain, of groups, and of the graph that care stands on.

use crate::{Directory, DirectoryDocument, DirectoryLimits};

const GAS: &str = include_str!("../../../../../scenarios/medical-gas/directory.json");

const SUPPLY: &str = r#"{"supply": {"on": "oxygen-telemetry", "gives": "reads"}}"#;

/// Replaces `from` by `to` in the example, and gives the message.
fn refused(from: &str, to: &str, limits: &DirectoryLimits) -> String {
    assert!(
        GAS.contains(from),
        "the case no longer fits the example: {from}"
    );
    let json = GAS.replacen(from, to, 1);
    let error = Directory::from_json(json.as_bytes(), limits).unwrap_err();
    match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// What is replaced in the example, by what, and the message.
const FAULTS: &[(&str, &str, &str)] = &[
    (
        r#""assets": ["oxygen-tank", "oxygen-reserve"],"#,
        r#""assets": ["ghost"],"#,
        "asset_groups[0].assets: the directory has no asset `ghost`",
    ),
    (
        r#""assets": ["oxygen-tank", "oxygen-reserve"],"#,
        "",
        "asset_groups[0]: this entry says nothing",
    ),
    (
        r#""assets": ["oxygen-tank", "oxygen-reserve"],"#,
        r#""select": {},"#,
        "asset_groups[0].select: this entry says nothing",
    ),
    (
        r#""assets": ["oxygen-tank", "oxygen-reserve"],"#,
        r#""select": {"establishment": "ch"},"#,
        "asset_groups[0].select.establishment: the directory has no establishment `ch`",
    ),
    (
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "Europe/Paris",
        "office_hours[0].time_zone: not a time zone as POSIX writes it",
    ),
    (
        r#""until": "18:00""#,
        r#""until": "08:30""#,
        "office_hours[0].windows[0]: this entry says",
    ),
    (
        r#""until": "18:00""#,
        r#""until": "24:01""#,
        "a time of the day is written",
    ),
    (
        r#"{"id": "technical","#,
        r#"{"id": "pharmacy","#,
        "office_hours[1]: office hours `pharmacy` already has an entry",
    ),
    (
        r#""hours": "pharmacy""#,
        r#""hours": "never""#,
        "responsibilities[0].holder.hours: the directory has no office hours `never`",
    ),
    (
        r#"{"of": {"group": "oxygen"}, "aspect": "content""#,
        r#"{"of": {"group": "air"}, "aspect": "content""#,
        "responsibilities[0].of: the directory has no group `air`",
    ),
    (
        r#"{"of": {"asset": "oxygen-tank"}, "aspect": "electricity""#,
        r#"{"of": {"asset": "ghost"}, "aspect": "electricity""#,
        "responsibilities[3].of: the directory has no asset `ghost`",
    ),
    (
        r#""aspect": "content""#,
        r#""aspect": "colour""#,
        "unknown variant `colour`",
    ),
    (
        r#""contract": "contract"#,
        r#""price": "contract"#,
        "unknown field `price`",
    ),
    (
        r#""aspects": ["container"]}"#,
        r#""aspects": []}"#,
        "approvals[1].aspects: this entry says nothing",
    ),
    (
        SUPPLY,
        r#"{"supply": {"on": "ghost", "gives": "reads"}}"#,
        "care_functions[1].needs.on: the directory has no supply `ghost`",
    ),
    (
        SUPPLY,
        r#"{"supply": {"on": "oxygen-ordering", "gives": "presence"}}"#,
        "care_functions[1]: `oxygen-ordering` needs itself",
    ),
    (
        r#"{"id": "oxygen-tank", "kind": "plant"}"#,
        r#"{"id": "oxygen-tank", "kind": "plant", "needs":
           {"supply": {"on": "oxygen-reanimation", "gives": "presence"}}}"#,
        "care_functions[0]: `oxygen-reanimation` needs itself",
    ),
    (
        SUPPLY,
        r#"{"any_of": []}"#,
        "care_functions[1].needs: 1 of 0 can never hold",
    ),
    (
        SUPPLY,
        r#"{"at_least": {"count": 2, "of": [{"supply": {"on": "oxygen-tank", "gives": "reads"}}]}}"#,
        "care_functions[1].needs: 2 of 1 can never hold",
    ),
    (
        SUPPLY,
        r#"{"at_least": {"count": 0, "of": []}}"#,
        "care_functions[1].needs: this entry says nothing",
    ),
    (SUPPLY, r#"{"none_of": []}"#, "unknown variant `none_of`"),
    (
        r#"{"id": "oxygen-telemetry", "kind": "device"}"#,
        r#"{"id": "oxygen-telemetry", "kind": "device"}, {"id": "gateway-1", "kind": "device"}"#,
        "suppliers[3].id: the directory has no asset `gateway-1`",
    ),
    (
        r#"{"id": "oxygen-telemetry", "kind": "device"}"#,
        r#"{"id": "oxygen-tank", "kind": "plant"}"#,
        "suppliers[2]: supply `oxygen-tank` already has an entry",
    ),
    (
        r#"{"id": "oxygen-telemetry", "kind": "device"}"#,
        r#"{"id": "oxygen-telemetry", "kind": "device", "establishment": "ch"}"#,
        "suppliers[2].establishment: the directory has no establishment `ch`",
    ),
    (
        r#""establishments": ["#,
        r#""clearances": [{"by": "medecin-1", "reason": "x", "from": "2026-01-01", "until": "2027-01-01"}],
           "establishments": ["#,
        "clearances[0]: this entry says nothing",
    ),
    (
        r#""establishments": ["#,
        r#""clearances": [{"by": "nobody", "supplies": ["oxygen-tank"], "reason": "x",
            "from": "2026-01-01", "until": "2027-01-01"}],
           "establishments": ["#,
        "clearances[0].by: the directory has no person `nobody`",
    ),
    (
        r#""establishments": ["#,
        r#""clearances": [{"by": "medecin-1", "supplies": ["ghost"], "reason": "x",
            "from": "2026-01-01", "until": "2027-01-01"}],
           "establishments": ["#,
        "clearances[0].supplies: the directory has no supply `ghost`",
    ),
    (
        r#""establishments": ["#,
        r#""clearances": [{"by": "medecin-1", "supplies": ["medecin-1"], "reason": "x",
            "from": "2027-01-01", "until": "2026-01-01"}],
           "establishments": ["#,
        "clearances[0]: the period ends at",
    ),
];

#[test]
fn each_fault_is_refused_with_its_place() {
    for (from, to, message) in FAULTS {
        let told = refused(from, to, &DirectoryLimits::DEFAULT);
        assert!(told.contains(message), "{told}\ninstead of {message}");
    }
}

#[test]
fn a_supplier_is_where_its_asset_is() {
    let other = r#"{"id": "ch", "name": "CH"}, {"id": "chu", "#;
    let json = GAS.replacen(r#"{"id": "chu", "#, other, 1);
    let json = json.replacen(
        r#"{"id": "oxygen-telemetry", "kind": "device"}"#,
        r#"{"id": "oxygen-telemetry", "kind": "device", "establishment": "ch"}"#,
        1,
    );
    let error = Directory::from_json(json.as_bytes(), &DirectoryLimits::DEFAULT).unwrap_err();
    let expected = "suppliers[2].establishment: the asset is in `chu`";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn each_limit_is_refused_by_name() {
    let one = |change: &dyn Fn(&mut DirectoryLimits)| {
        let mut limits = DirectoryLimits::DEFAULT;
        change(&mut limits);
        let error = Directory::from_json(GAS.as_bytes(), &limits).unwrap_err();
        error.to_string()
    };
    type Change = &'static dyn Fn(&mut DirectoryLimits);
    let tight: [(Change, &str); 10] = [
        (&|it| it.asset_groups_max = 0, "asset_groups: 1 groups"),
        (
            &|it| it.assets_per_group_max = 1,
            "asset_groups[0]: 2 assets",
        ),
        (&|it| it.care_functions_max = 1, "care_functions: 2 entries"),
        (&|it| it.suppliers_max = 2, "suppliers: 3 entries"),
        (
            &|it| it.dependencies_max = 2,
            "care_functions[1].needs: 3 dependencies",
        ),
        (
            &|it| it.need_levels_max = 1,
            "care_functions[0].needs.of[0]: 2 levels",
        ),
        (
            &|it| it.need_parts_max = 1,
            "care_functions[0].needs: 2 parts",
        ),
        (
            &|it| it.responsibilities_max = 5,
            "responsibilities: 6 entries",
        ),
        (&|it| it.office_hours_max = 1, "office_hours: 2 entries"),
        (&|it| it.windows_max = 1, "office_hours[1]: 2 windows"),
    ];
    for (change, message) in tight {
        let told = one(change);
        assert!(told.starts_with(message), "{told} instead of {message}");
        assert!(told.contains("more than the limit of"), "{told}");
    }
}

/// A document of before, with none of this, is read and written as it was.
#[test]
fn an_older_document_stays_as_it_is() {
    let old = br#"{"establishments": [{"id": "chu", "name": "CHU"}]}"#;
    let document = DirectoryDocument::from_json(old, &DirectoryLimits::DEFAULT).unwrap();
    let written = String::from_utf8(document.to_json()).unwrap();
    for key in [
        "asset_groups",
        "care_functions",
        "suppliers",
        "responsibilities",
        "approvals",
    ] {
        assert!(!written.contains(key), "{key}");
    }
}
