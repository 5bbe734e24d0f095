//! A search, planned and followed by the door.
//!
//! The upstream is only ever asked plain searches. What it finds is decided entry by entry, pages
//! are filled up with what may be shown, and chains, `_has` and includes are followed from resources
//! that may be shown.
//!
//! INVARIANT: the answer depends on nothing that is hidden from the person: it is the answer of a
//! server that holds only what this person may see. Limits and time are the exception.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use bytes::Bytes;
use event::PatientId;
use policy::{Action, Permit};
use wire::fhir::{
    Answer, BundleType, COUNT_MAX, Condition, Filter, Id, Membership, Next, Resource, ResourceType,
    Scope, Search, SearchMode, Searchset, Summary, Total, TotalMode, Whose,
};

use super::page::Cursor;
use super::sift::{Release, read, unreadable};
use super::verdicts::{Judge, Verdicts};
use crate::limits::{CHAINED_MAX, PAGES_MAX, UPSTREAM_PAGE_ENTRIES};
use crate::upstream::{Fault, Fetched};

/// Where plain searches are answered.
pub(crate) trait Source: Send {
    /// The bytes at a target below the base.
    fn fetch(&mut self, target: &str) -> impl Future<Output = Result<Fetched, Fault>> + Send;

    /// The addresses by which the upstream knows itself.
    fn own_bases(&self) -> Vec<String>;
}

/// What a search stands on.
#[derive(Clone, Copy)]
pub(super) struct Ground<'s> {
    pub(super) judge: &'s Judge<'s>,
    /// The address by which clients know the service.
    pub(super) public_base: &'s str,
    /// The patients in the person's care now, when they are few.
    pub(super) panel: &'s (dyn Fn() -> Option<Vec<Id>> + Send + Sync),
}

/// Why a search has no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Fault(Fault),
    /// It is not done for this person; the code says why.
    NotDone(&'static str),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A page of an answer, its link to the next one still missing.
#[derive(Debug)]
pub(super) struct Hit<'s> {
    searchset: Searchset<'s>,
    total: Total,
    pub(super) next: Option<Cursor>,
    pub(super) permits: Vec<Permit>,
    pub(super) patients: BTreeSet<PatientId>,
    pub(super) withheld: u32,
}

impl Hit<'_> {
    /// The page as it may leave; `next` is the target of the following one.
    pub(super) fn release(self, next: Option<&str>) -> Release {
        Release {
            permits: self.permits,
            patients: self.patients,
            resources: u32::try_from(self.searchset.entries()).unwrap_or(u32::MAX),
            withheld: self.withheld,
            body: Bytes::from(self.searchset.finish(self.total, next)),
        }
    }
}

/// A resource that may be shown, taken out of its page.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) resource_type: ResourceType,
    pub(super) id: Option<Id>,
    pub(super) raw: String,
    pub(super) patients: BTreeSet<PatientId>,
}

/// What entries of a plain search are wanted.
pub(super) struct Wanted {
    pub(super) resource_type: ResourceType,
    /// One of these patients has to be the entry's own; nobody in particular when empty.
    pub(super) of: BTreeSet<Id>,
}

/// A search under way.
pub(super) struct Searching<'s, S> {
    pub(super) source: &'s mut S,
    pub(super) ground: Ground<'s>,
    pub(super) verdicts: Verdicts<'s>,
    pub(super) withheld: u32,
}

/// Runs a search from its beginning, or on from where it stopped.
pub(super) async fn run<'s, S: Source>(
    search: &'s Search,
    from: Option<Cursor>,
    source: &'s mut S,
    ground: Ground<'s>,
) -> Result<Hit<'s>, Stop> {
    let searching = Searching {
        source,
        ground,
        verdicts: Verdicts::new(ground.judge),
        withheld: 0,
    };
    searching.run(search, from).await
}

