//! The whole space of decisions, walked and not sampled, for each shipped set.
//!
//! Every profession, action, category of the matrix, confidentiality, discretion, purpose and every
//! combination of the facts that any policy reads. To stay small it is split where Cedar itself
//! splits: what permits and what forbids are asked apart, each over the facts that it reads, and
//! put together again. A differential test holds the halves against the whole.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{Effect, PolicySet};
use event::{Confidentiality, PersonId, Purpose};
use hospital::Person;
use proptest::prelude::*;

use super::super::circumstances::Circumstances;
use super::super::evaluate::{Evaluator, Facts, Resource, Who};
use super::{FRENCH, INTERNATIONAL, SCHEMA};
use crate::Action;
use crate::set::{Partitioned, Source};

const FACTS: [&str; 14] = [
    "careTeam",
    "colleague",
    "consent",
    "emergencyObjection",
    "encounter",
    "generalConsent",
    "glass",
    "objection",
    "objectionToPerson",
    "ownRecord",
    "posted",
    "representative",
    "sharedEstablishment",
    "supervised",
];

/// Purposes that the sets name, and one that none does.
const PURPOSES: [Purpose; 7] = [
    Purpose::Btg,
    Purpose::Etreat,
    Purpose::Hoperat,
    Purpose::Hpaymt,
    Purpose::Hresch,
    Purpose::Patrqt,
    Purpose::Treat,
];

/// Searching is reading to every policy, which a test of its own holds.
const ACTIONS: [Action; 7] = [
    Action::Create,
    Action::DeclareBreakGlass,
    Action::Delete,
    Action::Everything,
    Action::Export,
    Action::Read,
    Action::Update,
];

/// A set, its permits alone and its forbids alone.
struct Space {
    whole: Evaluator,
    permits: Evaluator,
    forbids: Evaluator,
    cast: Vec<Option<Person>>,
    types: Vec<String>,
    /// The bits of the facts that any policy reads, by half, kind of person and action.
    masks: BTreeMap<(Effect, bool, Action), u16>,
    /// Whether any permit reads whether the patient asked for discretion, by action.
    permits_by_discretion: BTreeSet<Action>,
    /// Every permitted point, as its row and the bits of its facts.
    permitted: Vec<(Row, u16)>,
    /// How many points there are.
    points: u64,
}

/// All that a decision depends on but the facts. `who` is a place in the cast.
#[derive(Debug, Clone, Copy)]
struct Row {
    who: usize,
    action: Action,
    resource_type: usize,
    purpose: Purpose,
    confidentiality: Confidentiality,
    protected: bool,
}

/// One permitted point of the space.
#[derive(Clone, Copy)]
struct Point<'a> {
    row: Row,
    profession: &'a str,
    holds: Circumstances,
}

static SETS: LazyLock<[Space; 2]> =
    LazyLock::new(|| [Space::of(&FRENCH), Space::of(&INTERNATIONAL)]);

