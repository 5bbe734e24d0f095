//! The resource types of FHIR R4 and the patient compartment, as data.
//!
//! Source: the standard's list of resources, `CompartmentDefinition/patient` 4.0.1 and the
//! expressions of the search parameters it names.

use std::fmt;

mod compartments;
mod filters;
mod links;
mod table;

pub use filters::FilterKind;
pub use links::Link;

/// One of the 146 concrete resource types of FHIR R4.
#[derive(Clone, Copy)]
pub struct ResourceType(&'static Definition);

impl ResourceType {
    /// The type with this exact, case-sensitive name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let index = table::TABLE
            .binary_search_by(|row| row.name.cmp(name))
            .ok()?;
        table::TABLE.get(index).map(Self)
    }

    /// All types, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        table::TABLE.iter().map(Self)
    }

    /// The name in the standard.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// Who may be concerned by a resource of this type.
    #[must_use]
    pub const fn scope(self) -> Scope {
        self.0.scope
    }

    /// The search parameters that link this type to its patient.
    #[must_use]
    pub const fn patient_search(self) -> PatientSearch {
        self.0.search
    }

    /// A search parameter that narrows resources of this type, by its name.
    pub(super) fn filter(self, name: &str) -> Option<(&'static str, FilterKind)> {
        self.filters().find(|(known, _)| *known == name)
    }

    /// Whether resources of this type can be searched at the door.
    #[must_use]
    pub fn is_searchable(self) -> bool {
        self.patient_search() != PatientSearch::Absent || !self.own_filters().is_empty()
    }

    /// Whether a bulk export may hold resources of this type: those that belong to patients, and
    /// with `with_open` those that belong to nobody.
    #[must_use]
    pub fn is_exported(self, with_open: bool) -> bool {
        let scope = self.scope();
        self.is_searchable() && (scope == Scope::Compartment || with_open && scope == Scope::Open)
    }

    /// The search parameters that narrow resources of this type; none where it cannot be searched.
    pub fn filters(self) -> impl Iterator<Item = (&'static str, FilterKind)> {
        let common = if self.is_searchable() {
            filters::COMMON
        } else {
            &[]
        };
        common.iter().chain(self.own_filters()).copied()
    }

    fn own_filters(self) -> &'static [(&'static str, FilterKind)] {
        filters::TABLE
            .binary_search_by(|(name, _)| (*name).cmp(self.name()))
            .ok()
            .and_then(|at| filters::TABLE.get(at))
            .map_or(&[][..], |(_, own)| own)
    }

    /// The elements through which a resource of this type belongs to a patient's compartment, each
    /// as the names from the root down; arrays are transparent.
    ///
    /// Empty when the type is outside the compartment.
    #[must_use]
    pub const fn compartment_paths(self) -> &'static [&'static [&'static str]] {
        self.0.compartment
    }

    /// Whether this is `Patient`.
    #[must_use]
    pub fn is_patient(self) -> bool {
        self.name() == "Patient"
    }
}

impl PartialEq for ResourceType {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for ResourceType {}

impl PartialOrd for ResourceType {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceType {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.name().cmp(other.name())
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who may be concerned by the resources of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Neither in the patient compartment nor known to be free of patient data: refused.
    Closed,
    /// Belongs to patients through its compartment elements.
    Compartment,
    /// Describes the organisation or the vocabulary and is read without a patient.
    Open,
    /// `OperationOutcome`: says how the request went and belongs to nobody.
    Outcome,
}

/// The search parameters that reach the same patient element.
///
/// A parameter counts only when the standard defines it on the type with `Patient` as a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatientSearch {
    /// No such parameter: the type is not searchable by patient.
    Absent,
    /// `patient` and `subject`, on the same element.
    Both,
    /// `patient` only.
    Patient,
    /// `subject` only.
    Subject,
}

/// One row of the table.
struct Definition {
    name: &'static str,
    scope: Scope,
    search: PatientSearch,
    compartment: &'static [&'static [&'static str]],
}

#[cfg(test)]
mod tests;
