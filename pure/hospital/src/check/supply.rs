//! The checks of groups of assets and of the graph that care stands on.

use std::collections::BTreeSet;

use event::{PersonId, SupplyId};

use crate::supply::order;
use crate::{
    CareFunction, Clearance, DirectoryDocument, DirectoryLimits, Error, Need, Place, Selection,
    Supplier, SupplierKind,
};

use super::{Known, few, forward, repeated, unknown};

impl<'a> Known<'a> {
    pub(super) fn groups(
        &mut self,
        document: &'a DirectoryDocument,
        limits: &DirectoryLimits,
    ) -> Result<(), Error> {
        let groups = &document.asset_groups;
        let list = Place::list("asset_groups");
        few(groups.len(), "groups", limits.asset_groups_max, &list)?;
        for (index, it) in groups.iter().enumerate() {
            let place = Place::entry("asset_groups", index);
            if !self.groups.insert(&it.id) {
                return Err(repeated(&place, "group", it.id.as_str()));
            }
            self.text(&it.name, &place, "name")?;
            let most = limits.assets_per_group_max;
            few(it.assets.len(), "assets", most, &place)?;
            for asset in &it.assets {
                if !self.assets.contains_key(asset.as_str()) {
                    return Err(unknown(&place.key("assets"), "asset", asset.as_str()));
                }
            }
            match &it.select {
                Some(select) => self.selection(select, &place.key("select"))?,
                None if it.assets.is_empty() => return Err(Error::Empty { place }),
                None => {}
            }
        }
        Ok(())
    }

    /// A selection that says nothing would choose every asset of the group.
    fn selection(&self, it: &Selection, place: &Place) -> Result<(), Error> {
        if *it == Selection::default() {
            return Err(Error::Empty {
                place: place.clone(),
            });
        }
        if let Some(establishment) = &it.establishment {
            self.knows_establishment(establishment, &place.key("establishment"))?;
        }
        it.kind
            .as_ref()
            .map_or(Ok(()), |kind| self.text(kind, place, "kind"))
    }

    pub(super) fn supply(
        &self,
        document: &DirectoryDocument,
        limits: &DirectoryLimits,
    ) -> Result<(), Error> {
        let (functions, suppliers) = (&document.care_functions, &document.suppliers);
        for (list, count, most) in [
            ("care_functions", functions.len(), limits.care_functions_max),
            ("suppliers", suppliers.len(), limits.suppliers_max),
            (
                "clearances",
                document.clearances.len(),
                limits.clearances_max,
            ),
        ] {
            few(count, "entries", most, &Place::list(list))?;
        }
        let mut graph = Graph {
            nodes: BTreeSet::new(),
            dependencies: 0,
            limits,
        };
        for (id, place) in ids(functions, suppliers) {
            if !graph.nodes.insert(id) {
                return Err(repeated(&place(), "supply", id.as_str()));
            }
        }
        for (index, it) in functions.iter().enumerate() {
            let place = Place::entry("care_functions", index);
            self.care_function(it, &place)?;
            graph.needs(it.needs.as_ref(), &place)?;
        }
        for (index, it) in suppliers.iter().enumerate() {
            let place = Place::entry("suppliers", index);
            self.supplier(it, &place)?;
            graph.needs(it.needs.as_ref(), &place)?;
        }
        if let Err(stuck) = order(functions, suppliers) {
            let first = stuck.first().copied().unwrap_or_default();
            let (id, place) = match ids(functions, suppliers).nth(first) {
                Some((id, place)) => (id.to_string(), place()),
                None => (String::new(), Place::list("care_functions")),
            };
            return Err(Error::Cycle { place, id });
        }
        for (index, it) in document.clearances.iter().enumerate() {
            let place = Place::entry("clearances", index);
            self.clearance(it, &graph, &place)?;
        }
        Ok(())
    }

    fn care_function(&self, it: &CareFunction, place: &Place) -> Result<(), Error> {
        self.text(&it.name, place, "name")?;
        self.text(&it.safe_state, place, "safe_state")?;
        match &it.establishment {
            Some(establishment) => self.location(establishment, it.unit.as_ref(), place),
            None if it.unit.is_some() => Err(Error::Empty {
                place: place.key("establishment"),
            }),
            None => Ok(()),
        }
    }

