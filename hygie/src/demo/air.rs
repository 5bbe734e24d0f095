//! The ventilation of the demonstration's theatre: who answers for it, who may command it, and a
//! small controller that speaks Modbus/TCP.

mod controller;

use event::{PersonId, Timestamp};
use hospital::{ApprovalRule, Aspect, DirectoryDocument, Party, Responsibility, Scope, Who};
use policy::guard::{Guard, GuardDocument};

use super::DemoError;
use super::staff::{earlier, id_of};

pub use controller::{AirController, serve_controller};

/// The air handling unit of the first theatre.
pub const ASSET: &str = "chu-bloc-theatre-ventilation-01";

/// The conduit before it.
pub const CONDUIT: &str = "theatre-air";

/// The act that somebody must approve.
pub const ACT: &str = "air-set-point";

/// The register of the set-point, in tenths of a degree.
pub const SET_POINT: u16 = 40;

/// The unit of the theatres.
const THEATRE: &str = "chu-bloc";

/// Everybody who answers has answered for so long.
const SINCE_DAYS: u32 = 400;

/// Writes down who answers for the air of the theatre: engineers for its upkeep, a physician of
/// the theatre for its use; and that a set-point needs whoever answers for the use.
pub(super) fn responsibilities(
    directory: &mut DirectoryDocument,
    at: Timestamp,
) -> Result<(), DemoError> {
    let asset = || id_of(ASSET).map(Scope::Asset);
    let physicians: Vec<PersonId> = theatre_physicians(directory, at);
    let [holder, deputy, ..] = physicians.as_slice() else {
        return Err(DemoError::Absent {
            what: "physician of the theatre",
        });
    };
    let from = earlier(at, SINCE_DAYS, 0);
    let entry = |aspect, holder: Who, deputy: Option<Who>| {
        Ok(Responsibility {
            of: asset()?,
            aspect,
            holder: always(holder),
            deputy: deputy.map(always),
            on_call: None,
            contract: None,
            legal_basis: None,
            from,
            until: None,
        })
    };
    directory.responsibilities = vec![
        entry(
            Aspect::Use,
            Who::Person(holder.clone()),
            Some(Who::Person(deputy.clone())),
        )?,
        entry(
            Aspect::Maintenance,
            Who::Role("building-engineer".to_owned()),
            None,
        )?,
    ];
    directory.approvals = vec![ApprovalRule {
        act: ACT.to_owned(),
        of: asset()?,
        aspects: [Aspect::Use].into(),
        distinct: false,
        author_may_approve: false,
    }];
    Ok(())
}

/// Who may command the air: anybody on this machine reads it; the set-point is written by a
/// building engineer, within limits and with an approval.
///
/// # Errors
/// None that the text below can have; it is read like any other.
pub fn guard(engineer: &PersonId) -> Result<Guard, DemoError> {
    let unread = |source| DemoError::Guard { source };
    let text = POLICY.replace("ENGINEER", engineer.as_str());
    let document = GuardDocument::from_toml(&text).map_err(unread)?;
    Guard::new(&document).map_err(unread)
}

const POLICY: &str = r#"
[[conduits]]
name = "theatre-air"
protocol = "modbus"
clients = ["127.0.0.0/8"]
devices = ["127.0.0.0/8"]
fail = "open"
owner = "ENGINEER"
reason = "La ventilation du bloc garde sa dernière consigne."
refuse = "exception"

[[conduits.allow]]
id = "anybody-reads"
access = ["read"]

[[conduits.allow]]
id = "approved-set-point"
persons = ["ENGINEER"]
access = ["write"]
units = [1]
functions = ["write-register"]
approval = "air-set-point"

[[conduits.allow.points]]
space = "holding-register"
address = 40
minimum = 180
maximum = 240
"#;

/// The physicians who work in the theatre now.
fn theatre_physicians(directory: &DirectoryDocument, at: Timestamp) -> Vec<PersonId> {
    let in_theatre = |person: &&hospital::Person| {
        person.profession == "physician"
            && person
                .posts_at(at)
                .any(|post| post.unit.as_ref().is_some_and(|it| it.as_str() == THEATRE))
    };
    let found = directory.persons.iter().filter(in_theatre);
    found.map(|it| it.id.clone()).collect()
}

fn always(who: Who) -> Party {
    Party { who, hours: None }
}
