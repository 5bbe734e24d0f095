//! Modbus/TCP Security: a certificate names who asks, and not the address.

use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use event::{Event, PersonId, Timestamp};
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::TlsConnector;

use super::device::Device;
use super::*;
use crate::guard::LineTls;
use crate::identity::certificate::PersonSource;
use crate::tls::authority::{Authority, Issued};
use crate::tls::{client_config, server_config};

const SCADA_ONLY: &str = r#"
[[conduits]]
name = "air"
protocol = "modbus"
clients = ["127.0.0.0/8"]
devices = ["127.0.0.1"]
fail = "closed"
owner = "m-durand"
reason = "why"
refuse = "exception"

[[conduits.allow]]
id = "polls"
services = ["scada"]
access = ["read"]
"#;

/// rustls verifies against the system's clock, so these tests happen now.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_s(since.as_secs())
}

struct Secured {
    bench: Bench,
    address: SocketAddr,
    authority: Authority,
    _folder: tempfile::TempDir,
    _serving: JoinHandle<()>,
}

impl Secured {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let names = ["door.example".to_owned()];
        let authority = Authority::open_or_make(folder.path(), &names, now()).unwrap();
        // By its address the client would be a machine that may: only its certificate counts.
        let places = Places {
            services: vec![("127.0.0.1".parse().unwrap(), "scada".parse().unwrap())],
            tiers: Vec::new(),
        };
        let bench = Bench::with(SCADA_ONLY, GuardLimits::DEFAULT, places);
        bench.clock.store(now().as_us(), Ordering::SeqCst);
        let device = Device::honest().await;
        let listener = TcpListener::bind(loopback(1)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = LineTls {
            config: Arc::new(server_config(&authority.server_tls()).unwrap()),
            names: PersonSource::CommonName,
        };
        let door = Arc::clone(&bench.door);
        let (way, never) = (way(device.address), std::future::pending());
        let serving = tokio::spawn(serve(door, way, listener, Some(tls), never));
        Self {
            bench,
            address,
            authority,
            _folder: folder,
            _serving: serving,
        }
    }

    fn issued(&self, name: &str) -> Issued {
        let person = PersonId::new(name).unwrap();
        let day = std::time::Duration::from_secs(24 * 3_600);
        self.authority.issue_client(&person, now(), day).unwrap()
    }

    /// What is answered to a read, or nothing when the connection ends.
    async fn ask(&self, shown: Option<&Issued>) -> Option<Vec<u8>> {
        let plain = client_config(Some(&self.authority.ca_file())).unwrap();
        let config = match shown {
            None => plain,
            Some(shown) => {
                let chain = CertificateDer::from_pem_slice(shown.cert_pem.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(shown.key_pem.as_bytes()).unwrap();
                let authority = CertificateDer::from_pem_file(self.authority.ca_file()).unwrap();
                let mut roots = rustls::RootCertStore::empty();
                roots.add(authority).unwrap();
                ClientConfig::builder_with_provider(Arc::clone(plain.crypto_provider()))
                    .with_safe_default_protocol_versions()
                    .unwrap()
                    .with_root_certificates(roots)
                    .with_client_auth_cert(vec![chain], key)
                    .unwrap()
            }
        };
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("door.example").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let mut stream = soon(connector.connect(name, stream)).await.ok()?;
        let bytes = read(1, 1).to_bytes(7, 1).unwrap();
        stream.write_all(&bytes).await.ok()?;
        let mut buffer = [0; 64];
        let count = soon(stream.read(&mut buffer))
            .await
            .ok()
            .filter(|it| *it > 0)?;
        Some(Adu::parse(&buffer[..count]).unwrap().pdu)
    }
}

#[tokio::test]
async fn a_certificate_names_who_asks_and_an_address_does_not() {
    let stand = Secured::new().await;
    assert_eq!(stand.ask(None).await, None);
    let other = stand.issued("printer");
    assert_eq!(stand.ask(Some(&other)).await, Some(vec![0x83, 1]));
    let scada = stand.issued("scada");
    assert_eq!(stand.ask(Some(&scada)).await, Some(vec![3, 2, 0, 1]));
    let told = stand.bench.events("decisions").await;
    let services: Vec<_> = told
        .iter()
        .map(|event| match event {
            Event::GuardCommand(denied) => denied.errand.service.clone().unwrap(),
            Event::GuardReads(reads) => reads.errand.service.clone().unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        services,
        ["printer".parse().unwrap(), "scada".parse().unwrap()]
    );
    let turned_away = stand.bench.commands("telemetry").await;
    assert_eq!(turned_away, ["denied  certificate-missing"]);
}

#[tokio::test]
async fn a_connection_outlives_no_certificate() {
    let stand = Secured::new().await;
    let scada = stand.issued("scada");
    stand.bench.pass_ms(2 * 24 * 3_600 * 1_000);
    assert_eq!(stand.ask(Some(&scada)).await, None);
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told, ["denied  certificate-expired"]);
}
