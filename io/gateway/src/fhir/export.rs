//! Bulk export (FHIR Bulk Data Access, `Patient/$export`): files of lines, each line decided when it
//! is downloaded.
//!
//! A job is a sealed token that says what was asked for; nothing is prepared and nothing is stored.
//! A file is read from the upstream page by page while the client takes it, so memory is bounded by
//! a page. What the policy allows at the download counts, not what it allowed at the kick-off.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use event::{Disclosed, Outcome, PatientId};
use evidence::Receipt;
use hyper::body::Frame;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use policy::{Action, Permit};
use serde_json::json;
use tokio::sync::mpsc;
use wire::fhir::{
    self, Answer, BundleType, Filter, Membership, Next, ResourceType, Scope, SearchMode,
};

use super::headers::Preconditions;
use super::page::{Cursor, Page};
use super::sift::{read, unreadable};
use super::verdicts::{Judge, Verdicts};
use super::{Ask, Asked};
use crate::answer::{Body, BodyError, FHIR_JSON, answer};
use crate::door::Door;
use crate::identity::Identity;
use crate::limits::{EXPORT_AGE_MAX, EXPORT_PAGES_MAX, EXPORT_PIECES_MAX, UPSTREAM_PAGE_ENTRIES};
use crate::refusal::Refused;
use crate::upstream::{Errand, Fault, Fetched};
use crate::visit::Visit;

const NDJSON: &str = "application/fhir+ndjson";

/// What one page of the upstream gives to a file.
struct Piece {
    lines: Vec<u8>,
    permits: Vec<Permit>,
    patients: BTreeSet<PatientId>,
    resources: u32,
    withheld: u32,
    next: Option<String>,
}

