//! The demonstration, as a child of the measurement: the very program, in a process of its own.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use hyper::Uri;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::Deserialize;

use super::BenchError;
use super::limits::{ANNOUNCEMENT_BYTES_MAX, READY_MAX};
use super::load::Place;
use super::process::Process;

/// A running demonstration.
#[derive(Debug)]
pub(super) struct Demonstration {
    process: Process,
    announced: Announced,
}

/// What the demonstration says about itself when it is ready.
#[derive(Debug, Deserialize)]
struct Announced {
    ca_file: PathBuf,
    data: PathBuf,
    examples: Examples,
    services: Vec<Upstream>,
}

#[derive(Debug, Deserialize)]
struct Examples {
    permitted: Permitted,
    break_glass: BreakGlass,
}

#[derive(Debug, Deserialize)]
struct Permitted {
    url: String,
    token: String,
}

#[derive(Debug, Deserialize)]
struct BreakGlass {
    url: String,
    /// A declaration for one patient.
    body: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Upstream {
    kind: String,
    upstream: String,
}

/// Where the same resources are.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) place: Place,
    /// `host:port`, as requests name it.
    pub(super) authority: String,
    /// The path of the FHIR base, such as `/fhir`.
    pub(super) base: String,
}

/// The same records by two ways, and a read that is permitted.
#[derive(Debug)]
pub(super) struct Ends {
    /// To the upstream itself, in clear.
    pub(super) direct: End,
    /// Through the door.
    pub(super) hygie: End,
    /// Whose record the read is.
    pub(super) patient: String,
    /// Who may read it.
    pub(super) token: String,
}

/// How an emergency is declared at the door.
#[derive(Debug)]
pub(super) struct Declaration {
    path: String,
    body: serde_json::Map<String, serde_json::Value>,
}

impl Demonstration {
    /// Starts `program demo` with a new data folder, and waits until it serves.
    pub(super) fn start(program: &Path, folder: &Path) -> Result<Self, BenchError> {
        let mut command = Command::new(program);
        command
            .args(["demo", "--json", "--port", "0", "--data"])
            .arg(folder.join("data"));
        let mut process = Process::start(command, folder.join("demo.log"))?;
        let line = process
            .stdout()
            .and_then(first_line)
            .ok_or_else(|| process.failed())?;
        let announced = serde_json::from_str(&line).map_err(|source| BenchError::Announcement {
            program: program.to_owned(),
            source,
        })?;
        Ok(Self { process, announced })
    }

    /// Memory that it holds, in bytes; `None` when the system does not tell.
    pub(super) fn resident_bytes(&self) -> Option<u64> {
        self.process.resident_bytes()
    }

    /// The certificate of the door and its key.
    pub(super) fn certificate_and_key(&self) -> [PathBuf; 2] {
        let tls = self.announced.data.join("tls");
        [tls.join("server.pem"), tls.join("server.key")]
    }

    /// Forgets the most memory that it held, where the system lets one.
    pub(super) fn forget_resident_peak(&self) {
        self.process.forget_resident_peak();
    }

    /// The most memory that it held since then, in bytes.
    pub(super) fn resident_peak_bytes(&self) -> Option<u64> {
        self.process.resident_peak_bytes()
    }

    /// The folder of the group behind the door.
    pub(super) fn group_folder(&self) -> PathBuf {
        self.announced.data.join("demo")
    }

    /// The records, at the door and at the upstream behind it.
    pub(super) fn ends(&self) -> Result<Ends, BenchError> {
        let Permitted { url, token } = &self.announced.examples.permitted;
        let mut services = self.announced.services.iter();
        let behind = services.find(|service| service.kind == "fhir");
        let behind = behind.map_or("", |service| service.upstream.as_str());
        let config = client_config(&self.announced.ca_file)?;
        let (base, patient) = read_of(url).ok_or_else(|| unusable(url))?;
        let door = Address::of(base).ok_or_else(|| unusable(url))?;
        let name = ServerName::try_from(door.host.clone()).map_err(|_| unusable(url))?;
        let behind = Address::of(behind).ok_or_else(|| unusable(behind))?;
        Ok(Ends {
            direct: behind.end("direct", None),
            hygie: door.end("hygie", Some((config, name))),
            patient: patient.to_owned(),
            token: token.clone(),
        })
    }

