use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn the_read_behind_the_door_is_the_same_resource() {
    let check = |url: &str, base: &str, expect: Option<&str>| {
        assert_eq!(
            direct_url(url, base).as_deref(),
            expect,
            "{url} over {base}"
        );
    };
    let door = "https://localhost:8443/fhir/Patient/pat-0001";
    let behind = Some("http://127.0.0.1:41234/fhir/Patient/pat-0001");
    check(door, "http://127.0.0.1:41234/fhir", behind);
    check(door, "http://127.0.0.1:41234/fhir/", behind);
    check(door, "", None);
    check("https://localhost:8443/fhir/", "http://127.0.0.1:1", None);
}

#[test]
fn a_url_is_taken_apart_and_the_request_written() {
    let place = Place::of("https://localhost:8443/fhir/Patient/p?x=1").unwrap();
    assert_eq!(place.host, "localhost");
    assert_eq!(place.address.port(), 8443);
    assert_eq!(
        std::str::from_utf8(&request(&place, "t.o.k")).unwrap(),
        "GET /fhir/Patient/p?x=1 HTTP/1.1\r\nHost: localhost:8443\r\n\
         Authorization: Bearer t.o.k\r\nAccept: application/fhir+json\r\n\r\n"
    );
    for url in ["", "/fhir", "https://localhost/without-port", "https://:1"] {
        assert!(Place::of(url).is_none(), "{url}");
    }
}

fn start(folder: &Path, script: &str) -> Result<Demonstration, BenchError> {
    let program = folder.join("program");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    Demonstration::start(&program, folder)
}

#[test]
fn what_the_demonstration_announces_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let demonstration = start(
        folder.path(),
        r#"[ "$1 $2 $3 $4 $5" = "demo --json --port 0 --data" ] || exit 64
        echo '{"url":"u","ca_file":"/x/ca.pem","data":"/x","identities":[],
        "examples":{"permitted":{"method":"GET","url":"https://localhost:1/fhir/Patient/a",
        "token":"t","status":200,"body":null},"refused":{}},"services":[
        {"name":"devices","kind":"web","upstream":"http://127.0.0.1:2"},
        {"name":"fhir","kind":"fhir","upstream":"http://127.0.0.1:3/fhir"}]}' | tr -d '\n'
        echo; exec sleep 60"#,
    )
    .unwrap();
    let [certificate, key] = demonstration.certificate_and_key();
    assert_eq!(certificate, Path::new("/x/tls/server.pem"));
    assert_eq!(key, Path::new("/x/tls/server.key"));
    let error = demonstration.ways().unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot trust the authority in `/x/ca.pem`"
    );
}

#[test]
fn a_demonstration_that_does_not_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let error = start(folder.path(), "echo the port is taken >&2; exit 1").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("did not get ready: the port is taken"),
        "{error}"
    );
    let error = start(folder.path(), "echo hello; exec sleep 60").unwrap_err();
    assert!(matches!(error, BenchError::Announcement { .. }), "{error}");
}
