//! `hygie hunt`: indicators, rules or a question, over everything that was kept.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use event::{FindingRaised, Timestamp};
use indicatif::ProgressBar;
use watch::observe::places::Places;
use watch::sigma::Placeholders;

use super::reading::bar;
use super::serve::until_interrupted;
use super::{Ending, Usage, complain, query, say};
use crate::cli;
use crate::clock;
use crate::detection::HouseRules;
use crate::folder::{DataFolder, remove_if_there, write_whole};
use crate::house::found::{instant, shown};
use crate::hunt::lists::short_digest;
use crate::hunt::{
    Ended, Hunt, HuntedLog, Listener, Lists, Progress, RulesWanted, Wanted, hunt, read_list,
};
use crate::lake::Lake;

/// What was not understood in lists that is told one by one; the rest is counted.
const NOT_UNDERSTOOD_TOLD_MAX: usize = 20;

/// Hunts, or asks.
pub(crate) fn run(wanted: &cli::Hunt) -> Result<Ending> {
    if let Some(sql) = &wanted.sql {
        return query::ask(sql, &wanted.data, cli::Format::Table);
    }
    let data = DataFolder::at(&wanted.data);
    if !data.is_made() {
        let what = format!("`{}` is no data folder", wanted.data.display());
        return Err(Usage(what).into());
    }
    let since_us = since(wanted.since.as_deref())?;
    let lake = Lake::of_folder(&data)?;
    let hunts = data.hunts();
    let (looked_for, text) = match wanted.indicators.is_empty() {
        true => rules(wanted, &data)?,
        false => indicators(&wanted.indicators)?,
    };
    // The same list or rules and the same words of time are the same hunt, however much later.
    let words_of_time = wanted.since.as_deref().unwrap_or_default();
    let id = short_digest(&[text.as_bytes(), words_of_time.as_bytes()]);
    let list = hunts.join(format!("{id}.list"));
    // Sealed entries are found by their side index; the list lies beside the place of the hunt.
    let source = match &looked_for {
        Wanted::Indicators(_) => {
            fs::create_dir_all(&hunts).context("making the folder of hunts")?;
            write_whole(&list, text.as_bytes(), 0o600).context("writing the list of the hunt")?;
            lake.hunting(list.clone())
        }
        Wanted::Rules(..) => lake.source(false),
    };
    drop(text);
    let asked = Hunt {
        wanted: looked_for,
        since_us,
        logs: vec![
            HuntedLog::whole("telemetry", data.telemetry())?,
            HuntedLog::whole("decisions", data.evidence())?,
        ],
        source,
        place: hunts.join(format!("{id}.json")),
        id,
    };
    if wanted.anew {
        remove_if_there(&asked.place)?;
    }
    let mut teller = Teller::new(wanted.json);
    let stop = until_interrupted(|| {})?;
    let ended = hunt(&asked, &stop, &mut teller)?;
    teller.bar.finish_and_clear();
    if !ended.is_broken_off {
        remove_if_there(&list)?;
    }
    Ok(tell(ended))
}

fn tell(ended: Ended) -> Ending {
    let Progress { done, total, found } = ended.progress;
    if ended.is_broken_off {
        complain(&format!(
            "broken off at entry {done} of {total}, {found} findings so far: the same command goes on"
        ));
        return Ending::NotAllChecked;
    }
    complain(&format!("{total} entries, {found} findings"));
    Ending::Done
}

/// From when on, in microseconds since 1970: `3y`, `90d`, `12h`, or an instant.
fn since(text: Option<&str>) -> Result<u64> {
    let Some(text) = text else {
        return Ok(0);
    };
    let unit_s = |unit| match unit {
        'h' => Some(3_600),
        'd' => Some(86_400),
        'w' => Some(7 * 86_400),
        'y' => Some(366 * 86_400),
        _ => None,
    };
    let mut signs = text.chars();
    let unit = signs.next_back().and_then(unit_s);
    if let (Some(unit_s), Ok(count)) = (unit, signs.as_str().parse::<u64>()) {
        let ago_us = count.saturating_mul(unit_s).saturating_mul(1_000_000);
        return Ok(clock::now().as_us().saturating_sub(ago_us));
    }
    let at: Result<Timestamp, _> = text.parse();
    let at = at.map_err(|error| {
        Usage(format!(
            "`{text}` is no time such as 3y, 90d or 2026-01-31T00:00:00Z: {error}"
        ))
    })?;
    Ok(at.as_us())
}

