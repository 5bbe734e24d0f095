//! `GET /guard`: the lines that a person may use, and the acts that concern them.

use std::collections::BTreeSet;

use event::{Outcome, PersonId, Timestamp};
use hospital::{Approval, Directory};
use hyper::{Response, StatusCode};
use policy::guard::{Act, Fail, Protocol};
use policy::{Action, Decision, Grounds};

use super::{DeviceLine, Devices};
use crate::answer::{Body, HTML, answer, mark};
use crate::door::Door;
use crate::identity::Identity;
use crate::record::Account;
use crate::visit::Visit;

/// Why somebody sees an act on equipment that they may not use themselves.
const ANSWERS: &str = "answers-for-device";

impl Door {
    pub(super) async fn show_devices(
        &self,
        visit: &Visit,
        who: &Identity,
        devices: &Devices,
    ) -> Response<Body> {
        let mut account = Account::new(visit, who, self.own_name(), Action::UseService);
        let acts = self.act_rows(visit, &who.person, devices);
        match &self.decide_any(visit, who, devices) {
            Some(permit @ Decision::Permit(_)) => account.take_decision(permit),
            _ if !acts.is_empty() => {
                account.outcome = Outcome::Permit;
                account.grounds = Grounds::of_reason(ANSWERS);
            }
            Some(refused) => return self.turn_away(account, refused).await,
            None => return self.page_not_found(visit, who).await,
        }
        account.status = StatusCode::OK;
        let receipt = match self.keep_access(&account).await {
            Ok(receipt) => receipt,
            Err(not_kept) => return self.not_kept(visit, not_kept),
        };
        let seat = devices.acts().seat_at(visit.ip, visit.at).cloned();
        let view = page::Devices {
            address: visit.ip.to_canonical().to_string(),
            is_own_seat: seat.as_ref().is_some_and(|seat| seat.person == who.person),
            seat: seat.map(|seat| (self.name_of(&seat.person), seat.until)),
            lines: self.line_rows(visit, who, devices),
            acts,
        };
        let html = page::devices(&self.frame(visit.language), &view);
        let mut response = answer(StatusCode::OK, HTML, html);
        mark(&mut response, &receipt);
        response
    }

    fn line_rows(&self, visit: &Visit, who: &Identity, devices: &Devices) -> Vec<page::DeviceLine> {
        let lines = devices.lines.iter().filter(|line| {
            let decision = self.decide_line(visit, who, line);
            matches!(decision, Some(Decision::Permit(_)))
        });
        lines
            .filter_map(|line| self.line_row(devices, line))
            .collect()
    }

    fn line_row(&self, devices: &Devices, line: &DeviceLine) -> Option<page::DeviceLine> {
        let conduit = devices.guard.conduit(&line.conduit)?;
        // Before the directory is looked into: one thread may not take its lock twice.
        let owner = self.name_of(&conduit.owner);
        let directory = self.directory();
        let asset = directory.asset(line.asset.as_str())?;
        let acts = line.acts(&devices.guard, &directory);
        Some(page::DeviceLine {
            conduit: line.conduit.clone(),
            asset: line.asset.to_string(),
            name: asset.name.clone(),
            tier: asset.tier,
            protocol: match conduit.protocol {
                Protocol::Bacnet => "BACnet/IP",
                Protocol::Dicom => "DICOM",
                Protocol::Modbus => "Modbus/TCP",
            },
            fails_open: conduit.fail == Fail::Open,
            owner,
            reason: conduit.reason,
            judges: conduit.failing_since.is_none(),
            allowed: conduit.allowed,
            denied: conduit.denied,
            acts: acts.into_iter().collect(),
        })
    }

    /// The acts that a person asks for or answers for.
    fn act_rows(&self, visit: &Visit, person: &PersonId, devices: &Devices) -> Vec<page::ActRow> {
        let asked: Vec<Act> = {
            let acts = devices.acts();
            acts.asked(visit.at).into_iter().cloned().collect()
        };
        let rows = asked.iter().filter_map(|act| {
            let answers = self.answers_for(act, person, visit);
            let is_own = act.holder == *person;
            (answers || is_own).then(|| {
                let row = self.act_row(visit, person, (act, answers));
                page::ActRow {
                    is_approved: row.is_approved && devices.guard.holds(act.id.as_str()),
                    ..row
                }
            })
        });
        rows.collect()
    }

    fn act_row(
        &self,
        visit: &Visit,
        person: &PersonId,
        (act, answers): (&Act, bool),
    ) -> page::ActRow {
        let asset = {
            let directory = self.directory();
            let known = directory.asset(act.asset.as_str());
            known.map_or_else(|| act.asset.to_string(), |asset| asset.name.clone())
        };
        let missing = missing(&self.directory(), act, visit.at);
        let names = |persons: Vec<PersonId>| persons.iter().map(|it| self.name_of(it)).collect();
        let missing = missing
            .into_iter()
            .map(|(aspect, persons)| (aspect, names(persons)));
        let is_own = act.holder == *person;
        let has_approved = act.approvers.contains(person);
        page::ActRow {
            id: act.id.clone(),
            act: act.act.clone(),
            asset,
            person: self.name_of(&act.holder),
            from: act.from.to_string(),
            reason: act.reason.clone(),
            until: act.until,
            approvers: act.approvers.iter().map(|it| self.name_of(it)).collect(),
            missing: missing.collect(),
            is_approved: act.is_approved(),
            can_approve: answers && !is_own && !has_approved && !act.is_approved(),
            can_withdraw: answers || is_own,
        }
    }
}

/// The aspects for which nobody has approved, each with those who could.
fn missing(directory: &Directory, act: &Act, at: Timestamp) -> Vec<(&'static str, Vec<PersonId>)> {
    if act.is_approved() {
        return Vec::new();
    }
    let approvers: BTreeSet<PersonId> = act.approvers.iter().cloned().collect();
    let asked = (act.act.as_str(), &act.asset);
    let others = |persons: Vec<PersonId>| {
        let others = persons.into_iter().filter(|it| *it != act.holder);
        others.collect::<Vec<_>>()
    };
    match directory.approval(asked, &act.holder, &approvers, at) {
        Approval::Missing { aspects } => aspects
            .into_iter()
            .map(|(aspect, persons)| (aspect.code(), others(persons)))
            .collect(),
        // One person has approved for all, and it takes several.
        Approval::SamePerson { .. } => {
            let could = directory.approvers_of(asked, at).into_iter();
            could
                .map(|(aspect, persons)| {
                    let persons = persons.into_iter().cloned();
                    let fresh = persons.filter(|it| !approvers.contains(it)).collect();
                    (aspect.code(), others(fresh))
                })
                .collect()
        }
        Approval::Approved { .. } | Approval::AuthorIsApprover { .. } | Approval::NoRule => {
            Vec::new()
        }
    }
}
