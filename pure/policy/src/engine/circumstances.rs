//! What holds between a person and a patient at the instant of a question, as Cedar sees it.

use cedar_policy::{Context, RestrictedExpression};
use event::Purpose;

use crate::set::Error;

/// The context of a question; the names are those of `Circumstances` in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Circumstances {
    pub(super) care_team: bool,
    pub(super) encounter: bool,
    pub(super) glass: bool,
    pub(super) own_record: bool,
    pub(super) posted: bool,
    pub(super) purpose: Purpose,
    pub(super) shared_establishment: bool,
}

/// Every context there can be, built once: a decision then only shares one.
///
/// Six facts and eight purposes make 512 contexts of some hundred bytes each.
#[derive(Debug)]
pub(super) struct Contexts(Vec<Context>);

const FACTS: usize = 1 << 6;

impl Circumstances {
    /// Nothing holds.
    pub(super) fn none(purpose: Purpose) -> Self {
        Self {
            care_team: false,
            encounter: false,
            glass: false,
            own_record: false,
            posted: false,
            purpose,
            shared_establishment: false,
        }
    }

    /// The same with the best care relation there is.
    pub(super) fn treating(self) -> Self {
        Self {
            care_team: true,
            encounter: true,
            shared_establishment: true,
            ..self
        }
    }

    /// The same with the purpose of treatment.
    pub(super) fn for_treatment(self) -> Self {
        Self {
            purpose: Purpose::Treat,
            ..self
        }
    }

    /// The same after breaking the glass.
    pub(super) fn behind_glass(self) -> Self {
        Self {
            glass: true,
            purpose: Purpose::Btg,
            ..self
        }
    }

    fn facts(self) -> [(&'static str, bool); 6] {
        [
            ("careTeam", self.care_team),
            ("encounter", self.encounter),
            ("glass", self.glass),
            ("ownRecord", self.own_record),
            ("posted", self.posted),
            ("sharedEstablishment", self.shared_establishment),
        ]
    }

    /// The place of its context; circumstances that differ have different places.
    pub(super) fn index(self) -> usize {
        let facts = self
            .facts()
            .iter()
            .fold(0, |index, (_, holds)| index * 2 + usize::from(*holds));
        let purpose = Purpose::ALL
            .iter()
            .position(|known| *known == self.purpose)
            .unwrap_or(0);
        purpose * FACTS + facts
    }

    fn context(self) -> Result<Context, Error> {
        let purpose = RestrictedExpression::new_string(self.purpose.code().to_owned());
        let facts = self
            .facts()
            .map(|(name, holds)| (name.to_owned(), RestrictedExpression::new_bool(holds)));
        Context::from_pairs(facts.into_iter().chain([("purpose".to_owned(), purpose)])).map_err(
            |error| Error::Validation {
                message: error.to_string(),
            },
        )
    }

    fn all() -> impl Iterator<Item = Self> {
        Purpose::ALL.iter().flat_map(|&purpose| {
            (0..FACTS).map(move |bits| Self {
                care_team: bits & 32 != 0,
                encounter: bits & 16 != 0,
                glass: bits & 8 != 0,
                own_record: bits & 4 != 0,
                posted: bits & 2 != 0,
                shared_establishment: bits & 1 != 0,
                purpose,
            })
        })
    }
}

impl Contexts {
    pub(super) fn build() -> Result<Self, Error> {
        Circumstances::all()
            .map(Circumstances::context)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(super) fn of(&self, circumstances: Circumstances) -> Context {
        self.0
            .get(circumstances.index())
            .cloned()
            .unwrap_or_else(Context::empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_circumstance_finds_its_own_context() {
        let contexts = Contexts::build().unwrap();
        for (place, circumstances) in Circumstances::all().enumerate() {
            assert_eq!(circumstances.index(), place, "{circumstances:?}");
            let context = contexts.of(circumstances);
            for (name, holds) in circumstances.facts() {
                assert_eq!(
                    context.get(name).unwrap().to_string(),
                    holds.to_string(),
                    "{name}"
                );
            }
        }
        assert_eq!(contexts.0.len(), 512);
    }
}
