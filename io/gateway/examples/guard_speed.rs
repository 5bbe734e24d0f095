//! How much the guard adds between a client and a device of Modbus/TCP, all of it on the loopback.
//!
//! ```text
//! cargo run --release -p gateway --example guard_speed -- [connections] [ahead] [seconds]
//! ```
//!
//! Client, guard and device share the machine: what is told as requests each second is of the three
//! together. Reads are judged and counted; each write is durable in evidence before it is sent.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use event::Timestamp;
use evidence::{EvidenceLog, Options};
use gateway::Streams;
use gateway::guard::{GuardDoor, GuardLimits, GuardParts, Places, Way, modbus};
use policy::guard::{Guard, GuardDocument};
use tlog::NoteSigner;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wire::modbus::{Framer, Request, Response};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const POLICY: &str = r#"
[[conduits]]
name = "speed"
protocol = "modbus"
clients = ["127.0.0.1"]
devices = ["127.0.0.1"]
fail = "closed"
owner = "m-durand"
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

/// What one connection measured.
#[derive(Default)]
struct Measured {
    /// Microseconds of each request.
    took_us: Vec<u64>,
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise: u64| -> Outcome<u64> {
        Ok(arguments
            .next()
            .map_or(Ok(otherwise), |text| text.parse())?)
    };
    let (connections, ahead, seconds) = (number(8)?, number(8)?, number(5)?);
    let place = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let device = device().await?;
        let guarded = guarded(device, place.path()).await?;
        let load = (connections, Duration::from_secs(seconds));
        let read = Request::ReadHoldingRegisters {
            address: 0,
            quantity: 10,
        };
        let write = Request::WriteRegister {
            address: 0,
            value: 1,
        };
        println_row("what", &["req/s", "p50 us", "p99 us"]);
        for (what, at, request, ahead) in [
            ("reads direct, one by one", device, &read, 1),
            ("reads guarded, one by one", guarded, &read, 1),
            ("reads direct, sent ahead", device, &read, ahead),
            ("reads guarded, sent ahead", guarded, &read, ahead),
            ("writes direct", device, &write, 1),
            ("writes guarded and kept", guarded, &write, 1),
        ] {
            told(what, drive(at, request, ahead, load).await?, load.1);
        }
        Ok(())
    })
}

#[expect(clippy::print_stdout, reason = "a measurement is told on the terminal")]
fn println_row(what: &str, columns: &[&str]) {
    let columns: String = columns.iter().map(|it| format!("{it:>12}")).collect();
    println!("{what:<28}{columns}");
}

fn told(what: &str, mut measured: Measured, lasted: Duration) {
    measured.took_us.sort_unstable();
    let count = measured.took_us.len();
    let at = |part: usize| {
        let index = (count * part / 100).min(count.saturating_sub(1));
        measured.took_us.get(index).copied().unwrap_or_default()
    };
    let each_second = u64::try_from(count).unwrap_or(u64::MAX) / lasted.as_secs().max(1);
    let columns = [each_second, at(50), at(99)].map(|it| it.to_string());
    println_row(what, &[&columns[0], &columns[1], &columns[2]]);
}

/// A device that answers at once.
async fn device() -> Outcome<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    Ok(address)
}

async fn serve(mut stream: TcpStream) -> Outcome<()> {
    stream.set_nodelay(true)?;
    let mut framer = Framer::new();
    let (mut buffer, mut answers) = (vec![0; 8_192], Vec::new());
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let mut bytes = buffer.get(..count).unwrap_or_default();
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
            answers.extend(
                response
                    .to_bytes(&request, adu.transaction, adu.unit)
                    .unwrap_or_default(),
            );
        }
        stream.write_all(&answers).await?;
        answers.clear();
    }
}

/// The guard before the device.
async fn guarded(device: SocketAddr, place: &std::path::Path) -> Outcome<SocketAddr> {
    let log = |name: &str| -> Outcome<Arc<EvidenceLog>> {
        let signer = NoteSigner::from_seed(&format!("example/{name}"), &[5; 32])?;
        let options = Options::new(place.join(name), signer);
        Ok(Arc::new(EvidenceLog::create(options)?))
    };
    let streams = Streams {
        decisions: log("decisions")?,
        telemetry: log("telemetry")?,
    };
    let door = GuardDoor::new(GuardParts {
        guard: Guard::new(&GuardDocument::from_toml(POLICY)?)?,
        streams,
        clock: Arc::new(now),
        places: Places::default(),
        states: std::collections::BTreeMap::new(),
        limits: GuardLimits {
            clients_per_address_max: 256,
            ..GuardLimits::DEFAULT
        },
    });
    let attending = Arc::clone(&door);
    tokio::spawn(async move { attending.attend(std::future::pending()).await });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let way = Way {
        conduit: "speed".to_owned(),
        device,
    };
    tokio::spawn(modbus::serve(
        door,
        way,
        listener,
        None,
        std::future::pending(),
    ));
    Ok(address)
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_us(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}

/// Asks over several connections, each with some requests ahead of their answers.
async fn drive(
    at: SocketAddr,
    request: &Request,
    ahead: u64,
    (connections, lasts): (u64, Duration),
) -> Outcome<Measured> {
    let bytes = request.to_bytes(1, 1).ok_or("no request")?;
    let until = Instant::now() + lasts;
    let asking: Vec<_> = (0..connections)
        .map(|_| {
            let bytes = bytes.clone();
            tokio::spawn(async move { ask(at, &bytes, ahead, until).await })
        })
        .collect();
    let mut all = Measured::default();
    for asked in asking {
        all.took_us.extend(asked.await??.took_us);
    }
    Ok(all)
}

async fn ask(at: SocketAddr, bytes: &[u8], ahead: u64, until: Instant) -> Outcome<Measured> {
    let mut stream = TcpStream::connect(at).await?;
    stream.set_nodelay(true)?;
    let mut framer = Framer::new();
    let mut buffer = vec![0; 8_192];
    let mut measured = Measured::default();
    let mut sent = std::collections::VecDeque::new();
    for _ in 0..ahead {
        sent.push_back(Instant::now());
        stream.write_all(bytes).await?;
    }
    while !sent.is_empty() {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Err("the connection was closed".into());
        }
        let mut rest = buffer.get(..count).unwrap_or_default();
        let mut more = Vec::new();
        while let Some(Ok(adu)) = framer.feed(&mut rest) {
            let began = sent.pop_front().ok_or("an answer too many")?;
            if adu.pdu.first().is_some_and(|function| *function >= 0x80) {
                return Err("a request was refused".into());
            }
            let took = began.elapsed().as_micros();
            measured
                .took_us
                .push(u64::try_from(took).unwrap_or(u64::MAX));
            if Instant::now() < until {
                sent.push_back(Instant::now());
                more.extend_from_slice(bytes);
            }
        }
        if !more.is_empty() {
            stream.write_all(&more).await?;
        }
    }
    Ok(measured)
}
