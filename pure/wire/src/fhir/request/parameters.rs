//! What a query says, each parameter at most once but for conditions, which all hold.

use std::borrow::Cow;

use super::super::id::Id;
use super::super::misunderstood::{Misunderstood, Reason};
use super::super::types::{PatientSearch, ResourceType};
use super::chain::{Chain, Condition, ReverseChain};
use super::filter::{Filter, SortKey, is_date};
use super::include::Include;
use super::path::read_token;
use super::search::{Search, Summary, TotalMode, Whose};
use super::{COUNT_MAX, ExportOf, decode, refuse};
use crate::http;
use crate::limits::{CHAINS_MAX, INCLUDES_MAX, TargetLimits};

/// The parameters of one request.
#[derive(Default)]
pub(super) struct Parameters {
    pub(super) count: Option<u16>,
    pub(super) page: Option<Box<str>>,
    pub(super) patient: Option<PatientLink>,
    patients_where: Vec<Condition>,
    filters: Vec<Filter>,
    chains: Vec<Chain>,
    reverse_chains: Vec<ReverseChain>,
    includes: Vec<Include>,
    sort: Option<Vec<SortKey>>,
    total: Option<TotalMode>,
    summary: Option<Summary>,
    export: Export,
    format_seen: bool,
    parameters: usize,
}

/// The parameters of a bulk export (FHIR Bulk Data Access, "Kick-off Request").
#[derive(Default)]
struct Export {
    /// What is exported; nothing when the interaction is no export, which alone has these.
    of: Option<ExportOf>,
    types: Option<Vec<ResourceType>>,
    since: Option<Box<str>>,
    format_seen: bool,
}

impl Parameters {
    /// For a bulk export, or for anything else.
    pub(super) fn new(export: Option<ExportOf>) -> Self {
        let mut new = Self::default();
        new.export.of = export;
        new
    }

    /// Adds a condition that the path says.
    pub(super) fn narrow_to(&mut self, filter: Filter) {
        self.filters.push(filter);
    }

    /// Reads the pairs of a query, or of the form of a `_search`.
    pub(super) fn read(
        &mut self,
        query: &str,
        searched: Option<ResourceType>,
        limits: &TargetLimits,
    ) -> Result<(), Misunderstood> {
        http::check_query(query).map_err(|bad| Misunderstood::new(Reason::Target(bad), query))?;
        if query.is_empty() {
            return Ok(());
        }
        for pair in query.split('&') {
            self.parameters = self.parameters.saturating_add(1);
            if self.parameters > limits.parameters_max {
                return refuse(Reason::ParametersTooMany, pair);
            }
            let (name, value) = read_pair(pair)?;
            self.take(searched, &name, &value)?;
        }
        Ok(())
    }

    /// The search that the parameters stand for.
    pub(super) fn into_search(
        mut self,
        resource_type: ResourceType,
        compartment: Option<Id>,
    ) -> Result<Search, Misunderstood> {
        let named = self.patient.take();
        let by_condition = !self.patients_where.is_empty();
        let whose = match (compartment, named) {
            (Some(_), Some(_)) => return refuse(Reason::DuplicateParameter, "patient"),
            (None, Some(_)) | (Some(_), None) if by_condition => {
                return refuse(Reason::DuplicateParameter, "patient");
            }
            (Some(patient), None) => Whose::Compartment(patient),
            (None, Some(link)) => Whose::Patient(link.resolve(resource_type)?),
            (None, None) if by_condition => Whose::PatientsWhere(in_order(self.patients_where)),
            (None, None) if resource_type.is_searchable() => Whose::Anyones,
            (None, None) => return refuse(Reason::TypeNotSearchable, resource_type.name()),
        };
        let mut filters = sorted(self.filters);
        let whose = match whose {
            Whose::Anyones if resource_type.is_patient() => of_patients(&mut filters)?,
            whose => whose,
        };
        Ok(Search {
            resource_type,
            whose,
            filters,
            chains: self.chains,
            reverse_chains: self.reverse_chains,
            includes: self.includes,
            sort: self.sort.unwrap_or_default(),
            count: self.count,
            total: self.total.unwrap_or_default(),
            summary: self.summary.unwrap_or_default(),
        })
    }

    /// What a bulk export asks for: types, and since when.
    pub(super) fn into_export(
        self,
    ) -> Result<(Vec<ResourceType>, Option<Box<str>>), Misunderstood> {
        let export = self.export;
        let nothing_else = Self {
            export: Export::default(),
            ..self
        };
        nothing_else.nothing_but_count(false)?;
        Ok((export.types.unwrap_or_default(), export.since))
    }

    /// The token of a page, when there is nothing else but a format.
    pub(super) fn only_page(self) -> Option<Box<str>> {
        let others = self
            .parameters
            .saturating_sub(usize::from(self.format_seen));
        self.page.filter(|_| others == 1)
    }

