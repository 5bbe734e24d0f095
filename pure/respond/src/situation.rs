//! What a plan is judged against, arranged once for all the plans of one question.

use std::collections::BTreeMap;

use event::Timestamp;

use crate::graph::{Graph, Kind, Number};
use crate::{Facts, InForce, Use};

/// What is known of now.
pub(crate) struct Situation<'a> {
    pub(crate) in_force: &'a InForce,
    pub(crate) now: Timestamp,
    is_known: bool,
    uses: BTreeMap<Number, Vec<&'a Use>>,
    strangers: Vec<&'a Use>,
    failed: Vec<Number>,
}

impl<'a> Situation<'a> {
    /// `facts` are fresh, or there are none.
    pub(crate) fn new(
        graph: &Graph,
        facts: Option<&'a Facts>,
        in_force: &'a InForce,
        now: Timestamp,
    ) -> Self {
        let mut uses: BTreeMap<Number, Vec<&Use>> = BTreeMap::new();
        let mut strangers = Vec::new();
        for told in facts.into_iter().flat_map(|it| &it.in_use) {
            let number = graph.number(&told.function);
            let node = number.and_then(|it| Some((it, graph.node(it)?)));
            match node.filter(|(_, it)| matches!(it.kind, Kind::Function(_))) {
                Some((number, _)) => uses.entry(number).or_default().push(told),
                None => strangers.push(told),
            }
        }
        let failed = facts.into_iter().flat_map(|it| &it.out_of_service);
        Self {
            in_force,
            now,
            is_known: facts.is_some(),
            uses,
            strangers,
            failed: failed.filter_map(|it| graph.number(it)).collect(),
        }
    }

    /// Whether anybody has told what is in use and what has failed.
    pub(crate) fn is_known(&self) -> bool {
        self.is_known
    }

    /// The uses of a care function.
    pub(crate) fn uses(&self, function: Number) -> &[&'a Use] {
        self.uses.get(&function).map(Vec::as_slice).unwrap_or(&[])
    }

    /// The uses of care that the graph does not have.
    pub(crate) fn strangers(&self) -> &[&'a Use] {
        &self.strangers
    }

    pub(crate) fn failed(&self) -> &[Number] {
        &self.failed
    }
}
