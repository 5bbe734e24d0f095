//! Any body is unreadable, or gives resources whose rebuilt bundle reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::fhir::{Answer, Membership, Searchset, Total, disclosure};
use wire::limits::AnswerLimits;

const BASE: &str = "https://ehr.test/fhir";

fuzz_target!(|body: &[u8]| {
    match disclosure::read(body, &[BASE], &AnswerLimits::DEFAULT) {
        Err(_) => {}
        Ok(Answer::Resource(resource)) => {
            assert_eq!(resource.raw.as_bytes(), body.trim_ascii());
            if let Membership::Patients(own) = &resource.membership {
                assert!(!own.is_empty() && own.is_disjoint(&resource.mentions));
            }
        }
        Ok(Answer::Bundle(bundle)) => {
            let mut rebuilt = Searchset::new(BASE, "/Observation?patient=1");
            let shown = |membership: &Membership| {
                !matches!(membership, Membership::Closed | Membership::Undetermined(_))
            };
            let kept: Vec<_> = bundle
                .entries
                .iter()
                .filter(|entry| shown(&entry.resource.membership))
                .collect();
            kept.iter().for_each(|entry| rebuilt.push(entry));
            let total = Total::Counted(rebuilt.matches());
            let bytes = rebuilt.finish(total, None);
            let again = match disclosure::read(&bytes, &[BASE], &AnswerLimits::DEFAULT) {
                Ok(Answer::Bundle(again)) => again,
                other => panic!("a rebuilt bundle is readable: {other:?}"),
            };
            assert_eq!(again.entries.len(), kept.len());
            for (kept, again) in kept.iter().zip(&again.entries) {
                assert_eq!(kept.resource.raw, again.resource.raw);
            }
        }
    }
});
