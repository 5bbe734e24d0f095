//! What an operation of DICOM asks of the policy, and the proxy that stands before an application
//! such as an archive of images.
//!
//! Read first: `serve.rs` (who is let in), `agree.rs` (what an association is for), then `session.rs`
//! (the way of one operation) and `disclosed.rs` (what is kept of it).

mod agree;
mod disclosed;
mod recorded;
mod serve;
mod session;
mod side;
mod turn;

use std::sync::Arc;

use event::{PatientId, PatientRef, PatientSealer};
use policy::guard::{Carrier, Contents, Function, Protocol, Station};
use wire::dicom::{AeTitle, Command as Dimse, Kind};

use super::{Command, OwnedDimse, access};
pub use recorded::Association;
pub use serve::serve;

/// What is agreed about an application: how its patients are named here, and by which policy it is
/// guarded.
#[derive(Clone)]
pub struct DicomTerms {
    /// What stands before the number of a patient in the logical id of the FHIR `Patient`.
    pub patient_prefix: String,
    /// Turns patients into what evidence names.
    pub patients: Arc<PatientSealer>,
    /// The policy of the guard, as evidence names it: the first 16 hexadecimal digits of its SHA-256.
    pub policy_set: String,
}

/// Both ends of an association, by the titles that they go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Titles {
    /// Who asks, by what it says.
    pub calling: AeTitle,
    /// Who is asked.
    pub called: AeTitle,
}

/// The question of an association, or of one class in it.
#[must_use]
pub fn association(titles: &Titles, class: Option<&str>) -> Command {
    let name = Function::ASSOCIATE.name().unwrap_or_default();
    Command {
        name: name.to_owned(),
        access: policy::guard::Access::Identify,
        ..plain(Function::ASSOCIATE, dimse(titles, class, None))
    }
}

/// The question of one operation in a context of some class.
///
/// Whoever stores, searches or fetches names the class of the context once more (PS3.7, section
/// 9.1). An application may go by either, so a request that names another one contradicts itself.
#[must_use]
pub fn command(asked: &Dimse, titles: &Titles, agreed: &str) -> Command {
    let class = asked.class().map_or(agreed, |class| class.as_str());
    let destination = asked.destination().map(AeTitle::as_str);
    let kind = asked.kind();
    Command {
        name: kind.name().to_owned(),
        access: access(kind.access()),
        contents: match is_about_patients(kind) && class != agreed {
            true => Contents::Contradictory,
            false => Contents::Whole,
        },
        ..plain(
            Function::dimse(asked.field()),
            dimse(titles, Some(class), destination),
        )
    }
}

fn dimse(titles: &Titles, class: Option<&str>, destination: Option<&str>) -> OwnedDimse {
    OwnedDimse {
        calling: titles.calling.to_string(),
        called: titles.called.to_string(),
        class: class.map(str::to_owned),
        destination: destination.map(str::to_owned),
    }
}

fn plain(function: Function, dimse: OwnedDimse) -> Command {
    Command {
        protocol: Protocol::Dicom,
        station: Station::Entity,
        function,
        name: String::new(),
        access: policy::guard::Access::Unknown,
        contents: Contents::Whole,
        carrier: Carrier::Unicast,
        lifetime: None,
        reads: Vec::new(),
        writes: Vec::new(),
        dimse: Some(dimse),
    }
}

/// Whether what an operation shows or takes is told by patient.
const fn is_about_patients(kind: Kind) -> bool {
    matches!(kind, Kind::Store | Kind::Find | Kind::Get | Kind::Move)
}

impl DicomTerms {
    /// The patient of a number, as evidence names them; nothing for one that stands for several or
    /// cannot be a patient here.
    ///
    /// Characters that no identity has become `_`, so that whoever looks for a patient by the number
    /// finds them by the same rule.
    fn patient(&self, number: &[u8]) -> Option<PatientRef> {
        // A question may leave out letters, or name several (PS3.4, section C.2.2.2).
        if number.iter().any(|byte| b"*?\\".contains(byte)) {
            return None;
        }
        let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_');
        let number = String::from_utf8_lossy(number);
        let number = number.chars().map(|it| if is_plain(it) { it } else { '_' });
        let id: String = self.patient_prefix.chars().chain(number).collect();
        let id = PatientId::new(&id).ok()?;
        Some(self.patients.seal(&id))
    }
}

impl std::fmt::Debug for DicomTerms {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("DicomTerms")
            .field("patient_prefix", &self.patient_prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
