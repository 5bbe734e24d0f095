//! IHE Basic Audit Log Patterns (BALP): `Read`, `PatientRead`, `Query`, `PatientQuery`, and the
//! agents of its authorisation decisions for refusals and openings.
//!
//! A resource claims a profile only where it satisfies it: a refusal has no consent to name, so it
//! follows `AuthZconsent` without claiming it.

use event::PatientRef;
use serde_json::{Value, json};

use super::parts::{DCM, Kind, coding, concept, data, patient, query, role, who};
use super::{Trace, Unseal, What};

const PROFILES: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ROLE_CLASS: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleClass";
const SECURITY_ROLE: &str = "http://terminology.hl7.org/CodeSystem/extra-security-role-type";

/// The audit events: one for each patient of an answer, one where there is none.
pub(super) fn audit_events(trace: &Trace<'_>, unseal: Unseal<'_>) -> Vec<Value> {
    if trace.patients.len() <= 1 {
        let of = trace.patients.first().copied();
        return vec![audit_event(trace, of, None, unseal)];
    }
    let numbered = (1..).zip(&trace.patients);
    numbered
        .map(|(number, of): (u32, _)| audit_event(trace, Some(of), Some(number), unseal))
        .collect()
}

fn audit_event(
    trace: &Trace<'_>,
    of: Option<&PatientRef>,
    number: Option<u32>,
    unseal: Unseal<'_>,
) -> Value {
    let mut event = trace.common();
    let Some(members) = event.as_object_mut() else {
        return event;
    };
    if let Some(number) = number {
        let id = format!("decisions-{}-{number}", trace.index);
        members.insert("id".to_owned(), Value::from(id));
    }
    if let Some(profile) = profile(trace, of.is_some()) {
        members.insert("meta".to_owned(), json!({ "profile": [profile] }));
    }
    members.insert("agent".to_owned(), Value::from(agents(trace)));
    members.insert(
        "entity".to_owned(),
        Value::from(entities(trace, of, unseal)),
    );
    event
}

/// The profile that is satisfied: those for successful reads and queries.
fn profile(trace: &Trace<'_>, of_a_patient: bool) -> Option<String> {
    if !trace.succeeded() {
        return None;
    }
    let name = match (trace.kind(), of_a_patient) {
        (Kind::Read, false) => "Read",
        (Kind::Read, true) => "PatientRead",
        (Kind::Search, false) => "Query",
        (Kind::Search, true) => "PatientQuery",
        (Kind::Other | Kind::Denied | Kind::Alert, _) => return None,
    };
    Some(format!("{PROFILES}{name}"))
}

fn agents(trace: &Trace<'_>) -> Vec<Value> {
    let mut agents = Vec::new();
    let Some(actor) = trace.actor else {
        return agents;
    };
    // DICOM's roles follow the parameters of a query, which flow from the client to the server.
    let (client, server) = match trace.kind() {
        Kind::Search => (SOURCE_ROLE, DESTINATION_ROLE),
        Kind::Read | Kind::Other => (DESTINATION_ROLE, SOURCE_ROLE),
        Kind::Denied | Kind::Alert => (APPLICATION, AUTHORIZER),
    };
    agents.push(json!({
        "type": concept_of(client),
        "who": {
            "identifier": { "system": "urn:x-hygie:session", "value": actor.session.as_str() },
        },
        "requestor": false,
        "network": { "address": actor.ip.to_string(), "type": "2" },
    }));
    agents.push(match trace.what {
        What::Access(access) if server != AUTHORIZER => json!({
            "type": concept_of(server),
            "who": { "identifier": { "value": access.asked.service.as_str() } },
            "requestor": false,
            "network": { "address": trace.observer, "type": "1" },
        }),
        _ => json!({
            "type": concept_of(server),
            "who": { "identifier": { "value": trace.observer } },
            "requestor": false,
        }),
    });
    agents.push(user(trace));
    if server == AUTHORIZER {
        agents.extend(actor.establishments.first().map(|establishment| {
            json!({
                "type": concept_of((ROLE_CLASS, "PROV", "healthcare provider")),
                "who": { "identifier": { "value": establishment.as_str() } },
                "requestor": false,
            })
        }));
    }
    agents
}

type Code = (&'static str, &'static str, &'static str);

const APPLICATION: Code = (DCM, "110150", "Application");
const DESTINATION_ROLE: Code = (DCM, "110152", "Destination Role ID");
const SOURCE_ROLE: Code = (DCM, "110153", "Source Role ID");
const AUTHORIZER: Code = (SECURITY_ROLE, "authserver", "authorization server");

fn concept_of((system, code, display): Code) -> Value {
    json!({ "coding": [coding(system, code, display)] })
}

fn user(trace: &Trace<'_>) -> Value {
    let mut user = json!({
        "type": concept_of((PARTICIPATION, "IRCP", "information recipient")),
        "requestor": true,
    });
    let (Some(members), Some(actor)) = (user.as_object_mut(), trace.actor) else {
        return user;
    };
    members.insert("who".to_owned(), who(actor));
    let roles = role(actor);
    if !roles.is_empty() {
        members.insert("role".to_owned(), Value::from(roles));
    }
    if let Some(purpose) = trace.purpose {
        members.insert("purposeOfUse".to_owned(), json!([concept(purpose)]));
    }
    user
}

fn entities(trace: &Trace<'_>, of: Option<&PatientRef>, unseal: Unseal<'_>) -> Vec<Value> {
    let mut entities = trace.references();
    if let What::Access(access) = trace.what
        && let Some(resource_type) = access.asked.target.resource_type.as_deref()
    {
        entities.push(match trace.kind() {
            Kind::Search => query(&search_of(resource_type, of, unseal)),
            _ => data(resource_type),
        });
    }
    entities.extend(of.map(|of| patient(of, unseal)));
    entities
}

/// The search as far as evidence tells it: the type, and of whom.
fn search_of(resource_type: &str, of: Option<&PatientRef>, unseal: Unseal<'_>) -> String {
    match of {
        None => resource_type.to_owned(),
        Some(of) => {
            let clear = unseal(of).map(|clear| clear.to_string());
            let named = clear.unwrap_or_else(|| of.pseudonym.to_string());
            format!("{resource_type}?patient={named}")
        }
    }
}
