//! Keys, tokens and a key server for the tests of identities.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use event::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::RSAPublicKey;

use super::{Issuer, KeySource, Verifier};

pub(super) const ISSUER: &str = "https://id.example.org/realms/ght";
pub(super) const AUDIENCE: &str = "hygie";
/// The instant at which the tests take place.
pub(super) const NOW_S: u64 = 1_800_000_000;

pub(super) fn now() -> Timestamp {
    Timestamp::from_s(NOW_S)
}

/// A provider's private key.
pub(super) enum Signer {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl Signer {
    pub(super) fn ed() -> Self {
        Self::Ed(Ed25519KeyPair::generate().unwrap())
    }

    pub(super) fn ec() -> Self {
        Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(super) fn rsa(size: KeySize) -> Self {
        Self::Rsa(Box::new(RsaKeyPair::generate(size).unwrap()))
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Ec(_) => "ES256",
            Self::Rsa(_) => "RS256",
        }
    }

    pub(super) fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Ed(key) => json!({
                "kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig",
                "x": b64(key.public_key().as_ref()),
            }),
            Self::Ec(key) => {
                let point = key.public_key().as_ref();
                json!({
                    "kty": "EC", "crv": "P-256", "kid": kid, "alg": "ES256",
                    "x": b64(&point[1..33]), "y": b64(&point[33..]),
                })
            }
            Self::Rsa(key) => {
                let (n, e) = rsa_parts(key);
                json!({"kty": "RSA", "kid": kid, "use": "sig", "n": b64(&n), "e": b64(&e)})
            }
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
            Self::Ec(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
        }
    }

    /// A token with this header and these claims, whatever they are.
    pub(super) fn token_raw(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", b64(header.as_bytes()), b64(claims.as_bytes()));
        let signature = self.sign(signed.as_bytes());
        format!("{signed}.{}", b64(&signature))
    }

    /// A token as a provider makes it.
    pub(super) fn token(&self, kid: &str, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm(), "typ": "JWT", "kid": kid});
        self.token_raw(&header.to_string(), &claims.to_string())
    }
}

/// Modulus and exponent of an RSA public key, without leading zeros.
fn rsa_parts(key: &RsaKeyPair) -> (Vec<u8>, Vec<u8>) {
    let (_, public) = RSAPublicKey::from_der(key.public_key().as_ref()).unwrap();
    let strip = |number: &[u8]| number.iter().copied().skip_while(|b| *b == 0).collect();
    (strip(public.modulus), strip(public.exponent))
}

/// The claims of an ordinary token.
pub(super) fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "899700000001", "sid": "s-1",
        "iat": NOW_S - 10, "exp": NOW_S + 120,
    })
}

/// The ordinary claims with one of them changed, or taken away by `null`.
pub(super) fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    match value {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.to_owned(), value)),
    }
    claims
}

pub(super) fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn jwks(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

pub(super) fn issuer(keys: KeySource) -> Issuer {
    Issuer {
        issuer: ISSUER.to_owned(),
        audiences: vec![AUDIENCE.to_owned(), "hygie-web".to_owned()],
        keys,
        refresh: Duration::from_secs(300),
        leeway_s: 30,
    }
}

/// A verifier whose keys are in a file of the folder.
pub(super) async fn verifier_of(keys: &[Value]) -> (Verifier, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    std::fs::write(&path, jwks(keys)).unwrap();
    let verifier = Verifier::new(vec![issuer(KeySource::File(path))]).unwrap();
    let told = verifier.refresh(now()).await;
    assert!(told[0].outcome.is_ok(), "{told:?}");
    (verifier, folder)
}

/// A provider on loopback that gives whatever answer the test has put.
pub(super) struct Provider {
    pub(super) url: String,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    answer: Vec<u8>,
    asked: usize,
}

impl Provider {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared {
            answer: Vec::new(),
            asked: 0,
        }));
        let inside = Arc::clone(&shared);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                // The request of a key set has no body and fits one segment on loopback.
                drop(stream.read(&mut request).await);
                let answer = {
                    let mut shared = inside.lock().unwrap();
                    shared.asked += 1;
                    shared.answer.clone()
                };
                drop(stream.write_all(&answer).await);
            }
        });
        Self { url, shared }
    }

    pub(super) fn source(&self) -> KeySource {
        KeySource::Url {
            url: self.url.clone(),
            ca_file: None,
        }
    }

    /// Publishes these keys.
    pub(super) fn publish(&self, keys: &[Value]) {
        let body = jwks(keys);
        let length = body.len();
        self.answer(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"
        ));
    }

    /// Gives this answer, byte for byte, and closes.
    pub(super) fn answer(&self, bytes: impl Into<Vec<u8>>) {
        self.shared.lock().unwrap().answer = bytes.into();
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        self.shared.lock().unwrap().asked
    }
}
