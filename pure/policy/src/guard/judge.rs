//! The order of the questions: what no rule can allow, then each rule, then what is left.

use std::net::IpAddr;
use std::sync::Arc;

use event::{PersonId, Timestamp};
use jiff::tz::TimeZone;

use super::asked::{Contents, Single, Space};
use super::entities::STORE;
use super::limits::{PLACES_MAX, SPANS_MAX};
use super::points::Watched;
use super::rule::{Circumstances, Fault, Rule, Sight};
use super::{
    Access, AddressPattern, Asked, Code, Denial, Fail, Function, Grants, GuardDocument, GuardError,
    GuardState, Layer, Miss, Passage, Protocol, Refuse, Verdict, compile,
};

const MASK_WRITE: Function = Function::modbus(22);

/// Who may command what, compiled from a [`GuardDocument`].
#[derive(Debug, Clone)]
pub struct Guard {
    conduits: Vec<Conduit>,
    watched: Watched,
    zone: TimeZone,
}

/// One conduit, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Conduit {
    pub(crate) name: Arc<str>,
    pub(crate) protocol: Protocol,
    pub(crate) clients: Vec<AddressPattern>,
    pub(crate) devices: Vec<AddressPattern>,
    pub(crate) fail: Fail,
    pub(crate) owner: PersonId,
    pub(crate) reason: Box<str>,
    pub(crate) refuse: Refuse,
    pub(crate) known_s_max: u32,
    pub(crate) searches_per_minute: u32,
    pub(crate) rules: Vec<Rule>,
}

/// How a rule that allows was found.
struct Found {
    rule: Arc<str>,
    grant: Option<Arc<str>>,
}

impl Guard {
    /// Compiles a document; the first fault refuses it whole.
    pub fn new(document: &GuardDocument) -> Result<Self, GuardError> {
        let zone = match document.time_zone.as_deref() {
            None => TimeZone::UTC,
            Some(text) => TimeZone::posix(text).map_err(|_| {
                let fault = "it is no time zone";
                let allowed = "a rule as in POSIX.1, such as CET-1CEST,M3.5.0,M10.5.0/3";
                GuardError::key("time_zone", fault, allowed)
            })?,
        };
        let conduits = compile::conduits(document)?;
        let rules = conduits.iter().flat_map(|conduit| &conduit.rules);
        let places = rules.filter_map(|rule| {
            let has_masks = rule.functions.contains(MASK_WRITE);
            rule.points.as_ref().map(|it| it.remembered(has_masks))
        });
        let watched = Watched::new(places.flatten().collect());
        Ok(Self {
            conduits,
            watched,
            zone,
        })
    }

