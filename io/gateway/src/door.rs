//! The door itself: what it holds, and the one place where it asks the policy.

use std::sync::{Arc, RwLockReadGuard};

use audit::{Review, Wanted};
use event::{Event, PatientId, PatientRef, PatientSealer, PersonId, ServiceId, Timestamp};
use evidence::Receipt;
use hospital::{Directory, SharedDirectory};
use jiff::tz::TimeZone;
use locale::{Catalog, Language};
use page::Frame;
use policy::{Action, Decision, Engine, Glass, GlassTerms, Question, Target};

use crate::devices::Devices;
use crate::fhir::PageSeal;
use crate::glass::{Glasses, Over};
use crate::identity::Identity;
use crate::identity::certificate::PersonSource;
use crate::identity::{Proofs, Verifier};
use crate::ledger::{Ledger, NotKept, Streams};
use crate::upstream::{ServiceTerms, Upstream};
use crate::visit::Visit;

/// Everything a door is made of; all of it is checked before a port is bound.
#[derive(Debug)]
pub struct Parts {
    /// The one clock.
    pub clock: fn() -> Timestamp,
    /// Every word shown to people.
    pub catalog: Catalog,
    /// The language for clients that ask for none.
    pub language: Language,
    /// Who works where and cares for whom.
    pub directory: Arc<SharedDirectory>,
    /// The policy in force.
    pub engine: Engine,
    /// Where every access is kept, and what comes before one.
    pub streams: Streams,
    /// Names patients in evidence.
    pub sealer: PatientSealer,
    /// Verifies tokens.
    pub verifier: Arc<Verifier>,
    /// Which part of a client certificate names the person.
    pub certificate_person: PersonSource,
    /// The services behind the door, each with the TLS towards it.
    pub services: Vec<(ServiceTerms, rustls::ClientConfig)>,
    /// The address by which clients know the door, without a trailing slash.
    pub public_url: String,
    /// How long a glass opens and when its review is due.
    pub glass_terms: GlassTerms,
    /// The glasses of the log that are still open.
    pub glasses: Vec<Glass>,
    /// Those whose time ran out while the door was shut.
    pub over: Vec<Over>,
    /// Whether something grave was found about a person.
    pub at_risk: AtRisk,
    /// The devices behind the guard, where there is one.
    pub devices: Option<Devices>,
    /// The door's own pages.
    pub hall: Hall,
}

/// What the door's own pages need beside evidence.
#[derive(Default)]
pub struct Hall {
    /// The demonstration's people and examples; nothing elsewhere.
    pub demonstration: Option<page::Demonstration>,
    /// Signs a person of the demonstration in: gives a token for them.
    pub sign_in: Option<SignIn>,
    /// What the officers' console shows.
    pub console: Option<ConsoleView>,
    /// The open incidents about devices that a person answers for.
    pub incidents: Option<IncidentsView>,
    /// What the log says of openings.
    pub openings: Option<OpeningsView>,
    /// The devices that were seen, where an inventory is kept.
    pub inventory: Option<Arc<dyn DevicesSeen>>,
    /// The public key of the log of decisions, as text.
    pub public_key: String,
    /// The public key of the telemetry log, as text.
    pub telemetry_key: String,
}

/// Gives a token for a person of the demonstration.
pub type SignIn = Box<dyn Fn(&PersonId, Timestamp) -> Option<String> + Send + Sync>;

/// Reads the present view of the console from evidence.
pub type ConsoleView = Arc<dyn Fn(Timestamp) -> Option<page::Console> + Send + Sync>;

/// Lists the open incidents about devices that a person answers for at an instant.
pub type IncidentsView =
    Arc<dyn Fn(&PersonId, Timestamp) -> Vec<page::FoundIncident> + Send + Sync>;

/// What is known of devices that were seen on the network. To look takes a while.
pub trait DevicesSeen: std::fmt::Debug + Send + Sync {
    /// The devices that fit, as of now.
    fn list(&self, wanted: &page::DeviceWanted, now: Timestamp) -> page::Inventory;

