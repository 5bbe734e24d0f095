//! What a payload says, as the values of one row: bytes in, columns out, nothing else.
//!
//! A payload that cannot be read gives a row of nulls, never an error: its bytes stay evidence.

use std::borrow::Cow;
use std::net::IpAddr;

use event::{
    Access, ActRequestId, ActRequested, Actor, CareReported, Errand, Event, GlassDeclared, GlassId,
    GuardCommand, GuardFailed, GuardReads, Logged, PatientRef, Rejected, RequestId, ServiceId,
    Timestamp, class_of,
};
use wire::zeek::Conn;

use crate::schema::{NUMBERS, Number, Several, TEXTS, Text};

/// OCSF `Network Activity` (4001): connections that a network monitor reports.
pub(crate) const NETWORK_ACTIVITY: u16 = 4001;

/// What `activity` says of a connection.
const CONN: &str = "conn";

/// The values of one row that are read out of its payload.
#[derive(Debug, Default)]
pub(crate) struct Row<'a> {
    pub(crate) texts: [Option<Cow<'a, str>>; TEXTS],
    pub(crate) numbers: [Option<u64>; NUMBERS],
    pub(crate) establishments: Vec<Cow<'a, str>>,
    pub(crate) patients: Vec<Cow<'a, str>>,
}

impl<'a> Row<'a> {
    /// Reads a payload of an OCSF class.
    pub(crate) fn read(class: u16, payload: &'a [u8]) -> Self {
        let mut row = Self::default();
        if let Some(logged) = Logged::from_bytes(payload) {
            row.logged(logged);
            return row;
        }
        match class {
            NETWORK_ACTIVITY => {
                if let Some(conn) = Conn::parse(payload) {
                    row.conn(conn);
                }
            }
            class_of::API_ACTIVITY
            | class_of::APPLICATION_LIFECYCLE
            | class_of::AUTHENTICATION
            | class_of::DETECTION_FINDING
            | class_of::ENTITY_MANAGEMENT
            | class_of::USER_ACCESS_MANAGEMENT => {
                if let Ok(event) = Event::from_bytes(payload) {
                    row.event(event);
                }
            }
            _ => (),
        }
        row
    }

    /// The texts of a column with several.
    pub(crate) fn several(&self, column: Several) -> &[Cow<'a, str>] {
        match column {
            Several::Establishments => &self.establishments,
            Several::Patients => &self.patients,
        }
    }

    /// A line of another system's log; its kind is what was done.
    fn logged(&mut self, logged: Logged<'a>) {
        let conn = (logged.kind == "zeek.conn").then(|| Conn::parse(logged.json));
        if let Some(conn) = conn.flatten() {
            self.conn(conn);
        }
        let time_us = logged.time_us.and_then(|us| u64::try_from(us).ok());
        self.set_number(Number::EventTime, time_us);
        self.text(Text::Activity, logged.kind);
    }

    fn conn(&mut self, conn: Conn<'a>) {
        self.text(Text::Activity, CONN);
        self.number(Number::EventTime, conn.ts_us);
        self.present(Text::ConnUid, conn.uid);
        self.present(Text::SrcIp, conn.orig_h);
        self.number(Number::SrcPort, conn.orig_p.into());
        self.present(Text::DstIp, conn.resp_h);
        self.number(Number::DstPort, conn.resp_p.into());
        self.present(Text::Protocol, conn.proto);
        self.present(Text::AppProtocol, conn.service);
        self.present(Text::ConnState, conn.conn_state);
        self.set_number(Number::DurationUs, conn.duration_us);
        self.set_number(Number::BytesOut, conn.orig_bytes);
        self.set_number(Number::BytesIn, conn.resp_bytes);
    }