    /// Refuses what only a search has a use for.
    pub(super) fn nothing_but_count(self, counts: bool) -> Result<Option<u16>, Misunderstood> {
        if self.patient.is_some() {
            return refuse(Reason::ParameterNotSupported, "patient");
        }
        if self.page.is_some() {
            return refuse(Reason::ParameterNotSupported, "_page");
        }
        if self.count.is_some() && !counts {
            return refuse(Reason::ParameterNotSupported, "_count");
        }
        Ok(self.count)
    }

    fn take(
        &mut self,
        searched: Option<ResourceType>,
        name: &str,
        value: &str,
    ) -> Result<(), Misunderstood> {
        match name {
            "_count" => once(&mut self.count, read_count(value)?, name),
            "_format" if self.format_seen => refuse(Reason::DuplicateParameter, name),
            "_format" => {
                self.format_seen = true;
                read_format(value)
            }
            "patient" | "subject" | "subject:Patient" | "patient:Patient" => {
                once(&mut self.patient, PatientLink::parse(name, value)?, name)
            }
            "_page" => once(&mut self.page, read_token(value)?, name),
            "_type" if self.export.of.is_some() => {
                let with_open = self.export.of == Some(ExportOf::System);
                once(&mut self.export.types, read_types(value, with_open)?, name)
            }
            "_since" if self.export.of.is_some() => {
                once(&mut self.export.since, read_since(value)?, name)
            }
            "_outputFormat" if self.export.of.is_some() && !self.export.format_seen => {
                self.export.format_seen = true;
                read_output_format(value)
            }
            _ => match searched {
                Some(searched) => self.narrow(searched, name, value),
                None => refuse(why_not_parameter(name), name),
            },
        }
    }

    /// Takes a parameter that only a search has.
    fn narrow(
        &mut self,
        searched: ResourceType,
        name: &str,
        value: &str,
    ) -> Result<(), Misunderstood> {
        match name {
            "_sort" => {
                let keys = SortKey::parse_all(searched, value)?;
                return once(&mut self.sort, keys, name);
            }
            "_total" => return once(&mut self.total, read_total(value)?, name),
            "_summary" => return once(&mut self.summary, read_summary(value)?, name),
            _ => {}
        }
        if let Some(include) = Include::parse(searched, name, value) {
            return add(&mut self.includes, include?, INCLUDES_MAX, name);
        }
        if let Some(rest) = name.strip_prefix("_has:") {
            let chain = ReverseChain::parse(searched, rest, value)?;
            return add(&mut self.reverse_chains, chain, CHAINS_MAX, name);
        }
        if name.contains('.') && !name.starts_with('_') {
            let chain = Chain::parse(searched, name, value)?;
            if chain.target.is_patient() && is_patient_link(searched, chain.link.parameter) {
                return add(&mut self.patients_where, chain.condition, CHAINS_MAX, name);
            }
            return add(&mut self.chains, chain, CHAINS_MAX, name);
        }
        let filter = Filter::parse(searched, name, value)
            .ok_or_else(|| Misunderstood::new(why_not_parameter(name), name))??;
        self.filters.push(filter);
        Ok(())
    }
}

/// `patient=id`, `patient=Patient/id` or `subject=Patient/id`.
pub(super) struct PatientLink {
    by_subject: bool,
    patient: Id,
}

impl PatientLink {
    fn parse(name: &str, value: &str) -> Result<Self, Misunderstood> {
        let by_subject = name.starts_with("subject");
        let id = match value.strip_prefix("Patient/") {
            Some(id) => id,
            None if name == "subject" => return refuse(Reason::BadPatient, value),
            None => value,
        };
        match Id::parse(id) {
            Some(patient) => Ok(Self {
                by_subject,
                patient,
            }),
            None => refuse(Reason::BadPatient, value),
        }
    }

    fn resolve(self, resource_type: ResourceType) -> Result<Id, Misunderstood> {
        if is_patient_link(
            resource_type,
            if self.by_subject {
                "subject"
            } else {
                "patient"
            },
        ) {
            Ok(self.patient)
        } else {
            refuse(Reason::TypeNotSearchable, resource_type.name())
        }
    }
}

/// Whom a search for patients asks for: one id asks for that patient.
fn of_patients(filters: &mut Vec<Filter>) -> Result<Whose, Misunderstood> {
    if filters.is_empty() {
        // This asks for everybody.
        return refuse(Reason::SearchWithoutPatient, "Patient");
    }
    let named = filters
        .iter()
        .enumerate()
        .find_map(|(at, filter)| Some((at, filter.only_id()?)));
    Ok(match named {
        Some((at, patient)) => {
            filters.remove(at);
            Whose::Patient(patient)
        }
        None => Whose::Anyones,
    })
}

/// Whether the standard links the type to its patient by this parameter.
fn is_patient_link(resource_type: ResourceType, parameter: &str) -> bool {
    match resource_type.patient_search() {
        PatientSearch::Both => matches!(parameter, "patient" | "subject"),
        PatientSearch::Patient => parameter == "patient",
        PatientSearch::Subject => parameter == "subject",
        PatientSearch::Absent => false,
    }
}

