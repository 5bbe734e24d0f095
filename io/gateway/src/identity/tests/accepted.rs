//! Tokens that are accepted, and the identity they give.

use aws_lc_rs::rsa::KeySize;
use event::{AccessMode, Purpose, Timestamp};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderValue};
use serde_json::{Value, json};

use crate::identity::testing::{
    ISSUER, NOW_S, Signer, claims, claims_with, issuer, now, verifier_of,
};
use crate::identity::{
    AuthenticatedBy, Identity, KeySource, Misconfigured, Rejection, Verifier, bearer,
};

/// Verifies a token of a fresh provider with these claims.
async fn verify(claims: &Value) -> Result<Identity, Rejection> {
    let signer = Signer::ed();
    let (verifier, _folder) = verifier_of(&[signer.jwk("k1")]).await;
    verifier.verify(&signer.token("k1", claims), now())
}

#[tokio::test]
async fn each_algorithm_is_accepted_with_its_key() {
    let signers = [Signer::ed(), Signer::ec(), Signer::rsa(KeySize::Rsa2048)];
    let kids = ["ed", "ec", "rsa"];
    let jwks: Vec<_> = signers
        .iter()
        .zip(kids)
        .map(|(s, kid)| s.jwk(kid))
        .collect();
    let (verifier, _folder) = verifier_of(&jwks).await;
    for (signer, kid) in signers.iter().zip(kids) {
        let token = signer.token(kid, &claims());
        let identity = verifier.verify(&token, now()).unwrap();
        assert_eq!(identity.person.as_str(), "899700000001");
        assert_eq!(identity.purpose, Purpose::Treat);
        assert_eq!(identity.glass_wish, None);
        assert_eq!(&*identity.issuer, ISSUER);
        assert_eq!(identity.expires, Timestamp::from_s(NOW_S + 120));
        assert_eq!(identity.authenticated_by, AuthenticatedBy::Token);
        // The second time it comes from the cache and is the same.
        assert_eq!(verifier.verify(&token, now()), Ok(identity));
    }
    assert_eq!(verifier.remembered(), 3);
}

/// An independent library accepts the same tokens with the same keys: the forms are the standard's.
#[tokio::test]
async fn an_independent_library_agrees() {
    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
    let signers = [
        (Signer::ed(), Algorithm::EdDSA),
        (Signer::ec(), Algorithm::ES256),
        (Signer::rsa(KeySize::Rsa2048), Algorithm::RS256),
    ];
    for (signer, algorithm) in signers {
        let jwk: Jwk = serde_json::from_value(signer.jwk("k1")).unwrap();
        let key = DecodingKey::from_jwk(&jwk).unwrap();
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        validation.validate_aud = false;
        let token = signer.token("k1", &claims());
        assert!(
            decode::<Value>(&token, &key, &validation).is_ok(),
            "{algorithm:?}"
        );
    }
}

#[tokio::test]
async fn times_have_their_leeway_and_no_more() {
    let signer = Signer::ed();
    let (verifier, _folder) = verifier_of(&[signer.jwk("k1")]).await;
    let token = signer.token("k1", &claims_with("nbf", json!(NOW_S)));
    let at = |us: u64| verifier.verify(&token, Timestamp::from_us(us)).map(|_| ());
    let us = 1_000_000;
    // Forwards and backwards, so that each instant is asked with and without the cache.
    for _ in 0..2 {
        assert_eq!(at((NOW_S - 30) * us - 1), Err(Rejection::TokenNotYetValid));
        assert_eq!(at((NOW_S - 30) * us), Ok(()));
        assert_eq!(at((NOW_S + 150) * us - 1), Ok(()));
        assert_eq!(at((NOW_S + 150) * us), Err(Rejection::TokenExpired));
    }
    // A connection that outlives the token gets no leeway: its next request renews it.
    let identity = verifier.verify(&token, now()).unwrap();
    assert_eq!(identity.check(Timestamp::from_s(NOW_S + 119)), Ok(()));
    let ended = identity.check(Timestamp::from_s(NOW_S + 120));
    assert_eq!(ended, Err(Rejection::TokenExpired));
}

