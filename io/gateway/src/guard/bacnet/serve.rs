//! Who is heard: each address and port that sends datagrams, within bounds, apart from the others.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use policy::guard::{Code, Protocol};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use wire::bacnet::DATAGRAM_BYTES_MAX;

use super::visitor::Visitor;
use crate::guard::Way;
use crate::guard::caller::Caller;
use crate::guard::door::GuardDoor;
use crate::guard::limits::told;
use crate::guard::room::Berth;

/// How long to wait after the system refused a datagram.
const PAUSE: Duration = Duration::from_millis(5);

/// Stands before a device on one socket until `stop` resolves.
///
/// Each client has a socket towards the device of its own, connected to it, so that answers come
/// back to the right client and only from the device. A device that answers a search by a broadcast
/// on its own network is not heard here.
pub async fn serve(
    door: Arc<GuardDoor>,
    way: Way,
    socket: UdpSocket,
    stop: impl Future<Output = ()>,
) {
    let mut table = Table {
        door,
        way,
        socket: Arc::new(socket),
        lines: HashMap::new(),
        visitors: JoinSet::new(),
        next: 0,
    };
    // One byte more than is ever read, so that a longer datagram cannot pass for a shorter one.
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX + 1];
    tokio::pin!(stop);
    loop {
        let socket = Arc::clone(&table.socket);
        let received = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(ended) = table.visitors.join_next() => {
                match ended {
                    Ok((address, number)) => table.leave(address, number),
                    // One that had to give its room.
                    Err(error) if error.is_cancelled() => {}
                    Err(error) => tracing::error!(%error, "A client's task broke off"),
                }
                continue;
            }
            received = socket.recv_from(&mut buffer) => received,
        };
        match received {
            Ok((count, address)) => {
                let datagram = buffer.get(..count).unwrap_or_default();
                table.dispatch(address, datagram).await;
            }
            Err(error) => {
                tracing::debug!(%error, "A datagram could not be received");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    table.visitors.shutdown().await;
}

/// The clients that are heard.
struct Table {
    door: Arc<GuardDoor>,
    way: Way,
    socket: Arc<UdpSocket>,
    lines: HashMap<SocketAddr, Line>,
    visitors: JoinSet<(SocketAddr, u64)>,
    /// The number of the next line: an address may come, go and come again.
    next: u64,
}

struct Line {
    waiting: mpsc::Sender<Vec<u8>>,
    heard: Instant,
    number: u64,
    task: AbortHandle,
    _guest: Berth,
}

impl Table {
    async fn dispatch(&mut self, address: SocketAddr, datagram: &[u8]) {
        if !self.lines.contains_key(&address) {
            let Some(line) = self.enter(address).await else {
                return;
            };
            self.lines.insert(address, line);
        }
        let Some(line) = self.lines.get_mut(&address) else {
            return;
        };
        line.heard = Instant::now();
        match line.waiting.try_send(datagram.to_vec()) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => {
                let max = told(self.door.limits.datagrams_waiting_max);
                self.door.pen.reached("guard_datagrams_waiting_max", max);
            }
            // It has just gone to rest; the client sends again, as over UDP it must.
            Err(mpsc::error::TrySendError::Closed(_)) => {
                self.lines.remove(&address);
            }
        }
    }

    fn leave(&mut self, address: SocketAddr, number: u64) {
        let line = self.lines.get(&address);
        if line.is_some_and(|line| line.number == number) {
            self.lines.remove(&address);
        }
    }

    /// Takes in a client that may ask at all and finds room.
    async fn enter(&mut self, address: SocketAddr) -> Option<Line> {
        let caller = Caller {
            standing: self.door.standing(&self.way.conduit),
            protocol: Protocol::Bacnet,
            client: address.ip(),
            device: self.way.device.ip(),
            is_secured: false,
            certified: None,
        };
        if !self.door.admits(&caller) {
            let code = Code::SourceOutsideConduit.code();
            self.door.unreadable(&caller, None, code);
            return None;
        }
        let guest = self.room(&caller, address)?;
        let device = match connected(self.way.device).await {
            Ok(device) => device,
            Err(error) => {
                tracing::warn!(%error, device = %self.way.device, "A device cannot be reached");
                return None;
            }
        };
        let (waiting, datagrams) = mpsc::channel(self.door.limits.datagrams_waiting_max.max(1));
        let ends = (Arc::clone(&self.socket), address, device);
        let visitor = Visitor::new(Arc::clone(&self.door), Arc::new(caller), ends, datagrams);
        self.next = self.next.wrapping_add(1);
        let number = self.next;
        let task = self.visitors.spawn(async move {
            visitor.run().await;
            (address, number)
        });
        Some(Line {
            waiting,
            heard: Instant::now(),
            number,
            task,
            _guest: guest,
        })
    }

    /// Room for a client, if need be that of one who was silent longest. Who has spoken lately is
    /// not pushed out, whatever comes.
    fn room(&mut self, caller: &Caller, address: SocketAddr) -> Option<Berth> {
        let limits = self.door.limits;
        let first = caller.standing.enter(address.ip(), &limits);
        let Err((limit, max)) = first else {
            return first.ok();
        };
        self.door.pen.reached(limit, told(max));
        let now = Instant::now();
        let is_of_address = limit == "guard_clients_per_address_max";
        let silent = self.lines.iter().filter(|(of, line)| {
            let is_near = !is_of_address || of.ip() == address.ip();
            is_near && line.heard + limits.search_max <= now
        });
        let longest = silent.min_by_key(|(_, line)| line.heard);
        let longest = longest.map(|(address, _)| *address)?;
        if let Some(line) = self.lines.remove(&longest) {
            line.task.abort();
        }
        caller.standing.enter(address.ip(), &limits).ok()
    }
}

/// A socket that hears the device and nobody else.
async fn connected(device: SocketAddr) -> std::io::Result<UdpSocket> {
    let any: SocketAddr = match device {
        SocketAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(device).await?;
    Ok(socket)
}
