//! `hygie evidence export`: evidence as FHIR `AuditEvent`, one on a line.

use std::io::{self, BufWriter, Write as _};

use anyhow::{Context as _, Result};
use audit::{Profile, Projector};
use console::Fold;
use event::{Event, PatientRef, Timestamp};
use evidence::Records;

use super::{Ending, Usage};
use crate::cli::{AuditFormat, Export};
use crate::folder::DataFolder;
use crate::lake::Lake;

/// Writes the accesses, refusals, openings, ends and reviews of a time as NDJSON.
///
/// The log is read from its beginning, for the end of an opening tells what its declaration said;
/// what lies outside the time is read and not written.
pub(crate) fn run(export: &Export) -> Result<Ending> {
    let data = DataFolder::at(&export.data);
    let sealer = export.unseal.then(|| data.sealer()).transpose()?;
    let observer = data.public_key()?.to_string();
    let origin = observer.split('+').next().unwrap_or_default();
    let (from, to) = (
        instant(export.from.as_deref())?,
        instant(export.to.as_deref())?,
    );
    let source = Lake::of_folder(&data)?.source(false);
    let mut records = Records::open(&data.evidence(), 0, source).with_classes(Fold::CLASSES);
    let profile = match export.format {
        AuditFormat::Balp => Profile::Balp,
        AuditFormat::Tde => Profile::Tde,
    };
    let mut projector = Projector::new(profile, origin);
    let unseal = |patient: &PatientRef| sealer.as_ref().and_then(|key| key.open(patient).ok());
    let mut out = BufWriter::new(io::stdout().lock());
    while let Some(record) = records.read()? {
        let time = Timestamp::from_us(record.time_us);
        if to.is_some_and(|to| time >= to) {
            continue;
        }
        let Ok(event) = Event::from_bytes(record.payload) else {
            continue;
        };
        let before = from.is_some_and(|from| time < from);
        // An access that is not written is not projected either; an opening is remembered.
        if before && matches!(event, Event::Access(_)) {
            continue;
        }
        let projected = projector.project(record.index, time, &event, &unseal);
        if before {
            continue;
        }
        for resource in projected {
            writeln!(out, "{resource}").context("the export cannot be written")?;
        }
    }
    out.flush().context("the export cannot be written")?;
    Ok(Ending::Done)
}

fn instant(text: Option<&str>) -> Result<Option<Timestamp>> {
    let read = text.map(str::parse).transpose();
    read.map_err(|error: event::InvalidTimestamp| Usage(error.to_string()).into())
}
