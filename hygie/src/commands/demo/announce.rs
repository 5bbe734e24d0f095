//! What the demonstration says when it is ready: to people, to machines, and on its first page.

use std::net::SocketAddr;
use std::path::PathBuf;

use locale::{Family, Value, key};
use page::ExampleKind;
use serde_json::{Value as Json, json};

use super::{Words, print::say};
use crate::demo::{Cast, Identity};
use crate::folder::DataFolder;
use crate::lake::find;

/// Somebody a visitor can be, with the token to be them.
pub(super) struct Person {
    pub(super) identity: Identity,
    pub(super) profession: String,
    pub(super) establishment: String,
    pub(super) token: String,
}

/// The demonstration, ready.
pub(super) struct Announcement<'a> {
    pub(super) url: &'a str,
    pub(super) ca_file: PathBuf,
    pub(super) data: &'a DataFolder,
    pub(super) reused: bool,
    /// For how long a glass opens.
    pub(super) minutes: u32,
    pub(super) people: &'a [Person],
    pub(super) cast: &'a Cast,
    pub(super) services: Json,
    /// Where the administration of the group may tell who is where.
    pub(super) feed: Option<SocketAddr>,
    pub(super) air: Option<SocketAddr>,
}

/// One request of the examples.
struct Example {
    kind: ExampleKind,
    person: String,
    token: String,
    method: &'static str,
    url: String,
    body: Json,
    status: u16,
    /// What is read once the emergency is declared.
    then: Option<String>,
}

impl Announcement<'_> {
    /// Prints it, for programs or for people.
    pub(super) fn tell(&self, json: bool, words: &Words) {
        match json {
            true => self.print_json(),
            false => self.print(words),
        }
    }

    /// Prints one JSON line.
    fn print_json(&self) {
        let identities: Vec<Json> = self
            .people
            .iter()
            .map(|person| {
                json!({
                    "name": person.identity.name,
                    "role": person.identity.role,
                    "person": person.identity.person,
                    "profession": person.profession,
                    "establishment": person.establishment,
                    "token": person.token,
                })
            })
            .collect();
        let mut examples = serde_json::Map::new();
        for example in self.examples() {
            examples.insert(example.name().to_owned(), example.json());
        }
        let line = json!({
            "url": self.url,
            "ca_file": self.ca_file,
            "data": self.data.root(),
            "public_key_file": self.data.public_key_file(),
            "telemetry_key_file": self.data.telemetry_key_file(),
            "identities": identities,
            "examples": examples,
            "services": self.services,
            "feed": self.feed,
            "guard": self.air,
        });
        say(&line.to_string());
    }

    /// Prints the same for people.
    fn print(&self, words: &Words) {
        let plain = |key| words.text(key, &[]);
        let row = |key, value: &str| say(&format!("  {:<34}{value}", plain(key)));
        say("");
        say(&plain(key::DEMO_TITLE));
        if self.reused {
            say(&plain(key::DEMO_DATA_REUSED));
        }
        say("");
        row(key::DEMO_ADDRESS, self.url);
        if let Some(feed) = self.feed {
            row(key::DEMO_FEED, &feed.to_string());
        }
        if let Some(air) = self.air {
            row(key::DEMO_AIR, &air.to_string());
        }
        row(key::DEMO_CA, &self.ca_file.display().to_string());
        row(key::DEMO_DATA, &self.data.root().display().to_string());
        row(
            key::DEMO_KEY,
            &self.data.public_key_file().display().to_string(),
        );
        row(
            key::DEMO_TELEMETRY_KEY,
            &self.data.telemetry_key_file().display().to_string(),
        );
        say("");
        say(&plain(key::DEMO_IDENTITIES));
        for person in self.people {
            say(&format!("  - {}", self.introduce(person, words)));
        }
        say("");
        say(&plain(key::DEMO_EXAMPLES));
        for example in self.examples() {
            say("");
            say(&format!("# {}", example.explain(words)));
            say(&example.command(&self.ca_file));
        }
        self.print_afterwards(words);
    }

    /// What the first page shows of it.
    pub(super) fn page(&self) -> page::Demonstration {
        page::Demonstration {
            identities: self
                .people
                .iter()
                .map(|person| page::Identity {
                    person: person.identity.person.clone(),
                    name: person.identity.name.clone(),
                    profession: person.profession.clone(),
                    establishment: person.establishment.clone(),
                })
                .collect(),
            examples: self
                .examples()
                .into_iter()
                .map(|example| page::Example {
                    kind: example.kind,
                    person: example.person.clone(),
                    command: example.command(&self.ca_file),
                    path: example.path(self.url),
                })
                .collect(),
        }
    }

    fn print_afterwards(&self, words: &Words) {
        let data = self.data.root().display();
        // As it was called, so that the lines can be pasted where this one was.
        let program = std::env::args_os().next().unwrap_or_else(|| "hygie".into());
        let program = std::path::Path::new(&program).display();
        say("");
        say(&words.text(key::DEMO_VERIFY, &[]));
        let (key_file, telemetry_file) =
            (self.data.public_key_file(), self.data.telemetry_key_file());
        say(&format!(
            "  {program} verify {data} --key {} --key {}",
            key_file.display(),
            telemetry_file.display()
        ));
        if find(None).is_ok() {
            say(&words.text(key::DEMO_QUERY, &[]));
            say(&format!(
                "  {program} query --data {data} 'SELECT * FROM events LIMIT 10'"
            ));
        }
        say(&words.text(key::DEMO_REVIEWS, &[]));
        say(&format!("  {program} reviews --data {data}"));
        say("");
        say(&words.text(key::DEMO_STOP, &[]));
    }

    fn introduce(&self, person: &Person, words: &Words) -> String {
        words.text(
            key::DEMO_IDENTITY_AT,
            &[
                ("name", Value::Text(&person.identity.name)),
                (
                    "role",
                    Value::Text(&words.label(Family::Profession, &person.profession)),
                ),
                ("establishment", Value::Text(&person.establishment)),
            ],
        )
    }

    fn examples(&self) -> [Example; 3] {
        let cast = self.cast;
        let fhir = |target: &str| format!("{}/fhir/{target}", self.url);
        let (permitted, refused) = (&cast.permitted, &cast.refused);
        let glass = &cast.break_glass;
        [
            Example {
                kind: ExampleKind::Permitted,
                body: Json::Null,
                method: "GET",
                status: 200,
                then: None,
                ..self.by(&permitted.role, fhir(&permitted.target))
            },
            Example {
                kind: ExampleKind::Refused,
                body: Json::Null,
                method: "GET",
                status: 403,
                then: None,
                ..self.by(&refused.role, fhir(&refused.target))
            },
            Example {
                kind: ExampleKind::BreakGlass {
                    minutes: self.minutes,
                },
                body: glass.declaration(),
                method: "POST",
                status: 201,
                then: Some(fhir(&glass.read.target)),
                ..self.by(&glass.read.role, format!("{}/break-glass", self.url))
            },
        ]
    }

    /// An example of a person, still without its request.
    fn by(&self, role: &str, url: String) -> Example {
        let person = self
            .people
            .iter()
            .find(|person| person.identity.role == role);
        Example {
            kind: ExampleKind::Permitted,
            person: person
                .map(|person| person.identity.name.clone())
                .unwrap_or_default(),
            token: person
                .map(|person| person.token.clone())
                .unwrap_or_default(),
            method: "GET",
            url,
            body: Json::Null,
            status: 0,
            then: None,
        }
    }
}

