use std::collections::BTreeSet;

use super::*;
use crate::demo::fhir_server::tests::Running;
use crate::demo::tests::group;

async fn page(tier: Tier) -> Running {
    let (_, _, directory) = group();
    Running::start(|_| PlantPages::new(directory, tier)).await
}

fn asking(language: &str) -> String {
    format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept-language: {language}\r\n\r\n")
}

#[tokio::test]
async fn each_page_lists_its_tier_and_no_other() {
    let (_, _, directory) = group();
    for tier in [Tier::Medical, Tier::Building] {
        let server = page(tier).await;
        let reply = server.get("/").await;
        assert_eq!(reply.status, 200);
        for asset in directory.assets() {
            let cell = format!("<code>{}</code>", asset.id);
            assert_eq!(reply.body.contains(&cell), asset.tier == tier, "{cell}");
        }
        for establishment in directory.establishments() {
            assert!(reply.body.contains(&escape(&establishment.name)));
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn pages_speak_french_and_english() {
    let server = page(Tier::Building).await;
    for (wish, language, words) in [
        ("fr", "fr", "Automates du bâtiment"),
        ("en-GB,en;q=0.9,fr;q=0.5", "en", "Building controllers"),
        ("de", "fr", "Automates du bâtiment"),
        ("en;q=0.1, fr-CA", "fr", "en veille"),
    ] {
        let reply = server.ask(&asking(wish)).await;
        assert!(
            reply
                .head
                .contains(&format!("content-language: {language}")),
            "{wish}"
        );
        assert!(
            reply.body.contains(&format!("<html lang=\"{language}\">")),
            "{wish}"
        );
        assert!(reply.body.contains(words), "{wish}");
    }
    server.stop().await;
}

#[tokio::test]
async fn pages_carry_no_script_and_forbid_any() {
    let server = page(Tier::Medical).await;
    let reply = server.get("/").await;
    assert!(
        reply
            .head
            .contains("content-security-policy: default-src 'none'")
    );
    assert!(!reply.body.contains("<script") && !reply.body.contains("javascript:"));
    assert_eq!(server.get("/other").await.status, 404);
    let posted = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let reply = server.ask(posted).await;
    assert_eq!(reply.status, 405);
    assert!(reply.body.contains("ne peut qu'être lue"));
    server.stop().await;
}

#[test]
fn every_kind_and_function_of_the_group_has_words_in_both_languages() {
    let (_, _, directory) = group();
    for language in Language::ALL {
        let words = Words(*language);
        for asset in directory.assets() {
            assert_ne!(words.kind(&asset.kind), asset.kind);
            if let Some(function) = &asset.care_function {
                assert_ne!(words.function(function), "–", "{function}");
            }
        }
    }
    let states: BTreeSet<&str> = directory
        .assets()
        .iter()
        .map(|it| State::of(it).class())
        .collect();
    assert_eq!(states.len(), 4, "the pages show every state");
}

#[test]
fn names_are_escaped() {
    assert_eq!(
        escape("<b>\"L'eau\" & l'air"),
        "&lt;b&gt;&quot;L&#39;eau&quot; &amp; l&#39;air"
    );
}
