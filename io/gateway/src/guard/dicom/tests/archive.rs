//! An archive of images on a socket: honest, or lying in one way.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use wire::dicom::{AssociateAccept, Command, Kind, Pdu, Reject, Settled, User};

use super::talk::{CT_IMAGE, Client, answer, command, data_set, disordered, part, patient_of};
use crate::guard::testing::{loopback, until};

/// In what it is not honest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    Nothing,
    /// It takes no association now.
    Rejects,
    /// It agrees on a context that nobody asked for.
    AgreesOnMore,
    /// It answers another number than was asked.
    AnswersAnother,
    /// It sends an image that nobody asked for.
    SendsUnasked,
    /// Its matches hide their patient behind elements out of order.
    HidesPatients,
    /// It says nothing to what it is asked.
    Silent,
}

pub(super) struct Archive {
    pub(super) address: SocketAddr,
    seen: Arc<Seen>,
    /// Held so that nobody else takes the address of one that is away.
    _bound: Option<tokio::net::TcpSocket>,
}

#[derive(Default)]
struct Seen {
    associations: AtomicUsize,
    ended: AtomicUsize,
    classes: Mutex<Vec<String>>,
    roles: Mutex<Vec<String>>,
    is_aborted: AtomicBool,
    asked: Mutex<Vec<Kind>>,
    stored: Mutex<Vec<String>>,
}

/// Whose images it has.
const HELD: [&str; 3] = ["4711", "4711", "4712"];

impl Archive {
    pub(super) async fn honest() -> Self {
        Self::lying(Lie::Nothing).await
    }

    pub(super) async fn lying(lie: Lie) -> Self {
        let listener = TcpListener::bind(loopback(1)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Seen>::default();
        let own = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let seen = Arc::clone(&own);
                tokio::spawn(async move {
                    serve(Client::new(stream), &seen, lie).await;
                    seen.ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            address,
            seen,
            _bound: None,
        }
    }

    /// One whose every word the test says, to whom the listener lets in.
    pub(super) async fn played() -> (Self, TcpListener) {
        let listener = TcpListener::bind(loopback(1)).await.unwrap();
        let archive = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            _bound: None,
        };
        (archive, listener)
    }

    /// One that does not listen.
    pub(super) async fn away() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(loopback(1)).unwrap();
        Self {
            address: socket.local_addr().unwrap(),
            seen: Arc::default(),
            _bound: Some(socket),
        }
    }

    pub(super) fn associations(&self) -> usize {
        self.seen.associations.load(Ordering::SeqCst)
    }

    pub(super) fn classes(&self) -> Vec<String> {
        self.seen.classes.lock().unwrap().clone()
    }

    /// Classes of which a role was asked for.
    pub(super) fn roles(&self) -> Vec<String> {
        self.seen.roles.lock().unwrap().clone()
    }

    /// Whether an association ended in an abort.
    pub(super) fn is_aborted(&self) -> bool {
        self.seen.is_aborted.load(Ordering::SeqCst)
    }

    pub(super) fn asked(&self) -> Vec<Kind> {
        self.seen.asked.lock().unwrap().clone()
    }

    pub(super) fn stored(&self) -> Vec<String> {
        self.seen.stored.lock().unwrap().clone()
    }

    pub(super) async fn ended(&self, count: usize) {
        until(|| self.seen.ended.load(Ordering::SeqCst) >= count).await;
    }
}

