//! A `Consent` (FHIR R4 section 6.2), read for what it allows and refuses.
//!
//! The forms are those of IHE PCF: a base provision and exceptions one level below it, with
//! recipients, purposes, security labels, types of resources and a period. Whatever else a
//! provision says narrows it by something that cannot be seen from a request (who wrote the data,
//! when, in which encounter, a sensitivity that is no confidentiality): it is `residual`. Who acts
//! on it gives nothing by a residual permit, and refuses all that a residual refusal may mean.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Map, Value};

use super::reference::{Pointed, point};
use super::types::ResourceType;
use crate::limits::ConsentLimits;

const SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";
const RECIPIENT: (&str, &str) = (
    "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
    "IRCP",
);
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const RESOURCE_TYPES: &str = "http://hl7.org/fhir/resource-types";
const CONSENT_ACTION: &str = "http://terminology.hl7.org/CodeSystem/consentaction";

/// The elements of a provision that are read; any other makes it residual.
const READ: [&str; 9] = [
    "actor",
    "class",
    "extension",
    "id",
    "period",
    "provision",
    "purpose",
    "securityLabel",
    "type",
];

/// A consent to share, or a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The logical id, where the server has given one.
    pub id: Option<String>,
    /// The logical id of the patient.
    pub patient: String,
    /// Whether it counts now: `status` is `active`.
    pub is_active: bool,
    /// When it was given, or its period begins, in microseconds since 1970; a date counts in UTC.
    pub from_us: Option<u64>,
    /// The first instant after its period.
    pub until_us: Option<u64>,
    /// The base.
    pub provision: Provision,
    /// The exceptions to the base; what one leaves open is as in the base.
    pub exceptions: Vec<Provision>,
}

/// One rule. A list that is empty leaves the point open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provision {
    /// Allowed, or refused.
    pub is_permit: bool,
    /// To whom.
    pub recipients: Vec<(ResourceType, String)>,
    /// For what, as codes of v3-ActReason.
    pub purposes: Vec<String>,
    /// How confidential, as codes of v3-Confidentiality.
    pub confidentiality: Vec<String>,
    /// Which types of resources.
    pub resource_types: Vec<ResourceType>,
    /// It says something else besides.
    pub is_residual: bool,
}

/// A consent that cannot be read; it must not count, and somebody has to look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableConsent {
    /// A date of a form that FHIR does not have.
    #[error("a date of the consent is not a FHIR date")]
    Date,
    /// The base says neither permit nor deny.
    #[error("the consent has no provision that permits or denies")]
    Effect,
    /// Broken JSON, or an element of the wrong shape.
    #[error("the consent is not FHIR JSON")]
    Malformed,
    /// An extension that changes the meaning and that nobody here understands.
    #[error("the consent has a modifier that is not understood")]
    Modifier,
    /// Another resource.
    #[error("this is no Consent")]
    OtherResource,
    /// A consent to something else, such as research or treatment.
    #[error("the consent is not about privacy")]
    Scope,
    /// No patient, or one of another server.
    #[error("the consent names no patient of this server")]
    Subject,
    /// More bytes or entries than are read.
    #[error("the consent is larger than the limit")]
    TooLarge,
}

type Read<T> = Result<T, UnreadableConsent>;

impl Consent {
    /// Reads a resource; `own_bases` are the addresses of this server, without trailing slash.
    pub fn read(json: &[u8], own_bases: &[&str], limits: &ConsentLimits) -> Read<Self> {
        if json.len() > limits.body_bytes_max {
            return Err(UnreadableConsent::TooLarge);
        }
        let Ok(Value::Object(consent)) = serde_json::from_slice(json) else {
            return Err(UnreadableConsent::Malformed);
        };
        if text(&consent, "resourceType")? != Some("Consent") {
            return Err(UnreadableConsent::OtherResource);
        }
        unmodified(&consent)?;
        if consent.contains_key("implicitRules") {
            return Err(UnreadableConsent::Modifier);
        }
        check_scope(&consent, limits)?;
        let base = object(&consent, "provision")?.ok_or(UnreadableConsent::Effect)?;
        let reader = Reader { own_bases, limits };
        let mut provision = reader.provision(base)?;
        // What the whole consent has not settled settles none of it.
        provision.is_residual |= consent.contains_key("verification");
        let exceptions = list(base, "provision", limits)?
            .iter()
            .map(|it| reader.exception(it))
            .collect::<Read<_>>()?;
        let period = object(base, "period")?;
        let given = text(&consent, "dateTime")?.map(span).transpose()?;
        let edge = |name| -> Read<Option<(u64, u64)>> {
            let text = period.map_or(Ok(None), |period| text(period, name))?;
            text.map(span).transpose()
        };
        Ok(Self {
            id: text(&consent, "id")?.map(str::to_owned),
            patient: reader.patient(&consent)?,
            is_active: text(&consent, "status")? == Some("active"),
            from_us: edge("start")?.or(given).map(|span| span.0),
            until_us: edge("end")?.map(|span| span.1),
            provision,
            exceptions,
        })
    }
}

