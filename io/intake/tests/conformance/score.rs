//! Precision and recall, and a table of them.

use std::collections::BTreeSet;
use std::fmt::Debug;

/// How what was found compares with what is true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Score {
    /// Found and true.
    pub(crate) right: usize,
    /// Found.
    pub(crate) found: usize,
    /// True.
    pub(crate) known: usize,
}

impl Score {
    /// Compares, and says what differs.
    pub(crate) fn of<T: Ord + Debug>(what: &str, found: &BTreeSet<T>, known: &BTreeSet<T>) -> Self {
        for wrong in found.difference(known) {
            println!("  {what}: found, not known: {wrong:?}");
        }
        for missed in known.difference(found) {
            println!("  {what}: known, not found: {missed:?}");
        }
        Self {
            right: found.intersection(known).count(),
            found: found.len(),
            known: known.len(),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.right += other.right;
        self.found += other.found;
        self.known += other.known;
    }

    /// One line of a table.
    pub(crate) fn print(self, what: &str) {
        let Self {
            right,
            found,
            known,
        } = self;
        let precision = format!("{right}/{found}");
        let recall = format!("{right}/{known}");
        println!("| {what:<44} | {precision:>11} | {recall:>11} |");
    }
}

/// The head of a table.
pub(crate) fn head(title: &str) {
    println!("| {title:<44} | {:>11} | {:>11} |", "precision", "recall");
    println!(
        "| {} | {}: | {}: |",
        "-".repeat(44),
        "-".repeat(10),
        "-".repeat(10)
    );
}