#[tokio::test]
async fn subjects_become_persons() {
    let cases = [
        ("899700000001", Some("899700000001")),
        ("f:1b2c-realm:899700000001", Some("899700000001")),
        (
            "1b2c3d4e-0000-4000-8000-000000000001",
            Some("1b2c3d4e-0000-4000-8000-000000000001"),
        ),
        ("f:realm:a:b", None),
        ("f::899700000001", None),
        ("f:realm:", None),
        ("f:899700000001", None),
        ("a b", None),
        ("é", None),
        ("../etc", None),
    ];
    for (subject, person) in cases {
        let told = verify(&claims_with("sub", json!(subject))).await;
        let expected = person.ok_or(Rejection::TokenSubject);
        assert_eq!(
            told.as_ref().map(|i| i.person.as_str()).map_err(|r| *r),
            expected,
            "{subject}"
        );
    }
}

#[tokio::test]
async fn an_audience_may_be_one_of_several() {
    assert!(
        verify(&claims_with("aud", json!(["other", "hygie-web"])))
            .await
            .is_ok()
    );
    assert!(
        verify(&claims_with("aud", json!("hygie-web")))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn sessions_follow_the_providers_session_then_the_token() {
    let signer = Signer::ed();
    let (verifier, _folder) = verifier_of(&[signer.jwk("k1")]).await;
    let session = |claims: &Value| {
        let identity = verifier.verify(&signer.token("k1", claims), now()).unwrap();
        identity.session.as_str().to_owned()
    };
    let first = session(&claims());
    assert_eq!(first.len(), 32);
    assert!(first.bytes().all(|b| b.is_ascii_hexdigit()));
    // A renewed token of the same session keeps it.
    assert_eq!(session(&claims_with("exp", json!(NOW_S + 500))), first);
    assert_ne!(session(&claims_with("sid", json!("s-2"))), first);
    assert_ne!(session(&claims_with("sub", json!("899700000002"))), first);
    let mut without = claims_with("sid", Value::Null);
    let unnamed = session(&without);
    without["jti"] = json!("s-1");
    // A `jti` that reads like another's `sid` does not lead into that session.
    assert_ne!(session(&without), first);
    assert_ne!(session(&without), unnamed);
}

/// The value of `extensions.ihe_iua.purpose_of_use` for these codes.
fn iua(codes: &[&str]) -> Value {
    let coding = |code: &&str| {
        let system = match code.parse::<AccessMode>() {
            Ok(_) => "https://mos.esante.gouv.fr/NOS/TRE_R248-ModeAcces/FHIR/TRE-R248-ModeAcces",
            Err(_) => "http://terminology.hl7.org/CodeSystem/v3-ActReason",
        };
        json!({"system": system, "code": code})
    };
    json!({"ihe_iua": {"purpose_of_use": codes.iter().map(coding).collect::<Vec<_>>()}})
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases reads best in one piece"
)]
async fn purposes_are_read_and_an_emergency_stays_a_wish() {
    use AccessMode::{BrisDeGlace, Centre15};
    use Purpose::{Hoperat, Hresch, Treat};
    let cases = [
        ("extensions", iua(&["HOPERAT"]), Ok((Hoperat, None))),
        ("extensions", iua(&["TREAT", "HRESCH"]), Ok((Treat, None))),
        ("extensions", iua(&["BTG"]), Ok((Treat, Some(BrisDeGlace)))),
        ("extensions", iua(&["ETREAT"]), Ok((Treat, Some(Centre15)))),
        (
            "extensions",
            iua(&["bris_de_glace"]),
            Ok((Treat, Some(BrisDeGlace))),
        ),
        ("extensions", iua(&["normal"]), Ok((Treat, None))),
        (
            "extensions",
            iua(&["BTG", "HRESCH"]),
            Ok((Hresch, Some(BrisDeGlace))),
        ),
        ("extensions", iua(&[]), Ok((Treat, None))),
        ("extensions", json!({}), Ok((Treat, None))),
        (
            "extensions",
            json!({"ihe_iua": {"purpose_of_use": {"code": "HRESCH"}}}),
            Ok((Hresch, None)),
        ),
        (
            "extensions",
            iua(&["MARKETING"]),
            Err(Rejection::TokenPurpose),
        ),
        (
            "extensions",
            iua(&["TREAT", "treat"]),
            Err(Rejection::TokenPurpose),
        ),
        (
            "extensions",
            iua(&["TREAT"; 9]),
            Err(Rejection::TokenMalformed),
        ),
        ("extensions", json!("TREAT"), Err(Rejection::TokenMalformed)),
        (
            "extensions",
            json!({"ihe_iua": {"purpose_of_use": ["TREAT"]}}),
            Err(Rejection::TokenMalformed),
        ),
        ("Mode_Acces_Raison", json!("normal"), Ok((Treat, None))),
        (
            "Mode_Acces_Raison",
            json!("bris_de_glace^1.2.250.1.213.1.1.4.248"),
            Ok((Treat, Some(BrisDeGlace))),
        ),
        (
            "Mode_Acces_Raison",
            json!("centre_15"),
            Ok((Treat, Some(Centre15))),
        ),
        (
            "Mode_Acces_Raison",
            json!("patient inconscient"),
            Ok((Treat, None)),
        ),
        ("Mode_Acces_Raison", json!(""), Ok((Treat, None))),
        (
            "Acces_Regulation_Medicale",
            json!("VRAI"),
            Ok((Treat, Some(Centre15))),
        ),
        (
            "Acces_Regulation_Medicale",
            json!("FAUX"),
            Ok((Treat, None)),
        ),
        (
            "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse",
            json!([{"code": "HRESCH"}]),
            Ok((Hresch, None)),
        ),
    ];
    for (name, value, expected) in cases {
        let told = verify(&claims_with(name, value.clone())).await;
        assert_eq!(
            told.map(|i| (i.purpose, i.glass_wish)),
            expected,
            "{name}: {value}"
        );
    }
}

#[tokio::test]
async fn a_purpose_is_read_in_the_form_of_each_standard_and_refused_in_no_other() {
    use AccessMode::{BrisDeGlace, Centre15};
    use Purpose::{Hpaymt, Patrqt, Treat};
    const XSPA: &str = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse";
    let iua = |system: &str, code: &str| json!({"ihe_iua": {"purpose_of_use": [{"system": system, "code": code}]}});
    let unknown = Err(Rejection::TokenPurpose);
    let (reasons, modes) = ("urn:oid:2.16.840.1.113883.5.8", "1.2.250.1.213.1.1.4.248");
    let cases = [
        ("extensions", iua(reasons, "HPAYMT"), Ok((Hpaymt, None))),
        ("extensions", iua(reasons, "bris_de_glace"), unknown),
        (
            "extensions",
            iua(modes, "centre_15"),
            Ok((Treat, Some(Centre15))),
        ),
        (
            "extensions",
            iua("urn:oid:1.2.250.1.213.1.1.5.336", "normal"),
            Ok((Treat, None)),
        ),
        (
            "extensions",
            iua("1.2.250.1.213.1.1.4.336", "bris_de_glace"),
            Ok((Treat, Some(BrisDeGlace))),
        ),
        ("extensions", iua(modes, "TREAT"), unknown),
        ("extensions", iua("urn:oid:1.2.3", "TREAT"), unknown),
        (
            "extensions",
            json!({"ihe_iua": {"purpose_of_use": [{"system": 1, "code": "TREAT"}]}}),
            Err(Rejection::TokenMalformed),
        ),
        (
            XSPA,
            json!({"code": "normal", "codeSystem": modes, "codeSystemName": "mode acces VIHF 2.0"}),
            Ok((Treat, None)),
        ),
        (
            XSPA,
            json!([{"code": "PATRQT", "codeSystem": "2.16.840.1.113883.5.8"}]),
            Ok((Patrqt, None)),
        ),
        (
            XSPA,
            json!({"code": "normal", "codeSystem": "1.2.3"}),
            unknown,
        ),
    ];
    check_purposes(&cases).await;
}

#[tokio::test]
async fn a_purpose_in_the_form_of_udap() {
    use AccessMode::Centre15;
    use Purpose::{Hpaymt, Patrqt, Treat};
    let udap = |entry: &str| json!({"hl7-b2b": {"purpose_of_use": [entry]}});
    let unknown = Err(Rejection::TokenPurpose);
    let cases = [
        (
            "extensions",
            udap("urn:oid:2.16.840.1.113883.5.8#HPAYMT"),
            Ok((Hpaymt, None)),
        ),
        ("extensions", udap("PATRQT"), Ok((Patrqt, None))),
        (
            "extensions",
            udap("urn:oid:2.16.840.1.113883.5.8#ETREAT"),
            Ok((Treat, Some(Centre15))),
        ),
        ("extensions", udap("urn:oid:9#TREAT"), unknown),
        ("extensions", udap(""), unknown),
        (
            "extensions",
            json!({"hl7-b2b": {"purpose_of_use": [7]}}),
            Err(Rejection::TokenMalformed),
        ),
        (
            "extensions",
            json!({"hl7-b2b": {"purpose_of_use": vec!["TREAT"; 9]}}),
            Err(Rejection::TokenMalformed),
        ),
    ];
    check_purposes(&cases).await;
}

/// A claim, its value, and the purpose and wish that the token then has.
type Case<'a> = (&'a str, Value, Told);
type Told = Result<(Purpose, Option<AccessMode>), Rejection>;

