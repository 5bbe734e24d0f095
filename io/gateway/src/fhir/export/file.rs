//! One file of an export while it is read: page after page of the upstream, each line decided, each
//! page's evidence durable before its lines leave.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use event::{Disclosed, Outcome, PatientId};
use evidence::Receipt;
use hyper::StatusCode;
use hyper::body::Frame;
use policy::{Action, Permit};
use tokio::sync::mpsc;
use wire::fhir::{Answer, BundleType, Id, Membership, Next, Resource, SearchMode};

use super::super::sift::{read, unreadable};
use super::super::verdicts::{Judge, Verdicts};
use super::super::{Ask, Asked};
use crate::answer::BodyError;
use crate::door::Door;
use crate::identity::Identity;
use crate::limits::EXPORT_PAGES_MAX;
use crate::upstream::{Errand, Fault, Fetched};
use crate::visit::Visit;

/// A file that is being read.
pub(super) struct FileTask {
    pub(super) door: Arc<Door>,
    pub(super) visit: Visit,
    pub(super) who: Identity,
    pub(super) service: String,
    pub(super) asked: Asked,
    /// The patients whose resources are wanted; everybody's when there is no such list.
    pub(super) members: Option<BTreeSet<Id>>,
}

pub(super) type Sender = mpsc::Sender<Result<Bytes, BodyError>>;

impl FileTask {
    /// Reads page after page until the end, or until the client has gone.
    pub(super) async fn write(&self, targets: Vec<String>, sender: &Sender) {
        for target in targets {
            match self.pages(target, sender).await {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return,
                Err(broken) => {
                    // The file ends in the middle, which the client sees.
                    let _gone = sender.send(Err(broken.into())).await;
                    return;
                }
            }
        }
    }

    /// One search to its end; to break off when the client has gone.
    async fn pages(
        &self,
        mut target: String,
        sender: &Sender,
    ) -> Result<ControlFlow<()>, &'static str> {
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
                return Ok(ControlFlow::Break(()));
            }
            match next {
                Some(next) => target = next,
                None => return Ok(ControlFlow::Continue(())),
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
        self.sift(&bytes, &errand, &judge)
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

/// What one page of the upstream gives to a file.
struct Piece {
    lines: Vec<u8>,
    permits: Vec<Permit>,
    patients: BTreeSet<PatientId>,
    resources: u32,
    withheld: u32,
    next: Option<String>,
}

impl Piece {
    /// Lets the lines leave; the permits are spent here.
    fn leave(self, _receipt: &Receipt) -> Bytes {
        drop(self.permits);
        Bytes::from(self.lines)
    }
}

impl FileTask {
    fn sift(&self, bytes: &[u8], errand: &Errand<'_>, judge: &Judge<'_>) -> Result<Piece, Fault> {
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
        let entries = bundle.entries.iter();
        for entry in entries.filter(|it| it.mode != SearchMode::Outcome) {
            let resource = &entry.resource;
            let verdict = is_wanted(resource, self.asked.resource_type, self.members.as_ref())
                .then(|| verdicts.resource(Action::Export, resource));
            match verdict {
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
}

/// Whether a resource is what the file was asked for, whatever the upstream answered.
fn is_wanted(resource: &Resource<'_>, name: &str, members: Option<&BTreeSet<Id>>) -> bool {
    let is_of_them = match &resource.membership {
        Membership::Patients(own) => {
            members.is_none_or(|members| own.iter().any(|id| members.contains(id)))
        }
        Membership::Open => members.is_none(),
        _ => false,
    };
    is_of_them && resource.resource_type.name() == name
}

/// One line: JSON has line ends between values only, never inside a string.
fn push_line(lines: &mut Vec<u8>, raw: &str) {
    lines.extend(raw.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')));
    lines.push(b'\n');
}

/// The lines of a file as they come.
pub(super) struct Lines(pub(super) mpsc::Receiver<Result<Bytes, BodyError>>);

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

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that ignores the condition adds nothing to the file of a group.
    #[test]
    fn a_file_of_a_group_holds_nothing_of_others() {
        let wanted = |json: &str, members: Option<&BTreeSet<Id>>| {
            let Answer::Resource(resource) = read(json.as_bytes(), &[]).unwrap() else {
                panic!("no resource: {json}");
            };
            is_wanted(&resource, "Encounter", members)
        };
        let of = |name: &str, patient: &str| {
            format!(
                r#"{{"resourceType":"{name}","id":"x","status":"finished",
                "subject":{{"reference":"Patient/{patient}"}}}}"#
            )
        };
        let members = BTreeSet::from([Id::parse("p1").unwrap()]);
        assert!(wanted(&of("Encounter", "p1"), Some(&members)));
        assert!(!wanted(&of("Encounter", "p2"), Some(&members)));
        assert!(!wanted(&of("Observation", "p1"), Some(&members)));
        assert!(wanted(&of("Encounter", "p2"), None));
        let place = r#"{"resourceType":"Organization","id":"o"}"#;
        assert!(!wanted(place, None), "another type");
    }
}