    fn event(&mut self, event: Event) {
        self.text(Text::Activity, activity(&event));
        match event {
            Event::Access(access) => self.access(access),
            Event::GlassDeclared(glass) => self.glass(&glass),
            Event::GlassEnded(ended) => {
                self.number(Number::EventTime, ended.at.as_us());
                self.text(Text::Outcome, ended.end.code());
                self.about_opening(&ended.glass, ended.actor.as_ref(), ended.request.as_ref());
            }
            Event::NoticeDeferred(deferred) => {
                self.number(Number::EventTime, deferred.at.as_us());
                self.text(Text::Outcome, deferred.ground.code());
                let (actor, request) = (Some(&deferred.actor), Some(&deferred.request));
                self.about_opening(&deferred.glass, actor, request);
            }
            Event::NoticeGiven(given) => {
                self.number(Number::EventTime, given.at.as_us());
                self.text(Text::Outcome, given.channel.code());
                self.about_opening(&given.glass, Some(&given.actor), Some(&given.request));
            }
            Event::ReviewClosed(closed) => {
                self.number(Number::EventTime, closed.at.as_us());
                self.text(Text::Outcome, closed.finding.code());
                self.about_opening(&closed.glass, Some(&closed.actor), Some(&closed.request));
            }
            Event::Rejected(rejected) => self.rejected(rejected),
            Event::Upstream(upstream) => {
                self.request(&upstream.request);
                self.service(&upstream.service);
                self.text(Text::Outcome, upstream.fault);
            }
            Event::CareReported(reported) => self.care(reported),
            Event::FeedUnread(unread) => {
                self.service(&unread.feed);
                self.text(Text::Outcome, unread.reason);
                if let Some(ip) = unread.ip {
                    self.address(ip);
                }
            }
            Event::LakeFailed(failed) => self.text(Text::Outcome, failed.what),
            Event::FindingRaised(raised) => {
                let at = u64::try_from(raised.finding.at_us);
                self.set_number(Number::EventTime, at.ok());
                self.text(Text::Outcome, raised.finding.level.name());
                self.text(Text::Action, raised.finding.id);
            }
            Event::LogUnread(unread) => self.text(Text::Outcome, unread.reason),
            Event::HuntEnded(ended) => self.text(Text::Action, ended.hunt),
            Event::ActApproved(it) => self.act((&it.act_request, it.at), &it.actor, &it.request),
            Event::ActRequested(asked) => self.act_requested(asked),
            Event::ActWithdrawn(it) => self.act((&it.act_request, it.at), &it.actor, &it.request),
            Event::SeatLeft(left) => self.done_by(left.at, &left.actor, &left.request),
            Event::SeatTaken(taken) => self.done_by(taken.at, &taken.actor, &taken.request),
            Event::GuardCommand(command) => self.guard_command(command),
            Event::GuardFailed(failed) => self.guard_failed(failed),
            Event::GuardReads(reads) => self.guard_reads(reads),
            Event::DevicesObserved(observed) => self.text(Text::Service, observed.source),
            Event::DirectoryLoaded(_)
            | Event::LimitReached(_)
            | Event::LogRecovered(_)
            | Event::LogTaken(_)
            | Event::PolicyLoaded(_)
            | Event::Quiet
            | Event::SegmentSealed(_)
            | Event::Started(_)
            | Event::Stopped
            | Event::SuppressionLifted(_)
            | Event::SuppressionSet(_) => (),
        }
    }

    fn access(&mut self, access: Access) {
        self.actor(&access.actor);
        self.request(&access.request);
        self.service(&access.asked.service);
        self.text(Text::Action, access.asked.action);
        self.text(Text::Purpose, access.asked.purpose.code());
        self.text(Text::Outcome, access.outcome.code());
        self.number(Number::StatusCode, access.status.into());
        if let Some(resource_type) = access.asked.target.resource_type {
            self.text(Text::ResourceType, resource_type);
        }
        if let Some(glass) = access.glass {
            self.text(Text::Glass, glass.as_str().to_owned());
        }
        if let Some(patient) = access.asked.target.patient {
            self.patient(&patient);
        }
        for patient in &access.disclosed.patients {
            self.concerns(patient);
        }
    }

    fn glass(&mut self, glass: &GlassDeclared) {
        self.actor(&glass.actor);
        self.request(&glass.request);
        self.patient(&glass.patient);
        self.number(Number::EventTime, glass.from.as_us());
        self.text(Text::Glass, glass.glass.as_str().to_owned());
        self.text(Text::Action, glass.reason.code());
        self.text(Text::Purpose, glass.mode.purpose().code());
    }

    fn guard_command(&mut self, command: GuardCommand) {
        self.text(Text::Outcome, command.verdict.code());
        self.errand(command.errand);
    }

    fn guard_reads(&mut self, reads: GuardReads) {
        self.number(Number::EventTime, reads.since.as_us());
        self.errand(reads.errand);
    }

    fn guard_failed(&mut self, failed: GuardFailed) {
        self.number(Number::EventTime, failed.since.as_us());
        self.text(Text::Outcome, failed.fail);
        self.text(Text::Person, failed.owner.as_str().to_owned());
    }

    /// Who asked which device of building control for what.
    fn errand(&mut self, errand: Errand) {
        self.address(errand.client);
        self.text(Text::DstIp, errand.device.to_canonical().to_string());
        self.text(Text::AppProtocol, errand.protocol);
        self.text(Text::Action, errand.function);
        if let Some(person) = &errand.person {
            self.text(Text::Person, person.as_str().to_owned());
        }
        if let Some(service) = &errand.service {
            self.service(service);
        }
    }

    fn care(&mut self, reported: CareReported) {
        self.service(&reported.feed);
        self.text(Text::Action, reported.message_type);
        for patient in reported.change.patients() {
            self.concerns(patient);
        }
    }

    /// What every event about an opening has: its name, and who did it by which request.
    fn about_opening(
        &mut self,
        glass: &GlassId,
        actor: Option<&Actor>,
        request: Option<&RequestId>,
    ) {
        self.text(Text::Glass, glass.as_str().to_owned());
        if let Some(actor) = actor {
            self.actor(actor);
        }
        if let Some(request) = request {
            self.request(request);
        }
    }

