//! Forms of pages: `application/x-www-form-urlencoded`, read strictly.

use std::collections::BTreeMap;

use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};
use percent_encoding::percent_decode_str;

use crate::glass::read_body;
use crate::refusal::Refused;

/// The fields of a form, each once.
#[derive(Debug)]
pub(crate) struct Form(Vec<(String, String)>);

/// The most fields that any form of the door has, with room to spare.
const FIELDS_MAX: usize = 16;

impl Form {
    /// Reads a form; `None` when it is no UTF-8, has a broken escape or a field twice.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            let (name, value) = (decode(name)?, decode(value)?);
            if fields.len() >= FIELDS_MAX || fields.iter().any(|(known, _)| *known == name) {
                return None;
            }
            fields.push((name, value));
        }
        Some(Self(fields))
    }

    /// Reads the same fields out of a JSON object of texts.
    fn from_json(bytes: &[u8]) -> Option<Self> {
        let fields: BTreeMap<String, String> = serde_json::from_slice(bytes).ok()?;
        (fields.len() <= FIELDS_MAX).then(|| Self(fields.into_iter().collect()))
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads a small body that holds fields: the form of a page, or JSON.
pub(crate) async fn read_form(
    headers: &HeaderMap,
    body: Incoming,
) -> Result<Form, Refused<'static>> {
    let malformed = |detail| Refused {
        detail: Some(detail),
        ..Refused::of(StatusCode::BAD_REQUEST, "request-malformed")
    };
    let bytes = read_body(body).await?;
    match media_type(headers).as_deref() {
        Some("application/json") => Form::from_json(&bytes).ok_or_else(|| malformed("JSON")),
        Some("application/x-www-form-urlencoded") => {
            Form::parse(&bytes).ok_or_else(|| malformed("form"))
        }
        _ => Err(malformed("Content-Type")),
    }
}

/// The media type of a body, without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    // The decoder leaves a broken escape as it is; it must not pass for text.
    let escapes = spaced.matches('%').count();
    let good = spaced
        .match_indices('%')
        .filter(|(at, _)| {
            spaced
                .get(at + 1..at + 3)
                .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
        })
        .count();
    (escapes == good).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_strictly() {
        let form =
            Form::parse("person=dr-1&return=%2Fconsole&note=a+b%20%C3%A9".as_bytes()).unwrap();
        assert_eq!(form.field("person"), Some("dr-1"));
        assert_eq!(form.field("return"), Some("/console"));
        assert_eq!(form.field("note"), Some("a b é"));
        assert_eq!(form.field("absent"), None);
        for bad in [
            "a=1&a=2",
            "a=%zz",
            "a=%2",
            "lonely",
            "a=%ff",
            &"a=1&".repeat(2),
        ] {
            assert!(Form::parse(bad.as_bytes()).is_none(), "{bad}");
        }
        let many: Vec<String> = (0..=FIELDS_MAX).map(|n| format!("f{n}=1")).collect();
        assert!(Form::parse(many.join("&").as_bytes()).is_none());
    }
}
