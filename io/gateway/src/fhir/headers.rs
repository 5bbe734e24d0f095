//! Headers that make an interaction conditional or ask for a form of its answer
//! (FHIR R4 sections 3.1.0.2 to 3.1.0.5, RFC 9110 section 13).

use hyper::header::{self, HeaderMap};
use wire::fhir::Id;

/// What the headers of one request, or the elements of one entry of a bundle, ask for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Preconditions {
    /// `If-Match`: the version that is to be changed.
    pub(super) if_match: Option<VersionTag>,
    /// `If-None-Match`: the version that the client has.
    pub(super) if_none_match: Option<VersionTag>,
    /// `If-None-Exist`: the query of a conditional create.
    pub(super) if_none_exist: Option<String>,
    /// `Prefer: return=representation`.
    pub(super) wants_representation: bool,
    /// `Prefer: respond-async`.
    pub(super) wants_async: bool,
    /// The media type of the body, without parameters, in lower case.
    pub(super) media_type: String,
    /// `X-Security-Context`: the resource by which a `Binary` is to be decided.
    pub(super) security_context: Option<String>,
    /// Whether it is an entry of a transaction, which may name others by their addresses in it.
    pub(super) in_bundle: bool,
}

/// A version in `W/"..."` form, or one that is not understood and therefore never equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum VersionTag {
    One(Id),
    NotUnderstood,
}

impl VersionTag {
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim();
        let quoted = text.strip_prefix("W/").unwrap_or(text);
        let bare = quoted
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        bare.and_then(Id::parse)
            .map_or(Self::NotUnderstood, Self::One)
    }

    pub(super) fn is(&self, version: &Id) -> bool {
        matches!(self, Self::One(one) if one == version)
    }
}

impl Preconditions {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            let mut values = headers.get_all(name).iter();
            match (values.next(), values.next()) {
                (Some(value), None) => Some(value.to_str().unwrap_or("?").to_owned()),
                (Some(_), Some(_)) => Some("?".to_owned()),
                _ => None,
            }
        };
        let prefer = text("prefer").unwrap_or_default();
        let media_type = text(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        Self {
            if_match: text("if-match").map(|it| VersionTag::parse(&it)),
            if_none_match: text("if-none-match").map(|it| VersionTag::parse(&it)),
            if_none_exist: text("if-none-exist"),
            wants_representation: prefer
                .split([',', ';'])
                .any(|it| it.trim() == "return=representation"),
            wants_async: prefer
                .split([',', ';'])
                .any(|it| it.trim() == "respond-async"),
            media_type: media_type
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase(),
            security_context: text("x-security-context"),
            in_bundle: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_their_forms() {
        let one = |text| VersionTag::One(Id::parse(text).unwrap());
        for (text, expected) in [
            ("W/\"7\"", one("7")),
            (" \"7\" ", one("7")),
            ("7", VersionTag::NotUnderstood),
            ("*", VersionTag::NotUnderstood),
            ("W/\"7\", W/\"8\"", VersionTag::NotUnderstood),
        ] {
            assert_eq!(VersionTag::parse(text), expected, "{text}");
        }
        assert!(!VersionTag::NotUnderstood.is(&Id::parse("7").unwrap()));
    }

    #[test]
    fn a_header_that_is_there_twice_is_not_understood() {
        let mut headers = HeaderMap::new();
        headers.append("if-match", "W/\"1\"".parse().unwrap());
        headers.append("if-match", "W/\"2\"".parse().unwrap());
        headers.append(
            "content-type",
            "application/FHIR+json; charset=utf-8".parse().unwrap(),
        );
        headers.append(
            "prefer",
            "respond-async, return=representation".parse().unwrap(),
        );
        let read = Preconditions::of(&headers);
        assert_eq!(read.if_match, Some(VersionTag::NotUnderstood));
        assert_eq!(read.media_type, "application/fhir+json");
        assert!(read.wants_representation);
    }
}