impl Example {
    fn name(&self) -> &'static str {
        match self.kind {
            ExampleKind::BreakGlass { .. } => "break_glass",
            ExampleKind::Permitted => "permitted",
            ExampleKind::Refused => "refused",
        }
    }

    fn json(&self) -> Json {
        let then = self.then.as_ref().map(|url| {
            json!({ "method": "GET", "url": url, "token": self.token, "body": null, "status": 200 })
        });
        json!({
            "method": self.method,
            "url": self.url,
            "token": self.token,
            "body": self.body,
            "status": self.status,
            "then": then,
        })
    }

    fn explain(&self, words: &Words) -> String {
        let name = ("name", Value::Text(&self.person));
        match self.kind {
            ExampleKind::BreakGlass { minutes } => {
                words.text(key::DEMO_BREAK_GLASS, &[name, ("minutes", minutes.into())])
            }
            ExampleKind::Permitted => words.text(key::DEMO_PERMITTED, &[name]),
            ExampleKind::Refused => words.text(key::DEMO_REFUSED, &[name]),
        }
    }

    /// What a browser opens to see the same; the page of the refusal leads on to the declaration.
    fn path(&self, door: &str) -> String {
        let read = self.then.as_ref().unwrap_or(&self.url);
        read.strip_prefix(door).unwrap_or("/").to_owned()
    }

    /// The request as one line of shell; the token stands in it because everybody here is invented.
    fn command(&self, ca_file: &std::path::Path) -> String {
        // Another terminal may be in another folder.
        let ca_file = std::path::absolute(ca_file).unwrap_or_else(|_| ca_file.to_owned());
        let curl = format!(
            "curl --cacert {} -H {}",
            quoted(&ca_file.display().to_string()),
            quoted(&format!("Authorization: Bearer {}", self.token))
        );
        match &self.then {
            None => format!("{curl} {}", quoted(&self.url)),
            Some(then) => format!(
                "{curl} -H 'Content-Type: application/json' -d {} {} && {curl} {}",
                quoted(&self.body.to_string()),
                quoted(&self.url),
                quoted(then)
            ),
        }
    }
}

/// A word of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
