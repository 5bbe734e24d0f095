//! A device as the clients of one listener reach it: with few connections, shared out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::guard::door::GuardDoor;
use crate::guard::limits::told;
use crate::guard::room::{Berth, Room};

/// The way to one device.
///
/// INVARIANT: never more than `device_connections_max` connections, nor than
/// `device_connections_per_address_max` of one client's address: a controller takes few, and no
/// client may take them all.
#[derive(Debug)]
pub(super) struct Line {
    device: SocketAddr,
    taken: Arc<Room>,
}

impl Line {
    pub(super) fn new(device: SocketAddr) -> Self {
        Self {
            device,
            taken: Arc::default(),
        }
    }

    /// A connection to the device, when there is one to have.
    pub(super) async fn connect(
        &self,
        client: IpAddr,
        door: &GuardDoor,
    ) -> Option<(TcpStream, Berth)> {
        let limits = &door.limits;
        let each = limits.device_connections_per_address_max;
        let taken = self.taken.take(
            client,
            ("guard_device_connections_per_address_max", each),
            (
                "guard_device_connections_max",
                limits.device_connections_max,
            ),
        );
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
