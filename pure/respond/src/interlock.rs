//! The safety interlock: judges a plan of containment against the care that is in use.

use event::Timestamp;
use hospital::Directory;

use crate::acts::{acts, targets};
use crate::alternative::Search;
use crate::graph::Graph;
use crate::judge::Judge;
use crate::{Basis, Error, Facts, InForce, Limits, Order, Plan, Refused};

/// The graph of what care stands on, ready to judge plans.
#[derive(Debug)]
pub struct Interlock {
    graph: Graph,
    limits: Limits,
}

/// What became of a plan.
#[derive(Debug)]
#[must_use]
pub enum Checked {
    /// It harms no care that is in use: this may be carried out.
    Ordered(Order),
    /// It would, or nobody can tell: why, and what could be done instead.
    Refused(Box<Refused>),
}

impl Interlock {
    /// Arranges the graph of a checked directory.
    pub fn new(directory: &Directory, limits: Limits) -> Result<Self, Error> {
        let graph = Graph::new(directory, &limits)?;
        Ok(Self { graph, limits })
    }

    /// How many care functions and suppliers there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.graph.nodes.len()
    }

    /// Judges a plan; an order enters into force in the same act.
    ///
    /// `facts` are what is known of now. Without them, or when they are older than
    /// [`Limits::facts_age_max_minutes`], every care function counts as in use and no redundancy
    /// counts: a second supplier that nobody has seen working is none.
    pub fn check(
        &self,
        plan: &Plan,
        facts: Option<&Facts>,
        in_force: &mut InForce,
        now: Timestamp,
    ) -> Checked {
        let facts = facts.filter(|it| it.are_fresh(now, &self.limits));
        let refused = {
            let mut judge = Judge::new(self, facts, in_force, now);
            let targets = targets(&self.graph, plan);
            let acts = acts(plan, &targets);
            let mut verdict = judge.verdict(&acts, plan.minutes(), now);
            verdict.is_full = !in_force.has_room(self.limits.in_force_max);
            if verdict.passes() {
                Err(verdict.tolerated.into_iter().cloned().collect())
            } else {
                // Told first: the search lays other plans.
                let mut refused = Refused::tell(&judge, plan, &verdict);
                // Where there is no room for an order, there is none for a milder one.
                if !verdict.is_full {
                    refused.offer(Search::new(&mut judge, plan, &acts, &verdict).run());
                }
                Ok(refused)
            }
        };
        match refused {
            Ok(refused) => Checked::Refused(Box::new(refused)),
            // INVARIANT: (4) containment needs more than care: an order is made here, after a
            // verdict that passes, or of a refusal that two persons overrode, and nowhere else.
            Err(interrupted) => {
                let basis = Basis::Passed { interrupted };
                Checked::Ordered(Order::make(plan, basis, in_force, now, &self.limits))
            }
        }
    }

    pub(crate) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}

#[cfg(test)]
pub(crate) mod tests;
