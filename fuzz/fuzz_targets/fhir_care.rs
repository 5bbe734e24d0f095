//! Any bytes are resources about care, or not: what is read has a patient and valid identities.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::fhir::care::{self, CareKind};

fuzz_target!(|bytes: &[u8]| {
    let Ok(resources) = care::resources(bytes) else {
        return;
    };
    for resource in resources {
        if let Ok(Some(statement)) = care::read(resource) {
            assert!(!statement.id.is_empty());
            let has_patient = statement.patient.is_some();
            assert_eq!(has_patient, statement.kind != CareKind::PractitionerRole);
        }
    }
});
