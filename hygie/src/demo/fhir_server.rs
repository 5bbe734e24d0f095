//! A small FHIR R4 server that holds the patients' records in memory.
//!
//! It answers `GET [base]/metadata`, reads, version reads and histories, searches with a few
//! conditions, `GET [base]/Patient/id/$everything`, creates, updates and deletes (FHIR R4 sections
//! 3.1.0 and 3.1.1, operation `Patient-everything`). What it does not know it refuses, parameters
//! included, and never guesses: a server that ignores a parameter shows more than was asked for.
//!
//! What is written is in memory only: the next start has the first records again.

mod ask;
mod bundle;
mod capability;
mod change;
mod conditions;
mod refusal;
mod shelves;

use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, ETAG, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

use super::listener::Answer;
use ask::{Ask, Window};
use bundle::Bundle;
use refusal::Refusal;
use shelves::Row;
pub use shelves::Shelves;

/// The path under which the server stands.
const BASE_PATH: &str = "/fhir";
const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");

/// The server, ready to be given to [`crate::demo::serve`].
#[derive(Debug)]
pub struct FhirServer {
    shelves: RwLock<Shelves>,
    base: String,
    capability: Bytes,
}

impl FhirServer {
    /// A server over these resources at `origin`, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(shelves: Shelves, origin: &str) -> Self {
        let base = format!("{origin}{BASE_PATH}");
        let capability = capability::statement(&shelves, &base);
        Self {
            shelves: RwLock::new(shelves),
            base,
            capability,
        }
    }

    /// The base of its addresses, such as `http://127.0.0.1:8080/fhir`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    fn reply(&self, request: &Parts, body: &[u8]) -> Result<Response<Full<Bytes>>, Refusal> {
        let target = request.uri.path_and_query().map_or("/", |it| it.as_str());
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, query),
            None => (target, ""),
        };
        if request.method != Method::GET {
            let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
            return change::reply(&mut shelves, &self.base, request, path, body);
        }
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        match Ask::read(path, query, &shelves)? {
            Ask::Capability => Ok(ok(self.capability.clone())),
            Ask::History { resource_type, id } => {
                let row = row(&shelves, &resource_type, &id)?;
                Ok(ok(bundle::history(&self.base, row)))
            }
            Ask::Read {
                resource_type,
                id,
                version,
            } => read(row(&shelves, &resource_type, &id)?, version),
            Ask::Search {
                resource_type,
                patient,
                conditions,
                order,
                window,
            } => {
                let mut rows = match &patient {
                    Some(patient) => shelves.of_patient(&resource_type, patient),
                    None => shelves.of_type(&resource_type),
                };
                rows.retain(|row| conditions.iter().all(|condition| condition.holds(row)));
                if let Some(order) = &order {
                    order.sort(&mut rows);
                }
                // The pages of a search are the same search at another offset.
                let below = path.strip_prefix(BASE_PATH).unwrap_or(path);
                let kept = query.split('&').filter(|pair| {
                    !pair.is_empty()
                        && !pair.starts_with("_count=")
                        && !pair.starts_with("_offset=")
                });
                let kept: Vec<&str> = kept.collect();
                let target = match kept.as_slice() {
                    [] => below.to_owned(),
                    kept => format!("{below}?{}", kept.join("&")),
                };
                Ok(ok(self.bundle(&rows, &target, window)))
            }
            Ask::Everything { patient, window } => {
                let missing = || Refusal::not_found("Patient", &patient);
                let rows = shelves.everything(&patient).ok_or_else(missing)?;
                Ok(ok(self.bundle(
                    &rows,
                    &format!("/Patient/{patient}/$everything"),
                    window,
                )))
            }
        }
    }

    fn bundle(&self, rows: &[&Row], target: &str, window: Window) -> Bytes {
        Bundle {
            base: &self.base,
            target,
            window,
        }
        .write(rows)
    }
}

impl Answer for FhirServer {
    fn answer(&self, request: &Parts, body: &[u8]) -> Response<Full<Bytes>> {
        self.reply(request, body).unwrap_or_else(|refusal| {
            let mut response = ok(refusal.outcome());
            *response.status_mut() = refusal.status;
            if refusal.status == StatusCode::METHOD_NOT_ALLOWED {
                response
                    .headers_mut()
                    .insert(ALLOW, HeaderValue::from_static("GET, POST, PUT, DELETE"));
            }
            response
        })
    }
}

/// A resource that is there.
fn row<'s>(shelves: &'s Shelves, resource_type: &str, id: &str) -> Result<&'s Row, Refusal> {
    match shelves.row(resource_type, id) {
        Some(row) if row.removed => Err(Refusal::gone(resource_type, id)),
        Some(row) => Ok(row),
        None => Err(Refusal::not_found(resource_type, id)),
    }
}

fn read(row: &Row, version: Option<u32>) -> Result<Response<Full<Bytes>>, Refusal> {
    let version = version.unwrap_or(row.version);
    let json = if version == row.version {
        Some(&row.json)
    } else {
        let mut earlier = row.earlier.iter();
        earlier
            .find(|(known, _)| *known == version)
            .map(|(_, json)| json)
    };
    let json = json.ok_or_else(|| Refusal::not_found(&row.resource_type, &row.id))?;
    let mut response = ok(json.clone());
    tag(&mut response, version);
    Ok(response)
}

/// Names a version.
fn tag(response: &mut Response<Full<Bytes>>, version: u32) {
    if let Ok(value) = HeaderValue::from_str(&format!("W/\"{version}\"")) {
        response.headers_mut().insert(ETAG, value);
    }
}

fn ok(json: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(json));
    response.headers_mut().insert(CONTENT_TYPE, FHIR_JSON);
    response
}

#[cfg(test)]
pub(crate) mod tests;