/// The resources that a search finds among those that may be shown; `None` when they are more than
/// `most`.
pub(super) async fn find<S: Source>(
    search: &Search,
    source: &mut S,
    ground: Ground<'_>,
    most: usize,
) -> Result<Option<Vec<Taken>>, Stop> {
    let mut searching = Searching {
        source,
        ground,
        verdicts: Verdicts::new(ground.judge),
        withheld: 0,
    };
    let Some((patients, further)) = searching.conditions(search).await? else {
        return Ok(Some(Vec::new()));
    };
    let target = search.plain_target(&patients, &further, UPSTREAM_PAGE_ENTRIES);
    let wanted = Wanted {
        resource_type: search.resource_type,
        of: of(search, patients),
    };
    match searching.all(target, &wanted, most).await {
        Ok(found) => Ok(Some(found)),
        Err(Stop::NotDone("search-too-wide")) => Ok(None),
        Err(stop) => Err(stop),
    }
}

impl<'s, S: Source> Searching<'s, S> {
    async fn run(mut self, search: &'s Search, from: Option<Cursor>) -> Result<Hit<'s>, Stop> {
        let target = wire::fhir::Request::Search(search.clone()).canonical_target();
        let mut searchset = Searchset::new(self.ground.public_base, &target);
        let Some((patients, further)) = self.conditions(search).await? else {
            return Ok(self.hit(searchset, Total::Counted(0), None, BTreeSet::new()));
        };
        let plain = search.plain_target(&patients, &further, upstream_count(search));
        let before = from.as_ref().map_or(0, |cursor| cursor.shown);
        let start = from.unwrap_or(Cursor {
            target: plain,
            skip: 0,
            shown: 0,
        });
        let wanted = Wanted {
            resource_type: search.resource_type,
            of: of(search, patients),
        };
        let page = self.page(search, start, &wanted).await?;
        let mut shown = BTreeSet::new();
        for taken in &page.matches {
            let id = taken.id.as_ref();
            searchset.push_raw(SearchMode::Match, taken.resource_type, id, &taken.raw);
            shown.extend(taken.patients.iter().cloned());
        }
        shown.extend(page.counted_patients);
        for taken in self.included(search, &page.matches).await? {
            let id = taken.id.as_ref();
            searchset.push_raw(SearchMode::Include, taken.resource_type, id, &taken.raw);
            shown.extend(taken.patients);
        }
        let counted = before.saturating_add(page.counted);
        let next = page.next.map(|cursor| Cursor {
            shown: before.saturating_add(searchset.matches()),
            ..cursor
        });
        let total = match search.total {
            _ if search.summary == Summary::Count => Total::Counted(counted),
            TotalMode::Accurate if before == 0 => Total::Counted(counted),
            TotalMode::Known if next.is_none() => Total::Counted(counted),
            TotalMode::Accurate | TotalMode::Known | TotalMode::Never => Total::Omitted,
        };
        Ok(self.hit(searchset, total, next, shown))
    }

    /// The patients that the search is narrowed to, and the conditions that take the place of its
    /// chains; `None` when nothing can meet them.
    async fn conditions(
        &mut self,
        search: &Search,
    ) -> Result<Option<(Vec<Id>, Vec<Filter>)>, Stop> {
        let compartment = search.resource_type.scope() == Scope::Compartment;
        let patients = match &search.whose {
            Whose::PatientsWhere(conditions) => self.patients_where(conditions).await?,
            Whose::Anyones if compartment && !search.resource_type.is_patient() => {
                (self.ground.panel)().ok_or(Stop::NotDone("search-names-no-patient"))?
            }
            Whose::Anyones | Whose::Compartment(_) | Whose::Patient(_) => Vec::new(),
        };
        let narrowed = matches!(search.whose, Whose::PatientsWhere(_))
            || matches!(search.whose, Whose::Anyones)
                && compartment
                && !search.resource_type.is_patient();
        if narrowed && patients.is_empty() {
            return Ok(None);
        }
        let asked: Vec<Id> = match search.patient() {
            Some(patient) => vec![patient.clone()],
            None => patients.clone(),
        };
        let further = self.chained(search, &asked).await?;
        Ok(further.map(|further| (patients, further)))
    }

    /// The patients, of those who may be shown, for whom conditions hold.
    async fn patients_where(&mut self, conditions: &[Condition]) -> Result<Vec<Id>, Stop> {
        let filters = self.on_patients(conditions).await?;
        let (Some(patient), Some(filters)) = (ResourceType::parse("Patient"), filters) else {
            return Ok(Vec::new());
        };
        let target = wire::fhir::plain_target(patient, &filters, UPSTREAM_PAGE_ENTRIES);
        let wanted = Wanted {
            resource_type: patient,
            of: BTreeSet::new(),
        };
        let found = self.all(target, &wanted, CHAINED_MAX).await?;
        Ok(found.into_iter().filter_map(|taken| taken.id).collect())
    }

    /// Takes one page of matches, and looks on for whether there is another.
    async fn page(
        &mut self,
        search: &Search,
        start: Cursor,
        wanted: &Wanted,
    ) -> Result<MatchPage, Stop> {
        let only_count = search.summary == Summary::Count;
        let count_all = only_count || search.total == TotalMode::Accurate && start.shown == 0;
        let limit = if only_count {
            0
        } else {
            usize::from(search.count.unwrap_or(COUNT_MAX))
        };
        let mut page = MatchPage::default();
        let ended = self
            .each(start, wanted, |resource, patients, at| {
                if page.matches.len() < limit {
                    page.matches.push(Taken::of(resource, patients));
                } else if !only_count && page.next.is_none() {
                    let (target, skip) = at;
                    page.next = Some(Cursor {
                        target: target.to_owned(),
                        skip,
                        shown: 0,
                    });
                    if !count_all {
                        return ControlFlow::Break(());
                    }
                } else if only_count {
                    page.counted_patients.extend(patients);
                }
                page.counted = page.counted.saturating_add(1);
                ControlFlow::Continue(())
            })
            .await?;
        match ended {
            End::Reached | End::Told => Ok(page),
            // So much is hidden in between that the next match was not found: the client asks on.
            End::TooFar(cursor) if !count_all && !page.matches.is_empty() => {
                page.next.get_or_insert(cursor);
                Ok(page)
            }
            End::TooFar(_) => Err(Stop::Fault(Fault::TooLarge)),
        }
    }

    /// Every wanted entry that may be shown, when there are no more than `most`.
    pub(super) async fn all(
        &mut self,
        target: String,
        wanted: &Wanted,
        most: usize,
    ) -> Result<Vec<Taken>, Stop> {
        let start = Cursor {
            target,
            skip: 0,
            shown: 0,
        };
        let mut found = Vec::new();
        let ended = self
            .each(start, wanted, |resource, patients, _| {
                found.push(Taken::of(resource, patients));
                if found.len() > most {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .await?;
        match ended {
            End::Reached => Ok(found),
            End::Told => Err(Stop::NotDone("search-too-wide")),
            End::TooFar(_) => Err(Stop::Fault(Fault::TooLarge)),
        }
    }

    /// Gives every wanted entry that may be shown to `take`, with where it stands, page after page.
    async fn each(
        &mut self,
        start: Cursor,
        wanted: &Wanted,
        mut take: impl FnMut(&Resource<'_>, BTreeSet<PatientId>, Here<'_>) -> ControlFlow<()>,
    ) -> Result<End, Stop> {
        let bases = self.source.own_bases();
        let bases: Vec<&str> = bases.iter().map(String::as_str).collect();
        let Cursor {
            mut target,
            mut skip,
            shown,
        } = start;
        for page in 0..PAGES_MAX {
            let bytes = match self.source.fetch(&target).await? {
                Fetched::Bytes(bytes) => bytes,
                // A server may know nothing of the patient whose compartment is searched.
                Fetched::Absent if page == 0 && shown == 0 => return Ok(End::Reached),
                // INVARIANT: a list that breaks off is never shown as if it were whole.
                Fetched::Absent => return Err(unreadable("page-absent").into()),
            };
            let Answer::Bundle(bundle) = read(&bytes, &bases)? else {
                return Err(unreadable("not-a-bundle").into());
            };
            if bundle.kind != BundleType::Searchset {
                return Err(unreadable("another-answer").into());
            }
            for (at, entry) in bundle.entries.iter().enumerate().skip(skip) {
                if entry.mode == SearchMode::Outcome {
                    continue;
                }
                let Some(patients) = self.verdict(wanted, &entry.resource) else {
                    self.withheld = self.withheld.saturating_add(1);
                    continue;
                };
                if take(&entry.resource, patients, (&target, at)).is_break() {
                    return Ok(End::Told);
                }
            }
            skip = 0;
            match bundle.next {
                None => return Ok(End::Reached),
                // A page that is followed by itself has no end.
                Some(Next::Target(next)) if next == target => return Err(Fault::TooLarge.into()),
                Some(Next::Target(next)) => target = next,
                Some(Next::Foreign) => return Err(unreadable("foreign-page").into()),
            }
        }
        Ok(End::TooFar(Cursor {
            target,
            skip: 0,
            shown: 0,
        }))
    }

    /// The patients whom showing an entry discloses; `None` when it is held back: because the
    /// person may not see it, or because nobody asked for it.
    fn verdict(&mut self, wanted: &Wanted, resource: &Resource<'_>) -> Option<BTreeSet<PatientId>> {
        if resource.resource_type != wanted.resource_type {
            return None;
        }
        let is_of_them = match &resource.membership {
            Membership::Patients(own) => {
                wanted.of.is_empty() || own.iter().any(|id| wanted.of.contains(id))
            }
            Membership::Open => wanted.of.is_empty(),
            _ => false,
        };
        if !is_of_them {
            return None;
        }
        self.verdicts.resource(Action::Search, resource).ok()
    }

    fn hit(
        self,
        searchset: Searchset<'s>,
        total: Total,
        next: Option<Cursor>,
        patients: BTreeSet<PatientId>,
    ) -> Hit<'s> {
        Hit {
            searchset,
            total,
            next,
            permits: self.verdicts.permits,
            patients,
            withheld: self.withheld,
        }
    }
}

/// A page of the upstream, and an entry of it by its number.
type Here<'h> = (&'h str, usize);

/// How far a search went.
enum End {
    /// To its end.
    Reached,
    /// As far as it was told to.
    Told,
    /// As far as it may; here is where it would go on.
    TooFar(Cursor),
}

/// The matches of one page.
#[derive(Default)]
struct MatchPage {
    matches: Vec<Taken>,
    next: Option<Cursor>,
    counted: u64,
    /// Whose resources were counted without being shown.
    counted_patients: BTreeSet<PatientId>,
}

impl Taken {
    fn of(resource: &Resource<'_>, patients: BTreeSet<PatientId>) -> Self {
        Self {
            resource_type: resource.resource_type,
            id: resource.id.clone(),
            raw: resource.raw.to_owned(),
            patients,
        }
    }
}

/// Whose entries a search wants.
fn of(search: &Search, patients: Vec<Id>) -> BTreeSet<Id> {
    match search.patient() {
        Some(patient) => BTreeSet::from([patient.clone()]),
        None => patients.into_iter().collect(),
    }
}

/// One more than is shown, so that most searches are one question.
fn upstream_count(search: &Search) -> u16 {
    search.count.map_or(UPSTREAM_PAGE_ENTRIES, |count| {
        count.saturating_add(1).min(UPSTREAM_PAGE_ENTRIES)
    })
}

#[cfg(test)]
pub(in crate::fhir) mod tests;
