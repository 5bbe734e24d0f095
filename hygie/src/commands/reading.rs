//! What the commands share that read logs with rules: their options, their bar, and how they tell
//! what could not be read.

use std::io::{ErrorKind, IsTerminal};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use event::Timestamp;
use indicatif::{ProgressBar, ProgressStyle};
use intake::logs::Settings;
use locale::Family;
use watch::observe::places::Places;
use watch::sigma::Placeholders;
use wire::log::Format;

use super::{Usage, Words, complain, say};
use crate::detection::Loaded;
use crate::folder::read_bounded;

/// Bytes of a file with the values of placeholders.
const PLACEHOLDERS_BYTES_MAX: u64 = 16 << 20;

/// Bytes of a table of places.
const PLACES_BYTES_MAX: u64 = 4 << 20;

/// Unreadable things that are told one by one; the others are counted.
const UNREAD_TOLD_MAX: u64 = 20;

/// How a bar over bytes looks.
const OVER_BYTES: &str = "{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {msg} {eta}";

/// How files are read: every line of one format, or each recognised by itself.
pub(super) fn settings(format: Option<&str>) -> Result<Settings> {
    let mut settings = Settings::default();
    if let Some(name) = format {
        let known = Format::from_code(name);
        let format = known.ok_or_else(|| Usage(format!("there is no format `{name}`")))?;
        settings.format = Some(format);
    }
    Ok(settings)
}

/// The values of placeholders: a TOML file with lists, such as `administrators = ["adm-1"]`.
pub(super) fn placeholders(file: Option<&Path>) -> Result<Placeholders> {
    let Some(file) = file else {
        return Ok(Placeholders::new());
    };
    let text = small_text(file, PLACEHOLDERS_BYTES_MAX)?;
    toml::from_str(&text).with_context(|| format!("reading `{}`", file.display()))
}

/// Which network is which hospital and tier.
pub(super) fn places(file: Option<&Path>) -> Result<Places> {
    let Some(file) = file else {
        return Ok(Places::default());
    };
    let text = small_text(file, PLACES_BYTES_MAX)?;
    Places::read(&text).with_context(|| format!("reading `{}`", file.display()))
}

/// A text that is held in memory whole.
pub(super) fn small_text(file: &Path, bytes_max: u64) -> Result<String> {
    let name = || format!("reading `{}`", file.display());
    String::from_utf8(bounded(file, bytes_max)?).with_context(name)
}

/// The longest capture that is read, in bytes: it is held in memory whole.
pub(super) const CAPTURE_BYTES_MAX: u64 = 4 << 30;

/// A file that is held in memory whole.
pub(super) fn bounded(file: &Path, bytes_max: u64) -> Result<Vec<u8>> {
    let name = || format!("reading `{}`", file.display());
    match read_bounded(file, bytes_max) {
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            Err(Usage(format!("`{}` is too long", file.display())).into())
        }
        read => read.with_context(name),
    }
}

/// Says what is wrong with a capture, by the code of its fault.
pub(super) fn tell_fault(capture: &str, code: &str, words: &Words) {
    complain(&format!("{capture}: {}", words.label(Family::Cause, code)));
}

/// Says what was loaded, and names what was not taken.
pub(super) fn tell_loaded(loaded: &Loaded) {
    for refused in &loaded.refused {
        complain(&format!("not taken: {refused}"));
    }
    for one in &loaded.not_evaluated {
        complain(&format!("not taken: {one}"));
    }
    complain(&format!(
        "{} rules of {} files, {} not taken",
        loaded.rules.rules().len(),
        loaded.files,
        loaded.refused.len() + loaded.not_evaluated.len()
    ));
}

/// A key of nobody else, for one run.
pub(super) fn random_key() -> Result<[u8; 16]> {
    let mut key = [0; 16];
    getrandom::fill(&mut key).context("asking the system for randomness")?;
    Ok(key)
}

/// A bar on a terminal, and nothing elsewhere.
pub(super) fn bar(style: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

/// Files while they are read: a bar, and what of them could not be read.
pub(super) struct Reading<'w> {
    words: &'w Words,
    bar: ProgressBar,
    /// How many things could not be read.
    pub(super) unread: u64,
    /// Whether a file, or a part of one, was among them.
    pub(super) is_partial: bool,
}

impl<'w> Reading<'w> {
    pub(super) fn begin(words: &'w Words) -> Self {
        Self {
            words,
            bar: bar(OVER_BYTES),
            unread: 0,
            is_partial: false,
        }
    }

    /// Prints a line above the bar.
    pub(super) fn say(&self, line: &str) {
        self.bar.suspend(|| say(line));
    }

    /// The same on the standard error output.
    pub(super) fn complain(&self, line: &str) {
        self.bar.suspend(|| complain(line));
    }

    /// Something could not be read, for the reason of this code.
    pub(super) fn unread(&mut self, (source, at): (&str, u64), code: &str, is_part: bool) {
        self.unread += 1;
        self.is_partial |= is_part;
        if self.unread <= UNREAD_TOLD_MAX {
            let why = self.words.label(Family::Cause, code);
            self.complain(&format!("{source}@{at}: {why}"));
        }
    }

    pub(super) fn progress(&self, (done, total): (u64, u64), message: String) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(message);
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// An instant as events write it; nothing before 1970.
pub(super) fn instant(us: i64) -> Option<String> {
    let us = u64::try_from(us).ok()?;
    Some(Timestamp::from_us(us).to_string())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rate for people, counts below 2^52"
)]
pub(super) fn rate_per_s(events: u64, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64().max(1e-9)
}
