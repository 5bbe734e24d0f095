//! A bundle and its entries (FHIR R4 section 2.36).
//!
//! Only the elements named here are read; all others, extensions included, are dropped, because a
//! bundle is never forwarded: it is written anew from the entries that may be shown.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::settle::{Place, Urn, Urns, settle};
use super::{Membership, Resource, Unreadable, scan};
use crate::fhir::reference::{Pointed, below, point};
use crate::fhir::types::Scope;
use crate::http;
use crate::limits::{AnswerLimits, ENTRIES_MAX, LINKS_MAX, PAGE_LINK_BYTES_MAX};

/// A set of resources, each read for what it discloses.
#[derive(Debug)]
pub struct Bundle<'a> {
    /// What the set is; an answer to a search is a [`BundleType::Searchset`].
    pub kind: BundleType,
    /// The number of matches that the server claims, which may count hidden ones.
    pub total: Option<u64>,
    /// Where the next page is, when there is one.
    pub next: Option<Next>,
    /// The entries, in the order of the server.
    pub entries: Vec<Entry<'a>>,
}

/// One entry of a bundle.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Why it is in the answer.
    pub mode: SearchMode,
    /// What is inside.
    pub resource: Resource<'a>,
}

/// Why an entry is in the answer to a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchMode {
    /// Brought along by a match.
    Include,
    /// Asked for; also when the server does not say.
    Match,
    /// About the search itself.
    Outcome,
}

/// Where an upstream says that the next page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Not below one of the server's own bases, or of a form that must not be followed.
    Foreign,
    /// Path and query below the service's base, such as `/Observation?page=2` or `?_getpages=abc`.
    Target(String),
}

/// `Bundle.type` (R4 value set `bundle-type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the codes of the standard")]
pub enum BundleType {
    Batch,
    BatchResponse,
    Collection,
    Document,
    History,
    Message,
    Searchset,
    Transaction,
    TransactionResponse,
}

/// The elements of a bundle that are read; `serde` refuses a second one of the same name.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "resourceType", borrow)]
    resource_type: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: BundleType,
    total: Option<u64>,
    #[serde(borrow, default)]
    link: Capped<PageLink<'a>, LINKS_MAX>,
    #[serde(borrow, default)]
    entry: Capped<EntryText<'a>, ENTRIES_MAX>,
}

#[derive(Deserialize)]
struct PageLink<'a> {
    #[serde(borrow)]
    relation: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
}

#[derive(Deserialize)]
struct EntryText<'a> {
    #[serde(rename = "fullUrl", borrow)]
    full_url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource: &'a RawValue,
    search: Option<SearchText>,
}

#[derive(Deserialize)]
struct SearchText {
    mode: Option<ModeText>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ModeText {
    Include,
    Match,
    Outcome,
}

/// Reads a bundle; one unreadable entry makes it unreadable, because what follows it is in doubt.
pub(super) fn read<'a>(
    text: &'a str,
    own_bases: &[&str],
    limits: &AnswerLimits,
) -> Result<Bundle<'a>, Unreadable> {
    let envelope: Envelope<'a> = serde_json::from_str(text).map_err(|error| of_json(&error))?;
    if envelope.resource_type != "Bundle" {
        return Err(Unreadable::BadBundle);
    }
    let (links, texts) = (envelope.link, envelope.entry);
    if links.over {
        return Err(Unreadable::BadBundle);
    }
    if texts.over || texts.items.len() > limits.entries_max {
        return Err(Unreadable::TooManyEntries);
    }
    let mut scanned = Vec::with_capacity(texts.items.len());
    let mut urns = Urns::new();
    for entry in texts.items {
        let resource = entry.resource.get();
        let found = scan::scan(resource, scan::type_of(resource)?, limits)?;
        let foreign = address(entry.full_url.as_deref(), &found, own_bases, &mut urns)?;
        scanned.push((entry.search.and_then(|search| search.mode), foreign, found));
    }
    let entries = scanned
        .into_iter()
        .map(|(mode, foreign, found)| {
            let resource = settle(
                found,
                &Place {
                    own_bases,
                    urns: &urns,
                    foreign,
                },
            );
            Entry {
                mode: SearchMode::of(mode, &resource),
                resource,
            }
        })
        .collect();
    let next = next_page(&links.items, own_bases)?;
    Ok(Bundle {
        kind: envelope.kind,
        total: envelope.total,
        next,
        entries,
    })
}

