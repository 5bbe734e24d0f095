//! The pages of the medical devices and of the building controllers: two small web upstreams.
//!
//! In French or English by `Accept-Language`, without any script. The states are made up from the
//! assets' own names, so that a page looks the same at each visit.

mod words;

use bytes::Bytes;
use event::{EstablishmentId, Tier, UnitId};
use hospital::{Asset, Directory, Establishment};
use http_body_util::Full;
use hyper::header::{
    ACCEPT_LANGUAGE, ALLOW, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue,
    VARY,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use locale::Language;

use super::listener::Answer;
use words::{State, Words};

/// The page of one tier, in both languages.
#[derive(Debug)]
pub struct PlantPages {
    english: Bytes,
    french: Bytes,
}

impl PlantPages {
    /// The page that lists the assets of `tier`.
    #[must_use]
    pub fn new(directory: &Directory, tier: Tier) -> Self {
        let write = |language| {
            Bytes::from(
                Page {
                    directory,
                    tier,
                    words: Words(language),
                }
                .write(),
            )
        };
        Self {
            english: write(Language::En),
            french: write(Language::Fr),
        }
    }
}

impl Answer for PlantPages {
    fn answer(&self, request: &Parts, _body: &[u8]) -> Response<Full<Bytes>> {
        let wish = request
            .headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|it| it.to_str().ok());
        let language = Language::negotiate(wish, Language::Fr);
        let (status, body) = match (&request.method, request.uri.path(), language) {
            (&Method::GET, "/", Language::En) => (StatusCode::OK, self.english.clone()),
            (&Method::GET, "/", Language::Fr) => (StatusCode::OK, self.french.clone()),
            (&Method::GET, _, _) => (
                StatusCode::NOT_FOUND,
                Bytes::from_static(Words(language).nothing_here()),
            ),
            (_, _, _) => (
                StatusCode::METHOD_NOT_ALLOWED,
                Bytes::from_static(Words(language).read_only()),
            ),
        };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
        headers.insert(VARY, HeaderValue::from_static("accept-language"));
        headers.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(SECURITY_POLICY),
        );
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
        }
        response
    }
}

/// The page has one inline style sheet and nothing else.
const SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;\
color:#1c2733;background:#fff}\
h1{font-size:1.6rem;margin-bottom:.25rem}h2{font-size:1.15rem;margin-top:2rem}\
p{margin:.25rem 0}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #d7dee6;vertical-align:top}\
th{background:#f1f4f8}code{font-size:.85em;color:#46525f}\
.state{font-weight:600}.alarm{color:#a4161a}.maintenance{color:#8a5a00}\
.running{color:#1b6b3a}.standby{color:#46525f}";

struct Page<'a> {
    directory: &'a Directory,
    tier: Tier,
    words: Words,
}

impl Page<'_> {
    fn write(&self) -> String {
        let title = self.words.title(self.tier);
        let assets = self
            .directory
            .assets()
            .iter()
            .filter(|it| it.tier == self.tier);
        let assets: Vec<&Asset> = assets.collect();
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
             <p>{about}</p>\n<p>{summary}</p>\n",
            lang = self.words.0.code(),
            about = self.words.about(self.tier),
            summary = self.summary(&assets),
        );
        for establishment in self.directory.establishments() {
            self.section(&mut html, establishment, &assets);
        }
        html.push_str("</main>\n</body>\n</html>\n");
        html
    }

    fn summary(&self, assets: &[&Asset]) -> String {
        let counts = State::ALL.map(|state| {
            let number = assets
                .iter()
                .filter(|asset| State::of(asset) == state)
                .count();
            format!("{number} {}", self.words.state(state))
        });
        counts.join(" · ")
    }

    fn section(&self, html: &mut String, establishment: &Establishment, assets: &[&Asset]) {
        let [asset, kind, place, function, state] = self.words.columns();
        let name = escape(&establishment.name);
        let mut rows = String::new();
        for it in assets
            .iter()
            .filter(|it| it.establishment == establishment.id)
        {
            let of = State::of(it);
            rows.push_str(&format!(
                "<tr><td>{name}<br><code>{id}</code></td><td>{kind}</td><td>{place}</td>\
                 <td>{function}</td><td class=\"state {class}\">{state}</td></tr>\n",
                name = escape(&it.name),
                id = escape(it.id.as_str()),
                kind = escape(self.words.kind(&it.kind)),
                place = escape(self.place(&establishment.id, it.unit.as_ref())),
                function = it
                    .care_function
                    .as_deref()
                    .map_or("–", |it| self.words.function(it)),
                class = of.class(),
                state = self.words.state(of),
            ));
        }
        if rows.is_empty() {
            return;
        }
        html.push_str(&format!(
            "<section>\n<h2>{name}</h2>\n<table>\n<thead><tr><th scope=\"col\">{asset}</th>\
             <th scope=\"col\">{kind}</th><th scope=\"col\">{place}</th>\
             <th scope=\"col\">{function}</th><th scope=\"col\">{state}</th></tr></thead>\n\
             <tbody>\n{rows}</tbody>\n</table>\n</section>\n"
        ));
    }

    /// The name of a unit, or that the asset serves the whole establishment.
    fn place(&self, establishment: &EstablishmentId, unit: Option<&UnitId>) -> &str {
        let Some(unit) = unit else {
            return self.words.whole_establishment();
        };
        let houses = self.directory.establishments().iter();
        let mut units = houses
            .filter(|it| it.id == *establishment)
            .flat_map(|it| &it.units);
        units
            .find(|it| it.id == *unit)
            .map_or("–", |it| it.name.as_str())
    }
}

/// A text in HTML, as content or in an attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
