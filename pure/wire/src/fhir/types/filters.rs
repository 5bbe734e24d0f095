//! The search parameters that narrow a patient's resources, by type (FHIR R4, "Search Parameters"
//! of each resource).
//!
//! Only parameters that look at the resource itself are here: what reaches into another one
//! (chains, `_has`) or may name another patient (`subject`, `focus`, `beneficiary`...) is not.

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
    ("Procedure", &[
        ("based-on", Reference), ("category", Token), ("code", Token), ("date", Date),
        ("encounter", Reference), ("identifier", Token), ("location", Reference),
        ("part-of", Reference), ("performer", Reference), ("reason-code", Token),
        ("status", Token),
    ]),
    ("ServiceRequest", &[
        ("authored", Date), ("based-on", Reference), ("body-site", Token), ("category", Token),
        ("code", Token), ("encounter", Reference), ("identifier", Token), ("intent", Token),
        ("occurrence", Date), ("performer", Reference), ("performer-type", Token),
        ("priority", Token), ("requester", Reference), ("requisition", Token),
        ("specimen", Reference), ("status", Token),
    ]),
];
