//! The program `hygie-lake`.

use std::error::Error as _;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use lake::{Cli, Error};

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to tell when this cannot be written either.
            drop(writeln!(
                std::io::stderr(),
                "hygie-lake: {}",
                chain(&failure)
            ));
            failure.exit_code().into()
        }
    }
}

/// The failure with its causes, in one line.
fn chain(failure: &Error) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text.replace('\n', " ")
}
