//! The proxy against real sockets: an honest device, devices that lie, and clients that do.

mod certified;
mod device;
mod flight;
mod hostile;
mod kept;
mod lying;

use std::net::SocketAddr;
use std::sync::Arc;

use policy::guard::Grant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use wire::modbus::{Adu, Framer, Request};

use super::serve;
use crate::guard::testing::{Bench, loopback, noon, soon, way};
use crate::guard::{GuardLimits, Places};
use device::Device;

/// Anybody on the loopback reads unit 1 and writes some of its registers; others need more.
const POLICY: &str = r#"
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
id = "reads"
access = ["read"]
units = [1]

[[conduits.allow]]
id = "writes"
from = ["127.0.0.1"]
access = ["write"]
units = [1]
functions = ["write-register", "write-registers"]
[[conduits.allow.points]]
space = "holding-register"
address = "0-99"
minimum = 10
maximum = 300

[[conduits.allow]]
id = "steps"
from = ["127.0.0.1"]
access = ["write"]
units = [1]
functions = ["write-register"]
[[conduits.allow.points]]
space = "holding-register"
address = "100-199"
step_max = 10
interval_ms_min = 1000

[[conduits.allow]]
id = "approved"
persons = ["m-durand"]
access = ["write"]
units = [1]
functions = ["write-register"]
approval = "set-point"
[[conduits.allow.points]]
space = "holding-register"
address = "200-299"
"#;

/// A proxy before a device.
struct Stand {
    bench: Bench,
    address: SocketAddr,
    device: Device,
    _serving: JoinHandle<()>,
}

impl Stand {
    async fn new(policy: &str, device: Device) -> Self {
        Self::with(policy, GuardLimits::DEFAULT, device).await
    }

    async fn with(policy: &str, limits: GuardLimits, device: Device) -> Self {
        let bench = Bench::with(policy, limits, Places::default());
        let listener = TcpListener::bind(loopback(1)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let door = Arc::clone(&bench.door);
        let serving = serve(
            door,
            way(device.address),
            listener,
            None,
            std::future::pending(),
        );
        Self {
            bench,
            address,
            device,
            _serving: tokio::spawn(serving),
        }
    }

    async fn client(&self) -> Client {
        self.client_from(1).await
    }

    /// A client at 127.0.0.x.
    async fn client_from(&self, last: u8) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(loopback(last)).unwrap();
        Client::new(socket.connect(self.address).await.unwrap())
    }
}

struct Client {
    stream: TcpStream,
    framer: Framer,
    waiting: Vec<Adu>,
}

impl Client {
    fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            framer: Framer::new(),
            waiting: Vec::new(),
        }
    }

    async fn send(&mut self, bytes: &[u8]) {
        soon(self.stream.write_all(bytes)).await.unwrap();
    }

    /// The next answer: its number, its unit, and function and data.
    async fn answer(&mut self) -> (u16, u8, Vec<u8>) {
        while self.waiting.is_empty() {
            let mut buffer = [0; 4_096];
            let count = soon(self.stream.read(&mut buffer)).await.unwrap();
            assert!(count > 0, "the connection was closed");
            let mut bytes = &buffer[..count];
            while let Some(adu) = self.framer.feed(&mut bytes) {
                self.waiting.push(adu.unwrap());
            }
        }
        let adu = self.waiting.remove(0);
        (adu.transaction, adu.unit, adu.pdu)
    }

    /// Sends one request and gives function and data of its answer.
    async fn ask(&mut self, request: &Request) -> Vec<u8> {
        self.send(&request.to_bytes(7, 1).unwrap()).await;
        let (transaction, unit, pdu) = self.answer().await;
        assert_eq!((transaction, unit), (7, 1));
        pdu
    }

    /// Waits until the proxy closes the connection; nothing must come before.
    async fn closed(&mut self) {
        let mut buffer = [0; 64];
        let read = soon(self.stream.read(&mut buffer)).await;
        assert!(!matches!(read, Ok(1..)), "{read:?} {buffer:?}");
    }
}

fn read(address: u16, quantity: u16) -> Request {
    Request::ReadHoldingRegisters { address, quantity }
}

fn write(address: u16, value: u16) -> Request {
    Request::WriteRegister { address, value }
}

/// What a device answers to [`write`].
fn done(address: u16, value: u16) -> Vec<u8> {
    let mut pdu = vec![6];
    pdu.extend(address.to_be_bytes());
    pdu.extend(value.to_be_bytes());
    pdu
}

