//! Large graphs, drawn at random.

use std::collections::BTreeSet;

use event::{PersonId, SupplyId, Timestamp};
use hospital::{Clearance, DirectoryDocument, Gives, Need, Person, SupplierKind};
use proptest::prelude::*;

use crate::acts::{acts, targets};
use crate::alternative::changed_to;
use crate::judge::Judge;
use crate::{Action, Checked, Facts, InForce, Measure, Milder, Plan, Use};

use super::naive::{Asked, answer};
use super::{
    action, at_least, bridged, document, function, id, in_force, interlock, now, plan, supplier,
    verdict,
};

const NODES: usize = 120;
const FUNCTIONS: usize = 25;
const MINUTES: u32 = 6;

/// What is drawn for one node; numbers are folded into those of earlier nodes.
type Drawn = (u8, Vec<(usize, u8, u32)>, u32, bool);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let leaf = (any::<usize>(), 0_u8..4, 0..MINUTES);
    let node = (
        0_u8..7,
        prop::collection::vec(leaf, 0..4),
        0..MINUTES,
        prop::bool::weighted(0.05),
    );
    prop::collection::vec(node, NODES)
}

/// The last nodes are care functions, each node needs earlier ones only.
fn graph(drawn: &[Drawn]) -> DirectoryDocument {
    let (mut functions, mut suppliers) = (Vec::new(), Vec::new());
    for (n, (shape, leaves, tolerance, flag)) in drawn.iter().enumerate() {
        let leaf = |(on, gives, minutes): &(usize, u8, u32)| {
            let gives = Gives::ALL[usize::from(*gives)];
            bridged(&format!("n{}", on % n.max(1)), gives, *minutes)
        };
        let leaves: Vec<Need> = leaves.iter().map(leaf).collect();
        let half = leaves.len().div_ceil(2);
        let needs = match shape {
            _ if n == 0 || leaves.is_empty() => None,
            0 | 1 => Some(Need::AllOf(leaves)),
            2 | 3 => Some(Need::AnyOf(leaves)),
            4 => Some(at_least(u32::try_from(half).unwrap(), leaves)),
            _ => {
                let (one, other) = leaves.split_at(half);
                let any = (!other.is_empty()).then(|| Need::AnyOf(other.to_vec()));
                Some(Need::AllOf(one.iter().cloned().chain(any).collect()))
            }
        };
        let name = format!("n{n}");
        if n + FUNCTIONS < NODES {
            let mut supplier = supplier(&name, needs);
            supplier.unknown = *flag;
            if n % 11 == 10 {
                supplier.kind = SupplierKind::Person;
            }
            suppliers.push(supplier);
        } else {
            let mut function = function(&name, needs, *tolerance);
            function.continuous = *flag;
            functions.push(function);
        }
    }
    let mut document = document(functions, suppliers);
    document.persons.push(Person {
        id: PersonId::new("officer").unwrap(),
        name: "officer".to_owned(),
        profession: "engineer".to_owned(),
        roles: BTreeSet::new(),
        posts: Vec::new(),
        own_record: None,
    });
    // Some are vouched for, a part of them no longer.
    for (until, step) in [("2027-01-01", 7), ("2026-11-01", 13)] {
        let suppliers = document.suppliers.iter().step_by(step);
        let supplies = suppliers.map(|it| it.id.clone()).collect();
        document.clearances.push(Clearance {
            supplies,
            groups: BTreeSet::new(),
            by: PersonId::new("officer").unwrap(),
            reason: "seen".to_owned(),
            from: Timestamp::default(),
            until: until.parse().unwrap(),
        });
    }
    document
}

fn actions(most: usize) -> impl Strategy<Value = Vec<Action>> {
    let one = (0..NODES, 0..Measure::ALL.len());
    let one = one.prop_map(|(n, measure)| action(&format!("n{n}"), Measure::ALL[measure]));
    prop::collection::vec(one, 0..most)
}

/// Actions that fit and hit known suppliers, so that many plans pass.
fn gentle(document: &DirectoryDocument, actions: &[Action]) -> Vec<Action> {
    let fits = |it: &&Action| {
        let mut suppliers = document.suppliers.iter();
        let supplier = suppliers.find(|supplier| supplier.id == it.target);
        supplier.is_some_and(|supplier| it.measure.fits(supplier.kind))
    };
    actions.iter().filter(fits).cloned().collect()
}

