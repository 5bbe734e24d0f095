//! The server over real loopback sockets, asked by a client of a few lines.

use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::demo::tests::group;
use crate::demo::{DemoError, Resource, serve};

/// A running server.
pub(crate) struct Running {
    origin: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Running {
    pub(crate) async fn start<A: Answer>(make: impl FnOnce(&str) -> A) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let answer = Arc::new(make(&origin));
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, answer, async move {
            stopped.await.unwrap();
        }));
        Self { origin, stop, task }
    }

    pub(crate) async fn ask(&self, request: &str) -> Reply {
        let address = self.origin.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply {
            status,
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    pub(crate) async fn get(&self, target: &str) -> Reply {
        self.ask(&format!(
            "GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        ))
        .await
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

async fn server() -> (Running, &'static [Resource]) {
    let (_, records, _) = group();
    let shelves = Shelves::new(records.clone()).unwrap();
    (
        Running::start(|origin| FhirServer::new(shelves, origin)).await,
        records,
    )
}

/// The resources of a type that name a patient, by a scan of the records.
fn scan(records: &[Resource], resource_type: &str, patient: &str) -> Vec<Value> {
    let link = format!("Patient/{patient}");
    let values = records
        .iter()
        .filter(|it| it.resource_type == resource_type);
    values
        .map(|it| serde_json::from_slice::<Value>(&it.json).unwrap())
        .filter(|it| it["subject"]["reference"] == link || it["patient"]["reference"] == link)
        .collect()
}

fn resources(bundle: &Value) -> Vec<Value> {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries
        .into_iter()
        .map(|it| it["resource"].clone())
        .collect()
}

#[tokio::test]
async fn a_read_gives_the_very_bytes() {
    let (server, records) = server().await;
    for resource in records.iter().step_by(97) {
        let target = format!("/fhir/{}/{}", resource.resource_type, resource.id);
        let reply = server.get(&target).await;
        assert_eq!(reply.status, 200, "{target}");
        assert_eq!(reply.body.as_bytes(), resource.json);
        assert!(reply.head.contains("content-type: application/fhir+json"));
        assert!(reply.head.contains("etag: w/\"1\""));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_search_gives_what_a_scan_finds_whatever_the_spelling() {
    let (server, records) = server().await;
    for resource_type in ["Observation", "Condition", "AllergyIntolerance", "CareTeam"] {
        for patient in ["pat-0001", "pat-0077", "pat-0240"] {
            let expected = scan(records, resource_type, patient);
            for query in [
                format!("patient={patient}"),
                format!("patient=Patient/{patient}&_format=json"),
                format!("subject=Patient%2F{patient}"),
            ] {
                let bundle = server
                    .get(&format!("/fhir/{resource_type}?{query}"))
                    .await
                    .json();
                assert_eq!(bundle["type"], "searchset");
                assert_eq!(bundle["total"], expected.len());
                assert_eq!(resources(&bundle), expected, "{query}");
                for entry in bundle["entry"].as_array().into_iter().flatten() {
                    let resource = &entry["resource"];
                    let id = resource["id"].as_str().unwrap();
                    let url = format!("{}/fhir/{resource_type}/{id}", server.origin);
                    assert_eq!(entry["fullUrl"], url);
                    assert_eq!(entry["search"]["mode"], "match");
                }
            }
        }
    }
    let nobody = server.get("/fhir/Observation?patient=nobody").await.json();
    assert_eq!(nobody["total"], 0);
    assert!(nobody.get("entry").is_none());
    server.stop().await;
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end_without_loss() {
    let (server, records) = server().await;
    let all = records
        .iter()
        .filter(|it| it.resource_type == "Practitioner")
        .count();
    for (first, expected) in [
        ("/fhir/Practitioner?_count=7".to_owned(), all),
        ("/fhir/Observation?patient=pat-0003&_count=2".to_owned(), {
            scan(records, "Observation", "pat-0003").len()
        }),
        ("/fhir/Patient/pat-0003/$everything?_count=3".to_owned(), {
            let types = records.iter().map(|it| it.resource_type.as_str());
            let types: std::collections::BTreeSet<_> = types.collect();
            1 + types
                .iter()
                .map(|it| scan(records, it, "pat-0003").len())
                .sum::<usize>()
        }),
    ] {
        let mut seen = Vec::new();
        let mut next = Some(first.clone());
        while let Some(target) = next.take() {
            let bundle = server.get(&target).await.json();
            assert_eq!(bundle["total"], expected);
            seen.extend(resources(&bundle).iter().map(|it| it["id"].to_string()));
            for link in bundle["link"].as_array().unwrap() {
                let url = link["url"]
                    .as_str()
                    .unwrap()
                    .strip_prefix(&server.origin)
                    .unwrap();
                match link["relation"].as_str().unwrap() {
                    "self" => assert_eq!(url, target),
                    "next" => next = Some(url.to_owned()),
                    other => panic!("{other}"),
                }
            }
        }
        assert_eq!(seen.len(), expected, "{first}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), expected, "{first}: an entry came twice");
    }
    let none = server.get("/fhir/Practitioner?_count=0").await.json();
    assert_eq!(
        (none["total"].as_u64().unwrap(), none.get("entry")),
        (all as u64, None)
    );
    assert_eq!(none["link"].as_array().unwrap().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn everything_is_the_patient_and_nobody_else() {
    let (server, _) = server().await;
    let bundle = server
        .get("/fhir/Patient/pat-0042/$everything")
        .await
        .json();
    let found = resources(&bundle);
    assert_eq!(found[0]["id"], "pat-0042");
    assert!(found.len() >= 10);
    for resource in &found[1..] {
        let link = resource
            .get("subject")
            .or_else(|| resource.get("patient"))
            .unwrap();
        assert_eq!(link["reference"], "Patient/pat-0042");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_understood_is_refused_by_an_outcome() {
    let (server, _) = server().await;
    let long = format!("/fhir/Observation?patient={}", "a".repeat(9000));
    for (target, status, code) in [
        ("/fhir/Patient/nobody", 404, "not-found"),
        ("/fhir/Patient/nobody/$everything", 404, "not-found"),
        ("/fhir/Spaceship/1", 404, "not-found"),
        ("/fhir/Spaceship?patient=pat-0001", 404, "not-found"),
        ("/", 404, "not-found"),
        ("/fhir", 404, "not-found"),
        ("/fhirs/Patient/pat-0001", 404, "not-found"),
        ("/fhir//Patient/pat-0001", 404, "not-found"),
        ("/fhir/Patient/pat-0001/_history/2", 404, "not-found"),
        ("/fhir/Patient/pat-0001/_history/x", 404, "not-found"),
        ("/fhir/Observation?value-quantity=5", 400, "not-supported"),
        ("/fhir/Observation?_sort=value", 400, "not-supported"),
        (
            "/fhir/Observation?patient=pat-0001&_include=*",
            400,
            "not-supported",
        ),
        (
            "/fhir/Observation?patient=pat-0001&patient=pat-0002",
            400,
            "not-supported",
        ),
        (
            "/fhir/Observation?patient=pat-0001&subject=pat-0002",
            400,
            "not-supported",
        ),
        ("/fhir/Observation?patient=Group/1", 400, "invalid"),
        ("/fhir/Observation?patient=", 400, "invalid"),
        ("/fhir/Observation?patient=%FF", 400, "invalid"),
        (
            "/fhir/Observation?patient=pat-0001&_count=-1",
            400,
            "invalid",
        ),
        (
            "/fhir/Observation?patient=pat-0001&_count=99999999999999999999",
            400,
            "invalid",
        ),
        (
            "/fhir/Observation?patient=pat-0001&_format=xml",
            400,
            "not-supported",
        ),
        ("/fhir/Patient?patient=pat-0001", 400, "not-supported"),
        ("/fhir/Practitioner?patient=pat-0001", 400, "not-supported"),
        ("/fhir/Patient/pat-0001?_count=1", 400, "not-supported"),
        ("/fhir/metadata?patient=pat-0001", 400, "not-supported"),
        (&long, 400, "invalid"),
    ] {
        let reply = server.get(target).await;
        assert_eq!(reply.status, status, "{target}: {}", reply.body);
        let outcome = reply.json();
        assert_eq!(outcome["resourceType"], "OperationOutcome");
        assert_eq!(outcome["issue"][0]["code"], code, "{target}");
        assert_eq!(outcome["issue"][0]["severity"], "error");
    }
    let posted = "PATCH /fhir/Patient HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                  content-length: 2\r\n\r\n{}";
    let reply = server.ask(posted).await;
    assert_eq!(reply.status, 405);
    assert!(reply.head.contains("allow: get, post, put, delete"));
    server.stop().await;
}

#[tokio::test]
async fn the_statement_tells_what_is_there() {
    let (server, _) = server().await;
    let statement = server.get("/fhir/metadata").await.json();
    assert_eq!(statement["fhirVersion"], "4.0.1");
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    let names: Vec<_> = resources
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 10);
    let patient = resources.iter().find(|it| it["type"] == "Patient").unwrap();
    assert_eq!(patient["operation"][0]["name"], "everything");
    assert!(patient.get("searchParam").is_none());
    server.stop().await;
}

#[tokio::test]
async fn a_connection_serves_many_requests_and_ends_when_the_server_stops() {
    let (server, _) = server().await;
    let address = server.origin.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    for _ in 0..3 {
        stream
            .write_all(b"GET /fhir/Patient/nobody HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let mut buffer = [0_u8; 4096];
        let length = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..length].starts_with(b"HTTP/1.1 404"));
    }
    server.stop().await;
    assert_eq!(
        stream.read(&mut [0_u8; 16]).await.unwrap(),
        0,
        "the idle connection stayed open"
    );
    assert!(TcpStream::connect(&address).await.is_err());
}

#[test]
fn resources_that_cannot_be_filed_name_their_line() {
    let resource = |id: &str, json: &str| Resource {
        resource_type: "Patient".to_owned(),
        id: id.to_owned(),
        json: json.as_bytes().to_vec(),
    };
    for bad in [
        vec![resource("a", "{}"), resource("b", "{")],
        vec![resource("a", "{}"), resource("a", "{}")],
    ] {
        assert!(matches!(
            Shelves::new(bad),
            Err(DemoError::Resource { line: 2 })
        ));
    }
    assert!(Shelves::new(Vec::new()).unwrap().is_empty());
}

#[tokio::test]
async fn conditions_narrow_and_order() {
    let (server, _) = server().await;
    let all = server
        .get("/fhir/Observation?patient=pat-0001&_count=1000")
        .await
        .json();
    let all = all["entry"].as_array().unwrap();
    let code = |entry: &Value| entry["resource"]["code"]["coding"][0]["code"].clone();
    let wanted = code(&all[0]);
    let target = format!(
        "/fhir/Observation?patient=pat-0001&_count=1000&code={}",
        wanted.as_str().unwrap()
    );
    let found = server.get(&target).await.json();
    let found = found["entry"].as_array().unwrap();
    assert!(!found.is_empty() && found.len() < all.len());
    assert!(found.iter().all(|entry| code(entry) == wanted));
    let expected = all.iter().filter(|entry| code(entry) == wanted).count();
    assert_eq!(found.len(), expected);

    let sorted = server
        .get("/fhir/Observation?patient=pat-0001&_count=1000&_sort=-date")
        .await
        .json();
    let dates: Vec<&str> = sorted["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["resource"]["effectiveDateTime"].as_str().unwrap())
        .collect();
    assert!(dates.is_sorted_by(|one, next| one >= next));
    let encounter = all[0]["resource"]["encounter"]["reference"].as_str();
    if let Some(encounter) = encounter {
        let target = format!("/fhir/Observation?encounter={encounter}");
        let found = server.get(&target).await.json();
        assert!(found["total"].as_u64().unwrap() >= 1);
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_written_is_there_until_it_is_removed() {
    let (server, _) = server().await;
    let send = |method: &str, target: &str, header: &str, body: &str| {
        format!(
            "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let body = r#"{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/pat-0001"}}"#;
    let created = server
        .ask(&send("POST", "/fhir/Observation", "", body))
        .await;
    assert_eq!(created.status, 201, "{}", created.body);
    let location = created
        .head
        .lines()
        .find_map(|line| line.strip_prefix("location: "))
        .unwrap();
    let (_, below) = location.split_once("/fhir/").unwrap();
    let place = format!(
        "/fhir/{}",
        below
            .replace("observation", "Observation")
            .replace("/_history/1", "")
    );
    let mut read = server.get(&place).await.json();
    assert_eq!(read["meta"]["versionId"], "1");
    read["status"] = "amended".into();
    let stale = send("PUT", &place, "if-match: W/\"7\"\r\n", &read.to_string());
    assert_eq!(server.ask(&stale).await.status, 412);
    let good = send("PUT", &place, "if-match: W/\"1\"\r\n", &read.to_string());
    assert_eq!(server.ask(&good).await.status, 200);
    assert_eq!(
        server.get(&format!("{place}/_history/1")).await.json()["status"],
        "final"
    );
    let history = server.get(&format!("{place}/_history")).await.json();
    assert_eq!(
        (&history["type"], &history["total"]),
        (&"history".into(), &2.into())
    );
    assert_eq!(history["entry"][0]["resource"]["status"], "amended");
    let found = server
        .get("/fhir/Observation?patient=pat-0001&status=amended")
        .await
        .json();
    assert_eq!(found["total"], 1);
    assert_eq!(
        server.ask(&send("DELETE", &place, "", "")).await.status,
        204
    );
    assert_eq!(server.get(&place).await.status, 410);
    let found = server
        .get("/fhir/Observation?patient=pat-0001&status=amended")
        .await
        .json();
    assert_eq!(found["total"], 0);
    server.stop().await;
}
