//! `hygie init`: creation is an explicit verb.

use anyhow::{Context, Result};
use evidence::{EvidenceLog, Options};
use gateway::tls::authority::Authority;

use super::{Ending, Usage, say};
use crate::cli::Init;
use crate::clock;
use crate::config::starting_text;
use crate::folder::{DataFolder, write_whole};

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

/// Makes a data folder, an authority, an empty log and a commented configuration.
pub(crate) fn run(init: &Init) -> Result<Ending> {
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
    let public = data.public_key_file();
    say(&format!(
        "{}  the public key: give a copy to your auditor",
        public.display()
    ));
    Ok(Ending::Done)
}

/// Makes what lies in a data folder: keys, certificates for localhost, an empty log.
pub(crate) fn make(data: &DataFolder, origin: &str) -> Result<()> {
    data.make(origin)?;
    Authority::open_or_make(&data.tls(), &[], clock::now()).context("certificates")?;
    let log = EvidenceLog::create(Options::new(data.evidence(), data.signer()?))
        .context("the evidence log")?;
    log.close().context("the evidence log")
}
