//! Bundles of type `batch` and `transaction` (FHIR R4 section 3.1.0.11): what each entry asks for,
//! and the bundle of answers.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::disclosure::{BundleType, Unreadable};

/// Several interactions at once.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// Whether they are carried out together or each on its own.
    pub atomic: bool,
    /// The interactions, in the order of the client.
    pub entries: Vec<Interaction<'a>>,
}

/// One interaction of a bundle.
#[derive(Debug)]
pub struct Interaction<'a> {
    /// `GET`, `POST`...
    pub method: Cow<'a, str>,
    /// The target, as a path below the base that starts with `/`, and its query; not decoded.
    pub target: String,
    /// `ifMatch`
    pub if_match: Option<Cow<'a, str>>,
    /// `ifNoneMatch`
    pub if_none_match: Option<Cow<'a, str>>,
    /// `ifNoneExist`
    pub if_none_exist: Option<Cow<'a, str>>,
    /// The address by which others in the bundle name the resource.
    pub full_url: Option<Cow<'a, str>>,
    /// The resource, byte for byte.
    pub resource: Option<&'a str>,
}

/// What became of one interaction of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The status, such as `201 Created`.
    pub status: String,
    /// Where the resource is, as the server writes it.
    pub location: Option<String>,
    /// Its version.
    pub etag: Option<String>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "resourceType", borrow)]
    resource_type: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: BundleType,
    #[serde(borrow, default)]
    entry: Vec<EntryText<'a>>,
}

#[derive(Deserialize)]
struct EntryText<'a> {
    #[serde(rename = "fullUrl", borrow)]
    full_url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    #[serde(borrow)]
    request: Option<RequestText<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestText<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow)]
    if_match: Option<Cow<'a, str>>,
    #[serde(borrow)]
    if_none_match: Option<Cow<'a, str>>,
    #[serde(borrow)]
    if_none_exist: Option<Cow<'a, str>>,
}

impl<'a> Exchange<'a> {
    /// Reads a bundle of interactions.
    ///
    /// # Errors
    /// Why none of them is carried out.
    pub fn read(body: &'a [u8], entries_max: usize) -> Result<Self, Unreadable> {
        let text = str::from_utf8(body).map_err(|_| Unreadable::InvalidUtf8)?;
        let envelope: Envelope<'a> =
            serde_json::from_str(text).map_err(|_| Unreadable::BadBundle)?;
        let atomic = match envelope.kind {
            BundleType::Batch => false,
            BundleType::Transaction => true,
            _ => return Err(Unreadable::BadBundle),
        };
        if envelope.resource_type != "Bundle" {
            return Err(Unreadable::BadBundle);
        }
        if envelope.entry.len() > entries_max {
            return Err(Unreadable::TooManyEntries);
        }
        let entries = envelope.entry.into_iter().map(Interaction::of);
        Ok(Self {
            atomic,
            entries: entries
                .collect::<Option<_>>()
                .ok_or(Unreadable::BadBundle)?,
        })
    }
}

impl<'a> Interaction<'a> {
    fn of(entry: EntryText<'a>) -> Option<Self> {
        let request = entry.request?;
        // An address of its own would be decided here and carried out elsewhere.
        if request.url.contains("://") {
            return None;
        }
        let below = request.url.strip_prefix('/').unwrap_or(&request.url);
        Some(Self {
            target: format!("/{below}"),
            method: request.method,
            if_match: request.if_match,
            if_none_match: request.if_none_match,
            if_none_exist: request.if_none_exist,
            full_url: entry.full_url,
            resource: entry.resource.map(RawValue::get),
        })
    }
}

/// Reads what became of the interactions of a transaction.
///
/// # Errors
/// When `body` is no `transaction-response`.
pub fn read_outcomes(body: &[u8]) -> Result<Vec<Outcome>, Unreadable> {
    let bundle: Value = serde_json::from_slice(body).map_err(|_| Unreadable::Syntax)?;
    if bundle.get("type").and_then(Value::as_str) != Some("transaction-response") {
        return Err(Unreadable::BadBundle);
    }
    let entries = bundle.get("entry").and_then(Value::as_array);
    let outcomes = entries.into_iter().flatten().map(|entry| {
        let text = |name| {
            let value = entry.get("response")?.get(name)?;
            value.as_str().map(str::to_owned)
        };
        Outcome {
            status: text("status").unwrap_or_default(),
            location: text("location"),
            etag: text("etag"),
        }
    });
    Ok(outcomes.collect())
}

/// One entry of a bundle of answers.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// Where the resource is.
    pub location: Option<String>,
    /// Its version.
    pub etag: Option<String>,
    /// The resource that is shown, or the `OperationOutcome` that says why not, as JSON.
    pub body: Option<String>,
}

