//! Break-glass from the challenge to the last notice: as `docs/break-glass.md` specifies it, and as
//! a browser meets it.

use std::collections::BTreeMap;
use std::time::Duration;

use event::{Event, GlassEnd, NoticeTo, PersonId, Timestamp};
use gateway::tls::authority::Authority;
use serde_json::Value;

use crate::client::{Answer, Ask, Client};
use crate::kept::{await_rejections, event_at, events};
use crate::program::{Demonstration, printed, run, text};
use crate::provider::now_s;

const SPECIFICATION: &str = include_str!("../../../docs/break-glass.md");

/// What the words in braces stand for.
type Bound = BTreeMap<String, String>;

/// A block of the specification: a request, or what is expected of its answer.
struct Block<'a> {
    who: &'a str,
    text: &'a str,
}

fn blocks() -> Vec<Block<'static>> {
    let blocks = SPECIFICATION.split("```http").skip(1);
    blocks
        .map(|block| {
            let (who, rest) = block.split_once('\n').unwrap();
            Block {
                who: who.trim(),
                text: rest.split_once("```").unwrap().0,
            }
        })
        .collect()
}

fn filled(text: &str, bound: &Bound) -> String {
    let mut text = text.to_owned();
    for (name, value) in bound {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// Whether a value is as the specification shows it, where a word in braces stands for any text and
/// is bound to it.
fn fits(shown: &str, found: &str, bound: &mut Bound) -> bool {
    let shown = filled(shown, bound);
    // A brace of JSON is followed by a quote or a space, that of a word by a letter.
    let word = shown.match_indices('{').find_map(|(at, brace)| {
        let (before, rest) = shown.split_at(at);
        let (name, after) = rest.strip_prefix(brace)?.split_once('}')?;
        name.starts_with(|c: char| c.is_ascii_lowercase())
            .then_some((before, name, after))
    });
    let Some((before, name, after)) = word else {
        return shown == found;
    };
    let Some(rest) = found.strip_prefix(before) else {
        return false;
    };
    let Some(value) = rest.strip_suffix(after) else {
        return false;
    };
    bound.insert(name.to_owned(), value.to_owned());
    true
}

/// Whether everything that is shown is there; what is there beside it is free.
fn holds(shown: &Value, found: &Value, bound: &mut Bound) -> bool {
    match (shown, found) {
        (Value::Object(shown), Value::Object(found)) => shown
            .iter()
            .all(|(name, value)| found.get(name).is_some_and(|it| holds(value, it, bound))),
        (Value::Array(shown), Value::Array(found)) => shown
            .iter()
            .all(|value| found.iter().any(|it| holds(value, it, bound))),
        (Value::String(shown), Value::String(found)) => fits(shown, found, bound),
        _ => shown == found,
    }
}

fn ask(block: &str, token: &str) -> Ask {
    let (head, body) = block.split_once("\n\n").unwrap_or((block.trim_end(), ""));
    let mut lines = head.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let mut ask = Ask::new(method, target.trim()).bearer(token);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        ask = ask.header(name, value);
    }
    if body.trim().is_empty() {
        ask
    } else {
        ask.body(body.trim().as_bytes())
    }
}

fn assert_as_shown(block: &str, answer: &Answer, bound: &mut Bound) {
    let (head, body) = block.split_once("\n\n").unwrap_or((block.trim_end(), ""));
    let mut lines = head.lines();
    let status: u16 = lines.next().unwrap().trim().parse().unwrap();
    let told = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, status, "{block}\n{told}");
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        let found = answer.header(name).unwrap_or_default().to_owned();
        assert!(fits(value, &found, bound), "{name}: {found}, not {value}");
    }
    if !body.trim().is_empty() {
        let shown: Value = serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {body}"));
        assert!(
            holds(&shown, &answer.json(), bound),
            "{shown:#}\nand not\n{told}\n{bound:?}"
        );
    }
}

fn day_in(days: u64) -> String {
    let at = Timestamp::from_s(now_s()).after(Duration::from_secs(days * 86_400));
    at.to_string().chars().take(10).collect()
}

