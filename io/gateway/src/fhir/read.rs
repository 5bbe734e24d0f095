//! What is asked for by its id: a resource, a version, all versions, a document, a whole record.

use event::{Confidentiality, PatientId};
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use policy::{Action, Decision, Target};
use wire::fhir::disclosure::{Version, attaches, read_history, version_of, write_history};
use wire::fhir::{self, Id, ResourceType};
use wire::limits::AnswerLimits;

use super::asked::DOCUMENT;
use super::headers::Preconditions;
use super::sift::{self, Release, Sifted, Sifter, unreadable};
use super::verdicts::{Judge, Verdicts, patients_of};
use super::{Ask, Asked};
use crate::answer::Body;
use crate::door::Door;
use crate::limits::{PAGES_MAX, UPSTREAM_PAGE_ENTRIES};
use crate::upstream::{Errand, Fault, Fetched};

impl Door {
    /// Answers what is asked for by its id.
    pub(super) async fn answer_fetch(
        &self,
        ask: Ask<'_>,
        request: fhir::Request,
        preconditions: &Preconditions,
    ) -> Response<Body> {
        let Some(asked) = Asked::of(request) else {
            return self.malformed(ask).await;
        };
        let (account, mut errand) = match self.begin(ask, &asked).await {
            Ok(begun) => begun,
            Err(response) => return *response,
        };
        let judge = self.judge(ask);
        let public_base = self.public_base(ask.upstream);
        let fetched = match &asked.request {
            fhir::Request::Everything { .. } => {
                everything(&asked, &mut errand, &public_base, &judge).await
            }
            fhir::Request::VersionRead {
                resource_type, id, ..
            } => version(&asked, *resource_type, id, &mut errand, &judge).await,
            fhir::Request::History {
                resource_type, id, ..
            } => history(*resource_type, id, &mut errand, &public_base, &judge).await,
            fhir::Request::Binary { id } => {
                let context = preconditions.security_context.as_deref();
                binary(id, context, &mut errand, &judge).await
            }
            _ => one(&asked, &mut errand, &judge).await,
        };
        match fetched {
            Ok(Some(sifted)) => {
                let tag = tag_of(&asked, &sifted);
                let response = self.show(account, &asked, &errand, sifted).await;
                tagged(response, tag.as_ref(), preconditions)
            }
            Ok(None) => self.absent(account, &errand).await,
            Err(fault) => self.fetch_failed(account, errand.permit(), fault).await,
        }
    }
}

/// Fetches one resource and decides it; `None` when there is no such resource.
pub(super) async fn one(
    asked: &Asked,
    errand: &mut Errand<'_>,
    judge: &Judge<'_>,
) -> Result<Option<Sifted>, Fault> {
    let Fetched::Bytes(bytes) = errand.fetch(&asked.request.canonical_target()).await? else {
        return Ok(None);
    };
    sift::sift_resource(asked, bytes, &errand.own_bases(), judge).map(Some)
}

/// Fetches one version and decides it, and the resource as it is now: a label that was put on
/// later, or a patient that was corrected, counts for what was before as well.
async fn version(
    asked: &Asked,
    resource_type: ResourceType,
    id: &Id,
    errand: &mut Errand<'_>,
    judge: &Judge<'_>,
) -> Result<Option<Sifted>, Fault> {
    match now(resource_type, id, errand, judge).await? {
        Some(Sifted::Shown(_)) | None => one(asked, errand, judge).await,
        hidden => Ok(hidden),
    }
}

/// The resource as it is now.
async fn now(
    resource_type: ResourceType,
    id: &Id,
    errand: &mut Errand<'_>,
    judge: &Judge<'_>,
) -> Result<Option<Sifted>, Fault> {
    let request = fhir::Request::Read {
        resource_type,
        id: id.clone(),
    };
    match Asked::of(request) {
        Some(current) => one(&current, errand, judge).await,
        None => Ok(None),
    }
}

/// Fetches the versions of one resource and keeps those that may be shown.
async fn history(
    resource_type: ResourceType,
    id: &Id,
    errand: &mut Errand<'_>,
    public_base: &str,
    judge: &Judge<'_>,
) -> Result<Option<Sifted>, Fault> {
    let current = now(resource_type, id, errand, judge).await?;
    let mut release = match current {
        Some(Sifted::Shown(release)) => Some(release),
        None => None,
        hidden => return Ok(hidden),
    };
    let target = format!("/{resource_type}/{id}/_history?_count={UPSTREAM_PAGE_ENTRIES}");
    let Fetched::Bytes(bytes) = errand.fetch(&target).await? else {
        return Ok(None);
    };
    let limits = &AnswerLimits::DEFAULT;
    let versions = read_history(&bytes, resource_type, id, &errand.own_bases(), limits)
        .map_err(|why| unreadable(why.code()))?;
    let mut verdicts = Verdicts::new(judge);
    let mut patients = std::collections::BTreeSet::<PatientId>::new();
    let mut hidden = None;
    let mut shown: Vec<&Version<'_>> = Vec::new();
    for version in &versions {
        match &version.resource {
            None => shown.push(version),
            Some(resource) => match verdicts.resource(Action::Read, resource) {
                Ok(concerned) => {
                    patients.extend(concerned);
                    shown.push(version);
                }
                Err(decision) => hidden = Some((decision, patients_of(resource))),
            },
        }
    }
    let withheld = versions.len().saturating_sub(shown.len());
    // That something was deleted is told only to one who may see what it was.
    if patients.is_empty() {
        return Ok(hidden.map(|(decision, patients)| Sifted::Hidden {
            decision: *decision,
            patients: patients.unwrap_or_default(),
        }));
    }
    let mut permits = verdicts.permits;
    if let Some(release) = &mut release {
        permits.append(&mut release.permits);
    }
    Ok(Some(Sifted::Shown(Release {
        permits,
        patients,
        resources: u32::try_from(shown.len()).unwrap_or(u32::MAX),
        withheld: u32::try_from(withheld).unwrap_or(u32::MAX),
        body: write_history(public_base, resource_type, id, &shown).into(),
    })))
}

