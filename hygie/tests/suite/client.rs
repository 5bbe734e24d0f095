//! A small blocking HTTPS client that sends exactly the bytes it is given.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

/// How long an answer may take on a machine that does much else; nothing is measured by it.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// The most bytes that are read in search of the end of a head.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A client of one door.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    port: u16,
    config: Arc<ClientConfig>,
}

/// One connection to it.
pub(crate) struct Connection {
    stream: StreamOwned<ClientConnection, TcpStream>,
    /// What was read behind the last answer.
    ahead: Vec<u8>,
}

/// A request, written out when it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    head: String,
    body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// A client of the door at a port of this machine that trusts an authority.
    pub(crate) fn new(port: u16, ca_file: &Path) -> Self {
        let config = trusting(ca_file).with_no_client_auth();
        Self {
            port,
            config: Arc::new(config),
        }
    }

    /// The same with a client certificate.
    pub(crate) fn with_certificate(port: u16, ca_file: &Path, cert: &str, key: &str) -> Self {
        let chain = CertificateDer::pem_slice_iter(cert.as_bytes()).map(Result::unwrap);
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let config = trusting(ca_file).with_client_auth_cert(chain.collect(), key);
        Self {
            port,
            config: Arc::new(config.unwrap()),
        }
    }

    pub(crate) fn connect(&self) -> io::Result<Connection> {
        let tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        tcp.set_read_timeout(Some(ANSWER_MAX))?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").unwrap();
        let tls = ClientConnection::new(Arc::clone(&self.config), name).unwrap();
        Ok(Connection {
            stream: StreamOwned::new(tls, tcp),
            ahead: Vec::new(),
        })
    }

    /// One request on a connection of its own.
    pub(crate) fn ask(&self, ask: &Ask) -> Answer {
        self.try_ask(ask).unwrap()
    }

    /// The same, when it may not work.
    pub(crate) fn try_ask(&self, ask: &Ask) -> io::Result<Answer> {
        self.connect()?.ask(ask)
    }

    /// A `GET` with a token.
    pub(crate) fn get(&self, target: &str, token: &str) -> Answer {
        self.ask(&Ask::get(target).bearer(token))
    }

    /// Sends bytes as they are and reads the answer to them.
    pub(crate) fn send(&self, bytes: &[u8]) -> io::Result<Answer> {
        let mut connection = self.connect()?;
        connection.write(bytes)?;
        connection.read_answer()
    }
}

impl Connection {
    pub(crate) fn ask(&mut self, ask: &Ask) -> io::Result<Answer> {
        self.write(&ask.bytes())?;
        self.read_answer()
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Reads one answer with its whole body; an early end is an error.
    pub(crate) fn read_answer(&mut self) -> io::Result<Answer> {
        let head_bytes = loop {
            if let Some(end) = self.ahead.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.ahead.len() < HEAD_BYTES_MAX, "a head without end");
            self.fill()?;
        };
        let (status, headers) = read_head(&self.ahead[..head_bytes]);
        self.ahead.drain(..head_bytes);
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        if answer.header("transfer-encoding").is_some() {
            answer.body = self.read_chunks()?;
            return Ok(answer);
        }
        let length = answer.header("content-length").unwrap_or("0");
        let length: usize = length.parse().unwrap();
        answer.body = self.take(length)?;
        Ok(answer)
    }

    /// Reads up to some bytes, these included, for what is not HTTP.
    pub(crate) fn read_until(&mut self, end: &[u8]) -> io::Result<Vec<u8>> {
        loop {
            let mut places = self.ahead.windows(end.len());
            if let Some(place) = places.position(|part| part == end) {
                return self.take(place + end.len());
            }
            assert!(self.ahead.len() < HEAD_BYTES_MAX, "no end");
            self.fill()?;
        }
    }

    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            match httparse::parse_chunk_size(&self.ahead).unwrap() {
                httparse::Status::Partial => self.fill()?,
                httparse::Status::Complete((line, size)) => {
                    self.take(line)?;
                    let size = usize::try_from(size).unwrap();
                    body.extend(self.take(size)?);
                    self.take(2)?;
                    if size == 0 {
                        return Ok(body);
                    }
                }
            }
        }
    }

    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.ahead.len() < length {
            self.fill()?;
        }
        Ok(self.ahead.drain(..length).collect())
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut piece = vec![0; 16 * 1024];
        match self.stream.read(&mut piece)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.ahead.extend_from_slice(&piece[..count]);
                Ok(())
            }
        }
    }
}

impl Ask {
    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self {
            head: format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\n"),
            body: Vec::new(),
        }
    }

    /// A declaration or another JSON body.
    pub(crate) fn post_json(target: &str, body: &Value) -> Self {
        Self::new("POST", target)
            .header("content-type", "application/json")
            .body(body.to_string().as_bytes())
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.header("content-length", &body.len().to_string())
    }

    /// The request as it goes over the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone().into_bytes();
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The name of the request.
    pub(crate) fn request(&self) -> &str {
        self.header("x-request-id").expect("an answer has a name")
    }

    /// Under which index its evidence is kept.
    pub(crate) fn evidence(&self) -> Option<u64> {
        self.header("hygie-evidence").map(|it| it.parse().unwrap())
    }

    /// In which log, by its folder, and under which index this was kept.
    pub(crate) fn leaf(&self) -> Option<(&'static str, u64)> {
        let rejected = || self.header("hygie-telemetry").map(|it| it.parse().unwrap());
        let kept = self.evidence().map(|index| ("evidence", index));
        kept.or_else(|| Some(("telemetry", rejected()?)))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    /// The resources of a bundle.
    pub(crate) fn resources(&self) -> Vec<Value> {
        let bundle = self.json();
        assert_eq!(bundle["resourceType"], "Bundle", "{bundle}");
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        entries.iter().map(|it| it["resource"].clone()).collect()
    }

    /// The code of the refusal in an `OperationOutcome`.
    pub(crate) fn reason(&self) -> String {
        let outcome = self.json();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome}");
        let code = &outcome["issue"][0]["details"]["coding"][0]["code"];
        code.as_str().unwrap().to_owned()
    }
}

/// The path and query of an address of the door.
pub(crate) fn target_of(url: &Value) -> String {
    let url = url.as_str().unwrap();
    let (_, below) = url
        .strip_prefix("https://")
        .unwrap()
        .split_once('/')
        .unwrap();
    format!("/{below}")
}

fn trusting(
    ca_file: &Path,
) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca_file).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
}

fn read_head(bytes: &[u8]) -> (u16, Vec<(String, String)>) {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut headers);
    assert!(head.parse(bytes).unwrap().is_complete());
    let headers = head.headers.iter().map(|header| {
        let value = std::str::from_utf8(header.value).unwrap();
        (header.name.to_ascii_lowercase(), value.to_owned())
    });
    (head.code.unwrap(), headers.collect())
}
