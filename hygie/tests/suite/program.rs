//! The program as a child process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::client::Client;

/// How long a start may take on a machine that does much else; nothing is measured by it.
const START_MAX: Duration = Duration::from_secs(120);

/// How many lines of a program wait to be asked for.
const LINES_MAX: usize = 16;

/// A run of the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

/// The program, with a fixed language and no settings of whoever runs the tests.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hygie"));
    command.env("LC_ALL", "C.UTF-8").env_remove("HYGIE_LOG");
    command
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What a run printed.
pub(crate) fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A door that serves; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    /// The line by which it said that it is ready.
    pub(crate) line: String,
    /// What it writes about itself.
    pub(crate) log: PathBuf,
    /// What it printed after its first line.
    more: Receiver<String>,
}

impl Program {
    /// Starts the program and waits for its first line; its log goes to `log`, appended.
    pub(crate) fn start(arguments: &[&str], log: &Path) -> Self {
        let logged = File::options().create(true).append(true).open(log).unwrap();
        let mut child = command()
            .args(arguments)
            .env("HYGIE_LOG", "debug")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(logged)
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (first, ready) = sync_channel(1);
        let (tell_more, more) = sync_channel(LINES_MAX);
        thread::spawn(move || {
            let mut lines = out.lines().map_while(Result::ok);
            let line = lines.next();
            drop(first.send(line));
            // A full pipe would stop the program: what nobody asks for is dropped.
            lines.for_each(|line| drop(tell_more.try_send(line)));
        });
        let program = |line| Self {
            child,
            line,
            log: log.to_owned(),
            more,
        };
        match ready.recv_timeout(START_MAX) {
            Ok(Some(line)) => program(line),
            ended => {
                drop(program(String::new()));
                let logged = std::fs::read_to_string(log).unwrap();
                panic!("not ready ({ended:?}): {logged}");
            }
        }
    }

    /// The next line that it printed after its first one.
    pub(crate) fn next_line(&self) -> String {
        self.more.recv_timeout(START_MAX).unwrap()
    }

    /// Takes its life at once, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(mut self) -> ExitStatus {
        kill_process(self.pid(), Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }

    /// The most memory it ever had resident, in bytes.
    pub(crate) fn resident_bytes_max(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib * 1024
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already; there is nobody left to tell.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A demonstration that serves.
#[derive(Debug)]
pub(crate) struct Demonstration {
    pub(crate) program: Program,
    /// What it said of itself.
    pub(crate) said: Value,
    pub(crate) data: PathBuf,
    pub(crate) port: u16,
}

impl Demonstration {
    /// Starts it on the folder `data` inside `place`.
    pub(crate) fn start(place: &Path) -> Self {
        let data = place.join("data");
        let arguments = ["demo", "--json", "--port", "0", "--data", text(&data)];
        let program = Program::start(&arguments, &place.join("demo.log"));
        let said: Value = serde_json::from_str(&program.line).unwrap();
        let url = said["url"].as_str().unwrap();
        let port = url.strip_prefix("https://localhost:").unwrap();
        Self {
            port: port.parse().unwrap(),
            program,
            data,
            said,
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.port, &self.ca_file())
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.said["ca_file"].as_str().unwrap().into()
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.said["public_key_file"].as_str().unwrap().into()
    }

    /// The token of a role.
    pub(crate) fn token(&self, role: &str) -> &str {
        self.identity(role)["token"].as_str().unwrap()
    }

    /// The identity of a role.
    pub(crate) fn identity(&self, role: &str) -> &Value {
        let identities = self.said["identities"].as_array().unwrap();
        let found = identities.iter().find(|it| it["role"] == role);
        found.unwrap_or_else(|| panic!("nobody is {role}"))
    }
}
