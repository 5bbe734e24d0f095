//! Forged and broken tokens, each with the code of its refusal.

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::KeySize;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::identity::Rejection;
use crate::identity::testing::{
    ISSUER, NOW_S, Signer, b64, claims, claims_with, jwks, now, verifier_of,
};
use crate::identity::{SkipReason, jwks::Keys};

/// The three providers' keys that the forger knows the public part of.
struct Scene {
    ed: Signer,
    ec: Signer,
    rsa: Signer,
}

impl Scene {
    fn new() -> Self {
        let rsa = Signer::rsa(KeySize::Rsa2048);
        Self {
            ed: Signer::ed(),
            ec: Signer::ec(),
            rsa,
        }
    }

    fn jwks(&self) -> [Value; 3] {
        [self.ed.jwk("ed"), self.ec.jwk("ec"), self.rsa.jwk("rsa")]
    }

    /// Every token of a scene is refused with its code, twice, so that no refusal is remembered as
    /// anything else.
    async fn refuse(&self, cases: Vec<(&str, String, Rejection)>) {
        let (verifier, _folder) = verifier_of(&self.jwks()).await;
        for (name, token, expected) in cases {
            for _ in 0..2 {
                assert_eq!(verifier.verify(&token, now()), Err(expected), "{name}");
            }
        }
        assert_eq!(verifier.remembered(), 0);
    }
}

/// A token signed by HMAC with this key.
fn hs256(key: &[u8], kid: &str) -> String {
    let header = json!({"alg": "HS256", "kid": kid}).to_string();
    let signed = format!(
        "{}.{}",
        b64(header.as_bytes()),
        b64(claims().to_string().as_bytes())
    );
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
    format!("{signed}.{}", b64(tag.as_ref()))
}

