//! `hygie query`: the question goes to `hygie-lake`, and its answer comes through unchanged.

use std::ffi::OsString;
use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;

use super::{Ending, Usage};
use crate::cli::{Format, Query};
use crate::folder::DataFolder;
use crate::lake::Lake;

/// Becomes the program that answers: what it writes and its exit code are those of this command.
pub(crate) fn run(query: &Query) -> Result<Ending> {
    ask(&query.sql, &query.data, query.format)
}

/// The same for whoever has a question.
pub(super) fn ask(sql: &str, data: &Path, format: Format) -> Result<Ending> {
    let folder = data;
    let data = DataFolder::at(folder);
    let streams = [
        ("decisions", data.evidence()),
        ("telemetry", data.telemetry()),
    ];
    let mut job = Lake::of_folder(&data)?.job("query")?.with(sql);
    let mut logs = 0;
    for (name, folder) in streams {
        if folder.join("wal").is_dir() {
            job = job.with("--log").with(named(name, &folder));
            logs += 1;
        }
    }
    if logs == 0 {
        let what = format!("`{}` is no data folder", folder.display());
        return Err(Usage(what).into());
    }
    let format = format.to_possible_value();
    let format = format.map_or_else(|| "table".to_owned(), |value| value.get_name().to_owned());
    Err(job.with("--format").with(format).become_it().into())
}

/// `NAME=FOLDER`, whatever bytes the folder's name has.
fn named(name: &str, folder: &Path) -> OsString {
    let mut argument = OsString::from(name);
    argument.push("=");
    argument.push(folder);
    argument
}
