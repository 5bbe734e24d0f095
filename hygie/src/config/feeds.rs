//! `[[feeds]]`: where the hospital's own systems tell about care, and what is agreed with them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use event::{ServiceId, UnitId};
use intake::{FeedTerms, Network, SenderTerms};
use serde::Deserialize;
use serde_spanned::Spanned;

use super::listener::Listens;
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
        let listens = self.listens(&Listens {
            section: "feeds",
            name: &feed.name,
            peers: &feed.peers,
            cert_file: feed.cert_file.as_ref(),
            key_file: feed.key_file.as_ref(),
            client_ca_file: feed.client_ca_file.as_ref(),
        })?;
        let senders = feed.senders.get_ref();
        if senders.is_empty() {
            return Err(self.fault(&feed.senders, "feeds.senders", "there is none"));
        }
        let senders = senders.iter().map(|sender| self.sender(sender));
        Ok(FeedSettings {
            terms: FeedTerms {
                name,
                zone: self.zone(feed.time_zone.as_ref(), "feeds.time_zone")?,
                senders: senders.collect::<Result<_, _>>()?,
            },
            address,
            peers: listens.peers,
            tls: listens.tls,
        })
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
