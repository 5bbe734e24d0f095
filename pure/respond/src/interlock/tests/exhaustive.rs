//! All small graphs, with all plans.

use std::collections::BTreeSet;

use event::SupplyId;
use hospital::{DirectoryDocument, Gives, Need};

use crate::acts::{acts, targets};
use crate::alternative::Search;
use crate::judge::Judge;
use crate::{Action, Facts, InForce, Interlock, Measure, Milder, Plan};

use super::naive::{Asked, answer};
use super::{
    action, at_least, bridged, document, function, in_force, in_use, interlock, now, on, plan,
    supplier, verdict,
};

const MEASURES: [Measure; 4] = [
    Measure::BlockWrites,
    Measure::IsolateFromOutside,
    Measure::Isolate,
    Measure::CutPower,
];

/// Every need of up to three leaves out of some.
fn expressions(leaves: &[Need]) -> Vec<Need> {
    let mut all = leaves.to_vec();
    for (n, first) in leaves.iter().enumerate() {
        for (m, second) in leaves.iter().enumerate().skip(n) {
            let two = || vec![first.clone(), second.clone()];
            all.extend([Need::AllOf(two()), Need::AnyOf(two())]);
            for third in leaves {
                all.push(Need::AllOf(vec![third.clone(), Need::AnyOf(two())]));
                all.push(Need::AnyOf(vec![third.clone(), Need::AllOf(two())]));
            }
            for third in &leaves[m..] {
                let three = || vec![first.clone(), second.clone(), third.clone()];
                all.extend((1..=3).map(|count| at_least(count, three())));
            }
        }
    }
    all
}

/// Every plan that takes one measure or none on each of some nodes.
fn plans(nodes: &[&str], minutes: Option<u32>) -> Vec<Plan> {
    let mut sets: Vec<Vec<Action>> = vec![Vec::new()];
    for node in nodes {
        let with = |set: &Vec<Action>| {
            let set = set.clone();
            MEASURES.map(|measure| [set.clone(), vec![action(node, measure)]].concat())
        };
        let longer: Vec<Vec<Action>> = sets.iter().flat_map(with).collect();
        sets.extend(longer);
    }
    let sets = sets.iter().filter(|set| !set.is_empty());
    sets.map(|set| plan(set, minutes)).collect()
}

fn on_all(nodes: &[&str]) -> Vec<Need> {
    let leaves = nodes.iter();
    let leaves = leaves.flat_map(|node| Gives::ALL.map(|gives| on(node, gives)));
    leaves.collect()
}

/// The interlock and the twin agree; returns whether the plan is forbidden.
fn agree(
    document: &DirectoryDocument,
    interlock: &Interlock,
    plan: &Plan,
    facts: Option<&Facts>,
    in_force: &[Action],
) -> bool {
    let force = super::in_force(in_force);
    let mut judge = Judge::new(interlock, facts, &force, now());
    let verdict = verdict(&mut judge, plan);
    let lost: BTreeSet<SupplyId> = verdict.lost.iter().map(|it| it.id.clone()).collect();
    let asked = Asked {
        document,
        plan,
        facts: facts.map(|it| (it.in_use.as_slice(), &it.out_of_service)),
        in_force,
        minutes: 8,
    };
    let (expected, forbidden) = answer(&asked);
    assert_eq!(
        lost, expected,
        "{document:?}\n{plan:?}\n{facts:?}\n{in_force:?}"
    );
    assert_eq!(!verdict.passes(), forbidden, "{document:?}\n{plan:?}");
    forbidden
}

/// What is taken is read by the number of a part.
#[test]
fn parts_lie_in_the_order_of_their_declaration() {
    assert_eq!(Gives::ALL.map(|it| it as usize), [0, 1, 2, 3]);
}

