//! The lines of a body.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use bytes::Bytes;
use memchr::memchr;
use wire::log::{Reader, Terms};

use super::super::batch::Batch;
use super::super::files::Settings;
use super::super::unpack::{Packing, expand};
use crate::limits::HTTP_EXPANDED_BYTES_MAX;

/// The longest line that is looked at for an action.
const ACTION_BYTES_MAX: usize = 1_024;

/// A body and where it came from.
#[derive(Debug)]
pub(super) struct Body<'b> {
    pub(super) source: &'b str,
    /// The host of lines that name none.
    pub(super) host: &'b str,
    /// Whether lines about what is to be done stand between the lines.
    pub(super) is_bulk: bool,
    pub(super) bytes: &'b [u8],
}

/// A body without its compression; why not.
pub(super) fn expanded(encoding: &[u8], bytes: Bytes) -> Result<Bytes, &'static str> {
    let packing = match encoding {
        b"" | b"identity" => return Ok(bytes),
        b"gzip" | b"x-gzip" => Packing::Gzip,
        b"zstd" => Packing::Zstd,
        _ => return Err("the encoding is neither gzip nor zstd"),
    };
    let most = u64::try_from(HTTP_EXPANDED_BYTES_MAX).unwrap_or(u64::MAX);
    let mut out = Vec::new();
    let read = expand(packing, Cursor::new(bytes))
        .and_then(|from| from.take(most + 1).read_to_end(&mut out));
    match read {
        Err(_) => Err("the body is damaged"),
        Ok(count) if count > HTTP_EXPANDED_BYTES_MAX => Err("the body expands too far"),
        Ok(_) => Ok(out.into()),
    }
}

/// The lines as batches.
pub(super) fn read(body: &Body<'_>, settings: &Settings, now_us: i64) -> Vec<Batch> {
    let mut reader = Reader::new(Terms {
        format: settings.format,
        name: String::new(),
        zone: settings.zone.clone(),
        reference_us: now_us,
    });
    let mut batches = Vec::new();
    let mut batch = Batch::of(body.source);
    let mut at = 0;
    for line in lines(body.bytes) {
        let place = u64::try_from(at).unwrap_or(u64::MAX);
        at += line.len() + 1;
        if body.is_bulk && is_action(line) {
            continue;
        }
        reader.line(place, line, &mut |at, told| {
            batch.push_from(at, told, body.host)
        });
        if batch.is_full() {
            batches.push(std::mem::replace(&mut batch, Batch::of(body.source)));
        }
    }
    reader.finish(&mut |at, told| batch.push_from(at, told, body.host));
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let now = rest.take()?;
        match memchr(b'\n', now) {
            None => Some(now),
            Some(end) => {
                let (line, behind) = now.split_at(end);
                rest = behind.get(1..);
                Some(line)
            }
        }
    })
}

/// Whether a line says what is to be done with the next one: `{"create":{…}}` or `{"index":{…}}`
/// and nothing else.
fn is_action(line: &[u8]) -> bool {
    if line.len() > ACTION_BYTES_MAX {
        return false;
    }
    let read = serde_json::from_slice::<BTreeMap<&str, Part>>(line);
    read.is_ok_and(|members| {
        let mut members = members.into_iter();
        let is_known = |name: &str| name == "create" || name == "index";
        let first = members
            .next()
            .filter(|(name, part)| is_known(name) && part.0);
        first.is_some() && members.next().is_none()
    })
}

/// A member of an action, and whether it is an object.
struct Part(bool);

impl<'de> serde::Deserialize<'de> for Part {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = <&serde_json::value::RawValue>::deserialize(from)?;
        Ok(Self(value.get().starts_with('{')))
    }
}

#[cfg(test)]
mod tests;