#[test]
fn the_specification_is_what_the_program_does() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let client = demo.client();
    let example = &demo.said["examples"]["break_glass"];
    let tokens = BTreeMap::from([
        ("clinician", demo.token("physician-elsewhere")),
        ("officer", demo.token("data-protection-officer")),
    ]);
    let patient = example["body"]["patient"].as_str().unwrap();
    let mut bound = Bound::from([
        ("patient".to_owned(), patient.to_owned()),
        ("in_ten_days".to_owned(), day_in(10)),
    ]);
    let blocks = blocks();
    let mut played = 0;
    for pair in blocks.chunks(2) {
        let [request, shown] = pair else {
            panic!("a request without an answer: {}", pair[0].text);
        };
        let asked = filled(request.text, &bound);
        assert!(!asked.contains("/{"), "nothing is known of: {asked}");
        let answer = client.ask(&ask(&asked, tokens[request.who]));
        assert_as_shown(shown.text, &answer, &mut bound);
        if let Some(index) = answer.evidence()
            && let Event::GlassDeclared(declared) = event_at(&demo.data, index)
        {
            // What the officers find in their lists.
            bound.insert("review".to_owned(), declared.review.to_string());
            let notice = declared
                .notices
                .iter()
                .find(|it| it.to == NoticeTo::Patient);
            bound.insert("notice".to_owned(), notice.unwrap().notice.to_string());
            assert_eq!(
                declared.notices.len(),
                2,
                "the patient and the treating physician"
            );
            let minutes = declared.until.since(declared.from).as_secs() / 60;
            assert_eq!(minutes, 30, "the person asked for less than an hour");
        }
        played += 1;
    }
    assert_eq!(played, 12, "the exchanges of the specification");
    assert_kept(&demo);
}

/// What the specification's exchange leaves in evidence, and what is told of it.
fn assert_kept(demo: &Demonstration) {
    let data = text(&demo.data);
    let kinds: Vec<String> = events(&demo.data, "evidence")
        .iter()
        .filter(|event| event.class() == event::class_of::ENTITY_MANAGEMENT)
        .map(|event| {
            let value: Value = serde_json::from_slice(&event.to_bytes()).unwrap();
            value["event"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "glass-declared",
            "glass-ended",
            "review-closed",
            "notice-deferred",
            "notice-given"
        ]
    );
    let reviews = printed(&run(&["reviews", "--data", data, "--json"]));
    assert_eq!(reviews, "", "nothing is owed any more");
    let notices = printed(&run(&["notices", "--data", data, "--json"]));
    let owed: Vec<Value> = notices
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(owed.len(), 1, "the treating physician was not told yet");
    assert_eq!(owed[0]["resourceType"], "Communication");
    assert_eq!(owed[0]["status"], "preparation");
    assert_eq!(owed[0]["recipient"][0]["type"], "Practitioner");
    for (format, agents) in [("balp", 3), ("tde", 2)] {
        let exported = printed(&run(&[
            "evidence", "export", "--format", format, "--data", data,
        ]));
        let exported: Vec<Value> = exported
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let of = |code: &str| {
            let found = exported
                .iter()
                .filter(|it| it["subtype"][0]["code"] == code);
            found.collect::<Vec<_>>()
        };
        assert_eq!((of("110127").len(), of("110138").len()), (1, 1), "{format}");
        assert_eq!(
            of("reviewGlass")
                .iter()
                .filter(|it| it["type"]["code"] == "110113")
                .count(),
            1
        );
        let search = of("search-type");
        assert_eq!(
            search[0]["agent"].as_array().unwrap().len(),
            agents,
            "{format}"
        );
        let purpose = &search[0]["purposeOfEvent"][0]["coding"];
        assert_eq!(
            (&purpose[0]["code"], &purpose[1]["code"]),
            (&"BTG".into(), &"bris_de_glace".into())
        );
    }
}

/// A client with a certificate of the demonstration's own authority, in this name.
fn with_certificate(demo: &Demonstration, name: &str) -> Client {
    let now = Timestamp::from_s(now_s());
    let authority = Authority::open_or_make(&demo.data.join("tls"), &[], now).unwrap();
    let name = PersonId::new(name).unwrap();
    let issued = authority.issue_client(&name, now, Duration::from_secs(3600));
    let issued = issued.unwrap();
    Client::with_certificate(
        demo.port,
        &demo.ca_file(),
        &issued.cert_pem,
        &issued.key_pem,
    )
}

/// How many openings were declared.
fn declarations(demo: &Demonstration) -> usize {
    let events = events(&demo.data, "evidence");
    let declared = |event: &&Event| matches!(event, Event::GlassDeclared(_));
    events.iter().filter(declared).count()
}

/// The same token, the same session, another device: the opening stays where it was declared.
#[test]
fn an_opening_stays_with_the_device_that_declared_it() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let device = |name: &str| with_certificate(&demo, name);
    let (here, there, bare) = (device("station-1"), device("station-2"), demo.client());
    let token = demo.token("physician-elsewhere");
    let patient = demo.said["examples"]["break_glass"]["body"]["patient"].clone();
    let body = serde_json::json!({ "patient": patient, "reason": "life-threatening" });
    let declared = here.ask(&Ask::post_json("/break-glass", &body).bearer(token));
    assert_eq!(declared.status, 201);
    assert_eq!(declared.json()["device_bound"], true);
    let read = format!(
        "/fhir/AllergyIntolerance?patient={}",
        patient.as_str().unwrap()
    );
    assert_eq!(here.get(&read, token).status, 200);
    assert_eq!(there.get(&read, token).status, 403, "another device");
    assert_eq!(bare.get(&read, token).status, 403, "no device");
    let again = there.ask(&Ask::post_json("/break-glass", &body).bearer(token));
    assert_eq!(again.status, 201, "there it is an emergency of its own");
    assert_ne!(again.json()["glass"], declared.json()["glass"]);
}