fn facts() -> impl Strategy<Value = Facts> {
    let used = (NODES - FUNCTIONS..NODES, 0..3_u32);
    let failed = prop::collection::btree_set(0..NODES - FUNCTIONS, 0..4);
    (prop::collection::vec(used, 0..8), failed).prop_map(|(uses, failed)| Facts {
        as_of: now(),
        in_use: uses
            .into_iter()
            .map(|(n, interrupted_minutes)| Use {
                function: id(&format!("n{n}")),
                from: Timestamp::default(),
                until: None,
                interrupted_minutes,
            })
            .collect(),
        out_of_service: failed.iter().map(|n| id(&format!("n{n}"))).collect(),
    })
}

fn minutes() -> impl Strategy<Value = Option<u32>> {
    prop::option::of(1..=MINUTES)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_interlock_says_what_its_twin_says(
        drawn in drawn(),
        actions in actions(5),
        force in actions(3),
        facts in prop::option::weighted(0.8, facts()),
        minutes in minutes(),
        only_gentle in any::<bool>(),
    ) {
        let document = graph(&drawn);
        let actions = if only_gentle { gentle(&document, &actions) } else { actions };
        prop_assume!(!actions.is_empty());
        let (plan, mut in_force) = (plan(&actions, minutes), in_force(&force));
        let (lost, forbidden) = answer(&Asked {
            document: &document,
            plan: &plan,
            facts: facts.as_ref().map(|it| (it.in_use.as_slice(), &it.out_of_service)),
            in_force: &force,
            minutes: MINUTES as usize + 2,
        });
        match interlock(&document).check(&plan, facts.as_ref(), &mut in_force, now()) {
            // An order never leaves care in use without what it needs.
            Checked::Ordered(order) => {
                prop_assert!(!forbidden && lost.is_empty());
                prop_assert!(order.actions().iter().eq(plan.actions()));
                prop_assert_eq!(in_force.len(), usize::from(!force.is_empty()) + 1);
            }
            Checked::Refused(refused) => {
                prop_assert!(forbidden);
                let told: BTreeSet<SupplyId> =
                    refused.lost().iter().map(|it| it.function.clone()).collect();
                prop_assert_eq!(told, lost);
                prop_assert!(!refused.reasons().is_empty());
            }
        }
    }

    #[test]
    fn more_containment_never_gives_anything_back(
        drawn in drawn(),
        less in actions(4),
        more in actions(4),
        force in actions(2),
        facts in prop::option::weighted(0.8, facts()),
        (short, long) in (minutes(), minutes()),
    ) {
        prop_assume!(!less.is_empty());
        prop_assume!(long.is_none() || short.is_some_and(|short| short <= long.unwrap()));
        let interlock = interlock(&graph(&drawn));
        let lost = |plan: &Plan, force: &[Action]| {
            let force = in_force(force);
            let mut judge = Judge::new(&interlock, facts.as_ref(), &force, now());
            let verdict = verdict(&mut judge, plan);
            let ids: BTreeSet<SupplyId> = verdict.lost.iter().map(|it| it.id.clone()).collect();
            (ids, verdict.passes())
        };
        let (few, passes_few) = lost(&plan(&less, short), &[]);
        let both = [less.clone(), more].concat();
        for (many, passes_many) in [
            lost(&plan(&both, short), &[]),
            lost(&plan(&less, long), &[]),
            lost(&plan(&less, short), &force),
        ] {
            prop_assert!(few.is_subset(&many));
            prop_assert!(passes_few || !passes_many);
        }
    }

    /// A judge that has seen other plans says the same as a new one.
    #[test]
    fn one_plan_leaves_nothing_for_the_next(
        drawn in drawn(),
        plans in prop::collection::vec((actions(6), minutes()), 1..8),
        force in actions(3),
        facts in prop::option::weighted(0.8, facts()),
    ) {
        let interlock = interlock(&graph(&drawn));
        let force = in_force(&force);
        let mut old = Judge::new(&interlock, facts.as_ref(), &force, now());
        for (actions, minutes) in plans.iter().filter(|(actions, _)| !actions.is_empty()) {
            let plan = plan(actions, *minutes);
            let mut fresh = Judge::new(&interlock, facts.as_ref(), &force, now());
            let [old, fresh] = [&mut old, &mut fresh].map(|it| verdict(it, &plan));
            prop_assert_eq!(format!("{old:?}"), format!("{fresh:?}"));
        }
    }

    /// What is tried instead of a plan is judged as a plan of its own by a new judge: some actions
    /// with another measure or left out, which is how a search walks from one try to the next.
    #[test]
    fn acts_say_what_a_plan_of_them_says(
        drawn in drawn(),
        actions in actions(8),
        tries in prop::collection::vec(
            (any::<u8>(), any::<u8>(), 0..Measure::ALL.len(), minutes()),
            1..8,
        ),
        force in actions(3),
        facts in prop::option::weighted(0.8, facts()),
    ) {
        prop_assume!(!actions.is_empty());
        let interlock = interlock(&graph(&drawn));
        let force = in_force(&force);
        let asked = plan(&actions, None);
        let targets = targets(interlock.graph(), &asked);
        let all = acts(&asked, &targets);
        let mut old = Judge::new(&interlock, facts.as_ref(), &force, now());
        for (kept, changed, measure, minutes) in tries {
            let chosen = |bits: u8| {
                let acts = all.iter().enumerate();
                let acts = acts.filter(move |(n, _)| bits & (1 << n) != 0);
                acts.map(|(_, act)| *act).collect::<Vec<_>>()
            };
            let measure = Measure::ALL[measure];
            let acts = changed_to(Some(measure), &chosen(kept & !changed), &chosen(changed));
            let actions: Vec<Action> = {
                let acts = acts.iter();
                acts.map(|it| action(it.target.id.as_str(), it.measure)).collect()
            };
            if actions.is_empty() {
                continue;
            }
            let plan = plan(&actions, minutes);
            let mut fresh = Judge::new(&interlock, facts.as_ref(), &force, now());
            let fresh = format!("{:?}", verdict(&mut fresh, &plan));
            let before = old.laid().looked();
            let told = old.verdict(&acts, plan.minutes(), now());
            prop_assert_eq!(format!("{told:?}"), fresh);
            prop_assert!(old.laid().looked() - before <= 2 * NODES as u64, "work is told");
        }
    }

    #[test]
    fn every_alternative_passes_the_same_check(
        drawn in drawn(),
        actions in actions(12),
        facts in facts(),
        minutes in minutes(),
    ) {
        let document = graph(&drawn);
        let actions = gentle(&document, &actions);
        prop_assume!(!actions.is_empty());
        let interlock = interlock(&document);
        let asked = plan(&actions, minutes);
        let checked = interlock.check(&asked, Some(&facts), &mut InForce::new(), now());
        if let Checked::Refused(refused) = checked {
            for alternative in refused.alternatives() {
                prop_assert_ne!(alternative.way, Milder::Wait, "no use has an end");
                let plan = &alternative.plan;
                let checked = interlock.check(plan, Some(&facts), &mut InForce::new(), now());
                prop_assert!(matches!(checked, Checked::Ordered(_)));
            }
        }
    }

    /// Whatever is in use, one target of which nothing is known forbids the plan.
    #[test]
    fn unknown_is_vital(
        drawn in drawn(),
        actions in actions(4),
        facts in prop::option::of(facts()),
    ) {
        let document = graph(&drawn);
        let stranger = action("stranger", Measure::BlockWrites);
        let actions = [gentle(&document, &actions), vec![stranger]].concat();
        let plan = plan(&actions, Some(1));
        let checked = interlock(&document).check(&plan, facts.as_ref(), &mut InForce::new(), now());
        let Checked::Refused(refused) = checked else {
            return Err(TestCaseError::fail("ordered"));
        };
        let in_use: BTreeSet<&SupplyId> = document
            .care_functions
            .iter()
            .filter(|it| {
                let mut uses = facts.iter().flat_map(|it| &it.in_use);
                facts.is_none() || it.continuous || uses.any(|used| used.function == it.id)
            })
            .map(|it| &it.id)
            .collect();
        let told: BTreeSet<&SupplyId> = refused.lost().iter().map(|it| &it.function).collect();
        prop_assert_eq!(told, in_use);
    }
}
