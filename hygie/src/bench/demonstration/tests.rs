use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn the_base_and_the_patient_of_a_read() {
    let check = |url: &str, expect: Option<(&str, &str)>| assert_eq!(read_of(url), expect, "{url}");
    let base = "https://localhost:8443/fhir";
    check(
        "https://localhost:8443/fhir/Patient/pat-0001",
        Some((base, "pat-0001")),
    );
    check("https://localhost:8443/fhir/Patient/", None);
    check("https://localhost:8443/fhir/Patient/a/Observation", None);
    check("https://localhost:8443/fhir/Patient/a?x=1", None);
    check("https://localhost:8443/fhir/Observation/a", None);
}

#[test]
fn a_url_is_taken_apart_and_requests_are_written() {
    let address = Address::of("https://localhost:8443/fhir/").unwrap();
    assert_eq!(address.host, "localhost");
    let end = address.end("hygie", None);
    assert_eq!(end.place.address.port(), 8443);
    let text = |bytes: Arc<[u8]>| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(
        text(end.get("Patient/p?x=1", "t.o.k")),
        "GET /fhir/Patient/p?x=1 HTTP/1.1\r\nHost: localhost:8443\r\n\
         Authorization: Bearer t.o.k\r\nAccept: application/fhir+json\r\n\r\n"
    );
    assert_eq!(
        text(end.create("Observation", "t", "{\"a\":\"é\"}")),
        "POST /fhir/Observation HTTP/1.1\r\nHost: localhost:8443\r\nAuthorization: Bearer t\r\n\
         Accept: application/fhir+json\r\nContent-Type: application/fhir+json\r\n\
         Content-Length: 10\r\n\r\n{\"a\":\"é\"}"
    );
    for url in ["", "/fhir", "https://localhost/without-port", "https://:1"] {
        assert!(Address::of(url).is_none(), "{url}");
    }
}

#[test]
fn an_emergency_is_declared_as_announced_for_another_patient() {
    let end = Address::of("https://localhost:8443/fhir")
        .unwrap()
        .end("hygie", None);
    let body = serde_json::json!({ "patient": "a", "reason": "unconscious-patient", "text": "x" });
    let how = Declaration {
        path: "/break-glass".to_owned(),
        body: body.as_object().unwrap().clone(),
    };
    let request = String::from_utf8(end.declare(&how, "b", "t").to_vec()).unwrap();
    assert!(
        request.starts_with("POST /break-glass HTTP/1.1\r\n"),
        "{request}"
    );
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let expect =
        serde_json::json!({ "patient": "b", "reason": "unconscious-patient", "text": "x" });
    assert_eq!(body, expect);
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
        "token":"t","status":200,"body":null},"refused":{},"break_glass":{
        "url":"https://localhost:1/break-glass","body":{"reason":"r"}}},"services":[
        {"name":"devices","kind":"web","upstream":"http://127.0.0.1:2"},
        {"name":"fhir","kind":"fhir","upstream":"http://127.0.0.1:3/fhir"}]}' | tr -d '\n'
        echo; exec sleep 60"#,
    )
    .unwrap();
    let [certificate, key] = demonstration.certificate_and_key();
    assert_eq!(certificate, Path::new("/x/tls/server.pem"));
    assert_eq!(key, Path::new("/x/tls/server.key"));
    assert_eq!(demonstration.group_folder(), Path::new("/x/demo"));
    assert_eq!(demonstration.declaration().unwrap().path, "/break-glass");
    let error = demonstration.ends().unwrap_err();
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
