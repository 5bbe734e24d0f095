//! The parts that both profiles are made of: codes, agents, entities.

use event::{Actor, Outcome, PatientRef, Purpose};
use serde_json::{Value, json};

use super::{Trace, Unseal, What};

pub(super) const DCM: &str = "http://dicom.nema.org/resources/ontology/DCM";
pub(super) const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
/// The FHIR address of the French access modes (NOS `TRE_R248`).
pub(super) const R248: &str =
    "https://mos.esante.gouv.fr/NOS/TRE_R248-ModeAcces/FHIR/TRE-R248-ModeAcces";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const SOURCE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";
const AUTHZ: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType";
const TRANSACTION: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";
/// The code system of the door's own actions.
const OWN_ACTION: &str = "urn:x-hygie:action";

/// What kind of event it is, in the codes of FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A resource was read.
    Read,
    /// Resources of one type were searched.
    Search,
    /// A FHIR operation or another use of the door.
    Other,
    /// Access was refused, whether an emergency would open it or not.
    Denied,
    /// A security alert: an opening began, ended or was reviewed.
    Alert,
}

pub(super) fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

impl Trace<'_> {
    pub(super) fn kind(&self) -> Kind {
        let What::Access(access) = self.what else {
            return Kind::Alert;
        };
        if access.outcome != Outcome::Permit {
            return Kind::Denied;
        }
        match access.asked.action.as_str() {
            "read" => Kind::Read,
            "search" => Kind::Search,
            _ => Kind::Other,
        }
    }

    /// Members that are the same in both profiles.
    pub(super) fn common(&self) -> Value {
        let (event_type, subtype, action) = self.codes();
        let (outcome, said) = self.outcome();
        let mut common = json!({
            "resourceType": "AuditEvent",
            "id": format!("decisions-{}", self.index),
            "type": event_type,
            "subtype": [subtype],
            "action": action,
            "recorded": self.time.to_string(),
            "outcome": outcome,
            "source": {
                "observer": { "identifier": { "value": self.observer } },
                "type": [coding(SOURCE_TYPE, "6", "Security Server")],
            },
        });
        if let (Some(members), Some(said)) = (common.as_object_mut(), said) {
            members.insert("outcomeDesc".to_owned(), Value::from(said));
        }
        if let (Some(members), Some(purpose)) = (common.as_object_mut(), self.purpose) {
            members.insert("purposeOfEvent".to_owned(), json!([concept(purpose)]));
        }
        common
    }

    /// Type, subtype and action (`C`, `R`, `U`, `D` or `E`).
    fn codes(&self) -> (Value, Value, &'static str) {
        let rest = || coding(EVENT_TYPE, "rest", "RESTful Operation");
        let alert = || coding(DCM, "110113", "Security Alert");
        match self.what {
            What::Declared(_) => {
                let begun = coding(DCM, "110127", "Emergency Override Started");
                (alert(), begun, "E")
            }
            What::Ended(..) => {
                let stopped = coding(DCM, "110138", "Emergency Override Stopped");
                (alert(), stopped, "E")
            }
            What::Reviewed(_) => {
                let reviewed = coding(OWN_ACTION, "reviewGlass", "Review of an opening");
                (alert(), reviewed, "E")
            }
            What::Access(access) => match self.kind() {
                Kind::Denied => {
                    let roles = "Authorization Decision using only Roles";
                    (alert(), coding(AUTHZ, "AuthZ-Role", roles), "E")
                }
                Kind::Read => (rest(), coding(INTERACTION, "read", "read"), "R"),
                Kind::Search => (
                    rest(),
                    coding(INTERACTION, "search-type", "search-type"),
                    "E",
                ),
                Kind::Other | Kind::Alert if access.asked.action == "everything" => {
                    (rest(), coding(INTERACTION, "operation", "operation"), "E")
                }
                Kind::Other | Kind::Alert => {
                    let action = access.asked.action.as_str();
                    let own = coding(OWN_ACTION, action, action);
                    // PS3.15, annex A.5.3.
                    let moved = || coding(DCM, "110104", "DICOM Instances Transferred");
                    match action {
                        "c-find" => (coding(DCM, "110112", "Query"), own, "E"),
                        "c-get" | "c-move" => (moved(), own, "R"),
                        "c-store" => (moved(), own, "C"),
                        _ => (coding(DCM, "110100", "Application Activity"), own, "E"),
                    }
                }
            },
        }
    }

    /// The outcome (`audit-event-outcome`), and what there is to say of it.
    fn outcome(&self) -> (&'static str, Option<String>) {
        match self.what {
            What::Declared(declared) => ("0", Some(declared.reason.code().to_owned())),
            What::Ended(ended, _) => ("0", Some(ended.end.code().to_owned())),
            What::Reviewed(closed) => ("0", Some(closed.finding.code().to_owned())),
            What::Access(access) if access.outcome != Outcome::Permit => {
                ("8", Some(access.reasons.join(", ")))
            }
            What::Access(access) if access.status >= 400 => {
                ("4", Some(format!("HTTP status {}", access.status)))
            }
            What::Access(_) => ("0", None),
        }
    }

    /// Whether it went as it was meant to.
    pub(super) fn succeeded(&self) -> bool {
        self.outcome().0 == "0"
    }

    /// The request, the opening and the evidence that an event stands on.
    pub(super) fn references(&self) -> Vec<Value> {
        let mut entities = Vec::new();
        if let Some(request) = self.request {
            entities.push(json!({
                "what": { "identifier": { "value": request.as_str() } },
                "type": { "system": TRANSACTION, "code": "XrequestId" },
            }));
        }
        if let Some(glass) = self.glass {
            entities.push(json!({
                "what": {
                    "identifier": { "system": "urn:x-hygie:glass", "value": glass.as_str() },
                },
                "type": coding(ENTITY_TYPE, "4", "Other"),
            }));
        }
        entities
    }
}