/// Fetches a document and decides it by the resource that it belongs to: its own
/// `securityContext`, or the `DocumentReference` that the client names and that has to attach it.
async fn binary(
    id: &Id,
    context: Option<&str>,
    errand: &mut Errand<'_>,
    judge: &Judge<'_>,
) -> Result<Option<Sifted>, Fault> {
    let Fetched::Bytes(bytes) = errand.fetch(&format!("/Binary/{id}")).await? else {
        return Ok(None);
    };
    let own = fhir::disclosure::binary_context(&bytes, id, &errand.own_bases())
        .map_err(|why| unreadable(why.code()))?;
    let named = context.and_then(document_reference);
    let Some((resource_type, holder)) = own.holder.clone().or(named) else {
        return Ok(None);
    };
    let Some(held) = now(resource_type, &holder, errand, judge).await? else {
        return Ok(None);
    };
    let Sifted::Shown(mut release) = held else {
        return Ok(Some(held));
    };
    let text = str::from_utf8(&release.body).unwrap_or_default();
    if own.holder.is_none() && !attaches(text, id, &errand.own_bases()) {
        return Ok(None);
    }
    // One who may see who the patient is may not see every document because of that.
    if let Some(decision) = refusal_of_document(&release, own.labelled, judge) {
        return Ok(Some(Sifted::Hidden {
            decision: *decision,
            patients: release.patients,
        }));
    }
    release.body = bytes;
    Ok(Some(Sifted::Shown(release)))
}

/// Decides a document as one of each patient it concerns; its own labels are not read in detail, so
/// that any counts as the highest.
fn refusal_of_document(
    release: &Release,
    labelled: bool,
    judge: &Judge<'_>,
) -> Option<Box<Decision>> {
    let confidentiality = if labelled {
        Confidentiality::VeryRestricted
    } else {
        Confidentiality::Normal
    };
    let decisions = release.patients.iter().map(|patient| {
        let target = Target::Record {
            patient,
            resource_type: DOCUMENT,
            confidentiality,
        };
        judge(Action::Read, target)
    });
    decisions
        .filter(|decision| !matches!(decision, Decision::Permit(_)))
        .map(Box::new)
        .next()
}

fn document_reference(text: &str) -> Option<(ResourceType, Id)> {
    let id = text
        .strip_prefix("DocumentReference/")
        .and_then(Id::parse)?;
    Some((ResourceType::parse("DocumentReference")?, id))
}

/// Fetches every page of a whole record and decides each entry; `None` when the upstream knows no
/// such patient.
///
/// Pages are followed here, below the upstream's own base, so that the client never holds a
/// link that would carry it past a decision.
async fn everything(
    asked: &Asked,
    errand: &mut Errand<'_>,
    public_base: &str,
    judge: &Judge<'_>,
) -> Result<Option<Sifted>, Fault> {
    let mut sifter = Sifter::new(asked, public_base, judge);
    let mut target = asked.request.canonical_target();
    for page in 0..PAGES_MAX {
        let bytes = match errand.fetch(&target).await? {
            Fetched::Bytes(bytes) => bytes,
            Fetched::Absent if page == 0 => return Ok(None),
            Fetched::Absent => return Err(Fault::Unreadable),
        };
        match sifter.page(&bytes, &errand.own_bases())? {
            Some(next) => target = next,
            None => return Ok(Some(Sifted::Shown(sifter.finish()))),
        }
    }
    Err(Fault::TooLarge)
}

/// The version of the one resource that is shown.
fn tag_of(asked: &Asked, sifted: &Sifted) -> Option<Id> {
    let single = matches!(
        asked.request,
        fhir::Request::Read { .. } | fhir::Request::VersionRead { .. }
    );
    match sifted {
        Sifted::Shown(release) if single => version_of(str::from_utf8(&release.body).ok()?),
        _ => None,
    }
}

/// Names the version; the client that has it already is told so, once it may see it.
fn tagged(
    mut response: Response<Body>,
    tag: Option<&Id>,
    preconditions: &Preconditions,
) -> Response<Body> {
    let Some(version) = tag.filter(|_| response.status() == StatusCode::OK) else {
        return response;
    };
    if let Ok(value) = HeaderValue::from_str(&format!("W/\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, value);
    }
    let has_it = preconditions.if_none_match.as_ref();
    if has_it.is_some_and(|known| known.is(version)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = crate::answer::full("");
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}
