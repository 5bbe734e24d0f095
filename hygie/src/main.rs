//! The program `hygie`.

use std::process::ExitCode;

use clap::Parser;
use hygie::cli::Cli;

fn main() -> ExitCode {
    hygie::commands::run(Cli::parse())
}
