//! Saying no: why, and what can be done now, as FHIR, as a page or as plain JSON.

use event::{Disclosed, GlassReason, Outcome, PatientId, Rejected};
use evidence::Receipt;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use locale::Family;
use policy::{Action, Decision};
use wire::fhir::{Challenge, Coding, Id, IssueType, Severity};

use crate::answer::{Body, FHIR_JSON, HTML, answer, mark, mark_rejected};
use crate::door::Door;
use crate::identity::Rejection;
use crate::ledger::NotKept;
use crate::record::Account;
use crate::visit::Visit;

/// The code system of the door's own reasons.
const REASON_SYSTEM: &str = "urn:x-hygie:reason";

/// The code system of break-glass reasons.
const GLASS_REASON_SYSTEM: &str = "urn:x-hygie:break-glass-reason";

/// A refusal to be told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused<'a> {
    pub(crate) status: StatusCode,
    /// The stable code that texts are found by.
    pub(crate) code: &'a str,
    /// The part of the request in question.
    pub(crate) detail: Option<&'a str>,
    /// The patient for whom an emergency may be declared.
    pub(crate) breakable: Option<&'a PatientId>,
    /// The reasons to choose from, the likeliest first.
    pub(crate) reasons: &'a [GlassReason],
    /// The leaf of the refusal in evidence.
    pub(crate) evidence_index: Option<u64>,
}

impl<'a> Refused<'a> {
    pub(crate) fn of(status: StatusCode, code: &'a str) -> Self {
        Self {
            status,
            code,
            detail: None,
            breakable: None,
            reasons: GlassReason::ALL,
            evidence_index: None,
        }
    }
}

impl Door {
    /// Keeps a refusal that the policy gave, and tells it.
    pub(crate) async fn turn_away(
        &self,
        mut account: Account<'_>,
        decision: &Decision,
    ) -> Response<Body> {
        let disclosed = account.disclosed.clone();
        account.take_decision(decision);
        account.disclosed = Disclosed {
            resources: 0,
            ..disclosed
        };
        account.status = StatusCode::FORBIDDEN;
        let patient = account.patient.clone();
        let breakable = patient
            .as_ref()
            .filter(|_| decision.outcome() == Outcome::Breakable);
        let code = decision.grounds().first_reason();
        let reasons = breakable.map(|patient| self.ranked(account.visit, account.who, patient));
        let refused = Refused {
            breakable,
            reasons: reasons.as_deref().unwrap_or(GlassReason::ALL),
            ..Refused::of(StatusCode::FORBIDDEN, code)
        };
        self.refuse_kept(&account, &refused).await
    }

    /// The reasons of a declaration, those first that this person most likely needs.
    pub(crate) fn ranked(
        &self,
        visit: &Visit,
        who: &crate::identity::Identity,
        patient: &PatientId,
    ) -> Vec<GlassReason> {
        let directory = self.directory();
        policy::rank_reasons(directory, &who.person, patient, who.glass_wish, visit.at)
    }

    /// Keeps an account, then tells the refusal.
    pub(crate) async fn refuse_kept(
        &self,
        account: &Account<'_>,
        refused: &Refused<'_>,
    ) -> Response<Body> {
        match self.keep_access(account).await {
            Err(not_kept) => self.not_kept(account.visit, not_kept),
            Ok(receipt) => self.refuse_under(account.visit, refused, &receipt),
        }
    }

    /// Turns away somebody whom nobody knows, and keeps that.
    pub(crate) async fn reject(
        &self,
        visit: &Visit,
        status: StatusCode,
        reason: &str,
        text: &str,
    ) -> Response<Body> {
        let rejected = Rejected {
            request: Some(visit.id.clone()),
            ip: visit.ip,
            reason: reason.to_owned(),
            status: status.as_u16(),
        };
        let refused = Refused::of(status, text);
        let kept = self.ledger().keep_rejection(rejected, visit.at).await;
        let mut response = self.refuse(visit, &refused);
        if let Some(receipt) = kept {
            mark_rejected(&mut response, &receipt);
        }
        response
    }

    /// Turns away a token or a certificate.
    pub(crate) async fn reject_identity(
        &self,
        visit: &Visit,
        rejection: Rejection,
    ) -> Response<Body> {
        let text = match rejection {
            Rejection::TokenMissing => "token-missing",
            Rejection::TokenExpired => "token-expired",
            Rejection::CertificateExpired
            | Rejection::CertificateMalformed
            | Rejection::CertificateMissing
            | Rejection::CertificateNotYetValid
            | Rejection::CertificateSubject => "certificate-invalid",
            Rejection::TokenAlgorithm
            | Rejection::TokenAudience
            | Rejection::TokenBound
            | Rejection::TokenIssuer
            | Rejection::TokenKeyUnknown
            | Rejection::TokenMalformed
            | Rejection::TokenNotYetValid
            | Rejection::TokenProof
            | Rejection::TokenPurpose
            | Rejection::TokenSignature
            | Rejection::TokenSubject
            | Rejection::TokenTooLong => "token-invalid",
        };
        let mut response = self
            .reject(visit, StatusCode::UNAUTHORIZED, rejection.code(), text)
            .await;
        // RFC 6750 section 3.1: a request without any proof is told only the scheme.
        let challenge = HeaderValue::from_static(match rejection {
            Rejection::TokenMissing => "Bearer",
            // RFC 9449, section 7.1.
            Rejection::TokenProof => {
                "DPoP error=\"invalid_dpop_proof\", algs=\"ES256 EdDSA RS256\""
            }
            _ => "Bearer error=\"invalid_token\"",
        });
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
        response
    }

