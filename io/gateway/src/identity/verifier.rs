//! From a bearer token to an [`Identity`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use event::Timestamp;
use tokio::task::JoinSet;

use super::cache::{Cache, TokenDigest, Verified, digest_of};
use super::claims::{self, Claims, Session};
use super::config;
use super::keyring::{Keyring, KeysState, Refreshed};
use super::limits::{RETRY, TOKEN_BYTES_MAX};
use super::token::Jws;
use super::{AuthenticatedBy, Identity, Issuer, Misconfigured, Rejection, Shown, session_of};

/// Verifies the bearer tokens of the configured OpenID providers.
///
/// [`Verifier::verify`] never waits: it works on keys in memory. They are renewed by
/// [`Verifier::run`], or by a caller that drives [`Verifier::refresh`] with its own clock.
pub struct Verifier {
    rings: Vec<Arc<Keyring>>,
    cache: Cache,
}

/// Why a token was turned away, and whether fresh keys of an issuer might change that.
struct Doubt {
    rejection: Rejection,
    unknown_key_of: Option<usize>,
}

impl Verifier {
    /// Checks the configuration. No key is held before the first [`Verifier::refresh`], so the
    /// door can start while a provider is down.
    pub fn new(issuers: Vec<Issuer>) -> Result<Self, Misconfigured> {
        config::check(&issuers)?;
        let open = |issuer| Keyring::open(issuer).map(Arc::new);
        let rings = issuers.into_iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self {
            rings,
            cache: Cache::new(),
        })
    }

    /// Verifies a token at `now` with the keys in memory.
    ///
    /// A token that is bound to a key is turned away: see [`Verifier::identify`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Identity, Rejection> {
        let identity = self.judge(token, now).map_err(|doubt| doubt.rejection)?;
        identity.shown_with(&Shown::default())
    }

    /// Like [`Verifier::verify`]; when the token names a key that is not held, its issuer's keys
    /// are renewed first, at most once in 10 s and within 2 s, so that a rotation refuses nobody.
    pub async fn verify_or_refresh(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Identity, Rejection> {
        self.identify(token, now, &Shown::default()).await
    }

    /// Like [`Verifier::verify_or_refresh`], for a request that has shown keys: a token that is
    /// bound to one of them holds.
    pub async fn identify(
        &self,
        token: &str,
        now: Timestamp,
        shown: &Shown<'_>,
    ) -> Result<Identity, Rejection> {
        let identity = match self.judge(token, now) {
            Ok(identity) => identity,
            Err(doubt) => {
                let ring = doubt.unknown_key_of.and_then(|ring| self.rings.get(ring));
                match ring {
                    Some(ring) if ring.refresh_for_unknown_key(now).await => {
                        self.judge(token, now).map_err(|doubt| doubt.rejection)?
                    }
                    _ => return Err(doubt.rejection),
                }
            }
        };
        identity.shown_with(shown)
    }

    /// Renews the keys that are due at `now`, all providers at once, and tells what came of each.
    pub async fn refresh(&self, now: Timestamp) -> Vec<Refreshed> {
        let mut renewals = JoinSet::new();
        for ring in &self.rings {
            let ring = Arc::clone(ring);
            renewals.spawn(async move { ring.refresh_if_due(now).await });
        }
        let mut told: Vec<_> = renewals.join_all().await.into_iter().flatten().collect();
        told.sort_by(|a, b| a.issuer.cmp(&b.issuer));
        told
    }

    /// Renews the keys at their intervals for as long as the future is polled; `told` gets what
    /// came of each renewal.
    pub async fn run(
        &self,
        clock: impl Fn() -> Timestamp + Send,
        mut told: impl FnMut(Refreshed) + Send,
    ) {
        loop {
            self.refresh(clock()).await.into_iter().for_each(&mut told);
            let now = clock();
            let wait = self.rings.iter().map(|ring| ring.until_due(now)).min();
            // A second at least, should a clock that stands still call everything due at once.
            let wait = wait.unwrap_or(RETRY).clamp(Duration::from_secs(1), RETRY);
            tokio::time::sleep(wait).await;
        }
    }

    /// How each provider's keys stand.
    #[must_use]
    pub fn states(&self) -> Vec<KeysState> {
        self.rings.iter().map(|ring| ring.state()).collect()
    }

    fn judge(&self, token: &str, now: Timestamp) -> Result<Identity, Doubt> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Rejection::TokenTooLong.into());
        }
        let digest = digest_of(token);
        if let Some(verified) = self.cache.find(&digest) {
            if self.still_holds(&verified, now) {
                return Ok(verified.identity);
            }
            self.cache.forget(&digest);
        }
        let verified = self.examine(token, &digest, now)?;
        let identity = verified.identity.clone();
        self.cache.keep(digest, verified);
        Ok(identity)
    }

    /// INVARIANT: a remembered token is worth no more than the token itself: its times are
    /// compared again, and it is forgotten when its issuer's keys have changed or gone stale.
    fn still_holds(&self, verified: &Verified, now: Timestamp) -> bool {
        let Some(ring) = self.rings.get(verified.ring) else {
            return false;
        };
        let held = ring.held();
        held.epoch == verified.epoch
            && !held.is_stale(now)
            && verified.from <= now
            && now < verified.until
    }

    /// The full examination. Before the signature holds, only `iss` and `kid` are used, and only
    /// to choose the key.
    fn examine(
        &self,
        token: &str,
        digest: &TokenDigest,
        now: Timestamp,
    ) -> Result<Verified, Doubt> {
        let jws = Jws::parse(token)?;
        let issuer = claims::issuer(&jws.claims)?;
        let (place, ring) = self.ring(issuer).ok_or(Rejection::TokenIssuer)?;
        let held = ring.held();
        let key = held.key(&jws.kid, now).ok_or(Doubt {
            rejection: Rejection::TokenKeyUnknown,
            unknown_key_of: Some(place),
        })?;
        // INVARIANT: the key decides the algorithm; the header may only agree with it.
        if key.algorithm != jws.algorithm {
            return Err(Rejection::TokenAlgorithm.into());
        }
        if !key.verifies(jws.signed, &jws.signature) {
            return Err(Rejection::TokenSignature.into());
        }
        let claims = Claims::read(&jws.claims)?;
        if !claims
            .audiences
            .iter()
            .any(|audience| ring.audiences.contains(audience))
        {
            return Err(Rejection::TokenAudience.into());
        }
        let until = claims.expires.after(ring.leeway);
        if now >= until {
            return Err(Rejection::TokenExpired.into());
        }
        let from = Timestamp::from_us(before(claims.begins, ring.leeway));
        if now < from {
            return Err(Rejection::TokenNotYetValid.into());
        }
        let identity = identity(ring, &claims, digest)?;
        Ok(Verified {
            identity,
            ring: place,
            epoch: held.epoch,
            from,
            until,
        })
    }

    fn ring(&self, issuer: &str) -> Option<(usize, &Keyring)> {
        let place = self.rings.iter().position(|ring| *ring.issuer == *issuer)?;
        self.rings.get(place).map(|ring| (place, ring.as_ref()))
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.cache.len()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("keys", &self.states())
            .finish_non_exhaustive()
    }
}

