//! From the selections of a rule to its tree.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::predicate::{Predicate, PredicateId, Predicates, ValueTest};
use super::super::tree::{Same, Tree};
use crate::limits::Limits;
use crate::record::{FieldId, NamesBuilder};
use crate::sigma::condition::belongs;
use crate::sigma::{Condition, Detection, Filter, Item, Quantity, Reason, Rule, Test};

/// Makes trees, and collects their predicates and names.
pub(super) struct Planter<'a> {
    names: &'a mut NamesBuilder,
    limits: &'a Limits,
    predicates: Predicates,
    /// Tests that the rules to come may still have, and those that this one may.
    left: usize,
    left_of_rule: usize,
}

type Selections = BTreeMap<String, Detection>;

impl<'a> Planter<'a> {
    pub(super) fn new(names: &'a mut NamesBuilder, limits: &'a Limits) -> Self {
        Self {
            names,
            limits,
            predicates: Predicates::default(),
            left: limits.tests_max,
            left_of_rule: 0,
        }
    }

    pub(super) fn finish(self) -> Predicates {
        self.predicates
    }

    /// The tree of a rule; every filter must hold too.
    pub(super) fn plant(&mut self, rule: &Rule, filters: &[Rc<Filter>]) -> Result<Tree, Reason> {
        self.check()?;
        let allowed = self.limits.tests_per_rule_max.min(self.left);
        self.left_of_rule = allowed;
        let mut all = vec![self.condition(&rule.condition, &rule.detection)];
        for filter in filters {
            all.push(self.condition(&filter.condition, &filter.detection));
        }
        // What was cut short is no rule.
        if self.left_of_rule == 0 {
            return Err(Reason::TooLarge {
                what: "the number of tests of a rule, counted wherever a selection is named",
                max: allowed,
            });
        }
        self.check()?;
        self.left -= allowed - self.left_of_rule;
        Ok(joined(all, Tree::All))
    }

    fn check(&self) -> Result<(), Reason> {
        let max = self.limits.predicates_max;
        if self.predicates.len() > max {
            let what = "the number of different tests of all rules";
            return Err(Reason::TooLarge { what, max });
        }
        let max = self.limits.regexes_max;
        if self.predicates.regexes() > max {
            let what = "the number of different regular expressions of all rules";
            return Err(Reason::TooLarge { what, max });
        }
        Ok(())
    }

    fn condition(&mut self, condition: &Condition, selections: &Selections) -> Tree {
        match condition {
            Condition::Or(parts) => {
                let parts = parts.iter().map(|part| self.condition(part, selections));
                any(parts.collect())
            }
            Condition::And(parts) => {
                let parts = parts.iter().map(|part| self.condition(part, selections));
                joined(parts.collect(), Tree::All)
            }
            Condition::Not(inner) => Tree::Not(Box::new(self.condition(inner, selections))),
            Condition::Selection(name) => match selections.get(name) {
                Some(detection) => self.detection(detection),
                None => Tree::Any(Box::default()),
            },
            Condition::Of(quantity, name) => {
                let fitting = selections.iter().filter(|(known, _)| belongs(known, name));
                let parts: Vec<Tree> = fitting
                    .map(|(_, detection)| self.detection(detection))
                    .collect();
                match quantity {
                    Quantity::All => joined(parts, Tree::All),
                    Quantity::AtLeast(1) => any(parts),
                    Quantity::AtLeast(count) => Tree::AtLeast(*count, parts.into()),
                }
            }
        }
    }

    fn detection(&mut self, detection: &Detection) -> Tree {
        // The tree is thrown away: what would make it larger is not looked at.
        if self.left_of_rule == 0 {
            return Tree::Any(Box::default());
        }
        match detection {
            Detection::All(parts) => joined(
                parts.iter().map(|part| self.detection(part)).collect(),
                Tree::All,
            ),
            Detection::Any(parts) => any(parts.iter().map(|part| self.detection(part)).collect()),
            Detection::Item(item) => self.item(item),
        }
    }

    fn item(&mut self, item: &Item) -> Tree {
        let field = item.field.as_deref().map(|name| self.names.ask(name));
        let parts: Vec<Tree> = item
            .tests
            .iter()
            .map(|test| self.test(field, test))
            .collect();
        let tree = match item.all {
            true => joined(parts, Tree::All),
            false => any(parts),
        };
        match field {
            // Different from something is only what is there.
            Some(field) if item.neq => {
                let present = Tree::Is(self.number(Some(field), ValueTest::Present));
                Tree::All([present, Tree::Not(Box::new(tree))].into())
            }
            _ => tree,
        }
    }

    fn test(&mut self, field: Option<FieldId>, test: &Test) -> Tree {
        self.left_of_rule = self.left_of_rule.saturating_sub(1);
        let value = match (test, field) {
            (Test::Text { pattern, cased }, _) => ValueTest::Text {
                pattern: if *cased {
                    pattern.clone()
                } else {
                    pattern.folded()
                },
                cased: *cased,
            },
            (Test::Regex(source), _) => ValueTest::Regex(source.clone()),
            (Test::Network(network), _) => ValueTest::Network(*network),
            (Test::Compare(operator, bound), _) => ValueTest::Compare(*operator, bound.to_bits()),
            (Test::Time(unit, operator, bound), _) => {
                ValueTest::Time(*unit, *operator, bound.to_bits())
            }
            (Test::Exists(true), _) => ValueTest::Present,
            (Test::Exists(false), _) => {
                let present = self.number(field, ValueTest::Present);
                return Tree::Not(Box::new(Tree::Is(present)));
            }
            (Test::Null, Some(field)) => return Tree::Null(field),
            (
                Test::Field {
                    other,
                    shape,
                    cased,
                },
                Some(field),
            ) => {
                // Both must be there, which gives the rule a witness.
                let other = self.names.ask(other);
                let present = [field, other]
                    .map(|field| Tree::Is(self.number(Some(field), ValueTest::Present)));
                let same = Tree::Same(Box::new(Same {
                    field,
                    other,
                    shape: *shape,
                    cased: *cased,
                }));
                return Tree::All(present.into_iter().chain([same]).collect());
            }
            // The reader refuses such keywords.
            (Test::Null | Test::Field { .. }, None) => return Tree::Any(Box::default()),
        };
        Tree::Is(self.number(field, value))
    }

    fn number(&mut self, field: Option<FieldId>, test: ValueTest) -> PredicateId {
        self.predicates.number(Predicate { field, test })
    }
}

/// One of the parts, which mostly are predicates.
fn any(parts: Vec<Tree>) -> Tree {
    let predicates = parts.iter().map(|part| match part {
        Tree::Is(predicate) => Some(*predicate),
        _ => None,
    });
    match predicates.collect::<Option<Box<[_]>>>() {
        Some(predicates) if predicates.len() > 1 => Tree::AnyIs(predicates),
        _ => joined(parts, Tree::Any),
    }
}

fn joined(mut parts: Vec<Tree>, join: fn(Box<[Tree]>) -> Tree) -> Tree {
    match (parts.len(), parts.pop()) {
        (1, Some(single)) => single,
        (_, last) => join(parts.into_iter().chain(last).collect()),
    }
}