async fn check_purposes(cases: &[Case<'_>]) {
    for (name, value, expected) in cases {
        let told = verify(&claims_with(name, value.clone())).await;
        assert_eq!(
            told.map(|i| (i.purpose, i.glass_wish)),
            *expected,
            "{name}: {value}"
        );
    }
}

#[test]
fn the_bearer_token_is_taken_from_one_header() {
    let check = |values: &[&[u8]], expected: Result<&str, Rejection>| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        assert_eq!(bearer(&headers), expected, "{values:?}");
    };
    check(&[b"Bearer a.b.c"], Ok("a.b.c"));
    check(&[b"bEARER a.b.c"], Ok("a.b.c"));
    check(&[], Err(Rejection::TokenMissing));
    check(&[b""], Err(Rejection::TokenMissing));
    check(&[b"Bearer"], Err(Rejection::TokenMissing));
    check(&[b"Bearer "], Err(Rejection::TokenMissing));
    check(&[b"Basic YTpi"], Err(Rejection::TokenMissing));
    check(&[b"Bearera.b.c"], Err(Rejection::TokenMissing));
    check(&[b"Bearer  a.b.c"], Err(Rejection::TokenMalformed));
    check(&[b"Bearer a.b.c, Bearer d"], Err(Rejection::TokenMalformed));
    check(&[b"Bearer a.\xff.c"], Err(Rejection::TokenMalformed));
    check(
        &[b"Bearer a.b.c", b"Bearer a.b.c"],
        Err(Rejection::TokenMalformed),
    );
    check(
        &[[b"Bearer ".as_slice(), &[b'a'; 8193]].concat().as_slice()],
        Err(Rejection::TokenTooLong),
    );
}

