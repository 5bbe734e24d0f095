//! An association between a client and an application: who may have one, and what it is for.
//!
//! ```text
//! client ─ request ─► may it? which classes? ─ request, what is left ─► application
//!        ◄─ what both agree on, and what was left out ── acceptance ───┘
//! ```
//!
//! INVARIANT: nothing is agreed on that no rule could allow, and nothing whose data the guard could
//! not read: what was left out is refused to the client by its number.

use std::collections::BTreeMap;

use policy::guard::{Answer, Code, Denial};
use tokio::net::TcpStream;
use wire::dicom::{
    Abort, AssociateAccept, AssociateRequest, Fault, PDU_BYTES_MAX, Pdu, Proposed, Reject, Settled,
    Syntax, Uid, User,
};

use super::session::End;
use super::side::{Broken, Side};
use super::{Titles, association};
use crate::guard::Command;
use crate::guard::caller::Caller;
use crate::guard::door::GuardDoor;
use crate::guard::line::Line;
use crate::guard::listen::Client;
use crate::guard::room::Berth;
use crate::guard::seat::Sitting;

/// Why a context is refused (PS3.8, section 9.3.3.2).
const NO_REASON: u8 = 2;
const CLASS_NOT_SUPPORTED: u8 = 3;
const SYNTAXES_NOT_SUPPORTED: u8 = 4;

/// What both sides agreed on.
#[derive(Debug)]
pub(super) struct Agreed {
    pub(super) titles: Titles,
    pub(super) contexts: BTreeMap<u8, Context>,
    pub(super) client: Side<Client>,
    pub(super) device: Side<TcpStream>,
    pub(super) berth: Berth,
}

/// One class, and how its data is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) class: Uid,
    pub(super) syntax: Syntax,
}

/// Lets a client agree with the application, as far as the policy goes.
pub(super) async fn agree(
    door: &GuardDoor,
    caller: &Caller,
    line: &Line,
    client: Client,
) -> Result<Agreed, End> {
    let mut client = Side::new(client);
    let message_max = door.limits.message_max;
    let request = match client.receive(message_max).await {
        Ok(Pdu::AssociateRequest(request)) => request,
        Ok(_) => {
            client.abort(Abort::UNEXPECTED, message_max).await;
            return Err(End::Broken("dicom-unexpected"));
        }
        Err(broken) => {
            client.abort(Abort::UNEXPECTED, message_max).await;
            return Err(end_of(broken));
        }
    };
    client.length_max = request.user.length_max;
    let titles = Titles {
        calling: request.calling.clone(),
        called: request.called.clone(),
    };
    let (offered, refused) = match offer(door, caller, &titles, &request) {
        Ok(offer) => offer,
        Err(answer) => return Err(reject(&mut client, rejection(answer), door).await),
    };
    let Some((stream, berth)) = line.connect(caller.client, door).await else {
        return Err(reject(&mut client, Some(Reject::AWAY), door).await);
    };
    let mut device = Side::new(stream);
    device.say(&Pdu::AssociateRequest(AssociateRequest {
        contexts: offered.clone(),
        user: of_offered(as_told(&request.user), &offered),
        ..request.clone()
    }));
    device.flush(message_max).await?;
    let accept = match device.receive(door.limits.dicom_message_max).await {
        Ok(Pdu::AssociateAccept(accept)) => accept,
        Ok(Pdu::AssociateReject(it)) => return Err(reject(&mut client, Some(it), door).await),
        other => {
            client.abort(Abort::BY_USER, message_max).await;
            device.abort(Abort::UNEXPECTED, message_max).await;
            return Err(match other {
                Ok(Pdu::Abort(_)) | Err(Broken::Left | Broken::Slow) => End::Refused,
                Ok(_) => End::Stray("dicom-unexpected"),
                Err(Broken::Fault(fault)) => End::Stray(fault.code()),
            });
        }
    };
    device.length_max = accept.user.length_max;
    let contexts = match contexts(&offered, &accept) {
        Ok(contexts) => contexts,
        Err(fault) => {
            client.abort(Abort::BY_USER, message_max).await;
            device.abort(Abort::UNEXPECTED, message_max).await;
            return Err(End::Stray(fault.code()));
        }
    };
    client.say(&Pdu::AssociateAccept(AssociateAccept {
        called: request.called,
        calling: request.calling,
        contexts: settled(&request.contexts, &refused, &accept),
        user: as_told(&accept.user),
    }));
    client.flush(message_max).await?;
    Ok(Agreed {
        titles,
        contexts,
        client,
        device,
        berth,
    })
}

/// What goes on to the application, and why what does not.
type Offer = (Vec<Proposed>, BTreeMap<u8, u8>);

