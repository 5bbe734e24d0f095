use super::*;
use proptest::prelude::*;

fn sealer(secret: u8) -> PatientSealer {
    PatientSealer::new(&SealKeys::from_secret(&[secret; 32]))
}

#[test]
fn the_mac_is_hmac_sha256() {
    // RFC 4231, test case 1 uses a key of 20 bytes; zero padding makes it one of 32.
    let mut key = [0_u8; 32];
    key[..20].fill(0x0b);
    let mut mac = mac(&key);
    mac.update(b"Hi There");
    assert_eq!(
        hex::encode(mac.finalize().into_bytes()),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    );
}

#[test]
fn another_key_gives_another_pseudonym_and_opens_nothing() {
    let patient = PatientId::new("pat-1").unwrap();
    let sealed = sealer(1).seal(&patient);
    assert_ne!(sealed.pseudonym, sealer(2).pseudonym(&patient));
    assert_eq!(sealer(2).open(&sealed), Err(SealError));
}

#[test]
fn a_seal_cannot_be_moved_to_another_pseudonym() {
    let sealer = sealer(1);
    let mut swapped = sealer.seal(&PatientId::new("pat-1").unwrap());
    swapped.pseudonym = sealer.pseudonym(&PatientId::new("pat-2").unwrap());
    assert_eq!(sealer.open(&swapped), Err(SealError));
}

proptest! {
    #[test]
    fn what_is_sealed_opens_and_never_shows_the_patient(id in "[A-Za-z0-9._-]{4,64}") {
        let sealer = sealer(7);
        let patient = PatientId::new(&id).unwrap();
        let sealed = sealer.seal(&patient);
        prop_assert_eq!(sealer.open(&sealed).unwrap(), patient);
        prop_assert!(!sealed.sealed.contains(&id));
    }
}
