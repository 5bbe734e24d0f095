//! The proxy against real sockets: an honest device, devices that lie, and clients that do.

mod answers;
mod hostile;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;
use wire::bacnet::{
    Ack, Apdu, Datagram, Element, Npdu, ObjectId, Priority, PropertyReference, PropertyWrite,
    Request, Unconfirmed, Value,
};

use super::serve;
use crate::guard::testing::{Bench, kept, loopback, soon, way};
use crate::guard::{GuardLimits, Places};

/// Anybody on the loopback reads and searches; 127.0.0.1 writes some values.
const POLICY: &str = r#"
[[conduits]]
name = "air"
protocol = "bacnet"
clients = ["127.0.0.0/8"]
devices = ["127.0.0.1"]
fail = "closed"
owner = "m-durand"
reason = "why"
refuse = "exception"
searches_per_minute = 3

[[conduits.allow]]
id = "reads"
access = ["read"]

[[conduits.allow]]
id = "searches"
access = ["identify"]
functions = ["who-is"]

[[conduits.allow]]
id = "writes"
from = ["127.0.0.1"]
access = ["write"]
functions = ["write-property", "write-property-multiple"]
[[conduits.allow.points]]
space = "analog-value"
property = "present-value"
address = "1-9"
minimum = 10
maximum = 300

[[conduits.allow]]
id = "steps"
from = ["127.0.0.1"]
access = ["write"]
functions = ["write-property"]
[[conduits.allow.points]]
space = "analog-value"
property = "present-value"
address = "10-19"
step_max = 10
interval_ms_min = 1000
"#;

/// A device on the loopback.
struct Device {
    socket: Arc<UdpSocket>,
    address: SocketAddr,
    /// What came, and from which port of the proxy.
    seen: Arc<Mutex<Vec<(SocketAddr, Datagram)>>>,
}

impl Device {
    /// A device that gives so many datagrams for each that it gets.
    async fn new(manner: impl Fn(&Datagram) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        let socket = Arc::new(UdpSocket::bind(loopback(1)).await.unwrap());
        let address = socket.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (own, log) = (Arc::clone(&socket), Arc::clone(&seen));
        tokio::spawn(async move {
            let mut buffer = [0; 2_048];
            while let Ok((count, from)) = own.recv_from(&mut buffer).await {
                let datagram = Datagram::parse(&buffer[..count]).unwrap();
                log.lock().unwrap().push((from, datagram.clone()));
                for answer in manner(&datagram) {
                    own.send_to(&answer, from).await.unwrap();
                }
            }
        });
        Self {
            socket,
            address,
            seen,
        }
    }

    async fn honest() -> Self {
        Self::new(honest).await
    }

    fn seen(&self) -> Vec<(SocketAddr, Datagram)> {
        self.seen.lock().unwrap().clone()
    }
}

/// Every value of it is 100.
fn honest(datagram: &Datagram) -> Vec<Vec<u8>> {
    let apdu = match datagram.apdu() {
        Some(Apdu::Confirmed {
            invoke, request, ..
        }) => match request {
            Request::ReadProperty { object, reference } => Apdu::ComplexAck {
                invoke: *invoke,
                ack: Ack::ReadProperty {
                    object: *object,
                    reference: *reference,
                    value: real(100.0),
                },
            },
            other => Apdu::SimpleAck {
                invoke: *invoke,
                service: other.service(),
            },
        },
        Some(Apdu::Unconfirmed(Unconfirmed::WhoIs { .. })) => i_am(),
        _ => return Vec::new(),
    };
    vec![bytes(apdu, false)]
}

fn i_am() -> Apdu {
    Apdu::Unconfirmed(Unconfirmed::IAm {
        device: ObjectId::new(ObjectId::DEVICE, 7).unwrap(),
        apdu_bytes_max: 1_476,
        segmentation: 3,
        vendor: 1,
    })
}

fn bytes(apdu: Apdu, expects_answer: bool) -> Vec<u8> {
    let datagram = Datagram::Unicast(Npdu::local(apdu, expects_answer));
    datagram.to_bytes().unwrap()
}

fn real(value: f32) -> Vec<Element> {
    vec![Element::Value(Value::Real(value.to_bits()))]
}

fn analog(instance: u32) -> ObjectId {
    ObjectId::new(2, instance).unwrap()
}

const PRESENT_VALUE: PropertyReference = PropertyReference {
    property: 85,
    index: None,
};

fn read(instance: u32) -> Request {
    Request::ReadProperty {
        object: analog(instance),
        reference: PRESENT_VALUE,
    }
}

fn write(instance: u32, value: f32, priority: Option<u8>) -> Request {
    Request::WriteProperty {
        object: analog(instance),
        write: PropertyWrite {
            reference: PRESENT_VALUE,
            value: real(value),
            priority: priority.and_then(Priority::new),
        },
    }
}

fn asks(invoke: u8, request: Request) -> Apdu {
    Apdu::Confirmed {
        invoke,
        accepts: (0, 5),
        segments: false,
        request,
    }
}

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
        let socket = UdpSocket::bind(loopback(1)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let door = Arc::clone(&bench.door);
        let serving = serve(door, way(device.address), socket, std::future::pending());
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
        let socket = UdpSocket::bind(loopback(last)).await.unwrap();
        socket.connect(self.address).await.unwrap();
        Client { socket }
    }
}