struct Reader<'a> {
    own_bases: &'a [&'a str],
    limits: &'a ConsentLimits,
}

impl Reader<'_> {
    fn patient(&self, consent: &Map<String, Value>) -> Read<String> {
        let reference = object(consent, "patient")?.ok_or(UnreadableConsent::Subject)?;
        let reference = text(reference, "reference")?.ok_or(UnreadableConsent::Subject)?;
        match point(reference, self.own_bases) {
            Pointed::Own(of, id) if of.is_patient() => Ok(id.to_owned()),
            _ => Err(UnreadableConsent::Subject),
        }
    }

    fn exception(&self, value: &Value) -> Read<Provision> {
        let value = value.as_object().ok_or(UnreadableConsent::Malformed)?;
        let mut provision = self.provision(value)?;
        // A period or an exception of its own would switch it on and off.
        provision.is_residual |= value.contains_key("period") || value.contains_key("provision");
        Ok(provision)
    }

    fn provision(&self, value: &Map<String, Value>) -> Read<Provision> {
        unmodified(value)?;
        let mut provision = Provision {
            is_permit: match text(value, "type")? {
                Some("permit") => true,
                Some("deny") => false,
                _ => return Err(UnreadableConsent::Effect),
            },
            recipients: Vec::new(),
            purposes: Vec::new(),
            confidentiality: Vec::new(),
            resource_types: Vec::new(),
            is_residual: value.keys().any(|key| !self.is_read(key, value)),
        };
        for actor in list(value, "actor", self.limits)? {
            match self.recipient(actor)? {
                Some(recipient) => provision.recipients.push(recipient),
                None => provision.is_residual = true,
            }
        }
        for (name, system) in [
            ("purpose", ACT_REASON),
            ("securityLabel", CONFIDENTIALITY),
            ("class", RESOURCE_TYPES),
        ] {
            for coding in list(value, name, self.limits)? {
                let coding = coding.as_object().ok_or(UnreadableConsent::Malformed)?;
                let code = text(coding, "code")?
                    .filter(|_| coding.get("system").and_then(Value::as_str) == Some(system));
                provision.add(name, code);
            }
        }
        Ok(provision)
    }

    /// Whether an element is read. An action is one that is asked about, or narrows to another.
    fn is_read(&self, key: &str, value: &Map<String, Value>) -> bool {
        if key != "action" {
            return READ.contains(&key);
        }
        list(value, "action", self.limits).is_ok_and(|actions| {
            actions
                .iter()
                .all(|it| has_coding(it, CONSENT_ACTION, &["access", "disclose", "use"]))
        })
    }

    /// The recipient that an actor names; none when it is another kind of actor, or unclear.
    fn recipient(&self, actor: &Value) -> Read<Option<(ResourceType, String)>> {
        let actor = actor.as_object().ok_or(UnreadableConsent::Malformed)?;
        let is_recipient = actor
            .get("role")
            .is_some_and(|role| has_coding(role, RECIPIENT.0, &[RECIPIENT.1]));
        let reference = object(actor, "reference")?.map_or(Ok(None), |it| text(it, "reference"))?;
        Ok(reference.filter(|_| is_recipient).and_then(|reference| {
            match point(reference, self.own_bases) {
                Pointed::Own(of, id) => Some((of, id.to_owned())),
                _ => None,
            }
        }))
    }
}

