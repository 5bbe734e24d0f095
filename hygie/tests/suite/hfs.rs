//! A Helios FHIR server of its own for one test: in memory, on a free port, stopped at the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

/// What the server prints just before it listens.
const READY: &str = "Server listening";

/// A running server.
#[derive(Debug)]
pub(crate) struct Hfs {
    child: Child,
    address: SocketAddr,
}

impl Hfs {
    /// Starts the server and waits until it says that it listens; `None` where it is not
    /// installed and nobody insists.
    pub(crate) fn start() -> Option<Self> {
        let program = place("HYGIE_HFS", "bin/hfs");
        if !program.is_file() {
            let required = std::env::var_os("HYGIE_REQUIRE_FOREIGN").is_some();
            assert!(!required, "`{}` is not there", program.display());
            println!("skipped: no foreign FHIR server; `cargo xtask test` installs one");
            return None;
        }
        let address = free_address();
        let mut child = Command::new(program)
            .args(["--database-url", ":memory:", "--log-level", "info"])
            .args(["--port", &address.port().to_string()])
            .args(["--base-url", &format!("http://{address}")])
            .arg("--data-dir")
            .arg(place("HYGIE_HFS_DATA", "hfs-data"))
            .env("NO_COLOR", "1")
            // Its exports would else land in the checkout.
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_ready = lines.by_ref().any(|line| line.unwrap().contains(READY));
        let mut server = Self { child, address };
        assert!(is_ready, "the server ended before it listened");
        // It says so an instant too early; on loopback each attempt is answered at once.
        while TcpStream::connect(address).is_err() {
            assert_eq!(server.child.try_wait().unwrap(), None, "the server ended");
            thread::yield_now();
        }
        // A full pipe would stop the server, so what it says later is read as well.
        thread::spawn(move || lines.for_each(drop));
        Some(server)
    }

    /// The address by which it knows itself.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stores one resource.
    pub(crate) fn put(&self, path: &str, body: &str) {
        let (status, answer) = self.ask("PUT", path, body);
        assert!(matches!(status, 200 | 201), "{path}: {status} {answer}");
    }

    /// Reads what must be there.
    pub(crate) fn read(&self, path: &str) -> String {
        let (status, answer) = self.ask("GET", path, "");
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// One request on a connection of its own. HTTP/1.0, so that the answer ends with it.
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/fhir+json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }
}

impl Drop for Hfs {
    fn drop(&mut self) {
        // It may be gone already; there is nobody left to tell.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The server refuses port 0, so a free one is found for it.
fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
}

/// Where `cargo xtask test` says that something is, or where it puts it.
fn place(variable: &str, below: &str) -> PathBuf {
    let tools = || {
        let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
        home.join(".cache/hygie-tools").join(below)
    };
    std::env::var_os(variable).map_or_else(tools, PathBuf::from)
}
