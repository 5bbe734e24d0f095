//! `[guard]`: the devices behind the guard, and what is known of the addresses before it.

use std::net::SocketAddr;
use std::path::PathBuf;

use event::{AssetId, ServiceId, Tier};
use gateway::guard::{LineTls, Places};
use gateway::identity::certificate::PersonSource;
use hospital::Directory;
use policy::guard::{AddressPattern, Guard, GuardDocument, Protocol};
use serde::Deserialize;
use serde_spanned::Spanned;
use sha2::{Digest as _, Sha256};

use super::listener::Listens;
use super::{Config, Fault};

/// Hexadecimal digits by which evidence names a policy.
const POLICY_SET_DIGITS: usize = 16;

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GuardSection {
    policy_file: Option<Spanned<PathBuf>>,
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    places: Vec<Place>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    conduit: Spanned<String>,
    asset: Spanned<String>,
    address: Spanned<String>,
    device: Spanned<String>,
    unit: Option<Spanned<u8>>,
    patient_prefix: Option<Spanned<String>>,
    cert_file: Option<Spanned<PathBuf>>,
    key_file: Option<Spanned<PathBuf>>,
    client_ca_file: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    addresses: Spanned<String>,
    service: Option<Spanned<String>>,
    tier: Option<Spanned<String>>,
}

/// A guard in which everything has been read and checked.
#[derive(Debug)]
pub struct GuardSettings {
    /// Who may command what.
    pub guard: Guard,
    /// Where it stands.
    pub lines: Vec<GuardLine>,
    /// Machines and tiers by address.
    pub places: Places,
    /// The policy, as evidence names it: the first 16 hexadecimal digits of its SHA-256.
    pub policy_set: String,
}

/// Where the guard stands before a device.
#[derive(Debug, Clone)]
pub struct GuardLine {
    /// By which conduit.
    pub conduit: String,
    /// Its language.
    pub protocol: Protocol,
    /// The device, in the directory.
    pub asset: AssetId,
    /// Where clients come.
    pub address: SocketAddr,
    /// Where the device is.
    pub device: SocketAddr,
    /// Its unit there, of Modbus, when several answer at the address.
    pub unit: Option<u8>,
    /// TLS, when clients name themselves by certificates: of Modbus and DICOM.
    pub tls: Option<LineTls>,
    /// What stands before the number of a patient in the id of the record, of DICOM.
    pub patient_prefix: String,
}

impl Config {
    /// The guard; nothing where it stands before no device. A policy that is named is checked.
    pub(super) fn guard(&self, directory: &Directory) -> Result<Option<GuardSettings>, Fault> {
        let section = &self.guard;
        let Some(at) = &section.policy_file else {
            return match section.lines.first() {
                None => Ok(None),
                Some(line) => {
                    let what = "lines need `policy_file`, which says who may command what";
                    Err(self.fault(&line.conduit, "guard.lines", what))
                }
            };
        };
        let (guard, policy_set) = self.guard_policy(at)?;
        let mut lines: Vec<GuardLine> = Vec::new();
        for line in &section.lines {
            let settled = self.guard_line(line, &guard, directory)?;
            if lines.iter().any(|it| it.address == settled.address) {
                let what = "two lines listen on it";
                return Err(self.fault(&line.address, "guard.lines.address", what));
            }
            let is_same =
                |it: &GuardLine| it.conduit == settled.conduit && it.asset == settled.asset;
            if lines.iter().any(is_same) {
                let what =
                    "another line of the conduit leads to it: approvals could not tell them apart";
                return Err(self.fault(&line.asset, "guard.lines.asset", what));
            }
            // Values, approvals and evidence know a device by its address alone.
            let is_beside = |it: &GuardLine| {
                it.device.ip().to_canonical() == settled.device.ip().to_canonical()
                    && it.device.port() != settled.device.port()
            };
            if lines.iter().any(is_beside) {
                let what =
                    "another line has another port of it, and the two could not be told apart";
                return Err(self.fault(&line.device, "guard.lines.device", what));
            }
            lines.push(settled);
        }
        let places = self.guard_places(&section.places)?;
        Ok((!lines.is_empty()).then_some(GuardSettings {
            guard,
            lines,
            places,
            policy_set,
        }))
    }

    fn guard_policy(&self, at: &Spanned<PathBuf>) -> Result<(Guard, String), Fault> {
        let text = self.small_file(at, "guard.policy_file")?;
        let unread = |error| {
            let what = "the policy of the guard cannot be used";
            self.fault(at, "guard.policy_file", what).because(error)
        };
        let document = GuardDocument::from_toml(&text).map_err(unread)?;
        let guard = Guard::new(&document).map_err(unread)?;
        let digest = hex::encode(Sha256::digest(text.as_bytes()));
        Ok((guard, digest.chars().take(POLICY_SET_DIGITS).collect()))
    }

