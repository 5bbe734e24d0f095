//! Sample views of every page. Each takes the text to put into its free fields, so that the same
//! samples serve as golden files and as attacks.

use event::{GlassReason, Outcome, Tier};
use jiff::tz::TimeZone;
use locale::{Catalog, Language};
use page::{
    ActRow, Alerted, Asset, Console, Counts, Decision, Demonstration, DeviceLine, Devices,
    Evidence, Example, ExampleKind, Fault, FoundIncident, Frame, GlassOffer, Identity, Landing,
    Missing, Opened, Queue, Refusal, ReviewOwed, ReviewState, Service, SignIn,
};

use crate::{inventory_sample, opening_sample};

/// Every page by its name, in one language.
pub(crate) fn pages(
    language: Language,
    free: impl Fn(&str) -> String,
) -> Vec<(&'static str, String)> {
    let catalog = Catalog::load().unwrap();
    // Paris by its rule, so that no time zone database is needed.
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let token = free("form-token-of-the-session");
    let frame = Frame {
        catalog: &catalog,
        language,
        zone: &zone,
        demonstration: true,
        form_token: Some(&token),
    };
    let plain = Frame {
        demonstration: false,
        form_token: None,
        ..frame
    };
    let mut pages = vec![
        ("landing", page::landing(&frame, &landing(&free))),
        (
            "landing-plain",
            page::landing(&plain, &landing_plain(&free)),
        ),
        ("console", page::console(&frame, &console(&free))),
        (
            "console-empty",
            page::console(&plain, &console_empty(&free)),
        ),
        ("devices", page::devices(&frame, &devices(&free))),
        ("devices-none", page::devices(&plain, &devices_none(&free))),
        ("refusal", page::refusal(&frame, &refusal(&free))),
        (
            "refusal-breakable",
            page::refusal(&frame, &breakable(&free)),
        ),
        (
            "refusal-incomplete",
            page::refusal(&frame, &incomplete(&free)),
        ),
        ("glass-opened", page::glass_opened(&frame, &opened(&free))),
        ("sign-in", page::sign_in_required(&frame, &sign_in(&free))),
        ("error", page::error(&plain, &error(&free))),
    ];
    pages.extend(inventory_sample::pages(&frame, &plain, &free));
    pages.extend(opening_sample::pages(&frame, &plain, &free));
    pages
}

fn evidence(free: &impl Fn(&str) -> String) -> Evidence {
    Evidence {
        entries: 1_284_907,
        signed_entries: 1_284_899,
        origin: free("hygie.example/demonstration"),
        public_key: free(
            "hygie.example/demonstration+1a2b3c4d+ATEj7cO0C5R0h6xk0W7hXb1y1v9L3cQm8pK2sVtUuYwZ",
        ),
        queue: None,
        accepting: true,
    }
}

fn telemetry(free: &impl Fn(&str) -> String) -> Evidence {
    Evidence {
        entries: 90_210_004,
        signed_entries: 90_209_911,
        origin: free("hygie.example/demonstration/telemetry"),
        public_key: free(
            "hygie.example/demonstration/telemetry+5e6f7a8b+AQx0Yw7hXb1y1v9L3cQm8pK2sVtUuYwZATEj",
        ),
        queue: Some(Queue {
            depth: 8_192,
            limit: 8_192,
        }),
        accepting: false,
    }
}

fn identities(free: &impl Fn(&str) -> String) -> Vec<Identity> {
    [
        (
            "p-0101",
            "Camille Vasseur",
            "physician",
            "Hôpital des Tilleuls",
        ),
        ("p-0102", "Yanis Delorme", "nurse", "Hôpital des Tilleuls"),
        (
            "p-0207",
            "Solène Abgrall",
            "physician",
            "Clinique du Vallon",
        ),
        (
            "p-0310",
            "Inès Carpentier",
            "clerk",
            "Hôpital de la Grande-Lande",
        ),
        (
            "p-0401",
            "Maëlle Rousset",
            "security-officer",
            "Hôpital des Tilleuls",
        ),
    ]
    .map(|(person, name, profession, establishment)| Identity {
        person: person.parse().unwrap(),
        name: free(name),
        profession: free(profession),
        establishment: free(establishment),
    })
    .to_vec()
}

fn landing(free: &impl Fn(&str) -> String) -> Landing {
    let example = |kind, person: &str, path: &str| Example {
        kind,
        person: free(person),
        command: free(&format!(
            "curl --cacert demo/ca.pem -H \"Authorization: Bearer eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwLTAxMDEifQ.c2lnbmF0dXJl\" https://localhost:8443/fhir/{path}"
        )),
        path: free(&format!("/fhir/{path}")),
    };
    let incident = FoundIncident {
        number: 3,
        level: "critical",
        about: Vec::new(),
        found: vec![free("Write from an office network")],
        alerted: vec![alerted(free)],
        last: "2026-07-14T09:31:00Z".parse().unwrap(),
    };
    Landing {
        incidents: vec![incident],
        devices: true,
        services: vec![
            Service {
                name: free("Dossier patient du groupement"),
                kind: free("fhir"),
                path: None,
                tier: Tier::Office,
            },
            Service {
                name: free("Pompes à perfusion"),
                kind: free("web"),
                path: Some(free("/pumps/")),
                tier: Tier::Medical,
            },
            Service {
                name: free("Traitement d'air des blocs"),
                kind: free("web"),
                path: Some(free("/air/")),
                tier: Tier::Building,
            },
        ],
        evidence: evidence(free),
        signed_in: Some(free("Camille Vasseur")),
        demonstration: Some(Demonstration {
            identities: identities(free),
            examples: vec![
                example(ExampleKind::Permitted, "Camille Vasseur", "Patient/t-00017"),
                example(ExampleKind::Refused, "Solène Abgrall", "Patient/t-00017"),
                example(
                    ExampleKind::BreakGlass { minutes: 60 },
                    "Solène Abgrall",
                    "Patient/t-00017",
                ),
            ],
        }),
    }
}

