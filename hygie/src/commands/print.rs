//! The only place that writes to the terminal.

use std::io::{IsTerminal, Write};

/// Prints a line of a command's result.
///
/// A reader that has gone away (`| head`) is no fault of ours, so what cannot be written is let go.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        // Nobody reads any more; the exit code still tells how it went.
    }
}

/// Prints a line about the command itself.
pub(crate) fn complain(line: &str) {
    if writeln!(std::io::stderr().lock(), "{line}").is_err() {
        // Nobody listens; the exit code still tells.
    }
}

/// Sends the program's log to the standard error output, warnings only unless `HYGIE_LOG` says
/// otherwise.
pub(crate) fn log_to_stderr() {
    let filter = std::env::var("HYGIE_LOG").unwrap_or_else(|_| "warn".to_owned());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        // Colours are for a terminal; in a file or a journal they are stray bytes.
        .with_ansi(std::io::stderr().is_terminal())
        .finish();
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        complain("hygie: the log was set up already");
    }
}
