//! Every code that a page can be given has its words: those of `event`, and those of the
//! policies, which change without a programmer.

use std::path::Path;

use event::{
    AccessMode, DeferralGround, GlassEnd, GlassReason, NoticeChannel, NoticeTo, Outcome, Purpose,
    ReviewFinding, Tier,
};
use locale::Family;
use page::{NoticeState, ReviewState};

fn known(family: Family, code: &str) {
    assert!(family.knows(code), "{family:?} has no words for {code}");
}

#[test]
fn the_codes_of_events_have_words() {
    for code in AccessMode::ALL {
        known(Family::Mode, code.code());
    }
    for code in DeferralGround::ALL {
        known(Family::Ground, code.code());
    }
    for code in GlassEnd::ALL {
        known(Family::Ended, code.code());
    }
    for code in NoticeChannel::ALL {
        known(Family::Channel, code.code());
    }
    for code in NoticeTo::ALL {
        known(Family::NoticeTo, code.code());
    }
    for code in ReviewFinding::ALL {
        known(Family::Review, code.code());
    }
    for code in GlassReason::ALL {
        known(Family::GlassReason, code.code());
    }
    for code in Purpose::ALL {
        known(Family::Purpose, code.code());
    }
    for code in Tier::ALL {
        known(Family::Tier, code.code());
    }
    for code in [Outcome::Breakable, Outcome::Permit, Outcome::Refusal] {
        known(Family::Outcome, code.code());
    }
    for code in [
        ReviewState::Justified,
        ReviewState::Open,
        ReviewState::Overdue,
        ReviewState::Unclear,
        ReviewState::Unjustified,
    ] {
        known(Family::Review, code.code());
    }
    for code in [
        NoticeState::Deferred,
        NoticeState::Given,
        NoticeState::Overdue,
        NoticeState::Owed,
    ] {
        known(Family::NoticeState, code.code());
    }
}

#[test]
fn the_codes_of_the_policies_have_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut reasons = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|extension| extension != "cedar")
        {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        for policy in text.split("@id(").skip(1) {
            let reason = between(policy, "@reason(\"", "\")").expect("a policy gives its reason");
            known(Family::Cause, reason);
            if policy.contains("\nforbid (") {
                known(Family::Reason, reason);
                known(Family::Advice, reason);
            }
            reasons += 1;
            for action in policy.split("Hygie::Action::\"").skip(1) {
                known(Family::Action, action.split('"').next().unwrap_or_default());
            }
        }
        for list in text.split("[\"").skip(1) {
            let Some((list, rest)) = list.split_once(']') else {
                continue;
            };
            if rest
                .trim_start()
                .starts_with(".contains(principal.profession)")
            {
                for profession in list
                    .split('"')
                    .filter(|part| part.starts_with(char::is_alphabetic))
                {
                    known(Family::Profession, profession);
                }
            }
        }
    }
    assert!(reasons > 10, "only {reasons} policies were read");
}

#[test]
fn the_findings_that_the_door_keeps_have_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut findings = 0;
    for (file, before) in [
        ("pure/wire/src/http.rs", "=> \""),
        ("pure/wire/src/fhir/misunderstood.rs", "=> \""),
        ("pure/policy/src/engine.rs", ": &str = \""),
        ("io/gateway/src/identity/rejection.rs", "=> \""),
        ("io/gateway/src/upstream.rs", "=> \"upstream-"),
        ("io/gateway/src/fhir.rs", "of_reason(\""),
        ("io/gateway/src/fhir/export.rs", "of_reason(\""),
        ("io/gateway/src/fhir/follow.rs", "NotDone(\""),
        ("io/gateway/src/fhir/search.rs", "NotDone(\""),
        ("io/gateway/src/fhir/settle.rs", "NotDone(\""),
        ("io/gateway/src/fhir/settle.rs", "told(\""),
        ("io/gateway/src/fhir/verdicts.rs", "of_reason(\""),
        ("io/gateway/src/glass.rs", "of_reason(\""),
        ("io/gateway/src/refusal.rs", "of_reason(\""),
        ("io/gateway/src/receive.rs", "reject(visit, status, \""),
        ("io/gateway/src/serve.rs", "Some(\"http-"),
    ] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let prefix = before.split_once('"').map_or("", |(_, prefix)| prefix);
        let mut here = 0;
        for code in text.split(before).skip(1) {
            let code = code.split('"').next().unwrap_or_default();
            known(Family::Cause, &format!("{prefix}{code}"));
            here += 1;
        }
        assert!(here > 0, "no code was found in {file}");
        findings += here;
    }
    assert!(findings > 60, "only {findings} codes were read");
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    text.split_once(open)?
        .1
        .split_once(close)
        .map(|(inside, _)| inside)
}
