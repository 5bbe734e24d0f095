//! A notice as FHIR R4 `Communication`: what a messaging system, or the patient's own space, takes
//! over and sends.

use event::{PatientId, Timestamp};
use serde_json::{Value, json};

use crate::{Notice, NoticeState, Review};

/// The notice of an opening as a `Communication`; `text` is what it says, in the language of whoever
/// is told. Without a clear identity the patient is named by pseudonym.
#[must_use]
pub fn communication(
    review: &Review,
    notice: &Notice,
    at: Timestamp,
    text: &str,
    patient: Option<&PatientId>,
) -> Value {
    let subject = match patient {
        Some(patient) => json!({ "reference": format!("Patient/{patient}") }),
        None => json!({
            "type": "Patient",
            "identifier": {
                "system": "urn:x-hygie:pseudonym",
                "value": review.patient.pseudonym.as_str(),
            },
        }),
    };
    let recipient = match &notice.person {
        Some(person) => json!({
            "type": "Practitioner",
            "identifier": { "system": "urn:x-hygie:person", "value": person.as_str() },
        }),
        None if notice.to == event::NoticeTo::Patient => subject.clone(),
        None => json!({ "display": notice.to.code() }),
    };
    let state = notice.state(at);
    let mut told = json!({
        "resourceType": "Communication",
        "id": notice.id.as_str(),
        "status": status(state),
        "category": [{
            "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/communication-category",
                "code": "notification",
            }],
        }],
        "priority": if state == NoticeState::Overdue { "urgent" } else { "routine" },
        "subject": subject,
        "about": [{
            "identifier": { "system": "urn:x-hygie:glass", "value": review.glass.as_str() },
        }],
        "recipient": [recipient],
        "payload": [{ "contentString": text }],
    });
    if let Some(members) = told.as_object_mut() {
        if let (NoticeState::Deferred, Some(deferred)) = (state, &notice.deferred) {
            let reason = json!({
                "coding": [{
                    "system": "urn:x-hygie:notice-deferral",
                    "code": deferred.ground.code(),
                }],
                "text": deferred.until.to_string(),
            });
            members.insert("statusReason".to_owned(), reason);
        }
        if let Some(given) = &notice.given {
            members.insert("sent".to_owned(), Value::from(given.at.to_string()));
            let medium = json!([{ "text": given.channel.code() }]);
            members.insert("medium".to_owned(), medium);
        }
    }
    told
}

/// The status (value set `event-status`).
fn status(state: NoticeState) -> &'static str {
    match state {
        NoticeState::Owed | NoticeState::Overdue => "preparation",
        NoticeState::Deferred => "on-hold",
        NoticeState::Given => "completed",
    }
}

#[cfg(test)]
mod tests;
