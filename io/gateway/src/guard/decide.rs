//! One request: judged, kept when it must be, and cleared or refused.
//!
//! ```text
//! Command ─ decide ─┬► Pass(Clearance)                                send it on
//!                   ├► Keep(Owed) ─ keep ─► Clearance, or an answer   kept before done
//!                   ├► ReadFirst(points)                              read, learn, decide again
//!                   └► Refuse(Answer)                                 say it in the device's place
//! ```
//!
//! INVARIANT: (1) no permit, no passage, and (2) kept before done: only this file makes a
//! [`Clearance`], from a passage of the policy, and for a command only with the receipt of its
//! evidence, or when the owner of the conduit chose that it passes while nothing can be kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use event::{Event, GuardCommand, GuardGround, GuardVerdict, Timestamp};
use evidence::Receipt;
use policy::guard::{
    Access, Answer, Asked, Denial, GuardState, Hold, Known, Passage, Point, Verdict, Who,
};

use super::caller::Caller;
use super::door::GuardDoor;
use super::flight::Flight;
use super::limits::told;
use super::pen::{Stream, lock};
use super::seat::Sitting;
use super::standing::{Counted, InGap};
use super::tally::{Kind, Noted};
use super::{Command, told as words};

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Decision {
    Pass(Clearance),
    Keep(Box<Owed>),
    ReadFirst(Vec<Point>),
    Refuse(Answer),
}

/// The authority to send one request on; whoever sends takes it by value.
#[derive(Debug)]
pub(crate) struct Clearance {
    authority: Authority,
    flight: Flight,
}

/// Why something may be sent on.
#[derive(Debug)]
#[expect(dead_code, reason = "receipts are held, not looked at")]
enum Authority {
    /// It changes nothing.
    Read(Passage),
    /// It is durable that it was allowed.
    Kept(Passage, Receipt),
    /// Nothing can be kept, and the owner of the conduit chose that it passes.
    Failing(Passage),
    /// What is durable of this session tells of it already, but for how many there were.
    Told(Passage),
}

impl Clearance {
    fn new(authority: Authority, mut flight: Flight) -> Self {
        flight.keep();
        Self { authority, flight }
    }

    /// By which rule.
    pub(crate) fn rule(&self) -> &str {
        let (Authority::Failing(passage)
        | Authority::Kept(passage, _)
        | Authority::Read(passage)
        | Authority::Told(passage)) = &self.authority;
        passage.rule()
    }

    /// Whether what it is about is durable.
    pub(crate) const fn is_kept(&self) -> bool {
        matches!(self.authority, Authority::Kept(..))
    }

    /// What is sent under it; the answer ends it.
    pub(crate) fn into_flight(self) -> Flight {
        self.flight
    }
}

/// A command that is allowed and not yet kept.
#[derive(Debug)]
pub(crate) struct Owed {
    passage: Passage,
    event: Event,
    flight: Flight,
}

impl Owed {
    /// The same, told by an event of another kind, which says more of it.
    pub(crate) fn told_as(self, event: Event) -> Self {
        Self { event, ..self }
    }

    /// Cleared without an event of its own: one that is durable tells of the same client, device and
    /// patient, and their number is told when the session ends.
    pub(crate) fn told_before(self) -> Clearance {
        Clearance::new(Authority::Told(self.passage), self.flight)
    }

    /// By which rule it passes.
    pub(crate) fn rule(&self) -> &str {
        self.passage.rule()
    }
}

impl GuardDoor {
    /// Judges one request.
    pub(crate) fn decide(&self, caller: &Caller, command: &Command) -> Decision {
        loop {
            let is_failing = caller.standing.is_failing();
            if let Some(decision) = self.decide_as(caller, command, is_failing) {
                return decision;
            }
        }
    }