    /// How an emergency is declared.
    pub(super) fn declaration(&self) -> Result<Declaration, BenchError> {
        let BreakGlass { url, body } = &self.announced.examples.break_glass;
        let address = Address::of(url).ok_or_else(|| unusable(url))?;
        Ok(Declaration {
            path: address.path,
            body: body.clone(),
        })
    }
}

impl End {
    /// A read or search below the FHIR base, such as `Patient/pat-0001`.
    ///
    /// The same headers everywhere, so that the same bytes are carried.
    pub(super) fn get(&self, below: &str, token: &str) -> Arc<[u8]> {
        let Self {
            authority, base, ..
        } = self;
        let text = format!(
            "GET {base}/{below} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
             Accept: application/fhir+json\r\n\r\n"
        );
        Arc::from(text.into_bytes())
    }

    /// A resource that is created below the FHIR base.
    pub(super) fn create(&self, resource_type: &str, token: &str, json: &str) -> Arc<[u8]> {
        let path = format!("{}/{resource_type}", self.base);
        self.post(&path, token, "application/fhir+json", json)
    }

    /// The declaration of an emergency for a patient.
    pub(super) fn declare(&self, how: &Declaration, patient: &str, token: &str) -> Arc<[u8]> {
        let mut body = how.body.clone();
        body.insert("patient".to_owned(), patient.into());
        let body = serde_json::Value::Object(body).to_string();
        self.post(&how.path, token, "application/json", &body)
    }

    fn post(&self, path: &str, token: &str, media_type: &str, body: &str) -> Arc<[u8]> {
        let (authority, length) = (&self.authority, body.len());
        let text = format!(
            "POST {path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
             Accept: application/fhir+json\r\nContent-Type: {media_type}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        Arc::from(text.into_bytes())
    }
}

/// A URL, taken apart.
struct Address {
    host: String,
    authority: String,
    address: SocketAddr,
    path: String,
}

impl Address {
    fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?;
        let addresses: Vec<_> = (authority.host(), authority.port_u16()?)
            .to_socket_addrs()
            .ok()?
            .collect();
        // `localhost` may stand for both; the demonstration listens on the older one.
        let older = addresses.iter().find(|address| address.is_ipv4());
        Some(Self {
            host: authority.host().to_owned(),
            authority: authority.to_string(),
            address: *older.or(addresses.first())?,
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    fn end(self, name: &'static str, tls: Option<(Arc<ClientConfig>, ServerName<'static>)>) -> End {
        End {
            place: Place {
                name,
                address: self.address,
                tls,
            },
            authority: self.authority,
            base: self.path,
        }
    }
}

fn unusable(url: &str) -> BenchError {
    BenchError::Url {
        url: url.to_owned(),
    }
}

/// The FHIR base and the patient of a door's URL of a patient.
fn read_of(url: &str) -> Option<(&str, &str)> {
    let (base, patient) = url.rsplit_once("/Patient/")?;
    let is_id = !patient.is_empty() && !patient.contains(['/', '?', '#']);
    is_id.then_some((base, patient))
}

/// Trusts the demonstration's own authority, and nobody else.
fn client_config(ca_file: &Path) -> Result<Arc<ClientConfig>, BenchError> {
    let mut config =
        gateway::tls::client_config(Some(ca_file)).map_err(|source| BenchError::Certificate {
            path: ca_file.to_owned(),
            source,
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The first line, within [`READY_MAX`]; what follows is read and dropped, so that the program
/// never waits for a reader.
fn first_line(stdout: ChildStdout) -> Option<String> {
    let (tell, told) = sync_channel(1);
    thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let read = stdout
            .by_ref()
            .take(ANNOUNCEMENT_BYTES_MAX)
            .read_line(&mut line);
        let whole = read.is_ok() && line.ends_with('\n');
        if tell.send(whole.then_some(line)).is_ok() {
            io::copy(&mut stdout, &mut io::sink()).unwrap_or_default();
        }
    });
    told.recv_timeout(READY_MAX).ok().flatten()
}

#[cfg(test)]
mod tests;