/// The purpose of use, international and French, as one concept.
pub(super) fn concept(purpose: Purpose) -> Value {
    let mut codings = vec![json!({ "system": ACT_REASON, "code": purpose.code() })];
    if let Some(mode) = purpose.access_mode() {
        codings.push(json!({ "system": R248, "code": mode.code() }));
    }
    json!({ "coding": codings })
}

/// Who a person is, as evidence knows them.
pub(super) fn who(actor: &Actor) -> Value {
    json!({
        "identifier": { "system": "urn:x-hygie:person", "value": actor.person.as_str() },
    })
}

/// The profession under which they acted.
pub(super) fn role(actor: &Actor) -> Vec<Value> {
    let profession = actor.profession.iter();
    profession
        .map(|code| json!({ "coding": [{ "system": "urn:x-hygie:profession", "code": code }] }))
        .collect()
}

/// Whose record it was.
pub(super) fn patient(patient: &PatientRef, unseal: Unseal<'_>) -> Value {
    let what = match unseal(patient) {
        Some(clear) => json!({ "reference": format!("Patient/{clear}") }),
        None => json!({
            "type": "Patient",
            "identifier": {
                "system": "urn:x-hygie:pseudonym",
                "value": patient.pseudonym.as_str(),
            },
        }),
    };
    json!({
        "what": what,
        "type": coding(ENTITY_TYPE, "1", "Person"),
        "role": coding(OBJECT_ROLE, "1", "Patient"),
    })
}

/// What was read, by its type: evidence keeps no id of a resource.
pub(super) fn data(resource_type: &str) -> Value {
    json!({
        "what": { "type": resource_type, "display": resource_type },
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": coding(OBJECT_ROLE, "4", "Domain Resource"),
    })
}

/// The search, written again from what evidence keeps of it, base64 as FHIR wants it.
pub(super) fn query(search: &str) -> Value {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(search);
    json!({
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": coding(OBJECT_ROLE, "24", "Query"),
        "description": search,
        "query": encoded,
    })
}
