//! `hygie init`: creation is an explicit verb.

use anyhow::{Context, Result};
use gateway::tls::authority::Authority;

use locale::{Value, key};

use super::{Ending, Usage, Words, say};
use crate::cli::Init;
use crate::clock;
use crate::config::starting_text;
use crate::folder::{DataFolder, write_whole};
use crate::house::{make_logs, make_telemetry};

/// A directory of nobody, in the form that `hygie.toml` names.
const EMPTY_DIRECTORY: &str = r#"{
  "establishments": [],
  "persons": [],
  "patients": [],
  "care_teams": [],
  "encounters": [],
  "assets": []
}
"#;

/// Makes a new folder, or adds the telemetry log to an older one.
pub(crate) fn run(init: &Init, words: &Words) -> Result<Ending> {
    match &init.telemetry {
        None => lay_out(init),
        Some(data) => add_telemetry(&DataFolder::at(data), words),
    }
}

fn add_telemetry(data: &DataFolder, words: &Words) -> Result<Ending> {
    make_telemetry(data)?;
    let (root, file) = (
        data.root().display().to_string(),
        data.telemetry_key_file().display().to_string(),
    );
    let values = [("data", Value::Text(&root)), ("file", Value::Text(&file))];
    say(&words.text(key::INIT_TELEMETRY, &values));
    Ok(Ending::Done)
}

/// Makes a data folder, an authority, empty logs and a commented configuration.
pub(crate) fn lay_out(init: &Init) -> Result<Ending> {
    let config = init.folder.join("hygie.toml");
    if config.exists() {
        let there = format!(
            "`{}` is there already; nothing was changed",
            config.display()
        );
        return Err(Usage(there).into());
    }
    let data = DataFolder::at(init.folder.join("hygie-data"));
    make(&data, &init.origin)?;
    let directory = init.folder.join("directory.json");
    if !directory.exists() {
        write_whole(&directory, EMPTY_DIRECTORY.as_bytes(), 0o640)?;
    }
    write_whole(&config, starting_text().as_bytes(), 0o640)?;
    say(&format!(
        "{}  the configuration: read it, then `hygie check`",
        config.display()
    ));
    say(&format!(
        "{}  staff, units, care teams: fill it in",
        directory.display()
    ));
    say(&format!(
        "{}  keys and evidence: back it up",
        data.root().display()
    ));
    for public in [data.public_key_file(), data.telemetry_key_file()] {
        say(&format!(
            "{}  a public key: give a copy to your auditor",
            public.display()
        ));
    }
    Ok(Ending::Done)
}

/// Makes what lies in a data folder: keys, certificates for localhost, empty logs.
pub(crate) fn make(data: &DataFolder, origin: &str) -> Result<()> {
    data.make(origin)?;
    Authority::open_or_make(&data.tls(), &[], clock::now()).context("certificates")?;
    make_logs(data).context("the evidence logs")
}
