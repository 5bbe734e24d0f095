//! What must hold at every permitted point of the space, whatever a table says.

use proptest::prelude::*;

use super::*;

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
                    Action::EndGlass
                    | Action::GiveNotice
                    | Action::ReviewGlass
                    | Action::UseService
                    | Action::ViewDesk => {}
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
                let at_home = holds.encounter || holds.shared_establishment && holds.care_team;
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
            let of_records = ![
                "desk.",
                "forbid.own-opening",
                "glass.end",
                "notice.",
                "patient.reference",
                "reference.",
                "review.",
                "service.",
            ]
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
