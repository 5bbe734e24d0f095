//! What happened to each step, and the closing lines that say it.

use std::fmt;
use std::time::Duration;

/// How a step ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Ending {
    /// It broke a rule; the reason in one line.
    Failed(String),
    /// It ran and holds.
    Held,
    /// It could not run here; the reason in one line.
    Skipped(String),
}

/// One step that was reached.
#[derive(Clone, Debug)]
pub struct Line {
    /// The name of the step.
    pub step: &'static str,
    /// How it ended.
    pub ending: Ending,
    /// How long it took.
    pub duration: Duration,
}

/// Every step that was reached, in order.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The lines, in the order of the run.
    pub lines: Vec<Line>,
}

impl Summary {
    /// Whether every step that was reached holds or was skipped.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self
            .lines
            .iter()
            .any(|line| matches!(line.ending, Ending::Failed(_)))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "Summary")?;
        for line in &self.lines {
            let (word, reason) = match &line.ending {
                Ending::Failed(reason) => ("FAILED", reason.as_str()),
                Ending::Held => ("ok", ""),
                Ending::Skipped(reason) => ("skipped", reason.as_str()),
            };
            let seconds = line.duration.as_secs_f64();
            let text = format!("  {word:<8}{:<12}{seconds:>8.1} s  {reason}", line.step);
            writeln!(out, "{}", text.trim_end())?;
        }
        let total: Duration = self.lines.iter().map(|line| line.duration).sum();
        let skipped = self
            .lines
            .iter()
            .filter(|line| matches!(line.ending, Ending::Skipped(_)))
            .count();
        match self
            .lines
            .iter()
            .find(|line| matches!(line.ending, Ending::Failed(_)))
        {
            Some(line) => write!(out, "Stopped at `{}`", line.step)?,
            None => write!(
                out,
                "{} steps hold, {skipped} skipped",
                self.lines.len() - skipped
            )?,
        }
        write!(out, ", {:.0} s in all", total.as_secs_f64())
    }
}
