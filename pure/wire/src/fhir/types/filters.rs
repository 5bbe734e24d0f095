//! The search parameters that narrow what is searched, by type (FHIR R4, "Search Parameters" of
//! each resource).
//!
//! Only parameters that look at the resource itself are here: what may name a patient (`subject`,
//! `focus`, `beneficiary`...) is read on its own, or not at all; where a reference leads is in
//! [`super::links`].

use FilterKind::{Date, Quantity, Reference, Text, Token};

/// How the values of a search parameter are written (FHIR R4 section 3.1.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterKind {
    /// A date or instant with an optional prefix such as `ge`.
    Date,
    /// A number with an optional prefix, and a unit.
    Quantity,
    /// Another resource, by type and id or by id alone.
    Reference,
    /// The beginning of a text.
    Text,
    /// A code or identifier, with an optional system before `|`.
    Token,
}

/// Parameters of every type.
pub(super) const COMMON: &[(&str, FilterKind)] = &[("_id", Token), ("_lastUpdated", Date)];

/// Parameters by type; both in alphabetical order.
#[rustfmt::skip]
pub(super) const TABLE: &[(&str, &[(&str, FilterKind)])] = &[
    ("AllergyIntolerance", &[
        ("asserter", Reference), ("category", Token), ("clinical-status", Token), ("code", Token),
        ("criticality", Token), ("date", Date), ("identifier", Token), ("last-date", Date),
        ("manifestation", Token), ("onset", Date), ("recorder", Reference), ("route", Token),
        ("severity", Token), ("type", Token), ("verification-status", Token),
    ]),
    ("Appointment", &[
        ("appointment-type", Token), ("based-on", Reference), ("date", Date),
        ("identifier", Token), ("location", Reference), ("part-status", Token),
        ("practitioner", Reference), ("reason-code", Token), ("service-category", Token),
        ("service-type", Token), ("slot", Reference), ("specialty", Token), ("status", Token),
    ]),
    ("CarePlan", &[
        ("activity-code", Token), ("activity-date", Date), ("based-on", Reference),
        ("care-team", Reference), ("category", Token), ("condition", Reference), ("date", Date),
        ("encounter", Reference), ("goal", Reference), ("identifier", Token), ("intent", Token),
        ("part-of", Reference), ("status", Token),
    ]),
    ("CareTeam", &[
        ("category", Token), ("date", Date), ("encounter", Reference), ("identifier", Token),
        ("status", Token),
    ]),
    ("Communication", &[
        ("based-on", Reference), ("category", Token), ("encounter", Reference),
        ("identifier", Token), ("medium", Token), ("part-of", Reference), ("received", Date),
        ("sent", Date), ("status", Token),
    ]),
    ("Condition", &[
        ("abatement-date", Date), ("asserter", Reference), ("body-site", Token),
        ("category", Token), ("clinical-status", Token), ("code", Token),
        ("encounter", Reference), ("evidence", Token), ("identifier", Token),
        ("onset-date", Date), ("recorded-date", Date), ("severity", Token), ("stage", Token),
        ("verification-status", Token),
    ]),
    ("Consent", &[
        ("action", Token), ("category", Token), ("date", Date), ("identifier", Token),
        ("organization", Reference), ("period", Date), ("purpose", Token), ("scope", Token),
        ("security-label", Token), ("status", Token),
    ]),
    ("Coverage", &[
        ("class-type", Token), ("identifier", Token), ("status", Token), ("type", Token),
    ]),
    ("DiagnosticReport", &[
        ("based-on", Reference), ("category", Token), ("code", Token), ("conclusion", Token),
        ("date", Date), ("encounter", Reference), ("identifier", Token), ("issued", Date),
        ("performer", Reference), ("result", Reference), ("results-interpreter", Reference),
        ("specimen", Reference), ("status", Token),
    ]),
    ("DocumentReference", &[
        ("author", Reference), ("category", Token), ("contenttype", Token),
        ("custodian", Reference), ("date", Date), ("description", Text),
        ("encounter", Reference), ("event", Token), ("facility", Token), ("format", Token),
        ("identifier", Token), ("language", Token), ("period", Date),
        ("security-label", Token), ("setting", Token), ("status", Token), ("type", Token),
    ]),
    ("Encounter", &[
        ("appointment", Reference), ("based-on", Reference), ("class", Token), ("date", Date),
        ("episode-of-care", Reference), ("identifier", Token), ("length", Quantity),
        ("location", Reference), ("location-period", Date), ("part-of", Reference),
        ("participant-type", Token), ("practitioner", Reference), ("reason-code", Token),
        ("service-provider", Reference), ("special-arrangement", Token), ("status", Token),
        ("type", Token),
    ]),
    ("EpisodeOfCare", &[
        ("care-manager", Reference), ("date", Date), ("identifier", Token),
        ("organization", Reference), ("status", Token), ("type", Token),
    ]),
    ("HealthcareService", &[
        ("active", Token), ("identifier", Token), ("location", Reference), ("name", Text),
        ("organization", Reference), ("service-category", Token), ("service-type", Token),
        ("specialty", Token),
    ]),
    ("ImagingStudy", &[
        ("basedon", Reference), ("bodysite", Token), ("encounter", Reference),
        ("identifier", Token), ("instance", Token), ("modality", Token),
        ("performer", Reference), ("reason", Token), ("referrer", Reference), ("series", Token),
        ("started", Date), ("status", Token),
    ]),
    ("Immunization", &[
        ("date", Date), ("identifier", Token), ("location", Reference), ("lot-number", Text),
        ("performer", Reference), ("reaction-date", Date), ("reason-code", Token),
        ("series", Text), ("status", Token), ("status-reason", Token),
        ("target-disease", Token), ("vaccine-code", Token),
    ]),
    ("Location", &[
        ("address", Text), ("address-city", Text), ("identifier", Token), ("name", Text),
        ("organization", Reference), ("partof", Reference), ("status", Token), ("type", Token),
    ]),
    ("Medication", &[
        ("code", Token), ("identifier", Token), ("lot-number", Token), ("status", Token),
    ]),
    ("MedicationAdministration", &[
        ("code", Token), ("context", Reference), ("effective-time", Date), ("identifier", Token),
        ("medication", Reference), ("reason-given", Token), ("reason-not-given", Token),
        ("request", Reference), ("status", Token),
    ]),
    ("MedicationRequest", &[
        ("authoredon", Date), ("category", Token), ("code", Token), ("date", Date),
        ("encounter", Reference), ("identifier", Token), ("intent", Token),
        ("medication", Reference), ("priority", Token), ("requester", Reference),
        ("status", Token),
    ]),
    ("MedicationStatement", &[
        ("category", Token), ("code", Token), ("context", Reference), ("effective", Date),
        ("identifier", Token), ("medication", Reference), ("status", Token),
    ]),
    ("Observation", &[
        ("based-on", Reference), ("category", Token), ("code", Token), ("combo-code", Token),
        ("combo-value-concept", Token), ("combo-value-quantity", Quantity),
        ("component-code", Token), ("component-value-concept", Token),
        ("component-value-quantity", Quantity), ("data-absent-reason", Token), ("date", Date),
        ("derived-from", Reference), ("device", Reference), ("encounter", Reference),
        ("has-member", Reference), ("identifier", Token), ("method", Token),
        ("performer", Reference), ("specimen", Reference), ("status", Token),
        ("value-concept", Token), ("value-date", Date), ("value-quantity", Quantity),
        ("value-string", Text),
    ]),
    ("Organization", &[
        ("active", Token), ("address", Text), ("address-city", Text), ("identifier", Token),
        ("name", Text), ("partof", Reference), ("type", Token),
    ]),
    ("Patient", &[
        ("active", Token), ("address", Text), ("address-city", Text), ("address-postalcode", Text),
        ("birthdate", Date), ("death-date", Date), ("deceased", Token), ("email", Token),
        ("family", Text), ("gender", Token), ("general-practitioner", Reference), ("given", Text),
        ("identifier", Token), ("language", Token), ("name", Text), ("organization", Reference),
        ("phone", Token), ("telecom", Token),
    ]),
    ("Practitioner", &[
        ("active", Token), ("address-city", Text), ("family", Text), ("given", Text),
        ("identifier", Token), ("name", Text), ("telecom", Token),
    ]),
    ("PractitionerRole", &[
        ("active", Token), ("date", Date), ("identifier", Token), ("location", Reference),
        ("organization", Reference), ("practitioner", Reference), ("role", Token),
        ("service", Reference), ("specialty", Token),
    ]),
    ("Procedure", &[
        ("based-on", Reference), ("category", Token), ("code", Token), ("date", Date),
        ("encounter", Reference), ("identifier", Token), ("location", Reference),
        ("part-of", Reference), ("performer", Reference), ("reason-code", Token),
        ("status", Token),
    ]),
    ("Provenance", &[
        ("agent", Reference), ("agent-role", Token), ("agent-type", Token), ("recorded", Date),
        ("signature-type", Token), ("target", Reference), ("when", Date),
    ]),
    ("ServiceRequest", &[
        ("authored", Date), ("based-on", Reference), ("body-site", Token), ("category", Token),
        ("code", Token), ("encounter", Reference), ("identifier", Token), ("intent", Token),
        ("occurrence", Date), ("performer", Reference), ("performer-type", Token),
        ("priority", Token), ("requester", Reference), ("requisition", Token),
        ("specimen", Reference), ("status", Token),
    ]),
    ("Specimen", &[
        ("accession", Token), ("collected", Date), ("identifier", Token), ("parent", Reference),
        ("status", Token), ("type", Token),
    ]),
    ("Task", &[
        ("authored-on", Date), ("based-on", Reference), ("code", Token), ("encounter", Reference),
        ("identifier", Token), ("intent", Token), ("modified", Date), ("part-of", Reference),
        ("period", Date), ("priority", Token), ("status", Token),
    ]),
];
