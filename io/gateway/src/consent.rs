//! A FHIR `Consent` as the directory keeps it: recipients become persons, units and establishments
//! of the group, purposes become those that policies speak of.
//!
//! What is lost on the way never widens anything: a permit whose recipients or purposes are all
//! unknown here is residual and opens nothing, a refusal with anything unknown refuses all it may
//! mean.

use event::{Confidentiality, EstablishmentId, PersonId, Purpose, Timestamp, UnitId};
use hospital::{Consent, Directory, Effect, Provision, Recipient};
use wire::fhir::consent as fhir;

/// The entry of a consent; none when it is not active, or its patient has no possible identity.
#[must_use]
pub fn entry(read: &fhir::Consent, directory: &Directory) -> Option<Consent> {
    if !read.is_active {
        return None;
    }
    let provision = |it: &fhir::Provision| provision(it, directory);
    Some(Consent {
        id: read.id.clone().unwrap_or_default(),
        patient: read.patient.parse().ok()?,
        // Without a date it was there before anybody asked.
        from: Timestamp::from_us(read.from_us.unwrap_or_default()),
        until: read.until_us.map(Timestamp::from_us),
        provision: provision(&read.provision),
        exceptions: read.exceptions.iter().map(provision).collect(),
    })
}

fn provision(read: &fhir::Provision, directory: &Directory) -> Provision {
    let recipients: Vec<Recipient> = read
        .recipients
        .iter()
        .filter_map(|(of, id)| recipient(of.name(), id, directory))
        .collect();
    let purposes: std::collections::BTreeSet<Purpose> = read
        .purposes
        .iter()
        .filter_map(|it| it.parse().ok())
        .collect();
    let levels: std::collections::BTreeSet<Confidentiality> = read
        .confidentiality
        .iter()
        .filter_map(|it| it.parse().ok())
        .collect();
    let lost_some =
        recipients.len() < read.recipients.len() || purposes.len() < read.purposes.len();
    let lost_all = recipients.is_empty() && !read.recipients.is_empty()
        || purposes.is_empty() && !read.purposes.is_empty();
    Provision {
        effect: if read.is_permit {
            Effect::Permit
        } else {
            Effect::Deny
        },
        residual: read.is_residual || lost_all || lost_some && !read.is_permit,
        recipients,
        purposes,
        confidentiality: levels,
        resource_types: read
            .resource_types
            .iter()
            .map(|it| it.name().to_owned())
            .collect(),
    }
}

/// Whom a reference names in the group.
fn recipient(of: &str, id: &str, directory: &Directory) -> Option<Recipient> {
    match of {
        "Practitioner" => {
            let person = PersonId::new(id).ok()?;
            directory.person(&person).map(|known| Recipient {
                person: Some(known.id.clone()),
                ..Recipient::default()
            })
        }
        "Organization" => {
            let establishment = EstablishmentId::new(id).ok();
            let unit = UnitId::new(id).ok();
            directory.establishments().iter().find_map(|it| {
                if Some(&it.id) == establishment.as_ref() {
                    return Some(Recipient {
                        establishment: Some(it.id.clone()),
                        ..Recipient::default()
                    });
                }
                let unit = it.units.iter().find(|it| Some(&it.id) == unit.as_ref())?;
                Some(Recipient {
                    unit: Some(unit.id.clone()),
                    ..Recipient::default()
                })
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
