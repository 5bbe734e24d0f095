//! The versions of one resource (FHIR R4 section 3.1.0.10): read, and written anew from those that
//! may be shown.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::rebuild::push_string;
use super::settle::{Place, settle};
use super::{Resource, Unreadable, scan};
use crate::fhir::id::Id;
use crate::fhir::types::ResourceType;
use crate::limits::AnswerLimits;

/// One version.
#[derive(Debug)]
pub struct Version<'a> {
    /// The resource; nothing where it was deleted.
    pub resource: Option<Resource<'a>>,
    /// What made it.
    pub method: Method,
}

/// The interaction that made a version (`Bundle.entry.request.method`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are the codes of the standard")]
pub enum Method {
    Delete,
    Patch,
    Post,
    Put,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "resourceType", borrow)]
    resource_type: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    entry: Vec<EntryText<'a>>,
}

#[derive(Deserialize)]
struct EntryText<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    request: Option<RequestText>,
}

#[derive(Deserialize)]
struct RequestText {
    method: Method,
}

/// Reads the versions of one resource; a version of another makes the whole unreadable.
///
/// # Errors
/// Why nothing of it may be shown.
pub fn read_history<'a>(
    body: &'a [u8],
    resource_type: ResourceType,
    id: &Id,
    own_bases: &[&str],
    limits: &AnswerLimits,
) -> Result<Vec<Version<'a>>, Unreadable> {
    if body.len() > limits.body_bytes_max {
        return Err(Unreadable::BodyTooLong);
    }
    let text = str::from_utf8(body).map_err(|_| Unreadable::InvalidUtf8)?;
    let envelope: Envelope<'a> = serde_json::from_str(text).map_err(|_| Unreadable::BadBundle)?;
    if envelope.resource_type != "Bundle" || envelope.kind != "history" {
        return Err(Unreadable::BadBundle);
    }
    if envelope.entry.len() > limits.entries_max {
        return Err(Unreadable::TooManyEntries);
    }
    let urns = BTreeMap::new();
    let place = Place {
        own_bases,
        urns: &urns,
        foreign: false,
    };
    envelope
        .entry
        .into_iter()
        .map(|entry| {
            let method = entry.request.map_or(Method::Put, |request| request.method);
            let Some(raw) = entry.resource else {
                return Ok(Version {
                    resource: None,
                    method,
                });
            };
            let found = scan::scan(raw.get(), scan::type_of(raw.get())?, limits)?;
            if found.resource_type != resource_type || found.id.as_ref() != Some(id) {
                return Err(Unreadable::FullUrlMismatch);
            }
            Ok(Version {
                resource: Some(settle(found, &place)),
                method,
            })
        })
        .collect()
}

/// Writes a `history` bundle from versions that may be shown, at the address of this door.
#[must_use]
pub fn write_history(
    public_base: &str,
    resource_type: ResourceType,
    id: &Id,
    versions: &[&Version<'_>],
) -> Vec<u8> {
    let name = resource_type.name();
    let mut out = br#"{"resourceType":"Bundle","type":"history","total":"#.to_vec();
    out.extend_from_slice(versions.len().to_string().as_bytes());
    out.extend_from_slice(br#","link":[{"relation":"self","url":"#);
    push_string(
        &mut out,
        &[public_base, "/", name, "/", id.as_str(), "/_history"],
    );
    out.extend_from_slice(b"}]");
    for (at, version) in versions.iter().enumerate() {
        out.extend_from_slice(if at == 0 { br#","entry":["# } else { b"," });
        out.extend_from_slice(br#"{"fullUrl":"#);
        push_string(&mut out, &[public_base, "/", name, "/", id.as_str()]);
        if let Some(resource) = &version.resource {
            out.extend_from_slice(br#","resource":"#);
            out.extend_from_slice(resource.raw.as_bytes());
        }
        let (method, status) = match version.method {
            Method::Delete => ("DELETE", "204"),
            Method::Patch => ("PATCH", "200"),
            Method::Post => ("POST", "201"),
            Method::Put => ("PUT", "200"),
        };
        out.extend_from_slice(br#","request":{"method":"#);
        push_string(&mut out, &[method]);
        out.extend_from_slice(br#","url":"#);
        push_string(&mut out, &[name, "/", id.as_str()]);
        out.extend_from_slice(br#"},"response":{"status":"#);
        push_string(&mut out, &[status]);
        out.extend_from_slice(b"}}");
    }
    if !versions.is_empty() {
        out.push(b']');
    }
    out.push(b'}');
    out
}