    /// May this request pass now?
    ///
    /// A write that is allowed counts as done from here on; when the device refuses it, the caller
    /// tells [`GuardState::forget`].
    #[must_use]
    pub fn judge(
        &self,
        state: &mut GuardState,
        grants: &Grants,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Verdict {
        let conduit = match self.admit(asked) {
            Ok(conduit) => conduit,
            Err((code, conduit)) => return denied(conduit, asked, code, None),
        };
        let with = self.circumstances(conduit, (state, grants), asked, (now, Sight::Whole));
        let mut unread = None;
        let mut found = None;
        for rule in conduit.rules.iter().filter(|rule| rule.may(asked)) {
            match rule.check(&with) {
                Ok(fit) if fit.unread => unread = unread.or(Some(rule)),
                Ok(fit) => {
                    found = Some(Found {
                        rule: Arc::clone(&rule.id),
                        grant: fit.grant.cloned(),
                    });
                    break;
                }
                Err(_) => {}
            }
        }
        match (found, unread) {
            (Some(found), _) => self.pass(conduit, state, asked, (found, now)),
            (None, Some(rule)) => {
                let singles = asked.singles();
                let needed = singles.filter(|(place, single)| rule.needs(&with, *place, *single));
                Verdict::ReadFirst(needed.map(|(place, _)| asked.point(place)).collect())
            }
            (None, None) => {
                let miss = conduit.nearest(&with);
                let code = miss.as_ref().map_or(Code::RuleMissing, |miss| miss.code);
                denied(Some(conduit), asked, code, miss)
            }
        }
    }

    /// May this request pass while the guard cannot judge: while it does not know who asks, what
    /// is approved, what time it is, or what places are now?
    ///
    /// A conduit that fails closed lets nothing pass. One that fails open lets pass what some rule
    /// allows apart from all that, when it only reads, or sends again what was approved last.
    #[must_use]
    pub fn when_failing(
        &self,
        state: &mut GuardState,
        asked: &Asked<'_>,
        now: Timestamp,
    ) -> Verdict {
        let conduit = match self.admit(asked) {
            Ok(conduit) => conduit,
            Err((code, conduit)) => return denied(conduit, asked, code, None),
        };
        if conduit.fail == Fail::Closed {
            return denied(Some(conduit), asked, Code::FailingClosed, None);
        }
        let grants = Grants::new();
        let with = self.circumstances(conduit, (state, &grants), asked, (now, Sight::Failing));
        let rule = conduit.rules.iter().find(|rule| rule.check(&with).is_ok());
        let Some(rule) = rule else {
            let miss = conduit.nearest(&with);
            let code = miss.as_ref().map_or(Code::RuleMissing, |miss| miss.code);
            return denied(Some(conduit), asked, code, miss);
        };
        let code = match asked.access {
            Access::Identify | Access::Read => None,
            // An image that is stored beside others changes none of them.
            Access::Write if asked.function == STORE => None,
            Access::Write if repeats(state, asked) => None,
            Access::Write => Some(Code::FailingNewValue),
            Access::Control | Access::Unknown => Some(Code::FailingControl),
        };
        let found = Found {
            rule: Arc::clone(&rule.id),
            grant: None,
        };
        match code {
            Some(code) => denied(Some(conduit), asked, code, Some(found.miss(code))),
            None => self.pass(conduit, state, asked, (found, now)),
        }
    }

    /// May there be an association at all, before anything is asked in it? The refusal, when no rule
    /// could allow anything to this client.
    ///
    /// # Errors
    /// The refusal, by the rule that came nearest.
    pub fn associate(&self, asked: &Asked<'_>) -> Result<(), Denial> {
        let conduit = self
            .admit(asked)
            .map_err(|(code, conduit)| denial(conduit, asked, code, None))?;
        let mut nearest: Option<(&Rule, Fault)> = None;
        for rule in &conduit.rules {
            match rule.admits(asked) {
                Ok(()) => return Ok(()),
                Err(fault) if nearest.is_none_or(|(_, before)| fault.code > before.code) => {
                    nearest = Some((rule, fault));
                }
                Err(_) => {}
            }
        }
        let code = nearest.map_or(Code::RuleMissing, |(_, fault)| fault.code);
        let nearest = nearest.map(|(rule, fault)| fault.missed(rule));
        Err(denial(Some(conduit), asked, code, nearest))
    }

    /// Whether any rule that admits this client could allow something of the class that is asked
    /// about.
    #[must_use]
    pub fn offers(&self, asked: &Asked<'_>) -> bool {
        let is_offered = |rule: &Rule| rule.admits(asked).is_ok() && rule.entities.offers(asked);
        self.admit(asked)
            .is_ok_and(|conduit| conduit.rules.iter().any(is_offered))
    }

    /// The refusal of a request whose places could not be read after [`Verdict::ReadFirst`].
    #[must_use]
    pub fn deny_unread(&self, asked: &Asked<'_>) -> Denial {
        denial(self.conduit(asked.conduit), asked, Code::ValueUnread, None)
    }

    /// Whether anybody at an address may ask anything of a device on a conduit: before a request
    /// is read, and no more than that.
    #[must_use]
    pub fn admits(&self, conduit: &str, from: IpAddr, device: IpAddr) -> bool {
        let among = |patterns: &[AddressPattern], address| {
            patterns.iter().any(|pattern| pattern.contains(address))
        };
        self.conduit(conduit)
            .is_some_and(|conduit| among(&conduit.clients, from) && among(&conduit.devices, device))
    }

    /// Whether a device is one of a conduit's.
    #[must_use]
    pub fn reaches(&self, conduit: &str, device: IpAddr) -> bool {
        let among = |it: &Conduit| it.devices.iter().any(|it| it.contains(device));
        self.conduit(conduit).is_some_and(among)
    }

    /// Whether what a place is, or becomes, is worth remembering.
    #[must_use]
    pub fn watches(&self, space: Space, address: u32) -> bool {
        self.watched.contains(space, address)
    }

    /// The protocol of a conduit.
    #[must_use]
    pub fn protocol(&self, conduit: &str) -> Option<Protocol> {
        self.conduit(conduit).map(|conduit| conduit.protocol)
    }

    /// The acts that rules of a conduit need an approval of; some may come twice.
    pub fn acts(&self, conduit: &str) -> impl Iterator<Item = &str> {
        let rules = self.conduit(conduit).into_iter().flat_map(|it| &it.rules);
        rules.filter_map(|rule| rule.approval.as_deref())
    }

    /// What a conduit does while the guard cannot judge, who chose it and why: to be shown.
    #[must_use]
    pub fn failure(&self, conduit: &str) -> Option<(Fail, &PersonId, &str)> {
        let conduit = self.conduit(conduit)?;
        Some((conduit.fail, &conduit.owner, &conduit.reason))
    }

    /// The names of the conduits, sorted.
    pub fn conduits(&self) -> impl Iterator<Item = &str> {
        self.conduits.iter().map(|conduit| &*conduit.name)
    }

    fn conduit(&self, name: &str) -> Option<&Conduit> {
        let at = self
            .conduits
            .binary_search_by(|conduit| (*conduit.name).cmp(name))
            .ok()?;
        self.conduits.get(at)
    }

    fn circumstances<'a>(
        &'a self,
        conduit: &Conduit,
        (state, grants): (&'a GuardState, &'a Grants),
        asked: &'a Asked<'a>,
        (now, sight): (Timestamp, Sight),
    ) -> Circumstances<'a> {
        Circumstances {
            asked,
            state,
            grants,
            zone: &self.zone,
            now,
            known_s_max: conduit.known_s_max,
            sight,
        }
    }

    /// What no rule can allow.
    fn admit(&self, asked: &Asked<'_>) -> Result<&Conduit, (Code, Option<&Conduit>)> {
        let conduit = self
            .conduit(asked.conduit)
            .ok_or((Code::ConduitUnknown, None))?;
        let refuse = |code| Err((code, Some(conduit)));
        if mixes(conduit.protocol, asked) {
            return refuse(Code::ProtocolMixed);
        }
        let among = |patterns: &[AddressPattern], address| {
            patterns.iter().any(|pattern| pattern.contains(address))
        };
        if !among(&conduit.clients, asked.from) {
            return refuse(Code::SourceOutsideConduit);
        }
        if !among(&conduit.devices, asked.device) {
            return refuse(Code::DeviceOutsideConduit);
        }
        if let Err(code) = understood(asked)
            .and_then(|()| counted(asked))
            .and_then(|()| valued(asked))
        {
            return refuse(code);
        }
        Ok(conduit)
    }

    /// Remembers what is let through, and makes the authority for it.
    ///
    /// INVARIANT: the only place where a [`Passage`] is made.
    fn pass(
        &self,
        conduit: &Conduit,
        state: &mut GuardState,
        asked: &Asked<'_>,
        (found, at): (Found, Timestamp),
    ) -> Verdict {
        if asked.is_search() && !state.search(asked.from, conduit.searches_per_minute, at) {
            let miss = found.miss(Code::SearchesTooMany);
            return denied(Some(conduit), asked, Code::SearchesTooMany, Some(miss));
        }
        for (place, single, priority) in asked.prioritised() {
            if conduit.fail == Fail::Open || self.watches(place.space, place.address) {
                let grants = Grants::new();
                let parts = (&*state, &grants);
                let with = self.circumstances(conduit, parts, asked, (at, Sight::Whole));
                let becomes = with.becomes(place, single);
                state.wrote(asked.point(place), (becomes, priority), at);
            }
        }
        Verdict::Allowed(Passage {
            rule: found.rule,
            grant: found.grant,
            at,
        })
    }
}