fn landing_plain(free: &impl Fn(&str) -> String) -> Landing {
    Landing {
        incidents: Vec::new(),
        devices: false,
        signed_in: None,
        demonstration: None,
        evidence: Evidence {
            entries: 0,
            signed_entries: 0,
            ..evidence(free)
        },
        ..landing(free)
    }
}

/// A device with who answers for it.
fn alerted(free: &impl Fn(&str) -> String) -> Alerted {
    Alerted {
        name: free("Air handling unit 2"),
        persons: vec![
            ("network", vec![free("Ines Okoye")]),
            ("use", vec![free("Ada Weber"), free("Léo Martin")]),
        ],
    }
}

fn unanswered(free: &impl Fn(&str) -> String) -> Alerted {
    Alerted {
        name: free("Infusion pump 3"),
        persons: Vec::new(),
    }
}

fn console(free: &impl Fn(&str) -> String) -> Console {
    Console {
        decisions: decisions(free),
        counts: Counts {
            permit: 12_904,
            breakable: 31,
            refusal: 208,
        },
        incidents: vec![
            FoundIncident {
                number: 2,
                level: "high",
                about: vec![free("person:dr-ada"), free("device:10.1.0.5")],
                found: vec![free("Many refusals of one person"), free("beacon ×3")],
                alerted: vec![alerted(free), unanswered(free)],
                last: "2026-07-14T09:31:00Z".parse().unwrap(),
            },
            FoundIncident {
                number: 1,
                level: "low",
                about: vec![free("destination:203.0.113.9")],
                found: vec![free("scan")],
                alerted: Vec::new(),
                last: "2026-07-13T22:00:00Z".parse().unwrap(),
            },
        ],
        reviews: vec![
            review(
                free,
                "g-7Qk2",
                GlassReason::LifeThreatening,
                ReviewState::Overdue,
            ),
            review(
                free,
                "g-9Lm4",
                GlassReason::CalledForHelp,
                ReviewState::Open,
            ),
        ],
        reviews_overdue: 1,
        openings_to_tell: 2,
        evidence: Evidence {
            queue: Some(Queue {
                depth: 3,
                limit: 8_192,
            }),
            ..evidence(free)
        },
        has_inventory: true,
        telemetry: Some(telemetry(free)),
        assets: assets(free),
    }
}

fn decisions(free: &impl Fn(&str) -> String) -> Vec<Decision> {
    let decision = |time: &str, person: &str, profession: &str, outcome, reason: &str| Decision {
        time: time.parse().unwrap(),
        person: free(person),
        profession: Some(free(profession)),
        action: free("read"),
        resource_type: Some(free("Observation")),
        patient: Some(free("3f9a1c20")),
        outcome,
        reasons: vec![free(reason)],
    };
    let desk = Decision {
        action: free("viewDesk"),
        resource_type: None,
        patient: None,
        ..decision(
            "2026-07-14T09:29:58Z",
            "Maëlle Rousset",
            "security-officer",
            Outcome::Permit,
            "officer",
        )
    };
    vec![
        desk,
        decision(
            "2026-07-14T09:29:41Z",
            "Solène Abgrall",
            "physician",
            Outcome::Permit,
            "break-glass",
        ),
        decision(
            "2026-07-14T09:29:02Z",
            "Solène Abgrall",
            "physician",
            Outcome::Breakable,
            "no-care-relation",
        ),
        decision(
            "2026-07-14T09:28:40Z",
            "Inès Carpentier",
            "clerk",
            Outcome::Refusal,
            "profession-not-entitled",
        ),
        decision(
            "2026-07-14T09:27:15Z",
            "Camille Vasseur",
            "physician",
            Outcome::Permit,
            "care-team",
        ),
    ]
}

fn assets(free: &impl Fn(&str) -> String) -> Vec<Asset> {
    [
        ("Chaudière vapeur nord", Tier::Building, "Stérilisation"),
        ("Poste d'accueil 12", Tier::Office, ""),
        (
            "Respirateur R-204",
            Tier::Medical,
            "Ventilation en réanimation",
        ),
        (
            "Moniteur M-118",
            Tier::Medical,
            "Surveillance en réanimation",
        ),
    ]
    .map(|(name, tier, function)| Asset {
        name: free(name),
        tier,
        establishment: free("Hôpital des Tilleuls"),
        function: (!function.is_empty()).then(|| free(function)),
    })
    .to_vec()
}

