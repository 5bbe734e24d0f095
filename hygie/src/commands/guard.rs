//! `hygie guard replay`: captures through the guard, each request with its verdict.

use anyhow::{Context as _, Result};
use gateway::guard::replay::{Judged, Replay};
use locale::{Value, key};
use policy::guard::{Guard, GuardDocument, Protocol};
use serde_json::json;

use super::reading::{CAPTURE_BYTES_MAX, bounded, tell_fault};
use super::{Ending, Words, complain, say};
use crate::cli;
use crate::house::found::instant;

/// The longest policy that is read, in bytes.
const POLICY_BYTES_MAX: u64 = 16 << 20;

/// Prints each request with its verdict. Exit 0 also when something is refused, 2 when a capture
/// could not be read to its end.
pub(crate) fn replay(wanted: &cli::GuardReplay, words: &Words) -> Result<Ending> {
    let text = String::from_utf8(bounded(&wanted.policy, POLICY_BYTES_MAX)?);
    let name = || format!("reading `{}`", wanted.policy.display());
    let document = GuardDocument::from_toml(&text.with_context(name)?).with_context(name)?;
    let guard = Guard::new(&document).with_context(name)?;
    let (mut allowed, mut denied, mut is_partial) = (0_u64, 0_u64, false);
    for path in &wanted.captures {
        let bytes = bounded(path, CAPTURE_BYTES_MAX)?;
        let shown = path.display().to_string();
        let mut tell = |judged: &Judged| {
            match judged.is_allowed {
                true => allowed += 1,
                false => denied += 1,
            }
            if judged.is_allowed && wanted.denied {
                return;
            }
            match wanted.json {
                true => say(&as_json(judged, &shown)),
                false => say(&line(judged)),
            }
        };
        // Each capture is a story of its own.
        if let Err(fault) = Replay::new(&guard).play(&bytes, &mut tell) {
            tell_fault(&shown, fault.code(), words);
            is_partial = true;
        }
    }
    let counts = [
        ("allowed", Value::Count(allowed)),
        ("denied", Value::Count(denied)),
    ];
    complain(&words.text(key::GUARD_REPLAYED, &counts));
    Ok(match is_partial {
        true => Ending::NotAllChecked,
        false => Ending::Done,
    })
}

fn line(judged: &Judged) -> String {
    let verdict = if judged.is_allowed { "allow" } else { "deny " };
    let station = match (judged.unit, &judged.titles) {
        (Some(unit), _) => format!(" unit {unit}"),
        (None, Some((calling, called))) => format!(" as {calling} to {called}"),
        (None, None) => String::new(),
    };
    let function = match judged.function.as_str() {
        "" => "?",
        name => name,
    };
    let why = match judged.detail.as_str() {
        "" => &judged.reason,
        detail => detail,
    };
    format!(
        "{verdict} {:>7}  {} > {}{station}  {} {function}  {why}",
        judged.frame,
        judged.from,
        judged.to,
        word(judged.protocol),
    )
}

fn as_json(judged: &Judged, capture: &str) -> String {
    let time = judged.time_us.and_then(|us| i64::try_from(us).ok());
    json!({
        "capture": capture,
        "frame": judged.frame,
        "time": time.map(instant),
        "protocol": word(judged.protocol),
        "source": judged.from,
        "destination": judged.to,
        "unit": judged.unit,
        "calling": judged.titles.as_ref().map(|(calling, _)| calling),
        "called": judged.titles.as_ref().map(|(_, called)| called),
        "function": judged.function,
        "verdict": if judged.is_allowed { "allow" } else { "deny" },
        "reason": judged.reason,
        "detail": judged.detail,
    })
    .to_string()
}

fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Bacnet => "bacnet",
        Protocol::Dicom => "dicom",
        Protocol::Modbus => "modbus",
    }
}
