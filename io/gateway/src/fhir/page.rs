//! Further pages of a search: a token that only the door can read, bound to the person, the session
//! and the policy that gave the page before.
//!
//! A token proves nothing: the search is run on from where it stopped and every entry is decided
//! again. It holds no more than where that is, and its length tells nothing about it.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use event::{PersonId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::limits::PAGE_PAD_BYTES;

/// Where a search stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The page of the upstream that has the next entry, below its base.
    #[serde(rename = "u")]
    pub(super) target: String,
    /// Entries of that page before it.
    #[serde(rename = "k")]
    pub(super) skip: usize,
    /// Matches that were shown on the pages before.
    #[serde(rename = "n")]
    pub(super) shown: u64,
}

/// A page that somebody may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page {
    /// The search, as [`wire::fhir::Request::canonical_target`] writes it.
    #[serde(rename = "r")]
    pub(super) search: String,
    #[serde(flatten)]
    pub(super) cursor: Cursor,
}

/// Whom a page is for, under which policy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder<'a> {
    pub(super) person: &'a PersonId,
    pub(super) session: &'a SessionId,
    pub(super) service: &'a str,
    pub(super) policy_set: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(flatten)]
    page: Page,
    #[serde(rename = "t")]
    until_us: u64,
}

/// Seals and opens tokens; its key lives as long as the process, so a restart ends all pages.
pub(crate) struct PageSeal(Option<RandomizedNonceKey>);

impl fmt::Debug for PageSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageSeal(..)")
    }
}

impl PageSeal {
    /// A seal with a fresh key; without randomness no page is ever continued.
    pub(crate) fn fresh() -> Self {
        let mut key = [0_u8; 32];
        let drawn = getrandom::fill(&mut key).is_ok();
        Self(
            drawn
                .then(|| RandomizedNonceKey::new(&AES_256_GCM_SIV, &key).ok())
                .flatten(),
        )
    }

    /// The token of a page, or nothing when it would be too long to be asked for.
    pub(super) fn seal(
        &self,
        page: &Page,
        holder: Holder<'_>,
        at: Timestamp,
        age: Duration,
    ) -> Option<String> {
        let age_us = u64::try_from(age.as_micros()).ok()?;
        let sealed = Sealed {
            page: page.clone(),
            until_us: at.as_us().checked_add(age_us)?,
        };
        let mut bytes = serde_json::to_vec(&sealed).ok()?;
        // INVARIANT: the length of a token does not tell where the upstream stands.
        let padded = bytes
            .len()
            .div_ceil(PAGE_PAD_BYTES)
            .checked_mul(PAGE_PAD_BYTES)?;
        bytes.resize(padded, b' ');
        let key = self.0.as_ref()?;
        let nonce = key
            .seal_in_place_append_tag(Aad::from(holder.binding()), &mut bytes)
            .ok()?;
        let mut token = nonce.as_ref().to_vec();
        token.append(&mut bytes);
        Some(URL_SAFE_NO_PAD.encode(token))
    }

    /// The page behind a token that this person got in this session under this policy.
    pub(super) fn open(&self, token: &str, holder: Holder<'_>, at: Timestamp) -> Option<Page> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk_mut::<12>()?;
        let key = self.0.as_ref()?;
        let opened = key
            .open_in_place(Nonce::from(&*nonce), Aad::from(holder.binding()), sealed)
            .ok()?;
        let sealed: Sealed = serde_json::from_slice(opened).ok()?;
        (at.as_us() < sealed.until_us).then_some(sealed.page)
    }
}

impl Holder<'_> {
    /// What a token is bound to; each part comes with its length, so that none runs into another.
    fn binding(&self) -> Vec<u8> {
        let parts = [
            self.person.as_str(),
            self.session.as_str(),
            self.service,
            self.policy_set,
        ];
        let mut binding = Vec::new();
        for part in parts {
            binding.extend_from_slice(format!("{}:", part.len()).as_bytes());
            binding.extend_from_slice(part.as_bytes());
        }
        binding
    }
}

#[cfg(test)]
mod tests;
