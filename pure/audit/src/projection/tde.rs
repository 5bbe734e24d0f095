//! The French profile of traces (`tde-auditevent`): two agents at the most, each with a `who`, one
//! subtype at the most, and a period that has begun.

use serde_json::{Value, json};

use super::parts::{Kind, concept, data, patient, query, role, who};
use super::{Trace, Unseal, What};

const PROFILE: &str =
    "https://interop.esante.gouv.fr/ig/fhir/tde/StructureDefinition/tde-auditevent";

pub(super) fn audit_event(trace: &Trace<'_>, unseal: Unseal<'_>) -> Value {
    let mut event = trace.common();
    let Some(members) = event.as_object_mut() else {
        return event;
    };
    members.insert("meta".to_owned(), json!({ "profile": [PROFILE] }));
    members.insert("period".to_owned(), period(trace));
    members.insert("agent".to_owned(), Value::from(agents(trace)));
    let mut entities = trace.references();
    if let What::Access(access) = trace.what
        && let Some(resource_type) = access.asked.target.resource_type.as_deref()
    {
        entities.push(match trace.kind() {
            Kind::Search => query(resource_type),
            _ => data(resource_type),
        });
    }
    entities.extend(trace.patients.iter().map(|of| patient(of, unseal)));
    members.insert("entity".to_owned(), Value::from(entities));
    event
}

/// From when to when: a moment for a request, the opening itself for its end.
fn period(trace: &Trace<'_>) -> Value {
    match trace.what {
        What::Declared(declared) => json!({ "start": declared.from.to_string() }),
        What::Ended(ended, from) => json!({
            "start": from.unwrap_or(ended.at).to_string(),
            "end": ended.at.to_string(),
        }),
        What::Access(_) | What::Reviewed(_) => json!({
            "start": trace.time.to_string(),
            "end": trace.time.to_string(),
        }),
    }
}

/// Who acted, with the access mode, and the session they acted from.
fn agents(trace: &Trace<'_>) -> Vec<Value> {
    let Some(actor) = trace.actor else {
        // An end by time of an opening that is not remembered: the door itself speaks.
        return vec![json!({
            "who": { "identifier": { "value": trace.observer } },
            "requestor": false,
        })];
    };
    let mut user = json!({ "who": who(actor), "requestor": true });
    if let Some(members) = user.as_object_mut() {
        let roles = role(actor);
        if !roles.is_empty() {
            members.insert("role".to_owned(), Value::from(roles));
        }
        if let Some(purpose) = trace.purpose {
            members.insert("purposeOfUse".to_owned(), json!([concept(purpose)]));
        }
    }
    let client = json!({
        "who": {
            "identifier": { "system": "urn:x-hygie:session", "value": actor.session.as_str() },
        },
        "requestor": false,
        "network": { "address": actor.ip.to_string(), "type": "2" },
    });
    vec![user, client]
}