impl Door {
    /// `GET /Patient/$export`: begins a job.
    pub(super) async fn answer_export(
        &self,
        ask: Ask<'_>,
        types: Vec<ResourceType>,
        since: Option<Box<str>>,
        preconditions: &Preconditions,
    ) -> Response<Body> {
        let request = fhir::Request::Export { types, since };
        let search = request.canonical_target();
        let Some(asked) = Asked::of_type(Action::Export, request) else {
            return self.malformed(ask).await;
        };
        if !preconditions.wants_async {
            let refused = Refused::of(StatusCode::BAD_REQUEST, "export-not-async");
            return self.not_read(ask, &refused).await;
        }
        let (mut account, errand) = match self.begin(ask, &asked).await {
            Ok(begun) => begun,
            Err(response) => return *response,
        };
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
        let Some((types, since)) = self.job_behind(ask, token) else {
            return self.job_unknown(ask).await;
        };
        let base = self.public_base(ask.upstream);
        let output: Vec<_> = wanted(&types)
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
        let request = fhir::Request::Export { types, since };
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
        let Some((_, since)) = job.filter(|(types, _)| wanted(types).contains(&resource_type))
        else {
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
        let (account, errand) = match self.begin(ask, &asked).await {
            Ok(begun) => begun,
            Err(response) => return *response,
        };
        drop((account, errand));
        let filters: Vec<Filter> = since.iter().map(|since| Filter::since(since)).collect();
        let target = fhir::plain_target(resource_type, &filters, UPSTREAM_PAGE_ENTRIES);
        let (sender, receiver) = mpsc::channel(EXPORT_PIECES_MAX);
        let task = FileTask {
            door: Arc::clone(self),
            visit: ask.visit.clone(),
            who: ask.who.clone(),
            service: ask.upstream.terms.name.to_string(),
            asked,
        };
        tokio::spawn(async move { task.write(target, &sender).await });
        let mut response = Response::new(http_body_util::BodyExt::boxed_unsync(Lines(receiver)));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
        response
    }

    /// What a job asked for, when it is this person's and still good.
    fn job_behind(
        &self,
        ask: Ask<'_>,
        token: &str,
    ) -> Option<(Vec<ResourceType>, Option<Box<str>>)> {
        let page = self.pages().open(token, self.holder(ask), ask.visit.at)?;
        let (path, query) = page.search.split_once('?').unwrap_or((&page.search, ""));
        let limits = &wire::limits::TargetLimits::DEFAULT;
        match fhir::Request::parse("GET", path, Some(query), limits) {
            Ok(fhir::Request::Export { types, since }) => Some((types, since)),
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

/// A file that is being read.
struct FileTask {
    door: Arc<Door>,
    visit: Visit,
    who: Identity,
    service: String,
    asked: Asked,
}

type Sender = mpsc::Sender<Result<Bytes, BodyError>>;

impl FileTask {
    /// Reads page after page until the end, or until the client has gone.
    async fn write(&self, target: String, sender: &Sender) {
        if let Err(broken) = self.pages(target, sender).await {
            // The file ends in the middle, which the client sees.
            let _gone = sender.send(Err(broken.into())).await;
        }
    }

    async fn pages(&self, mut target: String, sender: &Sender) -> Result<(), &'static str> {
        let upstream = self.door.upstream(&self.service).ok_or("no such service")?;
        let ask = Ask {
            visit: &self.visit,
            who: &self.who,
            upstream,
        };
        for _ in 0..EXPORT_PAGES_MAX {
            let piece = match self.piece(ask, &target).await {
                Ok(piece) => piece,
                Err(fault) => {
                    let service = &upstream.terms.name;
                    drop(self.door.upstream_failed(&self.visit, service, fault).await);
                    return Err("the upstream failed");
                }
            };
            let next = piece.next.clone();
            let lines = self.keep(ask, piece).await.ok_or("evidence is not kept")?;
            if sender.send(Ok(lines)).await.is_err() {
                return Ok(());
            }
            match next {
                Some(next) => target = next,
                None => return Ok(()),
            }
        }
        Err("too many pages")
    }

    /// One page, each of its resources decided.
    async fn piece(&self, ask: Ask<'_>, target: &str) -> Result<Piece, Fault> {
        // Each page has a permit of its own: a right that ends in between ends the file.
        let (_account, mut errand) = self
            .door
            .begin(ask, &self.asked)
            .await
            .map_err(|_refused| Fault::Refused)?;
        let bytes = match errand.fetch(target).await? {
            Fetched::Bytes(bytes) => bytes,
            Fetched::Absent => return Err(Fault::Unreadable),
        };
        let judge = self.door.judge(ask);
        sift_lines(&bytes, self.asked.resource_type, &errand, &judge)
    }

    /// INVARIANT: (2) kept before shown: the lines of a page leave once their evidence is durable.
    async fn keep(&self, ask: Ask<'_>, piece: Piece) -> Option<Bytes> {
        let mut account = self.door.account_of(ask, Action::Export);
        account.resource_type = Some(self.asked.resource_type);
        account.outcome = Outcome::Permit;
        account.status = StatusCode::OK;
        if !piece.permits.is_empty() {
            account.take_grounds(&piece.permits);
        }
        account.disclosed = Disclosed {
            patients: self.door.seal_all(&piece.patients),
            resources: piece.resources,
            withheld: piece.withheld,
        };
        let receipt = self.door.keep_access(&account).await.ok()?;
        Some(piece.leave(&receipt))
    }
}

impl Piece {
    /// Lets the lines leave; the permits are spent here.
    fn leave(self, _receipt: &Receipt) -> Bytes {
        drop(self.permits);
        Bytes::from(self.lines)
    }
}

fn sift_lines(
    bytes: &[u8],
    name: &str,
    errand: &Errand<'_>,
    judge: &Judge<'_>,
) -> Result<Piece, Fault> {
    let Answer::Bundle(bundle) = read(bytes, &errand.own_bases())? else {
        return Err(unreadable("not-a-bundle"));
    };
    if bundle.kind != BundleType::Searchset {
        return Err(unreadable("another-answer"));
    }
    let mut verdicts = Verdicts::new(judge);
    let mut piece = Piece {
        lines: Vec::new(),
        permits: Vec::new(),
        patients: BTreeSet::new(),
        resources: 0,
        withheld: 0,
        next: match bundle.next {
            None => None,
            Some(Next::Target(next)) => Some(next),
            Some(Next::Foreign) => return Err(unreadable("foreign-page")),
        },
    };
    for entry in bundle
        .entries
        .iter()
        .filter(|it| it.mode != SearchMode::Outcome)
    {
        let resource = &entry.resource;
        let wanted = resource.resource_type.name() == name
            && matches!(resource.membership, Membership::Patients(_));
        match wanted.then(|| verdicts.resource(Action::Export, resource)) {
            Some(Ok(patients)) => {
                piece.patients.extend(patients);
                piece.resources = piece.resources.saturating_add(1);
                push_line(&mut piece.lines, resource.raw);
            }
            Some(Err(_)) | None => piece.withheld = piece.withheld.saturating_add(1),
        }
    }
    piece.permits = verdicts.permits;
    Ok(piece)
}

/// One line: JSON has line ends between values only, never inside a string.
fn push_line(lines: &mut Vec<u8>, raw: &str) {
    lines.extend(raw.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')));
    lines.push(b'\n');
}

/// The types of a job; none stands for every type that can be searched.
fn wanted(types: &[ResourceType]) -> Vec<ResourceType> {
    if !types.is_empty() {
        return types.to_vec();
    }
    ResourceType::all()
        .filter(|it| it.scope() == Scope::Compartment && it.is_searchable())
        .collect()
}

/// The lines of a file as they come.
struct Lines(mpsc::Receiver<Result<Bytes, BodyError>>);

impl hyper::body::Body for Lines {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
