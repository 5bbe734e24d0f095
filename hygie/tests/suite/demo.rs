//! `hygie demo`: its examples do what they promise, before and after a power cut.

use std::path::Path;
use std::time::Duration;

use event::{Event, Outcome, PersonId, Timestamp};
use gateway::tls::authority::{Authority, Issued};
use serde_json::Value;

use crate::client::{Answer, Ask, Client, target_of};
use crate::kept::{access_at, await_rejections, event_at, files};
use crate::program::{Demonstration, printed, run, text};
use crate::provider::now_s;

const CHALLENGE: &str = "urn:x-hygie:fhir:break-glass-challenge";

#[test]
fn the_examples_do_what_they_say() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let client = demo.client();
    let [permitted, refused, glass] = ["permitted", "refused", "break_glass"].map(|it| {
        let example = &demo.said["examples"][it];
        assert!(example["url"].is_string(), "{example}");
        example
    });

    let shown = follow(&client, permitted);
    let patient = target_of(&permitted["url"])
        .rsplit_once('/')
        .unwrap()
        .1
        .to_owned();
    assert_eq!(shown.json()["resourceType"], "Patient");
    assert_eq!(shown.json()["id"], patient.as_str());
    let access = access_at(&demo.data, shown.evidence());
    assert_eq!(access.request.as_str(), shown.request());
    assert_eq!(access.outcome, Outcome::Permit);
    assert_eq!(access.disclosed.resources, 1);
    assert_eq!(access.disclosed.patients.len(), 1);

    let answer = follow(&client, refused);
    assert!(
        !answer.json().to_string().contains(CHALLENGE),
        "not breakable"
    );
    assert_eq!(answer.header("www-authenticate"), None);
    let access = access_at(&demo.data, answer.evidence());
    assert_eq!((access.outcome, access.status), (Outcome::Refusal, 403));

    // Before the emergency is declared the same read is refused, with the way to open it.
    let closed = client.get(&target_of(&glass["then"]["url"]), token(glass));
    assert_challenged(&closed, &glass["body"]["patient"]);
    let access = access_at(&demo.data, closed.evidence());
    assert_eq!((access.outcome, access.status), (Outcome::Breakable, 403));

    let declared = follow(&client, glass);
    let told = declared.json();
    assert_eq!(told["access_mode"], "bris_de_glace");
    let kept = event_at(&demo.data, declared.evidence().unwrap());
    let Event::GlassDeclared(kept) = kept else {
        panic!("no declaration: {kept:?}");
    };
    assert_eq!(told["glass"], kept.glass.as_str());
    let open = kept.until.as_us() - kept.from.as_us();
    assert!(Duration::from_micros(open) <= Duration::from_secs(3600));

    let opened = follow(&client, &glass["then"]);
    assert!(!opened.resources().is_empty());
    let access = access_at(&demo.data, opened.evidence());
    assert_eq!(access.glass, Some(kept.glass), "each read names its glass");

    assert_evidence_is_told(&demo, &glass["body"]["patient"], &patient);

    // Declaring again neither renews the glass nor owes a second review.
    let again = client.ask(&ask_of(glass));
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["until"], told["until"]);
    let reviews = run(&["reviews", "--data", text(&demo.data), "--json"]);
    assert_eq!(json_lines(&printed(&reviews)).len(), 1);
}