    /// Judges one request; nothing when it was judged as in a gap and the gap has ended since.
    ///
    /// INVARIANT: nothing passes as in a gap that the gap does not count, so that evidence tells of
    /// it afterwards.
    fn decide_as(&self, caller: &Caller, command: &Command, is_failing: bool) -> Option<Decision> {
        let now = self.now();
        let sitting = self.sitting(caller, now);
        let grants = self.grants();
        let writes = command.borrowed_writes();
        let (mut unread, mut denial) = (None, None);
        let mut state = lock(&caller.standing.state);
        for who in sitting.who() {
            let asked = caller.asked(command, &writes, (who, sitting.tier));
            let places = points(&asked, command);
            let before = places.map(|point| (point, state.remembered(&point)));
            let before: BTreeMap<_, _> = before.collect();
            let verdict = match is_failing {
                true => self.guard.when_failing(&mut state, &asked, now),
                false => self.guard.judge(&mut state, &grants, &asked, now),
            };
            match verdict {
                Verdict::Allowed(passage) => {
                    let holds = holds(&mut state, before);
                    drop(state);
                    let flight = Flight::judged(Arc::clone(&caller.standing), holds);
                    let asked = (command, &sitting);
                    return match is_failing {
                        true => self.passed_in_gap(caller, asked, (passage, flight)),
                        false => Some(self.allowed(caller, asked, (passage, flight))),
                    };
                }
                Verdict::ReadFirst(points) => unread = unread.or(Some(points)),
                Verdict::Denied(it) => denial = denial.or(Some(it)),
            }
        }
        drop(state);
        Some(match (unread, denial) {
            (Some(points), _) => Decision::ReadFirst(points),
            (None, Some(denial)) => {
                Decision::Refuse(self.denied(caller, (command, &sitting), &denial, now))
            }
            // Somebody is always asked about, if only as nobody.
            (None, None) => Decision::Refuse(Answer::Drop),
        })
    }

    /// Keeps a command; only then is it cleared.
    ///
    /// A crash before the receipt: the command was not given, and evidence may tell of it. A crash
    /// after it: evidence tells of a command that was perhaps not given. Whoever stops waiting has
    /// not given it either.
    pub(crate) async fn keep(
        &self,
        caller: &Caller,
        command: &Command,
        owed: Owed,
    ) -> Result<Clearance, Answer> {
        let Owed {
            passage,
            event,
            flight,
        } = owed;
        let at = passage.at();
        if let Ok(receipt) = self.pen.keep(&event, at).await {
            return Ok(Clearance::new(Authority::Kept(passage, receipt), flight));
        }
        // What was judged as done was not: it is no approved value, and no write to pause after.
        drop(flight);
        caller.standing.allowed.fetch_sub(1, Ordering::Relaxed);
        caller.standing.fail(self.now());
        match self.decide(caller, command) {
            Decision::Pass(clearance) => Ok(clearance),
            Decision::Refuse(answer) => Err(answer),
            // The gap ended in this instant: the client may ask again.
            Decision::Keep(_) | Decision::ReadFirst(_) => Err(self.refuse_unread(caller, command)),
        }
    }

    /// The refusal of a request whose places could not be read.
    pub(crate) fn refuse_unread(&self, caller: &Caller, command: &Command) -> Answer {
        let now = self.now();
        let sitting = self.sitting(caller, now);
        let denial = self.unread(caller, command);
        self.denied(caller, (command, &sitting), &denial, now)
    }

    /// Tells what cannot be read, and gives the answer to what at least names a function.
    pub(crate) fn unreadable(
        &self,
        caller: &Caller,
        command: Option<&Command>,
        code: &str,
    ) -> Answer {
        let now = self.now();
        let sitting = self.sitting(caller, now);
        let errand = match command {
            Some(command) => words::errand_of(caller, &sitting, command),
            None => words::errand(caller, &sitting),
        };
        let event = GuardCommand {
            errand,
            verdict: GuardVerdict::Denied,
            reason: code.to_owned(),
            rule: None,
            grant: None,
            ground: GuardGround::Judged,
            places: Vec::new(),
            places_total: 0,
        };
        caller.standing.denied.fetch_add(1, Ordering::Relaxed);
        let is_known = sitting.is_known();
        self.pen
            .tell_denial(Event::GuardCommand(event), is_known, now);
        command.map_or(Answer::Drop, |it| self.unread(caller, it).answer())
    }

