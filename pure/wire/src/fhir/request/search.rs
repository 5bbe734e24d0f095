//! A search that is understood whole: whose resources, under which conditions, in which order, and
//! what is brought along.
//!
//! The door plans it itself: what reaches the upstream are plain searches with conditions on the
//! resources ([`Search::plain_target`]); chains, `_has` and includes are followed from resources
//! that may be shown.

use super::super::id::Id;
use super::super::types::{PatientSearch, ResourceType};
use super::chain::{Chain, Condition, ReverseChain};
use super::filter::{Filter, SortKey};
use super::include::Include;

/// A search (FHIR R4 section 3.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What is searched.
    pub resource_type: ResourceType,
    /// Whose resources.
    pub whose: Whose,
    /// Conditions that all hold, in their alphabetical order.
    pub filters: Vec<Filter>,
    /// Conditions on resources that these name.
    pub chains: Vec<Chain>,
    /// Conditions on resources that name these.
    pub reverse_chains: Vec<ReverseChain>,
    /// What is brought along.
    pub includes: Vec<Include>,
    /// The order of what is found, the first key first.
    pub sort: Vec<SortKey>,
    /// Greatest number of matches in one page.
    pub count: Option<u16>,
    /// How the number of matches is told.
    pub total: TotalMode,
    /// How much of each match is told.
    pub summary: Summary,
}

/// Whose resources are searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Nobody is named: each resource that is found tells whose it is.
    Anyones,
    /// `Patient/id/Type`: what is in the compartment of this patient.
    Compartment(Id),
    /// `patient=id`: what has this patient for its patient.
    Patient(Id),
    /// `patient.identifier=...`: the patients for whom these conditions hold.
    PatientsWhere(Vec<Condition>),
}

/// `_total` (section 3.1.1.5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TotalMode {
    /// Every page is read to count.
    Accurate,
    /// Told when it is known without reading further.
    #[default]
    Known,
    /// Never told.
    Never,
}

/// `_summary` (section 3.1.1.5.8). A server may give more than `true`, `text` or `data` ask for, and
/// the door does: a resource is shown as it is, or not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Summary {
    /// Only how many there are.
    Count,
    /// Whole resources.
    #[default]
    Whole,
}

impl Search {
    /// A search for everything of a type that may be shown.
    #[must_use]
    pub fn of_type(resource_type: ResourceType) -> Self {
        Self {
            resource_type,
            whose: Whose::Anyones,
            filters: Vec::new(),
            chains: Vec::new(),
            reverse_chains: Vec::new(),
            includes: Vec::new(),
            sort: Vec::new(),
            count: None,
            total: TotalMode::default(),
            summary: Summary::default(),
        }
    }

    /// The one patient whom the search names.
    #[must_use]
    pub fn patient(&self) -> Option<&Id> {
        match &self.whose {
            Whose::Compartment(patient) | Whose::Patient(patient) => Some(patient),
            Whose::Anyones | Whose::PatientsWhere(_) => None,
        }
    }

    /// Path and query of the search as a client may write it: one spelling for each meaning.
    pub(super) fn push_target(&self, target: &mut String) {
        self.push_start(&self.whose, target);
        for filter in &self.filters {
            filter.push(target);
        }
        for chain in &self.chains {
            chain.push(target);
        }
        for chain in &self.reverse_chains {
            chain.push(target);
        }
        for include in &self.includes {
            include.push(target);
        }
        SortKey::push_all(&self.sort, target);
        if let Some(count) = self.count {
            push(target, "_count", &count.to_string());
        }
        match self.total {
            TotalMode::Accurate => push(target, "_total", "accurate"),
            TotalMode::Known => {}
            TotalMode::Never => push(target, "_total", "none"),
        }
        match self.summary {
            Summary::Count => push(target, "_summary", "count"),
            Summary::Whole => {}
        }
    }