/// The indicators of lists; what was not understood in them is told.
fn indicators(files: &[PathBuf]) -> Result<(Wanted, String)> {
    let now_us = i64::try_from(clock::now().as_us()).unwrap_or(i64::MAX);
    let mut lists = Lists::default();
    let (mut told, mut expired) = (0, 0_u64);
    for file in files {
        let list = read_list(file)?;
        for one in &list.not_understood {
            told += 1;
            if told <= NOT_UNDERSTOOD_TOLD_MAX {
                complain(&format!(
                    "{}: {}: {}",
                    file.display(),
                    one.place,
                    one.reason
                ));
            }
        }
        let is_over = |until: Option<i64>| until.is_some_and(|until| until < now_us);
        let over = list
            .indicators
            .iter()
            .filter(|it| is_over(it.valid_until_us));
        expired = expired.saturating_add(u64::try_from(over.count()).unwrap_or(u64::MAX));
        lists.add(list);
    }
    let (text, not_understood_total) = (lists.text(), lists.not_understood_total);
    let (looked_for, unusable) = lists.looked_for();
    for it in unusable.iter().take(NOT_UNDERSTOOD_TOLD_MAX) {
        complain(&format!("not looked for: {}", it.escape_debug()));
    }
    let unusable = u64::try_from(unusable.len()).unwrap_or(u64::MAX);
    let not_taken = not_understood_total.saturating_add(unusable);
    complain(&format!(
        "{} indicators, {not_taken} entries not understood, {expired} whose time is over and that are hunted all the same",
        looked_for.len()
    ));
    if looked_for.is_empty() {
        return Err(Usage("there is nothing to look for in these lists".to_owned()).into());
    }
    Ok((Wanted::Indicators(Box::new(looked_for)), text))
}

fn rules(wanted: &cli::Hunt, data: &DataFolder) -> Result<(Wanted, String)> {
    let rules = HouseRules::alone(&wanted.rules, &Placeholders::new(), Places::default());
    let rules = rules.context("loading the rules")?;
    for refused in rules.refused() {
        complain(&format!("not taken: {refused}"));
    }
    let count = rules.rules().rules().len();
    complain(&format!(
        "{count} rules, {} not taken",
        rules.refused().len()
    ));
    if count == 0 {
        return Err(Usage("there is no rule to hunt with".to_owned()).into());
    }
    // A rule that changed is another hunt.
    let text = format!("{:?}", rules.digests());
    let told = rules.titles();
    let rules = RulesWanted {
        rules,
        key: data.watch_key()?,
        told,
    };
    Ok((Wanted::Rules(Box::new(rules)), text))
}

struct Teller {
    json: bool,
    bar: ProgressBar,
}

impl Teller {
    fn new(json: bool) -> Self {
        let bar = bar("{bar:30} {human_pos}/{human_len} entries {per_sec} {msg} {eta}");
        Self { json, bar }
    }
}

impl Listener for Teller {
    fn found(&mut self, raised: &FindingRaised) {
        let line = match self.json {
            true => serde_json::to_string(raised).unwrap_or_default(),
            false => line_of(raised),
        };
        self.bar.suspend(|| say(&line));
    }

    fn progress(&mut self, progress: Progress) {
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
        self.bar.set_message(format!("{} findings", progress.found));
    }
}

fn line_of(raised: &FindingRaised) -> String {
    let finding = &raised.finding;
    let about: Vec<String> = finding.entities.iter().map(shown).collect();
    let position = finding
        .positions
        .last()
        .map_or_else(String::new, ToString::to_string);
    format!(
        "{} {:<13} {} [{}@{position}] {}",
        instant(finding.at_us),
        finding.level.name(),
        raised.title.escape_debug(),
        raised.stream,
        about.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_back_or_named() {
        let now_us = clock::now().as_us();
        for (text, ago_s) in [("12h", 43_200), ("90d", 7_776_000), ("2w", 1_209_600)] {
            let since_us = since(Some(text)).unwrap();
            let ago_us = now_us.abs_diff(since_us);
            // A second is the most that may pass in between.
            assert!(ago_us.abs_diff(ago_s * 1_000_000) < 60_000_000, "{text}");
        }
        assert_eq!(since(None).unwrap(), 0);
        assert_eq!(since(Some("1970-01-01T00:00:02Z")).unwrap(), 2_000_000);
        for wrong in ["", "3", "y", "5x", "-1d", "é"] {
            assert!(since(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_the_lake_reads_is_what_lines_are_compared_with() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("list.txt");
        let values = "198.51.100.7\n203.0.113.0/24\nbad.example\nhttp://x.example/a\n\
            d41d8cd98f00b204e9800998ecf8427e\na@bad.example\n";
        fs::write(&file, values).unwrap();
        let (wanted, text) = indicators(&[file]).unwrap();
        assert!(matches!(wanted, Wanted::Indicators(list) if list.len() == 6));
        let kinds: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split('"').nth(3))
            .collect();
        assert_eq!(
            kinds,
            ["address", "network", "domain", "url", "hash", "mail"]
        );
    }
}
