//! The explanation in words.

use hospital::Directory;
use locale::{Family, Key, Value, key};
use policy::{Action, Decision, Entitlement};

use super::super::{Words, say};
use super::{Asked, Found};

/// Tells people.
pub(super) struct Told<'a> {
    pub(super) asked: &'a Asked,
    pub(super) directory: &'a Directory,
    pub(super) found: Found<'a>,
    pub(super) words: &'a Words,
}

impl Told<'_> {
    fn line(&self, key: Key, values: &[(&str, Value<'_>)]) {
        say(&self.words.text(key, values));
    }

    pub(super) fn question(&self) {
        let (asked, words) = (self.asked, self.words);
        let person = self.directory.person(&asked.person);
        let name = person.map_or(asked.person.as_str(), |person| person.name.as_str());
        let profession = person.map(|person| words.label(Family::Profession, &person.profession));
        let action = words.label(Family::Action, asked.action.code());
        let purpose = words.label(Family::Purpose, asked.purpose.code());
        let time = asked.at.to_string();
        self.line(
            key::EXPLAIN_QUESTION,
            &[
                ("action", Value::Text(&action)),
                ("label", Value::Text(asked.confidentiality.code())),
                ("name", Value::Text(name)),
                ("patient", Value::Text(asked.patient.as_str())),
                (
                    "profession",
                    Value::Text(profession.as_deref().unwrap_or("?")),
                ),
                ("purpose", Value::Text(&purpose)),
                ("time", Value::Text(&time)),
                ("type", Value::Text(&asked.resource_type)),
            ],
        );
    }

    pub(super) fn answer(&self, decision: &Decision) {
        let grounds = decision.grounds();
        let outcome = self.words.label(Family::Outcome, decision.outcome().code());
        let cause = self.words.label(Family::Cause, grounds.first_reason());
        let values = [
            ("outcome", Value::Text(&outcome)),
            ("reason", Value::Text(&cause)),
        ];
        self.line(key::EXPLAIN_ANSWER, &values);
        if grounds.policies.is_empty() {
            self.line(key::EXPLAIN_NO_POLICY, &[]);
        } else {
            let policies = grounds.policies.join(", ");
            self.line(
                key::EXPLAIN_POLICIES,
                &[("policies", Value::Text(&policies))],
            );
        }
    }

    /// What an emergency would change.
    pub(super) fn breakable(&self, decision: &Decision) {
        if matches!(decision, Decision::Breakable(_)) {
            self.line(key::EXPLAIN_BREAKABLE, &[]);
        }
    }

    /// What holds at that instant, good or bad.
    pub(super) fn facts(&self) {
        if let Some(account) = self.found.account {
            let relationship = self
                .words
                .label(Family::Relationship, account.relationship.code());
            let values = [("relationship", Value::Text(&relationship))];
            return self.line(key::EXPLAIN_ACCOUNT, &values);
        }
        let Some(person) = self.directory.person(&self.asked.person) else {
            return self.line(key::EXPLAIN_PERSON_UNKNOWN, &[]);
        };
        if !person.is_posted(self.asked.at) {
            self.line(key::EXPLAIN_NOT_POSTED, &[]);
        }
        self.entitlement();
        let Some(patient) = self.directory.patient(&self.asked.patient) else {
            return self.line(key::EXPLAIN_PATIENT_UNKNOWN, &[]);
        };
        self.care();
        self.duties();
        self.consents();
        if patient.protected {
            self.line(key::EXPLAIN_PROTECTED, &[]);
        }
        if self.found.relation.colleague {
            self.line(key::EXPLAIN_COLLEAGUE, &[]);
        }
        if self.found.relation.own_record {
            self.line(key::EXPLAIN_OWN_RECORD, &[]);
        }
    }

    fn entitlement(&self) {
        match self.found.entitlement {
            // A set without a matrix, or an action that it does not know, has nothing to tell.
            None => {}
            Some(_) if self.asked.action == Action::DeclareBreakGlass => {}
            Some(Entitlement { category: "", .. }) => self.line(key::EXPLAIN_NO_CATEGORY, &[]),
            Some(Entitlement { category, entitled }) => {
                let key = if entitled {
                    key::EXPLAIN_ENTITLED
                } else {
                    key::EXPLAIN_NOT_ENTITLED
                };
                self.line(key, &[("category", Value::Text(category))]);
            }
        }
    }

    fn duties(&self) {
        let relation = &self.found.relation;
        if let Some(unit) = relation.on_call_unit {
            let unit = [("unit", Value::Text(unit.as_str()))];
            self.line(key::EXPLAIN_ON_CALL, &unit);
        }
        for (key, person) in [
            (key::EXPLAIN_REPLACES, relation.replaces),
            (key::EXPLAIN_SUPERVISOR, relation.supervisor),
        ] {
            if let Some(person) = person {
                let known = self.directory.person(person);
                let name = known.map_or(person.as_str(), |person| person.name.as_str());
                self.line(key, &[("name", Value::Text(name))]);
            }
        }
    }

    fn consents(&self) {
        let standing = &self.found.standing;
        for (key, consent) in [
            (key::EXPLAIN_CONSENT, standing.named),
            (key::EXPLAIN_GENERAL_CONSENT, standing.general),
            (key::EXPLAIN_OBJECTION, standing.objection),
            (
                key::EXPLAIN_EMERGENCY_OBJECTION,
                standing.emergency_objection,
            ),
        ] {
            if let Some(consent) = consent {
                self.line(key, &[("consent", Value::Text(consent))]);
            }
        }
        if standing.objection_to_person {
            self.line(key::EXPLAIN_OBJECTION_TO_PERSON, &[]);
        }
    }

    fn care(&self) {
        match self.found.relation.care_team {
            Some(team) => {
                let from = team.from.to_string();
                self.line(
                    key::EXPLAIN_CARE_TEAM,
                    &[
                        ("from", Value::Text(&from)),
                        ("role", Value::Text(team.role)),
                        ("team", Value::Text(team.team)),
                    ],
                );
                if let Some(until) = team.until {
                    let until = until.to_string();
                    self.line(
                        key::EXPLAIN_CARE_TEAM_UNTIL,
                        &[("until", Value::Text(&until))],
                    );
                }
            }
            None => self.line(key::EXPLAIN_NO_CARE_TEAM, &[]),
        }
        match self.found.relation.encounter_unit {
            Some(unit) => {
                let unit = [("unit", Value::Text(unit.as_str()))];
                self.line(key::EXPLAIN_ENCOUNTER, &unit);
            }
            None => self.line(key::EXPLAIN_NO_ENCOUNTER, &[]),
        }
        if self.found.relation.shared_establishments && !self.found.relation.is_care() {
            self.line(key::EXPLAIN_SHARED_ESTABLISHMENT, &[]);
        }
    }
}
