//! `[[feeds]]`: where the hospital's own systems tell about care, and what is agreed with them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use event::{ServiceId, UnitId};
use intake::{FeedTerms, Network, SenderTerms};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::{Config, Fault};

/// A feed as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Feed {
    name: Spanned<String>,
    address: Spanned<String>,
    #[serde(default)]
    peers: Vec<Spanned<String>>,
    time_zone: Option<Spanned<String>>,
    cert_file: Option<Spanned<PathBuf>>,
    key_file: Option<Spanned<PathBuf>>,
    client_ca_file: Option<Spanned<PathBuf>>,
    senders: Spanned<Vec<Sender>>,
}

/// What is agreed with a sender, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sender {
    application: Option<String>,
    facility: Option<String>,
    patient_authority: Option<String>,
    patient_prefix: Option<Spanned<String>>,
    person_authority: Option<String>,
    person_prefix: Option<Spanned<String>>,
    unit_prefix: Option<Spanned<String>>,
    #[serde(default)]
    units: BTreeMap<String, Spanned<String>>,
}

/// A feed in which everything has been read and checked.
#[derive(Debug)]
pub struct FeedSettings {
    /// What is agreed with its sender.
    pub terms: FeedTerms,
    /// Where to listen.
    pub address: SocketAddr,
    /// From where it may come.
    pub peers: Vec<Network>,
    /// TLS, and whether the sender must show a certificate.
    pub tls: Option<(Arc<rustls::ServerConfig>, bool)>,
}

impl Config {
    pub(super) fn feeds(&self) -> Result<Vec<FeedSettings>, Fault> {
        let mut feeds: Vec<FeedSettings> = Vec::new();
        for feed in &self.feeds {
            let settled = self.feed(feed)?;
            if feeds.iter().any(|it| it.terms.name == settled.terms.name) {
                return Err(self.fault(&feed.name, "feeds.name", "two feeds bear it"));
            }
            feeds.push(settled);
        }
        Ok(feeds)
    }

    fn feed(&self, feed: &Feed) -> Result<FeedSettings, Fault> {
        let name = ServiceId::new(feed.name.get_ref())
            .map_err(|error| self.fault(&feed.name, "feeds.name", error.to_string()))?;
        let address = feed.address.get_ref().parse().map_err(|_| {
            let what = "it is not an address and port such as `0.0.0.0:2575`";
            self.fault(&feed.address, "feeds.address", what)
        })?;
        let peers = self.peers(feed)?;
        let senders = feed.senders.get_ref();
        if senders.is_empty() {
            return Err(self.fault(&feed.senders, "feeds.senders", "there is none"));
        }
        let senders = senders.iter().map(|sender| self.sender(sender));
        Ok(FeedSettings {
            terms: FeedTerms {
                name,
                zone: self.zone(feed)?,
                senders: senders.collect::<Result<_, _>>()?,
            },
            address,
            peers,
            tls: self.feed_tls(feed)?,
        })
    }

    fn peers(&self, feed: &Feed) -> Result<Vec<Network>, Fault> {
        if feed.peers.is_empty() {
            let what = "it needs `peers`: the addresses from which its sender may come";
            return Err(self.fault(&feed.name, "feeds.peers", what));
        }
        let peers = feed.peers.iter().map(|at| {
            let parsed = at.get_ref().parse();
            parsed.map_err(|error: intake::InvalidNetwork| {
                self.fault(at, "feeds.peers", error.to_string())
            })
        });
        peers.collect()
    }

    /// A zone by its name in the system's database, or as a POSIX rule such as
    /// `CET-1CEST,M3.5.0,M10.5.0/3`; UTC without one.
    fn zone(&self, feed: &Feed) -> Result<TimeZone, Fault> {
        let Some(at) = &feed.time_zone else {
            return Ok(TimeZone::UTC);
        };
        let text = at.get_ref();
        let by_name = TimeZone::get(text);
        by_name.or_else(|_| TimeZone::posix(text)).map_err(|_| {
            let what = "it is neither a zone that this system knows, such as `Europe/Paris`, nor a \
                POSIX rule such as `CET-1CEST,M3.5.0,M10.5.0/3`";
            self.fault(at, "feeds.time_zone", what)
        })
    }

    fn feed_tls(&self, feed: &Feed) -> Result<Option<(Arc<rustls::ServerConfig>, bool)>, Fault> {
        let (cert, key) = match (&feed.cert_file, &feed.key_file) {
            (Some(cert), Some(key)) => (cert, key),
            (None, None) => {
                return match &feed.client_ca_file {
                    Some(at) => {
                        let what = "a sender shows a certificate only over TLS: it needs \
                            `cert_file` and `key_file`";
                        Err(self.fault(at, "feeds.client_ca_file", what))
                    }
                    None => Ok(None),
                };
            }
            (Some(at), None) | (None, Some(at)) => {
                let what = "TLS needs both `cert_file` and `key_file`";
                return Err(self.fault(at, "feeds.cert_file", what));
            }
        };
        let files = gateway::tls::ServerTls {
            cert_file: self.path(cert),
            key_file: self.path(key),
            client_ca_file: feed.client_ca_file.as_ref().map(|at| self.path(at)),
        };
        let mut config = gateway::tls::server_config(&files).map_err(|error| {
            let what = "TLS cannot be set up with these files";
            self.fault(cert, "feeds.cert_file", what).because(error)
        })?;
        // MLLP has no name among the protocols of TLS.
        config.alpn_protocols.clear();
        Ok(Some((Arc::new(config), feed.client_ca_file.is_some())))
    }

    fn sender(&self, sender: &Sender) -> Result<SenderTerms, Fault> {
        let prefix = |at: &Option<Spanned<String>>, key| match at {
            None => Ok(String::new()),
            // Whatever stands before an identity must be able to stand in one.
            Some(at) if at.get_ref().is_empty() || UnitId::new(at.get_ref()).is_ok() => {
                Ok(at.get_ref().clone())
            }
            Some(at) => Err(self.fault(at, key, "it cannot begin an identity")),
        };
        let units = sender.units.iter().map(|(name, at)| {
            let unit = UnitId::new(at.get_ref())
                .map_err(|error| self.fault(at, "feeds.senders.units", error.to_string()))?;
            Ok((name.clone(), unit))
        });
        Ok(SenderTerms {
            application: sender.application.clone(),
            facility: sender.facility.clone(),
            patient_authority: sender.patient_authority.clone(),
            patient_prefix: prefix(&sender.patient_prefix, "feeds.senders.patient_prefix")?,
            person_authority: sender.person_authority.clone(),
            person_prefix: prefix(&sender.person_prefix, "feeds.senders.person_prefix")?,
            unit_prefix: prefix(&sender.unit_prefix, "feeds.senders.unit_prefix")?,
            units: units.collect::<Result<_, Fault>>()?,
        })
    }
}
