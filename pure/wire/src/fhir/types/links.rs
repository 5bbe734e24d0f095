//! Where a search parameter of type reference leads: the elements it stands for, and the types it
//! may name (FHIR R4, expressions and targets of the search parameters).
//!
//! With it a chain, `_has`, `_include` and `_revinclude` are followed by the door itself, from
//! resources that may be shown to resources that are decided in their turn.

use super::ResourceType;

/// A search parameter that points at another resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub parameter: &'static str,
    /// The elements from the root of the resource down to the reference; arrays are transparent.
    pub path: &'static [&'static str],
    /// The types that it may name; none stands for any.
    targets: &'static [&'static str],
}

impl Link {
    /// Whether it may name a resource of this type.
    #[must_use]
    pub fn may_name(&self, resource_type: ResourceType) -> bool {
        self.targets.is_empty() || self.targets.contains(&resource_type.name())
    }

    /// The type that it names, when there is only one.
    #[must_use]
    pub fn only_target(&self) -> Option<ResourceType> {
        match self.targets {
            [name] => ResourceType::parse(name),
            _ => None,
        }
    }
}

impl ResourceType {
    /// The link behind a search parameter of this type.
    #[must_use]
    pub fn link(self, parameter: &str) -> Option<Link> {
        self.links().find(|link| link.parameter == parameter)
    }

    /// The links of this type, by the names of their parameters.
    pub fn links(self) -> impl Iterator<Item = Link> {
        let own = TABLE.iter().find(|(name, _)| *name == self.name());
        own.into_iter().flat_map(|(_, links)| links.iter().copied())
    }
}

const fn link(
    parameter: &'static str,
    path: &'static [&'static str],
    targets: &'static [&'static str],
) -> Link {
    Link {
        parameter,
        path,
        targets,
    }
}

const ANY: &[&str] = &[];
const PATIENT: &[&str] = &["Patient"];
const ENCOUNTER: &[&str] = &["Encounter"];
const PRACTITIONER: &[&str] = &["Practitioner"];
const LOCATION: &[&str] = &["Location"];
const ORGANIZATION: &[&str] = &["Organization"];
const SOMEBODY: &[&str] = &[
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "RelatedPerson",
];
const AUTHOR: &[&str] = &[
    "Device",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "RelatedPerson",
];
const PERFORMER: &[&str] = &[
    "CareTeam",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "RelatedPerson",
];

