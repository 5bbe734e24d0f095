//! Reads indicators as lines of JSON, `{"kind":"domain","value":"evil.example"}`; members that are
//! not known here are passed over.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use watch::indicator::{Indicator, Indicators};

use crate::error::Error;
use crate::limits::{INDICATOR_LINE_BYTES_MAX, INDICATOR_LIST_BYTES_MAX};

/// The indicators of a file, and how many of its lines are none.
///
/// A line that is none is no reason not to hunt for the others: whoever wrote the file is told.
pub(crate) fn read(path: &Path) -> Result<(Indicators, u64), Error> {
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| {
            file.take(INDICATOR_LIST_BYTES_MAX + 1)
                .read_to_end(&mut text)
        })
        .map_err(Error::io("read", path))?;
    let unusable = |what| Error::IndicatorsUnusable {
        path: path.to_owned(),
        what,
    };
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > INDICATOR_LIST_BYTES_MAX {
        return Err(unusable("it is longer than 256 MB; divide it"));
    }
    let mut list = Vec::new();
    let mut odd = 0;
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let is_short = line.len() <= INDICATOR_LINE_BYTES_MAX;
        match is_short.then(|| serde_json::from_slice::<Indicator>(line)) {
            Some(Ok(indicator)) => list.push(indicator),
            _ => odd += 1,
        }
    }
    let (indicators, others) = Indicators::new(list);
    odd += u64::try_from(others.len()).unwrap_or(u64::MAX);
    if indicators.is_empty() {
        return Err(unusable(
            "no line of it is an indicator, such as {\"kind\":\"domain\",\"value\":\"evil.example\"}",
        ));
    }
    Ok((indicators, odd))
}
