//! The door's own pages: the first page, its style, signing in, and the officers' console.

use event::{PersonId, Timestamp};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};

use crate::answer::{Body, HTML, answer, mark};
use crate::door::Door;
use crate::form::Form;
use crate::glass::read_body;
use crate::identity::Identity;
use crate::refusal::Refused;
use crate::upstream::Kind;
use crate::visit::{COOKIE, Visit};

const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const TEXT: &str = "text/plain; charset=utf-8";

impl Door {
    /// What anybody may see: nothing of it is health data, and nobody is named; and whoever is
    /// signed in, themselves and the incidents on devices that they answer for.
    pub(crate) async fn public_page(
        &self,
        visit: &Visit,
        who: Option<&Identity>,
    ) -> Option<Response<Body>> {
        let mut response = match visit.path() {
            "/" => answer(StatusCode::OK, HTML, self.landing(visit, who).await),
            "/style.css" => unchanging(answer(StatusCode::OK, CSS, page::STYLE)),
            "/icon.svg" | "/favicon.ico" => unchanging(answer(StatusCode::OK, SVG, page::ICON)),
            "/health" => self.health(),
            _ => return None,
        };
        let language = HeaderValue::from_static(visit.language.code());
        response
            .headers_mut()
            .insert(header::CONTENT_LANGUAGE, language);
        Some(response)
    }

    /// `POST /session`: signs a person of the demonstration in. Elsewhere there is no such page.
    pub(crate) async fn sign_in(&self, visit: &Visit, body: Incoming) -> Response<Body> {
        let Some(sign_in) = &self.hall().sign_in else {
            return self
                .reject(
                    visit,
                    StatusCode::NOT_FOUND,
                    "page-not-found",
                    "page-not-found",
                )
                .await;
        };
        let bytes = match read_body(body).await {
            Ok(bytes) => bytes,
            Err(refused) => {
                return self
                    .reject(visit, refused.status, refused.code, refused.code)
                    .await;
            }
        };
        let form = Form::parse(&bytes);
        let token = form
            .as_ref()
            .and_then(|form| form.field("person"))
            .and_then(|person| PersonId::new(person).ok())
            .and_then(|person| sign_in(&person, visit.at));
        let Some(token) = token else {
            let (code, status) = ("request-malformed", StatusCode::BAD_REQUEST);
            return self.reject(visit, status, code, code).await;
        };
        let back = form
            .as_ref()
            .and_then(|form| form.field("return"))
            .unwrap_or("/");
        see_other(
            page::local_path(back),
            &format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict"),
        )
    }

    /// `POST /session/end`: forgets the browser's session.
    pub(crate) fn sign_out() -> Response<Body> {
        see_other(
            "/",
            &format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"),
        )
    }

    /// `GET /console`: what the officers see.
    pub(crate) async fn console(&self, visit: &Visit, who: &Identity) -> Response<Body> {
        let receipt = match self.look(visit, who).await {
            Ok(receipt) => receipt,
            Err(answered) => return answered,
        };
        let Some(view) = self.console_view(visit.at).await else {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return self.refuse(visit, &Refused::of(status, "internal"));
        };
        let page = page::console(&self.frame(visit.language), &view);
        let mut response = answer(StatusCode::OK, HTML, page);
        mark(&mut response, &receipt);
        response
    }

    /// What the page for somebody who is not signed in shows.
    pub(crate) fn sign_in_view(&self, visit: &Visit, code: &str) -> page::SignIn {
        page::SignIn {
            code: code.to_owned(),
            link: None,
            identities: self
                .hall()
                .demonstration
                .as_ref()
                .map(|demonstration| demonstration.identities.clone())
                .unwrap_or_default(),
            return_to: visit.target(),
            request: Some(visit.id.clone()),
        }
    }

    /// How the log of decisions stands, as pages show it.
    pub(crate) fn evidence_view(&self) -> page::Evidence {
        stream_view(
            &self.ledger().streams().decisions.status(),
            &self.hall().public_key,
        )
    }

    /// How the telemetry log stands, as pages show it.
    pub(crate) fn telemetry_view(&self) -> page::Evidence {
        stream_view(
            &self.ledger().streams().telemetry.status(),
            &self.hall().telemetry_key,
        )
    }

    /// The view is folded from files, so it is read apart from the threads that serve requests.
    async fn console_view(&self, at: Timestamp) -> Option<page::Console> {
        let read = self.hall().console.clone()?;
        let mut view = tokio::task::spawn_blocking(move || read(at)).await.ok()??;
        view.evidence = self.evidence_view();
        view.telemetry = Some(self.telemetry_view());
        view.has_inventory = self.hall().inventory.is_some();
        Some(view)
    }

    /// The open incidents about devices that a person answers for by the directory.
    async fn incidents_of(&self, who: &Identity, at: Timestamp) -> Vec<page::FoundIncident> {
        let Some(read) = self.hall().incidents.clone() else {
            return Vec::new();
        };
        let person = who.person.clone();
        let read = tokio::task::spawn_blocking(move || read(&person, at));
        read.await.unwrap_or_default()
    }