    /// Nothing is shown, because nothing can be kept.
    pub(crate) fn not_kept(&self, visit: &Visit, _not_kept: NotKept) -> Response<Body> {
        self.refuse(
            visit,
            &Refused::of(StatusCode::SERVICE_UNAVAILABLE, "evidence-unavailable"),
        )
    }

    fn refuse_under(
        &self,
        visit: &Visit,
        refused: &Refused<'_>,
        receipt: &Receipt,
    ) -> Response<Body> {
        let refused = Refused {
            evidence_index: Some(receipt.index()),
            ..*refused
        };
        let mut response = self.refuse(visit, &refused);
        mark(&mut response, receipt);
        response
    }

    /// Tells a refusal in the form and language of the request.
    pub(crate) fn refuse(&self, visit: &Visit, refused: &Refused<'_>) -> Response<Body> {
        let mut response = if visit.wants_page {
            answer(refused.status, HTML, self.refusal_page(visit, refused))
        } else {
            answer(
                refused.status,
                FHIR_JSON,
                self.refusal_outcome(visit, refused),
            )
        };
        let language = HeaderValue::from_static(visit.language.code());
        response
            .headers_mut()
            .insert(header::CONTENT_LANGUAGE, language);
        response.headers_mut().insert(
            header::VARY,
            HeaderValue::from_static("accept, accept-language"),
        );
        if refused.breakable.is_some() {
            // The pattern of RFC 9470: the client learns what would suffice, and where.
            let challenge = HeaderValue::from_static(
                "Bearer error=\"insufficient_authorization\", \
                 error_description=\"an emergency may be declared\", \
                 purpose=\"BTG\", authorization_details_types=\"break_glass\", \
                 declaration=\"/break-glass\"",
            );
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        if refused.status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }

    fn refusal_page(&self, visit: &Visit, refused: &Refused<'_>) -> String {
        let frame = self.frame(visit.language);
        if refused.status == StatusCode::UNAUTHORIZED {
            return page::sign_in_required(&frame, &self.sign_in_view(visit, refused.code));
        }
        let glass = refused.breakable.map(|patient| page::GlassOffer {
            patient: patient.clone(),
            minutes: self.glass_minutes(),
            reasons: refused.reasons.to_vec(),
            return_to: visit.target(),
            missing: None,
        });
        if refused.status == StatusCode::FORBIDDEN {
            let view = page::Refusal {
                code: refused.code.to_owned(),
                detail: refused.detail.map(str::to_owned),
                request: Some(visit.id.clone()),
                evidence_index: refused.evidence_index,
                glass,
            };
            return page::refusal(&frame, &view);
        }
        let view = page::Fault {
            code: refused.code.to_owned(),
            detail: refused.detail.map(str::to_owned),
            request: Some(visit.id.clone()),
            evidence_index: refused.evidence_index,
        };
        page::error(&frame, &view)
    }

    fn refusal_outcome(&self, visit: &Visit, refused: &Refused<'_>) -> Vec<u8> {
        let explained = self
            .catalog()
            .explain(visit.language, refused.code, refused.detail);
        let text = format!("{} {}", explained.reason, explained.advice);
        let labels: Vec<String> = refused
            .reasons
            .iter()
            .map(|r| {
                self.catalog()
                    .label(visit.language, Family::GlassReason, r.code())
            })
            .collect();
        let reasons: Vec<Coding<'_>> = refused
            .reasons
            .iter()
            .zip(&labels)
            .map(|(reason, label)| Coding {
                system: GLASS_REASON_SYSTEM,
                code: reason.code(),
                display: Some(label),
            })
            .collect();
        let declaration_url = format!("{}/break-glass", self.public_url());
        let patient = refused
            .breakable
            .and_then(|patient| Id::parse(patient.as_str()));
        let diagnostics = format!("request {}", visit.id);
        wire::fhir::Outcome {
            severity: Severity::Error,
            issue: issue_of(refused.status),
            code: Coding {
                system: REASON_SYSTEM,
                code: refused.code,
                display: None,
            },
            text: &text,
            diagnostics: Some(&diagnostics),
            challenge: patient.as_ref().map(|patient| Challenge {
                declaration_url: &declaration_url,
                patient,
                reasons: &reasons,
                ttl_s_max: self.glass_terms().open().as_secs(),
            }),
        }
        .to_json()
    }

    /// Keeps and tells that a person asked for something that is not there.
    pub(crate) async fn page_not_found(
        &self,
        visit: &Visit,
        who: &crate::identity::Identity,
    ) -> Response<Body> {
        let mut account = Account::new(visit, who, self.own_name(), Action::UseService);
        account.grounds = policy::Grounds::of_reason("page-not-found");
        account.status = StatusCode::NOT_FOUND;
        self.refuse_kept(
            &account,
            &Refused::of(StatusCode::NOT_FOUND, "page-not-found"),
        )
        .await
    }
}

/// The issue type of R4's value set that fits a status.
fn issue_of(status: StatusCode) -> IssueType {
    match status {
        StatusCode::UNAUTHORIZED => IssueType::Login,
        StatusCode::FORBIDDEN => IssueType::Forbidden,
        StatusCode::NOT_FOUND => IssueType::NotFound,
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => IssueType::NotSupported,
        StatusCode::PAYLOAD_TOO_LARGE => IssueType::TooLong,
        StatusCode::TOO_MANY_REQUESTS => IssueType::Throttled,
        StatusCode::GATEWAY_TIMEOUT => IssueType::Timeout,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => IssueType::Transient,
        _ => IssueType::Invalid,
    }
}