impl Space {
    fn of(files: &[Source<'_>]) -> Self {
        let half = |effect| {
            let texts: Vec<(&str, String)> = files
                .iter()
                .map(|file| (file.name, of_effect(file, effect)))
                .collect();
            let sources: Vec<Source<'_>> = texts
                .iter()
                .map(|(name, text)| Source { name, text })
                .collect();
            Evaluator::new(Partitioned::load(SCHEMA, &sources).unwrap()).unwrap()
        };
        let whole = Evaluator::new(Partitioned::load(SCHEMA, files).unwrap()).unwrap();
        let mut types: Vec<String> = whole.set().matrix().types().map(str::to_owned).collect();
        types.push("Unlisted".to_owned());
        let mut space = Self {
            cast: cast(&whole),
            types,
            whole,
            permits: half(Effect::Permit),
            forbids: half(Effect::Forbid),
            masks: BTreeMap::new(),
            permits_by_discretion: BTreeSet::new(),
            permitted: Vec::new(),
            points: 0,
        };
        space.read_masks();
        space.fill();
        space
    }

    /// Which facts the policies read, out of their text.
    fn read_masks(&mut self) {
        for (effect, half) in [
            (Effect::Permit, &self.permits),
            (Effect::Forbid, &self.forbids),
        ] {
            for action in ACTIONS {
                for staff in [false, true] {
                    let principal = ["Hygie::Patient", "Hygie::Person"][usize::from(staff)];
                    let part = half.set().part((action, principal, "Hygie::Record"));
                    let texts = part.into_iter().flat_map(PolicySet::policies);
                    let texts: Vec<String> = texts.map(ToString::to_string).collect();
                    let words: BTreeSet<&str> = texts
                        .iter()
                        .flat_map(|text| text.split(|it: char| !it.is_alphanumeric()))
                        .collect();
                    let mask = FACTS
                        .iter()
                        .fold(0, |mask, fact| mask << 1 | u16::from(words.contains(fact)));
                    self.masks.insert((effect, staff, action), mask);
                    if effect == Effect::Permit && words.contains("protected") {
                        self.permits_by_discretion.insert(action);
                    }
                }
            }
        }
    }

    /// Walks the whole space and keeps what is permitted.
    fn fill(&mut self) {
        let mut permitted = Vec::new();
        let mut permits: Vec<bool> = Vec::new();
        let mut forbidden: BTreeMap<(bool, Action, Confidentiality, bool), Vec<bool>> =
            BTreeMap::new();
        for row in self.rows() {
            let staff = self.cast[row.who].is_some();
            let by_permits = self.masks[&(Effect::Permit, staff, row.action)];
            let by_forbids = self.masks[&(Effect::Forbid, staff, row.action)];
            let all = by_permits | by_forbids;
            self.points += 1 << all.count_ones();
            // The rows of a pair differ in discretion only, and few permits read it.
            if !row.protected || self.permits_by_discretion.contains(&row.action) {
                permits = table(by_permits, |bits| {
                    let facts = self.facts(row, Circumstances::of_bits(bits, row.purpose));
                    self.permits.evaluate(row.action, &facts).allowed
                });
            }
            if !permits.contains(&true) {
                continue;
            }
            let key = (staff, row.action, row.confidentiality, row.protected);
            let forbids = forbidden.entry(key).or_insert_with(|| {
                table(by_forbids, |bits| {
                    let facts = self.facts(row, Circumstances::of_bits(bits, row.purpose));
                    self.forbids.evaluate(row.action, &facts).forbidden
                })
            });
            permitted.extend(submasks(all).filter_map(|bits| {
                let permit = permits[usize::from(bits & by_permits)];
                let forbid = forbids[usize::from(bits & by_forbids)];
                (permit && !forbid).then_some((row, bits))
            }));
        }
        self.permitted = permitted;
    }

    fn facts<'a>(&'a self, row: Row, circumstances: Circumstances) -> Facts<'a> {
        static HOLDER: LazyLock<PersonId> = LazyLock::new(|| "account".parse().unwrap());
        Facts {
            who: match self.cast.get(row.who).unwrap() {
                Some(person) => Who::Staff(person),
                None => Who::Holder(&HOLDER),
            },
            circumstances,
            resource: Resource::Record {
                patient: None,
                resource_type: self.types.get(row.resource_type).unwrap(),
                confidentiality: row.confidentiality,
                protected: row.protected,
            },
        }
    }

    fn profession(&self, row: Row) -> &str {
        let person = self.cast.get(row.who).unwrap();
        person.as_ref().map_or("", |person| &person.profession)
    }

    /// Types of resources that no policy can tell apart for this person and action, one of each.
    fn type_classes(&self, who: usize, action: Action) -> Vec<usize> {
        let matrix = self.whole.set().matrix();
        let columns: Vec<&str> = match self.cast.get(who).unwrap() {
            Some(person) => vec![&person.profession],
            None => vec!["patient", "representative"],
        };
        let mut seen = BTreeSet::new();
        let class = |name: &str| -> (Vec<bool>, bool) {
            let cells = columns.iter().flat_map(|column| {
                [false, true].map(|glass| matrix.entitles(column, name, action, glass))
            });
            (cells.collect(), matrix.category(name) == "care-circle")
        };
        (0..self.types.len())
            .filter(|&place| seen.insert(class(&self.types[place])))
            .collect()
    }

    /// Visits every permitted point.
    fn walk(&self, mut visit: impl FnMut(&Point<'_>)) {
        for &(row, bits) in &self.permitted {
            visit(&Point {
                row,
                profession: self.profession(row),
                holds: Circumstances::of_bits(bits, row.purpose),
            });
        }
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for who in 0..self.cast.len() {
            for action in ACTIONS {
                for resource_type in self.type_classes(who, action) {
                    for purpose in PURPOSES {
                        for &confidentiality in Confidentiality::ALL {
                            rows.extend([false, true].map(|protected| Row {
                                who,
                                action,
                                resource_type,
                                purpose,
                                confidentiality,
                                protected,
                            }));
                        }
                    }
                }
            }
        }
        rows
    }

    /// Whether the whole set permits a point.
    fn permits(&self, row: Row, circumstances: Circumstances) -> bool {
        let facts = self.facts(row, circumstances);
        self.whole.run(row.action, &facts).allowed
    }

    fn place_of(&self, profession: &str) -> usize {
        self.cast
            .iter()
            .position(|it| it.as_ref().is_some_and(|it| it.profession == profession))
            .unwrap()
    }
}

