//! A small hospital of the test's own, in front of whatever upstream a test brings.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::client::Client;
use crate::program::{Program, run, text};
use crate::provider::Provider;

/// The address by which its clients know the door.
pub(crate) const PUBLIC_URL: &str = "https://door.hospital.example";

/// A configured door with its folder.
#[derive(Debug)]
pub(crate) struct Hospital {
    place: TempDir,
    pub(crate) provider: Provider,
}

/// Its door, open.
#[derive(Debug)]
pub(crate) struct OpenDoor {
    pub(crate) program: Program,
    pub(crate) client: Client,
}

impl Hospital {
    /// Configures a door in front of the FHIR server at `url`.
    pub(crate) fn in_front_of(url: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let made = run(&["init", text(place.path())]);
        assert!(made.status.success(), "{made:?}");
        let this = Self {
            place,
            provider: Provider::new(),
        };
        this.write("jwks.json", &this.provider.jwks());
        this.write("directory.json", &directory());
        let start = fs::read_to_string(this.config()).unwrap();
        let mut config = start.clone();
        for (from, to) in [
            ("\"0.0.0.0:8443\"", "\"127.0.0.1:0\""),
            ("https://localhost:8443", PUBLIC_URL),
            ("\njwks_url =", "\n# jwks_url ="),
            ("# jwks_file =", "jwks_file ="),
            ("http://127.0.0.1:8080/fhir", url),
        ] {
            assert!(config.contains(from), "{from}");
            config = config.replace(from, to);
        }
        this.write("hygie.toml", &config);
        this
    }

    /// Configures a door in front of the web application at `url`, under the same service name.
    pub(crate) fn in_front_of_application(url: &str, tier: &str) -> Self {
        let this = Self::in_front_of(url);
        let config = fs::read_to_string(this.config()).unwrap();
        let config = config
            .replace("\nkind = \"fhir\"", "\nkind = \"web\"")
            .replace("\ntier = \"office\"", &format!("\ntier = \"{tier}\""));
        this.write("hygie.toml", &config);
        this
    }

    /// Changes the configuration, each text for another.
    pub(crate) fn change(&self, changes: &[(&str, &str)]) {
        let mut config = fs::read_to_string(self.config()).unwrap();
        for (from, to) in changes {
            assert!(config.contains(from), "{from}");
            config = config.replacen(from, to, 1);
        }
        self.write("hygie.toml", &config);
    }

    pub(crate) fn open(&self) -> OpenDoor {
        let log = self.place.path().join("hygie.log");
        let program = Program::start(&["serve", "--config", text(&self.config())], &log);
        let (_, port) = program.line.rsplit_once(':').unwrap();
        OpenDoor {
            client: Client::new(port.parse().unwrap(), &self.ca_file()),
            program,
        }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.place.path().join("hygie.toml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.place.path().join("hygie-data")
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.data().join("tls/ca.pem")
    }

    pub(crate) fn place(&self) -> &Path {
        self.place.path()
    }

    /// A token for a person, in a session named after them.
    pub(crate) fn token(&self, person: &str) -> String {
        self.provider.token(person, &format!("s-{person}"))
    }

    /// Writes a file of its folder.
    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.place.path().join(name), content).unwrap();
    }
}

/// Three who treat `p-1` and one who does not, nor anybody who treats `p-2`; and the physician of
/// medical information.
fn directory() -> String {
    let since = "2020-01-01T00:00:00Z";
    let person = |id: &str, profession: &str, establishment: &str| {
        json!({
            "id": id, "name": id, "profession": profession,
            "posts": [{ "establishment": establishment, "unit": format!("{establishment}-ward"),
                        "from": since }],
        })
    };
    let mut coder = person("coder", "physician", "north");
    coder["roles"] = json!(["medical-information"]);
    let member = |id: &str| json!({ "person": id, "role": "member", "from": since });
    json!({
        "establishments": [
            { "id": "north", "name": "Hôpital du Nord",
              "units": [{ "id": "north-ward", "name": "Service" }] },
            { "id": "south", "name": "Hôpital du Sud",
              "units": [{ "id": "south-ward", "name": "Service" }] },
        ],
        "persons": [
            person("doctor", "physician", "north"),
            person("nurse", "nurse", "north"),
            person("student", "student", "north"),
            person("elsewhere", "physician", "south"),
            coder,
        ],
        "patients": [
            { "id": "p-1", "establishments": ["north"] },
            { "id": "p-2", "establishments": ["north"] },
        ],
        "care_teams": [{
            "id": "team-1", "patient": "p-1",
            "members": [member("doctor"), member("nurse"), member("student")],
        }],
        "supervisions": [{
            "person": "student", "supervisor": "doctor", "unit": "north-ward",
            "from": since, "until": "2099-01-01T00:00:00Z",
        }],
    })
    .to_string()
}
