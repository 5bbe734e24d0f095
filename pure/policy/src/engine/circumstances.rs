//! What holds between a person and a patient at the instant of a question, as Cedar sees it.

use cedar_policy::{Context, RestrictedExpression};
use event::Purpose;

use crate::set::Error;

/// The context of a question; the names are those of `Circumstances` in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Circumstances {
    pub(super) at_risk: bool,
    pub(super) care_team: bool,
    pub(super) colleague: bool,
    pub(super) consent: bool,
    pub(super) emergency_objection: bool,
    pub(super) encounter: bool,
    pub(super) general_consent: bool,
    pub(super) glass: bool,
    pub(super) objection: bool,
    pub(super) objection_to_person: bool,
    pub(super) own_record: bool,
    pub(super) posted: bool,
    pub(super) purpose: Purpose,
    pub(super) representative: bool,
    pub(super) shared_establishment: bool,
    pub(super) supervised: bool,
}

/// How many facts there are besides the purpose.
const FACTS: usize = 15;

impl Circumstances {
    /// Nothing holds.
    pub(super) fn none(purpose: Purpose) -> Self {
        Self::of_bits(0, purpose)
    }

    /// The same with the best care relation there is.
    pub(super) fn treating(self) -> Self {
        Self {
            care_team: true,
            encounter: true,
            shared_establishment: true,
            supervised: true,
            ..self
        }
    }

    /// The same with a supervisor at work beside the person.
    pub(super) fn under_supervision(self) -> Self {
        Self {
            supervised: true,
            ..self
        }
    }

    /// The same with the record being one's own.
    pub(super) fn of_own_record(self) -> Self {
        Self {
            own_record: true,
            ..self
        }
    }

    /// The same with another purpose.
    pub(super) fn for_purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    /// The same after breaking the glass for a purpose.
    pub(super) fn behind_glass(self, purpose: Purpose) -> Self {
        Self {
            glass: true,
            purpose,
            ..self
        }
    }

    fn facts(self) -> [(&'static str, bool); FACTS] {
        [
            ("atRisk", self.at_risk),
            ("careTeam", self.care_team),
            ("colleague", self.colleague),
            ("consent", self.consent),
            ("emergencyObjection", self.emergency_objection),
            ("encounter", self.encounter),
            ("generalConsent", self.general_consent),
            ("glass", self.glass),
            ("objection", self.objection),
            ("objectionToPerson", self.objection_to_person),
            ("ownRecord", self.own_record),
            ("posted", self.posted),
            ("representative", self.representative),
            ("sharedEstablishment", self.shared_establishment),
            ("supervised", self.supervised),
        ]
    }

    /// The facts of the bits of a number, the last fact in the lowest bit.
    pub(super) fn of_bits(bits: u16, purpose: Purpose) -> Self {
        let holds = |fact: u32| bits & 1_u16.checked_shl(fact).unwrap_or(0) != 0;
        Self {
            at_risk: holds(14),
            care_team: holds(13),
            colleague: holds(12),
            consent: holds(11),
            emergency_objection: holds(10),
            encounter: holds(9),
            general_consent: holds(8),
            glass: holds(7),
            objection: holds(6),
            objection_to_person: holds(5),
            own_record: holds(4),
            posted: holds(3),
            representative: holds(2),
            shared_establishment: holds(1),
            supervised: holds(0),
            purpose,
        }
    }

    /// A number that differs whenever the circumstances do.
    pub(super) fn index(self) -> u32 {
        let facts = self
            .facts()
            .iter()
            .fold(0, |index: u32, (_, holds)| index << 1 | u32::from(*holds));
        let purpose = Purpose::ALL
            .iter()
            .zip(0_u32..)
            .find(|(known, _)| **known == self.purpose)
            .map_or(0, |(_, place)| place);
        purpose << 16 | facts
    }

    /// The context, with what the matrix of entitlements says beside the facts.
    pub(super) fn context(self, entitled: bool) -> Result<Context, Error> {
        let purpose = RestrictedExpression::new_string(self.purpose.code().to_owned());
        let entitled = RestrictedExpression::new_bool(entitled);
        let facts = self
            .facts()
            .map(|(name, holds)| (name.to_owned(), RestrictedExpression::new_bool(holds)));
        let named = [
            ("entitled".to_owned(), entitled),
            ("purpose".to_owned(), purpose),
        ];
        Context::from_pairs(facts.into_iter().chain(named)).map_err(|error| Error::Validation {
            message: error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_circumstance_has_its_own_number_and_its_own_context() {
        let mut seen = std::collections::BTreeSet::new();
        for &purpose in Purpose::ALL {
            for bits in 0..1_u16 << FACTS {
                let circumstances = Circumstances::of_bits(bits, purpose);
                let facts = circumstances.facts().map(|(_, holds)| holds);
                let read = facts
                    .iter()
                    .fold(0, |bits, holds| bits << 1 | u16::from(*holds));
                assert_eq!(read, bits, "{circumstances:?}");
                assert!(seen.insert(circumstances.index()), "{circumstances:?}");
            }
        }
        for fact in 0..FACTS {
            let circumstances = Circumstances::of_bits(1 << fact, Purpose::Treat);
            let context = circumstances.context(true).unwrap();
            for (name, holds) in circumstances.facts() {
                let told = context.get(name).unwrap().to_string();
                assert_eq!(told, holds.to_string(), "{name}");
            }
            assert_eq!(context.get("entitled").unwrap().to_string(), "true");
        }
    }
}
