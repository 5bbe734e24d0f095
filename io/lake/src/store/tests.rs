use super::*;

#[track_caller]
fn refused(description: &str, what: &str) {
    let error = Store::open(Some(description), Path::new("/nowhere/log")).unwrap_err();
    assert!(error.to_string().contains(what), "{error}");
}

#[test]
fn a_description_that_is_none_says_what_to_give() {
    refused("{", "not as documented");
    refused(r#"{"url":"file:///x","speed":1}"#, "unknown field");
    refused(r#"{"url":"file://relative"}"#, "absolute path");
    refused(
        r#"{"url":"ftp://host/"}"#,
        "begins with `file://` or `s3://`",
    );
    refused(&"x".repeat(STORE_BYTES_MAX + 1), "too long");
}

#[test]
fn keys_come_from_files_and_a_missing_one_is_named() {
    let description = r#"{"url":"s3://bucket/prefix","access_key_id_file":"/nowhere/id"}"#;
    let error = Store::open(Some(description), Path::new("/nowhere/log")).unwrap_err();
    assert!(error.to_string().contains("`/nowhere/id`"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    fs::write(&key, "hidden-value\n").unwrap();
    let description = format!(
        r#"{{"url":"s3://bucket/prefix","region":"x","access_key_id_file":"{0}","secret_access_key_file":"{0}"}}"#,
        key.display()
    );
    let store = Store::open(Some(&description), folder.path()).unwrap();
    assert!(!format!("{store:?}").contains("hidden-value"), "{store:?}");
}

#[test]
fn a_folder_is_made_and_names_stay_inside() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("a/b");
    let store = Store::folder(&root).unwrap();
    assert!(root.is_dir());
    for name in ["../x", "a/../../x", "/x", "a//b", ""] {
        if let Ok(path) = store.path(name) {
            assert!(!path.as_ref().contains(".."), "{name} is {path}");
        }
    }
    assert!(store.aside("../x", folder.path()).is_err());
}
