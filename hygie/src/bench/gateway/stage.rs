//! Everything that runs during the measurement, and the cases over it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::case::{Case, Way, Ways};
use super::{BenchError, Target};
use crate::bench::decision_point::{Allowed, DecisionPoint};
use crate::bench::demonstration::{Declaration, Demonstration, End, Ends};
use crate::bench::emergency::{Emergency, emergencies};
use crate::bench::holding::{hold, search};
use crate::bench::limits::{
    CONNECTIONS, DURATION_MIN, GLASS_CONNECTIONS, LARGE_ENTRIES, SEARCH_ENTRIES,
};
use crate::bench::load::{Script, Step, Visit};
use crate::bench::nginx::Nginx;
use crate::clock;

/// The steady paces at which latency is measured, a second.
const READS_PER_S: u32 = 1_000;
const SEARCHES_PER_S: u32 = 200;
const EMERGENCIES_PER_S: u32 = 50;

/// The running programs.
pub(super) struct Stage {
    // Stopped in this order: who asks before who is asked.
    nginx: Option<Nginx>,
    _decisions: DecisionPoint,
    demonstration: Demonstration,
    ends: Ends,
    declaration: Declaration,
    emergencies: Vec<Emergency>,
}

impl Stage {
    /// Starts everything.
    pub(super) fn set(
        program: &Path,
        folder: &Path,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, BenchError> {
        progress("gateway: starting the demonstration");
        let demonstration = Demonstration::start(program, folder)?;
        let ends = demonstration.ends()?;
        let declaration = demonstration.declaration()?;
        let emergencies = emergencies(&demonstration.group_folder(), clock::now())?;
        let decisions = DecisionPoint::start(allowed(&ends, &emergencies))?;
        let certificate = demonstration.certificate_and_key();
        let upstream = &ends.direct.authority;
        let nginx_folder = folder.join("nginx");
        let nginx = Nginx::start(&nginx_folder, upstream, decisions.address(), certificate)?;
        match &nginx {
            None => progress("gateway: nginx is not installed, so nothing is compared with it"),
            Some(nginx) if nginx.asking().is_none() => {
                progress("gateway: this nginx was built without `auth_request`");
            }
            Some(_) => {}
        }
        Ok(Self {
            nginx,
            _decisions: decisions,
            demonstration,
            ends,
            declaration,
            emergencies,
        })
    }

    pub(super) fn resident_bytes(&self) -> Option<u64> {
        self.demonstration.resident_bytes()
    }

    pub(super) fn forget_resident_peak(&self) {
        self.demonstration.forget_resident_peak();
    }

    pub(super) fn resident_peak_bytes(&self) -> Option<u64> {
        self.demonstration.resident_peak_bytes()
    }

    /// One permitted resource.
    pub(super) fn read(&self) -> Case {
        let below = format!("Patient/{}", self.ends.patient);
        Case {
            greatest: true,
            ..self.case("read", READS_PER_S, &below, None)
        }
    }

    /// A search with a hundred entries, which the upstream then has.
    pub(super) fn search(&self) -> Result<Case, BenchError> {
        self.hold(SEARCH_ENTRIES)?;
        let below = search(&self.ends.patient, SEARCH_ENTRIES);
        Ok(Case {
            greatest: true,
            ..self.case("search", SEARCHES_PER_S, &below, Some(SEARCH_ENTRIES))
        })
    }

    /// The declaration of an emergency and the first read under it, of other people each time. By
    /// the other ways it is the read alone: nobody there declares anything.
    pub(super) fn break_glass(&self, rounds: u32) -> Case {
        let pairs = u32::try_from(self.emergencies.len()).unwrap_or(u32::MAX);
        let below = format!("Patient/{}", self.ends.patient);
        let case = self.case("break-glass", EMERGENCIES_PER_S, &below, None);
        let reads = |end: &End| {
            let emergencies = self.emergencies.iter();
            let visits = emergencies.map(|it| vec![read_of(it, end)]).collect();
            Script::again(visits)
        };
        let Ways {
            direct,
            nginx,
            auth_request,
            hygie,
        } = case.ways;
        let script = reads(&self.ends.direct);
        let with = |way: Way, script: &Arc<Script>| {
            Way::new(Target {
                script: Arc::clone(script),
                ..way.target
            })
        };
        let declared = self
            .emergencies
            .iter()
            .map(|it| self.declared(it))
            .collect();
        Case {
            connections: GLASS_CONNECTIONS,
            duration_max: Some(affordable(pairs, rounds)),
            ways: Ways {
                direct: with(direct, &script),
                nginx: nginx.map(|way| with(way, &script)),
                auth_request: auth_request.map(|way| with(way, &script)),
                hygie: with(hygie, &Script::once(declared)),
            },
            ..case
        }
    }

    /// A search with as many entries as the door gives at once, at the upstream and at the door;
    /// the upstream then has `held`.
    pub(super) fn large(&self, held: usize) -> Result<[Target; 2], BenchError> {
        self.hold(held)?;
        let below = search(&self.ends.patient, LARGE_ENTRIES);
        let target = |end| self.target(end, end.place.name, &below, Some(LARGE_ENTRIES));
        Ok([target(&self.ends.direct), target(&self.ends.hygie)])
    }

    fn hold(&self, held: usize) -> Result<(), BenchError> {
        let Ends {
            direct,
            patient,
            token,
            ..
        } = &self.ends;
        hold(direct, patient, token, held)
    }

    /// The same request by all ways.
    fn case(
        &self,
        name: &'static str,
        steady_per_s: u32,
        below: &str,
        entries: Option<usize>,
    ) -> Case {
        let Ends { direct, hygie, .. } = &self.ends;
        // What nginx is sent are the bytes that the upstream is sent, over TLS.
        let beside = |name, address| {
            let mut target = self.target(direct, name, below, entries);
            target.place.address = address;
            target.place.tls.clone_from(&hygie.place.tls);
            Way::new(target)
        };
        let nginx = self.nginx.as_ref();
        let asking = nginx.and_then(Nginx::asking);
        Case {
            name,
            connections: CONNECTIONS,
            steady_per_s,
            greatest: false,
            entries,
            duration_max: None,
            ways: Ways {
                direct: Way::new(self.target(direct, "direct", below, entries)),
                nginx: nginx.map(|nginx| beside("nginx", nginx.plain())),
                auth_request: asking.map(|address| beside("auth_request", address)),
                hygie: Way::new(self.target(hygie, "hygie", below, entries)),
            },
            resident_bytes: None,
        }
    }

    fn target(&self, end: &End, name: &'static str, below: &str, entries: Option<usize>) -> Target {
        let step = Step {
            entries,
            ..Step::ok(end.get(below, &self.ends.token))
        };
        let mut place = end.place.clone();
        place.name = name;
        Target {
            place,
            script: Script::again(vec![vec![step.clone()]]),
            warm: step,
        }
    }

    fn declared(&self, emergency: &Emergency) -> Visit {
        let Emergency { patient, token } = emergency;
        let door = &self.ends.hygie;
        let declaration = Step {
            request: door.declare(&self.declaration, patient.as_str(), token),
            status: 201,
            entries: None,
        };
        vec![declaration, read_of(emergency, door)]
    }
}

fn read_of(emergency: &Emergency, end: &End) -> Step {
    let below = format!("Patient/{}", emergency.patient);
    Step::ok(end.get(&below, &emergency.token))
}

/// What the decision service is told: who of the measurement may see whom.
fn allowed(ends: &Ends, emergencies: &[Emergency]) -> Allowed {
    let mut allowed = Allowed::new();
    let own = (ends.token.clone(), ends.patient.clone());
    let others = emergencies
        .iter()
        .map(|it| (it.token.clone(), it.patient.to_string()));
    for (token, patient) in std::iter::once(own).chain(others) {
        allowed.entry(token).or_default().insert(patient);
    }
    allowed
}

/// How long each round may take so that there are emergencies for all of them: each is declared
/// once. One round more counts for what comes before the first.
fn affordable(emergencies: u32, rounds: u32) -> Duration {
    let per_s = EMERGENCIES_PER_S.saturating_mul(rounds.saturating_add(1));
    let affordable = Duration::from_secs(emergencies.into()) / per_s.max(1);
    affordable.max(DURATION_MIN)
}

#[cfg(test)]
mod tests;
