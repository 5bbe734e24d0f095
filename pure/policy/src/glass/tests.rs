use event::{Actor, GlassReason, PatientSealer, SealKeys};

use super::*;

fn kept(key: Option<&str>) -> GlassDeclared {
    let sealer = PatientSealer::new(&SealKeys::from_secret(&[3; 32]));
    GlassDeclared {
        glass: "g".parse().unwrap(),
        request: "r".parse().unwrap(),
        actor: Actor {
            person: "doc".parse().unwrap(),
            profession: None,
            establishments: Vec::new(),
            session: "s".parse().unwrap(),
            ip: "192.0.2.1".parse().unwrap(),
        },
        key: key.map(|key| key.parse().unwrap()),
        patient: sealer.seal(&"ada".parse().unwrap()),
        reason: GlassReason::LifeThreatening,
        text: String::new(),
        mode: AccessMode::BrisDeGlace,
        from: Timestamp::from_s(1_000),
        until: Timestamp::from_s(999_999),
        review: "v".parse().unwrap(),
        review_due: Timestamp::from_s(5),
        notices: Vec::new(),
    }
}

/// Whatever was kept, an hour is an hour; and a key, or its absence, comes back as it was.
#[test]
fn a_glass_comes_back_from_evidence_no_wider_than_it_was() {
    let patient = || "ada".parse().unwrap();
    let glass = Glass::from_kept(&kept(Some("k1")), patient());
    assert_eq!(glass.until(), Timestamp::from_s(1_000 + 3_600));
    let (k1, k2) = ("k1".parse().unwrap(), "k2".parse().unwrap());
    assert!(glass.is_of_device(Some(&k1)));
    assert!(!glass.is_of_device(Some(&k2)));
    assert!(!glass.is_of_device(None));
    let keyless = Glass::from_kept(&kept(None), patient());
    assert!(keyless.is_of_device(None));
    assert!(!keyless.is_of_device(Some(&k1)));
}

#[test]
fn asking_shortens_an_opening_and_never_lengthens_it() {
    let (ten, day) = (Duration::from_secs(600), Duration::from_secs(86_400));
    let terms = GlassTerms::new(Duration::from_secs(1_800), day);
    assert_eq!(terms.shortened(ten).open(), ten);
    assert_eq!(terms.shortened(day).open(), Duration::from_secs(1_800));
}