/// One spelling for each meaning: all of them hold, in whatever order, once is enough.
fn sorted(mut filters: Vec<Filter>) -> Vec<Filter> {
    filters.sort();
    filters.dedup();
    filters
}

/// The same for conditions on the patient, by how they are written.
fn in_order(mut conditions: Vec<Condition>) -> Vec<Condition> {
    conditions.sort_by_cached_key(|condition| {
        let mut written = String::new();
        condition.push_behind("", &mut written);
        written
    });
    conditions
}

fn once<T>(place: &mut Option<T>, value: T, name: &str) -> Result<(), Misunderstood> {
    match place.replace(value) {
        Some(_) => refuse(Reason::DuplicateParameter, name),
        None => Ok(()),
    }
}

fn add<T: PartialEq>(
    list: &mut Vec<T>,
    item: T,
    most: usize,
    name: &str,
) -> Result<(), Misunderstood> {
    if list.contains(&item) {
        return Ok(());
    }
    if list.len() >= most {
        return refuse(Reason::ParametersTooMany, name);
    }
    list.push(item);
    Ok(())
}

fn read_pair(pair: &str) -> Result<(Cow<'_, str>, Cow<'_, str>), Misunderstood> {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((decode(name)?, decode(value)?)),
        // `_include` without value is still worth its own name.
        _ if !pair.is_empty() => {
            let name = decode(pair)?;
            match why_not_parameter(&name) {
                Reason::UnknownParameter => refuse(Reason::ParameterMalformed, &name),
                reason => refuse(reason, &name),
            }
        }
        _ => refuse(Reason::ParameterMalformed, pair),
    }
}

fn read_count(value: &str) -> Result<u16, Misunderstood> {
    let plain = !value.starts_with('0') && value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<u16>() {
        Ok(count) if plain && (1..=COUNT_MAX).contains(&count) => Ok(count),
        _ => refuse(Reason::BadCount, value),
    }
}

fn read_format(value: &str) -> Result<(), Misunderstood> {
    match value {
        "json" | "application/json" | "application/fhir+json" => Ok(()),
        _ => refuse(Reason::BadFormat, value),
    }
}

/// Types that belong to patients, or also those that belong to nobody, in alphabetical order.
fn read_types(value: &str, with_open: bool) -> Result<Vec<ResourceType>, Misunderstood> {
    let mut types = Vec::new();
    for name in value.split(',') {
        match ResourceType::parse(name) {
            Some(found) if found.is_exported(with_open) => types.push(found),
            Some(_) => return refuse(Reason::TypeRefused, name),
            None => return refuse(Reason::UnknownType, name),
        }
    }
    types.sort_unstable();
    types.dedup();
    Ok(types)
}

fn read_since(value: &str) -> Result<Box<str>, Misunderstood> {
    if is_date(value) && value.contains('T') {
        Ok(value.into())
    } else {
        refuse(Reason::BadFilter, value)
    }
}

fn read_output_format(value: &str) -> Result<(), Misunderstood> {
    match value {
        "application/fhir+ndjson" | "application/ndjson" | "ndjson" => Ok(()),
        _ => refuse(Reason::BadFormat, value),
    }
}

fn read_total(value: &str) -> Result<TotalMode, Misunderstood> {
    match value {
        "accurate" => Ok(TotalMode::Accurate),
        "estimate" => Ok(TotalMode::Known),
        "none" => Ok(TotalMode::Never),
        _ => refuse(Reason::BadTotal, value),
    }
}

fn read_summary(value: &str) -> Result<Summary, Misunderstood> {
    match value {
        "count" => Ok(Summary::Count),
        "data" | "false" | "text" | "true" => Ok(Summary::Whole),
        _ => refuse(Reason::BadSummary, value),
    }
}

/// Names the construct behind a parameter that is not served.
fn why_not_parameter(name: &str) -> Reason {
    const COMMON: [&str; 22] = [
        "_at",
        "_contained",
        "_containedtype",
        "_content",
        "_elements",
        "_filter",
        "_id",
        "_lastupdated",
        "_list",
        "_page",
        "_pretty",
        "_profile",
        "_query",
        "_security",
        "_since",
        "_sort",
        "_source",
        "_summary",
        "_tag",
        "_text",
        "_total",
        "_type",
    ];
    let lower = name.to_ascii_lowercase();
    let stem = lower.split([':', '.']).next().unwrap_or_default();
    match stem {
        "_include" | "_revinclude" | "includes" => Reason::Include,
        "_has" => Reason::ReverseChain,
        _ if name.contains(':') => Reason::Modifier,
        _ if name.contains('.') => Reason::Chain,
        _ if COMMON.contains(&stem) => Reason::ParameterNotSupported,
        _ => Reason::UnknownParameter,
    }
}