impl Conduit {
    /// The rule that came nearest; of several the first.
    fn nearest(&self, with: &Circumstances<'_>) -> Option<Miss> {
        let mut nearest: Option<(&Rule, Fault)> = None;
        for rule in &self.rules {
            if let Err(fault) = rule.check(with)
                && nearest.is_none_or(|(_, before)| fault.code > before.code)
            {
                nearest = Some((rule, fault));
            }
        }
        nearest.map(|(rule, fault)| fault.missed(rule))
    }
}

impl Fault {
    fn missed(self, rule: &Rule) -> Miss {
        Miss {
            rule: Arc::clone(&rule.id),
            code: self.code,
            place: self.place,
            found: self.found,
            limit: self.limit,
        }
    }
}

impl Found {
    fn miss(&self, code: Code) -> Miss {
        Miss {
            rule: Arc::clone(&self.rule),
            code,
            place: None,
            found: None,
            limit: None,
        }
    }
}

fn denied(conduit: Option<&Conduit>, asked: &Asked<'_>, code: Code, miss: Option<Miss>) -> Verdict {
    Verdict::Denied(denial(conduit, asked, code, miss))
}

fn denial(
    conduit: Option<&Conduit>,
    asked: &Asked<'_>,
    code: Code,
    nearest: Option<Miss>,
) -> Denial {
    Denial {
        code,
        conduit: conduit.map(|conduit| Arc::clone(&conduit.name)),
        nearest,
        refuse: conduit.map_or(Refuse::Drop, |conduit| conduit.refuse),
        function: asked.function,
        changes: asked.changes(),
    }
}