/// A function, two suppliers of which one may need the other; every need of up to three leaves,
/// every plan, every order in force on one node, facts and none.
#[test]
fn three_nodes_with_every_need() {
    let facts = in_use(&["f"]);
    let plans = plans(&["a", "b"], None);
    let orders: Vec<Vec<Action>> = [Vec::new()]
        .into_iter()
        .chain(MEASURES.map(|measure| vec![action("b", measure)]))
        .collect();
    let (mut forbidden, mut all) = (0, 0);
    for needs in expressions(&on_all(&["a", "b"])) {
        for of_a in [None]
            .into_iter()
            .chain(Gives::ALL.map(|it| Some(on("b", it))))
        {
            let function = function("f", Some(needs.clone()), 0);
            let suppliers = vec![supplier("a", of_a), supplier("b", None)];
            let document = document(vec![function], suppliers);
            let interlock = interlock(&document);
            for plan in &plans {
                for order in &orders {
                    for facts in [Some(&facts), None] {
                        all += 1;
                        forbidden += i32::from(agree(&document, &interlock, plan, facts, order));
                    }
                }
            }
        }
    }
    // Both answers are common, or the comparison would prove little.
    assert!(all > 1_000_000, "{all}");
    assert!(
        forbidden > all / 10 && forbidden < all - all / 20,
        "{forbidden} of {all}"
    );
}

/// Two functions, one of which may need the other, and three suppliers in every chain.
#[test]
fn five_nodes_with_every_shape() {
    let facts = [in_use(&["f"]), in_use(&["g"]), in_use(&["f", "g"])];
    let plans = plans(&["a", "b", "c"], None);
    let leaf = |node: &str| on(node, Gives::Presence);
    let mut forbidden = 0_u32;
    for gives in Gives::ALL {
        let (a, b, c) = (
            || on("a", gives),
            || on("b", Gives::Reads),
            || on("c", gives),
        );
        let shapes = [
            a(),
            Need::AllOf(vec![a(), b()]),
            Need::AnyOf(vec![a(), b()]),
            Need::AllOf(vec![a(), Need::AnyOf(vec![b(), c()])]),
            Need::AnyOf(vec![a(), Need::AllOf(vec![b(), c()])]),
            at_least(2, vec![a(), b(), c()]),
        ];
        let chains = [
            (None, None),
            (Some(leaf("b")), None),
            (Some(leaf("b")), Some(on("c", gives))),
            (Some(Need::AnyOf(vec![leaf("b"), leaf("c")])), None),
            (
                Some(Need::AllOf(vec![leaf("b"), leaf("c")])),
                Some(leaf("c")),
            ),
        ];
        for shape in &shapes {
            for (of_a, of_b) in &chains {
                for of_g in [
                    None,
                    Some(leaf("f")),
                    Some(Need::AnyOf(vec![leaf("f"), leaf("c")])),
                ] {
                    let functions = vec![
                        function("f", Some(shape.clone()), 0),
                        function("g", of_g, 0),
                    ];
                    let suppliers = vec![
                        supplier("a", of_a.clone()),
                        supplier("b", of_b.clone()),
                        supplier("c", None),
                    ];
                    let document = document(functions, suppliers);
                    let interlock = interlock(&document);
                    for plan in &plans {
                        for facts in &facts {
                            let facts = Some(facts);
                            forbidden += u32::from(agree(&document, &interlock, plan, facts, &[]));
                        }
                    }
                }
            }
        }
    }
    assert!(forbidden > 10_000);
}