    /// Path and query of the plain search that the upstream is asked for the matches.
    ///
    /// `patients` are those for whom conditions hold where the search has such; `further` are
    /// conditions that took the place of chains; `count` is the size of its pages.
    ///
    /// INVARIANT: holds only literals, type names, ids, numbers and escaped values of filters, never
    /// the client's bytes.
    #[must_use]
    pub fn plain_target(&self, patients: &[Id], further: &[Filter], count: u16) -> String {
        let mut target = String::new();
        match (&self.whose, patients) {
            (Whose::PatientsWhere(_), _) => {
                self.push_start(&Whose::Anyones, &mut target);
                push_patients(self.resource_type, patients, &mut target);
            }
            (Whose::Anyones, [_, ..]) => {
                self.push_start(&Whose::Anyones, &mut target);
                push_patients(self.resource_type, patients, &mut target);
            }
            (whose, _) => self.push_start(whose, &mut target),
        }
        for filter in self.filters.iter().chain(further) {
            filter.push(&mut target);
        }
        SortKey::push_all(&self.sort, &mut target);
        push(&mut target, "_count", &count.to_string());
        target
    }

    /// The query of a plain search for one patient, as a condition in a header; `None` when the
    /// search is anything more.
    #[must_use]
    pub fn condition(&self) -> Option<String> {
        let plain = self.chains.is_empty()
            && self.reverse_chains.is_empty()
            && self.includes.is_empty()
            && self.sort.is_empty()
            && matches!(self.whose, Whose::Patient(_));
        if !plain {
            return None;
        }
        let mut target = String::new();
        self.push_start(&self.whose, &mut target);
        for filter in &self.filters {
            filter.push(&mut target);
        }
        target.split_once('?').map(|(_, query)| query.to_owned())
    }

    fn push_start(&self, whose: &Whose, target: &mut String) {
        let resource_type = self.resource_type;
        match whose {
            Whose::Anyones => target.push_str(&format!("/{resource_type}")),
            Whose::Compartment(patient) => {
                target.push_str(&format!("/Patient/{patient}/{resource_type}"));
            }
            Whose::Patient(patient) => {
                target.push_str(&format!("/{resource_type}"));
                push_patients(resource_type, std::slice::from_ref(patient), target);
            }
            Whose::PatientsWhere(conditions) => {
                target.push_str(&format!("/{resource_type}"));
                let parameter = parameter_of(resource_type);
                for condition in conditions {
                    condition.push_behind(&format!("{parameter}."), target);
                }
            }
        }
    }
}

/// The plain search for resources of a type under conditions alone.
#[must_use]
pub fn plain_target(resource_type: ResourceType, filters: &[Filter], count: u16) -> String {
    let mut target = format!("/{resource_type}");
    for filter in filters {
        filter.push(&mut target);
    }
    push(&mut target, "_count", &count.to_string());
    target
}

/// Adds one parameter; the first comes after `?`.
pub(super) fn push(target: &mut String, name: &str, value: &str) {
    target.push(if target.contains('?') { '&' } else { '?' });
    target.push_str(name);
    target.push('=');
    target.push_str(value);
}

fn parameter_of(resource_type: ResourceType) -> &'static str {
    match resource_type.patient_search() {
        PatientSearch::Subject => "subject:Patient",
        PatientSearch::Absent | PatientSearch::Both | PatientSearch::Patient => "patient",
    }
}

fn push_patients(resource_type: ResourceType, patients: &[Id], target: &mut String) {
    if resource_type.is_patient() {
        let ids: Vec<&str> = patients.iter().map(Id::as_str).collect();
        return push(target, "_id", &ids.join(","));
    }
    // A bare id under `subject` could be of any type, so it is always qualified.
    let (parameter, prefix) = match resource_type.patient_search() {
        PatientSearch::Subject => ("subject", "Patient/"),
        PatientSearch::Absent | PatientSearch::Both | PatientSearch::Patient => ("patient", ""),
    };
    let names: Vec<String> = patients.iter().map(|id| format!("{prefix}{id}")).collect();
    push(target, parameter, &names.join(","));
}
