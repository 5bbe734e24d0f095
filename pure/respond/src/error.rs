//! What stands in the way before anything can be judged.

use event::SupplyId;

/// A plan that is none, or a graph that cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A plan that would do nothing.
    #[error("a plan of containment has at least one action")]
    EmptyPlan,
    /// A plan with a duration that is no duration.
    #[error("a plan lasts 1 to {most} minutes, or until further notice, not {minutes}")]
    Duration {
        /// What was asked.
        minutes: u32,
        /// The longest.
        most: u32,
    },
    /// An action that does not stop what must be stopped.
    #[error("`{measure}` on `{target}` does not stop {aim}")]
    MissesAim {
        /// On what.
        target: SupplyId,
        /// The measure.
        measure: &'static str,
        /// What must be stopped.
        aim: &'static str,
    },
    /// A node that comes before something that it needs: the directory was not checked.
    #[error("`{node}` comes before something that it needs, or is there twice")]
    OutOfOrder {
        /// The node.
        node: SupplyId,
    },
    /// A need with too many levels.
    #[error("what `{node}` needs has more than {limit} levels")]
    TooDeep {
        /// The node.
        node: SupplyId,
        /// The limit.
        limit: usize,
    },
    /// A graph with more nodes than can be numbered.
    #[error("the graph of care functions is too large")]
    TooLarge,
    /// More actions than a plan may have.
    #[error("{count} actions, more than the limit of {limit}")]
    TooManyActions {
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
}
