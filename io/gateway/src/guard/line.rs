//! A device as the clients of one listener reach it: with few connections, shared out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::timeout;

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
}

impl Line {
    pub(super) fn new(device: SocketAddr, each: Bound, all: Bound) -> Self {
        Self {
            device,
            each,
            all,
            taken: Arc::default(),
        }
    }

    /// A connection to the device, when there is one to have.
    pub(super) async fn connect(
        &self,
        client: IpAddr,
        door: &GuardDoor,
    ) -> Option<(TcpStream, Berth)> {
        let taken = self.taken.take(client, self.each, self.all);
        let berth = match taken {
            Ok(berth) => berth,
            Err((limit, max)) => {
                door.pen.reached(limit, told(max));
                return None;
            }
        };
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
