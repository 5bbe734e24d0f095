//! The twin: the same question, answered minute by minute from the document alone.
//!
//! It shares neither the numbering, nor the flattened needs, nor the lengths of outages: it plays
//! minutes and asks at each of them who works. The last minute that it plays stands for ever.

use std::collections::{BTreeMap, BTreeSet};

use event::SupplyId;
use hospital::{Clearance, Dependency, DirectoryDocument, Gives, Need, Supplier, SupplierKind};

use crate::{Action, Measure, Plan, Use};

use super::now;

/// What is asked.
pub(super) struct Asked<'a> {
    pub(super) document: &'a DirectoryDocument,
    pub(super) plan: &'a Plan,
    /// The uses and the failures, when they are known.
    pub(super) facts: Option<(&'a [Use], &'a BTreeSet<SupplyId>)>,
    pub(super) in_force: &'a [Action],
    /// How many minutes are played; all durations but for ever are shorter.
    pub(super) minutes: usize,
}

/// For each node, whether it works at each minute.
type Working<'a> = BTreeMap<&'a SupplyId, Vec<bool>>;

/// The care functions that are lost, and whether anything at all forbids the plan.
pub(super) fn answer(asked: &Asked<'_>) -> (BTreeSet<SupplyId>, bool) {
    let mut working = Working::new();
    for supplier in &asked.document.suppliers {
        works(asked, &supplier.id, &mut working);
    }
    let targets: BTreeSet<&SupplyId> = asked.plan.actions().iter().map(|it| &it.target).collect();
    let mut unknown = targets.iter().any(|it| is_unknown(asked, it));
    // What the plan takes down at a remove counts as what it acts on.
    for supplier in &asked.document.suppliers {
        let played = works(asked, &supplier.id, &mut working);
        let is_out = length(&played) != Some(0) && reaches(asked, &supplier.id, &targets);
        unknown |= is_out && is_unknown(asked, &supplier.id);
    }
    let unfit = asked.plan.actions().iter().any(|it| !fits(asked, it));
    let mut lost = BTreeSet::new();
    for function in &asked.document.care_functions {
        let played = works(asked, &function.id, &mut working);
        let out = length(&played);
        let uses: Vec<&Use> = match asked.facts {
            Some((uses, _)) => uses
                .iter()
                .filter(|it| it.function == function.id)
                .collect(),
            None => Vec::new(),
        };
        let active = asked.facts.is_none() || function.continuous || !uses.is_empty();
        let spent = uses.iter().map(|it| it.interrupted_minutes).max();
        let felt = out.map(|out| out + spent.unwrap_or(0) as usize);
        let harmed = felt.is_none_or(|felt| felt >= function.tolerance_minutes as usize);
        let touched = reaches(asked, &function.id, &targets);
        let is_cut = out != Some(0) && touched && harmed;
        if active && (unknown || function.needs.is_none() || is_cut) {
            lost.insert(function.id.clone());
        }
    }
    let forbidden = unknown || unfit || !lost.is_empty();
    (lost, forbidden)
}

/// Whether a node works at each minute.
fn works<'a>(asked: &Asked<'a>, node: &'a SupplyId, working: &mut Working<'a>) -> Vec<bool> {
    if let Some(known) = working.get(node) {
        return known.clone();
    }
    let needs = needs(asked, node);
    let met = match needs {
        Some(needs) => met(asked, node, needs, working),
        None => vec![true; asked.minutes + 1],
    };
    let failed = asked.facts.is_some_and(|(_, failed)| failed.contains(node));
    let works: Vec<bool> = (0..=asked.minutes)
        .map(|minute| met[minute] && !failed && !is_stopped(asked, node, minute))
        .collect();
    working.insert(node, works.clone());
    works
}

fn met<'a>(
    asked: &Asked<'a>,
    node: &SupplyId,
    need: &'a Need,
    working: &mut Working<'a>,
) -> Vec<bool> {
    let mut all = |parts: &'a [Need]| -> Vec<Vec<bool>> {
        let parts = parts.iter();
        parts.map(|it| met(asked, node, it, working)).collect()
    };
    let (parts, wanted) = match need {
        Need::Supply(dependency) => return flows(asked, node, dependency, working),
        Need::AllOf(parts) => (all(parts), parts.len()),
        Need::AnyOf(parts) => (all(parts), 1),
        Need::AtLeast(it) => (all(&it.of), it.count as usize),
    };
    let wanted = match asked.facts {
        Some(_) => wanted,
        None => parts.len(),
    };
    let count = |minute: usize| parts.iter().filter(|it| it[minute]).count();
    (0..=asked.minutes).map(|it| count(it) >= wanted).collect()
}