#[tokio::test]
async fn a_read_passes_under_another_number_and_comes_back_under_its_own() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    client.send(&read(5, 2).to_bytes(0xbeef, 1).unwrap()).await;
    let expected = (0xbeef, 1, vec![3, 4, 0, 5, 0, 6]);
    assert_eq!(client.answer().await, expected);
    let seen = stand.device.seen();
    assert_eq!((seen.len(), &seen[0].1), (1, &read(5, 2)));
    assert_ne!(seen[0].0, 0xbeef);
    let air = stand.bench.air();
    assert_eq!((air.allowed, air.clients), (1, 1));
}

#[tokio::test]
async fn refused_writes_get_the_exception_of_the_protocol() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    assert_eq!(client.ask(&write(50, 200)).await, done(50, 200));
    // Value, place and function: exceptions 3, 2 and 1.
    assert_eq!(client.ask(&write(50, 301)).await, [0x86, 3]);
    assert_eq!(client.ask(&write(900, 20)).await, [0x86, 2]);
    let coil = Request::WriteCoil {
        address: 0,
        on: true,
    };
    assert_eq!(client.ask(&coil).await, [0x85, 1]);
    assert_eq!(stand.device.seen().len(), 1);
    let mut other = stand.client_from(2).await;
    assert_eq!(other.ask(&write(50, 200)).await, [0x86, 1]);
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told[0], "denied write-register value-above-maximum");
    assert_eq!(told.len(), 4, "{told:?}");
}

#[tokio::test]
async fn a_value_is_read_before_a_step_is_judged() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    // The register holds 100, which nobody has told the guard.
    assert_eq!(client.ask(&write(100, 111)).await, [0x86, 3]);
    assert_eq!(client.ask(&write(100, 110)).await, done(100, 110));
    let seen: Vec<_> = stand.device.seen().into_iter().map(|it| it.1).collect();
    assert_eq!(seen, [read(100, 1), write(100, 110)]);
    // Too soon, and then from what it is now.
    assert_eq!(client.ask(&write(100, 120)).await, [0x86, 3]);
    stand.bench.pass_ms(1_000);
    assert_eq!(client.ask(&write(100, 121)).await, [0x86, 3]);
    assert_eq!(client.ask(&write(100, 120)).await, done(100, 120));
}

#[tokio::test]
async fn a_write_that_the_device_refuses_is_not_believed() {
    let stand = Stand::new(POLICY, Device::refusing_writes().await).await;
    let mut client = stand.client().await;
    assert_eq!(client.ask(&write(100, 105)).await, [0x86, 4]);
    stand.bench.pass_ms(1_000);
    // From 105 it would be a small step; from 100, which it still is, it is none.
    assert_eq!(client.ask(&write(100, 115)).await, [0x86, 3]);
    let reads = stand
        .device
        .seen()
        .into_iter()
        .filter(|it| it.1 == read(100, 1));
    assert_eq!(reads.count(), 2);
}

#[tokio::test]
async fn a_seat_and_an_approval_decide() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let door = &stand.bench.door;
    let mut client = stand.client().await;
    let wanted = write(200, 5);
    assert_eq!(client.ask(&wanted).await, [0x86, 2], "of a person only");
    let (address, person) = (loopback(1).ip(), "m-durand".parse().unwrap());
    let until = noon().after(std::time::Duration::from_secs(60));
    door.seat(address, person, until).unwrap();
    assert_eq!(client.ask(&wanted).await, [0x86, 1], "no approval");
    let grant: Grant = serde_json::from_value(serde_json::json!({
        "id": "grant-1", "conduit": "air", "act": "set-point", "holder": "m-durand", "approver": "dr-1",
        "from": ["127.0.0.1"], "not_before": noon(), "not_after": until, "reason": "why",
    }))
    .unwrap();
    door.hold(grant).unwrap();
    assert_eq!(client.ask(&wanted).await, done(200, 5));
    assert!(door.holds("grant-1"));
    assert!(door.release("grant-1"));
    assert_eq!(client.ask(&wanted).await, [0x86, 1]);
    stand.bench.pass_ms(60_000);
    assert_eq!(door.seated(address), None);
    assert_eq!(client.ask(&wanted).await, [0x86, 2], "nobody sits there");
    let decisions = stand.bench.commands("decisions").await;
    let expected = "denied write-register approval-missing";
    assert!(
        decisions.iter().any(|told| told == expected),
        "{decisions:?}"
    );
}
