//! A device as the clients of one listener reach it: with few connections, shared out.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::guard::GuardLimits;
use crate::guard::door::GuardDoor;
use crate::guard::limits::told;
use crate::guard::pen::lock;

/// The way to one device.
///
/// INVARIANT: never more than `device_connections_max` connections, nor than
/// `device_connections_per_address_max` of one client's address: a controller takes few, and no
/// client may take them all.
#[derive(Debug)]
pub(super) struct Line {
    device: SocketAddr,
    taken: Mutex<BTreeMap<IpAddr, usize>>,
}

/// One connection that a client has taken; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Berth {
    line: Arc<Line>,
    address: IpAddr,
}

impl Line {
    pub(super) fn new(device: SocketAddr) -> Self {
        Self {
            device,
            taken: Mutex::default(),
        }
    }

    /// A connection to the device, when there is one to have.
    pub(super) async fn connect(
        self: &Arc<Self>,
        client: IpAddr,
        door: &GuardDoor,
    ) -> Option<(TcpStream, Berth)> {
        let berth = match self.take(client.to_canonical(), &door.limits) {
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

    fn take(
        self: &Arc<Self>,
        address: IpAddr,
        limits: &GuardLimits,
    ) -> Result<Berth, (&'static str, usize)> {
        let mut taken = lock(&self.taken);
        let of_address = taken.get(&address).copied().unwrap_or(0);
        let each_max = limits.device_connections_per_address_max;
        if of_address >= each_max {
            return Err(("guard_device_connections_per_address_max", each_max));
        }
        let max = limits.device_connections_max;
        if taken.values().sum::<usize>() >= max {
            return Err(("guard_device_connections_max", max));
        }
        taken.insert(address, of_address.saturating_add(1));
        Ok(Berth {
            line: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        let mut taken = lock(&self.line.taken);
        if let Some(here) = taken.get_mut(&self.address) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                taken.remove(&self.address);
            }
        }
    }
}