/// Who saw the patient is told; that it was this patient stands nowhere in clear.
fn assert_evidence_is_told(demo: &Demonstration, opened: &Value, seen: &str) {
    let data = text(&demo.data);
    let opened = opened.as_str().unwrap();
    let show = |patient: &str| {
        let shown = run(&[
            "evidence",
            "show",
            "--data",
            data,
            "--patient",
            patient,
            "--json",
        ]);
        assert!(shown.status.success(), "{shown:?}");
        json_lines(&printed(&shown))
    };
    let person = |role: &str| demo.identity(role)["person"].clone();
    let of_the_opened = show(opened);
    let kinds: Vec<_> = of_the_opened
        .iter()
        .map(|it| it["kept"]["event"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["access", "glass-declared", "access"]);
    for line in &of_the_opened {
        assert_eq!(
            line["kept"]["actor"]["person"],
            person("physician-elsewhere")
        );
    }
    let of_the_seen = show(seen);
    assert_eq!(
        of_the_seen[0]["kept"]["actor"]["person"],
        person("treating-physician")
    );
    assert!(show("nobody").is_empty());
    let future = run(&[
        "evidence",
        "show",
        "--data",
        data,
        "--patient",
        opened,
        "--since",
        "2200-01-01",
        "--json",
    ]);
    assert_eq!(printed(&future), "");
    let for_people = run(&[
        "--lang",
        "fr",
        "evidence",
        "show",
        "--data",
        data,
        "--patient",
        opened,
    ]);
    assert!(
        printed(&for_people).contains("physician-0"),
        "{for_people:?}"
    );

    let reviews = json_lines(&printed(&run(&["reviews", "--data", data, "--json"])));
    assert_eq!(reviews.len(), 1, "{reviews:?}");
    assert_eq!(reviews[0]["person"], person("physician-elsewhere"));
    assert_eq!(reviews[0]["state"], "open");
    assert_eq!(reviews[0]["reads"], 1);
    assert_ne!(reviews[0]["patient"], opened);
    let unsealed = json_lines(&printed(&run(&[
        "reviews", "--data", data, "--json", "--unseal",
    ])));
    assert_eq!(unsealed[0]["patient"], opened);

    let mut written = files(&demo.data.join("evidence"));
    written.push((
        demo.program.log.clone(),
        std::fs::read(&demo.program.log).unwrap(),
    ));
    for (path, bytes) in written {
        for patient in [opened, seen] {
            let found = bytes
                .windows(patient.len())
                .any(|it| it == patient.as_bytes());
            assert!(!found, "{patient} stands in clear in {}", path.display());
        }
    }
}

#[test]
fn a_refusal_speaks_the_language_of_the_reader() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let refused = &demo.said["examples"]["refused"];
    let [french, english] = ["fr-FR,fr;q=0.9,en;q=0.5", "en"].map(|language| {
        let answer = demo
            .client()
            .ask(&ask_of(refused).header("accept-language", language));
        assert_eq!(answer.status, 403);
        let outcome = answer.json();
        let issue = &outcome["issue"][0];
        assert_eq!(issue["severity"], "error");
        assert_eq!(issue["code"], "forbidden");
        let diagnostics = issue["diagnostics"].as_str().unwrap();
        assert!(diagnostics.contains(answer.request()), "{diagnostics}");
        let told = answer.header("content-language").unwrap().to_owned();
        (told, issue["details"]["text"].as_str().unwrap().to_owned())
    });
    assert_eq!((french.0.as_str(), english.0.as_str()), ("fr", "en"));
    assert_ne!(french.1, english.1);
    for text in [&french.1, &english.1] {
        let sentences = text.matches(['.', '?']).count();
        assert!(sentences >= 2, "a reason and an advice: {text}");
    }
    // A browser gets the same as a page.
    let page = demo
        .client()
        .ask(&ask_of(refused).header("accept", "text/html"));
    assert_eq!(page.status, 403);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(page.text().contains("<html lang=\"fr\""), "{}", page.text());
}

