//! The proxy before one DICOM application: a session for each association.

use std::future::Future;
use std::sync::Arc;

use policy::guard::Protocol;
use tokio::net::TcpListener;

use super::DicomTerms;
use super::agree::agree;
use super::session::{End, Session};
use crate::guard::caller::Caller;
use crate::guard::door::GuardDoor;
use crate::guard::line::Line;
use crate::guard::listen::{Client, LineTls, listen};
use crate::guard::{GuardLimits, Way};

/// Stands before an application on one listener until `stop` resolves; then every association ends.
///
/// Each association has one of its own with the application, asked for when the client's is allowed.
pub async fn serve(
    door: Arc<GuardDoor>,
    (way, terms): (Way, DicomTerms),
    listener: TcpListener,
    tls: Option<LineTls>,
    stop: impl Future<Output = ()>,
) {
    let line = Arc::new(line(&way, &door.limits));
    let (own, terms) = (Arc::clone(&door), Arc::new(terms));
    let session = move |caller: Arc<Caller>, client| {
        let (door, line, terms) = (Arc::clone(&own), Arc::clone(&line), Arc::clone(&terms));
        async move {
            let end = Box::pin(associated(&door, &caller, (&line, terms), client)).await;
            ended(&door, &caller, end);
        }
    };
    listen(
        &door,
        (&way, Protocol::Dicom),
        (listener, tls),
        stop,
        session,
    )
    .await;
}

async fn associated(
    door: &Arc<GuardDoor>,
    caller: &Arc<Caller>,
    (line, terms): (&Line, Arc<DicomTerms>),
    client: Client,
) -> End {
    match agree(door, caller, line, client).await {
        Ok(agreed) => {
            let session = Session::new(Arc::clone(door), Arc::clone(caller), terms, agreed);
            match session {
                Ok(session) => session.run().await,
                Err(end) => end,
            }
        }
        Err(end) => end,
    }
}

fn line(way: &Way, limits: &GuardLimits) -> Line {
    Line::new(
        way.device,
        (
            "guard_associations_per_address_max",
            limits.associations_per_address_max,
        ),
        ("guard_associations_max", limits.associations_max),
    )
}

fn ended(door: &GuardDoor, caller: &Caller, end: End) {
    match end {
        End::Slow => {
            door.unreadable(caller, None, "dicom-too-slow");
        }
        End::Idle => {
            let max = door.limits.idle_max.as_secs();
            door.pen.reached("guard_idle_s_max", max);
        }
        End::Silent => {
            let max = door.limits.operation_max.as_secs();
            door.pen.reached("guard_operation_s_max", max);
        }
        End::Broken(code) => {
            door.unreadable(caller, None, code);
        }
        End::Stray(code) => door.stray(caller, code),
        // Told where it happened, or nothing to tell.
        End::Left | End::Over | End::Refused | End::Unkept => {}
    }
}
