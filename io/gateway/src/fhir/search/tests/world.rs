//! Small records full of traps, and searches over them.

use serde_json::{Value, json};

use super::naive::Query;

/// A seeded die: the same seed always tells the same story.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.roll() % most
    }

    pub(super) fn one_in(&mut self, most: u64) -> bool {
        self.below(most) == 0
    }

    pub(super) fn of<T: Copy>(&mut self, some: &[T]) -> T {
        let at = self.below(u64::try_from(some.len()).unwrap());
        some.get(usize::try_from(at).unwrap()).copied().unwrap()
    }
}

const PATIENTS: [&str; 5] = ["p1", "p1", "p2", "p2", "p3"];

/// Three patients, two practitioners, two places, and what belongs to whom and names what.
pub(super) fn world(dice: &mut Dice) -> Vec<Value> {
    let mut store = vec![
        json!({ "resourceType": "Patient", "id": "p1", "name": [{ "family": "Essai" }] }),
        json!({ "resourceType": "Patient", "id": "p2", "name": [{ "family": "Essai" }] }),
        json!({ "resourceType": "Patient", "id": "p3", "name": [{ "family": "Essai" }] }),
        json!({ "resourceType": "Practitioner", "id": "dr1", "name": [{ "family": "Un" }] }),
        json!({ "resourceType": "Practitioner", "id": "dr2", "name": [{ "family": "Deux" }] }),
        json!({ "resourceType": "Location", "id": "l1", "name": "Un" }),
        json!({ "resourceType": "Location", "id": "l2", "name": "Deux" }),
    ];
    for at in 0..dice.below(5) {
        let encounter = json!({
            "resourceType": "Encounter", "id": format!("e{at}"), "status": "finished",
            "class": { "code": dice.of(&["IMP", "AMB"]) },
            "subject": patient(dice),
            "location": [{ "location": { "reference": format!("Location/{}", dice.of(&["l1", "l2"])) } }],
        });
        store.push(trapped(dice, encounter));
    }
    for at in 0..dice.below(9) {
        let observation = json!({
            "resourceType": "Observation", "id": format!("o{at}"),
            "status": dice.of(&["final", "preliminary"]),
            "code": { "coding": [{ "code": dice.of(&["a", "b"]) }] },
            "effectiveDateTime": format!("2026-01-{:02}", dice.below(28) + 1),
            "subject": patient(dice),
            "encounter": { "reference": format!("Encounter/e{}", dice.below(5)) },
            "performer": [performer(dice)],
        });
        store.push(trapped(dice, observation));
    }
    for at in 0..dice.below(4) {
        let report = json!({
            "resourceType": "DiagnosticReport", "id": format!("r{at}"),
            "status": dice.of(&["final", "preliminary"]),
            "subject": patient(dice),
            "result": [
                { "reference": format!("Observation/o{}", dice.below(9)) },
                { "reference": format!("Observation/o{}", dice.below(9)) },
            ],
        });
        store.push(trapped(dice, report));
    }
    store
}

fn patient(dice: &mut Dice) -> Value {
    json!({ "reference": format!("Patient/{}", dice.of(&PATIENTS)) })
}

fn performer(dice: &mut Dice) -> Value {
    // A performer that is a patient puts the observation in that compartment as well.
    let name = dice.of(&[
        "Practitioner/dr1",
        "Practitioner/dr2",
        "Practitioner/dr2",
        "Patient/p3",
    ]);
    json!({ "reference": name })
}

/// Adds a label, somebody named in passing, or nothing.
fn trapped(dice: &mut Dice, mut resource: Value) -> Value {
    let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    let sensitivity = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    match dice.below(10) {
        4 => {
            let somebody = json!({ "type": "Patient", "identifier": { "value": "17" } });
            resource["extension"] = json!([{ "url": "x", "valueReference": somebody }]);
        }
        0 => resource["meta"] = json!({ "security": [{ "system": system, "code": "R" }] }),
        1 => resource["meta"] = json!({ "security": [{ "system": system, "code": "V" }] }),
        2 => resource["meta"] = json!({ "security": [{ "system": sensitivity, "code": "HIV" }] }),
        3 => {
            resource["extension"] = json!([{ "url": "x", "valueReference": patient(dice) }]);
        }
        _ => {}
    }
    resource
}

/// Any search that the door follows over such records.
pub(super) fn query(dice: &mut Dice) -> Query {
    let resource_type = dice.of(&[
        "Observation",
        "Observation",
        "Encounter",
        "DiagnosticReport",
    ]);
    let of_observations = resource_type == "Observation";
    let mut query = Query {
        resource_type,
        whose: dice.of(&[
            "p1",
            "p1",
            "p2",
            "p2",
            "p3",
            "compartment",
            "family",
            "anyone",
        ]),
        ..Query::default()
    };
    if dice.one_in(3) {
        query.status = Some(dice.of(&["final", "preliminary", "finished"]));
    }
    if of_observations && dice.one_in(3) {
        query.code = Some(dice.of(&["a", "b"]));
    }
    match dice.below(8) {
        6 if of_observations => {
            query.chain = Some(("encounter", "Encounter", "location:Location.name", "Un"));
        }
        7 if resource_type == "Encounter" => {
            let reports = "_has:DiagnosticReport:result:status";
            query.has = Some(("Observation", "encounter", reports, "final"));
            return with_answers(dice, query);
        }
        0 if of_observations => query.chain = Some(("encounter", "Encounter", "class", "IMP")),
        1 if of_observations => query.chain = Some(("performer", "Practitioner", "family", "Deux")),
        2 if resource_type == "Encounter" => {
            query.chain = Some(("location", "Location", "name", "Un"));
        }
        _ => {}
    }
    match dice.below(5) {
        0 if of_observations => {
            query.has = Some(("DiagnosticReport", "result", "status", "final"));
        }
        1 if resource_type == "Encounter" => {
            query.has = Some(("Observation", "encounter", "code", "a"));
        }
        _ => {}
    }
    with_answers(dice, query)
}

/// What the search brings along, and how its answer is told.
fn with_answers(dice: &mut Dice, mut query: Query) -> Query {
    let resource_type = query.resource_type;
    if dice.one_in(2) {
        query.includes = match resource_type {
            "Observation" => vec![("Observation", "encounter"), ("Observation", "performer")],
            "Encounter" => vec![("Encounter", "location"), ("Encounter", "patient")],
            _ => vec![("DiagnosticReport", "result")],
        };
        query.iterate = dice.one_in(2);
    }
    if dice.one_in(3) {
        query.revincludes = match resource_type {
            "Observation" => vec![("DiagnosticReport", "result")],
            "Encounter" => vec![("Observation", "encounter")],
            _ => Vec::new(),
        };
    }
    query.sorted = resource_type == "Observation" && dice.one_in(2);
    if dice.one_in(2) {
        query.count = Some(dice.of(&[1, 2, 3]));
    }
    query.accurate = dice.one_in(4);
    query.only_count = dice.one_in(8);
    if query.only_count {
        query.includes = Vec::new();
        query.revincludes = Vec::new();
    }
    query
}