fn review(
    free: &impl Fn(&str) -> String,
    glass: &str,
    reason: GlassReason,
    state: ReviewState,
) -> ReviewOwed {
    ReviewOwed {
        id: format!("review-{glass}").parse().unwrap(),
        glass: glass.parse().unwrap(),
        person: free("Solène Abgrall"),
        reason,
        declared: "2026-07-14T09:29:30Z".parse().unwrap(),
        due: "2026-07-17T09:29:30Z".parse().unwrap(),
        state,
    }
}

fn console_empty(free: &impl Fn(&str) -> String) -> Console {
    Console {
        decisions: Vec::new(),
        counts: Counts::default(),
        incidents: Vec::new(),
        reviews: Vec::new(),
        reviews_overdue: 0,
        openings_to_tell: 0,
        evidence: evidence(free),
        has_inventory: false,
        telemetry: None,
        assets: Vec::new(),
    }
}

fn refusal(free: &impl Fn(&str) -> String) -> Refusal {
    Refusal {
        code: "request-not-supported".to_owned(),
        detail: Some(free("_revinclude")),
        request: Some("01J2Z8W4T9".parse().unwrap()),
        evidence_index: Some(1_284_906),
        glass: None,
    }
}

fn breakable(free: &impl Fn(&str) -> String) -> Refusal {
    Refusal {
        code: "no-care-relation".to_owned(),
        detail: None,
        glass: Some(GlassOffer {
            patient: "t-00017".parse().unwrap(),
            minutes: 60,
            reasons: GlassReason::ALL.to_vec(),
            return_to: free("/fhir/Patient/t-00017"),
            missing: None,
        }),
        ..refusal(free)
    }
}

fn incomplete(free: &impl Fn(&str) -> String) -> Refusal {
    let mut view = Refusal {
        code: "declaration-incomplete".to_owned(),
        ..breakable(free)
    };
    if let Some(offer) = &mut view.glass {
        offer.missing = Some(Missing::Text);
    }
    view
}

fn opened(free: &impl Fn(&str) -> String) -> Opened {
    Opened {
        glass: "g-7Qk2".parse().unwrap(),
        patient: "t-00017".parse().unwrap(),
        until: "2026-07-14T10:29:30Z".parse().unwrap(),
        review_due: "2026-07-17T09:29:30Z".parse().unwrap(),
        return_to: Some(free("/fhir/Patient/t-00017")),
    }
}

fn sign_in(free: &impl Fn(&str) -> String) -> SignIn {
    SignIn {
        code: "token-missing".to_owned(),
        link: Some(free("/session/start")),
        identities: identities(free),
        return_to: free("/fhir/Patient/t-00017"),
        request: Some("01J2Z8W4T9".parse().unwrap()),
    }
}

fn error(free: &impl Fn(&str) -> String) -> Fault {
    Fault {
        code: free("upstream-too-slow"),
        detail: None,
        request: Some("01J2Z8W4T9".parse().unwrap()),
        evidence_index: Some(41),
    }
}

fn devices(free: &impl Fn(&str) -> String) -> Devices {
    let until = "2026-07-14T11:29:30Z".parse().unwrap();
    let line = DeviceLine {
        conduit: free("theatre-air"),
        asset: free("fan-1"),
        name: free("Ventilation de la salle 1"),
        tier: Tier::Building,
        protocol: "modbus",
        fails_open: true,
        owner: free("m-durand"),
        reason: free("La ventilation garde sa dernière consigne."),
        judges: true,
        allowed: 12_480,
        denied: 3,
        acts: vec![free("fan-set-point")],
    };
    let waiting = ActRow {
        id: "act-1".parse().unwrap(),
        act: free("fan-set-point"),
        asset: free("Ventilation de la salle 1"),
        person: free("Marc Durand"),
        from: free("10.20.0.7"),
        reason: free("Filtres changés, essai de débit."),
        until,
        approvers: vec![free("Anne Petit")],
        missing: vec![
            ("use", vec![free("Luc Martin"), free("Eva Roy")]),
            ("electricity", Vec::new()),
        ],
        is_approved: false,
        can_approve: true,
        can_withdraw: true,
    };
    Devices {
        address: free("10.20.0.7"),
        seat: Some((free("Marc Durand"), until)),
        is_own_seat: true,
        lines: vec![
            line.clone(),
            DeviceLine {
                conduit: free("oxygen"),
                protocol: "bacnet",
                fails_open: false,
                judges: false,
                acts: Vec::new(),
                ..line
            },
        ],
        acts: vec![
            waiting.clone(),
            ActRow {
                id: "act-2".parse().unwrap(),
                missing: Vec::new(),
                is_approved: true,
                can_approve: false,
                can_withdraw: false,
                ..waiting
            },
        ],
    }
}

fn devices_none(free: &impl Fn(&str) -> String) -> Devices {
    Devices {
        address: free("10.20.0.9"),
        seat: None,
        is_own_seat: false,
        lines: Vec::new(),
        acts: Vec::new(),
    }
}