async fn serve(mut guard: Client, seen: &Seen, lie: Lie) {
    let Some(Pdu::AssociateRequest(asked)) = guard.answer().await else {
        return;
    };
    seen.associations.fetch_add(1, Ordering::SeqCst);
    let classes = asked.contexts.iter().map(|it| it.class.to_string());
    seen.classes.lock().unwrap().extend(classes);
    let roles = asked.user.roles.iter().map(|it| it.class.to_string());
    seen.roles.lock().unwrap().extend(roles);
    if lie == Lie::Rejects {
        guard.say(&Pdu::AssociateReject(Reject::NO_ROOM)).await;
        return;
    }
    let contexts = asked.contexts.iter().map(|it| Settled {
        id: it.id,
        outcome: Ok(it.transfers[0].clone()),
    });
    let more = (lie == Lie::AgreesOnMore).then(|| Settled {
        id: 255,
        outcome: Ok(asked.contexts[0].transfers[0].clone()),
    });
    let accept = AssociateAccept {
        called: asked.called.clone(),
        calling: asked.calling.clone(),
        contexts: contexts.chain(more).collect(),
        user: User {
            length_max: 4_096,
            roles: asked.user.roles.clone(),
            ..User::default()
        },
    };
    guard.say(&Pdu::AssociateAccept(accept)).await;
    let images = asked
        .contexts
        .iter()
        .find(|it| it.class.as_str() == CT_IMAGE);
    let images = images.map_or(1, |it| it.id);
    talk(&mut guard, seen, (lie, images)).await;
}

/// Takes commands until the association ends.
async fn talk(guard: &mut Client, seen: &Seen, (lie, images): (Lie, u8)) {
    loop {
        let mut command = Vec::new();
        let context = loop {
            match guard.answer().await {
                Some(Pdu::Data(parts)) => {
                    let one = parts.into_iter().next().unwrap();
                    command.extend(&one.bytes);
                    if one.is_last {
                        break one.context;
                    }
                }
                Some(Pdu::ReleaseRequest) => {
                    guard.say(&Pdu::ReleaseAnswer).await;
                    let after = guard.answer().await;
                    return seen.is_aborted.store(after.is_some(), Ordering::SeqCst);
                }
                _ => return,
            }
        };
        let asked = Command::parse(&command).unwrap();
        let mut data = Vec::new();
        while asked.has_data() {
            let Some(Pdu::Data(parts)) = guard.answer().await else {
                return;
            };
            let one = parts.into_iter().next().unwrap();
            data.extend(&one.bytes);
            if one.is_last {
                break;
            }
        }
        if !asked.is_answer() {
            seen.asked.lock().unwrap().push(asked.kind());
        }
        reply(guard, seen, (lie, images), (context, &asked, &data)).await;
    }
}

async fn reply(
    guard: &mut Client,
    seen: &Seen,
    (lie, images): (Lie, u8),
    (context, asked, data): (u8, &Command, &[u8]),
) {
    match (lie, asked.kind()) {
        _ if asked.is_answer() => {}
        (Lie::Silent, _) => {}
        (Lie::AnswersAnother, _) => {
            let other = command(Kind::Find, asked.id() + 1, CT_IMAGE, None);
            say(guard, context, &answer(&other, 0, false)).await;
        }
        (Lie::SendsUnasked, _) => {
            say(guard, images, &command(Kind::Store, 9, CT_IMAGE, None)).await;
            guard.send_data(images, &data_set(Some("4711"))).await;
            say(guard, context, &answer(asked, 0, false)).await;
        }
        (_, Kind::Find) => {
            let wanted = patient_of(data);
            for patient in HELD.iter().filter(|it| wanted.is_empty() || **it == wanted) {
                say(guard, context, &answer(asked, 0xff00, true)).await;
                let found = match lie {
                    Lie::HidesPatients => disordered(patient),
                    _ => data_set(Some(patient)),
                };
                guard.send_data(context, &found).await;
            }
            say(guard, context, &answer(asked, 0, false)).await;
        }
        (_, Kind::Get) => {
            for (id, patient) in (100..).zip(HELD) {
                say(guard, images, &command(Kind::Store, id, CT_IMAGE, None)).await;
                guard.send_data(images, &data_set(Some(patient))).await;
                let (_, done, _) = guard.said().await;
                assert_eq!((done.answers(), done.status()), (id, Some(0)));
            }
            say(guard, context, &answer(asked, 0, false)).await;
        }
        (_, kind) => {
            if kind == Kind::Store {
                seen.stored.lock().unwrap().push(patient_of(data));
            }
            say(guard, context, &answer(asked, 0, false)).await;
        }
    }
}

pub(super) async fn say(guard: &mut Client, context: u8, command: &Command) {
    guard
        .say(&part(context, true, true, &command.to_bytes()))
        .await;
}
