use std::net::{Ipv4Addr, SocketAddr};

use jiff::tz::TimeZone;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::AsyncWriteExt;

use super::*;
use crate::logs::{Entry, Settings};

const NOW_US: i64 = 1_795_694_400_000_000;

/// A listener that runs, and what comes out of it.
struct Bench {
    address: SocketAddr,
    messages: Messages,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Bench {
    fn run(transport: Transport, address: SocketAddr, peers: &[&str]) -> Self {
        let (sender, receiver) = queue();
        let (stop, stopped) = watch::channel(false);
        let listener = SyslogListener {
            peers: peers.iter().map(|peer| peer.parse().unwrap()).collect(),
            transport,
        };
        let settings = Settings {
            zone: TimeZone::UTC,
            ..Settings::default()
        };
        Self {
            address,
            messages: Messages::of("syslog", receiver, settings),
            stop,
            task: tokio::spawn(serve(listener, sender, stopped)),
        }
    }

    async fn tcp(peers: &[&str], tls: Option<(Arc<rustls::ServerConfig>, bool)>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        Self::run(Transport::Tcp(listener, tls), address, peers)
    }

    async fn send(&self, bytes: &[u8]) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // A refused connection may be closed before it is written.
        if stream.write_all(bytes).await.is_ok() {
            stream.shutdown().await.unwrap_or_default();
        }
    }

    /// The next so many entries: kind and host, or fault and times.
    async fn take(&mut self, count: usize) -> Vec<(String, String)> {
        let mut taken = Vec::new();
        while taken.len() < count {
            let batch = self.messages.next(|| NOW_US).await.unwrap();
            for entry in batch.iter() {
                taken.push(match entry {
                    Entry::Event(event) => (event.kind.to_owned(), event.host.unwrap().to_owned()),
                    Entry::Unread(unread) => {
                        (unread.fault.code().to_owned(), unread.times.to_string())
                    }
                });
            }
        }
        taken
    }

    async fn end(mut self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
        assert!(self.messages.next(|| NOW_US).await.is_none());
    }
}

fn check(taken: &[(String, String)], meant: &[(&str, &str)]) {
    let taken: Vec<(&str, &str)> = taken
        .iter()
        .map(|(what, of)| (what.as_str(), of.as_str()))
        .collect();
    assert_eq!(taken, meant);
}

#[tokio::test]
async fn messages_over_tcp_come_in_both_framings() {
    let mut bench = Bench::tcp(&["127.0.0.1"], None).await;
    let long = "x".repeat(SYSLOG_MESSAGE_BYTES_MAX + 1);
    let text = format!(
        "<13>Nov 26 08:03:13 ws1 x: one\n30 <13>Nov 26 08:03:13 ws2 x: two<1>{long}\n\
         <13>{{\"timestamp\":\"x\",\"event_type\":\"dns\"}}\n<13>no host\n<999>bad\n<13>last"
    );
    bench.send(text.as_bytes()).await;
    let taken = bench.take(7).await;
    check(
        &taken,
        &[
            ("syslog", "ws1"),
            ("syslog", "ws2"),
            ("log-line-too-long", "1"),
            ("suricata.dns", "127.0.0.1"),
            ("syslog", "127.0.0.1"),
            ("log-syntax", "1"),
            ("syslog", "127.0.0.1"),
        ],
    );
    bench.end().await;
}

#[tokio::test]
async fn others_than_the_peers_are_told() {
    let mut bench = Bench::tcp(&["192.0.2.0/24"], None).await;
    bench.send(b"<13>Nov 26 08:03:13 ws1 x: y\n").await;
    check(&bench.take(1).await, &[("peer-refused", "1")]);
    bench.end().await;
}

#[tokio::test]
async fn datagrams_are_messages_and_refused_ones_are_counted() {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let mut bench = Bench::run(Transport::Udp(socket), address, &["127.0.0.1"]);
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    sender
        .send_to(b"<13>Nov 26 08:03:13 ws1 x: y\n", address)
        .await
        .unwrap();
    check(&bench.take(1).await, &[("syslog", "ws1")]);
    bench.end().await;

    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let mut bench = Bench::run(Transport::Udp(socket), address, &["192.0.2.1"]);
    sender.send_to(b"<13>x", address).await.unwrap();
    check(&bench.take(1).await, &[("peer-refused", "1")]);
    bench.end().await;
}

#[tokio::test]
async fn a_full_queue_of_datagrams_is_counted() {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let (sender, mut receiver) = mpsc::channel(1);
    let (stop, stopped) = watch::channel(false);
    let peers = vec!["127.0.0.1".parse().unwrap()];
    let listener = SyslogListener {
        peers,
        transport: Transport::Udp(socket),
    };
    let task = tokio::spawn(serve(listener, sender, stopped));
    let from = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    for _ in 0..3 {
        from.send_to(b"<13>x", address).await.unwrap();
    }
    let mut messages = 0;
    let mut missed = 0;
    while messages + missed < 3 {
        // Nothing is taken until the rest was counted, which the tick tells.
        match receiver.recv().await.unwrap().what {
            Arrived::Message(_) => messages += 1,
            Arrived::Unread { fault, times, .. } => {
                assert_eq!(fault, Fault::QueueFull);
                missed += times;
            }
        }
    }
    stop.send(true).unwrap();
    task.await.unwrap();
    assert_eq!(messages + missed, 3);
}

#[tokio::test]
async fn records_of_one_audit_event_are_joined_by_sender() {
    let mut bench = Bench::tcp(&["127.0.0.1"], None).await;
    let record =
        |of: &str| format!("<13>Nov 26 08:03:13 srv1 audispd: type={of} msg=audit(1.000:1): x=1\n");
    bench
        .send(
            (record("SYSCALL") + &record("PROCTITLE") + &record("SYSCALL").replace(":1)", ":2)"))
                .as_bytes(),
        )
        .await;
    // The second event never ends: it is told once nothing more comes.
    let taken = bench.take(2).await;
    check(
        &taken,
        &[("linux.auditd", "srv1"), ("linux.auditd", "srv1")],
    );
    bench.end().await;
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

#[tokio::test]
async fn messages_over_tls_are_taken_and_plain_ones_are_not() {
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let certificate: CertificateDer<'static> = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = rustls::ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = tokio_rustls::TlsConnector::from(Arc::new(client));
    let server = Arc::new(server);

    let mut bench = Bench::tcp(&["127.0.0.1"], Some((Arc::clone(&server), false))).await;
    let stream = TcpStream::connect(bench.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = client.connect(name.clone(), stream).await.unwrap();
    stream
        .write_all(b"29 <13>Nov 26 08:03:13 ws1 x: y\n")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    check(&bench.take(1).await, &[("syslog", "ws1")]);
    bench.send(b"<13>Nov 26 08:03:13 ws1 x: in clear\n").await;
    check(&bench.take(1).await, &[("tls-handshake", "1")]);
    bench.end().await;

    let mut bench = Bench::tcp(&["127.0.0.1"], Some((server, true))).await;
    let stream = TcpStream::connect(bench.address).await.unwrap();
    let stream = client.connect(name, stream).await.unwrap();
    check(&bench.take(1).await, &[("certificate-missing", "1")]);
    drop(stream);
    bench.end().await;
}