#[test]
fn a_glass_outlives_a_power_cut_for_its_session_alone() {
    let place = tempfile::tempdir().unwrap();
    let first = Demonstration::start(place.path());
    let glass = first.said["examples"]["break_glass"].clone();
    let read = target_of(&glass["then"]["url"]);
    let identities = first.said["identities"].clone();
    let seen_by = |client: &Client| -> Vec<u16> {
        let others = identities.as_array().unwrap().iter();
        let others = others.filter(|it| it["role"] != "physician-elsewhere");
        others
            .map(|it| client.get(&read, token(it)).status)
            .collect()
    };
    let before = seen_by(&first.client());
    assert!(before.contains(&403));
    assert_eq!(first.client().ask(&ask_of(&glass)).status, 201);
    assert_eq!(first.client().get(&read, token(&glass)).status, 200);
    first.program.kill();

    let second = Demonstration::start(place.path());
    let client = second.client();
    assert_eq!(client.get(&read, token(&glass)).status, 200);
    let another_session = second.token("physician-elsewhere");
    assert_ne!(another_session, token(&glass));
    assert_eq!(client.get(&read, another_session).status, 403);
    assert_eq!(seen_by(&client), before, "nobody else sees more");
    let told = client.ask(&ask_of(&glass));
    assert_eq!(told.status, 200, "still the same glass, not a new one");
    assert!(second.program.stop().success());

    let data = place.path().join("data");
    let other_seed = run(&[
        "demo",
        "--json",
        "--port",
        "0",
        "--data",
        text(&data),
        "--seed",
        "7",
    ]);
    assert_eq!(other_seed.status.code(), Some(1));
    let complaint = String::from_utf8(other_seed.stderr).unwrap();
    assert!(
        complaint.contains("2020") && complaint.contains('7'),
        "{complaint}"
    );
}

#[test]
fn a_certificate_of_the_houses_authority_names_a_person() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let read = Ask::get(&target_of(&demo.said["examples"]["permitted"]["url"]));
    let physician = demo.identity("treating-physician")["person"]
        .as_str()
        .unwrap();

    let own = issue(&demo.data.join("tls"), physician);
    let shown = with(&demo, &own).ask(&read);
    assert_eq!(shown.status, 200);
    let access = access_at(&demo.data, shown.evidence());
    assert_eq!(access.actor.person.as_str(), physician);

    let nobody = issue(&demo.data.join("tls"), "nobody-here");
    assert_eq!(with(&demo, &nobody).ask(&read).status, 403);
    // A wrong token is never passed over for a good certificate.
    let both = with(&demo, &own).ask(&read.clone().bearer("x.y.z"));
    assert_eq!(both.status, 401);

    let foreign = issue(&place.path().join("foreign"), physician);
    let cut_off = with(&demo, &foreign).try_ask(&read);
    assert!(cut_off.is_err(), "{cut_off:?}");
    await_rejections(&demo.data, "tls-handshake", 1);
}

pub(crate) fn issue(folder: &Path, person: &str) -> Issued {
    let now = Timestamp::from_s(now_s());
    let authority = Authority::open_or_make(folder, &[], now).unwrap();
    let person = PersonId::new(person).unwrap();
    authority
        .issue_client(&person, now, Duration::from_secs(3600))
        .unwrap()
}

fn with(demo: &Demonstration, certificate: &Issued) -> Client {
    let (cert, key) = (&certificate.cert_pem, &certificate.key_pem);
    Client::with_certificate(demo.port, &demo.ca_file(), cert, key)
}

/// Does what an example says, and checks the status that it promises.
fn follow(client: &Client, example: &Value) -> Answer {
    let answer = client.ask(&ask_of(example));
    assert_eq!(
        example["status"],
        answer.status,
        "{example}: {}",
        answer.text()
    );
    answer
}

fn ask_of(example: &Value) -> Ask {
    let (method, target) = (
        example["method"].as_str().unwrap(),
        target_of(&example["url"]),
    );
    let ask = match &example["body"] {
        Value::Null => Ask::new(method, &target),
        body => Ask::post_json(&target, body),
    };
    ask.bearer(token(example))
}

fn token(example: &Value) -> &str {
    example["token"].as_str().unwrap()
}

/// A refusal that tells how an emergency may be declared, for one patient.
pub(crate) fn assert_challenged(answer: &Answer, patient: &Value) {
    assert_eq!(answer.status, 403, "{}", answer.text());
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains("purpose=\"BTG\""), "{challenge}");
    let outcome = answer.json();
    let extensions = outcome["issue"][0]["extension"].as_array().unwrap();
    let extension = extensions.iter().find(|it| it["url"] == CHALLENGE).unwrap();
    let told = extension.to_string();
    assert!(
        told.contains("BTG") && told.contains("/break-glass"),
        "{told}"
    );
    assert!(told.contains(patient.as_str().unwrap()), "{told}");
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
