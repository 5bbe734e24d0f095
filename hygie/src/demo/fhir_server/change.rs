//! Creates, updates and deletes (FHIR R4 sections 3.1.0.3 to 3.1.0.7).

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HeaderValue, LOCATION};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::shelves::{Row, Shelves};
use super::{BASE_PATH, ok, row, tag};

/// Carries a change out and says what became of it.
pub(super) fn reply(
    shelves: &mut Shelves,
    base: &str,
    request: &Parts,
    path: &str,
    body: &[u8],
) -> Result<Response<Full<Bytes>>, Refusal> {
    let below = path.strip_prefix(BASE_PATH).unwrap_or_default();
    let segments: Vec<&str> = below.split('/').skip(1).collect();
    match (&request.method, segments.as_slice()) {
        (&Method::POST, [name]) => create(shelves, base, name, body),
        (&Method::PUT, [name, id]) => {
            is_version(request, row(shelves, name, id)?)?;
            let resource = resource(name, body)?;
            if resource.get("id").and_then(Value::as_str) != Some(*id) {
                return Err(Refusal::bad("the id is not that of the address", id));
            }
            written(shelves, base, StatusCode::OK, (name, id), &resource)
        }
        (&Method::DELETE, [name, id]) => {
            is_version(request, row(shelves, name, id)?)?;
            shelves.remove(name, id);
            let mut response = ok(Bytes::new());
            *response.status_mut() = StatusCode::NO_CONTENT;
            Ok(response)
        }
        _ => Err(Refusal::method()),
    }
}

fn create(
    shelves: &mut Shelves,
    base: &str,
    name: &str,
    body: &[u8],
) -> Result<Response<Full<Bytes>>, Refusal> {
    if !shelves.has_type(name) {
        return Err(Refusal::unknown(
            "this server holds no resources of type",
            name,
        ));
    }
    let mut resource = resource(name, body)?;
    let id = format!("written-{}", shelves.len());
    if let Some(members) = resource.as_object_mut() {
        members.insert("id".to_owned(), json!(id));
    }
    written(shelves, base, StatusCode::CREATED, (name, &id), &resource)
}

fn written(
    shelves: &mut Shelves,
    base: &str,
    status: StatusCode,
    (name, id): (&str, &str),
    resource: &Value,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let json = resource.to_string();
    let row = shelves
        .write(name, id, json.as_bytes())
        .ok_or_else(|| Refusal::bad("there is no room for it", name))?;
    let mut response = ok(Bytes::new());
    *response.status_mut() = status;
    tag(&mut response, row.version);
    let location = format!("{base}/{name}/{id}/_history/{}", row.version);
    if let Ok(value) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, value);
    }
    Ok(response)
}

fn resource(name: &str, body: &[u8]) -> Result<Value, Refusal> {
    let read: Value = serde_json::from_slice(body).map_err(|_| Refusal::bad("no JSON", ""))?;
    if read.get("resourceType").and_then(Value::as_str) == Some(name) {
        Ok(read)
    } else {
        Err(Refusal::bad("this is no resource of type", name))
    }
}

/// Whether the client changes the version that there is.
fn is_version(request: &Parts, row: &Row) -> Result<(), Refusal> {
    let wanted = request.headers.get("if-match");
    let current = format!("W/\"{}\"", row.version);
    match wanted {
        Some(wanted) if wanted.as_bytes() != current.as_bytes() => {
            Err(Refusal::conflict(row.version))
        }
        _ => Ok(()),
    }
}
