//! What a declaration of emergency says, read from JSON or from the form of a page.

use std::time::Duration;

use event::{GlassReason, PatientId, Purpose};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use serde::Deserialize;

use crate::form::{Form, media_type};
use crate::limits::{FORM_BYTES_MAX, FORM_MAX, GLASS_OPEN_S_MIN, GLASS_TEXT_CHARS_MAX};
use crate::refusal::Refused;

/// A declaration: one patient, one reason.
#[derive(Debug)]
pub(crate) struct Declaration {
    pub(crate) patient: PatientId,
    pub(crate) reason: GlassReason,
    pub(crate) text: String,
    /// For how long, when less than there is.
    pub(crate) ttl: Option<Duration>,
    pub(crate) return_to: Option<String>,
}

/// Its JSON form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    patient: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    ttl_s: Option<u64>,
    /// The purpose that the challenge named; the reason decides it.
    #[serde(default)]
    purpose: Option<Purpose>,
}

/// The same as RFC 9396 writes what is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rich {
    authorization_details: [Detail; 1],
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Detail {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    patient: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    ttl_s: Option<u64>,
    #[serde(default)]
    purpose: Option<Purpose>,
}

impl Declaration {
    /// Reads a declaration within its limits of size and time.
    pub(crate) async fn read(
        headers: &HeaderMap,
        body: Incoming,
    ) -> Result<Self, Refused<'static>> {
        let bytes = read_body(body).await?;
        match media_type(headers).as_deref() {
            Some("application/json") => Self::from_json(&bytes),
            Some("application/x-www-form-urlencoded") => Self::from_form(&bytes),
            _ => Err(malformed("Content-Type")),
        }
    }

    /// Another reason was given without saying which; such a declaration opens nothing. It can
    /// only come from a form, whose page then asks again.
    pub(crate) fn lacks_words(&self) -> bool {
        self.reason == GlassReason::Other && self.text.is_empty()
    }

    fn from_json(bytes: &[u8]) -> Result<Self, Refused<'static>> {
        let written = match serde_json::from_slice::<Rich>(bytes) {
            Ok(Rich {
                authorization_details: [detail],
            }) => detail.written()?,
            Err(_) => serde_json::from_slice(bytes).map_err(|_| malformed("JSON"))?,
        };
        let declaration = Self::check(&written, None)?;
        if declaration.lacks_words() {
            return Err(malformed("text"));
        }
        Ok(declaration)
    }

    fn from_form(bytes: &[u8]) -> Result<Self, Refused<'static>> {
        let form = Form::parse(bytes).ok_or_else(|| malformed("form"))?;
        let field = |name| form.field(name).unwrap_or_default().to_owned();
        let written = Written {
            patient: field("patient"),
            reason: field("reason"),
            text: field("text"),
            ..Written::default()
        };
        Self::check(&written, form.field("return").map(str::to_owned))
    }

    fn check(written: &Written, return_to: Option<String>) -> Result<Self, Refused<'static>> {
        // Both `123` and `Patient/123` name the patient, as in the request that was refused.
        let patient = written
            .patient
            .strip_prefix("Patient/")
            .unwrap_or(&written.patient);
        let patient = PatientId::new(patient).map_err(|_| malformed("patient"))?;
        let reason: GlassReason = written.reason.parse().map_err(|_| malformed("reason"))?;
        if !matches!(written.purpose, None | Some(Purpose::Btg | Purpose::Etreat)) {
            return Err(malformed("purpose"));
        }
        let ttl = match written.ttl_s {
            Some(s) if s < GLASS_OPEN_S_MIN => return Err(malformed("ttl_s")),
            ttl_s => ttl_s.map(Duration::from_secs),
        };
        let text = written.text.trim();
        if text.chars().count() > GLASS_TEXT_CHARS_MAX || text.contains('\0') {
            return Err(malformed("text"));
        }
        Ok(Self {
            patient,
            reason,
            text: text.to_owned(),
            ttl,
            return_to,
        })
    }
}

impl Detail {
    fn written(self) -> Result<Written, Refused<'static>> {
        if self.kind != wire::fhir::BREAK_GLASS_DETAILS {
            return Err(malformed("type"));
        }
        Ok(Written {
            patient: self.patient,
            reason: self.reason,
            text: self.text,
            ttl_s: self.ttl_s,
            purpose: self.purpose,
        })
    }
}

/// Reads a small body; what is too long or too slow is refused.
pub(crate) async fn read_body(body: Incoming) -> Result<bytes::Bytes, Refused<'static>> {
    let limited = Limited::new(body, FORM_BYTES_MAX);
    match tokio::time::timeout(FORM_MAX, limited.collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Refused::of(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large"))
        }
        Ok(Err(_)) | Err(_) => Err(malformed("body")),
    }
}

fn malformed(part: &'static str) -> Refused<'static> {
    Refused {
        detail: Some(part),
        ..Refused::of(StatusCode::BAD_REQUEST, "request-malformed")
    }
}

#[cfg(test)]
mod tests;
