//! `hygie incidents`: what was found, as few incidents, and whose risk stands highest.

use std::collections::BTreeMap;

use anyhow::Result;
use event::{EntityKind, Event, Timestamp};
use evidence::Records;
use hospital::{Alerted, Directory};
use locale::{Family, Value, key};
use watch::incident::{Incident, IncidentSettings, Incidents};

use super::explain::read_directory;
use super::{Ending, Words, say};
use crate::cli;
use crate::clock;
use crate::folder::DataFolder;
use crate::house::alerts::{Told, devices};
use crate::house::findings::{CLASSES, follow};
use crate::house::found::{Titles, about, found, instant, is_named, shown};
use crate::lake::Lake;

/// Persons, devices and establishments with the most risk that are listed, of each kind.
const RISKS_MAX: usize = 5;

/// Lists them, the gravest and newest first.
pub(crate) fn run(wanted: &cli::Incidents, words: &Words) -> Result<Ending> {
    let data = DataFolder::at(&wanted.data);
    let (incidents, titles) = folded(&data)?;
    let directory = wanted.directory.as_deref().map(read_directory);
    let directory = directory.transpose()?;
    let now = clock::now();
    let mut told = directory.as_ref().map(|it| Told::new(it, None, now));
    let open = incidents.open_incidents().into_iter().map(|incident| {
        let told = told.as_mut();
        let alerted = told.map(|it| it.of(devices(incident), wanted.person.as_ref()));
        (incident, alerted.unwrap_or_default())
    });
    let open = open.filter(|(_, alerted)| wanted.person.is_none() || !alerted.is_empty());
    let open: Vec<(&Incident, Vec<Alerted<'_>>)> = open.collect();
    if wanted.json {
        for (incident, alerted) in open {
            say(&json(incident, &alerted));
        }
        return Ok(Ending::Done);
    }
    let count = [("count", Value::from(open.len()))];
    say(&words.text(key::INCIDENTS_TITLE, &count));
    for (incident, alerted) in open {
        say(&line(incident, &titles, words));
        if let Some(directory) = &directory {
            for device in &alerted {
                say(&format!("  {}", answering(device, directory, words)));
            }
        }
    }
    if wanted.person.is_none() {
        tell_risks(&incidents, now, words);
    }
    Ok(Ending::Done)
}

/// Whose risk stands highest.
fn tell_risks(incidents: &Incidents, now: Timestamp, words: &Words) {
    let at_us = i64::try_from(now.as_us()).unwrap_or(i64::MAX);
    let kinds = [
        EntityKind::Person,
        EntityKind::Device,
        EntityKind::Establishment,
    ];
    for kind in kinds {
        for (entity, risk) in incidents.risks().highest(kind, at_us, RISKS_MAX) {
            // What has faded below one point tells nothing.
            if risk >= 1_000 && is_named(entity) {
                let (name, points) = (shown(entity), (risk / 1_000).to_string());
                let values = [
                    ("entity", Value::Text(&name)),
                    ("points", Value::Text(&points)),
                ];
                say(&words.text(key::INCIDENTS_RISK, &values));
            }
        }
    }
}

/// A device, and who answers for it now.
fn answering(device: &Alerted<'_>, directory: &Directory, words: &Words) -> String {
    let asset = Value::Text(&device.asset.name);
    if device.persons.is_empty() {
        return words.text(key::INCIDENTS_ALERTED_NOBODY, &[("name", asset)]);
    }
    let persons = device.persons.iter().map(|(aspect, persons)| {
        let aspect = words.label(Family::Aspect, aspect.code());
        let names = persons.iter().map(|person| directory.name_of(person));
        format!("{} ({aspect})", names.collect::<Vec<_>>().join(", "))
    });
    let persons = persons.collect::<Vec<_>>().join(", ");
    let values = [("name", asset), ("persons", Value::Text(&persons))];
    words.text(key::INCIDENTS_ALERTED, &values)
}

/// Folds the findings that are kept among decisions.
fn folded(data: &DataFolder) -> Result<(Incidents, Titles)> {
    let source = Lake::of_folder(data)?.source(false);
    let mut incidents = Incidents::new(IncidentSettings::default());
    let mut titles = Titles::new();
    let records = Records::open(&data.evidence(), 0, source);
    let mut records = records.with_classes(CLASSES);
    while let Some(record) = records.read()? {
        // An event of a later version is passed over; it stays in the log as it is.
        let Ok(event) = Event::from_bytes(record.payload) else {
            continue;
        };
        if let Event::FindingRaised(raised) = &event {
            titles.insert(raised.finding.id.clone(), raised.title.clone());
        }
        follow(&mut incidents, event);
    }
    Ok((incidents, titles))
}

fn line(incident: &Incident, titles: &Titles, words: &Words) -> String {
    let number = incident.id.to_string();
    let (about, rules) = (
        about(incident).join(", "),
        found(incident, titles).join(", "),
    );
    let level = words.label(Family::Level, incident.level.name());
    let (first, last) = (
        instant(incident.first_us).to_string(),
        instant(incident.last_us).to_string(),
    );
    words.text(
        key::INCIDENTS_LINE,
        &[
            ("number", Value::Text(&number)),
            ("level", Value::Text(&level)),
            ("about", Value::Text(&about)),
            ("rules", Value::Text(&rules)),
            ("first", Value::Text(&first)),
            ("last", Value::Text(&last)),
        ],
    )
}

fn json(incident: &Incident, alerted: &[Alerted<'_>]) -> String {
    let alerted = alerted.iter().map(|it| {
        let persons = it.persons.iter().map(|(aspect, all)| (aspect.code(), all));
        let persons: BTreeMap<&str, _> = persons.collect();
        serde_json::json!({ "asset": it.asset.id, "persons": persons })
    });
    serde_json::json!({
        "alerted": alerted.collect::<Vec<_>>(),
        "incident": incident.id,
        "level": incident.level,
        "entities": incident.entities,
        "findings": incident.findings,
        "techniques": incident.techniques,
        "first": instant(incident.first_us),
        "last": instant(incident.last_us),
        "unlisted": incident.unlisted,
    })
    .to_string()
}
