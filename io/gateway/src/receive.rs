//! The life of a request, top to bottom: named, authenticated, sent to what it is for.

use std::sync::Arc;

use event::RequestId;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response, StatusCode};

use crate::answer::{Body, finish};
use crate::door::Door;
use crate::hall::is_own_form;
use crate::identity::{Confirmation, Identity, KeyProof, Proved, Rejection, Shown, bearer, proved};
use crate::serve::Peer;
use crate::upstream::Kind;
use crate::visit::{Visit, session_cookie};

/// How a person proved who they are.
enum Proof {
    /// With a token in a header: nothing that a foreign page could send along.
    Presented(Identity),
    /// With what a browser sends along by itself: its cookie, or the certificate of a card.
    Ambient(Identity),
}

impl Door {
    /// Answers one request.
    pub(crate) async fn receive(
        self: &Arc<Self>,
        peer: &Peer,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let Ok(id) = RequestId::new(&self.fresh_name("")) else {
            return Response::new(crate::answer::full(""));
        };
        let (visit, target) = Visit::begin(id, self.now(), peer.ip, &request, self.language());
        let mut response = match target {
            Ok(()) => self.route(peer, &visit, request).await,
            Err(bad) => {
                self.reject(
                    &visit,
                    StatusCode::BAD_REQUEST,
                    bad.code(),
                    "request-malformed",
                )
                .await
            }
        };
        finish(response.headers_mut(), &visit.id);
        response
    }

    async fn route(
        self: &Arc<Self>,
        peer: &Peer,
        visit: &Visit,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let looking = matches!(*request.method(), Method::GET | Method::HEAD);
        let posting = *request.method() == Method::POST;
        let proof = self
            .authenticate(peer, visit, request.method(), request.headers())
            .await;
        let who = proof.as_ref().ok().map(Proof::who);
        if looking && let Some(page) = self.public_page(visit, who).await {
            return page;
        }
        let own_form = is_own_form(request.headers(), self.public_url());
        match visit.path() {
            "/session" if posting && own_form => {
                return self.sign_in(visit, request.into_body()).await;
            }
            "/session/end" if posting && own_form => {
                if let Ok(proof) = &proof {
                    self.leave_with_session(visit, proof.who()).await;
                }
                return Self::sign_out();
            }
            _ => {}
        }
        let who = match proof {
            Ok(Proof::Presented(who)) => who,
            // INVARIANT: what changes anything under a cookie or a certificate must not come from a
            // foreign page.
            Ok(Proof::Ambient(who)) if looking || own_form => who,
            Ok(Proof::Ambient(_)) => {
                let (status, code) = (StatusCode::FORBIDDEN, "request-forbidden-construct");
                return self.reject(visit, status, "foreign-form", code).await;
            }
            Err(rejection) => return self.reject_identity(visit, rejection).await,
        };
        match visit.service() {
            "break-glass" => self.at_break_glass(visit, &who, request).await,
            "guard" => self.at_devices(visit, &who, request).await,
            "console" => self.at_console(visit, &who, request).await,
            _ => self.to_service(visit, &who, request).await,
        }
    }

    async fn to_service(
        self: &Arc<Self>,
        visit: &Visit,
        who: &Identity,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let Some(upstream) = self.upstream(visit.service()) else {
            return self.page_not_found(visit, who).await;
        };
        match upstream.terms.kind {
            Kind::Fhir => self.answer_fhir(visit, who, upstream, request).await,
            Kind::Web => self.pass_web(visit, who, upstream, request).await,
        }
    }

    async fn authenticate(
        &self,
        peer: &Peer,
        visit: &Visit,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Proof, Rejection> {
        let shown = Shown {
            certificate: peer.key.as_ref(),
            proof: None,
        };
        match bearer(headers) {
            Ok(token) => self
                .verifier()
                .identify(token, visit.at, &shown)
                .await
                .map(Proof::Presented),
            // A token that is there and wrong is never passed over for another proof.
            Err(rejection) if rejection != Rejection::TokenMissing => Err(rejection),
            Err(missing) => {
                match proved(headers) {
                    Ok(token) => {
                        return self.by_proof(visit, method, headers, (token, shown)).await;
                    }
                    Err(Rejection::TokenMissing) => {}
                    Err(wrong) => return Err(wrong),
                }
                if let Some(token) = session_cookie(headers) {
                    let verified = self.verifier().identify(token, visit.at, &shown).await;
                    return verified.map(Proof::Ambient);
                }
                let certificate = peer.certificate.as_ref().ok_or(missing)?;
                let who = certificate.as_ref().map_err(|rejection| *rejection)?;
                who.check(visit.at)?;
                Ok(Proof::Ambient(who.clone()))
            }
        }
    }

    /// Who holds the token and the key that it is bound to (RFC 9449).
    async fn by_proof(
        &self,
        visit: &Visit,
        method: &Method,
        headers: &HeaderMap,
        (token, shown): (&str, Shown<'_>),
    ) -> Result<Proof, Rejection> {
        // INVARIANT: a proof is for the address by which this door is known, not for whatever a
        // request calls its host: it may have been made for somebody else's.
        let url = format!("{}{}", self.public_url(), visit.path());
        let proved = Proved {
            method: method.as_str(),
            url: &url,
            token,
        };
        let proof = KeyProof::read(headers, &proved, visit.at)?;
        let shown = Shown {
            proof: Some(&proof.key),
            ..shown
        };
        let who = self.verifier().identify(token, visit.at, &shown).await?;
        // A token that is bound to no key proves nothing more by this one.
        if !matches!(who.confirmation, Some(Confirmation::Proof(_))) {
            return Err(Rejection::TokenProof);
        }
        self.proofs().spend(&proof, visit.at)?;
        Ok(Proof::Presented(who))
    }
}

impl Proof {
    fn who(&self) -> &Identity {
        match self {
            Self::Presented(who) | Self::Ambient(who) => who,
        }
    }
}