    /// Takes values that a device gave to a read that was sent at `asked`, as far as some rule has a
    /// use for them.
    pub(crate) fn learn(
        &self,
        caller: &Caller,
        values: impl Iterator<Item = (Point, f64)>,
        asked: Timestamp,
    ) {
        let is_watched = |point: &Point| self.guard.watches(point.place.space, point.place.address);
        let mut watched = values.filter(|(point, _)| is_watched(point)).peekable();
        if watched.peek().is_some() {
            let now = self.now();
            let mut state = lock(&caller.standing.state);
            // Until then a command that was cleared may still be on its way.
            let settled = self.limits.evidence_max + self.limits.answer_max;
            watched.for_each(|(point, value)| {
                state.learn_asked(point, value, (asked, now), settled);
            });
        }
    }

    /// Until when a device may take to answer what is sent now.
    pub(crate) fn answered_until(&self) -> Timestamp {
        self.now().after(self.limits.answer_max)
    }

    fn unread(&self, caller: &Caller, command: &Command) -> Denial {
        let writes = command.borrowed_writes();
        let asked = caller.asked(command, &writes, (Who::Unknown, None));
        self.guard.deny_unread(&asked)
    }

    pub(crate) fn sitting(&self, caller: &Caller, now: Timestamp) -> Sitting {
        let mut sitting = self.seats.at(caller.client, now);
        if caller.is_secured {
            // A connection may outlive its certificate.
            let certified = caller.certified.as_ref();
            let in_force = certified.filter(|it| now < it.until);
            sitting.service = in_force.map(|it| it.service.clone());
        }
        sitting
    }

    fn allowed(
        &self,
        caller: &Caller,
        (command, sitting): (&Command, &Sitting),
        (passage, flight): (Passage, Flight),
    ) -> Decision {
        caller.standing.allowed.fetch_add(1, Ordering::Relaxed);
        if is_read(command) {
            self.count_read(caller, (command, sitting), &passage);
            return Decision::Pass(Clearance::new(Authority::Read(passage), flight));
        }
        let event = allowed_event(caller, (command, sitting), &passage, GuardGround::Judged);
        Decision::Keep(Box::new(Owed {
            passage,
            event: Event::GuardCommand(event),
            flight,
        }))
    }

    /// Lets something pass that the gap tells when it ends; nothing when it has ended already.
    fn passed_in_gap(
        &self,
        caller: &Caller,
        (command, sitting): (&Command, &Sitting),
        (passage, flight): (Passage, Flight),
    ) -> Option<Decision> {
        let unkept_max = self.limits.unkept_max;
        let is_read = is_read(command);
        let what = match is_read {
            true => InGap::Read,
            false => {
                let ground = GuardGround::Failing;
                let event = allowed_event(caller, (command, sitting), &passage, ground);
                InGap::Command(Box::new((event, passage.at())))
            }
        };
        match caller.standing.count_in_gap(what, unkept_max) {
            Counted::Over => return None,
            Counted::Full => self.pen.reached("guard_unkept_max", told(unkept_max)),
            Counted::Told => {}
        }
        caller.standing.allowed.fetch_add(1, Ordering::Relaxed);
        let authority = match is_read {
            true => {
                self.count_read(caller, (command, sitting), &passage);
                Authority::Read(passage)
            }
            false => Authority::Failing(passage),
        };
        Some(Decision::Pass(Clearance::new(authority, flight)))
    }

