//! Bulk export (FHIR Bulk Data Access, `Patient/$export`, `Group/id/$export` and `$export`): files of
//! lines, each line decided when it is downloaded.
//!
//! A job is a sealed token that says what was asked for; nothing is prepared and nothing is stored.
//! A file is read from the upstream page by page while the client takes it, so memory is bounded by
//! a page. What the policy allows at the download counts, not what it allowed at the kick-off.

mod file;

use std::collections::BTreeSet;
use std::sync::Arc;

use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use policy::Action;
use serde_json::json;
use tokio::sync::mpsc;
use wire::fhir::disclosure::group_members;
use wire::fhir::{self, Answer, ExportOf, Filter, Id, ResourceType, Search};

use super::headers::Preconditions;
use super::page::{Cursor, Page};
use super::sift::{read, unreadable};
use super::verdicts::Verdicts;
use super::{Ask, Asked};
use crate::answer::{Body, FHIR_JSON, answer};
use crate::door::Door;
use crate::limits::{
    EXPORT_AGE_MAX, EXPORT_MEMBERS_MAX, EXPORT_PIECES_MAX, IDS_PER_QUESTION_MAX,
    UPSTREAM_PAGE_ENTRIES,
};
use crate::refusal::Refused;
use crate::upstream::{Errand, Fault, Fetched};

use file::{FileTask, Lines};

const NDJSON: &str = "application/fhir+ndjson";

/// What a job asks for.
pub(super) struct Job {
    pub(super) of: ExportOf,
    /// The types wanted; none stands for every type that may be.
    pub(super) types: Vec<ResourceType>,
    pub(super) since: Option<Box<str>>,
}

impl Door {
    /// `GET /Patient/$export` and alike: begins a job.
    pub(super) async fn answer_export(
        &self,
        ask: Ask<'_>,
        job: Job,
        preconditions: &Preconditions,
    ) -> Response<Body> {
        let of = job.of.clone();
        let request = job.into_request();
        let search = request.canonical_target();
        let Some(asked) = Asked::of_type(Action::Export, request) else {
            return self.malformed(ask).await;
        };
        if !preconditions.wants_async {
            let refused = Refused::of(StatusCode::BAD_REQUEST, "export-not-async");
            return self.not_read(ask, &refused).await;
        }
        let (mut account, mut errand) = match self.begin(ask, &asked).await {
            Ok(begun) => begun,
            Err(response) => return *response,
        };
        if let Err(response) = self.members(ask, &mut errand, &of).await {
            return *response;
        }
        let page = Page {
            search,
            cursor: Cursor {
                target: String::new(),
                skip: 0,
                shown: 0,
            },
        };
        let (holder, at) = (self.holder(ask), ask.visit.at);
        let Some(token) = self.pages().seal(&page, holder, at, EXPORT_AGE_MAX) else {
            return self.malformed(ask).await;
        };
        account.take_grounds(std::slice::from_ref(errand.permit()));
        account.status = StatusCode::ACCEPTED;
        let receipt = match self.keep_access(&account).await {
            Ok(receipt) => receipt,
            Err(not_kept) => return self.not_kept(ask.visit, not_kept),
        };
        let job = fhir::Request::ExportJob {
            token: token.into(),
        };
        let place = format!(
            "{}{}",
            self.public_base(ask.upstream),
            job.canonical_target()
        );
        let mut response = answer(StatusCode::ACCEPTED, FHIR_JSON, "");
        if let Ok(place) = HeaderValue::from_str(&place) {
            response
                .headers_mut()
                .insert(header::CONTENT_LOCATION, place);
        }
        crate::answer::mark(&mut response, &receipt);
        response
    }

    /// `GET /_export/token`: the files of a job, which are ready at once.
    pub(super) async fn answer_export_job(&self, ask: Ask<'_>, token: &str) -> Response<Body> {
        let Some(job) = self.job_behind(ask, token) else {
            return self.job_unknown(ask).await;
        };
        let base = self.public_base(ask.upstream);
        let output: Vec<_> = job
            .wanted()
            .into_iter()
            .map(|resource_type| {
                let file = fhir::Request::ExportFile {
                    token: token.into(),
                    resource_type,
                };
                json!({
                    "type": resource_type.name(),
                    "url": format!("{base}{}", file.canonical_target()),
                })
            })
            .collect();
        let request = job.into_request();
        let manifest = json!({
            "transactionTime": ask.visit.at.to_string(),
            "request": format!("{base}{}", request.canonical_target()),
            "requiresAccessToken": true,
            "output": output,
            "error": [],
        });
        answer(StatusCode::OK, "application/json", manifest.to_string())
    }