impl SearchMode {
    fn of(said: Option<ModeText>, resource: &Resource<'_>) -> Self {
        match said {
            Some(ModeText::Include) => Self::Include,
            Some(ModeText::Outcome) => Self::Outcome,
            None if resource.membership == Membership::Outcome => Self::Outcome,
            Some(ModeText::Match) | None => Self::Match,
        }
    }
}

/// Checks that `fullUrl` and resource agree, and keeps a `urn:` address; whether it is foreign.
fn address(
    full_url: Option<&str>,
    found: &scan::Scanned<'_>,
    own_bases: &[&str],
    urns: &mut Urns,
) -> Result<bool, Unreadable> {
    let Some(full_url) = full_url else {
        return Ok(false);
    };
    match point(full_url, own_bases) {
        Pointed::InBundle(urn) => {
            let one = Urn::One(found.resource_type, found.id.clone());
            urns.entry(urn.to_owned())
                .and_modify(|known| {
                    if *known != one {
                        *known = Urn::Ambiguous;
                    }
                })
                .or_insert(one);
            Ok(false)
        }
        // The inside of a closed type is not read, because it is never shown.
        Pointed::Own(..) if found.resource_type.scope() == Scope::Closed => Ok(false),
        Pointed::Own(resource_type, id) => {
            let same_id = found.id.as_ref().is_some_and(|own| own.as_str() == id);
            if same_id && resource_type == found.resource_type {
                Ok(false)
            } else {
                Err(Unreadable::FullUrlMismatch)
            }
        }
        // Relative references inside it are relative to that other server.
        Pointed::Contained(_) | Pointed::Foreign(_) | Pointed::Unclear => Ok(true),
    }
}

fn next_page(links: &[PageLink<'_>], own_bases: &[&str]) -> Result<Option<Next>, Unreadable> {
    let mut nexts = links.iter().filter(|link| link.relation == "next");
    let Some(next) = nexts.next() else {
        return Ok(None);
    };
    if nexts.next().is_some() {
        return Err(Unreadable::BadBundle);
    }
    let target = own_bases
        .iter()
        .filter_map(|base| below(&next.url, base))
        .find(|it| may_follow(it));
    Ok(Some(target.map_or(Next::Foreign, |target| {
        Next::Target(target.to_owned())
    })))
}

/// Whether a page address has a single reading and stays below the base it was cut from.
fn may_follow(target: &str) -> bool {
    let (path, query) = target
        .split_once('?')
        .map_or((target, ""), |(path, query)| (path, query));
    target.len() <= PAGE_LINK_BYTES_MAX
        && (path.is_empty() || http::check_path(path).is_ok())
        && http::check_query(query).is_ok()
}

fn of_json(error: &serde_json::Error) -> Unreadable {
    match error.classify() {
        serde_json::error::Category::Data => Unreadable::BadBundle,
        _ => Unreadable::Syntax,
    }
}

/// An array of which at most `MAX` elements are ever held.
struct Capped<T, const MAX: usize> {
    items: Vec<T>,
    /// Whether there were more.
    over: bool,
}

impl<T, const MAX: usize> Default for Capped<T, MAX> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            over: false,
        }
    }
}

impl<'a, T: Deserialize<'a>, const MAX: usize> Deserialize<'a> for Capped<T, MAX> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(CappedVisitor(PhantomData))
    }
}

struct CappedVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'a, T: Deserialize<'a>, const MAX: usize> Visitor<'a> for CappedVisitor<T, MAX> {
    type Value = Capped<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut read = Capped::default();
        while read.items.len() < MAX {
            match items.next_element()? {
                Some(item) => read.items.push(item),
                None => return Ok(read),
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {
            read.over = true;
        }
        Ok(read)
    }
}
