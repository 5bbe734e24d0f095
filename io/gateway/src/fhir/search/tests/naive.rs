//! A second reading of records and searches, as plain as can be: no index, no plan, no shared code.

use std::collections::BTreeSet;

use event::{Confidentiality, PatientId};
use policy::{Action, Decision, Target};
use serde_json::Value;
use wire::fhir::Id;

use super::House;

/// A search in its parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pub(super) resource_type: &'static str,
    /// A patient, or `compartment`, `family`, `anyone`.
    pub(super) whose: &'static str,
    pub(super) status: Option<&'static str>,
    pub(super) code: Option<&'static str>,
    /// Parameter, type, its parameter, value.
    pub(super) chain: Option<(&'static str, &'static str, &'static str, &'static str)>,
    /// Type, its link, its parameter, value.
    pub(super) has: Option<(&'static str, &'static str, &'static str, &'static str)>,
    pub(super) includes: Vec<(&'static str, &'static str)>,
    pub(super) revincludes: Vec<(&'static str, &'static str)>,
    pub(super) iterate: bool,
    pub(super) sorted: bool,
    pub(super) count: Option<u16>,
    pub(super) accurate: bool,
    pub(super) only_count: bool,
}

impl Query {
    pub(super) fn target(&self) -> String {
        let name = self.resource_type;
        let mut target = match self.whose {
            "compartment" => format!("/Patient/p1/{name}?"),
            "family" => format!("/{name}?patient.family=Essai&"),
            "anyone" => format!("/{name}?"),
            patient => format!("/{name}?patient={patient}&"),
        };
        let mut add = |text: String| target.push_str(&format!("{text}&"));
        self.status
            .iter()
            .for_each(|it| add(format!("status={it}")));
        self.code.iter().for_each(|it| add(format!("code={it}")));
        if let Some((link, named, parameter, value)) = self.chain {
            add(format!("{link}:{named}.{parameter}={value}"));
        }
        if let Some((source, link, parameter, value)) = self.has {
            add(format!("_has:{source}:{link}:{parameter}={value}"));
        }
        for (source, link) in &self.includes {
            add(format!("_include={source}:{link}"));
        }
        for (source, link) in &self.revincludes {
            add(format!("_revinclude={source}:{link}"));
        }
        if self.iterate {
            add("_include:iterate=Observation:encounter".to_owned());
            add("_include:iterate=Encounter:location".to_owned());
        }
        if self.sorted {
            add("_sort=-date".to_owned());
        }
        self.count.iter().for_each(|it| add(format!("_count={it}")));
        if self.accurate {
            add("_total=accurate".to_owned());
        }
        if self.only_count {
            add("_summary=count".to_owned());
        }
        target.pop();
        target
    }

    pub(super) fn chains(&self) -> usize {
        usize::from(self.chain.is_some()) + usize::from(self.has.is_some())
    }

    /// The type of records that its chain or `_has` looks at.
    pub(super) fn looks_at(&self) -> Option<&'static str> {
        let chained = self.chain.map(|(_, named, ..)| named);
        let reverse = self.has.map(|(source, ..)| source);
        chained.filter(|it| *it == "Encounter").or(reverse)
    }

    /// The matches in order, and what they bring along, as a server with this store answers.
    pub(super) fn run(&self, store: &[Value], panel: &[Id]) -> (Vec<String>, BTreeSet<String>) {
        let panel: Vec<&str> = panel.iter().map(Id::as_str).collect();
        let mut found: Vec<&Value> = store
            .iter()
            .filter(|it| it["resourceType"] == self.resource_type && self.meets(it, store, &panel))
            .collect();
        if self.sorted {
            found.sort_by(|a, b| text(b, "effectiveDateTime").cmp(text(a, "effectiveDateTime")));
        }
        let matches: Vec<String> = found.iter().map(|it| key(it)).collect();
        let mut included: BTreeSet<String> = BTreeSet::new();
        let mut from: Vec<&Value> = found;
        let mut links = self.includes.clone();
        let mut first = true;
        while !from.is_empty() {
            if self.iterate {
                links.push(("Observation", "encounter"));
                links.push(("Encounter", "location"));
            }
            let reverse: &[(&str, &str)] = if first { &self.revincludes } else { &[] };
            let brought: Vec<&Value> = store
                .iter()
                .filter(|it| !matches.contains(&key(it)) && !included.contains(&key(it)))
                .filter(|it| {
                    let named = links.iter().any(|(source, link)| {
                        from.iter()
                            .filter(|shown| shown["resourceType"] == *source)
                            .any(|shown| names(shown, link).contains(&key(it)))
                    });
                    named
                        || reverse.iter().any(|(source, link)| {
                            it["resourceType"] == *source
                                && from
                                    .iter()
                                    .any(|shown| names(it, link).contains(&key(shown)))
                        })
                })
                .collect();
            included.extend(brought.iter().map(|it| key(it)));
            from = brought;
            links = Vec::new();
            first = false;
        }
        (matches, included)
    }

    fn meets(&self, it: &Value, store: &[Value], panel: &[&str]) -> bool {
        let subject = it["subject"]["reference"].as_str().unwrap_or_default();
        let subject = subject.strip_prefix("Patient/").unwrap_or_default();
        let of = match self.whose {
            "compartment" => owners(it).contains("p1"),
            "family" => store
                .iter()
                .any(|p| p["resourceType"] == "Patient" && p["id"] == subject),
            "anyone" => panel.contains(&subject),
            patient => subject == patient,
        };
        of && self.status.is_none_or(|status| it["status"] == status)
            && self
                .code
                .is_none_or(|code| it["code"]["coding"][0]["code"] == code)
            && self.chain.is_none_or(|(link, named, parameter, value)| {
                let linked = names(it, link);
                store.iter().any(|target| {
                    target["resourceType"] == named
                        && linked.contains(&key(target))
                        && same_patient(it, target)
                        && holds(target, parameter, value, store)
                })
            })
            && self.has.is_none_or(|(source, link, parameter, value)| {
                store.iter().any(|from| {
                    from["resourceType"] == source
                        && names(from, link).contains(&key(it))
                        && same_patient(it, from)
                        && holds(from, parameter, value, store)
                })
            })
    }
}

