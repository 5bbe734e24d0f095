//! The demonstration, as a child of the measurement: the very program, in a process of its own.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use hyper::Uri;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;

use super::BenchError;
use super::limits::{ANNOUNCEMENT_BYTES_MAX, READY_MAX};
use super::load::Target;
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
}

#[derive(Debug, Deserialize)]
struct Permitted {
    url: String,
    token: String,
}

#[derive(Debug, Deserialize)]
struct Upstream {
    kind: String,
    upstream: String,
}

/// The same read by two ways.
#[derive(Debug)]
pub(super) struct Ways {
    /// To the upstream itself, in clear.
    pub(super) direct: Target,
    /// Through the door.
    pub(super) hygie: Target,
    /// `host:port` of the upstream.
    pub(super) upstream: String,
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

    /// The permitted read, at the door and at the upstream behind it.
    pub(super) fn ways(&self) -> Result<Ways, BenchError> {
        let Permitted { url, token } = &self.announced.examples.permitted;
        let unusable = |url: &str| BenchError::Url {
            url: url.to_owned(),
        };
        let mut services = self.announced.services.iter();
        let base = services.find(|service| service.kind == "fhir");
        let base = base.map_or("", |service| service.upstream.as_str());
        let door = Place::of(url).ok_or_else(|| unusable(url))?;
        let direct_url = direct_url(url, base).ok_or_else(|| unusable(base))?;
        let behind = Place::of(&direct_url).ok_or_else(|| unusable(&direct_url))?;
        let config = client_config(&self.announced.ca_file)?;
        let name = ServerName::try_from(door.host.clone()).map_err(|_| unusable(url))?;
        Ok(Ways {
            direct: Target {
                name: "direct",
                address: behind.address,
                tls: None,
                request: request(&behind, token),
            },
            hygie: Target {
                name: "hygie",
                address: door.address,
                tls: Some((config, name)),
                request: request(&door, token),
            },
            upstream: behind.authority,
        })
    }
}

/// A URL, taken apart.
struct Place {
    host: String,
    authority: String,
    address: SocketAddr,
    path: String,
}

impl Place {
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
            path: uri.path_and_query()?.to_string(),
        })
    }
}

/// The resource of a door's URL, its last two segments, under the upstream's base.
fn direct_url(url: &str, base: &str) -> Option<String> {
    let mut segments = url.rsplit('/');
    let (id, kind) = (segments.next()?, segments.next()?);
    (!id.is_empty() && !kind.is_empty() && !base.is_empty())
        .then(|| format!("{}/{kind}/{id}", base.trim_end_matches('/')))
}

/// The same headers everywhere, so that the same bytes are carried.
fn request(place: &Place, token: &str) -> Arc<[u8]> {
    let Place {
        authority, path, ..
    } = place;
    let text = format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
         Accept: application/fhir+json\r\n\r\n"
    );
    Arc::from(text.into_bytes())
}

/// Trusts the demonstration's own authority, and nobody else.
fn client_config(ca_file: &Path) -> Result<Arc<ClientConfig>, BenchError> {
    let tls = |source| BenchError::Certificate {
        path: ca_file.to_owned(),
        source,
    };
    let unreadable = |_| tls(rustls::Error::General("no certificate in PEM".to_owned()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca_file).map_err(unreadable)? {
        roots.add(certificate.map_err(unreadable)?).map_err(tls)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
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
