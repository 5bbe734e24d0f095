//! A small FHIR R4 server that holds the patients' records in memory.
//!
//! It answers `GET [base]/metadata`, `GET [base]/Type/id`, `GET [base]/Type?...` and
//! `GET [base]/Patient/id/$everything` (FHIR R4 sections 3.1.0 and 3.1.1, operation
//! `Patient-everything`). What it does not know it refuses, parameters included, and never
//! guesses: a server that ignores a parameter shows more than was asked for.
//!
//! Every resource is written once, at the start; an answer only puts bytes side by side.

mod ask;
mod bundle;
mod capability;
mod refusal;
mod shelves;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, ETAG, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

use super::listener::Answer;
use ask::{Ask, Window};
use bundle::Bundle;
use refusal::Refusal;
pub use shelves::Shelves;

/// The path under which the server stands.
const BASE_PATH: &str = "/fhir";
const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");

/// The server, ready to be given to [`crate::demo::serve`].
#[derive(Debug)]
pub struct FhirServer {
    shelves: Shelves,
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
            shelves,
            base,
            capability,
        }
    }

    /// The base of its addresses, such as `http://127.0.0.1:8080/fhir`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    fn reply(&self, request: &Parts) -> Result<Response<Full<Bytes>>, Refusal> {
        if request.method != Method::GET {
            return Err(Refusal::method());
        }
        let target = request.uri.path_and_query().map_or("/", |it| it.as_str());
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, query),
            None => (target, ""),
        };
        match Ask::read(path, query, &self.shelves)? {
            Ask::Capability => Ok(ok(self.capability.clone())),
            Ask::Read { resource_type, id } => {
                let found = self.shelves.resource(&resource_type, &id);
                let json = found.ok_or_else(|| Refusal::not_found(&resource_type, &id))?;
                let mut response = ok(json);
                response
                    .headers_mut()
                    .insert(ETAG, HeaderValue::from_static("W/\"1\""));
                Ok(response)
            }
            Ask::Search {
                resource_type,
                patient,
                window,
            } => {
                let rows = match &patient {
                    Some(patient) => self.shelves.of_patient(&resource_type, patient),
                    None => self.shelves.of_type(&resource_type),
                };
                let mut target = format!("/{resource_type}");
                if let Some(patient) = &patient {
                    target = format!("{target}?patient={patient}");
                }
                Ok(ok(self.bundle(&rows, &target, window)))
            }
            Ask::Everything { patient, window } => {
                let missing = || Refusal::not_found("Patient", &patient);
                let rows = self.shelves.everything(&patient).ok_or_else(missing)?;
                Ok(ok(self.bundle(
                    &rows,
                    &format!("/Patient/{patient}/$everything"),
                    window,
                )))
            }
        }
    }

    fn bundle(&self, rows: &[&shelves::Row], target: &str, window: Window) -> Bytes {
        Bundle {
            base: &self.base,
            target,
            window,
        }
        .write(rows)
    }
}

impl Answer for FhirServer {
    fn answer(&self, request: &Parts) -> Response<Full<Bytes>> {
        self.reply(request).unwrap_or_else(|refusal| {
            let mut response = ok(refusal.outcome());
            *response.status_mut() = refusal.status;
            if refusal.status == StatusCode::METHOD_NOT_ALLOWED {
                response
                    .headers_mut()
                    .insert(ALLOW, HeaderValue::from_static("GET"));
            }
            response
        })
    }
}

fn ok(json: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(json));
    response.headers_mut().insert(CONTENT_TYPE, FHIR_JSON);
    response
}

#[cfg(test)]
pub(crate) mod tests;