/// Links by type; types and parameters in alphabetical order.
#[rustfmt::skip]
const TABLE: &[(&str, &[Link])] = &[
    ("AllergyIntolerance", &[
        link("asserter", &["asserter"], SOMEBODY),
        link("patient", &["patient"], PATIENT),
        link("recorder", &["recorder"], SOMEBODY),
    ]),
    ("Appointment", &[
        link("based-on", &["basedOn"], &["ServiceRequest"]),
        link("location", &["participant", "actor"], LOCATION),
        link("patient", &["participant", "actor"], PATIENT),
        link("practitioner", &["participant", "actor"], PRACTITIONER),
        link("slot", &["slot"], &["Slot"]),
    ]),
    ("CarePlan", &[
        link("based-on", &["basedOn"], &["CarePlan"]),
        link("care-team", &["careTeam"], &["CareTeam"]),
        link("condition", &["addresses"], &["Condition"]),
        link("encounter", &["encounter"], ENCOUNTER),
        link("goal", &["goal"], &["Goal"]),
        link("part-of", &["partOf"], &["CarePlan"]),
        link("patient", &["subject"], PATIENT),
        link("subject", &["subject"], &["Group", "Patient"]),
    ]),
    ("CareTeam", &[
        link("encounter", &["encounter"], ENCOUNTER),
        link("patient", &["subject"], PATIENT),
        link("subject", &["subject"], &["Group", "Patient"]),
    ]),
    ("Communication", &[
        link("based-on", &["basedOn"], ANY),
        link("encounter", &["encounter"], ENCOUNTER),
        link("part-of", &["partOf"], ANY),
        link("patient", &["subject"], PATIENT),
        link("subject", &["subject"], &["Group", "Patient"]),
    ]),
    ("Condition", &[
        link("asserter", &["asserter"], SOMEBODY),
        link("encounter", &["encounter"], ENCOUNTER),
        link("patient", &["subject"], PATIENT),
        link("subject", &["subject"], &["Group", "Patient"]),
    ]),
    ("Consent", &[
        link("organization", &["organization"], ORGANIZATION),
        link("patient", &["patient"], PATIENT),
    ]),
    ("Coverage", &[
        link("patient", &["beneficiary"], PATIENT),
    ]),
    ("DiagnosticReport", &[
        link("based-on", &["basedOn"], ANY),
        link("encounter", &["encounter"], ENCOUNTER),
        link("patient", &["subject"], PATIENT),
        link("performer", &["performer"], PERFORMER),
        link("result", &["result"], &["Observation"]),
        link("results-interpreter", &["resultsInterpreter"], PERFORMER),
        link("specimen", &["specimen"], &["Specimen"]),
        link("subject", &["subject"], &["Device", "Group", "Location", "Patient"]),
    ]),
    ("DocumentReference", &[
        link("author", &["author"], AUTHOR),
        link("custodian", &["custodian"], ORGANIZATION),
        link("encounter", &["context", "encounter"], &["Encounter", "EpisodeOfCare"]),
        link("patient", &["subject"], PATIENT),
        link("subject", &["subject"], &["Device", "Group", "Patient", "Practitioner"]),
    ]),
    ("Encounter", &[
        link("appointment", &["appointment"], &["Appointment"]),
        link("based-on", &["basedOn"], &["ServiceRequest"]),
        link("episode-of-care", &["episodeOfCare"], &["EpisodeOfCare"]),
        link("location", &["location", "location"], LOCATION),
        link("part-of", &["partOf"], ENCOUNTER),
        link("patient", &["subject"], PATIENT),
        link("practitioner", &["participant", "individual"], PRACTITIONER),
        link("service-provider", &["serviceProvider"], ORGANIZATION),
        link("subject", &["subject"], &["Group", "Patient"]),
    ]),
    ("EpisodeOfCare", &[
        link("care-manager", &["careManager"], PRACTITIONER),
        link("organization", &["managingOrganization"], ORGANIZATION),
        link("patient", &["patient"], PATIENT),
    ]),
    ("HealthcareService", &[
        link("location", &["location"], LOCATION),
        link("organization", &["providedBy"], ORGANIZATION),
    ]),
    ("ImagingStudy", &[
        link("basedon", &["basedOn"], ANY),
        link("encounter", &["encounter"], ENCOUNTER),
        link("patient", &["subject"], PATIENT),
        link("performer", &["series", "performer", "actor"], ANY),
        link("referrer", &["referrer"], &["Practitioner", "PractitionerRole"]),
        link("subject", &["subject"], &["Device", "Group", "Patient"]),
    ]),
    ("Immunization", &[
        link("location", &["location"], LOCATION),
        link("patient", &["patient"], PATIENT),
        link("performer", &["performer", "actor"], &[
            "Organization", "Practitioner", "PractitionerRole",
        ]),
    ]),
    ("Location", &[
        link("organization", &["managingOrganization"], ORGANIZATION),
        link("partof", &["partOf"], LOCATION),
    ]),
    ("MedicationAdministration", &[
        link("context", &["context"], &["Encounter", "EpisodeOfCare"]),
        link("medication", &["medicationReference"], &["Medication"]),
        link("patient", &["subject"], PATIENT),
        link("request", &["request"], &["MedicationRequest"]),
        link("subject", &["subject"], &["Group", "Patient"]),
    ]),
    ("MedicationRequest", &[
        link("encounter", &["encounter"], ENCOUNTER),
        link("medication", &["medicationReference"], &["Medication"]),
        link("patient", &["subject"], PATIENT),
        link("requester", &["requester"], AUTHOR),
        link("subject", &["subject"], &["Group", "Patient"]),
    ]),
    ("MedicationStatement", &[
        link("context", &["context"], &["Encounter", "EpisodeOfCare"]),
        link("medication", &["medicationReference"], &["Medication"]),
        link("patient", &["subject"], PATIENT),
        link("subject", &["subject"], &["Group", "Patient"]),
    ]),
    ("Observation", &[
        link("based-on", &["basedOn"], ANY),
        link("derived-from", &["derivedFrom"], ANY),
        link("device", &["device"], &["Device", "DeviceMetric"]),
        link("encounter", &["encounter"], ENCOUNTER),
        link("has-member", &["hasMember"], ANY),
        link("patient", &["subject"], PATIENT),
        link("performer", &["performer"], PERFORMER),
        link("specimen", &["specimen"], &["Specimen"]),
        link("subject", &["subject"], &["Device", "Group", "Location", "Patient"]),
    ]),
    ("Organization", &[
        link("partof", &["partOf"], ORGANIZATION),
    ]),
    ("Patient", &[
        link("general-practitioner", &["generalPractitioner"], &[
            "Organization", "Practitioner", "PractitionerRole",
        ]),
        link("organization", &["managingOrganization"], ORGANIZATION),
    ]),
    ("PractitionerRole", &[
        link("location", &["location"], LOCATION),
        link("organization", &["organization"], ORGANIZATION),
        link("practitioner", &["practitioner"], PRACTITIONER),
        link("service", &["healthcareService"], &["HealthcareService"]),
    ]),
    ("Procedure", &[
        link("based-on", &["basedOn"], &["CarePlan", "ServiceRequest"]),
        link("encounter", &["encounter"], ENCOUNTER),
        link("location", &["location"], LOCATION),
        link("part-of", &["partOf"], &["MedicationAdministration", "Observation", "Procedure"]),
        link("patient", &["subject"], PATIENT),
        link("performer", &["performer", "actor"], AUTHOR),
        link("subject", &["subject"], &["Group", "Patient"]),
    ]),
    ("Provenance", &[
        link("agent", &["agent", "who"], AUTHOR),
        link("patient", &["target"], PATIENT),
        link("target", &["target"], ANY),
    ]),
    ("ServiceRequest", &[
        link("based-on", &["basedOn"], &["CarePlan", "MedicationRequest", "ServiceRequest"]),
        link("encounter", &["encounter"], ENCOUNTER),
        link("patient", &["subject"], PATIENT),
        link("performer", &["performer"], ANY),
        link("requester", &["requester"], AUTHOR),
        link("specimen", &["specimen"], &["Specimen"]),
        link("subject", &["subject"], &["Device", "Group", "Location", "Patient"]),
    ]),
    ("Specimen", &[
        link("parent", &["parent"], &["Specimen"]),
        link("patient", &["subject"], PATIENT),
        link("subject", &["subject"], &["Device", "Group", "Location", "Patient", "Substance"]),
    ]),
    ("Task", &[
        link("based-on", &["basedOn"], ANY),
        link("encounter", &["encounter"], ENCOUNTER),
        link("part-of", &["partOf"], &["Task"]),
        link("patient", &["for"], PATIENT),
        link("subject", &["for"], ANY),
    ]),
];