/// The policies of a file that have an effect; the data files as they are.
fn of_effect(file: &Source<'_>, effect: Effect) -> String {
    if file.name.ends_with(".csv") {
        return file.text.to_owned();
    }
    let set = PolicySet::from_str(file.text).unwrap();
    let texts = set.policies().filter(|policy| policy.effect() == effect);
    texts
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

/// One person of each profession of the matrix, one of no column, one with the role that a policy
/// names, and the holder of a patient's account.
fn cast(whole: &Evaluator) -> Vec<Option<Person>> {
    let of = |profession: &str, roles: &[&str]| {
        Some(Person {
            id: "somebody".parse().unwrap(),
            name: "X".to_owned(),
            profession: profession.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            posts: Vec::new(),
            own_record: None,
        })
    };
    let columns = whole.set().matrix().columns();
    let without = [
        "building-engineer",
        "security-officer",
        "data-protection-officer",
        "stranger",
    ];
    let mut cast: Vec<Option<Person>> = columns
        .filter(|column| !["patient", "representative"].contains(column))
        .chain(without)
        .map(|profession| of(profession, &[]))
        .collect();
    cast.push(of("physician", &["medical-information"]));
    cast.push(None);
    cast
}

/// Every set of bits within a mask.
fn submasks(mask: u16) -> impl Iterator<Item = u16> {
    let mut next = Some(0_u16);
    std::iter::from_fn(move || {
        let bits = next?;
        next = (bits != mask).then(|| bits.wrapping_sub(mask) & mask);
        Some(bits)
    })
}

fn table(mask: u16, of: impl Fn(u16) -> bool) -> Vec<bool> {
    let mut table = vec![false; 1 << FACTS.len()];
    for bits in submasks(mask) {
        table[usize::from(bits)] = of(bits);
    }
    table
}

#[test]
fn nothing_is_permitted_without_relation_consent_glass_or_own_record() {
    for space in &*SETS {
        space.walk(
            |&Point {
                 row,
                 profession,
                 holds,
             }| {
                let told = || format!("{row:?} {profession} {holds:?}");
                let related = holds.care_team || holds.encounter;
                match row.action {
                    Action::Everything | Action::Read | Action::Search if profession.is_empty() => {
                        assert!(holds.own_record || holds.representative, "{}", told());
                        assert_eq!(row.purpose, Purpose::Patrqt, "{}", told());
                    }
                    Action::Everything | Action::Read | Action::Search => {
                        let allowed = holds.consent || holds.general_consent;
                        assert!(related || allowed || holds.glass, "{}", told());
                    }
                    Action::Create => assert!(related || holds.glass, "{}", told()),
                    Action::Update => assert!(related, "{}", told()),
                    Action::Delete => {
                        assert!(holds.care_team && profession == "physician", "{}", told());
                    }
                    Action::Export => assert_eq!(space.cast.len() - 2, row.who, "{}", told()),
                    Action::DeclareBreakGlass => {
                        assert!(
                            ["midwife", "nurse", "physician"].contains(&profession),
                            "{}",
                            told()
                        );
                    }
                    Action::UseService | Action::ViewDesk => {}
                }
                assert!(
                    profession != "student" || holds.supervised && related,
                    "{}",
                    told()
                );
            },
        );
        assert!(space.points > 5_000_000, "cut short: {}", space.points);
        assert!(
            space.permitted.len() > 50_000,
            "it permits nothing: {}",
            space.permitted.len()
        );
    }
}

#[test]
fn what_forbids_is_stronger_than_any_permit_and_than_a_glass() {
    for space in &*SETS {
        space.walk(
            |&Point {
                 row,
                 profession,
                 holds,
             }| {
                let told = || format!("{row:?} {profession} {holds:?}");
                if profession.is_empty() {
                    return;
                }
                assert!(holds.posted && !holds.own_record, "{}", told());
                if row.action == Action::DeclareBreakGlass {
                    return;
                }
                let discreet = row.protected || holds.colleague;
                assert!(!discreet || holds.care_team || holds.glass, "{}", told());
                let secret = row.confidentiality == Confidentiality::VeryRestricted;
                assert!(!secret || holds.shared_establishment, "{}", told());
                assert!(!holds.objection_to_person || holds.glass, "{}", told());
                let at_home = holds.shared_establishment && (holds.care_team || holds.encounter);
                assert!(!holds.objection || holds.glass || at_home, "{}", told());
            },
        );
    }
}

#[test]
fn a_glass_never_gives_more_than_the_treating_physician_has() {
    for space in &*SETS {
        let physician = space.place_of("physician");
        let mut behind_glass = 0_u64;
        space.walk(
            |&Point {
                 row,
                 profession,
                 holds,
             }| {
                if ![Purpose::Btg, Purpose::Etreat].contains(&row.purpose)
                    || row.action == Action::DeclareBreakGlass
                {
                    return;
                }
                behind_glass += 1;
                assert!(
                    holds.glass,
                    "an emergency purpose without a glass: {row:?} {holds:?}"
                );
                assert!(row.action.is_breakable(), "{row:?} {holds:?}");
                assert!(
                    row.action != Action::Create || row.purpose == Purpose::Btg,
                    "{row:?}"
                );
                let treating = Circumstances {
                    glass: false,
                    colleague: false,
                    objection: false,
                    objection_to_person: false,
                    purpose: Purpose::Treat,
                    ..holds.treating()
                };
                for who in [physician, row.who] {
                    let theirs = Row {
                        who,
                        purpose: Purpose::Treat,
                        ..row
                    };
                    assert!(
                        space.permits(theirs, treating),
                        "{row:?} {profession} {holds:?}"
                    );
                }
            },
        );
        assert!(behind_glass > 1_000, "no glass opened: {behind_glass}");
    }
}

#[test]
fn a_patients_account_only_reads_and_who_acts_for_them_less() {
    for space in &*SETS {
        let (mut own, mut represented) = (0, 0);
        space.walk(
            |&Point {
                 row,
                 profession,
                 holds,
             }| {
                if !profession.is_empty() {
                    return;
                }
                assert!(row.action.is_reading(), "{row:?}");
                assert!(
                    row.confidentiality <= Confidentiality::Restricted,
                    "{row:?}"
                );
                if holds.own_record {
                    own += 1;
                } else {
                    represented += 1;
                    assert_eq!(row.confidentiality, Confidentiality::Normal, "{row:?}");
                }
            },
        );
        assert!(own > 0 && represented > 0);
    }
}

#[test]
fn every_policy_for_records_settles_some_point() {
    for space in &*SETS {
        let mut settled = BTreeSet::new();
        let (mut permits_seen, mut forbids_seen) = (BTreeSet::new(), BTreeSet::new());
        for &(row, bits) in &space.permitted {
            let staff = space.cast[row.who].is_some();
            let of = |effect, bits: u16| bits & space.masks[&(effect, staff, row.action)];
            let level = row.confidentiality;
            let read = of(Effect::Permit, bits);
            if permits_seen.insert((row.who, row.action, row.purpose, level, read)) {
                let facts = space.facts(row, Circumstances::of_bits(read, row.purpose));
                let permit = space.permits.evaluate(row.action, &facts);
                settled.extend(permit.grounds.policies.iter().cloned());
            }
            // Each fact turned over shows the policies that forbid by it.
            for turned in (0..FACTS.len()).map(|fact| of(Effect::Forbid, bits ^ 1 << fact)) {
                if forbids_seen.insert((staff, row.action, level, turned)) {
                    let row = Row {
                        protected: true,
                        ..row
                    };
                    let facts = space.facts(row, Circumstances::of_bits(turned, row.purpose));
                    let forbid = space.forbids.evaluate(row.action, &facts);
                    settled.extend(forbid.grounds.policies.iter().cloned());
                }
            }
        }
        for id in space.whole.set().ids() {
            let of_records = !["desk.", "service.", "reference.", "patient.reference"]
                .iter()
                .any(|other| id.starts_with(other));
            assert!(
                !of_records || settled.contains(id),
                "`{id}` settles nothing"
            );
        }
    }
}

#[test]
fn searching_is_reading_to_every_policy() {
    for space in &*SETS {
        for principal in ["Hygie::Person", "Hygie::Patient"] {
            let ids = |action| -> BTreeSet<String> {
                let part = space
                    .whole
                    .set()
                    .part((action, principal, "Hygie::Record"))
                    .unwrap();
                part.policies()
                    .map(|policy| policy.id().to_string())
                    .collect()
            };
            assert_eq!(ids(Action::Read), ids(Action::Search));
        }
    }
}

proptest! {
    /// Differential: the halves put together are the set, wherever one looks.
    #[test]
    fn the_halves_decide_as_the_whole(
        set in 0_usize..2, who in any::<prop::sample::Index>(), action in 0_usize..7,
        resource_type in any::<prop::sample::Index>(), purpose in 0_usize..8, level in 0_usize..3,
        protected: bool, bits in 0_u16..1 << 14,
    ) {
        let space = &SETS[set];
        let row = Row {
            who: who.index(space.cast.len()),
            action: ACTIONS[action],
            resource_type: resource_type.index(space.types.len()),
            purpose: Purpose::ALL[purpose],
            confidentiality: Confidentiality::ALL[level],
            protected,
        };
        let staff = space.cast[row.who].is_some();
        let at = |half: &Evaluator, effect| {
            let mask = space.masks[&(effect, staff, row.action)];
            let bits = bits & mask;
            half.evaluate(row.action, &space.facts(row, Circumstances::of_bits(bits, row.purpose)))
        };
        let together = at(&space.permits, Effect::Permit).allowed
            && !at(&space.forbids, Effect::Forbid).forbidden;
        let circumstances = Circumstances::of_bits(bits, row.purpose);
        prop_assert_eq!(space.permits(row, circumstances), together);
    }
}