/// Whether a request speaks of what the protocol does not have.
fn mixes(protocol: Protocol, asked: &Asked<'_>) -> bool {
    let reads = asked.reads.iter().map(|span| span.place);
    let writes = asked.writes.iter().map(|write| write.place);
    asked.protocol != protocol
        || asked.dimse.is_some() != (protocol == Protocol::Dicom)
        || asked.function.protocol() != protocol
        || asked.station.protocol() != protocol
        || reads
            .chain(writes)
            .any(|place| place.space.protocol() != protocol)
}

fn understood(asked: &Asked<'_>) -> Result<(), Code> {
    match asked.contents {
        Contents::Contradictory => return Err(Code::RequestContradicts),
        Contents::Segment => return Err(Code::RequestSegmented),
        _ if asked.access == Access::Unknown || asked.function.name().is_none() => {
            return Err(Code::FunctionUnknown);
        }
        Contents::Untyped => return Err(Code::ContentsUntyped),
        Contents::Whole => {}
    }
    // A registration is no read, and the link itself writes no place of a device.
    let claims_to_read = matches!(asked.access, Access::Identify | Access::Read);
    let is_link = asked.function.layer == Layer::Link;
    let writes = !asked.writes.is_empty();
    let registers = asked.function == Function::link(5);
    if claims_to_read && (writes || registers) || is_link && writes {
        return Err(Code::RequestContradicts);
    }
    Ok(())
}

fn counted(asked: &Asked<'_>) -> Result<(), Code> {
    if asked.reads.len() > SPANS_MAX || asked.writes.len() > SPANS_MAX {
        return Err(Code::PlacesTooMany);
    }
    let reads = asked.reads.iter().map(|span| (span.place, span.quantity));
    let writes = asked
        .writes
        .iter()
        .map(|write| (write.place, write.value.quantity()));
    let mut places: u32 = 0;
    for (place, quantity) in reads.chain(writes) {
        places = places.saturating_add(quantity);
        if places > PLACES_MAX {
            return Err(Code::PlacesTooMany);
        }
        let last = quantity
            .checked_sub(1)
            .and_then(|more| place.address.checked_add(more));
        if last.is_none_or(|last| last > place.space.address_max()) {
            return Err(Code::PlaceOutOfRange);
        }
    }
    Ok(())
}

fn valued(asked: &Asked<'_>) -> Result<(), Code> {
    for write in asked.writes {
        if write
            .priority
            .is_some_and(|priority| !(1..=16).contains(&priority))
        {
            return Err(Code::PriorityOutOfRange);
        }
        if let Single::Number(value) = write.value.at(0)
            && !value.is_finite()
        {
            return Err(Code::ValueNotFinite);
        }
    }
    Ok(())
}

/// Whether each place becomes what was approved for it last.
fn repeats(state: &GuardState, asked: &Asked<'_>) -> bool {
    !asked.writes.is_empty()
        && asked.prioritised().all(|(place, single, priority)| {
            let known = state.known(&asked.point(place));
            let approved = known.and_then(super::Known::approved);
            match (single, approved) {
                (Single::Number(value), Some((approved, at))) => {
                    value.to_bits() == approved.to_bits() && priority == at
                }
                _ => false,
            }
        })
}
