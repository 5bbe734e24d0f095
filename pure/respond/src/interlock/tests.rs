//! The interlock against a naive twin, on all small graphs and on many large ones.

mod exhaustive;
pub(crate) mod golden;
mod naive;
mod properties;

use std::collections::BTreeSet;

use event::{SupplyId, Timestamp};
use hospital::{
    AtLeast, CareFunction, Dependency, Directory, DirectoryDocument, DirectoryLimits, Gives, Need,
    Supplier, SupplierKind,
};

use crate::acts::{acts, targets};
use crate::judge::Judge;
use crate::verdict::Verdict;
use crate::{Action, Facts, InForce, Interlock, Limits, Measure, OrderRecord, Plan, Use};

/// The instant at which all of these tests are played.
pub(crate) const NOW: &str = "2026-11-26T09:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn id(text: &str) -> SupplyId {
    SupplyId::new(text).unwrap()
}

pub(crate) fn action(target: &str, measure: Measure) -> Action {
    let target = id(target);
    Action { target, measure }
}

pub(crate) fn plan(actions: &[Action], minutes: Option<u32>) -> Plan {
    let actions = actions.iter().cloned().collect();
    Plan::new(actions, minutes, BTreeSet::new(), &Limits::DEFAULT).unwrap()
}

pub(crate) fn in_use(functions: &[&str]) -> Facts {
    let uses = functions.iter().map(|function| Use {
        function: id(function),
        from: "2026-11-26T08:00:00Z".parse().unwrap(),
        until: None,
        interrupted_minutes: 0,
    });
    Facts {
        as_of: now(),
        in_use: uses.collect(),
        out_of_service: BTreeSet::new(),
    }
}

pub(crate) fn in_force(actions: &[Action]) -> InForce {
    let mut in_force = InForce::new();
    if !actions.is_empty() {
        in_force.recall(&OrderRecord {
            number: 7,
            actions: actions.to_vec(),
            given: now(),
            ends: None,
            overridden: false,
        });
    }
    in_force
}

pub(crate) fn on(node: &str, gives: Gives) -> Need {
    bridged(node, gives, 0)
}

pub(crate) fn bridged(node: &str, gives: Gives, bridged_minutes: u32) -> Need {
    Need::Supply(Dependency {
        on: id(node),
        gives,
        bridged_minutes,
    })
}

pub(crate) fn at_least(count: u32, of: Vec<Need>) -> Need {
    Need::AtLeast(AtLeast { count, of })
}

pub(crate) fn function(name: &str, needs: Option<Need>, tolerance_minutes: u32) -> CareFunction {
    CareFunction {
        id: id(name),
        name: name.to_uppercase(),
        establishment: None,
        unit: None,
        needs,
        tolerance_minutes,
        safe_state: "by hand".to_owned(),
        continuous: false,
    }
}

pub(crate) fn supplier(name: &str, needs: Option<Need>) -> Supplier {
    Supplier {
        id: id(name),
        kind: SupplierKind::Plant,
        establishment: None,
        needs,
        unknown: false,
    }
}

pub(crate) fn document(
    functions: Vec<CareFunction>,
    suppliers: Vec<Supplier>,
) -> DirectoryDocument {
    DirectoryDocument {
        care_functions: functions,
        suppliers,
        ..DirectoryDocument::default()
    }
}

/// What a plan that begins now would do.
pub(crate) fn verdict<'a: 'p, 'p>(judge: &mut Judge<'a>, plan: &'p Plan) -> Verdict<'p> {
    let targets = targets(judge.interlock.graph(), plan);
    judge.verdict(&acts(plan, &targets), plan.minutes(), now())
}

pub(crate) fn interlock(document: &DirectoryDocument) -> Interlock {
    let directory = Directory::new(document.clone(), &DirectoryLimits::DEFAULT).unwrap();
    Interlock::new(&directory, Limits::DEFAULT).unwrap()
}
