//! All analytics together: one fold over typed events.

use serde::{Deserialize, Serialize};

use super::Output;
use super::beacon::{BeaconSettings, Beacons};
use super::control_write::{ControlWriteSettings, ControlWrites};
use super::dns_tunnel::{DnsTunnelSettings, DnsTunnels};
use super::extraction::{Extraction, ExtractionSettings};
use super::first_seen::{FirstSeen, FirstSeenSettings, Sighting};
use super::input::{ControlWrite, DnsQuery, FileOperation, Flow, Login, RecordAccess};
use super::lateral::{Lateral, LateralSettings};
use super::ransomware::{Ransomware, RansomwareSettings};
use super::scan::{ScanSettings, Scans};
use super::travel::{Travel, TravelSettings};
use crate::hash::HashKey;

/// The settings of all analytics, as `rules/analytics.toml` writes them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnalyticsSettings {
    /// Beacons.
    pub beacon: BeaconSettings,
    /// Writes from the wrong tier.
    pub control_write: ControlWriteSettings,
    /// DNS tunnels.
    pub dns_tunnel: DnsTunnelSettings,
    /// Mass extraction and canary records.
    pub extraction: ExtractionSettings,
    /// First seen and dormancy.
    pub first_seen: FirstSeenSettings,
    /// Lateral movement.
    pub lateral: LateralSettings,
    /// Ransomware.
    pub ransomware: RansomwareSettings,
    /// Scans and spreading.
    pub scan: ScanSettings,
    /// Impossible travel.
    pub travel: TravelSettings,
}

/// One typed event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    /// A record was opened.
    Access(RecordAccess),
    /// A controller was written to.
    Control(ControlWrite),
    /// A name was asked for.
    Dns(DnsQuery),
    /// Something was done to a file.
    File(FileOperation),
    /// A connection.
    Flow(Flow),
    /// A sign-in.
    Login(Login),
    /// A subject was seen.
    Sighting(Sighting),
}

/// The state of all analytics.
///
/// INVARIANT: (6) same log, same state: nothing but [`Analytics::apply`] changes it, and what is
/// written down and read back goes on as if it had never stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analytics {
    beacons: Beacons,
    control_writes: ControlWrites,
    dns_tunnels: DnsTunnels,
    extraction: Extraction,
    first_seen: FirstSeen,
    lateral: Lateral,
    ransomware: Ransomware,
    scans: Scans,
    travel: Travel,
}

impl Analytics {
    /// Nothing observed yet. The key hashes values that an attacker may choose.
    #[must_use]
    pub fn new(settings: AnalyticsSettings, key: HashKey) -> Self {
        Self {
            beacons: Beacons::new(settings.beacon),
            control_writes: ControlWrites::new(settings.control_write),
            dns_tunnels: DnsTunnels::new(settings.dns_tunnel, key),
            extraction: Extraction::new(settings.extraction, key),
            first_seen: FirstSeen::new(settings.first_seen),
            lateral: Lateral::new(settings.lateral),
            ransomware: Ransomware::new(settings.ransomware, key),
            scans: Scans::new(settings.scan, key),
            travel: Travel::new(settings.travel),
        }
    }

    /// Takes one event.
    pub fn apply(&mut self, observed: &Observed) -> Vec<Output> {
        match observed {
            Observed::Access(access) => self.extraction.apply(access),
            Observed::Control(write) => self.control_writes.apply(write),
            Observed::Dns(query) => self.dns_tunnels.apply(query),
            Observed::File(operation) => self.ransomware.apply(operation),
            Observed::Flow(flow) => {
                let mut outputs = self.beacons.apply(flow);
                // With a name, the same connection is told a second time.
                if flow.name.is_none() {
                    outputs.extend(self.scans.apply(flow));
                }
                outputs
            }
            Observed::Login(login) => {
                let mut outputs = self.lateral.apply(login);
                outputs.extend(self.travel.apply(login));
                outputs
            }
            Observed::Sighting(sighting) => self.first_seen.apply(sighting),
        }
    }

    /// The beacons, to rank all pairs.
    #[must_use]
    pub fn beacons(&self) -> &Beacons {
        &self.beacons
    }
}

#[cfg(test)]
mod tests;
