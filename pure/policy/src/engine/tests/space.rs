//! The whole space of decisions, walked and not sampled, for each shipped set.
//!
//! Every profession, action, category of the matrix, confidentiality, discretion, purpose and every
//! combination of the facts that any policy reads. To stay small it is split where Cedar itself
//! splits: what permits and what forbids are asked apart, each over the facts that it reads, and
//! put together again. A differential test holds the halves against the whole.

mod properties;

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{Effect, PolicySet};
use event::{Confidentiality, PersonId, Purpose};
use hospital::Person;

use super::super::circumstances::Circumstances;
use super::super::evaluate::{Evaluator, Facts, Resource, Who};
use super::{FRENCH, INTERNATIONAL, SCHEMA};
use crate::Action;
use crate::set::{Partitioned, Source};

const FACTS: [&str; 15] = [
    "atRisk",
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
    /// The text of the permits for each kind of person and action.
    texts: BTreeMap<(bool, Action), String>,
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
            texts: BTreeMap::new(),
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
                    if effect == Effect::Permit {
                        if words.contains("protected") {
                            self.permits_by_discretion.insert(action);
                        }
                        self.texts.insert((staff, action), texts.join("\n"));
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
            if !self.is_distinct(row) {
                continue;
            }
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

    /// Whether a permit can tell this row from that of the stranger or of the purpose that no set
    /// names, which are walked in its place.
    fn is_distinct(&self, row: Row) -> bool {
        let person = self.cast[row.who].as_ref();
        let text = &self.texts[&(person.is_some(), row.action)];
        let names = |word: &str| text.contains(&format!("\"{word}\""));
        let of_purpose = row.purpose == Purpose::Hresch || names(row.purpose.code());
        let of_person = person.is_none_or(|person| {
            person.profession == "stranger"
                || names(&person.profession) && person.roles.iter().all(|role| names(role))
        });
        of_purpose && of_person
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