    async fn landing(&self, visit: &Visit, who: Option<&Identity>) -> String {
        let services = self
            .upstreams()
            .iter()
            .map(|upstream| page::Service {
                name: upstream.terms.name.to_string(),
                kind: match upstream.terms.kind {
                    Kind::Fhir => "fhir".to_owned(),
                    Kind::Web => "web".to_owned(),
                },
                path: (upstream.terms.kind == Kind::Web)
                    .then(|| format!("/{}/", upstream.terms.name)),
                tier: upstream.terms.tier,
            })
            .collect();
        let signed_in = who.map(|who| self.name_of(&who.person));
        let incidents = match who {
            Some(who) => self.incidents_of(who, visit.at).await,
            None => Vec::new(),
        };
        let view = page::Landing {
            incidents,
            devices: self.devices().is_some(),
            services,
            evidence: page::Evidence {
                queue: None,
                ..self.evidence_view()
            },
            signed_in,
            demonstration: self.hall().demonstration.clone(),
        };
        page::landing(&self.frame(visit.language), &view)
    }

    /// For the machine that watches the door: ready as long as decisions can be kept.
    ///
    /// Telemetry that cannot be kept is said, and care goes on.
    fn health(&self) -> Response<Body> {
        let streams = self.ledger().streams();
        let decisions = streams.decisions.status();
        let (status, text) = if decisions.accepting {
            (StatusCode::OK, "ready")
        } else {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "evidence does not take entries",
            )
        };
        let mut text = format!("{text}\n");
        for (name, status) in [
            ("decisions", decisions),
            ("telemetry", streams.telemetry.status()),
        ] {
            let accepting = if status.accepting {
                "accepting"
            } else {
                "stopped"
            };
            text.push_str(&format!(
                "{name} {accepting} entries={} queue_entries={}/{} queue_bytes={}/{}\n",
                status.entries,
                status.queue_entries,
                status.queue_entries_max,
                status.queue_bytes,
                status.queue_bytes_max,
            ));
        }
        answer(status, TEXT, text)
    }
}

/// How a log stands, as pages show it.
fn stream_view(status: &evidence::Status, public_key: &str) -> page::Evidence {
    page::Evidence {
        entries: status.entries,
        signed_entries: status.checkpoint_entries,
        origin: origin_of(public_key),
        public_key: public_key.to_owned(),
        queue: Some(page::Queue {
            depth: u64::try_from(status.queue_entries).unwrap_or(u64::MAX),
            limit: u64::try_from(status.queue_entries_max).unwrap_or(u64::MAX),
        }),
        accepting: status.accepting,
    }
}

/// Whether a form was posted by a page of this very door (Fetch standard, `Origin`).
///
/// The session cookie is `SameSite=Strict` already; a browser that ignores that still says where
/// the form came from.
pub(crate) fn is_own_form(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let same_site = text(header::HeaderName::from_static("sec-fetch-site"))
        .is_none_or(|site| matches!(site, "same-origin" | "none"));
    let same_origin = text(header::ORIGIN).is_none_or(|origin| {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        origin == public_url || host.is_some_and(|host| origin == format!("https://{host}"))
    });
    same_site && same_origin
}

/// The name before the first `+` of a verifier key is the log's origin.
fn origin_of(public_key: &str) -> String {
    public_key.split('+').next().unwrap_or_default().to_owned()
}

fn unchanging(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("max-age=3600"),
    );
    response
}

fn see_other(location: &str, cookie: &str) -> Response<Body> {
    let mut response = answer(StatusCode::SEE_OTHER, TEXT, "");
    if let (Ok(location), Ok(cookie)) = (
        HeaderValue::from_str(location),
        HeaderValue::from_str(cookie),
    ) {
        response.headers_mut().insert(header::LOCATION, location);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_site_is_not_own() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in pairs {
                map.insert(*name, HeaderValue::from_static(value));
            }
            map
        };
        let door = "https://door.example:8443";
        for (own, pairs) in [
            (true, &[][..]),
            (
                true,
                &[
                    ("origin", "https://door.example:8443"),
                    ("sec-fetch-site", "same-origin"),
                ],
            ),
            (
                true,
                &[
                    ("origin", "https://10.0.0.1:8443"),
                    ("host", "10.0.0.1:8443"),
                ],
            ),
            (false, &[("origin", "https://evil.example")]),
            (false, &[("origin", "null")]),
            (false, &[("sec-fetch-site", "cross-site")]),
            (
                false,
                &[
                    ("origin", "https://door.example:8443"),
                    ("sec-fetch-site", "same-site"),
                ],
            ),
        ] {
            assert_eq!(is_own_form(&headers(pairs), door), own, "{pairs:?}");
        }
    }
}
