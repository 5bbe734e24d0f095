//! Messages in datagrams (RFC 5426).

use std::net::{IpAddr, Ipv4Addr};

use tokio::net::UdpSocket;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::super::fault::Fault;
use super::{Arrived, Received};
use crate::connections::stopped;
use crate::limits::{CLOSING_MAX, SYSLOG_TOLD_EACH};
use crate::peers::Network;

/// Longest datagram of IP.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// What was not taken since it was last told.
struct Missed {
    fault: Fault,
    times: u64,
    /// The last sender of it.
    ip: IpAddr,
}

impl Missed {
    fn none(fault: Fault) -> Self {
        Self {
            fault,
            times: 0,
            ip: Ipv4Addr::UNSPECIFIED.into(),
        }
    }

    fn count(&mut self, ip: IpAddr) {
        self.times = self.times.saturating_add(1);
        self.ip = ip;
    }

    /// Tells how many there were; they stay counted while there is no room for that either.
    fn tell(&mut self, queue: &mpsc::Sender<Received>) {
        if self.times > 0 && queue.try_send(self.told()).is_ok() {
            self.times = 0;
        }
    }

    /// Tells what is left, and waits a while for the room to do so.
    async fn tell_last(self, queue: &mpsc::Sender<Received>) {
        if self.times == 0 {
            return;
        }
        let sent = timeout(CLOSING_MAX, queue.send(self.told())).await;
        if !matches!(sent, Ok(Ok(()))) {
            tracing::warn!(times = self.times, "Missed datagrams could not be told");
        }
    }

    fn told(&self) -> Received {
        let what = Arrived::Unread {
            fault: self.fault,
            head: Vec::new(),
            times: self.times,
        };
        Received { ip: self.ip, what }
    }
}

/// Takes datagrams until `stop` turns true.
pub(super) async fn serve(
    socket: UdpSocket,
    peers: Vec<Network>,
    queue: mpsc::Sender<Received>,
    mut stop: watch::Receiver<bool>,
) {
    let mut datagram = vec![0; DATAGRAM_BYTES_MAX];
    let mut full = Missed::none(Fault::QueueFull);
    let mut refused = Missed::none(Fault::Sender("peer-refused"));
    let mut tick = interval(SYSLOG_TOLD_EACH);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let received = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            _ = tick.tick() => {
                full.tell(&queue);
                refused.tell(&queue);
                continue;
            }
            received = socket.recv_from(&mut datagram) => received,
        };
        let (count, address) = match received {
            Ok(received) => received,
            Err(error) => {
                tracing::debug!(%error, "A datagram of syslog could not be read");
                continue;
            }
        };
        let ip = address.ip();
        if !peers.iter().any(|network| network.contains(ip)) {
            refused.count(ip);
            continue;
        }
        let message = datagram.get(..count).unwrap_or_default();
        let message = message.trim_ascii_end().to_vec();
        let what = Arrived::Message(message);
        match queue.try_send(Received { ip, what }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => full.count(ip),
            Err(TrySendError::Closed(_)) => break,
        }
    }
    full.tell_last(&queue).await;
    refused.tell_last(&queue).await;
}