impl Provision {
    fn add(&mut self, name: &str, code: Option<&str>) {
        let known = match (name, code) {
            ("purpose", Some(code)) => {
                self.purposes.push(code.to_owned());
                true
            }
            ("securityLabel", Some(code @ ("N" | "R" | "V"))) => {
                self.confidentiality.push(code.to_owned());
                true
            }
            ("class", Some(code)) => ResourceType::parse(code)
                .map(|resource_type| self.resource_types.push(resource_type))
                .is_some(),
            _ => false,
        };
        self.is_residual |= !known;
    }
}

fn check_scope(consent: &Map<String, Value>, limits: &ConsentLimits) -> Read<()> {
    let scope = object(consent, "scope")?.ok_or(UnreadableConsent::Scope)?;
    let codings = list(scope, "coding", limits)?;
    let privacy = codings.iter().any(|it| {
        it.get("code").and_then(Value::as_str) == Some("patient-privacy")
            && it.get("system").and_then(Value::as_str) == Some(SCOPE)
    });
    if privacy {
        Ok(())
    } else {
        Err(UnreadableConsent::Scope)
    }
}

/// Whether a `CodeableConcept` has one of these codes.
fn has_coding(concept: &Value, system: &str, codes: &[&str]) -> bool {
    let codings = concept.get("coding").and_then(Value::as_array);
    codings.into_iter().flatten().any(|coding| {
        let code = coding.get("code").and_then(Value::as_str);
        coding.get("system").and_then(Value::as_str) == Some(system)
            && code.is_some_and(|code| codes.contains(&code))
    })
}

fn unmodified(value: &Map<String, Value>) -> Read<()> {
    if value.contains_key("modifierExtension") {
        Err(UnreadableConsent::Modifier)
    } else {
        Ok(())
    }
}

fn text<'a>(value: &'a Map<String, Value>, name: &str) -> Read<Option<&'a str>> {
    match value.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(UnreadableConsent::Malformed),
    }
}

fn object<'a>(value: &'a Map<String, Value>, name: &str) -> Read<Option<&'a Map<String, Value>>> {
    match value.get(name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(UnreadableConsent::Malformed),
    }
}

fn list<'a>(
    value: &'a Map<String, Value>,
    name: &str,
    limits: &ConsentLimits,
) -> Read<&'a [Value]> {
    match value.get(name) {
        None => Ok(&[]),
        Some(Value::Array(values)) if values.len() <= limits.entries_max => Ok(values),
        Some(Value::Array(_)) => Err(UnreadableConsent::TooLarge),
        Some(_) => Err(UnreadableConsent::Malformed),
    }
}

/// The first instant of a `dateTime` and the first after it, in microseconds since 1970.
///
/// A year, month or day is meant whole and counts in UTC: the resource names no zone for it.
fn span(text: &str) -> Read<(u64, u64)> {
    let invalid = || UnreadableConsent::Date;
    if text.contains('T') {
        let instant: Timestamp = text.parse().map_err(|_| invalid())?;
        let us = u64::try_from(instant.as_microsecond()).map_err(|_| invalid())?;
        return Ok((us, us.saturating_add(1)));
    }
    let first = |first: Option<Date>| {
        let midnight = TimeZone::UTC.to_timestamp(first?.at(0, 0, 0, 0)).ok()?;
        u64::try_from(midnight.as_microsecond()).ok()
    };
    let number = |text: &str| -> Option<i8> {
        let digits = text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit());
        text.parse().ok().filter(|_| digits)
    };
    let year = |text: &str| -> Option<i16> {
        let digits = text.len() == 4 && text.bytes().all(|it| it.is_ascii_digit());
        text.parse().ok().filter(|_| digits)
    };
    let parts: Vec<&str> = text.split('-').collect();
    let (begins, length) = match parts.as_slice() {
        [y] => (
            year(y).and_then(|y| Date::new(y, 1, 1).ok()),
            Span::new().years(1),
        ),
        [y, m] => (
            year(y)
                .zip(number(m))
                .and_then(|(y, m)| Date::new(y, m, 1).ok()),
            Span::new().months(1),
        ),
        [y, m, d] => (
            year(y)
                .zip(number(m))
                .zip(number(d))
                .and_then(|((y, m), d)| Date::new(y, m, d).ok()),
            Span::new().days(1),
        ),
        _ => return Err(invalid()),
    };
    let ends = begins.and_then(|begins| begins.checked_add(length).ok());
    first(begins).zip(first(ends)).ok_or_else(invalid)
}

#[cfg(test)]
mod tests;
