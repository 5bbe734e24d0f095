//! A bundle written anew from the entries that may be shown.

use super::bundle::{Entry, SearchMode};
use crate::fhir::id::Id;
use crate::fhir::types::ResourceType;

/// Writes one `searchset` from the kept entries of one or several pages.
///
/// The raw bytes of each kept resource are copied; everything around them is written here, so
/// neither hidden entries nor the upstream's own addresses show through.
#[derive(Debug)]
pub struct Searchset<'b> {
    public_base: &'b str,
    /// Where a further link goes.
    links_end: usize,
    out: Vec<u8>,
    entries: usize,
    matches: u64,
}

/// What to say about the number of matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// All pages were read: the number of matches that may be shown.
    Counted(u64),
    /// Some pages were not read, or nobody wants to know.
    Omitted,
}

impl<'b> Searchset<'b> {
    /// Starts a bundle.
    ///
    /// `public_base` is the address of this door's FHIR service without trailing slash;
    /// `self_target` is the canonical target of the request, below that base.
    #[must_use]
    pub fn new(public_base: &'b str, self_target: &str) -> Self {
        let mut out =
            br#"{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"#
                .to_vec();
        push_string(&mut out, &[public_base, self_target]);
        out.push(b'}');
        let links_end = out.len();
        out.push(b']');
        Self {
            public_base,
            links_end,
            out,
            entries: 0,
            matches: 0,
        }
    }

    /// Adds one entry that may be shown.
    pub fn push(&mut self, entry: &Entry<'_>) {
        let Entry { mode, resource } = entry;
        self.push_raw(
            *mode,
            resource.resource_type,
            resource.id.as_ref(),
            resource.raw,
        );
    }

    /// Adds the bytes of one resource that may be shown.
    pub fn push_raw(
        &mut self,
        mode: SearchMode,
        resource_type: ResourceType,
        id: Option<&Id>,
        raw: &str,
    ) {
        let before: &[u8] = if self.entries == 0 {
            br#","entry":["#
        } else {
            b","
        };
        self.out.extend_from_slice(before);
        self.out.push(b'{');
        if let Some(id) = id {
            self.out.extend_from_slice(br#""fullUrl":"#);
            let name = resource_type.name();
            push_string(
                &mut self.out,
                &[self.public_base, "/", name, "/", id.as_str()],
            );
            self.out.push(b',');
        }
        self.out.extend_from_slice(br#""resource":"#);
        self.out.extend_from_slice(raw.as_bytes());
        let search: &[u8] = match mode {
            SearchMode::Include => br#","search":{"mode":"include"}}"#,
            SearchMode::Match => br#","search":{"mode":"match"}}"#,
            SearchMode::Outcome => br#","search":{"mode":"outcome"}}"#,
        };
        self.out.extend_from_slice(search);
        self.entries = self.entries.saturating_add(1);
        self.matches = self
            .matches
            .saturating_add(u64::from(mode == SearchMode::Match));
    }

    /// The number of entries so far.
    #[must_use]
    pub const fn entries(&self) -> usize {
        self.entries
    }

    /// The number of bytes so far, for the caller's own bound.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.out.len()
    }

    /// The number of matches so far.
    #[must_use]
    pub const fn matches(&self) -> u64 {
        self.matches
    }

    /// Ends the bundle and gives its bytes; `next` is where the following page is, below the
    /// public base.
    #[must_use]
    pub fn finish(self, total: Total, next: Option<&str>) -> Vec<u8> {
        let Self {
            public_base,
            mut out,
            entries,
            links_end,
            ..
        } = self;
        // An empty array is not valid FHIR, so `entry` is absent when nothing is shown.
        if entries > 0 {
            out.push(b']');
        }
        if let Total::Counted(matches) = total {
            out.extend_from_slice(br#","total":"#);
            out.extend_from_slice(matches.to_string().as_bytes());
        }
        out.push(b'}');
        if let Some(next) = next {
            let mut link = br#",{"relation":"next","url":"#.to_vec();
            push_string(&mut link, &[public_base, next]);
            link.push(b'}');
            out.splice(links_end..links_end, link);
        }
        out
    }
}

/// Writes the parts as one JSON string.
pub(super) fn push_string(out: &mut Vec<u8>, parts: &[&str]) {
    // A JSON string value writes itself without any way to fail.
    out.extend_from_slice(
        serde_json::Value::from(parts.concat())
            .to_string()
            .as_bytes(),
    );
}
