//! The services behind the demonstration's door: records, devices, building.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use event::{AssetId, ServiceId, Tier};
use gateway::guard::Places;
use gateway::{Kind, ServiceTerms};
use hospital::Directory;
use policy::guard::Protocol;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{GuardLine, GuardSettings};
use crate::demo::{Answer, Cast, FhirServer, PlantPages, Resource, Shelves, air, serve};
use crate::stop::stopped;

/// The running upstreams.
pub(super) struct Upstreams {
    running: JoinSet<()>,
    services: Vec<(&'static str, Kind, Tier, String)>,
    air: SocketAddr,
}

impl Upstreams {
    /// Starts them on free ports of the loopback interface.
    pub(super) async fn start(
        records: Vec<Resource>,
        directory: &Directory,
        stop: &watch::Receiver<bool>,
    ) -> Result<Self> {
        let controller = TcpListener::bind(("127.0.0.1", 0));
        let controller = controller.await.context("a free port")?;
        let mut this = Self {
            running: JoinSet::new(),
            services: Vec::new(),
            air: controller.local_addr()?,
        };
        let served = air::serve_controller(controller, Arc::default(), stopped(stop.clone()));
        this.running.spawn(served);
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

    /// The controller of the theatre's air, and who may command it.
    pub(super) fn guard(&self, cast: &Cast) -> Result<Option<GuardSettings>> {
        let Some(engineer) = cast.identity("building-engineer") else {
            return Ok(None);
        };
        let line = GuardLine {
            conduit: air::CONDUIT.to_owned(),
            protocol: Protocol::Modbus,
            asset: AssetId::new(air::ASSET)?,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            device: self.air,
            unit: Some(1),
            tls: None,
            patient_prefix: String::new(),
        };
        Ok(Some(GuardSettings {
            guard: air::guard(&engineer.person)?,
            lines: vec![line],
            places: Places::default(),
            policy_set: String::new(),
        }))
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
        let served = serve(listener, Arc::new(answer), stopped(stop.clone()));
        self.running.spawn(served);
    }
}

async fn free_port() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .context("a free port")?;
    let origin = format!("http://{}", listener.local_addr()?);
    Ok((listener, origin))
}