#[cfg(test)]
mod tests {
    use super::super::FilterKind;
    use super::*;

    #[test]
    fn every_reference_that_narrows_leads_somewhere_and_nothing_else_does() {
        assert!(TABLE.is_sorted_by(|(one, _), (next, _)| one < next));
        for resource_type in ResourceType::all() {
            for (name, kind) in resource_type.filters() {
                let leads = resource_type.link(name).is_some();
                assert_eq!(
                    leads,
                    kind == FilterKind::Reference,
                    "{resource_type} {name}"
                );
            }
        }
        for (name, links) in TABLE {
            let resource_type = ResourceType::parse(name).unwrap();
            assert!(
                links.is_sorted_by(|one, next| one.parameter < next.parameter),
                "{name}"
            );
            for link in *links {
                let parameter = link.parameter;
                let narrows = resource_type.filter(parameter).is_some();
                assert_ne!(
                    narrows,
                    ["patient", "subject"].contains(&parameter),
                    "{name} {parameter}"
                );
                assert!((1..=3).contains(&link.path.len()), "{name} {parameter}");
                for target in link.targets {
                    assert!(
                        ResourceType::parse(target).is_some(),
                        "{name} {parameter} {target}"
                    );
                }
            }
        }
    }

    /// A link to the patient is one of the elements by which the compartment knows the resource.
    #[test]
    fn links_to_patients_are_elements_of_the_compartment() {
        for (name, links) in TABLE {
            let paths = ResourceType::parse(name).unwrap().compartment_paths();
            for link in links.iter().filter(|link| link.parameter == "patient") {
                assert!(paths.contains(&link.path), "{name}");
            }
        }
    }
}
