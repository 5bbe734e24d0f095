//! Sign-ins, on Windows, on Linux and as sensors see them.

use super::Seen;
use super::places::location_udeg;
use super::values::{account, canonical, host, is_own};
use crate::analytics::Observed;
use crate::analytics::input::Login;
use crate::finding::EntityKind;

pub(super) fn windows_success(seen: &mut Seen<'_>) -> Option<()> {
    windows(seen, true)
}

pub(super) fn windows_failure(seen: &mut Seen<'_>) -> Option<()> {
    windows(seen, false)
}

fn windows(seen: &mut Seen<'_>, is_success: bool) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let person = account(&values.text(ids.target_user)?)?;
    let to = host(&values.text(ids.computer)?)?;
    let address = values.address(ids.ip_address);
    let address = address.filter(|address| !is_own(address));
    // The name is what the other side claims; an address whose host is known goes before it.
    let known = address.as_deref().and_then(|it| seen.memory.host(it));
    let claimed = values.text(ids.workstation).and_then(|it| host(&it));
    let from = known.map(str::to_owned).or(claimed).or(address.clone());
    login(
        seen,
        person,
        (from.unwrap_or_default(), to),
        &address.unwrap_or_default(),
        is_success,
    );
    Some(())
}

pub(super) fn zeek_ssh(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let is_success = values.is_true(ids.auth_success)?;
    let source = values.address(ids.orig_h)?;
    let target = values.address(ids.resp_h)?;
    let hop = (seen.device(&source), seen.device(&target));
    login(seen, String::new(), hop, &source, is_success);
    Some(())
}

/// Only what a sensor can know: with the usual encryption it does not see whether it let in.
pub(super) fn zeek_rdp(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    if values.text(ids.result)?.to_lowercase() != "success" {
        return None;
    }
    let source = values.address(ids.orig_h)?;
    let target = values.address(ids.resp_h)?;
    let person = values.text(ids.cookie).and_then(|it| account(&it));
    let hop = (seen.device(&source), seen.device(&target));
    login(seen, person.unwrap_or_default(), hop, &source, true);
    Some(())
}

pub(super) fn auditd(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    if values.text(ids.audit_type)? != "USER_LOGIN" {
        return None;
    }
    let is_success = values.text(ids.res)? == "success";
    let address = values.address(ids.addr).filter(|it| !is_own(it))?;
    linux(seen, &values.text(ids.acct)?, &address, is_success)
}

/// `Accepted publickey for ada from 10.1.2.3 port 50022 ssh2`, `Failed password for invalid user …`.
pub(super) fn sshd(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    // Since OpenSSH 9.8 the process of a session has a name of its own.
    if !matches!(
        values.text(ids.process_name)?.as_str(),
        "sshd" | "sshd-session"
    ) {
        return None;
    }
    let message = values.text(ids.message)?;
    let (act, rest) = message.split_once(" for ")?;
    let is_success = match act.split(' ').next()? {
        "Accepted" => true,
        "Failed" => false,
        _ => return None,
    };
    let (person, rest) = rest.rsplit_once(" from ")?;
    let person = person.strip_prefix("invalid user ").unwrap_or(person);
    let address = canonical(rest.split(' ').next()?)?;
    linux(seen, person, &address, is_success)
}

/// What says of itself in ECS that somebody signed in, or could not: an identity provider, a VPN
/// gateway, a mail service.
pub(super) fn ecs(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    if !values.any_is(ids.event_category, "authentication") {
        return None;
    }
    let is_success = match values.text(ids.event_outcome)?.as_str() {
        "success" => true,
        "failure" => false,
        _ => return None,
    };
    let person = account(&values.text(ids.user_name)?)?;
    let address = values.address(ids.source_ip).filter(|it| !is_own(it))?;
    let to = [ids.host_hostname, ids.service_name];
    let to = to.into_iter().find_map(|id| host(&values.text(id)?));
    let hop = (seen.device(&address), to.unwrap_or_default());
    login(seen, person, hop, &address, is_success);
    Some(())
}

/// Where the line itself says that the other side is.
fn told_location_udeg(seen: &Seen<'_>) -> Option<(i32, i32)> {
    let (values, ids) = (seen.values, seen.values.ids());
    let degrees = |id| values.text(id)?.parse().ok();
    location_udeg(degrees(ids.source_lat)?, degrees(ids.source_lon)?)
}

fn linux(seen: &mut Seen<'_>, person: &str, address: &str, is_success: bool) -> Option<()> {
    let person = account(person)?;
    let to = host(&seen.values.text(seen.values.ids().host_hostname)?)?;
    let hop = (seen.device(address), to);
    login(seen, person, hop, address, is_success);
    Some(())
}

fn login(
    seen: &mut Seen<'_>,
    person: String,
    (from, to): (String, String),
    address: &str,
    is_success: bool,
) {
    let place = seen.place(address);
    if is_success && !person.is_empty() {
        seen.sighting("account", &person, EntityKind::Person, place.clone());
    }
    if from.is_empty() {
        return;
    }
    // The hospital's own table goes before what a line says.
    let of_places = seen.places.location_udeg(address);
    let location_udeg = of_places.or_else(|| told_location_udeg(seen));
    seen.observed.push(Observed::Login(Login {
        place,
        person,
        from,
        to,
        is_success,
        location_udeg,
    }));
}
