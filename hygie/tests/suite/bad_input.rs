//! Input that is wrong: a clear refusal, an event, and nothing disclosed.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpStream;

use event::Event;
use serde_json::{Value, json};

use crate::client::{Answer, Ask};
use crate::hospital::{Hospital, OpenDoor};
use crate::kept::{await_rejections, event_of, request_of};
use crate::liar::{Asked, Liar, SECRET, answer, observation};
use crate::provider::{Provider, claims, header, now_s};

/// A request, the status that refuses it, and the reason that evidence keeps.
type Wrong<'a> = (&'a str, Vec<u8>, u16, &'a str);

fn tell(asked: &Asked<'_>, to: &mut TcpStream) -> io::Result<()> {
    let id = asked.target.rsplit_once('/').unwrap().1;
    answer(to, 200, &observation(id, "p-1"))
}

/// A door whose upstream would show everything to anybody.
struct Site {
    liar: Liar,
    hospital: Hospital,
    door: OpenDoor,
    /// Connections that were ended without an answer of the door's own, by reason.
    cut_off: BTreeMap<String, usize>,
    faults: Vec<String>,
}

impl Site {
    fn open() -> Self {
        let liar = Liar::start(tell);
        let hospital = Hospital::in_front_of(&liar.url);
        let door = hospital.open();
        Self {
            liar,
            hospital,
            door,
            cut_off: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// Sends something wrong and checks what came of it.
    fn check(&mut self, (name, bytes, status, reason): &Wrong<'_>) {
        let answer = match self.door.client.send(bytes) {
            Ok(answer) => answer,
            Err(error) => return self.faults.push(format!("{name}: no answer ({error})")),
        };
        let shown = String::from_utf8_lossy(&answer.body).into_owned();
        if shown.contains(SECRET) || answer.status == 200 {
            self.faults
                .push(format!("{name}: shown! {} {shown}", answer.status));
        }
        let kept = match answer.leaf() {
            Some(leaf) => self.reason_at(leaf, &answer),
            None => self.reason_of_cut_off(reason, &answer),
        };
        if (answer.status, kept.as_str()) != (*status, reason) {
            let line = format!("{name}: {} {kept}, not {status} {reason}", answer.status);
            self.faults.push(line);
        }
    }

    fn reason_at(&self, (log, index): (&str, u64), answer: &Answer) -> String {
        let event = event_of(&self.hospital.data(), log, index);
        assert_eq!(request_of(&event), Some(answer.request()));
        let (status, reason) = match event {
            Event::Access(access) if log == "evidence" => (access.status, access.reasons.join(" ")),
            Event::Rejected(rejected) if log == "telemetry" => (rejected.status, rejected.reason),
            other => panic!("{other:?}"),
        };
        assert_eq!(status, answer.status);
        assert_eq!(answer.json()["resourceType"], "OperationOutcome");
        reason
    }

    /// Bytes that are no request have no name: the connection's end is what is kept.
    fn reason_of_cut_off(&mut self, reason: &str, answer: &Answer) -> String {
        assert_eq!(answer.body, b"", "{answer:?}");
        let count = self.cut_off.entry(reason.to_owned()).or_default();
        *count += 1;
        await_rejections(&self.hospital.data(), reason, *count);
        reason.to_owned()
    }

    /// Nothing wrong was passed on, and the door still serves.
    fn finish(self) {
        assert!(self.faults.is_empty(), "{:#?}", self.faults);
        assert_eq!(self.liar.asked(), [""; 0], "nothing was passed on");
        let good = self
            .door
            .client
            .get("/fhir/Observation/good", &self.hospital.token("doctor"));
        assert_eq!(good.status, 200);
        assert!(self.door.program.stop().success());
    }
}

#[test]
fn bytes_that_are_no_request_are_cut_off() {
    let mut site = Site::open();
    let token = site.hospital.token("doctor");
    let get = |line: &[u8], headers: &str| {
        let authorization = format!("authorization: Bearer {token}\r\n");
        let head = [line, b"\r\nhost: localhost\r\n", authorization.as_bytes()].concat();
        [&head, headers.as_bytes(), b"\r\n"].concat()
    };
    let good = b"GET /fhir/Observation/o-1 HTTP/1.1".as_slice();
    let many: String = (0..100).map(|n| format!("x-{n}: 1\r\n")).collect();
    // Exactly as much as the door takes, and no end yet: more would be lost when it hangs up on a
    // client that still writes, and the answer with it.
    let mut long = get(good, "x-long: ");
    long.truncate(long.len() - 2);
    long.resize(gateway::limits::HEAD_BYTES_MAX, b'x');
    for wrong in [
        ("no target", get(b"GET", ""), 400, "http-malformed"),
        (
            "no version",
            get(b"GET /fhir/Observation/o-1", ""),
            400,
            "http-malformed",
        ),
        (
            "another version",
            get(b"GET /fhir/Observation/o-1 HTTP/9.9", ""),
            400,
            "http-malformed",
        ),
        (
            "no colon",
            get(good, "x-header without colon\r\n"),
            400,
            "http-malformed",
        ),
        (
            "space before colon",
            get(good, "x-header : 1\r\n"),
            400,
            "http-malformed",
        ),
        (
            "NUL in a header",
            get(good, "x-header: \0\r\n"),
            400,
            "http-malformed",
        ),
        (
            "NUL in the target",
            get(b"GET /fhir/\0 HTTP/1.1", ""),
            400,
            "http-malformed",
        ),
        (
            "invalid UTF-8",
            get(b"GET /fhir/\xff\xfe HTTP/1.1", ""),
            400,
            "http-malformed",
        ),
        (
            "two lengths",
            get(good, "content-length: 1\r\ncontent-length: 2\r\n"),
            400,
            "http-malformed",
        ),
        (
            "no length",
            get(good, "content-length: many\r\n"),
            400,
            "http-malformed",
        ),
        (
            "too many headers",
            get(good, &many),
            431,
            "http-head-too-large",
        ),
        ("a head too long", long, 431, "http-head-too-large"),
    ] {
        site.check(&wrong);
    }
    site.finish();
}

#[test]
fn tricks_with_the_path_are_refused() {
    let mut site = Site::open();
    let token = site.hospital.token("doctor");
    for (target, status, reason) in [
        ("//fhir/Observation/o-1", 400, "empty-segment"),
        ("/fhir//Observation/o-1", 400, "empty-segment"),
        ("/fhir/../fhir/Observation/o-1", 400, "dot-segment"),
        ("/fhir/./Observation/o-1", 400, "dot-segment"),
        ("/fhir/%2e%2e/Observation/o-1", 400, "encoded-dot"),
        ("/fhir/%2E/Observation/o-1", 400, "encoded-dot"),
        ("/fhir/Observation%2fo-1", 400, "encoded-separator"),
        ("/fhir/Observation%5Co-1", 400, "encoded-separator"),
        ("/fhir/Observation/o-1%00", 400, "control-character"),
        ("/fhir/Observation/%252e%252e", 400, "double-encoding"),
        ("/fhir/Observation/%ff", 400, "invalid-utf8"),
        ("/fhir/Observation/%zz", 400, "invalid-escape"),
        (
            "https://localhost/fhir/Observation/o-1",
            400,
            "not-origin-form",
        ),
        (
            "http://elsewhere.example/fhir/Observation/o-1",
            400,
            "not-origin-form",
        ),
    ] {
        site.check(&(
            target,
            Ask::get(target).bearer(&token).bytes(),
            status,
            reason,
        ));
    }
    let long = format!("/fhir/Observation/{}", "x".repeat(5000));
    site.check(&(
        "long",
        Ask::get(&long).bearer(&token).bytes(),
        400,
        "too-long",
    ));
    site.finish();
}

#[test]
fn what_the_grammar_does_not_know_is_refused() {
    let mut site = Site::open();
    let token = site.hospital.token("doctor");
    let get = [
        ("/Observation?patient=p-1&_include=*", 501, "include"),
        (
            "/Observation?patient=p-1&_revinclude=Encounter:location",
            501,
            "include",
        ),
        (
            "/Observation?patient=p-1&_has:Encounter:location:name=x",
            501,
            "reverse-chain",
        ),
        ("/Observation?patient=p-1&_total=all", 400, "bad-total"),
        ("/Observation?_page=a.b", 400, "bad-page"),
        ("/Patient", 501, "search-without-patient"),
        ("/Observation?patient:missing=true", 501, "modifier"),
        ("/Observation?subject.name=x", 501, "chain"),
        (
            "/Observation?patient=p-1&patient=p-2",
            403,
            "duplicate-parameter",
        ),
        ("/Observation;v=1?patient=p-1", 403, "matrix-parameter"),
        ("/Observation?patient=p-1&_count=many", 400, "bad-count"),
        ("/Observation?patient=p-1&_format=xml", 501, "bad-format"),
        (
            "/Observation?patient=p-1&nonsense=1",
            400,
            "unknown-parameter",
        ),
        ("/Observation?patient=p-1&date=soon", 400, "bad-filter"),
        ("/Observation?patient=p-1&_sort=mood", 400, "bad-sort"),
        ("/Observation/_history", 501, "history"),
        ("/_history", 501, "history"),
        ("/Observation/_search?patient=p-1", 501, "search"),
        ("/Patient/p-1/$export", 501, "operation"),
        ("/$export", 400, "export-not-async"),
        ("/$meta", 501, "operation"),
        ("/Unheard/1", 400, "unknown-type"),
        ("/Observation/no_id", 400, "bad-id"),
    ];
    for (target, status, reason) in get {
        let ask = Ask::get(&format!("/fhir{target}")).bearer(&token);
        site.check(&(target, ask.bytes(), status, reason));
    }
    for (method, target, reason) in [
        ("POST", "/Observation/o-1", "method-write"),
        ("POST", "/metadata/x/y", "method-write"),
        ("OPTIONS", "/Observation/o-1", "method-not-supported"),
        ("TRACE", "/Observation/o-1", "method-not-supported"),
        ("BREW", "/Observation/o-1", "method-not-supported"),
    ] {
        let ask = Ask::new(method, &format!("/fhir{target}")).bearer(&token);
        site.check(&(method, ask.bytes(), 405, reason));
    }
    site.finish();
}

#[test]
fn a_token_that_proves_nothing_is_turned_away() {
    let mut site = Site::open();
    let provider = Provider::new();
    let own = &site.hospital.provider;
    let good = claims("doctor", "s-1");
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        own.sign(&header("ES256"), &changed)
    };
    let mut other_key = header("ES256");
    other_key["kid"] = json!("k-2");
    let token = own.token("doctor", "s-1");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let tampered = own.token("elsewhere", "s-1");
    let tampered = format!("{}.{signature}", tampered.rsplit_once('.').unwrap().0);
    let wrongs = [
        ("none", Provider::unsigned(&good), "token-algorithm"),
        (
            "none with a signature",
            own.sign(&header("none"), &good),
            "token-algorithm",
        ),
        (
            "HMAC with the public key",
            own.confused(&good),
            "token-algorithm",
        ),
        (
            "another algorithm",
            own.sign(&header("RS256"), &good),
            "token-algorithm",
        ),
        (
            "another's signature",
            provider.token("doctor", "s-1"),
            "token-signature",
        ),
        ("tampered", tampered, "token-signature"),
        ("cut short", signed.to_owned(), "token-malformed"),
        (
            "another key",
            own.sign(&other_key, &good),
            "token-key-unknown",
        ),
        (
            "expired",
            with("exp", json!(now_s() - 600)),
            "token-expired",
        ),
        (
            "not yet",
            with("nbf", json!(now_s() + 600)),
            "token-not-yet-valid",
        ),
        (
            "for another",
            with("aud", json!("another")),
            "token-audience",
        ),
        (
            "by another",
            with("iss", json!("https://another.example")),
            "token-issuer",
        ),
        ("of nobody", with("sub", json!("")), "token-subject"),
        ("no token", "no token".to_owned(), "token-malformed"),
        ("too long", "x".repeat(9000), "token-too-long"),
    ];
    for (name, token, reason) in wrongs {
        let ask = Ask::get("/fhir/Observation/o-1").bearer(&token);
        site.check(&(name, ask.bytes(), 401, reason));
    }
    let ask = Ask::get("/fhir/Observation/o-1");
    site.check(&("without", ask.bytes(), 401, "token-missing"));
    let twice = ask.bearer(&token).bearer(&token);
    site.check(&("two tokens", twice.bytes(), 401, "token-malformed"));
    site.finish();
}

#[test]
fn a_declaration_that_says_nothing_opens_nothing() {
    let mut site = Site::open();
    let token = site.hospital.token("elsewhere");
    let good = json!({ "patient": "p-1", "reason": "unconscious-patient", "text": "x" });
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        Ask::post_json("/break-glass", &changed)
    };
    let posted = |kind: &str, body: &[u8]| {
        Ask::new("POST", "/break-glass")
            .header("content-type", kind)
            .body(body)
    };
    let malformed = "request-malformed";
    let good = good.to_string();
    for (name, ask, status, reason) in [
        (
            "too long",
            with("text", json!("x".repeat(17_000))),
            413,
            "body-too-large",
        ),
        (
            "too many words",
            with("text", json!("x".repeat(501))),
            400,
            malformed,
        ),
        ("no patient", with("patient", json!("")), 400, malformed),
        (
            "a list",
            with("patient", json!(["p-1", "p-2"])),
            400,
            malformed,
        ),
        (
            "unknown reason",
            with("reason", json!("curiosity")),
            400,
            malformed,
        ),
        (
            "no words",
            Ask::post_json(
                "/break-glass",
                &json!({ "patient": "p-1", "reason": "other" }),
            ),
            400,
            malformed,
        ),
        ("unknown key", with("minutes", json!(600)), 400, malformed),
        ("no JSON", posted("application/json", b"{"), 400, malformed),
        (
            "not UTF-8",
            posted("application/json", b"{\"patient\":\"\xff\"}"),
            400,
            malformed,
        ),
        (
            "another type",
            posted("text/plain", good.as_bytes()),
            400,
            malformed,
        ),
        (
            "no type",
            Ask::new("POST", "/break-glass").body(good.as_bytes()),
            400,
            malformed,
        ),
        (
            "broken chunks",
            Ask::new("POST", "/break-glass").header("transfer-encoding", "chunked"),
            400,
            malformed,
        ),
    ] {
        let mut bytes = ask.bearer(&token).bytes();
        if name == "broken chunks" {
            bytes.extend_from_slice(b"zz\r\n\r\n");
        }
        site.check(&(name, bytes, status, reason));
    }
    let read = site.door.client.get("/fhir/Patient/p-1", &token);
    assert_eq!(read.status, 403, "no glass was opened");
    site.finish();
}
