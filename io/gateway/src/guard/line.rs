//! A device as the clients of one listener reach it: with few connections, shared out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout, timeout_at};

use super::door::GuardDoor;
use super::limits::told;
use super::room::{Berth, Bound, Room};

/// The way to one device.
///
/// INVARIANT: never more connections than `all`, nor than `each` of one client's address: a device
/// takes few, and no client may take them all.
#[derive(Debug)]
pub(super) struct Line {
    device: SocketAddr,
    each: Bound,
    all: Bound,
    taken: Arc<Room>,
    /// Somebody waits for a connection.
    wanted: Notify,
}

impl Line {
    pub(super) fn new(device: SocketAddr, each: Bound, all: Bound) -> Self {
        Self {
            device,
            each,
            all,
            taken: Arc::default(),
            wanted: Notify::new(),
        }
    }

    /// A connection to the device, when there is one to have.
    pub(super) async fn connect(
        &self,
        client: IpAddr,
        door: &GuardDoor,
    ) -> Option<(TcpStream, Berth)> {
        match self.taken.take(client, self.each, self.all) {
            Ok(berth) => self.reach(berth, door).await,
            Err((limit, max)) => {
                door.pen.reached(limit, told(max));
                None
            }
        }
    }

    /// The same where clients need not keep theirs: whoever has asked nothing for longest gives a
    /// connection up for it, see [`Line::asked_back`]. Of an address that has all it may have
    /// nobody gives one up.
    pub(super) async fn connect_in_turn(
        &self,
        client: IpAddr,
        door: &GuardDoor,
    ) -> Option<(TcpStream, Berth)> {
        let until = Instant::now() + door.limits.connect_max;
        loop {
            match self.taken.take(client, self.each, self.all) {
                Ok(berth) => return self.reach(berth, door).await,
                Err(bound) if bound == self.all => {
                    self.wanted.notify_one();
                    if timeout_at(until, self.taken.freed()).await.is_err() {
                        door.pen.reached(bound.0, told(bound.1));
                        return None;
                    }
                }
                Err((limit, max)) => {
                    door.pen.reached(limit, told(max));
                    return None;
                }
            }
        }
    }

    /// Waits until somebody else has need of a connection; of all who wait, whoever began first is
    /// asked.
    pub(super) async fn asked_back(&self) {
        self.wanted.notified().await;
    }

    async fn reach(&self, berth: Berth, door: &GuardDoor) -> Option<(TcpStream, Berth)> {
        let connecting = TcpStream::connect(self.device);
        match timeout(door.limits.connect_max, connecting).await {
            Ok(Ok(stream)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "A connection keeps its delay");
                }
                Some((stream, berth))
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, device = %self.device, "A device cannot be reached");
                None
            }
            Err(_elapsed) => {
                tracing::warn!(device = %self.device, "A device does not accept in time");
                None
            }
        }
    }
}
