//! The table is sorted, complete and coherent; a few rows are pinned by hand.

use super::{PatientSearch, ResourceType, Scope};

#[test]
fn every_name_is_found_and_nothing_else_is() {
    let names: Vec<_> = ResourceType::all().map(ResourceType::name).collect();
    assert!(
        names.is_sorted_by(|a, b| a < b),
        "binary search needs a strict order"
    );
    for name in &names {
        assert_eq!(
            ResourceType::parse(name).map(ResourceType::name),
            Some(*name)
        );
    }
    for name in [
        "",
        "patient",
        "PATIENT",
        "Patient ",
        "DomainResource",
        "Resource",
        "Reference",
    ] {
        assert_eq!(ResourceType::parse(name), None, "{name:?}");
    }
}

#[test]
fn scope_compartment_and_search_agree() {
    let mut compartment = 0;
    for resource_type in ResourceType::all() {
        let paths = resource_type.compartment_paths();
        assert_eq!(
            resource_type.scope() == Scope::Compartment,
            !paths.is_empty()
        );
        assert!(paths.len() <= 8 && paths.iter().all(|path| !path.is_empty() && path.len() <= 4));
        if resource_type.patient_search() != PatientSearch::Absent {
            assert_eq!(resource_type.scope(), Scope::Compartment, "{resource_type}");
        }
        compartment += usize::from(!paths.is_empty());
    }
    assert_eq!(
        compartment, 67,
        "CompartmentDefinition/patient 4.0.1 lists 67 types"
    );
}

#[test]
fn pinned_rows() {
    let check = |name: &str, search: PatientSearch, paths: &[&str]| {
        let resource_type = ResourceType::parse(name).unwrap();
        let joined: Vec<_> = resource_type
            .compartment_paths()
            .iter()
            .map(|path| path.join("."))
            .collect();
        assert_eq!(
            (
                resource_type.patient_search(),
                joined.iter().map(String::as_str).collect()
            ),
            (search, paths.to_vec())
        );
    };
    check(
        "Observation",
        PatientSearch::Both,
        &["subject", "performer"],
    );
    check(
        "Appointment",
        PatientSearch::Patient,
        &["participant.actor"],
    );
    check("AdverseEvent", PatientSearch::Subject, &["subject"]);
    check("Group", PatientSearch::Absent, &["member.entity"]);
    check(
        "Coverage",
        PatientSearch::Patient,
        &["policyHolder", "subscriber", "beneficiary", "payor"],
    );
    check("Task", PatientSearch::Both, &["for", "focus"]);
    check("Practitioner", PatientSearch::Absent, &[]);
    check("Device", PatientSearch::Absent, &[]);
}

#[test]
fn filters_are_in_order_and_name_no_patient() {
    use super::filters::TABLE;
    assert!(TABLE.is_sorted_by(|(one, _), (next, _)| one < next));
    for (name, filters) in TABLE {
        let resource_type = ResourceType::parse(name).unwrap();
        assert!(
            matches!(resource_type.scope(), Scope::Compartment | Scope::Open),
            "{name}"
        );
        assert!(
            filters.is_sorted_by(|(one, _), (next, _)| one < next),
            "{name}"
        );
        for (filter, _) in *filters {
            // Those that may name a patient are read on their own, or not at all.
            let names_somebody = ["beneficiary", "focus", "patient", "subject"];
            assert!(!names_somebody.contains(filter), "{name} {filter}");
        }
    }
    for (name, is_searchable) in [
        ("Practitioner", true),
        ("Patient", true),
        ("ValueSet", false),
    ] {
        let resource_type = ResourceType::parse(name).unwrap();
        assert_eq!(resource_type.is_searchable(), is_searchable, "{name}");
        assert_eq!(resource_type.filters().count() > 0, is_searchable, "{name}");
    }
}
