//! Keys over time: rotation, outages, and a memory of tokens that never outlives either.

use std::time::Duration;

use event::Timestamp;
use serde_json::json;

use crate::identity::cache::{Cache, Verified, digest_of};
use crate::identity::testing::{
    NOW_S, Provider, Signer, claims, claims_with, issuer, jwks, now, verifier_of,
};
use crate::identity::{KeySource, KeysFault, Rejection, Verifier};

fn at(s: u64) -> Timestamp {
    Timestamp::from_s(NOW_S + s)
}

/// A verifier whose provider publishes this key under `k1`.
async fn scene(signer: &Signer) -> (Provider, Verifier) {
    let provider = Provider::start().await;
    provider.publish(&[signer.jwk("k1")]);
    let verifier = Verifier::new(vec![issuer(provider.source())]).unwrap();
    (provider, verifier)
}

#[tokio::test]
async fn nothing_is_accepted_before_the_first_keys() {
    let signer = Signer::ed();
    let (_provider, verifier) = scene(&signer).await;
    let token = signer.token("k1", &claims());
    assert_eq!(
        verifier.verify(&token, now()),
        Err(Rejection::TokenKeyUnknown)
    );
    let told = verifier.refresh(now()).await;
    assert_eq!(told.len(), 1);
    assert!(
        told[0]
            .outcome
            .as_ref()
            .is_ok_and(|l| l.changed && l.usable == 1),
        "{told:?}"
    );
    assert!(verifier.verify(&token, now()).is_ok());
    // It is not due again before the interval has passed.
    assert!(verifier.refresh(at(299)).await.is_empty());
    let told = verifier.refresh(at(300)).await;
    assert!(
        told[0].outcome.as_ref().is_ok_and(|l| !l.changed),
        "{told:?}"
    );
}

#[tokio::test]
async fn new_keys_are_accepted_and_removed_keys_are_not() {
    let (old, new) = (Signer::ed(), Signer::ec());
    let (provider, verifier) = scene(&old).await;
    verifier.refresh(now()).await;
    let long = claims_with("exp", json!(NOW_S + 3600));
    let (old_token, new_token) = (old.token("k1", &long), new.token("k2", &long));
    assert!(verifier.verify(&old_token, now()).is_ok());
    assert_eq!(
        verifier.verify(&new_token, now()),
        Err(Rejection::TokenKeyUnknown)
    );

    provider.publish(&[old.jwk("k1"), new.jwk("k2")]);
    verifier.refresh(at(300)).await;
    assert!(verifier.verify(&old_token, at(300)).is_ok());
    assert!(verifier.verify(&new_token, at(300)).is_ok());

    // Both are remembered now; the one whose key is gone is refused all the same.
    provider.publish(&[new.jwk("k2")]);
    verifier.refresh(at(600)).await;
    assert_eq!(
        verifier.verify(&old_token, at(600)),
        Err(Rejection::TokenKeyUnknown)
    );
    assert!(verifier.verify(&new_token, at(600)).is_ok());

    // A name that is given to another key is another key.
    provider.publish(&[old.jwk("k2")]);
    verifier.refresh(at(900)).await;
    assert_eq!(
        verifier.verify(&new_token, at(900)),
        Err(Rejection::TokenAlgorithm)
    );

    // A provider that publishes no key at all withdraws them all.
    provider.publish(&[]);
    verifier.refresh(at(1200)).await;
    assert_eq!(
        verifier.verify(&new_token, at(1200)),
        Err(Rejection::TokenKeyUnknown)
    );
}