    fn guard_line(
        &self,
        line: &Line,
        guard: &Guard,
        directory: &Directory,
    ) -> Result<GuardLine, Fault> {
        let socket = |at: &Spanned<String>, key| {
            let what = "it is not an address and port such as `10.30.4.7:502`";
            let read = at.get_ref().parse::<SocketAddr>();
            read.map_err(|_| self.fault(at, key, what))
        };
        let conduit = line.conduit.get_ref();
        let protocol = guard.protocol(conduit).ok_or_else(|| {
            let what = "the policy of the guard has no conduit of this name";
            self.fault(&line.conduit, "guard.lines.conduit", what)
        })?;
        let unknown = |what: String| self.fault(&line.asset, "guard.lines.asset", what);
        let asset = AssetId::new(line.asset.get_ref()).map_err(|it| unknown(it.to_string()))?;
        if directory.asset(asset.as_str()).is_none() {
            return Err(unknown("the directory has no such asset".to_owned()));
        }
        let device = socket(&line.device, "guard.lines.device")?;
        if !guard.reaches(conduit, device.ip()) {
            let what = "it is none of the devices of the conduit";
            return Err(self.fault(&line.device, "guard.lines.device", what));
        }
        if let (Some(unit), Protocol::Bacnet | Protocol::Dicom) = (&line.unit, protocol) {
            let what = "units are of Modbus, and the conduit is of another protocol";
            return Err(self.fault(unit, "guard.lines.unit", what));
        }
        if let (Some(at), Protocol::Bacnet | Protocol::Modbus) = (&line.patient_prefix, protocol) {
            let what = "patients are of DICOM, and the conduit is of another protocol";
            return Err(self.fault(at, "guard.lines.patient_prefix", what));
        }
        let tls = self.line_tls(line)?;
        if let (Some(_), Protocol::Bacnet) = (&tls, protocol) {
            let what = "BACnet/IP has no TLS";
            return Err(self.fault(&line.conduit, "guard.lines.cert_file", what));
        }
        let prefix = line.patient_prefix.as_ref();
        Ok(GuardLine {
            conduit: conduit.clone(),
            protocol,
            asset,
            address: socket(&line.address, "guard.lines.address")?,
            device,
            unit: line.unit.as_ref().map(|unit| *unit.get_ref()),
            tls,
            patient_prefix: prefix.map(|it| it.get_ref().clone()).unwrap_or_default(),
        })
    }

    /// TLS of a line: its clients show certificates, whose common names are those of machines.
    fn line_tls(&self, line: &Line) -> Result<Option<LineTls>, Fault> {
        let tls = self.listener_tls(&Listens {
            section: "guard.lines",
            name: &line.conduit,
            peers: &[],
            cert_file: line.cert_file.as_ref(),
            key_file: line.key_file.as_ref(),
            client_ca_file: line.client_ca_file.as_ref(),
        })?;
        match (tls, &line.cert_file) {
            (Some((_, false)), Some(at)) => {
                let what = "a line over TLS needs `client_ca_file`: a certificate names who asks";
                Err(self.fault(at, "guard.lines.client_ca_file", what))
            }
            (Some((config, _)), _) => Ok(Some(LineTls {
                config,
                names: PersonSource::CommonName,
            })),
            (None, _) => Ok(None),
        }
    }

    fn guard_places(&self, written: &[Place]) -> Result<Places, Fault> {
        let mut places = Places::default();
        for place in written {
            let at = &place.addresses;
            let addresses: AddressPattern = at
                .get_ref()
                .parse()
                .map_err(|what: String| self.fault(at, "guard.places.addresses", what))?;
            if place.service.is_none() && place.tier.is_none() {
                let what = "it has neither `service` nor `tier`";
                return Err(self.fault(at, "guard.places.addresses", what));
            }
            if let Some(at) = &place.service {
                let service = ServiceId::new(at.get_ref())
                    .map_err(|error| self.fault(at, "guard.places.service", error.to_string()))?;
                places.services.push((addresses, service));
            }
            if let Some(at) = &place.tier {
                let tier: Tier = at
                    .get_ref()
                    .parse()
                    .map_err(|_| self.fault(at, "guard.places.tier", "it is no tier"))?;
                places.tiers.push((addresses, tier));
            }
        }
        Ok(places)
    }
}
