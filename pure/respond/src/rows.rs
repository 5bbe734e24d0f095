//! Rows of unequal length, all in one piece, because a plan is judged by reading thousands.

use crate::graph::Number;

/// A row of values for each node.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    values: Vec<T>,
    /// Where each row begins; its end is the begin of the next.
    begins: Vec<usize>,
}

impl<T> Rows<T> {
    /// Adds the row of the next node.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = T>) {
        self.values.extend(row);
        self.begins.push(self.values.len());
    }

    /// The row of a node; empty when there is none.
    pub(crate) fn of(&self, number: Number) -> &[T] {
        let Ok(row) = usize::try_from(number) else {
            return &[];
        };
        let begin = self.begins.get(row).copied();
        let end = row
            .checked_add(1)
            .and_then(|it| self.begins.get(it))
            .copied();
        let values = begin
            .zip(end)
            .and_then(|(begin, end)| self.values.get(begin..end));
        values.unwrap_or_default()
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            begins: vec![0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;

    #[test]
    fn each_row_is_its_own() {
        let mut rows = Rows::default();
        rows.push([1, 2]);
        rows.push([]);
        rows.push([3]);
        let read: Vec<&[i32]> = (0..4).map(|it| rows.of(it)).collect();
        assert_eq!(read, [&[1, 2][..], &[], &[3], &[]]);
        assert!(Rows::<i32>::default().of(u32::MAX).is_empty());
    }
}