/// A chain stays with the patient: what belongs to another one is not looked at.
fn same_patient(one: &Value, other: &Value) -> bool {
    other["subject"].is_null() || one["subject"] == other["subject"]
}

/// Whether the last condition of a chain holds, or what the next step of it leads to.
fn holds(resource: &Value, parameter: &str, value: &str, store: &[Value]) -> bool {
    match parameter {
        "location:Location.name" => store.iter().any(|place| {
            place["resourceType"] == "Location"
                && names(resource, "location").contains(&key(place))
                && has_value(place, "name", value)
        }),
        "_has:DiagnosticReport:result:status" => store.iter().any(|report| {
            report["resourceType"] == "DiagnosticReport"
                && names(report, "result").contains(&key(resource))
                && same_patient(resource, report)
                && has_value(report, "status", value)
        }),
        _ => has_value(resource, parameter, value),
    }
}

fn has_value(resource: &Value, parameter: &str, value: &str) -> bool {
    let found = match parameter {
        "class" => &resource["class"]["code"],
        "family" => &resource["name"][0]["family"],
        "name" => &resource["name"],
        "code" => &resource["code"]["coding"][0]["code"],
        _ => &resource[parameter],
    };
    found == value
}

/// What a resource names by a link.
pub(super) fn names(resource: &Value, link: &str) -> BTreeSet<String> {
    let at = match link {
        "location" => resource["location"][0]["location"].clone(),
        "patient" => resource["subject"].clone(),
        other => resource[other].clone(),
    };
    let mut found = BTreeSet::new();
    let items = at.as_array().cloned().unwrap_or_else(|| vec![at]);
    found.extend(
        items
            .iter()
            .filter_map(|it| it["reference"].as_str().map(str::to_owned)),
    );
    found
}

pub(super) fn key(resource: &Value) -> String {
    format!(
        "{}/{}",
        text(resource, "resourceType"),
        text(resource, "id")
    )
}

fn text<'v>(resource: &'v Value, name: &str) -> &'v str {
    resource[name].as_str().unwrap_or_default()
}

/// The patients whose record a resource is part of.
pub(super) fn owners(resource: &Value) -> BTreeSet<String> {
    if resource["resourceType"] == "Patient" {
        return BTreeSet::from([text(resource, "id").to_owned()]);
    }
    let performers = match text(resource, "resourceType") {
        "Observation" | "DiagnosticReport" => names(resource, "performer"),
        _ => BTreeSet::new(),
    };
    let named = names(resource, "subject").into_iter().chain(performers);
    named
        .filter_map(|name| name.strip_prefix("Patient/").map(str::to_owned))
        .collect()
}

/// Whether a person may see a resource.
pub(super) fn visible(house: &House, who: &str, resource: &Value) -> bool {
    let name = text(resource, "resourceType");
    if matches!(name, "Practitioner" | "Location") {
        return true;
    }
    let level = match resource["meta"]["security"][0]["code"].as_str() {
        Some("V") => Confidentiality::VeryRestricted,
        Some(_) => Confidentiality::Restricted,
        None => Confidentiality::Normal,
    };
    let may = |patient: &str, name: &str, confidentiality| {
        let patient = PatientId::new(patient).unwrap();
        let target = Target::Record {
            patient: &patient,
            resource_type: name,
            confidentiality,
        };
        let decision = house.decide(who, Action::Search, target);
        matches!(decision, Decision::Permit(_))
    };
    let owners = owners(resource);
    // Somebody who is named by a number alone could be anybody.
    if resource["extension"][0]["valueReference"]["identifier"].is_object() {
        return false;
    }
    let mentioned = resource["extension"][0]["valueReference"]["reference"].as_str();
    let mentioned = mentioned.and_then(|it| it.strip_prefix("Patient/"));
    !owners.is_empty()
        && owners.iter().all(|owner| may(owner, name, level))
        && mentioned.is_none_or(|patient| may(patient, "Patient", Confidentiality::Normal))
}