/// Writes the bundle of answers to a batch or a transaction.
#[must_use]
pub fn write_answers(atomic: bool, answers: &[Answered]) -> Vec<u8> {
    let kind = if atomic {
        "transaction-response"
    } else {
        "batch-response"
    };
    let mut out = format!(r#"{{"resourceType":"Bundle","type":"{kind}""#);
    for (at, answered) in answers.iter().enumerate() {
        out.push_str(if at == 0 { r#","entry":["# } else { "," });
        out.push('{');
        let shown = (200..300).contains(&answered.status);
        let status = answered.status.to_string();
        let mut response = object(&[
            ("status", Some(&status)),
            ("location", answered.location.as_deref()),
            ("etag", answered.etag.as_deref()),
        ]);
        match &answered.body {
            Some(body) if shown => out.push_str(&format!(r#""resource":{body},"#)),
            Some(body) => {
                response.pop();
                response.push_str(&format!(r#","outcome":{body}}}"#));
            }
            None => {}
        }
        out.push_str(&format!(r#""response":{response}}}"#));
    }
    if !answers.is_empty() {
        out.push(']');
    }
    out.push('}');
    out.into_bytes()
}

/// One entry of the transaction that the upstream gets.
#[derive(Clone, Copy, Debug)]
pub struct Commanded<'a> {
    /// The address by which others in the bundle name the resource.
    pub full_url: Option<&'a str>,
    /// `POST`, `PUT` or `DELETE`.
    pub method: &'a str,
    /// Below the base, starting with `/`.
    pub target: &'a str,
    /// The version that is changed.
    pub if_match: Option<&'a str>,
    /// The resource, byte for byte; empty for a removal.
    pub resource: &'a str,
}

/// Writes a transaction from interactions that were decided.
#[must_use]
pub fn write_transaction(entries: &[Commanded<'_>]) -> Vec<u8> {
    let mut out = r#"{"resourceType":"Bundle","type":"transaction","entry":["#.to_owned();
    for (at, entry) in entries.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push('{');
        if let Some(full_url) = entry.full_url {
            out.push_str(&format!(r#""fullUrl":{},"#, Value::from(full_url)));
        }
        if !entry.resource.is_empty() {
            out.push_str(&format!(r#""resource":{},"#, entry.resource));
        }
        let url = entry.target.strip_prefix('/').unwrap_or(entry.target);
        let tag = entry.if_match.map(|version| format!("W/\"{version}\""));
        let request = object(&[
            ("method", Some(entry.method)),
            ("url", Some(url)),
            ("ifMatch", tag.as_deref()),
        ]);
        out.push_str(&format!(r#""request":{request}}}"#));
    }
    out.push_str("]}");
    out.into_bytes()
}

/// An object of those texts that are there, in this order.
fn object(members: &[(&str, Option<&str>)]) -> String {
    let there = members
        .iter()
        .filter_map(|(name, text)| Some(format!("\"{name}\":{}", Value::from((*text)?))));
    format!("{{{}}}", there.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_read_and_answered() {
        let body = br#"{"resourceType":"Bundle","type":"batch","entry":[
            {"request":{"method":"GET","url":"Observation?patient=1"}},
            {"fullUrl":"urn:uuid:a","resource":{"resourceType":"Observation","x":1.50},
             "request":{"method":"PUT","url":"/Observation/1","ifMatch":"W/\"2\""}}]}"#;
        let read = Exchange::read(body, 2).unwrap();
        assert!(!read.atomic);
        assert_eq!(read.entries[0].target, "/Observation?patient=1");
        assert_eq!(read.entries[1].if_match.as_deref(), Some("W/\"2\""));
        let raw = r#"{"resourceType":"Observation","x":1.50}"#;
        assert_eq!(read.entries[1].resource, Some(raw));
        assert_eq!(
            Exchange::read(body, 1).unwrap_err(),
            Unreadable::TooManyEntries
        );

        let answers = [
            Answered {
                status: 200,
                body: Some(raw.to_owned()),
                etag: Some("W/\"3\"".to_owned()),
                ..Answered::default()
            },
            Answered {
                status: 404,
                body: Some("{}".to_owned()),
                ..Answered::default()
            },
        ];
        let written = String::from_utf8(write_answers(false, &answers)).unwrap();
        let expected = r#"{"resourceType":"Bundle","type":"batch-response","entry":[{"resource":{"resourceType":"Observation","x":1.50},"response":{"status":"200","etag":"W/\"3\""}},{"response":{"status":"404","outcome":{}}}]}"#;
        assert_eq!(written, expected);
    }

    #[test]
    fn what_is_no_exchange_is_refused() {
        for body in [
            r#"{"resourceType":"Bundle","type":"searchset"}"#,
            r#"{"resourceType":"Parameters","type":"batch"}"#,
            r#"{"resourceType":"Bundle","type":"batch","entry":[{}]}"#,
            r#"{"resourceType":"Bundle","type":"batch","entry":[
                {"request":{"method":"GET","url":"http://elsewhere/Patient/1"}}]}"#,
        ] {
            let read = Exchange::read(body.as_bytes(), 10);
            assert_eq!(read.unwrap_err(), Unreadable::BadBundle, "{body}");
        }
    }

    #[test]
    fn a_transaction_goes_out_and_comes_back() {
        let written = write_transaction(&[
            Commanded {
                full_url: Some("urn:uuid:a"),
                method: "POST",
                target: "/Observation",
                if_match: None,
                resource: r#"{"x":1.50}"#,
            },
            Commanded {
                full_url: None,
                method: "DELETE",
                target: "/Observation/1",
                if_match: Some("2"),
                resource: "",
            },
        ]);
        let read = Exchange::read(&written, 10).unwrap();
        assert!(read.atomic);
        assert_eq!(read.entries[0].resource, Some(r#"{"x":1.50}"#));
        assert_eq!(read.entries[1].target, "/Observation/1");
        assert_eq!(read.entries[1].if_match.as_deref(), Some("W/\"2\""));
        let outcomes = read_outcomes(
            br#"{"resourceType":"Bundle","type":"transaction-response","entry":[
                {"response":{"status":"201 Created","location":"Observation/9/_history/1"}}]}"#,
        );
        assert_eq!(
            outcomes.unwrap()[0].location.as_deref(),
            Some("Observation/9/_history/1")
        );
        assert!(read_outcomes(b"{}").is_err());
    }
}
