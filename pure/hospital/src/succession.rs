//! How one version of something follows another: what is no longer told has ended, what is told
//! anew is corrected.

use event::Timestamp;

/// A value that holds for one period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row<Value> {
    pub(crate) value: Value,
    /// The first instant.
    pub(crate) from: Timestamp,
    /// The first instant after it.
    pub(crate) until: Option<Timestamp>,
}

impl<Value> Row<Value> {
    fn overlaps(&self, other: &Self) -> bool {
        let begins_before_end = |a: &Self, b: &Self| b.until.is_none_or(|until| a.from < until);
        begins_before_end(self, other) && begins_before_end(other, self)
    }

    fn is_empty(&self) -> bool {
        self.until.is_some_and(|until| until <= self.from)
    }
}

/// Lets the rows of a version that was told at an instant follow those of the versions before.
///
/// A row that is told again is corrected. One that is not ends when it was left out, and one that
/// had not begun by then never does. A row whose start is the instant of its telling has none of
/// its own: it goes on from that of the row that it follows.
pub(crate) fn succeed<Value: PartialEq>(
    rows: &mut Vec<Row<Value>>,
    mut new: Vec<Row<Value>>,
    told: Timestamp,
) {
    rows.retain_mut(|old| {
        let same = |it: &&mut Row<Value>| it.value == old.value && it.overlaps(old);
        if let Some(again) = new.iter_mut().find(same) {
            if again.from == told {
                again.from = again.from.min(old.from);
            }
            return false;
        }
        if old.until.is_none_or(|until| told < until) {
            old.until = Some(told);
        }
        !old.is_empty()
    });
    rows.extend(new.into_iter().filter(|row| !row.is_empty()));
}
