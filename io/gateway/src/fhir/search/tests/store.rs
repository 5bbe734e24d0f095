//! A FHIR server in memory that answers plain searches, two entries a page at the most, and counts
//! what it should not tell.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::Source;
use super::naive::{key, names, owners};
use crate::upstream::{Fault, Fetched};

const BASE: &str = "http://inner/fhir";

pub(super) struct Store<'v> {
    resources: &'v [Value],
    /// Whether it answers with everything, whatever was asked for.
    deaf: bool,
}

impl<'v> Store<'v> {
    pub(super) fn new(resources: &'v [Value]) -> Self {
        Self {
            resources,
            deaf: false,
        }
    }

    pub(super) fn deaf(resources: &'v [Value]) -> Self {
        Self {
            resources,
            deaf: true,
        }
    }

    fn answer(&self, target: &str) -> Value {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let (compartment, name) = match segments.as_slice() {
            ["Patient", patient, name] => (Some(*patient), *name),
            [name] => (None, *name),
            _ => panic!("no plain search: {target}"),
        };
        let mut found: Vec<&Value> = self
            .resources
            .iter()
            .filter(|it| self.deaf || it["resourceType"] == name)
            .filter(|it| {
                self.deaf || compartment.is_none_or(|patient| owners(it).contains(patient))
            })
            .collect();
        let (mut count, mut offset) = (usize::MAX, 0);
        for pair in query.split('&').filter(|it| !it.is_empty()) {
            let (parameter, value) = pair.split_once('=').unwrap();
            match parameter {
                "_count" => count = value.parse().unwrap(),
                "_offset" => offset = value.parse().unwrap(),
                "_sort" => {
                    assert_eq!(value, "-date");
                    found.sort_by_key(|it| {
                        std::cmp::Reverse(it["effectiveDateTime"].as_str().map(str::to_owned))
                    });
                }
                _ => {
                    let wanted: Vec<&str> = value.split(',').collect();
                    found.retain(|it| self.deaf || meets(it, parameter, &wanted));
                }
            }
        }
        let total = found.len();
        let size = count.min(2);
        let page: Vec<Value> = found
            .into_iter()
            .skip(offset)
            .take(size)
            .map(|it| {
                json!({ "fullUrl": format!("{BASE}/{}", key(it)), "resource": it,
                "search": { "mode": "match" } })
            })
            .collect();
        let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "total": total,
            "entry": page });
        if offset + size < total {
            let plain: Vec<&str> = query
                .split('&')
                .filter(|it| !it.starts_with("_offset="))
                .collect();
            let next = format!("{BASE}{path}?{}&_offset={}", plain.join("&"), offset + size);
            bundle["link"] = json!([{ "relation": "next", "url": next }]);
        }
        bundle
    }
}

fn meets(it: &Value, parameter: &str, wanted: &[&str]) -> bool {
    let text = |value: &Value| value.as_str().is_some_and(|it| wanted.contains(&it));
    match parameter {
        "_id" => text(&it["id"]),
        "class" => text(&it["class"]["code"]),
        "code" => text(&it["code"]["coding"][0]["code"]),
        "family" => text(&it["name"][0]["family"]),
        "name" => text(&it["name"]),
        "patient" => names(it, "subject")
            .iter()
            .any(|name| wanted.contains(&name.trim_start_matches("Patient/"))),
        "status" => text(&it["status"]),
        "encounter" | "location" | "performer" | "result" => names(it, parameter)
            .iter()
            .any(|name| wanted.contains(&name.as_str())),
        _ => panic!("the server knows no parameter {parameter}"),
    }
}

impl Source for Store<'_> {
    async fn fetch(&mut self, target: &str) -> Result<Fetched, Fault> {
        Ok(Fetched::Bytes(Bytes::from(self.answer(target).to_string())))
    }

    fn own_bases(&self) -> Vec<String> {
        vec![BASE.to_owned()]
    }
}