#[tokio::test]
async fn an_unknown_key_causes_one_refresh_in_ten_seconds() {
    let (old, new) = (Signer::ed(), Signer::ed());
    let (provider, verifier) = scene(&old).await;
    verifier.refresh(now()).await;
    provider.publish(&[old.jwk("k1"), new.jwk("k2")]);
    let token = new.token("k2", &claims());
    let forged = new.token("k3", &claims());

    // The refresh of a moment ago counts: the provider is not asked again yet.
    let refused = verifier.verify_or_refresh(&token, at(9)).await;
    assert_eq!(refused, Err(Rejection::TokenKeyUnknown));
    assert_eq!(provider.asked(), 1);
    assert!(verifier.verify_or_refresh(&token, at(10)).await.is_ok());
    assert_eq!(provider.asked(), 2);
    for s in 10..20 {
        let refused = verifier.verify_or_refresh(&forged, at(s)).await;
        assert_eq!(refused, Err(Rejection::TokenKeyUnknown));
    }
    assert_eq!(provider.asked(), 2);
    // Only a missing key asks: a bad signature, a foreign issuer or no `kid` never do.
    let idle = [
        new.token("k1", &claims()),
        new.token("k9", &claims_with("iss", json!("https://evil.example"))),
        new.token_raw(r#"{"alg":"EdDSA"}"#, &claims().to_string()),
    ];
    for token in idle {
        assert!(verifier.verify_or_refresh(&token, at(100)).await.is_err());
    }
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn many_at_once_share_one_refresh() {
    let (old, new) = (Signer::ed(), Signer::ed());
    let (provider, verifier) = scene(&old).await;
    verifier.refresh(now()).await;
    provider.publish(&[new.jwk("k2")]);
    let token = new.token("k2", &claims());
    let verifier = std::sync::Arc::new(verifier);
    let mut asks = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (verifier, token) = (std::sync::Arc::clone(&verifier), token.clone());
        asks.spawn(async move { verifier.verify_or_refresh(&token, at(10)).await.is_ok() });
    }
    assert!(asks.join_all().await.into_iter().all(|accepted| accepted));
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn a_failing_provider_leaves_the_last_good_keys() {
    let signer = Signer::ed();
    let (provider, verifier) = scene(&signer).await;
    verifier.refresh(now()).await;
    let token = signer.token("k1", &claims_with("exp", json!(NOW_S + 30 * 24 * 3600)));
    let evil = jwks(&[Signer::ed().jwk("k1")]);
    let huge = format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(300_000));
    let lying = format!("HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n{evil}");
    let answers = [
        (
            "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n".to_owned(),
            KeysFault::Status(500),
        ),
        (
            format!("HTTP/1.1 404 No\r\n\r\n{evil}"),
            KeysFault::Status(404),
        ),
        (
            "HTTP/1.1 302 Found\r\nlocation: /evil\r\ncontent-length: 0\r\n\r\n".to_owned(),
            KeysFault::Status(302),
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>".to_owned(),
            KeysFault::NotKeys,
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned(),
            KeysFault::NotKeys,
        ),
        (huge, KeysFault::TooLarge),
        (lying, KeysFault::Unreachable),
        ("garbage".to_owned(), KeysFault::Unreachable),
        (String::new(), KeysFault::Unreachable),
    ];
    let mut s = 300;
    for (answer, fault) in answers {
        let name: String = answer.chars().take(40).collect();
        provider.answer(answer);
        let told = verifier.refresh(at(s)).await;
        assert_eq!(
            told.first().map(|t| t.outcome.clone()),
            Some(Err(fault)),
            "{name}"
        );
        assert!(verifier.verify(&token, at(s)).is_ok(), "{name}");
        assert_eq!(verifier.states()[0].fault, Some(fault));
        // A failure is tried again after half a minute, not after the whole interval.
        assert!(verifier.refresh(at(s + 29)).await.is_empty());
        s += 30;
    }
    // A token without a valid signature gains nothing from the outage.
    let forged = Signer::ed().token("k1", &claims());
    assert_eq!(
        verifier.verify(&forged, at(s)),
        Err(Rejection::TokenSignature)
    );
    // After a week of silence the keys are not trusted any more, remembered or not.
    let week = Duration::from_secs(7 * 24 * 3600);
    assert!(verifier.verify(&token, now().after(week)).is_ok());
    let late = now().after(week + Duration::from_secs(1));
    assert_eq!(
        verifier.verify(&token, late),
        Err(Rejection::TokenKeyUnknown)
    );
    // Its return ends the outage.
    provider.publish(&[signer.jwk("k1")]);
    verifier.refresh(late).await;
    assert_eq!(verifier.states()[0].fault, None);
    assert!(verifier.verify(&token, late).is_ok());
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_stops_nothing() {
    let signer = Signer::ed();
    // The port is free again once the listener is gone.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}/jwks");
    let verifier = Verifier::new(vec![issuer(KeySource::Url { url, ca_file: None })]).unwrap();
    let told = verifier.refresh(now()).await;
    assert_eq!(told[0].outcome, Err(KeysFault::Unreachable));
    let token = signer.token("k1", &claims());
    assert_eq!(
        verifier.verify(&token, now()),
        Err(Rejection::TokenKeyUnknown)
    );
}

#[tokio::test]
async fn a_file_is_read_again_and_a_bad_one_changes_nothing() {
    let (old, new) = (Signer::ed(), Signer::ed());
    let (verifier, folder) = verifier_of(&[old.jwk("k1")]).await;
    let path = folder.path().join("jwks.json");
    let (old_token, new_token) = (old.token("k1", &claims()), new.token("k2", &claims()));
    std::fs::write(&path, "{").unwrap();
    let told = verifier.refresh(at(300)).await;
    assert_eq!(told[0].outcome, Err(KeysFault::NotKeys));
    assert!(verifier.verify(&old_token, now()).is_ok());
    std::fs::write(&path, " ".repeat(262_145)).unwrap();
    let told = verifier.refresh(at(330)).await;
    assert_eq!(told[0].outcome, Err(KeysFault::TooLarge));
    std::fs::remove_file(&path).unwrap();
    let told = verifier.refresh(at(360)).await;
    assert_eq!(told[0].outcome, Err(KeysFault::File));
    std::fs::write(&path, jwks(&[new.jwk("k2")])).unwrap();
    verifier.refresh(at(390)).await;
    assert!(verifier.verify(&new_token, now()).is_ok());
    assert_eq!(
        verifier.verify(&old_token, now()),
        Err(Rejection::TokenKeyUnknown)
    );
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_renewals() {
    let signer = Signer::ed();
    let (provider, verifier) = scene(&signer).await;
    verifier.refresh(at(1_000_000)).await;
    verifier.refresh(now()).await;
    assert_eq!(provider.asked(), 2);
    let unknown = signer.token("k2", &claims());
    verifier.refresh(at(1_000_000)).await;
    let refused = verifier.verify_or_refresh(&unknown, now()).await;
    assert_eq!(refused, Err(Rejection::TokenKeyUnknown));
    assert_eq!(provider.asked(), 4);
}

#[tokio::test]
async fn the_memory_of_tokens_is_bounded() {
    let signer = Signer::ed();
    let (verifier, _folder) = verifier_of(&[signer.jwk("k1")]).await;
    let identity = verifier
        .verify(&signer.token("k1", &claims()), now())
        .unwrap();
    let cache = Cache::new();
    let verified = |s| Verified {
        identity: identity.clone(),
        ring: 0,
        epoch: s,
        from: now(),
        until: at(s),
    };
    for number in 0..40_000 {
        cache.keep(digest_of(&number.to_string()), verified(number));
    }
    assert_eq!(cache.len(), 16 * 1024);
    // The latest are those that are remembered.
    assert_eq!(
        cache.find(&digest_of("39999")).map(|v| v.epoch),
        Some(39_999)
    );
    assert!(cache.find(&digest_of("0")).is_none());
}

#[tokio::test]
async fn the_keys_of_one_provider_are_worth_nothing_for_another() {
    let (a, b) = (Signer::ed(), Signer::ed());
    let folder = tempfile::tempdir().unwrap();
    let (a_path, b_path) = (folder.path().join("a.json"), folder.path().join("b.json"));
    std::fs::write(&a_path, jwks(&[a.jwk("k")])).unwrap();
    std::fs::write(&b_path, jwks(&[b.jwk("k")])).unwrap();
    let mut other = issuer(KeySource::File(b_path));
    other.issuer = "https://other.example.org".to_owned();
    let issuers = vec![issuer(KeySource::File(a_path)), other];
    let verifier = Verifier::new(issuers).unwrap();
    assert_eq!(verifier.refresh(now()).await.len(), 2);
    assert!(verifier.verify(&a.token("k", &claims()), now()).is_ok());
    let crossed = verifier.verify(&b.token("k", &claims()), now());
    assert_eq!(crossed, Err(Rejection::TokenSignature));
    let theirs = claims_with("iss", json!("https://other.example.org"));
    assert!(verifier.verify(&b.token("k", &theirs), now()).is_ok());
}
