//! The services behind the demonstration's door: records, devices, building.

use std::sync::Arc;

use anyhow::{Context, Result};
use event::{ServiceId, Tier};
use gateway::{Kind, ServiceTerms};
use hospital::Directory;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::demo::{Answer, FhirServer, PlantPages, Resource, Shelves, serve};

/// The running upstreams.
pub(super) struct Upstreams {
    running: JoinSet<()>,
    services: Vec<(&'static str, Kind, Tier, String)>,
}

impl Upstreams {
    /// Starts them on free ports of the loopback interface.
    pub(super) async fn start(
        records: Vec<Resource>,
        directory: &Directory,
        stop: &watch::Receiver<bool>,
    ) -> Result<Self> {
        let mut this = Self {
            running: JoinSet::new(),
            services: Vec::new(),
        };
        let (listener, origin) = free_port().await?;
        let shelves = Shelves::new(records).context("the patients' records")?;
        let fhir = FhirServer::new(shelves, &origin);
        this.services
            .push(("fhir", Kind::Fhir, Tier::Office, fhir.base().to_owned()));
        this.spawn(listener, fhir, stop);
        for (name, tier) in [("devices", Tier::Medical), ("building", Tier::Building)] {
            let (listener, origin) = free_port().await?;
            this.services.push((name, Kind::Web, tier, origin));
            this.spawn(listener, PlantPages::new(directory, tier), stop);
        }
        Ok(this)
    }

    /// The services as the door knows them.
    pub(super) fn terms(&self) -> Result<Vec<(ServiceTerms, rustls::ClientConfig)>> {
        self.services
            .iter()
            .map(|(name, kind, tier, url)| {
                let terms = ServiceTerms {
                    name: ServiceId::new(name)?,
                    kind: *kind,
                    tier: *tier,
                    url: url.clone(),
                    own_urls: Vec::new(),
                    authorization: None,
                };
                Ok((terms, gateway::tls::trusting_nobody()?))
            })
            .collect()
    }

    /// The services as a machine reads them.
    pub(super) fn described(&self) -> serde_json::Value {
        self.services
            .iter()
            .map(|(name, kind, tier, url)| {
                let kind = match kind {
                    Kind::Fhir => "fhir",
                    Kind::Web => "web",
                };
                serde_json::json!({ "name": name, "kind": kind, "tier": tier, "upstream": url })
            })
            .collect()
    }

    /// Waits until all have stopped.
    pub(super) async fn stopped(self) {
        self.running.join_all().await;
    }

    fn spawn(&mut self, listener: TcpListener, answer: impl Answer, stop: &watch::Receiver<bool>) {
        let mut stop = stop.clone();
        let stopped =
            async move { while !*stop.borrow_and_update() && stop.changed().await.is_ok() {} };
        self.running
            .spawn(serve(listener, Arc::new(answer), stopped));
    }
}

async fn free_port() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .context("a free port")?;
    let origin = format!("http://{}", listener.local_addr()?);
    Ok((listener, origin))
}