    /// `GET /_export/token/Type`: one file, decided line by line while it is read.
    pub(super) async fn answer_export_file(
        self: &Arc<Self>,
        ask: Ask<'_>,
        token: &str,
        resource_type: ResourceType,
    ) -> Response<Body> {
        let job = self.job_behind(ask, token);
        let Some(job) = job.filter(|job| job.wanted().contains(&resource_type)) else {
            return self.job_unknown(ask).await;
        };
        let request = fhir::Request::ExportFile {
            token: token.into(),
            resource_type,
        };
        let Some(asked) = Asked::of_type(Action::Export, request) else {
            return self.malformed(ask).await;
        };
        // Whoever may not begin to read is told so before the first byte.
        let (account, mut errand) = match self.begin(ask, &asked).await {
            Ok(begun) => begun,
            Err(response) => return *response,
        };
        let members = match self.members(ask, &mut errand, &job.of).await {
            Ok(members) => members,
            Err(response) => return *response,
        };
        drop((account, errand));
        let targets = job.targets(resource_type, members.as_ref());
        let (sender, receiver) = mpsc::channel(EXPORT_PIECES_MAX);
        let task = FileTask {
            door: Arc::clone(self),
            visit: ask.visit.clone(),
            who: ask.who.clone(),
            service: ask.upstream.terms.name.to_string(),
            asked,
            members,
        };
        tokio::spawn(async move { task.write(targets, &sender).await });
        let mut response = Response::new(http_body_util::BodyExt::boxed_unsync(Lines(receiver)));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
        response
    }

    /// The patients whose resources are wanted, when the export is of a group; else the answer to
    /// whom there is no such group, or which cannot be read.
    async fn members(
        &self,
        ask: Ask<'_>,
        errand: &mut Errand<'_>,
        of: &ExportOf,
    ) -> Result<Option<BTreeSet<Id>>, Box<Response<Body>>> {
        let ExportOf::Group(id) = of else {
            return Ok(None);
        };
        match self.group(ask, errand, id).await {
            Ok(Some(members)) => Ok(Some(members)),
            Ok(None) => Err(Box::new(self.job_unknown(ask).await)),
            Err(fault) => {
                let service = &ask.upstream.terms.name;
                Err(Box::new(
                    self.upstream_failed(ask.visit, service, fault).await,
                ))
            }
        }
    }

    /// The patients in a group; `None` when it is not there for this person.
    async fn group(
        &self,
        ask: Ask<'_>,
        errand: &mut Errand<'_>,
        id: &Id,
    ) -> Result<Option<BTreeSet<Id>>, Fault> {
        let Some(resource_type) = ResourceType::parse("Group") else {
            return Ok(None);
        };
        let request = fhir::Request::Read {
            resource_type,
            id: id.clone(),
        };
        let Fetched::Bytes(bytes) = errand.fetch(&request.canonical_target()).await? else {
            return Ok(None);
        };
        let bases = errand.own_bases();
        let answer = read(&bytes, &bases)?;
        if !request.is_answered_by(&answer) {
            return Err(unreadable("another-answer"));
        }
        let Answer::Resource(group) = answer else {
            return Err(unreadable("another-answer"));
        };
        // INVARIANT: who is in a group is told by the lines of its members, so only to whoever may
        // export each of them as a patient.
        let judge = self.judge(ask);
        if !Verdicts::new(&judge).may_list(Action::Export, &group) {
            return Ok(None);
        }
        match group_members(group.raw, &bases) {
            Some(members) if members.len() <= EXPORT_MEMBERS_MAX => Ok(Some(members)),
            Some(_) => Err(Fault::TooLarge),
            None => Err(unreadable("no-group")),
        }
    }

    /// What a job asked for, when it is this person's and still good.
    fn job_behind(&self, ask: Ask<'_>, token: &str) -> Option<Job> {
        let page = self.pages().open(token, self.holder(ask), ask.visit.at)?;
        let (path, query) = page.search.split_once('?').unwrap_or((&page.search, ""));
        let limits = &wire::limits::TargetLimits::DEFAULT;
        match fhir::Request::parse("GET", path, Some(query), limits) {
            Ok(fhir::Request::Export { of, types, since }) => Some(Job { of, types, since }),
            _ => None,
        }
    }

    /// A job that is another's tells nothing, not even that it is there.
    async fn job_unknown(&self, ask: Ask<'_>) -> Response<Body> {
        let mut account = self.account_of(ask, Action::Export);
        account.grounds = policy::Grounds::of_reason("not-found");
        account.status = StatusCode::NOT_FOUND;
        let refused = Refused::of(StatusCode::NOT_FOUND, "not-found");
        self.refuse_kept(&account, &refused).await
    }
}

impl Job {
    fn into_request(self) -> fhir::Request {
        let Self { of, types, since } = self;
        fhir::Request::Export { of, types, since }
    }

    /// The types of its files.
    fn wanted(&self) -> Vec<ResourceType> {
        if !self.types.is_empty() {
            return self.types.clone();
        }
        let with_open = self.of == ExportOf::System;
        ResourceType::all()
            .filter(|it| it.is_exported(with_open))
            .collect()
    }

    /// The plain searches that find the resources of one file, one after the other.
    fn targets(&self, resource_type: ResourceType, members: Option<&BTreeSet<Id>>) -> Vec<String> {
        let filters = self
            .since
            .iter()
            .map(|since| Filter::since(since))
            .collect();
        let search = Search {
            filters,
            ..Search::of_type(resource_type)
        };
        match members {
            None => vec![search.plain_target(&[], &[], UPSTREAM_PAGE_ENTRIES)],
            Some(members) => {
                let members: Vec<Id> = members.iter().cloned().collect();
                let some = members.chunks(IDS_PER_QUESTION_MAX);
                some.map(|some| search.plain_target(some, &[], UPSTREAM_PAGE_ENTRIES))
                    .collect()
            }
        }
    }
}
