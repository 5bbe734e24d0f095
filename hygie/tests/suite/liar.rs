//! An upstream that answers whatever a test wants, byte for byte.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// Words that no client may ever see unless a permit says so.
pub(crate) const SECRET: &str = "sérologie-positive";

/// What it does when a target is asked for; an error closes the connection.
pub(crate) type Tell = fn(&Asked<'_>, &mut TcpStream) -> io::Result<()>;

/// One request.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// Path and query.
    pub(crate) target: &'a str,
    /// The address of this upstream.
    pub(crate) base: &'a str,
}

/// The upstream; its threads end with the test.
#[derive(Debug)]
pub(crate) struct Liar {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Liar {
    pub(crate) fn start(tell: Tell) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let liar = Self {
            url: url.clone(),
            asked: Arc::clone(&asked),
        };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (url, asked) = (url.clone(), Arc::clone(&asked));
                // That the other side has gone, or is sent away, is what these tests are about.
                thread::spawn(move || drop(converse(stream, &url, &asked, tell)));
            }
        });
        liar
    }

    /// Every target that was ever asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn converse(
    mut stream: TcpStream,
    base: &str,
    asked: &Mutex<Vec<String>>,
    tell: Tell,
) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while let Some(line) = lines.next() {
        let line = line?;
        while !lines
            .next()
            .ok_or(io::ErrorKind::UnexpectedEof)??
            .is_empty()
        {}
        let target = line.split(' ').nth(1).unwrap();
        asked.lock().unwrap().push(target.to_owned());
        tell(&Asked { target, base }, &mut stream)?;
    }
    Ok(())
}

/// Answers with a resource.
pub(crate) fn answer(stream: &mut TcpStream, status: u16, body: &Value) -> io::Result<()> {
    raw(stream, status, "", body.to_string().as_bytes())
}

/// Answers with bytes and a further header, each of which may be nonsense.
pub(crate) fn raw(
    stream: &mut TcpStream,
    status: u16,
    header: &str,
    body: &[u8],
) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status} Said\r\ncontent-type: application/fhir+json\r\n{header}\
         content-length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)
}

/// An observation about a patient.
pub(crate) fn observation(id: &str, patient: &str) -> Value {
    of_type("Observation", id, patient)
}

/// A resource of the compartment of a patient.
pub(crate) fn of_type(resource_type: &str, id: &str, patient: &str) -> Value {
    let whose = match resource_type {
        "AllergyIntolerance" | "Immunization" => "patient",
        _ => "subject",
    };
    json!({
        "resourceType": resource_type, "id": id,
        whose: { "reference": format!("Patient/{patient}") },
        "note": [{ "text": SECRET }],
    })
}

/// The same with a confidentiality label.
pub(crate) fn labelled(mut resource: Value, code: &str) -> Value {
    let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    resource["meta"] = json!({ "security": [{ "system": system, "code": code }] });
    resource
}

/// A page of a search.
pub(crate) fn page(base: &str, resources: &[Value], next: Option<&str>) -> Value {
    let entry = |resource: &Value| {
        let (name, id) = (resource["resourceType"].as_str(), resource["id"].as_str());
        json!({
            "fullUrl": format!("{base}/{}/{}", name.unwrap(), id.unwrap()),
            "resource": resource, "search": { "mode": "match" },
        })
    };
    let entries: Vec<Value> = resources.iter().map(entry).collect();
    let mut page = json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries });
    if let Some(next) = next {
        page["link"] = json!([{ "relation": "next", "url": next }]);
    }
    page
}