/// A browser sends a client certificate by itself, so a form of another site could speak for whoever
/// has one: it is turned away, and kept as a rejection.
#[test]
fn a_form_of_another_site_declares_nothing_with_a_certificate() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let body = &demo.said["examples"]["break_glass"]["body"];
    let named = demo.identity("physician-elsewhere")["person"].as_str();
    let client = with_certificate(&demo, named.unwrap());
    let patient = body["patient"].as_str().unwrap();
    let form = format!("patient={patient}&reason=life-threatening");
    let post = |origin: &str| {
        client.ask(
            &Ask::new("POST", "/break-glass")
                .header("content-type", "application/x-www-form-urlencoded")
                .header("origin", origin)
                .body(form.as_bytes()),
        )
    };
    let foreign = post("https://elsewhere.example");
    let told = foreign.reason();
    assert_eq!(
        (foreign.status, told.as_str()),
        (403, "request-forbidden-construct")
    );
    await_rejections(&demo.data, "foreign-form", 1);
    let own = post(&format!("https://localhost:{}", demo.port));
    assert_eq!(own.status, 201, "{}", own.text());
    assert_eq!(declarations(&demo), 1);
}

/// Taps that arrive together, as from an impatient hand: one glass, one review.
#[test]
fn two_taps_at_once_open_one_glass() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let token = demo.token("physician-elsewhere");
    let patient = demo.said["examples"]["break_glass"]["body"]["patient"].clone();
    let body = serde_json::json!({ "patient": patient, "reason": "life-threatening" });
    let barrier = std::sync::Barrier::new(8);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let taps: Vec<_> = (0..8)
            .map(|_| {
                let client = demo.client();
                let (body, barrier) = (&body, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    client.ask(&Ask::post_json("/break-glass", body).bearer(token))
                })
            })
            .collect();
        taps.into_iter().map(|tap| tap.join().unwrap()).collect()
    });
    let opened = answers.iter().filter(|answer| answer.status == 201).count();
    let told = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((opened, told), (1, 7));
    let glass = answers.first().unwrap().json()["glass"].clone();
    assert!(answers.iter().all(|answer| answer.json()["glass"] == glass));
    assert_eq!(declarations(&demo), 1);
}

