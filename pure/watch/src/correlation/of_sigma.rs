//! From a document of the Sigma language to a definition that is evaluated.
//!
//! INVARIANT: what cannot be evaluated as it is written is refused; nothing is counted in its place.

use super::definition::{Condition, Correlation, CorrelationRefusal, Kind};
use crate::sigma::{self, Comparison, CorrelationCondition, CorrelationKind};

/// Microseconds of a second.
const SECOND_US: i64 = 1_000_000;

impl Correlation {
    /// The definition that a document stands for; `level_of` tells the level of a rule by its id or
    /// name, for documents that have none of their own.
    ///
    /// # Errors
    /// When it asks for what is not evaluated here: sums, means and percentiles, expressions over
    /// rules, values of several fields at once, bounds that are no whole numbers.
    pub fn of_sigma(
        document: &sigma::Correlation,
        level_of: impl Fn(&str) -> Option<sigma::Level>,
    ) -> Result<Self, CorrelationRefusal> {
        let (bounds, counted) = match &document.condition {
            CorrelationCondition::Count { bounds, fields } => (bounds, fields),
            CorrelationCondition::Rules(_) => {
                return Err(CorrelationRefusal::NotEvaluated("an expression over rules"));
            }
        };
        let kind = match (document.kind, counted.as_slice()) {
            (CorrelationKind::EventCount, []) => Kind::EventCount,
            (CorrelationKind::ValueCount, [field]) => Kind::ValueCount {
                field: field.clone(),
            },
            (CorrelationKind::Temporal, []) => Kind::Temporal,
            (CorrelationKind::TemporalOrdered, []) => Kind::TemporalOrdered,
            (
                CorrelationKind::ValueSum
                | CorrelationKind::ValueAverage
                | CorrelationKind::ValuePercentile(_),
                _,
            ) => {
                return Err(CorrelationRefusal::NotEvaluated(
                    "a sum, mean or percentile",
                ));
            }
            _ => {
                return Err(CorrelationRefusal::NotEvaluated(
                    "the values of such fields",
                ));
            }
        };
        let own = document.level;
        let level = own.or_else(|| document.rules.iter().filter_map(|it| level_of(it)).max());
        let identity = [&document.id, &document.name].into_iter().flatten().next();
        let span_s = i64::try_from(document.timespan_s).map_err(|_| CorrelationRefusal::Span)?;
        Ok(Self {
            id: identity.unwrap_or(&document.title).clone(),
            name: document.name.clone(),
            kind,
            rules: document.rules.clone(),
            group_by: document.group_by.clone(),
            aliases: document.aliases.clone(),
            span_us: span_s
                .checked_mul(SECOND_US)
                .ok_or(CorrelationRefusal::Span)?,
            condition: condition(bounds)?,
            generate: document.generate,
            level: level.unwrap_or_default(),
            techniques: document.techniques().collect(),
        })
    }
}

fn condition(bounds: &[(Comparison, f64)]) -> Result<Option<Condition>, CorrelationRefusal> {
    if bounds.is_empty() {
        return Ok(None);
    }
    let mut condition = Condition::default();
    for (comparison, bound) in bounds {
        // A whole number that is not negative is written with digits alone.
        let whole: u64 = bound
            .to_string()
            .parse()
            .map_err(|_| CorrelationRefusal::NotEvaluated("a bound that is no whole number"))?;
        let place = match comparison {
            Comparison::Greater => &mut condition.gt,
            Comparison::GreaterOrEqual => &mut condition.gte,
            Comparison::Less => &mut condition.lt,
            Comparison::LessOrEqual => &mut condition.lte,
            Comparison::Equal => &mut condition.eq,
            Comparison::NotEqual => {
                return Err(CorrelationRefusal::NotEvaluated("a bound by `neq`"));
            }
        };
        *place = Some(whole);
    }
    Ok(Some(condition))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::sigma::{Document, Placeholders, read};

    fn of(correlation: &str) -> Result<Correlation, CorrelationRefusal> {
        let text = format!("title: T\nid: c\ncorrelation:\n{correlation}");
        let read = read("t.yml", &text, &Placeholders::new(), &Limits::default());
        match read.documents.as_slice() {
            [Document::Correlation(document)] => {
                Correlation::of_sigma(document, |_| Some(sigma::Level::High))
            }
            other => panic!("{other:?} {:?}", read.refused),
        }
    }

    #[test]
    fn what_is_written_is_what_is_evaluated() {
        let found = of(
            "  type: value_count\n  rules: [a]\n  group-by: [User]\n  timespan: 5m\n  \
             condition: { field: Computer, gte: 3, lt: 10 }\n",
        );
        let found = found.unwrap();
        let field = "Computer".to_owned();
        assert_eq!(found.kind, Kind::ValueCount { field });
        assert_eq!(found.span_us, 300 * SECOND_US);
        assert_eq!(found.level, sigma::Level::High);
        let condition = found.condition.unwrap();
        assert_eq!((condition.gte, condition.lt), (Some(3), Some(10)));
        assert_eq!(
            (condition.gt, condition.lte, condition.eq),
            (None, None, None)
        );
    }

    /// Every type that the specification has, as it is usually written, is in force.
    #[test]
    fn each_type_passes_the_checks() {
        use crate::correlation::Correlations;
        use std::collections::{BTreeMap, BTreeSet};
        for (kind, condition) in [
            ("event_count", "  condition: { gte: 10 }\n"),
            ("value_count", "  condition: { field: User, gte: 10 }\n"),
            ("temporal", ""),
            ("temporal", "  condition: { gte: 2 }\n"),
            ("temporal_ordered", ""),
        ] {
            let text = format!(
                "  type: {kind}\n  rules: [a, b]\n  group-by: [Host]\n  timespan: 5m\n{condition}"
            );
            let rules = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
            let definition = of(&text).unwrap();
            let (_, refused) = Correlations::new(vec![definition], &rules, &BTreeMap::new());
            assert_eq!(refused, [], "{kind} {condition}");
        }
    }

    #[test]
    fn what_is_not_evaluated_is_refused() {
        for condition in ["{ gte: 2.5 }", "{ neq: 3 }"] {
            let refused = of(&format!(
                "  type: event_count\n  rules: [a]\n  timespan: 1h\n  condition: {condition}\n"
            ));
            assert!(
                matches!(refused, Err(CorrelationRefusal::NotEvaluated(_))),
                "{condition}: {refused:?}"
            );
        }
    }
}
