//! A device that answers at once, a relay before it that decides nothing, and the guard.

use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use evidence::{EvidenceLog, Options};
use gateway::Streams;
use gateway::guard::{GuardDoor, GuardLimits, GuardParts, Places, Way, modbus};
use policy::guard::{Guard, GuardDocument};
use tlog::NoteSigner;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use wire::modbus::{Framer, Request, Response};

use super::super::BenchError;
use crate::clock;

const CONDUIT: &str = "speed";

const POLICY: &str = r#"
[[conduits]]
name = "speed"
protocol = "modbus"
clients = ["127.0.0.1"]
devices = ["127.0.0.1"]
fail = "closed"
owner = "bench"
reason = "a measurement"
refuse = "exception"

[[conduits.allow]]
id = "reads"
access = ["read"]

[[conduits.allow]]
id = "writes"
access = ["write"]
functions = ["write-register"]
"#;

/// Where each of the three listens. All of it ends with the runtime.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) device: SocketAddr,
    pub(super) relay: SocketAddr,
    pub(super) guard: SocketAddr,
}

impl Stage {
    pub(super) async fn open(folder: &Path) -> Result<Self, BenchError> {
        let unheard = |source| BenchError::Exchange {
            target: "a Modbus device",
            act: "listen as",
            source,
        };
        let (devices, device) = listen().await.map_err(unheard)?;
        tokio::spawn(async move {
            while let Ok((stream, _)) = devices.accept().await {
                tokio::spawn(answer(stream));
            }
        });
        let (relays, relay) = listen().await.map_err(unheard)?;
        tokio::spawn(async move {
            while let Ok((client, _)) = relays.accept().await {
                tokio::spawn(pass(client, device));
            }
        });
        let (guards, guard) = listen().await.map_err(unheard)?;
        stand(guards, device, folder).map_err(unheard)?;
        Ok(Self {
            device,
            relay,
            guard,
        })
    }
}

async fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Answers every read with the same registers, and every command with "done".
async fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut framer = Framer::new();
    let (mut buffer, mut answers) = (vec![0; 8_192], Vec::new());
    loop {
        let count = stream.read(&mut buffer).await?;
        let mut bytes = buffer.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(());
        }
        while let Some(Ok(adu)) = framer.feed(&mut bytes) {
            let Ok(request) = Request::parse(&adu.pdu) else {
                return Ok(());
            };
            let response = match &request {
                Request::ReadHoldingRegisters { quantity, .. } => {
                    Response::Registers(vec![7; usize::from(*quantity)])
                }
                _ => Response::Done,
            };
            let bytes = response.to_bytes(&request, adu.transaction, adu.unit);
            answers.extend(bytes.unwrap_or_default());
        }
        stream.write_all(&answers).await?;
        answers.clear();
    }
}

async fn pass(mut client: TcpStream, device: SocketAddr) -> io::Result<()> {
    let mut device = TcpStream::connect(device).await?;
    client.set_nodelay(true)?;
    device.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut device).await?;
    Ok(())
}

fn stand(listener: TcpListener, device: SocketAddr, folder: &Path) -> io::Result<()> {
    let log = |name: &str| {
        let signer = NoteSigner::from_seed(&format!("hygie.bench/{name}"), &[5; 32]);
        let options = Options::new(folder.join(name), signer.map_err(io::Error::other)?);
        EvidenceLog::create(options)
            .map(Arc::new)
            .map_err(io::Error::other)
    };
    let document = GuardDocument::from_toml(POLICY).map_err(io::Error::other)?;
    let door = GuardDoor::new(GuardParts {
        guard: Guard::new(&document).map_err(io::Error::other)?,
        streams: Streams {
            decisions: log("decisions")?,
            telemetry: log("telemetry")?,
        },
        clock: Arc::new(clock::now),
        places: Places::default(),
        // All clients come from one address here.
        limits: GuardLimits {
            clients_per_address_max: GuardLimits::DEFAULT.clients_max,
            device_connections_max: GuardLimits::DEFAULT.clients_max,
            device_connections_per_address_max: GuardLimits::DEFAULT.clients_max,
            ..GuardLimits::DEFAULT
        },
    });
    let attending = Arc::clone(&door);
    tokio::spawn(async move { attending.attend(pending()).await });
    let way = Way {
        conduit: CONDUIT.to_owned(),
        device,
    };
    tokio::spawn(modbus::serve(door, way, listener, None, pending()));
    Ok(())
}
