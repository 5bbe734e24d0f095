use super::*;

#[test]
fn an_identity_is_one_to_sixty_four_plain_characters() {
    for good in ["a", "Patient-1.2_x", &"x".repeat(64)] {
        assert_eq!(PatientId::new(good).unwrap().as_str(), good);
    }
    for bad in [
        "",
        "a b",
        "a/b",
        "é",
        "a\0",
        "..%2f",
        "a\n",
        &"x".repeat(65),
    ] {
        assert!(PatientId::new(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn reading_json_checks_the_same_rule() {
    assert!(serde_json::from_str::<PersonId>("\"dr-1\"").is_ok());
    assert!(serde_json::from_str::<PersonId>("\"dr 1\"").is_err());
}