/// Every tolerance, bridge and duration up to four minutes.
#[test]
fn every_time() {
    let (mut tolerated, mut forbidden) = (0, 0);
    let mut facts = in_use(&["f"]);
    for (tolerance, bridge, upper) in triples(4) {
        for spent in [0, 2] {
            facts.in_use[0].interrupted_minutes = spent;
            for minutes in [Some(1), Some(2), Some(3), Some(4), None] {
                for shape in [
                    Need::AllOf(vec![
                        bridged("a", Gives::Reads, bridge),
                        on("b", Gives::Presence),
                    ]),
                    Need::AnyOf(vec![
                        bridged("a", Gives::Reads, bridge),
                        bridged("b", Gives::Presence, 2),
                    ]),
                ] {
                    let functions = vec![function("f", Some(shape), tolerance)];
                    let of_a = Some(bridged("b", Gives::Presence, upper));
                    let suppliers = vec![supplier("a", of_a), supplier("b", None)];
                    let document = document(functions, suppliers);
                    let interlock = interlock(&document);
                    for plan in plans(&["a", "b"], minutes) {
                        for order in [vec![], vec![action("a", Measure::CutPower)]] {
                            let facts = Some(&facts);
                            match agree(&document, &interlock, &plan, facts, &order) {
                                true => forbidden += 1,
                                false => tolerated += 1,
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(
        tolerated > 5_000 && forbidden > 5_000,
        "{tolerated} {forbidden}"
    );
}

/// What is out for long counts wherever it stands among parts that are out for a short time.
#[test]
fn the_place_of_a_part_says_nothing() {
    let facts = in_use(&["f"]);
    let (mut tolerated, mut forbidden) = (0, 0);
    for names in [["a", "b", "c"], ["b", "c", "a"], ["c", "b", "a"]] {
        let parts = || names.map(|it| on(it, Gives::Presence)).to_vec();
        let [first, second, third] = names.map(|it| on(it, Gives::Presence));
        for needs in [
            Need::AllOf(parts()),
            Need::AnyOf(parts()),
            at_least(2, parts()),
            Need::AllOf(vec![first, Need::AllOf(vec![second, third])]),
        ] {
            let suppliers = ["a", "b", "c"].map(|it| supplier(it, None)).to_vec();
            let document = document(vec![function("f", Some(needs), 4)], suppliers);
            let interlock = interlock(&document);
            for plan in plans(&["a", "b", "c"], Some(2)) {
                for order in ["a", "b", "c"].map(|it| action(it, Measure::CutPower)) {
                    match agree(&document, &interlock, &plan, Some(&facts), &[order]) {
                        true => forbidden += 1,
                        false => tolerated += 1,
                    }
                }
            }
        }
    }
    assert!(
        tolerated > 500 && forbidden > 500,
        "{tolerated} {forbidden}"
    );
}

fn triples(most: u32) -> impl Iterator<Item = (u32, u32, u32)> {
    (0..=most).flat_map(move |a| (0..=most).flat_map(move |b| (0..=most).map(move |c| (a, b, c))))
}

/// Every alternative passes, is the closest of its way, and is there exactly when one exists.
#[test]
fn every_alternative_is_the_closest_that_passes() {
    let facts = in_use(&["f"]);
    let plans = plans(&["a", "b", "c"], Some(5));
    let leaves = |gives| {
        [
            on("a", gives),
            on("b", Gives::Reads),
            on("c", Gives::Writes),
        ]
    };
    let mut ways = BTreeSet::new();
    for gives in Gives::ALL {
        let [a, b, c] = leaves(gives);
        for needs in [
            Need::AllOf(vec![a.clone(), b.clone(), c.clone()]),
            Need::AnyOf(vec![a.clone(), Need::AllOf(vec![b.clone(), c.clone()])]),
            Need::AllOf(vec![c.clone(), Need::AnyOf(vec![a.clone(), b.clone()])]),
            at_least(2, vec![a, b, c]),
        ] {
            for tolerance in [0, 3] {
                let of_b = Some(on("c", Gives::Presence));
                let suppliers = vec![
                    supplier("a", None),
                    supplier("b", of_b),
                    supplier("c", None),
                ];
                let functions = vec![function("f", Some(needs.clone()), tolerance)];
                let interlock = interlock(&document(functions, suppliers));
                for plan in &plans {
                    closest(&interlock, plan, &facts, &mut ways);
                }
            }
        }
    }
    assert_eq!(ways.len(), 5, "{ways:?}");
}

fn closest(interlock: &Interlock, asked: &Plan, facts: &Facts, ways: &mut BTreeSet<Milder>) {
    let force = InForce::new();
    let judge = || Judge::new(interlock, Some(facts), &force, now());
    let passes = |plan: &Plan| verdict(&mut judge(), plan).passes();
    if passes(asked) {
        return;
    }
    let mut judge = judge();
    let targets = targets(judge.interlock.graph(), asked);
    let acts = acts(asked, &targets);
    let refusal = verdict(&mut judge, asked);
    let found = Search::new(&mut judge, asked, &acts, &refusal).run();
    assert!(found.searched_all);
    let told: Vec<Milder> = found.alternatives.iter().map(|it| it.way).collect();
    assert!(told.is_sorted_by(|one, other| one < other), "{told:?}");
    ways.extend(&told);
    for alternative in &found.alternatives {
        assert!(passes(&alternative.plan), "{asked:?} {alternative:?}");
        assert_ne!(alternative.plan, *asked);
        for change in &alternative.changes {
            let instead = change.instead.map(|it| Action {
                measure: it,
                ..change.asked.clone()
            });
            let mut closer = alternative.plan.actions().clone();
            instead.iter().for_each(|it| assert!(closer.remove(it)));
            closer.insert(change.asked.clone());
            let closer = asked.with_actions(closer);
            assert!(
                !passes(&closer),
                "not the closest: {asked:?} {alternative:?}"
            );
        }
    }
    for (way, measure) in [
        (Milder::BlockWrites, Some(Measure::BlockWrites)),
        (
            Milder::IsolateFromOutside,
            Some(Measure::IsolateFromOutside),
        ),
        (Milder::Isolate, Some(Measure::Isolate)),
        (Milder::ContainTheRest, None),
    ] {
        let any = milder_plans(asked, measure).iter().any(passes);
        assert_eq!(told.contains(&way), any, "{way:?} {asked:?}");
    }
    let shortest = asked.lasting(std::num::NonZeroU32::MIN);
    assert_eq!(told.contains(&Milder::Shorten), passes(&shortest));
}

/// Every plan with some of the actions replaced by a milder measure, or left out.
fn milder_plans(asked: &Plan, measure: Option<Measure>) -> Vec<Plan> {
    let mut sets: Vec<BTreeSet<Action>> = vec![BTreeSet::new()];
    for action in asked.actions() {
        let choices = match measure {
            None => vec![None, Some(action.clone())],
            Some(measure) if measure.is_milder_than(action.measure) => {
                let milder = Action {
                    measure,
                    ..action.clone()
                };
                vec![Some(milder), Some(action.clone())]
            }
            Some(_) => vec![Some(action.clone())],
        };
        let longer = sets.iter().flat_map(|set| {
            choices.iter().map(|choice| {
                let mut set = set.clone();
                set.extend(choice.clone());
                set
            })
        });
        sets = longer.collect();
    }
    let sets = sets.into_iter();
    let sets = sets.filter(|set| !set.is_empty() && set != asked.actions());
    sets.map(|set| asked.with_actions(set)).collect()
}

/// What is told of a loss is true: the cut alone takes the function, and the path is a path.
#[test]
fn every_cut_cuts_and_every_path_leads() {
    let facts = in_use(&["f"]);
    let plans = plans(&["a", "b"], None);
    for needs in expressions(&on_all(&["a", "b"])) {
        let of_a = Some(on("b", Gives::Reads));
        let suppliers = vec![supplier("a", of_a), supplier("b", None)];
        let functions = vec![function("f", Some(needs.clone()), 0)];
        let interlock = interlock(&document(functions, suppliers));
        for plan in &plans {
            let crate::Checked::Refused(refused) =
                interlock.check(plan, Some(&facts), &mut in_force(&[]), now())
            else {
                continue;
            };
            for lost in refused.lost() {
                let actions = plan.actions().iter();
                // What nobody knows may be reached at a remove: the cut is not what is acted on.
                let is_known = lost.because == crate::LostBecause::LastSupplier;
                let part = actions.filter(|it| !is_known || lost.cut.contains(&it.target));
                let part = plan.with_actions(part.cloned().collect());
                let force = InForce::new();
                let mut judge = Judge::new(&interlock, Some(&facts), &force, now());
                let verdict = verdict(&mut judge, &part);
                assert_eq!(verdict.lost.len(), 1, "{needs:?} {plan:?} {lost:?}");
                assert_eq!(lost.path.first(), Some(&lost.function));
                assert!(lost.cut.contains(lost.path.last().unwrap()), "{lost:?}");
                for step in lost.path.windows(2) {
                    let text = |it: &SupplyId| it.as_str().to_owned();
                    let known = [("f", "a"), ("f", "b"), ("a", "b")]
                        .contains(&(text(&step[0]).as_str(), text(&step[1]).as_str()));
                    assert!(known, "{:?}", lost.path);
                }
            }
        }
    }
}