impl From<Rejection> for Doubt {
    fn from(rejection: Rejection) -> Self {
        Self {
            rejection,
            unknown_key_of: None,
        }
    }
}

fn identity(ring: &Keyring, claims: &Claims, digest: &TokenDigest) -> Result<Identity, Rejection> {
    let (kind, name): (&[u8], &[u8]) = match &claims.session {
        Some(Session::Provider(sid)) => (b"sid", sid.as_bytes()),
        Some(Session::Token(jti)) => (b"jti", jti.as_bytes()),
        None => (b"token", digest),
    };
    let parts = [
        ring.issuer.as_bytes(),
        claims.subject.as_bytes(),
        kind,
        name,
    ];
    Ok(Identity {
        person: claims.person.clone(),
        session: session_of(&parts).ok_or(Rejection::TokenMalformed)?,
        purpose: claims.purpose,
        glass_wish: claims.glass_wish,
        issuer: Arc::clone(&ring.issuer),
        expires: claims.expires,
        authenticated_by: AuthenticatedBy::Token,
        key: None,
        confirmation: claims.confirmation.clone(),
    })
}

/// The instant `duration` before `instant`, in microseconds; not before 1970.
fn before(instant: Timestamp, duration: Duration) -> u64 {
    let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    instant.as_us().saturating_sub(us)
}
