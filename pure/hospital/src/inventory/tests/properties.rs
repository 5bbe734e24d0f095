//! Any observations in any order: the same assets; and taking back restores.

use proptest::prelude::*;

use super::*;

fn key_text() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        MAC,
        OTHER_MAC,
        IP,
        "ip:10.0.0.6",
        DEVICE,
        "bacnet:10.0.0.5/2001/7",
        "bacnet:10.0.0.5/0/8",
        "modbus:10.0.0.6/1",
        "dicom:10.0.0.6/CT",
        "dhcp:00ff",
        "udi:+A1234567",
    ])
    .prop_map(str::to_owned)
}

fn observation() -> impl Strategy<Value = Observation> {
    let attribute = prop::sample::select(vec![
        Attribute::Is,
        Attribute::Is,
        Attribute::Is,
        Attribute::IsNot,
        Attribute::Behind,
        Attribute::Model,
        Attribute::VendorId,
        Attribute::OsVersion,
    ]);
    let value = prop_oneof![
        3 => key_text(),
        1 => prop::sample::select(vec!["bacnet/5", "5.1.2600", "M1"]).prop_map(str::to_owned),
    ];
    let rest = (0..=100_u8, 0..4_u64, 0..4_i64, "[ab]", "[pq]");
    (key_text(), attribute, value, rest).prop_map(
        |(subject, attribute, value, (confidence, frame, at_us, source, rule))| Observation {
            subject,
            attribute,
            value,
            rule,
            confidence,
            frame,
            at_us,
            source,
        },
    )
}

proptest! {
    /// What is compared where it stands is found where it was put.
    #[test]
    fn observations_stand_where_their_claims_stand(one in observation(), other in observation()) {
        let claim = Claim::of(&one);
        prop_assert_eq!(claim.cmp_to(&other), claim.cmp(&Claim::of(&other)));
        let (key, than) = (Key::parse(&one.subject).unwrap(), Key::parse(&other.subject).unwrap());
        prop_assert_eq!(key.cmp(&than), one.subject.cmp(&other.subject));
    }

    #[test]
    fn any_order_gives_the_same_assets(
        (observations, shuffled) in prop::collection::vec(observation(), 0..40)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
    ) {
        let (one, other) = (of(&observations), of(&shuffled));
        prop_assert_eq!(&one, &other);
        let fingerprints = Fingerprints::built_in().unwrap();
        let shown = one.assets(&fingerprints);
        let assets: Vec<Asset> = shown.iter().collect();
        prop_assert_eq!(&assets, &other.assets(&fingerprints).iter().collect::<Vec<_>>());
        // Every subject is in exactly one asset.
        let mut keys: Vec<&Key> = assets.iter().flat_map(|it| &it.keys).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(count, keys.len());
        for key in one.subjects.keys() {
            prop_assert!(shown.of(key).is_some_and(|it| it.keys.contains(key)));
        }
    }

    #[test]
    fn taking_back_what_was_added_restores(
        before in prop::collection::vec(observation(), 0..30),
        after in prop::collection::vec(observation(), 0..30),
    ) {
        let mut inventory = of(&before);
        let kept = inventory.clone();
        for mut observation in after {
            observation.source = "later".to_owned();
            inventory.add(&observation);
        }
        inventory.retract("later");
        prop_assert_eq!(inventory, kept);
    }

    #[test]
    fn any_text_is_a_subject_or_refused(text in ".{0,40}", value in ".{0,40}") {
        let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
        let added = inventory.add(&said(&text, Attribute::Is, &value));
        prop_assert_eq!(added == Added::New, Key::parse(&text).is_some() && !value.is_empty());
        let fingerprints = Fingerprints::built_in().unwrap();
        prop_assert!(inventory.assets(&fingerprints).iter().count() <= 2);
    }
}