/// A browser: one tap declares, the page ends the opening, and the officers' pages do the rest. A
/// restart in between changes nothing.
#[test]
fn the_pages_lead_from_the_refusal_to_the_review() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let example = demo.said["examples"]["break_glass"].clone();
    let page = |demo: &Demonstration, ask: Ask, role: &str| -> (u16, String, Answer) {
        let ask = ask.bearer(demo.token(role)).header("accept", "text/html");
        let answer = demo.client().ask(&ask);
        let html = String::from_utf8_lossy(&answer.body).into_owned();
        (answer.status, html, answer)
    };
    let form = |target: &str, body: &str| {
        Ask::new("POST", target)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.as_bytes())
    };
    let patient = example["body"]["patient"].as_str().unwrap().to_owned();
    let declared = form(
        "/break-glass",
        &format!("patient={patient}&reason=called-for-help&text=&return=%2F"),
    );
    let (status, html, answer) = page(&demo, declared, "physician-elsewhere");
    assert_eq!(status, 201);
    let Event::GlassDeclared(kept) = event_at(&demo.data, answer.evidence().unwrap()) else {
        panic!("no declaration");
    };
    assert!(html.contains(&format!("/break-glass/{}", kept.glass)));

    // A restart: the opening is still there, and can still be ended.
    drop(demo);
    let demo = Demonstration::start(place.path());
    let own = Ask::get("/break-glass");
    let (_, html, _) = page(&demo, own, "physician-elsewhere");
    assert!(
        html.contains(&format!("/break-glass/{}/end", kept.glass)),
        "{html}"
    );
    let review = format!("/console/reviews/{}", kept.review);
    let finding = "finding=justified&text=why";
    let (early, ..) = page(&demo, form(&review, finding), "security-officer");
    assert_eq!(early, 409, "it is still open");

    let end = format!("/break-glass/{}/end", kept.glass);
    let (nobody, ..) = page(&demo, form(&end, ""), "ward-nurse");
    assert_eq!(nobody, 403);
    let (ended, html, answer) = page(&demo, form(&end, ""), "security-officer");
    assert_eq!(ended, 200);
    assert!(
        !html.contains(&patient),
        "an officer is not told whose record it was"
    );
    let Event::GlassEnded(end) = event_at(&demo.data, answer.evidence().unwrap()) else {
        panic!("no end");
    };
    assert_eq!(
        (end.end, end.glass),
        (GlassEnd::Officer, kept.glass.clone())
    );

    drop(demo);
    let demo = Demonstration::start(place.path());
    let closed = Ask::get(&format!("/fhir/AllergyIntolerance?patient={patient}"));
    let (status, ..) = page(&demo, closed, "physician-elsewhere");
    assert_eq!(status, 403, "what was ended stays shut after a restart");
    let (own, ..) = page(&demo, form(&review, finding), "physician-elsewhere");
    assert_eq!(own, 403);
    let (silent, html, _) = page(
        &demo,
        form(&review, "finding=justified&text="),
        "security-officer",
    );
    assert!(silent == 400 && html.contains("role=\"alert\""), "{html}");
    let (done, html, _) = page(&demo, form(&review, finding), "security-officer");
    assert_eq!(done, 200);
    assert!(!html.contains("<textarea"), "a finding is final");
    let (again, ..) = page(&demo, form(&review, finding), "data-protection-officer");
    assert_eq!(again, 409);

    let notice = format!("/console/notices/{}", kept.notices[0].notice);
    let (status, ..) = page(&demo, Ask::get(&notice), "security-officer");
    assert_eq!(
        status, 403,
        "only who gives notices learns whose record it was"
    );
    let (status, html, answer) = page(&demo, Ask::get(&notice), "data-protection-officer");
    assert!(status == 200 && html.contains(&patient), "{html}");
    let Event::Access(access) = event_at(&demo.data, answer.evidence().unwrap()) else {
        panic!("no access");
    };
    assert_eq!(
        access.disclosed.patients,
        [kept.patient],
        "that it was shown is kept"
    );
    for notice in &kept.notices {
        let target = format!("/console/notices/{}", notice.notice);
        let (status, ..) = page(
            &demo,
            form(&target, "channel=letter"),
            "data-protection-officer",
        );
        assert_eq!(status, 200);
    }
    let (gone, ..) = page(&demo, Ask::get(&review), "security-officer");
    assert_eq!(gone, 404, "nothing is owed, nothing is remembered");
    let (_, html, _) = page(
        &demo,
        Ask::get("/console/notices"),
        "data-protection-officer",
    );
    assert!(!html.contains("notice-"), "{html}");
}
