//! Search sets (FHIR R4 sections 2.36.5 and 3.1.1.5), put together from bytes.

use bytes::Bytes;
use serde_json::json;

use super::ask::Window;
use super::shelves::Row;

/// One page of an answer with several resources.
pub(super) struct Bundle<'a> {
    pub(super) base: &'a str,
    /// Path and query below the base that this is the answer to, without the window.
    pub(super) target: &'a str,
    pub(super) window: Window,
}

/// What surrounds the resource of an entry, without addresses; for the size of the buffer only.
const ENTRY_BYTES: usize = 160;

impl Bundle<'_> {
    /// Writes the page that the window shows of `rows`.
    pub(super) fn write(&self, rows: &[&Row]) -> Bytes {
        let Window { count, offset } = self.window;
        let page = rows.iter().skip(offset).take(count);
        let size: usize = page
            .clone()
            .map(|row| row.json.len().saturating_add(ENTRY_BYTES))
            .sum();
        let mut json = Vec::with_capacity(size.saturating_add(1024));
        let total = rows.len();
        json.extend_from_slice(b"{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":");
        json.extend_from_slice(total.to_string().as_bytes());
        json.extend_from_slice(b",\"link\":");
        json.extend_from_slice(self.links(total).to_string().as_bytes());
        let mut separator: &[u8] = b",\"entry\":[";
        for row in page {
            json.extend_from_slice(separator);
            separator = b",";
            // Base, type and id have no character that JSON would escape.
            for part in [
                b"{\"fullUrl\":\"",
                self.base.as_bytes(),
                b"/",
                row.resource_type.as_bytes(),
                b"/",
                row.id.as_bytes(),
                b"\",\"resource\":",
                &row.json,
                b",\"search\":{\"mode\":\"match\"}}",
            ] {
                json.extend_from_slice(part);
            }
        }
        // FHIR allows no empty array, so an empty page has no `entry`.
        let end: &[u8] = if separator == b"," { b"]}" } else { b"}" };
        json.extend_from_slice(end);
        Bytes::from(json)
    }

    fn links(&self, total: usize) -> serde_json::Value {
        let Window { count, offset } = self.window;
        let mut links = vec![json!({ "relation": "self", "url": self.page(offset) })];
        let following = offset.saturating_add(count);
        // A page of nothing would be followed by itself for ever.
        if count > 0 && following < total {
            links.push(json!({ "relation": "next", "url": self.page(following) }));
        }
        serde_json::Value::Array(links)
    }

    fn page(&self, offset: usize) -> String {
        let mark = if self.target.contains('?') { '&' } else { '?' };
        let url = format!(
            "{}{}{mark}_count={}",
            self.base, self.target, self.window.count
        );
        if offset == 0 {
            url
        } else {
            format!("{url}&_offset={offset}")
        }
    }
}

/// Every version of a resource, the newest first (FHIR R4 section 3.1.0.10).
pub(super) fn history(base: &str, row: &Row) -> Bytes {
    let newest = std::iter::once((row.version, &row.json));
    let earlier = row
        .earlier
        .iter()
        .rev()
        .map(|(version, json)| (*version, json));
    let entries: Vec<String> = newest
        .chain(earlier)
        .map(|(version, resource)| {
            let method = if version == 1 { "POST" } else { "PUT" };
            let resource = String::from_utf8_lossy(resource);
            let name = format!("{}/{}", row.resource_type, row.id);
            format!(
                r#"{{"fullUrl":"{base}/{name}","resource":{resource},"request":{{"method":"{method}","url":"{name}"}},"response":{{"status":"200"}}}}"#
            )
        })
        .collect();
    let total = entries.len();
    let entries = entries.join(",");
    Bytes::from(format!(
        r#"{{"resourceType":"Bundle","type":"history","total":{total},"entry":[{entries}]}}"#
    ))
}
