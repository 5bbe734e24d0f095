//! From a record to its class: the rules that are about it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::record::{FieldId, Kind, NamesBuilder, text};
use crate::sigma::LogSource;
use crate::source::{Branch, Family, Mapping, Sort};

/// A place of the trees of all families together.
pub(crate) type PlaceId = usize;

/// The trees of all families, with numbers for names.
#[derive(Debug, Default)]
pub(crate) struct Classifier {
    families: Vec<Root>,
    pub(crate) places: Vec<Place>,
    hints: BTreeMap<String, PlaceId>,
}

#[derive(Debug)]
struct Root {
    present: Vec<FieldId>,
    takes_unlisted: bool,
    stem: PlaceId,
}

#[derive(Debug, Default)]
pub(crate) struct Place {
    by: Vec<FieldId>,
    is: Branches,
    /// What a record that ends here is.
    pub(crate) sort: Sort,
    /// The field that rules ask for, and the one that stands for it.
    pub(crate) renames: Vec<(FieldId, FieldId)>,
}

/// Places by value, ordered by length first: most values differ in it from most others.
#[derive(Debug, Default)]
struct Branches(Vec<(Vec<u8>, PlaceId)>);

impl Branches {
    fn new(mut branches: Vec<(Vec<u8>, PlaceId)>) -> Self {
        branches.sort_by(|left, right| order(&left.0, &right.0));
        Self(branches)
    }

    fn get(&self, value: &[u8]) -> Option<PlaceId> {
        let found = self.0.binary_search_by(|(known, _)| order(known, value));
        self.0.get(found.ok()?).map(|(_, place)| *place)
    }
}

fn order(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// Values longer than this name no log.
const VALUE_BYTES_MAX: usize = 256;

impl Classifier {
    /// Numbers the names of a mapping; `sources` are those of the rules, each of which can then be
    /// named by a hint.
    pub(crate) fn build<'s>(
        mapping: &Mapping,
        sources: impl Iterator<Item = &'s LogSource>,
        names: &mut NamesBuilder,
    ) -> Self {
        let mut classifier = Self::default();
        for family in &mapping.families {
            classifier.family(family, names);
        }
        let of_families = classifier.places.len();
        for source in sources {
            classifier.source(source, of_families);
        }
        classifier
    }

    fn family(&mut self, family: &Family, names: &mut NamesBuilder) {
        let above = Place {
            sort: Sort {
                product: family.product.clone(),
                ..Sort::default()
            },
            ..Place::default()
        };
        let stem = self.branch(&family.stem(), &above, &family.name, names);
        self.families.push(Root {
            present: family.present.iter().map(|name| names.ask(name)).collect(),
            takes_unlisted: family.takes_unlisted,
            stem,
        });
    }

    fn branch(
        &mut self,
        branch: &Branch,
        above: &Place,
        hint: &str,
        names: &mut NamesBuilder,
    ) -> PlaceId {
        let mut sort = above.sort.clone();
        sort.categories.extend(branch.category.iter().cloned());
        sort.services.extend(branch.service.iter().cloned());
        let mut renames = above.renames.clone();
        for (wanted, stands_for) in &branch.rename {
            renames.push((names.ask(wanted), names.ask(stands_for)));
        }
        let place = Place {
            by: branch.by.iter().map(|name| names.ask(name)).collect(),
            is: Branches::default(),
            sort,
            renames,
        };
        let mut is = Vec::new();
        for (value, below) in &branch.is {
            let hint = format!("{hint}.{value}");
            let number = self.branch(below, &place, &hint, names);
            is.push((text::folded(value.as_bytes()), number));
        }
        let is = Branches::new(is);
        self.places.push(Place { is, ..place });
        let number = self.places.len() - 1;
        self.hints.insert(hint.to_lowercase(), number);
        number
    }

    /// A log source that a rule names, for records that are known to be of it.
    fn source(&mut self, source: &LogSource, of_families: usize) {
        let hint = hint(source);
        if let Some(known) = self.hints.get(&hint).copied() {
            // A category and a service of one name share their hint: it stands for both.
            let place = self.places.get_mut(known);
            if let Some(place) = place.filter(|_| known >= of_families) {
                place.sort.categories.extend(source.category.clone());
                place.sort.services.extend(source.service.clone());
            }
            return;
        }
        self.places.push(Place {
            sort: Sort {
                product: source.product.clone(),
                categories: source.category.iter().cloned().collect(),
                services: source.service.iter().cloned().collect(),
            },
            ..Place::default()
        });
        self.hints.insert(hint, self.places.len() - 1);
    }

    /// Where a hint leads.
    pub(crate) fn hinted(&self, hint: &str) -> Option<PlaceId> {
        self.hints.get(&hint.to_lowercase()).copied()
    }

    /// Every hint.
    pub(crate) fn hints(&self) -> impl Iterator<Item = &str> {
        self.hints.keys().map(String::as_str)
    }

    /// Where a record ends; `None` when no family knows it.
    pub(crate) fn place<'v>(
        &self,
        from: Option<PlaceId>,
        value: impl Fn(FieldId) -> Option<(&'v [u8], Kind)>,
        scratch: &mut Vec<u8>,
    ) -> Option<PlaceId> {
        if let Some(from) = from {
            return Some(self.end(from, &value, scratch));
        }
        for root in &self.families {
            let stem = self.places.get(root.stem)?;
            let is_silent = root.present.is_empty() && stem.by.is_empty();
            if is_silent || !root.present.iter().all(|field| value(*field).is_some()) {
                continue;
            }
            let takes = stem.by.is_empty()
                || step(stem, &value, scratch).is_some()
                || (root.takes_unlisted && stem.by.iter().any(|by| value(*by).is_some()));
            if takes {
                return Some(self.end(root.stem, &value, scratch));
            }
        }
        None
    }

    fn end<'v>(
        &self,
        from: PlaceId,
        value: &impl Fn(FieldId) -> Option<(&'v [u8], Kind)>,
        scratch: &mut Vec<u8>,
    ) -> PlaceId {
        let mut at = from;
        // Each step goes down a finite tree.
        while let Some(next) = self
            .places
            .get(at)
            .and_then(|place| step(place, value, scratch))
        {
            at = next;
        }
        at
    }
}

fn step<'v>(
    place: &Place,
    value: &impl Fn(FieldId) -> Option<(&'v [u8], Kind)>,
    scratch: &mut Vec<u8>,
) -> Option<PlaceId> {
    place.by.iter().find_map(|by| {
        let (raw, kind) = value(*by)?;
        if raw.len() > VALUE_BYTES_MAX || !matches!(kind, Kind::Text | Kind::Number) {
            return None;
        }
        if memchr::memchr(b'\\', raw).is_some() {
            let mut plain = Vec::new();
            text::unescape(raw, &mut plain);
            text::fold(&plain, scratch);
        } else {
            text::fold(raw, scratch);
        }
        place.is.get(scratch)
    })
}

/// The hint that names a log source: its parts joined by dots.
pub(crate) fn hint(source: &LogSource) -> String {
    let parts = [&source.product, &source.category, &source.service];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join(".")
}