#[test]
fn a_configuration_outside_its_limits_is_refused() {
    let file = || issuer(KeySource::File("keys.json".into()));
    let url = |url: &str| {
        issuer(KeySource::Url {
            url: url.to_owned(),
            ca_file: None,
        })
    };
    let mut late = file();
    late.leeway_s = 61;
    let mut nobody = file();
    nobody.audiences.clear();
    let mut hasty = file();
    hasty.refresh = std::time::Duration::from_secs(9);
    for issuer in [late, nobody, hasty] {
        let refused = Verifier::new(vec![issuer]);
        assert!(
            matches!(refused, Err(Misconfigured::Limit { .. })),
            "{refused:?}"
        );
    }
    let twice = Verifier::new(vec![file(), file()]);
    assert!(matches!(twice, Err(Misconfigured::IssuerTwice(_))));
    let many = (0..17).map(|_| file()).collect();
    assert!(matches!(
        Verifier::new(many),
        Err(Misconfigured::TooManyIssuers)
    ));
    let plain = [
        "http://127.0.0.1:8080/jwks",
        "http://[::1]/jwks",
        "http://localhost:80/",
    ];
    for address in plain {
        assert!(Verifier::new(vec![url(address)]).is_ok(), "{address}");
    }
    let refused = [
        "http://id.example.org/jwks",
        "http://127.0.0.1.example.org/jwks",
        "http://10.0.0.1/jwks",
        "http://localhost@id.example.org/jwks",
        "https://user:secret@id.example.org/jwks",
        "https://id.example.org/jwks#part",
        "ftp://127.0.0.1/jwks",
        "file:///etc/passwd",
        "/jwks",
        "id.example.org",
        "",
    ];
    for address in refused {
        let told = Verifier::new(vec![url(address)]);
        assert!(matches!(told, Err(Misconfigured::Url { .. })), "{address}");
    }
}

#[test]
fn codes_are_unique_and_ordered() {
    let codes: Vec<_> = Rejection::ALL.iter().map(|r| r.code()).collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
}
