//! `hygie incidents`: what was found, as few incidents, and whose risk stands highest.

use anyhow::Result;
use event::{EntityKind, Event};
use evidence::Records;
use locale::{Family, Value, key};
use watch::incident::{Incident, IncidentSettings, Incidents};

use super::{Ending, Words, say};
use crate::cli;
use crate::clock;
use crate::folder::DataFolder;
use crate::house::findings::{CLASSES, follow};
use crate::house::found::{Titles, about, found, instant, is_named, shown};
use crate::lake::Lake;

/// Persons, devices and establishments with the most risk that are listed, of each kind.
const RISKS_MAX: usize = 5;

/// Lists them, the gravest and newest first.
pub(crate) fn run(wanted: &cli::Incidents, words: &Words) -> Result<Ending> {
    let data = DataFolder::at(&wanted.data);
    let (incidents, titles) = folded(&data)?;
    let open = incidents.open_incidents();
    let at_us = i64::try_from(clock::now().as_us()).unwrap_or(i64::MAX);
    if wanted.json {
        for incident in open {
            say(&json(incident));
        }
        return Ok(Ending::Done);
    }
    let count = [("count", Value::from(open.len()))];
    say(&words.text(key::INCIDENTS_TITLE, &count));
    for incident in open {
        say(&line(incident, &titles, words));
    }
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
    Ok(Ending::Done)
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

fn json(incident: &Incident) -> String {
    serde_json::json!({
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
