//! Which document refers to which: filters to rules, correlations to rules and to each other.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::limits::Limits;
use crate::sigma::{Correlation, Document, Filter, FilterTarget, LogSource, Reason, Refused, Rule};

/// Documents that stand, each rule with its filters.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) rules: Vec<(Rule, Vec<Rc<Filter>>)>,
    pub(super) correlations: Vec<Correlation>,
}

/// Sorts documents by kind, and refuses those that refer to nothing, to themselves or twice.
pub(super) fn sort(
    documents: Vec<Document>,
    limits: &Limits,
    refused: &mut Vec<Refused>,
) -> Sorted {
    let mut sorted = Sorted::default();
    let mut filters = Vec::new();
    let mut known = BTreeSet::new();
    let mut taken = 0_usize;
    for document in documents {
        let (words, origin, id, title) = described(&document);
        let repeated = words.iter().find(|word| known.contains(*word));
        let reason = match repeated {
            Some(repeated) => Some(Reason::RepeatedId(repeated.clone())),
            None if taken >= limits.rules_max => Some(Reason::TooLarge {
                what: "the number of rules",
                max: limits.rules_max,
            }),
            None => None,
        };
        if let Some(reason) = reason {
            refused.push(Refused {
                origin,
                id,
                title,
                reason,
            });
            continue;
        }
        known.extend(words);
        taken += 1;
        match document {
            Document::Rule(rule) => sorted.rules.push((*rule, Vec::new())),
            Document::Filter(filter) => filters.push(Rc::new(*filter)),
            Document::Correlation(correlation) => sorted.correlations.push(*correlation),
        }
    }
    for filter in filters {
        apply(&filter, &mut sorted.rules, refused);
    }
    check(&mut sorted, refused);
    sorted
}

type Description = (Vec<String>, String, Option<String>, Option<String>);

/// The words by which others refer to a document, and what a refusal says of it.
fn described(document: &Document) -> Description {
    let (id, name, origin, title) = match document {
        Document::Rule(rule) => (&rule.id, &rule.name, &rule.origin, &rule.title),
        Document::Filter(filter) => (&filter.id, &None, &filter.origin, &filter.title),
        Document::Correlation(of) => (&of.id, &of.name, &of.origin, &of.title),
    };
    let words: BTreeSet<&String> = id.iter().chain(name).collect();
    let words = words.into_iter().cloned().collect();
    (words, origin.clone(), id.clone(), Some(title.clone()))
}

/// Gives a filter to the rules it names; one that names a rule which is not there is refused.
fn apply(filter: &Rc<Filter>, rules: &mut [(Rule, Vec<Rc<Filter>>)], refused: &mut Vec<Refused>) {
    let is_named = |rule: &Rule, word: &String| {
        rule.id.as_ref() == Some(word) || rule.name.as_ref() == Some(word)
    };
    if let FilterTarget::Rules(words) = &filter.target {
        let missing = words
            .iter()
            .find(|word| !rules.iter().any(|(rule, _)| is_named(rule, word)));
        if let Some(missing) = missing {
            refused.push(Refused {
                origin: filter.origin.clone(),
                id: filter.id.clone(),
                title: Some(filter.title.clone()),
                reason: Reason::UnknownRule(missing.clone()),
            });
            return;
        }
    }
    for (rule, filters) in rules {
        let is_meant = match &filter.target {
            FilterTarget::Any => true,
            FilterTarget::Rules(words) => words.iter().any(|word| is_named(rule, word)),
        };
        if is_meant && holds(&filter.logsource, &rule.logsource) {
            filters.push(Rc::clone(filter));
        }
    }
}

/// Every part that the filter names is the rule's.
fn holds(filter: &LogSource, rule: &LogSource) -> bool {
    let part = |filter: &Option<String>, rule: &Option<String>| filter.is_none() || filter == rule;
    part(&filter.product, &rule.product)
        && part(&filter.category, &rule.category)
        && part(&filter.service, &rule.service)
}

/// Puts correlations behind those they refer to, and refuses the ones that refer to what is not
/// there, or to each other in a circle.
fn check(sorted: &mut Sorted, refused: &mut Vec<Refused>) {
    let mut standing: BTreeSet<String> = BTreeSet::new();
    for (rule, _) in &sorted.rules {
        standing.extend(rule.id.iter().chain(&rule.name).cloned());
    }
    let words_of =
        |of: &Correlation| -> Vec<String> { of.id.iter().chain(&of.name).cloned().collect() };
    let mut waiting = std::mem::take(&mut sorted.correlations);
    loop {
        let (ready, left): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|of| of.rules.iter().all(|word| standing.contains(word)));
        waiting = left;
        if ready.is_empty() {
            break;
        }
        for correlation in ready {
            standing.extend(words_of(&correlation));
            sorted.correlations.push(correlation);
        }
    }
    // What refers to something that is not there goes first, and what refers to that goes with it.
    loop {
        let left: BTreeSet<String> = waiting.iter().flat_map(words_of).collect();
        let missing = |of: &Correlation| {
            let mut words = of.rules.iter();
            words
                .find(|word| !standing.contains(*word) && !left.contains(*word))
                .cloned()
        };
        let Some((at, word)) = waiting
            .iter()
            .enumerate()
            .find_map(|(at, of)| Some((at, missing(of)?)))
        else {
            break;
        };
        refused.push(refusal(waiting.remove(at), Reason::UnknownRule(word)));
    }
    refused.extend(waiting.into_iter().map(|of| refusal(of, Reason::Circle)));
}

fn refusal(correlation: Correlation, reason: Reason) -> Refused {
    Refused {
        origin: correlation.origin,
        id: correlation.id,
        title: Some(correlation.title),
        reason,
    }
}
