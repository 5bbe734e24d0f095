//! Handshakes over real loopback sockets, and the authority's files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use event::{PersonId, Timestamp};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion};
use tempfile::{TempDir, tempdir};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::authority::{Authority, Issued};
use super::{TlsError, VERSIONS, client_config, files, provider, server_config};
use crate::identity::certificate::{PersonSource, identify};

/// rustls verifies against the system's clock, so these tests happen now.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_s(since.as_secs())
}

const DAY: Duration = Duration::from_secs(24 * 3600);

fn person() -> PersonId {
    PersonId::new("899700000001").unwrap()
}

fn authority(folder: &Path) -> Authority {
    Authority::open_or_make(folder, &["door.example".to_owned()], now()).unwrap()
}

/// A client of the authority that shows this certificate, if any.
fn client(authority: &Authority, shown: Option<&Issued>) -> ClientConfig {
    let Some(shown) = shown else {
        return client_config(Some(&authority.ca_file())).unwrap();
    };
    let chain = vec![CertificateDer::from_pem_slice(shown.cert_pem.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(shown.key_pem.as_bytes()).unwrap();
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(VERSIONS)
        .unwrap()
        .with_root_certificates(files::roots(&authority.ca_file()).unwrap())
        .with_client_auth_cert(chain, key)
        .unwrap()
}

/// What a handshake came to, as the server sees it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    person: Option<PersonId>,
    alpn: Option<Vec<u8>>,
    version: Option<ProtocolVersion>,
    resumed: bool,
}

/// One handshake over loopback; nothing when either side ends it.
async fn handshake(
    server: &Arc<rustls::ServerConfig>,
    client: &Arc<ClientConfig>,
    name: &str,
) -> Option<Seen> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::clone(server));
    let serve = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.ok()?;
        // A byte each way, so that TLS 1.3's late refusal and its tickets arrive.
        let mut byte = [0];
        stream.read_exact(&mut byte).await.ok()?;
        stream.write_all(&byte).await.ok()?;
        stream.shutdown().await.ok()?;
        let (_, session) = stream.get_ref();
        let chain = session.peer_certificates().unwrap_or_default();
        Some(Seen {
            person: identify(chain, &PersonSource::CommonName, now())
                .ok()
                .map(|i| i.person),
            alpn: session.alpn_protocol().map(<[u8]>::to_vec),
            version: session.protocol_version(),
            resumed: session.handshake_kind() == Some(rustls::HandshakeKind::Resumed),
        })
    };
    let connector = TlsConnector::from(Arc::clone(client));
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connect = async {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut stream = connector.connect(name, stream).await.ok()?;
        stream.write_all(b"x").await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        (answer == b"x").then_some(())
    };
    let (seen, answered) = tokio::join!(serve, connect);
    answered.and(seen)
}

/// A door of a fresh authority.
fn door() -> (TempDir, Authority, Arc<rustls::ServerConfig>) {
    let folder = tempdir().unwrap();
    let authority = authority(folder.path());
    let server = Arc::new(server_config(&authority.server_tls()).unwrap());
    (folder, authority, server)
}

#[tokio::test]
async fn a_client_certificate_is_optional_and_names_the_person() {
    let (_folder, authority, server) = door();
    let issued = authority.issue_client(&person(), now(), DAY).unwrap();
    let mut with = client(&authority, Some(&issued));
    with.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
    let seen = handshake(&server, &Arc::new(with), "localhost")
        .await
        .unwrap();
    assert_eq!(seen.person, Some(person()));
    assert_eq!(seen.alpn.as_deref(), Some(b"h2".as_slice()));
    assert_eq!(seen.version, Some(ProtocolVersion::TLSv1_3));
    let without = Arc::new(client(&authority, None));
    for name in ["localhost", "127.0.0.1", "::1", "door.example"] {
        let seen = handshake(&server, &without, name).await.unwrap();
        assert_eq!(seen.person, None, "{name}");
    }
    assert_eq!(handshake(&server, &without, "other.example").await, None);
}

#[tokio::test]
async fn a_resumed_session_still_names_the_person() {
    let (_folder, authority, server) = door();
    let issued = authority.issue_client(&person(), now(), DAY).unwrap();
    let client = Arc::new(client(&authority, Some(&issued)));
    let first = handshake(&server, &client, "localhost").await.unwrap();
    let second = handshake(&server, &client, "localhost").await.unwrap();
    assert_eq!((first.resumed, second.resumed), (false, true));
    assert_eq!(second.person, Some(person()));
}

#[tokio::test]
async fn foreign_expired_future_and_server_certificates_end_the_handshake() {
    let (_folder, ours, server) = door();
    let elsewhere = tempdir().unwrap();
    let foreign = authority(elsewhere.path());
    let past = Timestamp::from_s(now().as_s() - 10 * DAY.as_secs());
    let future = now().after(10 * DAY);
    let tls = ours.server_tls();
    let of_server = Issued {
        cert_pem: fs::read_to_string(&tls.cert_file).unwrap(),
        key_pem: fs::read_to_string(&tls.key_file).unwrap(),
    };
    let refused = [
        (
            "foreign",
            foreign.issue_client(&person(), now(), DAY).unwrap(),
        ),
        ("expired", ours.issue_client(&person(), past, DAY).unwrap()),
        ("future", ours.issue_client(&person(), future, DAY).unwrap()),
        ("not for clients", of_server),
    ];
    for (name, issued) in refused {
        let client = Arc::new(client(&ours, Some(&issued)));
        assert_eq!(
            handshake(&server, &client, "localhost").await,
            None,
            "{name}"
        );
    }
    // And a client that trusts another authority does not accept the door.
    let stranger = Arc::new(client(&foreign, None));
    assert_eq!(handshake(&server, &stranger, "localhost").await, None);
}

