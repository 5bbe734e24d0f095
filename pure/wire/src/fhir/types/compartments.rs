//! The compartments of encounters and practitioners (FHIR R4, `CompartmentDefinition/encounter` and
//! `CompartmentDefinition/practitioner`).
//!
//! Both are ways to write a search: `Encounter/9/Observation` is `Observation?encounter=Encounter/9`.
//! Types that the standard takes in by several parameters at once are left out, since one plain
//! search cannot say "either"; so are those whose parameter narrows nothing here.

use super::{Link, ResourceType};

/// Compartment, type, and the one parameter that takes the type in.
const TABLE: &[(&str, &str, &str)] = &[
    ("Encounter", "CarePlan", "encounter"),
    ("Encounter", "CareTeam", "encounter"),
    ("Encounter", "Communication", "encounter"),
    ("Encounter", "Condition", "encounter"),
    ("Encounter", "DiagnosticReport", "encounter"),
    ("Encounter", "DocumentReference", "encounter"),
    ("Encounter", "MedicationAdministration", "context"),
    ("Encounter", "MedicationRequest", "encounter"),
    ("Encounter", "Observation", "encounter"),
    ("Encounter", "Procedure", "encounter"),
    ("Encounter", "ServiceRequest", "encounter"),
    ("Practitioner", "Condition", "asserter"),
    ("Practitioner", "DiagnosticReport", "performer"),
    ("Practitioner", "EpisodeOfCare", "care-manager"),
    ("Practitioner", "Immunization", "performer"),
    ("Practitioner", "MedicationRequest", "requester"),
    ("Practitioner", "Observation", "performer"),
    ("Practitioner", "Patient", "general-practitioner"),
    ("Practitioner", "PractitionerRole", "practitioner"),
    ("Practitioner", "Procedure", "performer"),
];

impl ResourceType {
    /// The link by which resources of this type belong to the compartment of `owner`.
    pub(in crate::fhir) fn compartment_link(self, owner: Self) -> Option<Link> {
        let (_, _, parameter) = TABLE
            .iter()
            .find(|(of, name, _)| *of == owner.name() && *name == self.name())?;
        self.link(parameter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_a_link_that_may_name_the_owner_and_narrows() {
        assert!(TABLE.is_sorted());
        for (owner, name, parameter) in TABLE {
            let [owner, of] = [owner, name].map(|it| ResourceType::parse(it).unwrap());
            let link = of.compartment_link(owner).expect("a link");
            assert!(link.may_name(owner), "{owner} {of}");
            assert!(of.filter(parameter).is_some(), "{of} {parameter}");
        }
    }
}