struct Client {
    socket: UdpSocket,
}

impl Client {
    async fn send(&self, bytes: &[u8]) {
        self.socket.send(bytes).await.unwrap();
    }

    async fn receive(&self) -> Datagram {
        let mut buffer = [0; 2_048];
        let count = soon(self.socket.recv(&mut buffer)).await.unwrap();
        Datagram::parse(&buffer[..count]).unwrap()
    }

    async fn answer(&self) -> Apdu {
        self.receive().await.apdu().unwrap().clone()
    }

    async fn ask(&self, invoke: u8, request: Request) -> Apdu {
        self.send(&bytes(asks(invoke, request), true)).await;
        self.answer().await
    }

    /// Whether the proxy still serves: what was sent before has been looked at by then.
    async fn is_served(&self) {
        let Apdu::ComplexAck { invoke: 250, .. } = self.ask(250, read(1)).await else {
            panic!("not served")
        };
    }
}

fn done(invoke: u8, service: u8) -> Apdu {
    Apdu::SimpleAck { invoke, service }
}

#[tokio::test]
async fn reads_and_allowed_writes_pass_and_their_answers_come_back() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let client = stand.client().await;
    let Apdu::ComplexAck { invoke: 1, ack } = client.ask(1, read(1)).await else {
        panic!()
    };
    assert_eq!(ack.told()[0].2, real(100.0));
    assert_eq!(client.ask(2, write(1, 200.0, Some(8))).await, done(2, 15));
    let told = stand.bench.events("decisions").await;
    let [event::Event::GuardCommand(command)] = told.as_slice() else {
        panic!("{told:?}")
    };
    let expected = "analog-value 1 present-value = 200 at priority 8";
    assert_eq!(command.places, [expected]);
    assert_eq!(command.errand.station, "network 0");
}

#[tokio::test]
async fn a_command_is_durable_before_the_device_hears_of_it() {
    let folder = Arc::new(std::sync::OnceLock::<std::path::PathBuf>::new());
    let (at, found) = (Arc::clone(&folder), Arc::new(Mutex::new(0)));
    let count = Arc::clone(&found);
    let device = Device::new(move |datagram| {
        *count.lock().unwrap() = kept(at.get().unwrap()).len();
        honest(datagram)
    });
    let stand = Stand::new(POLICY, device.await).await;
    folder
        .set(stand.bench.place.path().join("decisions"))
        .unwrap();
    let client = stand.client().await;
    assert_eq!(client.ask(2, write(1, 200.0, None)).await, done(2, 15));
    assert_eq!(*found.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_write_that_cannot_be_kept_does_not_reach_a_device_that_fails_closed() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let client = stand.client().await;
    stand.bench.streams.decisions.close().unwrap();
    let refused = client.ask(2, write(1, 200.0, None)).await;
    assert_eq!(refused, Apdu::error(2, 15, 5, 29));
    assert_eq!(stand.device.seen().len(), 0);
}

#[tokio::test]
async fn refusals_are_said_in_the_words_of_the_protocol() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let client = stand.client().await;
    let out_of_range = client.ask(1, write(1, 301.0, None)).await;
    assert_eq!(out_of_range, Apdu::error(1, 15, 2, 37));
    let elsewhere = client.ask(2, write(50, 20.0, None)).await;
    assert_eq!(elsewhere, Apdu::error(2, 15, 2, 40));
    // Priority 1 is of life safety alone.
    let life_safety = client.ask(3, write(1, 200.0, Some(1))).await;
    assert_eq!(life_safety, Apdu::error(3, 15, 5, 29));
    let restart = Request::ReinitializeDevice {
        state: 0,
        password: None,
    };
    let restart = client.ask(4, restart).await;
    assert_eq!(restart, Apdu::error(4, 20, 5, 29));
    assert_eq!(stand.device.seen().len(), 0);
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told[2], "denied write-property life-safety-reserved");
}

#[tokio::test]
async fn a_value_is_read_before_a_step_is_judged() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let client = stand.client().await;
    // It is 100, which nobody has told the guard.
    let refused = client.ask(1, write(10, 111.0, None)).await;
    assert_eq!(refused, Apdu::error(1, 15, 2, 37));
    assert_eq!(client.ask(2, write(10, 110.0, None)).await, done(2, 15));
    assert_eq!(stand.device.seen().len(), 2, "one read and one write");
    let mute = Stand::with(
        POLICY,
        GuardLimits {
            answer_max: std::time::Duration::from_millis(30),
            ..GuardLimits::DEFAULT
        },
        Device::new(|_| Vec::new()).await,
    )
    .await;
    let client = mute.client().await;
    let refused = client.ask(1, write(10, 105.0, None)).await;
    assert_eq!(refused, Apdu::error(1, 15, 2, 37));
    let told = mute.bench.commands("telemetry").await;
    assert_eq!(told, ["denied write-property value-unread"]);
}
