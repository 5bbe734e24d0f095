//! Messages that came over the network, as batches.

use std::collections::BTreeMap;
use std::net::IpAddr;

use tokio::sync::mpsc;
use tokio::time::timeout;
use wire::log::{Reader, Terms};

use super::super::batch::Batch;
use super::super::files::Settings;
use super::{Arrived, Received};
use crate::limits::{SYSLOG_QUIET, SYSLOG_SENDERS_MAX};

/// Reads what waits in the queue.
#[derive(Debug)]
pub struct Messages {
    queue: mpsc::Receiver<Received>,
    settings: Settings,
    readers: BTreeMap<IpAddr, Reader>,
    batch: Batch,
    /// How many messages came.
    count: u64,
}

impl Messages {
    /// Reads the queue of a listener, whose name batches give as their source.
    #[must_use]
    pub fn of(name: &str, queue: mpsc::Receiver<Received>, settings: Settings) -> Self {
        Self {
            queue,
            settings,
            readers: BTreeMap::new(),
            batch: Batch::of(name),
            count: 0,
        }
    }

    /// The next batch: everything that waits, or what comes next. `now_us` gives the microseconds
    /// since 1970. A message that names no host has the address of its sender as its host. `None`
    /// when every listener has ended.
    pub async fn next(&mut self, now_us: impl Fn() -> i64) -> Option<Batch> {
        while self.batch.is_empty() {
            match timeout(SYSLOG_QUIET, self.queue.recv()).await {
                Ok(Some(received)) => self.take(received, now_us()),
                Ok(None) => {
                    self.finish();
                    break;
                }
                Err(_elapsed) => self.finish(),
            }
        }
        while !self.batch.is_full() {
            match self.queue.try_recv() {
                Ok(received) => self.take(received, now_us()),
                Err(_) => break,
            }
        }
        (!self.batch.is_empty()).then(|| self.batch.take())
    }

    fn take(&mut self, received: Received, now_us: i64) {
        let Received { ip, what } = received;
        let at = self.count;
        self.count += 1;
        match what {
            Arrived::Unread { fault, head, times } => {
                self.batch.unreadable_times(at, fault, &head, times);
            }
            Arrived::Message(message) => {
                if self.readers.len() >= SYSLOG_SENDERS_MAX && !self.readers.contains_key(&ip) {
                    self.finish();
                }
                let reader = self.readers.entry(ip).or_insert_with(|| {
                    Reader::new(Terms {
                        format: self.settings.format,
                        name: String::new(),
                        zone: self.settings.zone.clone(),
                        reference_us: now_us,
                    })
                });
                reader.set_reference_us(now_us);
                let host = ip.to_canonical().to_string();
                let batch = &mut self.batch;
                reader.line(at, &message, &mut |at, told| {
                    batch.push_from(at, told, &host)
                });
            }
        }
    }

    /// Tells what waits for more, of every sender.
    fn finish(&mut self) {
        for (ip, mut reader) in std::mem::take(&mut self.readers) {
            let host = ip.to_canonical().to_string();
            let batch = &mut self.batch;
            reader.finish(&mut |at, told| batch.push_from(at, told, &host));
        }
    }
}