    fn supplier(&self, it: &Supplier, place: &Place) -> Result<(), Error> {
        if let Some(establishment) = &it.establishment {
            self.knows_establishment(establishment, &place.key("establishment"))?;
        }
        match (self.assets.get(it.id.as_str()), &it.establishment) {
            (Some(&of_asset), Some(said)) if of_asset != said => Err(Error::ElsewhereThanAsset {
                place: place.key("establishment"),
                establishment: of_asset.clone(),
            }),
            (None, _) if it.kind == SupplierKind::Device => {
                Err(unknown(&place.key("id"), "asset", it.id.as_str()))
            }
            _ => Ok(()),
        }
    }

    fn clearance(&self, it: &Clearance, graph: &Graph<'_>, place: &Place) -> Result<(), Error> {
        self.text(&it.reason, place, "reason")?;
        let entries = it.supplies.len().saturating_add(it.groups.len());
        if entries == 0 {
            return Err(Error::Empty {
                place: place.clone(),
            });
        }
        let most = graph.limits.clearance_entries_max;
        few(entries, "entries", most, place)?;
        for id in &it.supplies {
            let text = id.as_str();
            let is_known = self.assets.contains_key(text)
                || PersonId::new(text).is_ok_and(|it| self.persons.contains_key(&it))
                || graph.nodes.contains(id);
            if !is_known {
                return Err(unknown(&place.key("supplies"), "supply", text));
            }
        }
        for group in &it.groups {
            if !self.groups.contains(group) {
                return Err(unknown(&place.key("groups"), "group", group.as_str()));
            }
        }
        if !self.persons.contains_key(&it.by) {
            return Err(unknown(&place.key("by"), "person", it.by.as_str()));
        }
        forward(it.from, Some(it.until), place)
    }
}

/// The nodes seen so far, and how much they need in all.
struct Graph<'a> {
    nodes: BTreeSet<&'a SupplyId>,
    dependencies: usize,
    limits: &'a DirectoryLimits,
}

impl Graph<'_> {
    fn needs(&mut self, need: Option<&Need>, place: &Place) -> Result<(), Error> {
        let Some(need) = need else { return Ok(()) };
        self.need(need, 1, &place.key("needs"))
    }

    fn need(&mut self, need: &Need, level: usize, place: &Place) -> Result<(), Error> {
        few(level, "levels", self.limits.need_levels_max, place)?;
        let (parts, wanted) = match need {
            Need::Supply(dependency) => {
                self.dependencies = self.dependencies.saturating_add(1);
                let most = self.limits.dependencies_max;
                few(self.dependencies, "dependencies", most, place)?;
                if self.nodes.contains(&dependency.on) {
                    return Ok(());
                }
                let id = dependency.on.as_str();
                return Err(unknown(&place.key("on"), "supply", id));
            }
            Need::AllOf(parts) => (parts, None),
            Need::AnyOf(parts) => (parts, Some(1)),
            Need::AtLeast(it) => (&it.of, Some(it.count)),
        };
        few(parts.len(), "parts", self.limits.need_parts_max, place)?;
        match wanted {
            Some(0) => {
                let place = place.clone();
                return Err(Error::Empty { place });
            }
            Some(count) if usize::try_from(count).is_ok_and(|count| count <= parts.len()) => {}
            Some(count) => {
                return Err(Error::Impossible {
                    place: place.clone(),
                    count,
                    parts: parts.len(),
                });
            }
            None => {}
        }
        let deeper = level.saturating_add(1);
        let mut parts = parts.iter().enumerate();
        parts.try_for_each(|(index, part)| self.need(part, deeper, &place.nested("of", index)))
    }
}

/// A node's identity, and where it is written.
type Written<'a> = (&'a SupplyId, Box<dyn Fn() -> Place>);

/// The identity of each node and its place, functions first.
fn ids<'a>(
    functions: &'a [CareFunction],
    suppliers: &'a [Supplier],
) -> impl Iterator<Item = Written<'a>> {
    let functions = functions.iter().map(|it| &it.id).enumerate();
    let suppliers = suppliers.iter().map(|it| &it.id).enumerate();
    let functions = functions.map(|(n, id)| (id, "care_functions", n));
    let all = functions.chain(suppliers.map(|(n, id)| (id, "suppliers", n)));
    all.map(|(id, list, n)| {
        let place: Box<dyn Fn() -> Place> = Box::new(move || Place::entry(list, n));
        (id, place)
    })
}