#[tokio::test]
async fn tls_1_2_is_spoken_and_no_client_certificate_is_asked_without_an_authority() {
    let (_folder, authority, _) = door();
    let mut tls = authority.server_tls();
    tls.client_ca_file = None;
    let server = Arc::new(server_config(&tls).unwrap());
    let issued = authority.issue_client(&person(), now(), DAY).unwrap();
    let shown = Arc::new(client(&authority, Some(&issued)));
    let seen = handshake(&server, &shown, "localhost").await.unwrap();
    assert_eq!(seen.person, None);
    let old = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(files::roots(&authority.ca_file()).unwrap())
        .with_no_client_auth();
    let seen = handshake(&server, &Arc::new(old), "localhost")
        .await
        .unwrap();
    assert_eq!(seen.version, Some(ProtocolVersion::TLSv1_2));
}

#[test]
fn the_authority_is_made_once_and_its_server_renewed_in_time() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    let read = |name: &str| fs::read(path.join(name)).unwrap();
    let open = |names: &[&str], now| {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        Authority::open_or_make(path, &names, now)
    };
    let made = Timestamp::from_s(1_800_000_000);
    open(&["door.example"], made).unwrap();
    let (ca, server) = (read("ca.pem"), read("server.pem"));
    for (name, mode) in [("ca.key", 0o600), ("server.key", 0o600), ("ca.pem", 0o644)] {
        let found = fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{name}");
    }
    open(&["door.example"], made.after(366 * DAY)).unwrap();
    assert_eq!(read("server.pem"), server);
    // 30 days before its end it is replaced, by the same authority.
    open(&["door.example"], made.after(368 * DAY)).unwrap();
    assert_ne!(read("server.pem"), server);
    assert_eq!(read("ca.pem"), ca);
    // A name below a permitted one is a new certificate, any other a new authority.
    let renewed = read("server.pem");
    open(&["ward.door.example"], made.after(368 * DAY)).unwrap();
    assert_ne!(read("server.pem"), renewed);
    for name in ["other.example", "nodoor.example", "10.0.0.1"] {
        let told = open(&[name], made).map(|_| ());
        assert!(matches!(told, Err(TlsError::NameOutside { .. })), "{name}");
    }
    for name in [
        "*.door.example",
        "a b",
        "",
        "-a.example",
        "a..b",
        "é.example",
    ] {
        let told = open(&[name], made).map(|_| ());
        assert!(matches!(told, Err(TlsError::NoHostName { .. })), "{name}");
    }
}

#[test]
fn what_a_crash_leaves_is_repaired() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    // Before the authority's certificate is written there is no authority.
    fs::write(path.join("ca.key"), "half").unwrap();
    fs::write(path.join("ca.key.new"), "a quarter").unwrap();
    authority(path);
    // A new key beside the old certificate is seen and both are replaced.
    let stranger = rcgen::KeyPair::generate().unwrap().serialize_pem();
    fs::write(path.join("server.key"), stranger).unwrap();
    let opened = authority(path);
    assert!(server_config(&opened.server_tls()).is_ok());
    fs::write(path.join("server.pem"), "").unwrap();
    let opened = authority(path);
    assert!(server_config(&opened.server_tls()).is_ok());
    // An authority without its key is not made anew behind its clients' backs.
    fs::remove_file(path.join("ca.key")).unwrap();
    let told = Authority::open_or_make(path, &[], now()).map(|_| ());
    assert!(matches!(told, Err(TlsError::Read { .. })), "{told:?}");
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let (folder, authority, _) = door();
    let good = authority.server_tls();
    let bad = |change: &dyn Fn(&mut super::ServerTls)| {
        let mut tls = good.clone();
        change(&mut tls);
        server_config(&tls).unwrap_err()
    };
    let missing = folder.path().join("missing.pem");
    let error = bad(&|tls| tls.cert_file.clone_from(&missing));
    assert!(matches!(&error, TlsError::Read { path, .. } if *path == missing));
    assert!(error.to_string().contains("missing.pem"), "{error}");
    let error = bad(&|tls| tls.cert_file.clone_from(&tls.key_file));
    assert!(
        matches!(
            error,
            TlsError::NothingInFile {
                expected: "certificate",
                ..
            }
        ),
        "{error:?}"
    );
    let error = bad(&|tls| tls.key_file = folder.path().join("ca.key"));
    assert!(matches!(error, TlsError::Unusable { .. }), "{error:?}");
    let huge = folder.path().join("huge.pem");
    fs::write(&huge, vec![b'\n'; 1024 * 1024 + 1]).unwrap();
    let error = bad(&|tls| tls.client_ca_file = Some(huge.clone()));
    assert!(matches!(error, TlsError::Read { .. }), "{error:?}");
    for mode in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(&good.key_file, fs::Permissions::from_mode(mode)).unwrap();
        let error = bad(&|_| ());
        assert!(matches!(error, TlsError::KeyExposed { .. }), "{mode:o}");
    }
    // The authority's own key is held to the same rule, and is not replaced in silence.
    let ca_key = folder.path().join("ca.key");
    fs::set_permissions(&ca_key, fs::Permissions::from_mode(0o644)).unwrap();
    let told = Authority::open_or_make(folder.path(), &[], now()).map(|_| ());
    assert!(matches!(told, Err(TlsError::KeyExposed { .. })), "{told:?}");
}

#[test]
fn a_key_never_reaches_a_log() {
    let (_folder, authority, _) = door();
    let issued = authority.issue_client(&person(), now(), DAY).unwrap();
    assert!(issued.key_pem.contains("PRIVATE KEY"));
    assert!(!format!("{issued:?} {authority:?}").contains("PRIVATE KEY"));
}
