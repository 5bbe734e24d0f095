//! What goes to an upstream to change something there, and what it says of it.

use bytes::Bytes;
use hyper::StatusCode;
use wire::fhir::disclosure::own_address;
use wire::fhir::{Id, ResourceType};

use super::headers::VersionTag;
use crate::upstream::{Errand, Fault, Said};

/// A change that was decided, in the door's own words.
#[derive(Debug)]
pub(super) struct Intent {
    pub(super) method: &'static str,
    /// Below the upstream's base.
    pub(super) target: String,
    pub(super) media_type: &'static str,
    pub(super) body: Bytes,
    /// The version that was decided upon: the upstream refuses when it is another by then.
    pub(super) if_match: Option<Id>,
    pub(super) if_none_exist: Option<String>,
}

/// What became of a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It is done; the address and the version that it has now.
    Changed {
        status: StatusCode,
        at: Option<(ResourceType, Id)>,
        version: Option<Id>,
    },
    /// It was changed by somebody else in between, or more than one is there.
    Conflict,
    /// The upstream's own rules do not take it.
    NotTaken,
}

/// Sends a change.
///
/// A crash or a lost connection here leaves a change that evidence says was allowed and that may or
/// may not have happened; the client asks again with the version it knows.
pub(super) async fn send(intent: &Intent, errand: &mut Errand<'_>) -> Result<Done, Fault> {
    let mut headers = vec![
        ("prefer", "return=minimal".to_owned()),
        ("content-type", intent.media_type.to_owned()),
    ];
    if let Some(version) = &intent.if_match {
        headers.push(("if-match", format!("W/\"{version}\"")));
    }
    if let Some(query) = &intent.if_none_exist {
        headers.push(("if-none-exist", query.clone()));
    }
    let said = errand
        .change(intent.method, &intent.target, &headers, intent.body.clone())
        .await?;
    done(&said, intent.if_none_exist.is_some(), &errand.own_bases())
}

fn done(said: &Said, conditional: bool, own_bases: &[&str]) -> Result<Done, Fault> {
    match said.status {
        // INVARIANT: what is there already was looked for among what may be shown. What the upstream
        // finds beyond that is hidden or came in between, and its address is not told.
        StatusCode::OK if conditional => Ok(Done::Conflict),
        status @ (StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT) => {
            let version = said.etag.as_deref().map(VersionTag::parse);
            Ok(Done::Changed {
                status,
                at: said
                    .location
                    .as_deref()
                    .and_then(|location| own_address(location, own_bases)),
                version: match version {
                    Some(VersionTag::One(version)) => Some(version),
                    Some(VersionTag::NotUnderstood) | None => None,
                },
            })
        }
        StatusCode::CONFLICT
        | StatusCode::PRECONDITION_FAILED
        | StatusCode::NOT_FOUND
        | StatusCode::GONE => Ok(Done::Conflict),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Ok(Done::NotTaken),
        status => {
            tracing::warn!(%status, "Upstream refused a change");
            Err(Fault::Refused)
        }
    }
}
