//! Emergencies of the demonstration's group: physicians, each with patients of other
//! establishments who are nobody to them.

use std::path::Path;

use event::{PatientId, Timestamp};
use hospital::{Directory, Patient, Person};

use super::BenchError;
use super::limits::GLASSES_PER_PERSON;
use crate::demo::{Demonstration, Issuer};

/// Somebody who opens a stranger's record, and the token of their session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Emergency {
    pub(super) patient: PatientId,
    pub(super) token: String,
}

/// Every emergency that the group of a folder has room for: no two are of the same physician and
/// patient, and none comes near the limit of open glasses of one person.
pub(super) fn emergencies(folder: &Path, at: Timestamp) -> Result<Vec<Emergency>, BenchError> {
    let group = |source| BenchError::Group { source };
    let demonstration = Demonstration::open(folder, None, at).map_err(group)?;
    let directory = &demonstration.directory;
    let mut found = Vec::new();
    for person in physicians(directory, at) {
        let session = Issuer::new_session().map_err(group)?;
        let token = demonstration
            .issuer
            .mint(&person.id, &session, at)
            .map_err(group)?;
        let strangers = strangers(directory, person, at).take(GLASSES_PER_PERSON);
        for (number, patient) in strangers.enumerate() {
            let emergency = Emergency {
                patient: patient.id.clone(),
                token: token.clone(),
            };
            found.push((number, emergency));
        }
    }
    // Everybody has their first emergency before anybody has a second one.
    found.sort_by_key(|(number, _)| *number);
    Ok(found.into_iter().map(|(_, emergency)| emergency).collect())
}

fn physicians(directory: &Directory, at: Timestamp) -> impl Iterator<Item = &Person> {
    let persons = directory.persons().iter();
    persons.filter(move |person| {
        person.profession == "physician" && person.posts_at(at).next().is_some()
    })
}

fn strangers<'d>(
    directory: &'d Directory,
    person: &'d Person,
    at: Timestamp,
) -> impl Iterator<Item = &'d Patient> {
    let patients = directory.patients().iter();
    patients.filter(move |patient| {
        let relation = directory.relation(&person.id, &patient.id, at);
        let near = relation.is_care() || relation.own_record || relation.shared_establishments;
        !near && !patient.protected
    })
}

#[cfg(test)]
mod tests;