fn public_bytes(jwk: &Value, part: &str) -> Vec<u8> {
    crate::identity::token::decode(jwk[part].as_str().unwrap()).unwrap()
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases reads best in one piece"
)]
async fn algorithms_cannot_be_chosen_by_the_forger() {
    let scene = Scene::new();
    let header = |alg: Value, kid: &str| json!({"alg": alg, "kid": kid}).to_string();
    let body = claims().to_string();
    let unsigned = |alg: &str| {
        format!(
            "{}.{}.",
            b64(header(json!(alg), "ed").as_bytes()),
            b64(body.as_bytes())
        )
    };
    let ed_with = |alg: Value, kid: &str| scene.ed.token_raw(&header(alg, kid), &body);
    let [ed_jwk, _, rsa_jwk] = scene.jwks();
    let cases = vec![
        ("none", unsigned("none"), Rejection::TokenAlgorithm),
        ("None", unsigned("None"), Rejection::TokenAlgorithm),
        ("empty alg", unsigned(""), Rejection::TokenAlgorithm),
        ("no signature", unsigned("EdDSA"), Rejection::TokenSignature),
        (
            "hmac with n",
            hs256(&public_bytes(&rsa_jwk, "n"), "rsa"),
            Rejection::TokenAlgorithm,
        ),
        (
            "hmac with x",
            hs256(&public_bytes(&ed_jwk, "x"), "ed"),
            Rejection::TokenAlgorithm,
        ),
        (
            "RS256 under an EC key",
            ed_with(json!("RS256"), "ec"),
            Rejection::TokenAlgorithm,
        ),
        (
            "ES256 under an RSA key",
            ed_with(json!("ES256"), "rsa"),
            Rejection::TokenAlgorithm,
        ),
        (
            "EdDSA under an RSA key",
            ed_with(json!("EdDSA"), "rsa"),
            Rejection::TokenAlgorithm,
        ),
        (
            "PS256",
            ed_with(json!("PS256"), "rsa"),
            Rejection::TokenAlgorithm,
        ),
        (
            "ES384",
            ed_with(json!("ES384"), "ec"),
            Rejection::TokenAlgorithm,
        ),
        (
            "lower case",
            ed_with(json!("eddsa"), "ed"),
            Rejection::TokenAlgorithm,
        ),
        (
            "alg a number",
            ed_with(json!(1), "ed"),
            Rejection::TokenMalformed,
        ),
        (
            "alg a list",
            ed_with(json!(["EdDSA"]), "ed"),
            Rejection::TokenMalformed,
        ),
        (
            "no alg",
            scene.ed.token_raw(r#"{"kid":"ed"}"#, &body),
            Rejection::TokenAlgorithm,
        ),
    ];
    scene.refuse(cases).await;
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases reads best in one piece"
)]
async fn keys_cannot_be_chosen_by_the_forger() {
    let scene = Scene::new();
    let forger = Signer::ed();
    let body = claims().to_string();
    let with = |member: &str, value: Value| {
        let mut header = json!({"alg": "EdDSA", "kid": "ed"});
        header[member] = value;
        forger.token_raw(&header.to_string(), &body)
    };
    let cases = vec![
        (
            "another's key",
            forger.token("ed", &claims()),
            Rejection::TokenSignature,
        ),
        (
            "unknown kid",
            forger.token("other", &claims()),
            Rejection::TokenKeyUnknown,
        ),
        (
            "empty kid",
            forger.token("", &claims()),
            Rejection::TokenKeyUnknown,
        ),
        (
            "long kid",
            forger.token(&"k".repeat(257), &claims()),
            Rejection::TokenKeyUnknown,
        ),
        (
            "kid a path",
            forger.token("../../dev/null", &claims()),
            Rejection::TokenKeyUnknown,
        ),
        (
            "kid a number",
            with("kid", json!(1)),
            Rejection::TokenMalformed,
        ),
        (
            "no kid",
            scene.ed.token_raw(r#"{"alg":"EdDSA"}"#, &body),
            Rejection::TokenKeyUnknown,
        ),
        (
            "jwk",
            with("jwk", forger.jwk("ed")),
            Rejection::TokenMalformed,
        ),
        (
            "jku",
            with("jku", json!("https://evil.example/jwks")),
            Rejection::TokenMalformed,
        ),
        (
            "x5u",
            with("x5u", json!("https://evil.example/x5u")),
            Rejection::TokenMalformed,
        ),
        (
            "x5c",
            with("x5c", json!(["MIIB"])),
            Rejection::TokenMalformed,
        ),
        (
            "crit",
            with("crit", json!(["exp"])),
            Rejection::TokenMalformed,
        ),
        (
            "empty crit",
            with("crit", json!([])),
            Rejection::TokenMalformed,
        ),
        ("b64", with("b64", json!(false)), Rejection::TokenMalformed),
        ("zip", with("zip", json!("DEF")), Rejection::TokenMalformed),
        (
            "logout token",
            with("typ", json!("logout+jwt")),
            Rejection::TokenMalformed,
        ),
        (
            "proof of possession",
            with("typ", json!("dpop+jwt")),
            Rejection::TokenMalformed,
        ),
        (
            "typ a number",
            with("typ", json!(1)),
            Rejection::TokenMalformed,
        ),
    ];
    scene.refuse(cases).await;
}

#[tokio::test]
async fn claims_must_be_ours_now_and_readable() {
    use Rejection::{
        TokenAudience, TokenBound, TokenExpired, TokenIssuer, TokenMalformed, TokenNotYetValid,
        TokenSubject,
    };
    let scene = Scene::new();
    let nested = scene.ed.token("ed", &claims());
    let table = [
        ("exp", json!(NOW_S - 30), TokenExpired),
        ("exp", json!(0), TokenExpired),
        ("exp", Value::Null, TokenMalformed),
        ("exp", json!("1900000000"), TokenMalformed),
        ("exp", json!(-1), TokenMalformed),
        ("exp", json!(1.9e9), TokenMalformed),
        ("nbf", json!(NOW_S + 31), TokenNotYetValid),
        ("nbf", json!(u64::MAX), TokenNotYetValid),
        ("iat", json!(NOW_S + 31), TokenNotYetValid),
        ("iat", json!([]), TokenMalformed),
        ("iss", Value::Null, TokenIssuer),
        ("iss", json!("https://evil.example"), TokenIssuer),
        ("iss", json!(format!("{ISSUER}/")), TokenIssuer),
        ("iss", json!(ISSUER.to_uppercase()), TokenIssuer),
        ("iss", json!([ISSUER]), TokenMalformed),
        ("aud", Value::Null, TokenAudience),
        ("aud", json!("Hygie"), TokenAudience),
        ("aud", json!([]), TokenAudience),
        ("aud", json!(["other"]), TokenAudience),
        ("aud", json!(vec!["hygie"; 17]), TokenMalformed),
        ("aud", json!(["hygie", 1]), TokenMalformed),
        ("aud", json!({"hygie": true}), TokenMalformed),
        ("sub", Value::Null, TokenSubject),
        ("sub", json!(""), TokenSubject),
        ("sub", json!("a".repeat(65)), TokenSubject),
        ("sub", json!(899_700_000_001_u64), TokenMalformed),
        ("sid", json!(1), TokenMalformed),
        ("jti", json!({}), TokenMalformed),
        ("cnf", json!({"kid": "0ZcOCORZNYy"}), TokenBound),
        ("extensions", json!({"ihe_iua": []}), TokenMalformed),
    ];
    let mut cases: Vec<_> = table
        .into_iter()
        .map(|(name, value, code)| {
            // `jti` is read only where there is no `sid`.
            let mut claims = claims_with(name, value);
            if name == "jti" {
                claims.as_object_mut().unwrap().remove("sid");
            }
            (name, scene.ed.token("ed", &claims), code)
        })
        .collect();
    let header = r#"{"alg":"EdDSA","kid":"ed","cty":"JWT"}"#;
    cases.push((
        "nested",
        scene.ed.token_raw(header, &nested),
        TokenMalformed,
    ));
    scene.refuse(cases).await;
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases reads best in one piece"
)]
async fn only_one_spelling_is_read() {
    let scene = Scene::new();
    let valid = scene.ec.token("ec", &claims());
    let (signed, signature) = valid.rsplit_once('.').unwrap();
    let (header, body) = signed.split_once('.').unwrap();
    let raw = |header: &str, body: &str| scene.ed.token_raw(header, body);
    let head = r#"{"alg":"EdDSA","kid":"ed"}"#;
    let text = claims().to_string();
    let twice = text.replacen('{', r#"{"sub":"899700000009","#, 1);
    let escaped = text.replacen('{', r#"{"\u0073ub":"899700000009","#, 1);
    let inner = text.replacen('{', r#"{"x":{"a":1,"a":2},"#, 1);
    let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(2000), "]".repeat(2000));
    // The last character of 64 bytes carries four bits that mean nothing: `B` sets one.
    let loose = format!("{signed}.{}B", signature.get(..85).unwrap());
    let latin = [head.as_bytes(), b"\xff"].concat();
    let cases = vec![
        ("empty", String::new(), Rejection::TokenMissing),
        ("one part", "abc".to_owned(), Rejection::TokenMalformed),
        ("two parts", signed.to_owned(), Rejection::TokenMalformed),
        (
            "four parts",
            format!("{valid}.{signature}"),
            Rejection::TokenMalformed,
        ),
        (
            "five parts",
            format!("{header}.{body}.a.b.{signature}"),
            Rejection::TokenMalformed,
        ),
        (
            "leading dot",
            format!(".{valid}"),
            Rejection::TokenMalformed,
        ),
        (
            "trailing dot",
            format!("{valid}."),
            Rejection::TokenMalformed,
        ),
        ("dots only", "..".to_owned(), Rejection::TokenMalformed),
        ("padded", format!("{valid}=="), Rejection::TokenMalformed),
        (
            "padded header",
            format!("{header}=.{body}.{signature}"),
            Rejection::TokenMalformed,
        ),
        ("loose bits", loose, Rejection::TokenMalformed),
        ("space", format!(" {valid}"), Rejection::TokenMalformed),
        ("line", format!("{valid}\n"), Rejection::TokenMalformed),
        (
            "unicode",
            format!("{header}.é.{signature}"),
            Rejection::TokenMalformed,
        ),
        (
            "standard alphabet",
            format!(
                "{}.{body}.{signature}",
                STANDARD.encode(b"{\"alg\":\"???>>>\"}")
            ),
            Rejection::TokenMalformed,
        ),
        (
            "not UTF-8",
            format!("{}.{body}.{signature}", b64(&latin)),
            Rejection::TokenMalformed,
        ),
        (
            "header twice",
            raw(r#"{"alg":"EdDSA","alg":"EdDSA","kid":"ed"}"#, &text),
            Rejection::TokenMalformed,
        ),
        ("claim twice", raw(head, &twice), Rejection::TokenMalformed),
        (
            "claim twice, escaped",
            raw(head, &escaped),
            Rejection::TokenMalformed,
        ),
        (
            "inner member twice",
            raw(head, &inner),
            Rejection::TokenMalformed,
        ),
        ("claims a list", raw(head, "[]"), Rejection::TokenMalformed),
        ("claims empty", raw(head, ""), Rejection::TokenMalformed),
        (
            "claims and more",
            raw(head, &format!("{text}{text}")),
            Rejection::TokenMalformed,
        ),
        ("claims deep", raw(head, &deep), Rejection::TokenMalformed),
        (
            "byte order mark",
            raw(head, &format!("\u{feff}{text}")),
            Rejection::TokenMalformed,
        ),
        ("too long", "a".repeat(8193), Rejection::TokenTooLong),
        (
            "valid but too long",
            scene
                .ed
                .token("ed", &claims_with("x", json!("a".repeat(8000)))),
            Rejection::TokenTooLong,
        ),
    ];
    scene.refuse(cases).await;
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases reads best in one piece"
)]
fn keys_that_cannot_be_trusted_are_left_out_with_a_reason() {
    let (ed, ec, rsa) = (Signer::ed(), Signer::ec(), Signer::rsa(KeySize::Rsa2048));
    let with = |jwk: Value, name: &str, value: Value| {
        let mut jwk = jwk;
        jwk[name] = value;
        jwk
    };
    let mut short = vec![0xff; 255];
    short[254] = 0xfd;
    let cases = [
        (with(ed.jwk("k"), "use", json!("enc")), SkipReason::OtherUse),
        (
            with(ed.jwk("k"), "key_ops", json!(["sign"])),
            SkipReason::OtherUse,
        ),
        (with(ed.jwk("k"), "d", json!("AA")), SkipReason::Private),
        (with(rsa.jwk("k"), "p", json!("AA")), SkipReason::Private),
        (
            json!({"kty": "oct", "k": "AAAA", "kid": "k"}),
            SkipReason::Private,
        ),
        (
            with(ed.jwk("k"), "crv", json!("X25519")),
            SkipReason::Unsupported,
        ),
        (
            with(ec.jwk("k"), "crv", json!("P-384")),
            SkipReason::Unsupported,
        ),
        (
            with(ec.jwk("k"), "alg", json!("ES384")),
            SkipReason::Unsupported,
        ),
        (
            with(rsa.jwk("k"), "alg", json!("HS256")),
            SkipReason::Unsupported,
        ),
        (
            with(rsa.jwk("k"), "alg", json!("PS256")),
            SkipReason::Unsupported,
        ),
        (
            with(rsa.jwk("k"), "n", json!(b64(&short))),
            SkipReason::Strength,
        ),
        (
            with(rsa.jwk("k"), "n", json!(b64(&[0xff; 1025]))),
            SkipReason::Strength,
        ),
        (with(rsa.jwk("k"), "n", json!("")), SkipReason::Unreadable),
        (with(rsa.jwk("k"), "e", json!("AQ")), SkipReason::Strength),
        (
            with(rsa.jwk("k"), "e", json!("AAEAAQ")),
            SkipReason::Strength,
        ),
        (with(rsa.jwk("k"), "e", json!("AQAA")), SkipReason::Strength),
        (with(rsa.jwk("k"), "e", json!("Aw")), SkipReason::Strength),
        (
            with(rsa.jwk("k"), "e", json!("AQAAAAE")),
            SkipReason::Strength,
        ),
        (with(rsa.jwk("k"), "e", json!("*")), SkipReason::Unreadable),
        (
            with(ec.jwk("k"), "x", json!(b64(&[1; 32]))),
            SkipReason::Unreadable,
        ),
        (
            with(ec.jwk("k"), "x", json!(b64(&[1; 31]))),
            SkipReason::Unreadable,
        ),
        (
            with(ed.jwk("k"), "x", json!(b64(&[1; 31]))),
            SkipReason::Unreadable,
        ),
        (with(ed.jwk("k"), "x", json!(1)), SkipReason::Unreadable),
        (with(ed.jwk("k"), "kid", json!("")), SkipReason::Nameless),
        (with(ed.jwk("k"), "kid", json!(7)), SkipReason::Nameless),
    ];
    for (jwk, reason) in cases {
        // The others of the set stay usable.
        let keys = Keys::parse(jwks(&[jwk.clone(), ed.jwk("good")]).as_bytes()).unwrap();
        assert_eq!(
            keys.skipped.iter().map(|s| s.reason).collect::<Vec<_>>(),
            [reason],
            "{jwk}"
        );
        assert_eq!(
            (keys.len(), keys.find("good").is_some()),
            (1, true),
            "{jwk}"
        );
    }
}

#[test]
fn a_name_leads_to_one_key_or_to_none() {
    let (a, b, c) = (Signer::ed(), Signer::ec(), Signer::ed());
    let set = jwks(&[a.jwk("k"), b.jwk("k"), c.jwk("k"), c.jwk("other")]);
    let keys = Keys::parse(set.as_bytes()).unwrap();
    assert!(keys.find("k").is_none());
    assert!(keys.find("other").is_some());
    let reasons: Vec<_> = keys.skipped.iter().map(|s| s.reason).collect();
    assert_eq!(reasons, [SkipReason::Ambiguous; 2]);
    // An encryption key of the same name takes nothing away.
    let mut sealing = b.jwk("k");
    sealing["use"] = json!("enc");
    let keys = Keys::parse(jwks(&[a.jwk("k"), sealing]).as_bytes()).unwrap();
    assert!(keys.find("k").is_some());
}

#[test]
fn a_document_that_is_no_key_set_is_unreadable() {
    let many: Vec<_> = (0..65).map(|i| json!({"kid": i.to_string()})).collect();
    let documents = [
        String::new(),
        "<html>".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"keys":{}}"#.to_owned(),
        r#"{"keys":[1]}"#.to_owned(),
        r#"{"keys":[],"keys":[]}"#.to_owned(),
        r#"{"keys":[]}x"#.to_owned(),
        jwks(&many),
    ];
    for document in documents {
        assert!(Keys::parse(document.as_bytes()).is_err(), "{document}");
    }
    assert_eq!(Keys::parse(br#"{"keys":[]}"#).unwrap().len(), 0);
}