    fn count_read(
        &self,
        caller: &Caller,
        (command, sitting): (&Command, &Sitting),
        passage: &Passage,
    ) {
        let kind = Kind {
            conduit: Arc::clone(&caller.standing.name),
            client: caller.client,
            person: sitting.person.clone(),
            service: sitting.service.clone(),
            device: caller.device,
            station: command.station,
            function: command.function,
            rule: passage.rule().into(),
        };
        let errand = || words::errand_of(caller, sitting, command);
        let noted = lock(&self.tally).note(kind, errand, passage.at());
        match noted {
            Noted::Counted => {}
            Noted::First(first) => {
                let stream = stream(&first.errand);
                self.pen
                    .tell(stream, Event::GuardReads(*first), passage.at());
            }
            Noted::NoRoom => {
                let max = told(self.limits.read_kinds_max);
                self.pen.reached("guard_read_kinds_max", max);
            }
            Noted::NoRoomOfClient => {
                let max = told(self.limits.read_kinds_per_client_max);
                self.pen.reached("guard_read_kinds_per_client_max", max);
            }
        }
    }

    pub(crate) fn denied(
        &self,
        caller: &Caller,
        (command, sitting): (&Command, &Sitting),
        denial: &Denial,
        now: Timestamp,
    ) -> Answer {
        let standing = &caller.standing;
        standing.denied.fetch_add(1, Ordering::Relaxed);
        let is_failing = standing.is_failing();
        if is_failing {
            // When it has just ended, the event of the refusal tells it all the same.
            let _counted = standing.count_in_gap(InGap::Refused, self.limits.unkept_max);
        }
        let (places, places_total) = words::places(command);
        let event = GuardCommand {
            errand: words::errand_of(caller, sitting, command),
            verdict: GuardVerdict::Denied,
            reason: denial.code().code().to_owned(),
            rule: denial.rule().map(str::to_owned),
            grant: None,
            ground: match is_failing {
                true => GuardGround::Failing,
                false => GuardGround::Judged,
            },
            places,
            places_total,
        };
        self.pen
            .tell_denial(Event::GuardCommand(event), sitting.is_known(), now);
        denial.answer()
    }
}

const fn is_read(command: &Command) -> bool {
    matches!(command.access, Access::Identify | Access::Read)
}

fn allowed_event(
    caller: &Caller,
    (command, sitting): (&Command, &Sitting),
    passage: &Passage,
    ground: GuardGround,
) -> GuardCommand {
    let (places, places_total) = words::places(command);
    GuardCommand {
        errand: words::errand_of(caller, sitting, command),
        verdict: GuardVerdict::Allowed,
        reason: passage.rule().to_owned(),
        rule: None,
        grant: passage.grant().map(str::to_owned),
        ground,
        places,
        places_total,
    }
}

/// Takes up the places of a command that was let through, under the lock under which it was.
fn holds(state: &mut GuardState, before: BTreeMap<Point, Option<Known>>) -> Vec<Hold> {
    let places = before.into_iter();
    places
        .filter_map(|(point, before)| state.hold(point, before))
        .collect()
}

/// Where reads are told: strangers are not among decisions.
pub(crate) const fn stream(errand: &event::Errand) -> Stream {
    match (&errand.person, &errand.service) {
        (None, None) => Stream::Telemetry,
        _ => Stream::Decisions,
    }
}

/// Every place that is written, as a point of the device.
fn points<'a>(asked: &'a Asked<'_>, command: &'a Command) -> impl Iterator<Item = Point> + use<'a> {
    let writes = command.writes.iter();
    let asked = *asked;
    writes.flat_map(move |write| {
        let quantity = u32::try_from(words::quantity(write)).unwrap_or(u32::MAX);
        (0..quantity).map(move |offset| {
            let mut place = write.place;
            place.address = place.address.saturating_add(offset);
            asked.point(place)
        })
    })
}

#[cfg(test)]
mod tests;
