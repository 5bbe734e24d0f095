//! The logs of other systems: where they come from, and who keeps them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use event::LogTaken;
use evidence::{EvidenceLog, Manifest};
use intake::logs::{
    DropFolder, HttpListener, LogKeeper, LogSource, Place, Settings as Reading, SyslogListener,
    Transport, marks, serve,
};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::HouseError;
use super::streams::Logs;
use crate::clock;
use crate::config::{LogListener, LogPlace, LogSettings, LogTransport};
use crate::folder::DataFolder;

/// The name of what `hygie import` hands over.
const HANDED_OVER: &str = "import";

/// The sources of a house.
#[derive(Debug)]
pub(super) struct Sources {
    settings: Vec<LogSettings>,
    open: Vec<LogSource>,
    before: Arc<[LogTaken]>,
    positions: PathBuf,
    drop: PathBuf,
    telemetry: Arc<EvidenceLog>,
}

impl Sources {
    /// What the configuration names, and the marks of what was kept last.
    pub(super) fn recall(
        data: &DataFolder,
        logs: &Logs,
        settings: Vec<LogSettings>,
    ) -> Result<Self, HouseError> {
        let telemetry = Arc::clone(&logs.streams.telemetry);
        let sealed_to = Manifest::read(&data.telemetry()).map(|manifest| manifest.end());
        let before = sealed_to.and_then(|sealed_to| marks(&telemetry, sealed_to));
        let before = before.map_err(|source| HouseError::Evidence {
            folder: data.telemetry(),
            source,
        })?;
        Ok(Self {
            settings,
            open: Vec::new(),
            before: before.into(),
            positions: data.log_positions(),
            drop: data.log_drop(),
            telemetry,
        })
    }

    /// Binds the address of each source that listens; each with its name.
    pub(super) async fn open(&mut self) -> Result<Vec<(String, SocketAddr)>, HouseError> {
        let mut opened = Vec::new();
        let mut open = vec![self.handed_over()?];
        for source in std::mem::take(&mut self.settings) {
            let name = source.name;
            let place = match source.place {
                LogPlace::Drop(path) => Place::Dropped(DropFolder::at(path)),
                LogPlace::Follow(paths) => Place::Followed {
                    paths,
                    positions: self.positions.join(format!("{name}.positions")),
                },
                LogPlace::Listen(listener) => {
                    let address = listener.address;
                    let unbound = |source| HouseError::Logs {
                        name: name.clone(),
                        address,
                        source,
                    };
                    let (place, address) = bind(listener).await.map_err(unbound)?;
                    opened.push((name.clone(), address));
                    place
                }
            };
            open.push(LogSource {
                name,
                settings: source.reading,
                place,
            });
        }
        self.open = open;
        Ok(opened)
    }

    /// What `hygie import` hands over while the door serves.
    fn handed_over(&self) -> Result<LogSource, HouseError> {
        for folder in [&self.positions, &self.drop] {
            std::fs::create_dir_all(folder).map_err(|source| HouseError::Told { source })?;
        }
        Ok(LogSource {
            name: HANDED_OVER.to_owned(),
            settings: Reading::default(),
            place: Place::Dropped(DropFolder::at(&self.drop).removing()),
        })
    }

    /// Takes what comes, until a stop is asked for.
    pub(super) fn start(self, stop: &watch::Receiver<bool>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for source in self.open {
            let keeper = LogKeeper::new(clock::now, Arc::clone(&self.telemetry));
            let before = Arc::clone(&self.before);
            tasks.spawn(serve(source, keeper, before, stop.clone()));
        }
        tasks
    }
}

async fn bind(listener: LogListener) -> std::io::Result<(Place, SocketAddr)> {
    let LogListener {
        address,
        peers,
        transport,
    } = listener;
    match transport {
        LogTransport::Http(tls, token) => {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            let sent = HttpListener {
                peers,
                tls,
                token,
                listener,
            };
            Ok((Place::Sent(sent), address))
        }
        LogTransport::Tcp(tls) => {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            let transport = Transport::Tcp(listener, tls);
            Ok((
                Place::Received(SyslogListener { peers, transport }),
                address,
            ))
        }
        LogTransport::Udp => {
            let socket = UdpSocket::bind(address).await?;
            let address = socket.local_addr()?;
            let transport = Transport::Udp(socket);
            Ok((
                Place::Received(SyslogListener { peers, transport }),
                address,
            ))
        }
    }
}