/// The contexts that some rule could allow, in forms that can be read.
fn offer(
    door: &GuardDoor,
    caller: &Caller,
    titles: &Titles,
    request: &AssociateRequest,
) -> Result<Offer, Answer> {
    let now = door.now();
    let sitting = door.sitting(caller, now);
    let question = association(titles, None);
    admit(door, caller, &question, &sitting).map_err(|denial| {
        let asked = (&question, &sitting);
        denial.map_or(Answer::Drop, |it| door.denied(caller, asked, &it, now))
    })?;
    let (mut offered, mut refused) = (Vec::new(), BTreeMap::new());
    for context in &request.contexts {
        let question = association(titles, Some(context.class.as_str()));
        let mut asked = sitting.who();
        let offers = |who| {
            let asked = caller.asked(&question, &[], (who, sitting.tier));
            door.guard.offers(&asked)
        };
        if !asked.any(offers) {
            refused.insert(context.id, CLASS_NOT_SUPPORTED);
            continue;
        }
        let can_be_read = |transfer: &&Uid| Syntax::of(transfer).is_some();
        let transfers: Vec<Uid> = context
            .transfers
            .iter()
            .filter(can_be_read)
            .cloned()
            .collect();
        if transfers.is_empty() {
            refused.insert(context.id, SYNTAXES_NOT_SUPPORTED);
            continue;
        }
        offered.push(Proposed {
            transfers,
            ..context.clone()
        });
    }
    if offered.is_empty() {
        door.unreadable(caller, Some(&question), Code::ClassNotAllowed.code());
        return Err(Answer::DicomReject(Reject::NO_REASON.reason));
    }
    Ok((offered, refused))
}

/// Whether somebody who may be asking may have an association at all; else the first refusal.
fn admit(
    door: &GuardDoor,
    caller: &Caller,
    question: &Command,
    sitting: &Sitting,
) -> Result<(), Option<Denial>> {
    let mut denial = None;
    for who in sitting.who() {
        let asked = caller.asked(question, &[], (who, sitting.tier));
        match door.guard.associate(&asked) {
            Ok(()) => return Ok(()),
            Err(it) => denial = denial.or(Some(it)),
        }
    }
    Err(denial)
}

/// What an application says of itself to the other side, with the guard's own bound on messages.
fn as_told(user: &User) -> User {
    User {
        length_max: u32::try_from(PDU_BYTES_MAX).unwrap_or(u32::MAX),
        ..user.clone()
    }
}

/// Without what is said of classes that are not offered.
fn of_offered(mut user: User, offered: &[Proposed]) -> User {
    let is_offered = |class: &Uid| offered.iter().any(|it| it.class == *class);
    user.roles.retain(|role| is_offered(&role.class));
    user.extended.retain(|it| is_offered(&it.class));
    user
}

/// What was agreed on, when it is among what was offered.
fn contexts(
    offered: &[Proposed],
    accept: &AssociateAccept,
) -> Result<BTreeMap<u8, Context>, Fault> {
    let mut contexts = BTreeMap::new();
    for settled in &accept.contexts {
        let proposed = offered.iter().find(|it| it.id == settled.id);
        let proposed = proposed.ok_or(Fault::Context)?;
        let Ok(transfer) = &settled.outcome else {
            continue;
        };
        if !proposed.transfers.contains(transfer) {
            return Err(Fault::Context);
        }
        let context = Context {
            class: proposed.class.clone(),
            syntax: Syntax::of(transfer).ok_or(Fault::Syntax)?,
        };
        contexts.insert(settled.id, context);
    }
    Ok(contexts)
}

/// What became of each context that the client asked for, in its order.
fn settled(
    asked: &[Proposed],
    refused: &BTreeMap<u8, u8>,
    accept: &AssociateAccept,
) -> Vec<Settled> {
    let outcome = |id: u8| match refused.get(&id) {
        Some(why) => Err(*why),
        None => {
            let settled = accept.contexts.iter().find(|it| it.id == id);
            settled.map_or(Err(NO_REASON), |it| it.outcome.clone())
        }
    };
    let asked = asked.iter();
    asked
        .map(|context| Settled {
            id: context.id,
            outcome: outcome(context.id),
        })
        .collect()
}

async fn reject(client: &mut Side<Client>, reject: Option<Reject>, door: &GuardDoor) -> End {
    if let Some(reject) = reject {
        client.say(&Pdu::AssociateReject(reject));
        if let Err(end) = client.flush(door.limits.message_max).await {
            return end;
        }
    }
    End::Refused
}

/// Nothing when the conduit refuses without a word.
const fn rejection(answer: Answer) -> Option<Reject> {
    match answer {
        Answer::DicomReject(reason) => Some(Reject {
            reason,
            ..Reject::NO_REASON
        }),
        _ => None,
    }
}

const fn end_of(broken: Broken) -> End {
    match broken {
        Broken::Fault(fault) => End::Broken(fault.code()),
        Broken::Left => End::Left,
        Broken::Slow => End::Slow,
    }
}
