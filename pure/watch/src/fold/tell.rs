//! From what rules, correlations and analytics say to what the fold says: about whom, titled, bounded.

use super::{Entry, Found, Limited, Raised, RuleHit, Watch};
use crate::analytics::{Observed, Output};
use crate::correlation::{Correlated, LimitNote, LimitReached, Outcome};
use crate::finding::{Entity, EntityKind, Finding};
use crate::limits::{FACTS_MAX, LIMIT_NOTES_MAX};
use crate::observe::values::cut;

impl Watch {
    pub(super) fn rule_findings(
        &mut self,
        entry: &Entry<'_>,
        hits: &[RuleHit],
        entities: &[Entity],
        found: &mut Vec<Found>,
    ) {
        let mut notes = Vec::new();
        for hit in hits {
            let Some(rule) = self.detector.rules().rule(hit.rule) else {
                continue;
            };
            if self.joined.is_silent(hit.rule) {
                continue;
            }
            let id = rule.finding_id();
            let place = (entry.position, entry.at_us);
            let repeats = &mut self.state.repeats;
            let Some((positions, total)) = repeats.take(id, entities, place, &mut notes) else {
                continue;
            };
            let level = rule.level.unwrap_or_default();
            let mut finding =
                Finding::new(id, level, entry.at_us, entities.to_vec()).events(positions, total);
            finding.techniques = rule.techniques().collect();
            for field in hit.fields.iter().take(FACTS_MAX) {
                let name = field.field.as_deref().unwrap_or("keyword");
                if let Some(value) = &field.value {
                    finding = finding.fact(name, cut(value));
                }
            }
            found.push(Found::Raised(Raised {
                finding,
                title: rule.title.clone(),
                author: rule.author.clone(),
            }));
        }
        self.outputs(notes, found);
    }

    pub(super) fn outcomes(&mut self, outcomes: Vec<Outcome>, found: &mut Vec<Found>) {
        for outcome in outcomes {
            match outcome {
                Outcome::Found(correlated) => found.extend(self.correlated(&correlated)),
                Outcome::Limit(note) => found.extend(self.note(&note)),
            }
        }
    }

    pub(super) fn correlated(&self, correlated: &Correlated) -> Option<Found> {
        let definition = self.joined.definition(&correlated.correlation)?;
        let (title, author) = self.joined.told(&correlated.correlation)?;
        let mut entities: Vec<Entity> = Vec::new();
        for (field, value) in &correlated.group {
            // An alias stands for a field of each rule; the first one says what it names.
            let alias = definition.aliases.get(field);
            let field = alias
                .and_then(|fields| fields.values().next())
                .unwrap_or(field);
            let places = self.observer.places();
            let entity = self.entity_fields.entity(field, value, places);
            if let Some(entity) = entity.filter(|entity| !entities.contains(entity)) {
                entities.push(entity);
            }
        }
        self.place(&mut entities);
        Some(Found::Raised(Raised {
            finding: correlated.finding(definition, entities),
            title: title.to_owned(),
            author: author.to_owned(),
        }))
    }

    pub(super) fn note(&mut self, note: &LimitNote) -> Option<Found> {
        let what = match note.limit {
            LimitReached::Entries => "correlation events of one group",
            LimitReached::Groups => "correlation groups",
            LimitReached::Held => "correlation hits that wait",
            LimitReached::TooLate => "correlation event too late",
        };
        let owner = note.correlation.as_ref().unwrap_or(&note.source);
        let mut key = format!("{what}\u{1f}{owner}");
        let notes = &mut self.state.notes;
        if !notes.contains_key(&key) && notes.len() >= LIMIT_NOTES_MAX {
            key.clear();
        }
        let total = notes.entry(key).or_default();
        *total = total.saturating_add(1);
        total.is_power_of_two().then(|| {
            Found::Limited(Limited {
                what: what.to_owned(),
                owner: owner.clone(),
                total: *total,
                at_us: note.at_us,
            })
        })
    }

    pub(super) fn analyse(&mut self, observed: &[Observed], found: &mut Vec<Found>) {
        if self.is_of_rules_alone {
            return;
        }
        for one in observed {
            let outputs = self.state.analytics.apply(one);
            self.outputs(outputs, found);
        }
    }

    pub(super) fn outputs(&self, outputs: Vec<Output>, found: &mut Vec<Found>) {
        found.extend(outputs.into_iter().map(|output| match output {
            Output::Found(mut finding) => {
                // What a log does not name is nobody that two findings could share.
                finding.entities.retain(|entity| !entity.id.is_empty());
                self.name_hosts(&mut finding.entities);
                Found::Raised(Raised {
                    title: finding.id.clone(),
                    author: String::new(),
                    finding,
                })
            }
            Output::Evicted(evicted) => Found::Limited(Limited {
                what: evicted.what,
                owner: evicted.owner,
                total: evicted.total,
                at_us: evicted.at_us,
            }),
        }));
    }

    /// Adds the hosts of addresses and the hospital.
    pub(super) fn place(&self, entities: &mut Vec<Entity>) {
        let places = self.observer.places();
        let mut all = entities.iter();
        let device = all.find(|entity| entity.kind == EntityKind::Device);
        let device = device.map_or("", |entity| entity.id.as_str());
        let establishment = Entity::establishment(places.establishment(device));
        self.name_hosts(entities);
        entities.push(establishment);
    }

    pub(super) fn name_hosts(&self, entities: &mut Vec<Entity>) {
        let addresses = entities
            .iter()
            .filter(|entity| entity.kind == EntityKind::Device);
        let hosts: Vec<Entity> = addresses
            .filter_map(|entity| self.state.memory.host(&entity.id))
            .map(Entity::device)
            .collect();
        for host in hosts {
            if !entities.contains(&host) {
                entities.push(host);
            }
        }
    }
}
