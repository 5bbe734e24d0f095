//! The proxy before one Modbus device: a session for each client.

use std::future::Future;
use std::sync::Arc;

use policy::guard::Protocol;
use tokio::net::TcpListener;

use super::session::{End, Session};
use crate::guard::caller::Caller;
use crate::guard::door::GuardDoor;
use crate::guard::line::Line;
use crate::guard::listen::{LineTls, listen};
use crate::guard::{GuardLimits, Way};

/// Stands before a device on one listener until `stop` resolves; then every session ends.
///
/// Each client has a connection to the device of its own, made when the first of its requests is
/// cleared.
pub async fn serve(
    door: Arc<GuardDoor>,
    way: Way,
    listener: TcpListener,
    tls: Option<LineTls>,
    stop: impl Future<Output = ()>,
) {
    let line = Arc::new(line(&way, &door.limits));
    let own = Arc::clone(&door);
    let session = move |caller: Arc<Caller>, client| {
        let (door, line) = (Arc::clone(&own), Arc::clone(&line));
        async move {
            let session = Session::new(Arc::clone(&door), Arc::clone(&caller), line, client);
            ended(&door, &caller, session.run().await);
        }
    };
    listen(
        &door,
        (&way, Protocol::Modbus),
        (listener, tls),
        stop,
        session,
    )
    .await;
}

fn line(way: &Way, limits: &GuardLimits) -> Line {
    let each = limits.device_connections_per_address_max;
    Line::new(
        way.device,
        ("guard_device_connections_per_address_max", each),
        (
            "guard_device_connections_max",
            limits.device_connections_max,
        ),
    )
}

fn ended(door: &GuardDoor, caller: &Caller, end: End) {
    match end {
        End::Slow => {
            door.unreadable(caller, None, "modbus-too-slow");
        }
        End::Idle => {
            let max = door.limits.idle_max.as_secs();
            door.pen.reached("guard_idle_s_max", max);
        }
        // Told where it was read, or nothing to tell.
        End::Unreadable | End::Left => {}
    }
}
