use super::*;

#[test]
fn what_is_made_opens_and_is_made_once() {
    let place = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(place.path().join("data"));
    assert!(!folder.is_made());
    assert!(matches!(folder.signer(), Err(FolderError::Missing { .. })));
    folder.make("hygie.test/log").unwrap();
    assert_eq!(
        folder.signer().unwrap().verifier(),
        &folder.public_key().unwrap()
    );
    assert!(matches!(
        folder.make("hygie.test/log"),
        Err(FolderError::Present { .. })
    ));
    let patient = event::PatientId::new("ada").unwrap();
    let again = DataFolder::at(folder.root()).sealer().unwrap();
    assert_eq!(
        again
            .open(&folder.sealer().unwrap().seal(&patient))
            .unwrap(),
        patient
    );
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(place.path());
    folder.make("hygie.test/log").unwrap();
    fs::set_permissions(folder.seal_key_file(), fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(folder.sealer(), Err(FolderError::Exposed { .. })));
}

#[test]
fn a_key_of_another_log_or_a_short_one_is_refused() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (DataFolder::at(one.path()), DataFolder::at(two.path()));
    one.make("hygie.test/log").unwrap();
    two.make("hygie.test/log").unwrap();
    fs::copy(two.public_key_file(), one.public_key_file()).unwrap();
    assert!(matches!(one.signer(), Err(FolderError::NoKey { .. })));
    fs::write(two.log_key_file(), b"short").unwrap();
    assert!(matches!(two.signer(), Err(FolderError::NoKey { .. })));
    fs::write(two.public_key_file(), b"no key").unwrap();
    assert!(matches!(
        two.public_key(),
        Err(FolderError::NoPublicKey { .. })
    ));
}
