//! `OperationOutcome`: how a refusal or a fault is said in FHIR (R4 section 2.28).

use serde_json::{Value, json};

use super::id::Id;

/// The code system of purposes of use, break-glass (`BTG`) among them.
pub const V3_ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

/// The address of the extension that carries a [`Challenge`].
pub const BREAK_GLASS_EXTENSION: &str = "urn:x-hygie:fhir:break-glass-challenge";

/// One issue, its texts already in the reader's language.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of issue it is.
    pub issue: IssueType,
    /// The stable code behind the text (`details.coding`).
    pub code: Coding<'a>,
    /// The sentence to show (`details.text`).
    pub text: &'a str,
    /// What a technician may need; never health data.
    pub diagnostics: Option<&'a str>,
    /// How the refusal may be broken, when it may.
    pub challenge: Option<Challenge<'a>>,
}

impl Outcome<'_> {
    /// The resource as JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut issue = json!({
            "severity": self.severity.code(),
            "code": self.issue.code(),
            "details": { "coding": [self.code.to_value()], "text": self.text },
        });
        if let Some(members) = issue.as_object_mut() {
            if let Some(diagnostics) = self.diagnostics {
                members.insert("diagnostics".to_owned(), Value::from(diagnostics));
            }
            if let Some(challenge) = &self.challenge {
                members.insert("extension".to_owned(), json!([challenge.to_value()]));
            }
        }
        json!({ "resourceType": "OperationOutcome", "issue": [issue] })
            .to_string()
            .into_bytes()
    }
}

/// A code and its code system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coding<'a> {
    /// The address of the code system.
    pub system: &'a str,
    /// The code in it.
    pub code: &'a str,
    /// Its text for people.
    pub display: Option<&'a str>,
}

impl Coding<'_> {
    fn to_value(self) -> Value {
        let mut coding = json!({ "system": self.system, "code": self.code });
        if let (Some(members), Some(display)) = (coding.as_object_mut(), self.display) {
            members.insert("display".to_owned(), Value::from(display));
        }
        coding
    }
}

/// How a breakable refusal may be broken: what to declare, where, and for whom.
#[derive(Clone, Debug)]
pub struct Challenge<'a> {
    /// Where the declaration is posted.
    pub declaration_url: &'a str,
    /// The one patient that the permit will be for.
    pub patient: &'a Id,
    /// The reasons to choose from, most likely first.
    pub reasons: &'a [Coding<'a>],
    /// For how long it would open at the most, in seconds.
    pub ttl_s_max: u64,
}

/// The type of authorisation that a declaration asks for (RFC 9396, section 2).
pub const BREAK_GLASS_DETAILS: &str = "break_glass";

impl Challenge<'_> {
    fn to_value(&self) -> Value {
        let mut parts = vec![
            json!({ "url": "declaration", "valueUrl": self.declaration_url }),
            json!({
                "url": "purpose",
                "valueCoding": { "system": V3_ACT_REASON, "code": "BTG" },
            }),
            json!({
                "url": "patient",
                "valueReference": { "reference": format!("Patient/{}", self.patient) },
            }),
        ];
        // RFC 9396: what to ask for, ready to be sent back with a reason in it. An identity needs no
        // escaping, and the text is the same in every build.
        let details = format!(
            r#"[{{"type":"{BREAK_GLASS_DETAILS}","patient":"{}","purpose":"BTG","ttl_s":{}}}]"#,
            self.patient, self.ttl_s_max,
        );
        parts.push(json!({ "url": "authorization-details", "valueString": details }));
        parts.extend(
            self.reasons
                .iter()
                .map(|reason| json!({ "url": "reason", "valueCoding": reason.to_value() })),
        );
        json!({ "url": BREAK_GLASS_EXTENSION, "extension": parts })
    }
}

/// How bad an issue is (value set `issue-severity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The action failed for a cause that nothing could mend.
    Fatal,
    /// The action failed.
    Error,
    /// The action may not have done what was meant.
    Warning,
    /// Nothing went wrong.
    Information,
}

impl Severity {
    /// The code in the value set.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

macro_rules! issue_types {
    ($($variant:ident $code:literal,)*) => {
        /// What kind of issue it is (value set `issue-type`, required in R4).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are the codes of the standard")]
        pub enum IssueType {
            $($variant,)*
        }

        impl IssueType {
            /// All of them, in the order of the standard.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code in the value set.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

issue_types! {
    Invalid "invalid",
    Structure "structure",
    Required "required",
    Value "value",
    Invariant "invariant",
    Security "security",
    Login "login",
    Unknown "unknown",
    Expired "expired",
    Forbidden "forbidden",
    Suppressed "suppressed",
    Processing "processing",
    NotSupported "not-supported",
    Duplicate "duplicate",
    MultipleMatches "multiple-matches",
    NotFound "not-found",
    Deleted "deleted",
    TooLong "too-long",
    CodeInvalid "code-invalid",
    Extension "extension",
    TooCostly "too-costly",
    BusinessRule "business-rule",
    Conflict "conflict",
    Transient "transient",
    LockError "lock-error",
    NoStore "no-store",
    Exception "exception",
    Timeout "timeout",
    Incomplete "incomplete",
    Throttled "throttled",
    Informational "informational",
}

#[cfg(test)]
mod tests;
