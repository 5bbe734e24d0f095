//! Following links: chains and `_has` before a search, includes after it.
//!
//! A chain is answered only where nothing that it looks at can be hidden from the person by its
//! type or labels; otherwise a missing match could be one that is hidden, and the person is told so
//! instead of being shown a shorter list.

use std::collections::{BTreeMap, BTreeSet};

use policy::Action;
use wire::fhir::disclosure::named_by;
use wire::fhir::{
    Chain, Condition, Direction, Filter, Id, Include, ResourceType, ReverseChain, Scope, Search,
    Whose,
};

use super::search::{Searching, Source, Stop, Taken, Wanted};
use super::verdicts::patient_of;
use crate::limits::{
    CHAINED_MAX, IDS_PER_QUESTION_MAX, INCLUDE_DEPTH_MAX, INCLUDED_MAX, UPSTREAM_PAGE_ENTRIES,
};

/// A resource of this service.
type Key = (ResourceType, Id);

impl<S: Source> Searching<'_, S> {
    /// The conditions that take the place of chains; `None` when nothing can meet them.
    pub(super) async fn chained(
        &mut self,
        search: &Search,
        patients: &[Id],
    ) -> Result<Option<Vec<Filter>>, Stop> {
        // INVARIANT: whether a chain is answered depends on the policy alone, so every step of every
        // chain is asked about before any is followed: one that finds nothing ends the search.
        for chain in &search.chains {
            self.may_look_at(chain.target, &chain.condition, patients)?;
        }
        for chain in &search.reverse_chains {
            self.may_look_at(chain.source, &chain.condition, patients)?;
        }
        let mut further = Vec::new();
        for chain in &search.chains {
            let Some(filter) = self.chain(chain, patients).await? else {
                return Ok(None);
            };
            further.push(filter);
        }
        for chain in &search.reverse_chains {
            let found = self.reverse_chain(search.resource_type, chain, patients);
            let Some(filter) = found.await? else {
                return Ok(None);
            };
            further.push(filter);
        }
        Ok(Some(further))
    }

    /// The plain conditions on patients that stand for any; `None` when nobody can meet them.
    pub(super) async fn on_patients(
        &mut self,
        conditions: &[Condition],
    ) -> Result<Option<Vec<Filter>>, Stop> {
        let Some(patient) = ResourceType::parse("Patient") else {
            return Ok(None);
        };
        for condition in conditions {
            self.may_follow(condition, &[])?;
        }
        let mut filters = Vec::new();
        for condition in conditions {
            match self.plain(patient, condition, &[]).await? {
                Some(filter) => filters.push(filter),
                None => return Ok(None),
            }
        }
        Ok(Some(filters))
    }

    /// The condition on the resource itself that stands for any; `None` when nothing can meet it.
    async fn plain(
        &mut self,
        resource_type: ResourceType,
        condition: &Condition,
        patients: &[Id],
    ) -> Result<Option<Filter>, Stop> {
        match condition {
            Condition::Plain(filter) => Ok(Some(filter.clone())),
            Condition::Chain(chain) => Box::pin(self.chain(chain, patients)).await,
            Condition::Reverse(chain) => {
                Box::pin(self.reverse_chain(resource_type, chain, patients)).await
            }
        }
    }

    async fn chain(&mut self, chain: &Chain, patients: &[Id]) -> Result<Option<Filter>, Stop> {
        let found = self
            .linked(chain.target, &chain.condition, patients)
            .await?;
        let ids: Vec<Id> = found.into_iter().filter_map(|taken| taken.id).collect();
        Ok((!ids.is_empty()).then(|| Filter::naming(&chain.link, chain.target, &ids)))
    }

    async fn reverse_chain(
        &mut self,
        named: ResourceType,
        chain: &ReverseChain,
        patients: &[Id],
    ) -> Result<Option<Filter>, Stop> {
        let found = self
            .linked(chain.source, &chain.condition, patients)
            .await?;
        let bases = self.source.own_bases();
        let bases: Vec<&str> = bases.iter().map(String::as_str).collect();
        let ids: BTreeSet<Id> = found
            .iter()
            .flat_map(|taken| named_by(&taken.raw, &chain.link, &bases))
            .filter(|(resource_type, _)| *resource_type == named)
            .map(|(_, id)| id)
            .collect();
        if ids.len() > CHAINED_MAX {
            return Err(Stop::NotDone("search-too-wide"));
        }
        Ok((!ids.is_empty()).then(|| Filter::of_ids(&ids)))
    }

    /// The resources behind one step, of the same patients where they belong to patients.
    async fn linked(
        &mut self,
        resource_type: ResourceType,
        condition: &Condition,
        patients: &[Id],
    ) -> Result<Vec<Taken>, Stop> {
        let Some(filter) = self.plain(resource_type, condition, patients).await? else {
            return Ok(Vec::new());
        };
        let (whose, of) = match (resource_type.scope(), patients) {
            (Scope::Open, _) => (Whose::Anyones, BTreeSet::new()),
            (Scope::Compartment, [patient]) => (
                Whose::Patient(patient.clone()),
                BTreeSet::from([patient.clone()]),
            ),
            _ => return Err(Stop::NotDone("chain-names-no-patient")),
        };
        let step = Search {
            whose,
            filters: vec![filter],
            ..Search::of_type(resource_type)
        };
        let target = step.plain_target(&[], &[], UPSTREAM_PAGE_ENTRIES);
        self.all(target, &Wanted { resource_type, of }, CHAINED_MAX)
            .await
    }

    /// Whether nothing that a condition leads to can be hidden from the person.
    fn may_follow(&mut self, condition: &Condition, patients: &[Id]) -> Result<(), Stop> {
        match condition {
            Condition::Plain(_) => Ok(()),
            Condition::Chain(chain) => self.may_look_at(chain.target, &chain.condition, patients),
            Condition::Reverse(chain) => self.may_look_at(chain.source, &chain.condition, patients),
        }
    }

    /// Whether nothing of one step and of those behind it can be hidden from the person.
    ///
    /// INVARIANT: this depends on the policy alone, never on what is there.
    fn may_look_at(
        &mut self,
        resource_type: ResourceType,
        condition: &Condition,
        patients: &[Id],
    ) -> Result<(), Stop> {
        let patient = match (resource_type.scope(), patients) {
            (Scope::Open, _) => None,
            (Scope::Compartment, [patient]) => Some(
                patient_of(patient).map_err(|_invalid| Stop::NotDone("chain-names-no-patient"))?,
            ),
            _ => return Err(Stop::NotDone("chain-names-no-patient")),
        };
        let all = self
            .verdicts
            .sees_all(Action::Search, resource_type, patient.as_ref());
        if !all {
            return Err(Stop::NotDone("chain-reaches-hidden"));
        }
        self.may_follow(condition, patients)
    }

    /// What the matches bring along, in a fixed order.
    ///
    /// INVARIANT: links are followed from what is shown only: a hidden match brings nothing along.
    pub(super) async fn included(
        &mut self,
        search: &Search,
        matches: &[Taken],
    ) -> Result<Vec<Taken>, Stop> {
        let mut included: Vec<Taken> = Vec::new();
        let mut known: BTreeSet<Key> = matches.iter().filter_map(key_of).collect();
        let mut from: Vec<Taken> = if search.includes.is_empty() {
            Vec::new()
        } else {
            matches.to_vec()
        };
        for depth in 0..INCLUDE_DEPTH_MAX {
            let mut brought = Vec::new();
            let followed = search.includes.iter().filter(|it| depth == 0 || it.iterate);
            for include in followed {
                for taken in self.include(include, &from).await? {
                    if key_of(&taken).is_some_and(|key| known.insert(key)) {
                        brought.push(taken);
                    }
                }
            }
            if brought.is_empty() {
                break;
            }
            included.extend(brought.iter().cloned());
            if included.len() > INCLUDED_MAX {
                return Err(Stop::NotDone("search-too-wide"));
            }
            from = brought;
        }
        Ok(included)
    }

    async fn include(&mut self, include: &Include, from: &[Taken]) -> Result<Vec<Taken>, Stop> {
        match include.direction {
            Direction::Forward => self.named(include, from).await,
            Direction::Reverse => self.naming(include, from).await,
        }
    }

    /// What resources name by a link.
    async fn named(&mut self, include: &Include, from: &[Taken]) -> Result<Vec<Taken>, Stop> {
        let bases = self.source.own_bases();
        let bases: Vec<&str> = bases.iter().map(String::as_str).collect();
        let mut wanted: BTreeMap<ResourceType, BTreeSet<Id>> = BTreeMap::new();
        for taken in from.iter().filter(|it| it.resource_type == include.source) {
            for (resource_type, id) in named_by(&taken.raw, &include.link, &bases) {
                let is_meant = include.target.is_none_or(|only| only == resource_type);
                let is_readable = matches!(resource_type.scope(), Scope::Compartment | Scope::Open);
                if is_meant && is_readable {
                    wanted.entry(resource_type).or_default().insert(id);
                }
            }
        }
        let mut found = Vec::new();
        for (resource_type, ids) in wanted {
            let ids: Vec<Id> = ids.into_iter().collect();
            for some in ids.chunks(IDS_PER_QUESTION_MAX) {
                let filter = Filter::of_ids(some);
                let target =
                    wire::fhir::plain_target(resource_type, &[filter], UPSTREAM_PAGE_ENTRIES);
                let of = BTreeSet::new();
                let some_found = self
                    .all(target, &Wanted { resource_type, of }, INCLUDED_MAX)
                    .await?;
                // A server that ignores the ids brings along nothing that was not named.
                let meant = some_found
                    .into_iter()
                    .filter(|taken| taken.id.as_ref().is_some_and(|id| some.contains(id)));
                found.extend(meant);
            }
        }
        found.sort_by(|a, b| (a.resource_type, &a.id).cmp(&(b.resource_type, &b.id)));
        Ok(found)
    }

    /// What names resources by a link.
    async fn naming(&mut self, include: &Include, from: &[Taken]) -> Result<Vec<Taken>, Stop> {
        let bases = self.source.own_bases();
        let bases: Vec<&str> = bases.iter().map(String::as_str).collect();
        let mut wanted: BTreeMap<ResourceType, Vec<Id>> = BTreeMap::new();
        for (resource_type, id) in from.iter().filter_map(key_of) {
            let is_meant = include.target.is_none_or(|only| only == resource_type);
            if is_meant && include.link.may_name(resource_type) {
                wanted.entry(resource_type).or_default().push(id);
            }
        }
        let source = include.source;
        let mut found = Vec::new();
        for (resource_type, ids) in wanted {
            for some in ids.chunks(IDS_PER_QUESTION_MAX) {
                let filter = Filter::naming(&include.link, resource_type, some);
                let target = wire::fhir::plain_target(source, &[filter], UPSTREAM_PAGE_ENTRIES);
                let wanted = Wanted {
                    resource_type: source,
                    of: BTreeSet::new(),
                };
                let some_found = self.all(target, &wanted, INCLUDED_MAX).await?;
                let meant = some_found.into_iter().filter(|taken| {
                    named_by(&taken.raw, &include.link, &bases)
                        .iter()
                        .any(|(named, id)| *named == resource_type && some.contains(id))
                });
                found.extend(meant);
            }
        }
        found.sort_by(|a, b| (a.resource_type, &a.id).cmp(&(b.resource_type, &b.id)));
        Ok(found)
    }
}

fn key_of(taken: &Taken) -> Option<Key> {
    Some((taken.resource_type, taken.id.clone()?))
}
