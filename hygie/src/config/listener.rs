//! What every place shares where others send to: from where they may come, TLS, and the zone of
//! their times.

use std::path::PathBuf;
use std::sync::Arc;

use intake::{Network, Tls};
use jiff::tz::TimeZone;
use serde_spanned::Spanned;

use super::{Config, Fault};

/// A place to listen as it is written.
#[derive(Debug)]
pub(super) struct Listens<'c> {
    /// The section, to name keys.
    pub(super) section: &'static str,
    pub(super) name: &'c Spanned<String>,
    pub(super) peers: &'c [Spanned<String>],
    pub(super) cert_file: Option<&'c Spanned<PathBuf>>,
    pub(super) key_file: Option<&'c Spanned<PathBuf>>,
    pub(super) client_ca_file: Option<&'c Spanned<PathBuf>>,
}

/// The same, read and checked.
#[derive(Debug)]
pub(super) struct Listening {
    /// From where somebody may come.
    pub(super) peers: Vec<Network>,
    /// TLS, and whether a sender must show a certificate.
    pub(super) tls: Option<Tls>,
}

impl Listens<'_> {
    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.section)
    }
}

impl Config {
    pub(super) fn listens(&self, place: &Listens<'_>) -> Result<Listening, Fault> {
        Ok(Listening {
            peers: self.peers(place)?,
            tls: self.listener_tls(place)?,
        })
    }

    fn peers(&self, place: &Listens<'_>) -> Result<Vec<Network>, Fault> {
        if place.peers.is_empty() {
            let what = "it needs `peers`: the addresses from which its sender may come";
            return Err(self.fault(place.name, &place.key("peers"), what));
        }
        let peers = place.peers.iter().map(|at| {
            let parsed = at.get_ref().parse();
            parsed.map_err(|error: intake::InvalidNetwork| {
                self.fault(at, &place.key("peers"), error.to_string())
            })
        });
        peers.collect()
    }

    /// A zone by its name in the system's database, or as a POSIX rule such as
    /// `CET-1CEST,M3.5.0,M10.5.0/3`; UTC without one.
    pub(super) fn zone(&self, at: Option<&Spanned<String>>, key: &str) -> Result<TimeZone, Fault> {
        let Some(at) = at else {
            return Ok(TimeZone::UTC);
        };
        let text = at.get_ref();
        let by_name = TimeZone::get(text);
        by_name.or_else(|_| TimeZone::posix(text)).map_err(|_| {
            let what = "it is neither a zone that this system knows, such as `Europe/Paris`, nor a \
                POSIX rule such as `CET-1CEST,M3.5.0,M10.5.0/3`";
            self.fault(at, key, what)
        })
    }

    pub(super) fn listener_tls(&self, place: &Listens<'_>) -> Result<Option<Tls>, Fault> {
        let (cert, key) = match (place.cert_file, place.key_file) {
            (Some(cert), Some(key)) => (cert, key),
            (None, None) => {
                return match place.client_ca_file {
                    Some(at) => {
                        let what = "a sender shows a certificate only over TLS: it needs \
                            `cert_file` and `key_file`";
                        Err(self.fault(at, &place.key("client_ca_file"), what))
                    }
                    None => Ok(None),
                };
            }
            (Some(at), None) | (None, Some(at)) => {
                let what = "TLS needs both `cert_file` and `key_file`";
                return Err(self.fault(at, &place.key("cert_file"), what));
            }
        };
        let files = gateway::tls::ServerTls {
            cert_file: self.path(cert),
            key_file: self.path(key),
            client_ca_file: place.client_ca_file.map(|at| self.path(at)),
        };
        let mut config = gateway::tls::server_config(&files).map_err(|error| {
            let what = "TLS cannot be set up with these files";
            self.fault(cert, &place.key("cert_file"), what)
                .because(error)
        })?;
        // None of MLLP, syslog, Modbus and DICOM has a name among the protocols of TLS.
        config.alpn_protocols.clear();
        Ok(Some((Arc::new(config), place.client_ca_file.is_some())))
    }
}
