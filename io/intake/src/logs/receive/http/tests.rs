use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::super::keep::tests::{clock, kept, log};
use super::*;

const LINE: &str = r#"{"ts":1.5,"_path":"conn","uid":"C1"}"#;

/// A listener that runs.
struct Bench {
    address: SocketAddr,
    log: Arc<EvidenceLog>,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
    _place: tempfile::TempDir,
}

impl Bench {
    async fn run(peers: &str, token: Option<&str>) -> Self {
        let place = tempfile::tempdir().unwrap();
        let log = log(place.path());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let http = HttpListener {
            peers: vec![peers.parse().unwrap()],
            tls: None,
            token: token.map(Token::new),
            listener,
        };
        let keeper = LogKeeper::new(clock, Arc::clone(&log));
        let (stop, stopped) = watch::channel(false);
        let named = ("http".to_owned(), Settings::default());
        let task = tokio::spawn(serve(http, named, keeper, stopped));
        Self {
            address,
            log,
            stop,
            task,
            _place: place,
        }
    }

    /// Sends a request, gives status and body.
    async fn send(&self, head: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let length = body.len();
        let head =
            format!("{head}host: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.get(9..12).and_then(|it| it.parse().ok());
        let body = answer
            .split_once("\r\n\r\n")
            .map(|(_, body)| body.to_owned());
        (status.unwrap_or_default(), body.unwrap_or_default())
    }

    async fn end(self) -> (Vec<String>, Vec<event::Event>) {
        self.stop.send_replace(true);
        self.task.await.unwrap();
        kept(&self.log)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_kept_before_they_are_answered_and_once() {
    let bench = Bench::run("127.0.0.1", None).await;
    let body = format!("{LINE}\nno line\n");
    let answer = (200, r#"{"events":1,"unread":1}"#.to_owned());
    assert_eq!(
        bench.send("POST / HTTP/1.1\r\n", body.as_bytes()).await,
        answer
    );
    assert_eq!(bench.log.size(), 3);
    assert_eq!(
        bench.send("POST / HTTP/1.1\r\n", body.as_bytes()).await,
        answer
    );
    assert_eq!(bench.log.size(), 3, "sent again, kept once");
    let (lines, _) = bench.end().await;
    assert_eq!(lines, [format!("4001 zeek.conn http@0 {LINE}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn collectors_that_write_in_bulk_get_an_item_for_each_line() {
    let bench = Bench::run("127.0.0.1", None).await;
    let body = format!("{{\"create\":{{}}}}\n{LINE}\n{{\"index\":{{}}}}\n{LINE}\n");
    let (status, answer) = bench
        .send("POST /logs/_bulk HTTP/1.1\r\n", body.as_bytes())
        .await;
    assert_eq!(status, 200);
    assert_eq!(answer.matches("201").count(), 2);
    assert_eq!(bench.end().await.0.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_nothing_is_taken() {
    let token = "0123456789abcdef0123456789abcdef";
    let bench = Bench::run("127.0.0.1", Some(token)).await;
    for wrong in [
        "",
        "authorization: Bearer x\r\n",
        "authorization: Basic 0123\r\n",
    ] {
        let head = format!("POST / HTTP/1.1\r\n{wrong}");
        assert_eq!(bench.send(&head, LINE.as_bytes()).await.0, 401, "{wrong}");
    }
    let head = format!("POST / HTTP/1.1\r\nauthorization: bearer {token}\r\n");
    assert_eq!(bench.send(&head, LINE.as_bytes()).await.0, 200);
    let (lines, events) = bench.end().await;
    assert_eq!(lines.len(), 1);
    let turned_away = events
        .iter()
        .filter(|event| matches!(event, event::Event::LogUnread(it) if it.reason == "log-token"));
    assert_eq!(turned_away.count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_turned_away_with_an_event() {
    let bench = Bench::run("10.9.9.9", None).await;
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    let mut answer = Vec::new();
    // Whether it is closed or reset, nothing comes.
    let read = stream.read_to_end(&mut answer).await;
    assert!(read.is_err() || answer.is_empty());
    while bench.log.size() < 1 {
        tokio::task::yield_now().await;
    }
    let (_, events) = bench.end().await;
    assert!(
        matches!(events.as_slice(), [event::Event::LogUnread(it)] if it.reason == "peer-refused")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_post_or_too_long_is_refused_and_not_kept() {
    let bench = Bench::run("127.0.0.1", None).await;
    assert_eq!(bench.send("GET / HTTP/1.1\r\n", b"").await.0, 405);
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    let length = HTTP_BODY_BYTES_MAX + 1;
    let head = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    drop(stream);
    assert_eq!(bench.end().await.1, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_body_is_expanded_and_its_lines_have_the_sender_as_their_host() {
    use std::io::Write;
    let bench = Bench::run("127.0.0.1", None).await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(LINE.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let head = "POST / HTTP/1.1\r\ncontent-encoding: gzip\r\n";
    let (status, answer) = bench.send(head, &packed).await;
    assert_eq!(
        (status, answer.as_str()),
        (200, r#"{"events":1,"unread":0}"#)
    );
    let record = bench.log.read(0).unwrap().unwrap();
    let logged = event::Logged::from_bytes(&record.payload).unwrap();
    assert_eq!(logged.host.as_deref(), Some("127.0.0.1"));
    let head = "POST / HTTP/1.1\r\ncontent-encoding: br\r\n";
    assert_eq!(bench.send(head, &packed).await.0, 400);
    assert_eq!(bench.end().await.0.len(), 1);
}
