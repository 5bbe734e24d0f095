//! The program `hygie-lake`: where it is, and how its jobs are started.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{LakeError, Store};

/// The name of the program's file.
const NAME: &str = "hygie-lake";

/// Names the program for a whole environment, such as that of a test.
const VARIABLE: &str = "HYGIE_LAKE";

/// Where the program is: as named, as the environment says, or beside this program.
///
/// The data folder never names it: whoever checks a copied folder must not run what the copy says.
pub fn find(named: Option<&Path>) -> Result<PathBuf, LakeError> {
    let path = match (named, std::env::var_os(VARIABLE)) {
        (Some(named), _) => named.to_owned(),
        (None, Some(path)) if !path.is_empty() => PathBuf::from(path),
        (None, _) => std::env::current_exe()
            .map_err(|source| LakeError::File {
                act: "find the folder of",
                path: PathBuf::from(NAME),
                source,
            })?
            .with_file_name(NAME),
    };
    if path.is_file() {
        // A bare name would be looked for in other folders when it is started.
        std::path::absolute(&path).map_err(|source| LakeError::File {
            act: "find the place of",
            path,
            source,
        })
    } else {
        Err(LakeError::Absent { looked: path })
    }
}

/// The command line of one job.
#[derive(Debug)]
pub struct Job {
    program: PathBuf,
    command: Command,
}

impl Job {
    pub(crate) fn new(program: &Path, name: &str, store: Option<&Store>) -> Self {
        let mut command = Command::new(program);
        command.arg(name);
        if let Some(store) = store {
            command.arg("--store").arg(store.to_json());
        }
        Self {
            program: program.to_owned(),
            command,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Starts it with its output on pipes.
    pub(crate) fn start(mut self) -> Result<Child, LakeError> {
        let started = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        started.map_err(|source| self.unstarted(source))
    }

    /// Becomes it: its output is that of this program, and so is its exit code.
    ///
    /// Returns only when it could not be started.
    pub fn become_it(mut self) -> LakeError {
        use std::os::unix::process::CommandExt;
        let source = self.command.exec();
        self.unstarted(source)
    }

    fn unstarted(&self, source: std::io::Error) -> LakeError {
        LakeError::File {
            act: "start",
            path: self.program.clone(),
            source,
        }
    }
}