    /// The device that has a subject, when there is one.
    fn find(&self, id: &str, now: Timestamp) -> Option<page::DeviceFile>;
}

/// Whether something grave was found about a person and has not faded at an instant. Asked for
/// each decision: it waits for nothing.
pub trait Suspicion: std::fmt::Debug + Send + Sync {
    /// Whether the person counts as being at risk then.
    fn is_at_risk(&self, person: &PersonId, at: Timestamp) -> bool;
}

/// What is shared of it.
pub type AtRisk = Arc<dyn Suspicion>;

/// Finds openings in the fold of the log, up to its last durable entry.
pub type OpeningsView = Arc<dyn Fn(&Wanted) -> Option<Vec<Review>> + Send + Sync>;

impl std::fmt::Debug for Hall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hall")
            .field("demonstration", &self.demonstration.is_some())
            .finish_non_exhaustive()
    }
}

/// A door ready to serve.
#[derive(Debug)]
pub struct Door {
    parts: Settled,
    ledger: Ledger,
    glasses: Glasses,
    pages: PageSeal,
    proofs: Proofs,
    /// Held from looking at an opening to keeping what is decided about it, so that two who
    /// decide at once do so one after the other.
    desk_turn: tokio::sync::Mutex<()>,
    declaration_turn: tokio::sync::Mutex<()>,
    upstreams: Vec<Upstream>,
    own_name: ServiceId,
}

/// The parts that never change while the door serves.
#[derive(Debug)]
struct Settled {
    clock: fn() -> Timestamp,
    catalog: Catalog,
    language: Language,
    zone: TimeZone,
    directory: Arc<SharedDirectory>,
    engine: Engine,
    policy_set: String,
    sealer: PatientSealer,
    verifier: Arc<Verifier>,
    certificate_person: PersonSource,
    public_url: String,
    glass_terms: GlassTerms,
    at_risk: AtRisk,
    devices: Option<Devices>,
    hall: Hall,
}

/// Names that are the door's own first path segments, so that no service may bear them.
pub const OWN_PATHS: [&str; 9] = [
    "break-glass",
    "console",
    "favicon.ico",
    "guard",
    "health",
    "hygie",
    "icon.svg",
    "session",
    "style.css",
];

impl Door {
    /// Puts the parts together.
    ///
    /// `own_name` is the service name under which the door's own pages stand in evidence.
    #[must_use]
    pub fn new(parts: Parts, own_name: ServiceId) -> Self {
        let glasses = Glasses::default();
        let now = (parts.clock)();
        for glass in parts.glasses {
            if now < glass.until() {
                glasses.open(glass, now);
            } else {
                // Its time ran out while the door was put together.
                glasses.owe_ends([Over {
                    glass: glass.id().clone(),
                    until: glass.until(),
                }]);
            }
        }
        glasses.owe_ends(parts.over);
        let upstreams = parts
            .services
            .into_iter()
            .map(|(terms, tls)| Upstream::new(terms, tls))
            .collect();
        Self {
            ledger: Ledger::new(parts.streams),
            glasses,
            pages: PageSeal::fresh(),
            proofs: Proofs::default(),
            desk_turn: tokio::sync::Mutex::new(()),
            declaration_turn: tokio::sync::Mutex::new(()),
            upstreams,
            own_name,
            parts: Settled {
                clock: parts.clock,
                catalog: parts.catalog,
                language: parts.language,
                zone: TimeZone::UTC,
                policy_set: parts.engine.sha256().chars().take(16).collect(),
                directory: parts.directory,
                engine: parts.engine,
                sealer: parts.sealer,
                verifier: parts.verifier,
                certificate_person: parts.certificate_person,
                public_url: parts.public_url,
                glass_terms: parts.glass_terms,
                at_risk: parts.at_risk,
                devices: parts.devices,
                hall: parts.hall,
            },
        }
    }

