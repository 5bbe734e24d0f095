//! A store in a bucket of an S3 server that nobody here wrote (`moto_server`).

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::{DAMAGED, House, expected, failed, named, records, succeeded};

/// Names the program; without it the test says that it was skipped.
const PROGRAM: &str = "HYGIE_MOTO";

/// When set, a skipped test is a failed one.
const REQUIRED: &str = "HYGIE_REQUIRE_FOREIGN";

struct Server {
    child: Child,
    address: String,
}

impl Server {
    #[expect(clippy::print_stdout, reason = "a skipped test is to say so")]
    fn start() -> Option<Self> {
        let Some(program) = std::env::var_os(PROGRAM) else {
            assert!(
                std::env::var_os(REQUIRED).is_none(),
                "{REQUIRED} is set, and {PROGRAM} names no program"
            );
            println!("skipped: {PROGRAM} names no S3 server");
            return None;
        };
        let mut child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It says where it listens once it does.
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert_ne!(told.read_line(&mut line).unwrap(), 0, "the server ended");
            if let Some((_, address)) = line.split_once("Running on http://") {
                break address.trim().to_owned();
            }
        };
        // What it tells later must be taken, or it stops.
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        Some(Self { child, address })
    }

    /// A plain request without signature, which this server takes.
    fn request(&self, method: &str, path: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nx-amz-acl: public-read-write\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        )
        .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn key(house: &House) -> PathBuf {
    let key = house.folder.path().join("key");
    fs::write(&key, "testing\n").unwrap();
    key
}

fn description(server: &Server, house: &House, bucket: &str) -> String {
    let key = key(house);
    format!(
        r#"{{"url":"s3://{bucket}/years","endpoint":"http://{}","region":"us-east-1","access_key_id_file":"{1}","secret_access_key_file":"{1}","allow_http":true}}"#,
        server.address,
        key.display()
    )
}

#[test]
fn sealing_giving_back_and_asking_in_a_bucket() {
    let Some(server) = Server::start() else {
        return;
    };
    assert!(
        server
            .request("PUT", "/evidence", b"")
            .starts_with("HTTP/1.1 200")
    );
    let house = House::new();
    let store = description(&server, &house, "evidence");
    let sealed = house.seal_next(2, &["--store", &store]);
    let end = sealed[1].end;
    let log = house.log();
    let log = log.to_str().unwrap();
    let frames = [
        "frames", "--log", log, "--from", "0", "--check", "--store", &store,
    ];
    assert_eq!(records(&succeeded(&frames)), expected(0..end));
    let table = named(&house.log());
    let sql = "SELECT count(*) AS n FROM events WHERE src_ip = '10.0.0.1'";
    let query = [
        "query", sql, "--log", &table, "--format", "json", "--store", &store,
    ];
    assert_eq!(succeeded(&query), b"{\"n\":67}\n");

    // A crash came before the manifest: the same object is taken, a torn one is replaced.
    let (first, last) = (end.to_string(), (end + 5).to_string());
    let seal = [
        "seal", "--log", log, "--first", &first, "--end", &last, "--store", &store,
    ];
    let once = succeeded(&seal);
    assert_eq!(succeeded(&seal), once);
    let next: event::SegmentSealed = serde_json::from_slice(&once).unwrap();
    let path = format!("/evidence/years/{}", next.object);
    let answer = server.request("PUT", &path, b"torn");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(succeeded(&seal), once);

    // Damage and loss are named.
    let path = format!("/evidence/years/{}", sealed[0].object);
    server.request("PUT", &path, b"other");
    assert!(failed(&frames, DAMAGED).contains(&sealed[0].object));
    server.request("DELETE", &path, b"");
    let told = failed(&frames, DAMAGED);
    assert!(
        told.contains(&sealed[0].object) && told.contains("not in store"),
        "{told}"
    );
    let absent = description(&server, &house, "no-such-bucket");
    let seal = [
        "seal", "--log", log, "--first", &first, "--end", &last, "--store", &absent,
    ];
    let told = failed(&seal, 1);
    assert!(
        told.contains("put object")
            && told.contains("s3://no-such-bucket/years")
            && !told.contains("testing"),
        "{told}"
    );
}

#[test]
fn the_index_of_what_lies_in_a_bucket_is_on_this_machine() {
    let Some(server) = Server::start() else {
        return;
    };
    server.request("PUT", "/evidence", b"");
    let house = House::new();
    let store = description(&server, &house, "evidence");
    let sealed = house.seal_next(2, &["--store", &store]);
    let end = sealed[1].end;
    let log = house.log();
    let log = log.to_str().unwrap();
    let list = house.folder.path().join("indicators.jsonl");
    fs::write(&list, "{\"kind\":\"address\",\"value\":\"10.0.0.1\"}\n").unwrap();
    let list = list.to_str().unwrap();
    let hunt = [
        "hunt",
        "--log",
        log,
        "--indicators",
        list,
        "--store",
        &store,
    ];
    let mut wanted = expected(0..end);
    wanted.retain(|record| record.index % 3 == 1);
    let index = format!("lake/{}.values", sealed[0].object);
    let index = house.folder.path().join(index);
    assert!(index.is_file());
    fs::remove_file(&index).unwrap();
    assert_eq!(records(&succeeded(&hunt)), wanted);
    assert!(index.is_file());
}
