//! Web applications behind the door: use is decided and kept, then the bytes pass both ways.

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use policy::{Action, Decision, Target};

use crate::answer::{Body, mark};
use crate::door::Door;
use crate::identity::Identity;
use crate::limits::WEB_BODY_BYTES_MAX;
use crate::record::Account;
use crate::refusal::Refused;
use crate::upstream::Upstream;
use crate::visit::Visit;

/// Headers that concern one connection only (RFC 9110 section 7.6.1), and those that the door
/// alone may set or that would hand the door's own credentials to an application.
const NOT_PASSED: [HeaderName; 13] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::COOKIE,
    header::FORWARDED,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::SET_COOKIE,
    header::STRICT_TRANSPORT_SECURITY,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

impl Door {
    /// Lets a person use a web application, when the policy permits.
    pub(crate) async fn pass_web(
        &self,
        visit: &Visit,
        who: &Identity,
        upstream: &Upstream,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let terms = &upstream.terms;
        let mut account = Account::new(visit, who, &terms.name, Action::UseService);
        let target = Target::Service {
            name: terms.name.as_str(),
            tier: terms.tier,
        };
        let decision = self.decide(visit, who, Action::UseService, target);
        account.take_decision(&decision);
        let Decision::Permit(permit) = decision else {
            return self.turn_away(account, &decision).await;
        };
        account.status = StatusCode::OK;
        // INVARIANT: (2) the use is kept before the application hears of it: a request may act, so
        // it is not enough to keep it before the answer shows.
        let receipt = match self.keep_access(&account).await {
            Ok(receipt) => receipt,
            Err(not_kept) => return self.not_kept(visit, not_kept),
        };
        let Some(request) = outward(visit, who, upstream, request) else {
            return self.refuse(
                visit,
                &Refused::of(StatusCode::BAD_REQUEST, "request-malformed"),
            );
        };
        match upstream.pass(permit, request).await {
            Ok(response) => {
                let mut response = inward(response);
                mark(&mut response, &receipt);
                response
            }
            Err(fault) => self.upstream_failed(visit, &terms.name, fault).await,
        }
    }
}

/// The request as the application gets it: without credentials, with the person's name.
fn outward(
    visit: &Visit,
    who: &Identity,
    upstream: &Upstream,
    request: Request<Incoming>,
) -> Option<Request<Body>> {
    let (path, query) = visit.below_service();
    let target = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let (head, body) = request.into_parts();
    let body = Limited::new(body, WEB_BODY_BYTES_MAX).boxed_unsync();
    let mut outward = Request::builder()
        .method(head.method)
        .uri(upstream.uri(&target).ok()?);
    let headers = outward.headers_mut()?;
    pass_headers(&head.headers, headers);
    headers.insert(
        "x-request-id",
        HeaderValue::from_str(visit.id.as_str()).ok()?,
    );
    headers.insert(
        "x-hygie-person",
        HeaderValue::from_str(who.person.as_str()).ok()?,
    );
    if let Some(authorization) = &upstream.terms.authorization {
        headers.insert(header::AUTHORIZATION, authorization.clone());
    }
    outward.body(body).ok()
}

fn inward(response: Response<Incoming>) -> Response<Body> {
    let (head, body) = response.into_parts();
    let mut inward = Response::new(Limited::new(body, WEB_BODY_BYTES_MAX).boxed_unsync());
    *inward.status_mut() = head.status;
    pass_headers(&head.headers, inward.headers_mut());
    inward
}

/// Copies the headers that may pass; those named by `Connection` may not.
fn pass_headers(from: &HeaderMap, to: &mut HeaderMap) {
    let of_the_connection: Vec<String> = from
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    for (name, value) in from {
        let own = name.as_str().starts_with("x-hygie-")
            || name.as_str().starts_with("x-forwarded-")
            || name.as_str() == "keep-alive"
            || name.as_str() == "x-request-id";
        let hop = of_the_connection.iter().any(|hop| hop == name.as_str());
        if !own && !hop && !NOT_PASSED.contains(name) {
            to.append(name.clone(), value.clone());
        }
    }
}