    /// Asks the policy.
    ///
    /// INVARIANT: (1) every question of the door goes through here, with the person and session
    /// that were authenticated for this very request.
    pub(crate) fn decide(
        &self,
        visit: &Visit,
        who: &Identity,
        action: Action,
        target: Target<'_>,
    ) -> Decision {
        let glass = target
            .patient()
            .and_then(|patient| self.open_glass_for(visit, who, patient));
        self.parts.engine.decide(
            &self.directory(),
            &Question {
                person: &who.person,
                session: &who.session,
                action,
                target,
                purpose: who.purpose,
                at: visit.at,
                at_risk: self.is_at_risk(&who.person, visit.at),
                glass: glass.as_ref(),
            },
        )
    }

    /// Keeps an event; the receipt says that it is durable.
    pub(crate) async fn keep(&self, event: &Event, at: Timestamp) -> Result<Receipt, NotKept> {
        self.ledger.keep(event, at).await
    }

    /// The patient as evidence names them.
    pub(crate) fn seal(&self, patient: &PatientId) -> PatientRef {
        self.parts.sealer.seal(patient)
    }

    /// The patient of a sealed name; nothing when it was sealed with another key.
    pub(crate) fn unseal(&self, patient: &PatientRef) -> Option<PatientId> {
        self.parts.sealer.open(patient).ok()
    }

    /// What pages are set in.
    pub(crate) fn frame(&self, language: Language) -> Frame<'_> {
        Frame {
            catalog: &self.parts.catalog,
            language,
            zone: &self.parts.zone,
            demonstration: self.parts.hall.demonstration.is_some(),
            form_token: None,
        }
    }

    /// A name nobody can guess: the prefix and 128 random bits.
    pub(crate) fn fresh_name(&self, prefix: &str) -> String {
        let mut bytes = [0_u8; 16];
        if getrandom::fill(&mut bytes).is_err() {
            // Without randomness the instant at least keeps names apart; nothing secret hangs on
            // them, for each is bound to its person and session.
            bytes = u128::from((self.parts.clock)().as_us()).to_be_bytes();
        }
        format!("{prefix}{}", hex::encode(bytes))
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.parts.clock)()
    }

    pub(crate) fn upstream(&self, name: &str) -> Option<&Upstream> {
        self.upstreams
            .iter()
            .find(|upstream| upstream.terms.name.as_str() == name)
    }

    pub(crate) fn upstreams(&self) -> &[Upstream] {
        &self.upstreams
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn glasses(&self) -> &Glasses {
        &self.glasses
    }

    pub(crate) fn pages(&self) -> &PageSeal {
        &self.pages
    }

    pub(crate) fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    /// Declarations of emergencies, one after the other: between seeing that no glass is open and
    /// opening one, no other may open.
    pub(crate) fn declaration_turn(&self) -> &tokio::sync::Mutex<()> {
        &self.declaration_turn
    }

    /// Whether something grave was found about a person.
    pub(crate) fn is_at_risk(&self, person: &PersonId, at: Timestamp) -> bool {
        self.parts.at_risk.is_at_risk(person, at)
    }

    pub(crate) fn devices(&self) -> Option<&Devices> {
        self.parts.devices.as_ref()
    }

    pub(crate) fn desk_turn(&self) -> &tokio::sync::Mutex<()> {
        &self.desk_turn
    }

    pub(crate) fn own_name(&self) -> &ServiceId {
        &self.own_name
    }

    pub(crate) fn policy_set(&self) -> &str {
        &self.parts.policy_set
    }

    /// The directory as it is now; not to be held while waiting for anything.
    pub(crate) fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.parts.directory.read()
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.parts.catalog
    }

    pub(crate) fn language(&self) -> Language {
        self.parts.language
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.parts.verifier
    }

    pub(crate) fn certificate_person(&self) -> &PersonSource {
        &self.parts.certificate_person
    }

    pub(crate) fn public_url(&self) -> &str {
        &self.parts.public_url
    }

    pub(crate) fn glass_terms(&self) -> &GlassTerms {
        &self.parts.glass_terms
    }

    pub(crate) fn hall(&self) -> &Hall {
        &self.parts.hall
    }
}
