//! What is known of one line while its candidates are looked at.

use std::collections::BTreeSet;

use super::super::predicate::PredicateId;
use super::super::tree::{self, Same};
use crate::limits::COMPARED_MAX;
use crate::record::{Field, FieldId, Kind, Record, text};
use crate::sigma::Shape;

/// Marks by line number, so that nothing is cleared between lines.
#[derive(Debug)]
pub(super) struct Seen {
    line: u32,
    fields: Vec<SeenField>,
    predicates: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct SeenField {
    there_at: u32,
    /// It is something other than null.
    filled_at: u32,
    /// It can be compared, and stands at `first`.
    valued_at: u32,
    first: u32,
}

impl Seen {
    pub(super) fn new(fields: usize, predicates: usize) -> Self {
        Self {
            line: 0,
            fields: vec![SeenField::default(); fields],
            predicates: vec![0; predicates],
        }
    }

    /// Forgets the last line.
    pub(super) fn next_line(&mut self) {
        self.line = self.line.wrapping_add(1);
        if self.line == 0 {
            // After four thousand million lines marks would come again.
            self.fields.fill(SeenField::default());
            self.predicates.fill(0);
            self.line = 1;
        }
    }

    pub(super) fn is_first_line(&self) -> bool {
        self.line == 1
    }

    pub(super) fn line(&self) -> u32 {
        self.line
    }

    pub(super) fn field(&mut self, id: FieldId, field: &Field, at: usize) {
        let line = self.line;
        let Some(seen) = self.fields.get_mut(id.place()) else {
            return;
        };
        seen.there_at = line;
        if field.kind() != Kind::Null {
            seen.filled_at = line;
        }
        if field.is_value() && seen.valued_at != line {
            seen.valued_at = line;
            seen.first = u32::try_from(at).unwrap_or(u32::MAX);
        }
    }

    /// The field is there, whatever its value.
    pub(super) fn is_there(&self, field: FieldId) -> bool {
        let seen = self.fields.get(field.place());
        seen.is_some_and(|seen| seen.there_at == self.line)
    }

    /// The place of a field's first value in the record.
    #[inline]
    pub(super) fn first(&self, field: FieldId) -> Option<usize> {
        let seen = self.fields.get(field.place())?;
        let first = usize::try_from(seen.first).ok()?;
        (seen.valued_at == self.line).then_some(first)
    }

    /// Marks a predicate; true when it was not marked yet.
    #[inline]
    pub(super) fn predicate(&mut self, predicate: PredicateId) -> bool {
        let line = self.line;
        let mark = usize::try_from(predicate)
            .ok()
            .and_then(|at| self.predicates.get_mut(at));
        match mark {
            Some(mark) if *mark != line => {
                *mark = line;
                true
            }
            _ => false,
        }
    }
}

/// What is known of one line.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) seen: &'a Seen,
    pub(super) known: &'a [(FieldId, usize)],
    pub(super) record: &'a Record,
    pub(super) line: &'a [u8],
}

impl<'a> Facts<'a> {
    /// The values of a field as they stand in the line: no null, object or array.
    pub(super) fn values(&self, field: FieldId) -> impl Iterator<Item = (&'a [u8], Kind)> + '_ {
        self.known
            .iter()
            .filter(move |(id, _)| *id == field)
            .filter_map(|(_, at)| self.record.fields().get(*at))
            .filter(|field| field.is_value())
            .map(|field| (field.raw(self.line), field.kind()))
    }
}

impl tree::Facts for Facts<'_> {
    #[inline]
    fn holds(&self, predicate: PredicateId) -> bool {
        let mark = usize::try_from(predicate)
            .ok()
            .and_then(|at| self.seen.predicates.get(at));
        mark == Some(&self.seen.line)
    }

    fn is_null(&self, field: FieldId) -> bool {
        let seen = self.seen.fields.get(field.place());
        seen.is_none_or(|seen| seen.filled_at != self.seen.line)
    }

    fn is_same(&self, same: &Same) -> bool {
        let texts = |field| -> BTreeSet<Vec<u8>> {
            let values = self.values(field);
            values
                .map(|(raw, kind)| comparable(raw, kind, same.cased))
                .collect()
        };
        let (left, right) = (texts(same.field), texts(same.other));
        let of = |texts: &BTreeSet<Vec<u8>>| texts.iter().take(COMPARED_MAX).cloned().collect();
        let fits: fn(&[u8], &[u8]) -> bool = match same.shape {
            Shape::Whole => return !left.is_disjoint(&right),
            Shape::Part => |left, right| memchr::memmem::find(left, right).is_some(),
            Shape::Start => |left, right| left.starts_with(right),
            Shape::End => |left, right| left.ends_with(right),
        };
        let (left, right): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (of(&left), of(&right));
        left.iter()
            .any(|left| right.iter().any(|right| fits(left, right)))
    }
}

fn comparable(raw: &[u8], kind: Kind, cased: bool) -> Vec<u8> {
    let mut plain = Vec::new();
    match kind {
        Kind::Text => text::unescape(raw, &mut plain),
        _ => match text::canonical_number(raw) {
            Some(number) => plain.extend_from_slice(number.as_bytes()),
            None => plain.extend_from_slice(raw),
        },
    }
    if cased { plain } else { text::folded(&plain) }
}
