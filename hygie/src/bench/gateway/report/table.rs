//! The figures for people, in English: their names are those of the JSON.

use std::fmt::Write as _;

use super::{Figures, Large, Latency, Report};
use crate::bench::cell;

/// One line of the table.
struct Row {
    name: &'static str,
    rps: Option<f64>,
    latency: Latency,
    added: Option<(f64, f64)>,
}

impl Report {
    /// The figures as a table, with what they were measured on.
    #[must_use]
    pub fn table(&self) -> String {
        let (search, glass) = (&self.search, &self.break_glass);
        let entries = search.entries.unwrap_or_default();
        let title = format!("search of {entries} entries");
        let mut table = part("read", &self.read)
            + &part(&title, search)
            + &part("break-glass (declaration and first read)", glass);
        for large in &self.large {
            table += &large.line();
        }
        // Writing to a string does not fail.
        write!(
            table,
            "rps: closed loop; latency: steady, from the instant each was meant to leave\n\
             {rounds} rounds of {seconds} s for each figure, medians\n\
             resident_mb: {at_rest} at rest, {read} after reads, {search} after searches, {glass} \
             after emergencies; upstream and door in one process\n\
             {answers} answers of the door, each with evidence of its own\n\
             machine: {machine}\n",
            rounds = self.rounds,
            seconds = self.seconds,
            at_rest = shown(self.resident_mb),
            read = shown(self.read.resident_after_mb),
            search = shown(search.resident_after_mb),
            glass = shown(glass.resident_after_mb),
            answers = self.answers(),
            machine = self.machine,
        )
        .unwrap_or_default();
        table
    }

    /// Answers of the door, all together.
    fn answers(&self) -> u64 {
        let cases = [&self.read, &self.search, &self.break_glass].map(|it| it.answers);
        let large = self.large.iter().map(|it| it.answers);
        cases.into_iter().chain(large).sum()
    }
}

impl Large {
    fn line(&self) -> String {
        format!(
            "large: {entries} of {held} entries, {body} bytes, {rps:.0} rps; resident_mb_max: \
             {door} with the door, {direct} with the upstream alone\n",
            entries = self.entries,
            held = self.held_entries,
            body = self.body_bytes,
            rps = self.rps,
            door = shown(self.resident_mb_max),
            direct = shown(self.resident_direct_mb_max),
        )
    }
}

/// The lines of one case.
fn part(title: &str, figures: &Figures) -> String {
    let mut text = format!(
        "{title}: {steady} a second over {connections} connections, bodies of {body} bytes\n",
        steady = figures.steady_rps,
        connections = figures.connections,
        body = figures.body_bytes,
    );
    let names = [
        "",
        "rps",
        "p50_ms",
        "p99_ms",
        "added_p50_ms",
        "added_p99_ms",
    ];
    text += &line(&names.map(str::to_owned));
    for row in rows(figures) {
        let figure = |figure: Option<f64>, decimals: usize| {
            figure.map_or("-".to_owned(), |figure| format!("{figure:.decimals$}"))
        };
        text += &line(&[
            row.name.to_owned(),
            figure(row.rps, 0),
            figure(Some(row.latency.p50_ms), 3),
            figure(Some(row.latency.p99_ms), 3),
            figure(row.added.map(|(p50, _)| p50), 3),
            figure(row.added.map(|(_, p99)| p99), 3),
        ]);
    }
    text + &beside(figures) + "\n"
}

/// By every way that was there.
fn rows(figures: &Figures) -> Vec<Row> {
    let mut rows = vec![Row {
        name: "direct",
        rps: figures.rps_direct,
        latency: figures.direct,
        added: None,
    }];
    let nginx = figures.nginx.map(|latency| Row {
        name: "nginx",
        rps: figures.rps_nginx,
        latency,
        added: figures.nginx_added_p50_ms.zip(figures.nginx_added_p99_ms),
    });
    let asking = figures.auth_request.map(|latency| Row {
        name: "auth_request",
        rps: figures.rps_auth_request,
        latency,
        added: figures
            .auth_request_added_p50_ms
            .zip(figures.auth_request_added_p99_ms),
    });
    rows.extend(nginx.into_iter().chain(asking));
    rows.push(Row {
        name: "hygie",
        rps: figures.rps,
        latency: figures.hygie,
        added: Some((figures.added_p50_ms, figures.added_p99_ms)),
    });
    rows
}

/// The door by its peers.
fn beside(figures: &Figures) -> String {
    if figures.nginx.is_none() {
        return "nginx is not installed: nothing to compare with\n".to_owned();
    }
    let ratios = [
        ("ratio_nginx", figures.ratio_nginx),
        ("ratio_auth_request", figures.ratio_auth_request),
    ];
    let told: Vec<String> = ratios
        .into_iter()
        .filter_map(|(name, ratio)| ratio.map(|ratio| format!("{name}: {ratio:.2}")))
        .collect();
    if told.is_empty() {
        String::new()
    } else {
        told.join(", ") + "\n"
    }
}

fn line(cells: &[String; 6]) -> String {
    let widths = [12, 10, 10, 10, 14, 14];
    let cells = cells
        .iter()
        .zip(widths)
        .map(|(text, width)| cell(text, width));
    cells.collect::<String>() + "\n"
}

/// Millions of bytes, if the system tells.
fn shown(figure: Option<f64>) -> String {
    figure.map_or("unknown".to_owned(), |figure| format!("{figure:.0}"))
}
