//! What the server says when it does not answer: an `OperationOutcome` (FHIR R4 section 3.1.0.4).

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::json;

/// Greatest part of the client's words that is said back, in characters.
const ECHO_CHARS_MAX: usize = 64;

/// A request that gets no answer, and why.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// The code of `http://hl7.org/fhir/issue-type`.
    code: &'static str,
    diagnostics: String,
}

impl Refusal {
    pub(super) fn bad(diagnostics: &str, words: &str) -> Self {
        let code = "invalid";
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            diagnostics: echo(diagnostics, words),
        }
    }

    pub(super) fn unsupported(diagnostics: &str, words: &str) -> Self {
        let code = "not-supported";
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            diagnostics: echo(diagnostics, words),
        }
    }

    pub(super) fn unknown(diagnostics: &str, words: &str) -> Self {
        let code = "not-found";
        Self {
            status: StatusCode::NOT_FOUND,
            code,
            diagnostics: echo(diagnostics, words),
        }
    }

    pub(super) fn not_found(resource_type: &str, id: &str) -> Self {
        Self::unknown("no such resource", &format!("{resource_type}/{id}"))
    }

    pub(super) fn method() -> Self {
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            code: "not-supported",
            diagnostics: "GET, POST, PUT and DELETE are supported".to_owned(),
        }
    }

    pub(super) fn conflict(version: u32) -> Self {
        Self {
            status: StatusCode::PRECONDITION_FAILED,
            code: "conflict",
            diagnostics: format!("the version is {version} now"),
        }
    }

    pub(super) fn gone(resource_type: &str, id: &str) -> Self {
        Self {
            status: StatusCode::GONE,
            code: "deleted",
            diagnostics: echo("this was deleted", &format!("{resource_type}/{id}")),
        }
    }

    pub(super) fn outcome(&self) -> Bytes {
        let outcome = json!({
            "resourceType": "OperationOutcome",
            "issue": [{
                "severity": "error",
                "code": self.code,
                "diagnostics": self.diagnostics,
            }],
        });
        Bytes::from(outcome.to_string())
    }
}

fn echo(diagnostics: &str, words: &str) -> String {
    let words: String = words
        .chars()
        .filter(|it| !it.is_control())
        .take(ECHO_CHARS_MAX)
        .collect();
    format!("{diagnostics}: `{words}`")
}