fn flows<'a>(
    asked: &Asked<'a>,
    node: &SupplyId,
    dependency: &'a Dependency,
    working: &mut Working<'a>,
) -> Vec<bool> {
    let supplier = works(asked, &dependency.on, working);
    let flows: Vec<bool> = (0..=asked.minutes)
        .map(|minute| {
            supplier[minute]
                && !acting(asked, minute).any(|it| {
                    let at_supplier = it.target == dependency.on;
                    let at_consumer = it.target == *node;
                    (at_supplier && takes_from_others(it.measure, dependency.gives))
                        || (at_consumer && loses_itself(it.measure, dependency.gives))
                })
        })
        .collect();
    match length(&flows) {
        Some(out) if out < dependency.bridged_minutes as usize => vec![true; asked.minutes + 1],
        _ => flows,
    }
}

/// The tables of `measure.rs`, written out once more.
fn takes_from_others(measure: Measure, gives: Gives) -> bool {
    matches!(
        (measure, gives),
        (Measure::BlockWrites, Gives::Writes)
            | (Measure::IsolateFromOutside, Gives::Outside)
            | (
                Measure::Isolate | Measure::DisableAccount,
                Gives::Outside | Gives::Reads | Gives::Writes
            )
            | (Measure::CutPower, _)
    )
}

fn loses_itself(measure: Measure, gives: Gives) -> bool {
    matches!(
        (measure, gives),
        (Measure::IsolateFromOutside, Gives::Outside)
            | (
                Measure::Isolate | Measure::DisableAccount,
                Gives::Outside | Gives::Reads | Gives::Writes
            )
            | (Measure::CutPower, _)
    )
}

fn is_stopped(asked: &Asked<'_>, node: &SupplyId, minute: usize) -> bool {
    acting(asked, minute).any(|it| it.target == *node && it.measure == Measure::CutPower)
}

/// The actions in effect at a minute.
fn acting<'a>(asked: &Asked<'a>, minute: usize) -> impl Iterator<Item = &'a Action> {
    let lasts = asked.plan.minutes().map(|it| it.get() as usize);
    let planned = lasts.is_none_or(|lasts| minute < lasts);
    let planned = asked.plan.actions().iter().filter(move |_| planned);
    asked.in_force.iter().chain(planned)
}

/// How many minutes something is out; `None` for ever.
fn length(played: &[bool]) -> Option<usize> {
    let out = played.iter().filter(|it| !**it).count();
    played.last().unwrap().then_some(out)
}

fn needs<'a>(asked: &Asked<'a>, node: &SupplyId) -> Option<&'a Need> {
    let functions = asked.document.care_functions.iter();
    let mut functions = functions.filter(|it| it.id == *node);
    let suppliers = asked.document.suppliers.iter();
    let mut suppliers = suppliers.filter(|it| it.id == *node);
    match functions.next() {
        Some(it) => it.needs.as_ref(),
        None => suppliers.next().and_then(|it| it.needs.as_ref()),
    }
}

/// Whether a node is one of some nodes or needs one, at any remove.
fn reaches(asked: &Asked<'_>, node: &SupplyId, targets: &BTreeSet<&SupplyId>) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![node.clone()];
    while let Some(next) = open.pop() {
        if targets.contains(&next) {
            return true;
        }
        if let (true, Some(needs)) = (seen.insert(next.clone()), needs(asked, &next)) {
            needs.each_dependency(&mut |it| open.push(it.on.clone()));
        }
    }
    false
}

fn is_unknown(asked: &Asked<'_>, target: &SupplyId) -> bool {
    let vouches = |it: &Clearance| it.supplies.contains(target) && it.holds(now());
    if asked.document.clearances.iter().any(vouches) {
        return false;
    }
    let functions = &asked.document.care_functions;
    if functions.iter().any(|it| it.id == *target) {
        return false;
    }
    let flagged = |it: &Supplier| it.id == *target && it.unknown;
    let wanted = BTreeSet::from([target]);
    asked.document.suppliers.iter().any(flagged)
        || !functions.iter().any(|it| reaches(asked, &it.id, &wanted))
}

fn fits(asked: &Asked<'_>, action: &Action) -> bool {
    let functions = &asked.document.care_functions;
    if functions.iter().any(|it| it.id == action.target) {
        return false;
    }
    let mut suppliers = asked.document.suppliers.iter();
    let supplier = suppliers.find(|it| it.id == action.target);
    supplier.is_none_or(|it| {
        (it.kind == SupplierKind::Person) == (action.measure == Measure::DisableAccount)
    })
}