    fn act_requested(&mut self, asked: ActRequested) {
        self.text(Text::Service, asked.conduit);
        self.text(Text::Action, asked.act);
        self.done_by(asked.at, &asked.actor, &asked.request);
    }

    /// What became of an act on a device.
    fn act(&mut self, (act, at): (&ActRequestId, Timestamp), actor: &Actor, request: &RequestId) {
        self.text(Text::Action, act.as_str().to_owned());
        self.done_by(at, actor, request);
    }

    fn done_by(&mut self, at: Timestamp, actor: &Actor, request: &RequestId) {
        self.number(Number::EventTime, at.as_us());
        self.actor(actor);
        self.request(request);
    }

    fn rejected(&mut self, rejected: Rejected) {
        if let Some(request) = &rejected.request {
            self.request(request);
        }
        self.address(rejected.ip);
        self.text(Text::Outcome, rejected.reason);
        self.number(Number::StatusCode, rejected.status.into());
    }

    fn actor(&mut self, actor: &Actor) {
        self.text(Text::Person, actor.person.as_str().to_owned());
        self.text(Text::Session, actor.session.as_str().to_owned());
        self.address(actor.ip);
        if let Some(profession) = &actor.profession {
            self.text(Text::Profession, profession.clone());
        }
        let establishments = actor.establishments.iter();
        self.establishments = establishments
            .map(|establishment| Cow::Owned(establishment.as_str().to_owned()))
            .collect();
    }

    fn request(&mut self, request: &RequestId) {
        self.text(Text::Request, request.as_str().to_owned());
    }

    fn service(&mut self, service: &ServiceId) {
        self.text(Text::Service, service.as_str().to_owned());
    }

    fn address(&mut self, address: IpAddr) {
        self.text(Text::SrcIp, address.to_canonical().to_string());
    }

    /// The patient whom the request names is also one of those concerned.
    fn patient(&mut self, patient: &PatientRef) {
        self.text(Text::Patient, patient.pseudonym.as_str().to_owned());
        self.concerns(patient);
    }

    fn concerns(&mut self, patient: &PatientRef) {
        let pseudonym = patient.pseudonym.as_str();
        if !self.patients.iter().any(|known| known == pseudonym) {
            self.patients.push(Cow::Owned(pseudonym.to_owned()));
        }
    }

    /// Sets a text where there is one.
    fn present(&mut self, column: Text, value: Cow<'a, str>) {
        if !value.is_empty() {
            self.text(column, value);
        }
    }

    fn text(&mut self, column: Text, value: impl Into<Cow<'a, str>>) {
        if let Some(place) = self.texts.get_mut(column as usize) {
            *place = Some(value.into());
        }
    }

    fn number(&mut self, column: Number, value: u64) {
        self.set_number(column, Some(value));
    }

    fn set_number(&mut self, column: Number, value: Option<u64>) {
        if let Some(place) = self.numbers.get_mut(column as usize) {
            *place = value;
        }
    }
}

/// The name under which an event is written.
fn activity(event: &Event) -> &'static str {
    match event {
        Event::Access(_) => "access",
        Event::ActApproved(_) => "act-approved",
        Event::ActRequested(_) => "act-requested",
        Event::ActWithdrawn(_) => "act-withdrawn",
        Event::CareReported(_) => "care-reported",
        Event::DevicesObserved(_) => "devices-observed",
        Event::DirectoryLoaded(_) => "directory-loaded",
        Event::FeedUnread(_) => "feed-unread",
        Event::FindingRaised(_) => "finding-raised",
        Event::GlassDeclared(_) => "glass-declared",
        Event::GlassEnded(_) => "glass-ended",
        Event::GuardCommand(_) => "guard-command",
        Event::GuardFailed(_) => "guard-failed",
        Event::GuardReads(_) => "guard-reads",
        Event::HuntEnded(_) => "hunt-ended",
        Event::LakeFailed(_) => "lake-failed",
        Event::LimitReached(_) => "limit-reached",
        Event::LogRecovered(_) => "log-recovered",
        Event::LogTaken(_) => "log-taken",
        Event::LogUnread(_) => "log-unread",
        Event::NoticeDeferred(_) => "notice-deferred",
        Event::NoticeGiven(_) => "notice-given",
        Event::PolicyLoaded(_) => "policy-loaded",
        Event::Quiet => "quiet",
        Event::Rejected(_) => "rejected",
        Event::ReviewClosed(_) => "review-closed",
        Event::SeatLeft(_) => "seat-left",
        Event::SeatTaken(_) => "seat-taken",
        Event::SegmentSealed(_) => "segment-sealed",
        Event::Started(_) => "started",
        Event::Stopped => "stopped",
        Event::SuppressionLifted(_) => "suppression-lifted",
        Event::SuppressionSet(_) => "suppression-set",
        Event::Upstream(_) => "upstream",
    }
}

#[cfg(test)]
mod tests;
