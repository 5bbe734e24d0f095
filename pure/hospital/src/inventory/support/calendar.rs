//! All dates together: the lines that a hospital answers for, and products of endoflife.date.

use std::collections::BTreeMap;

use event::Timestamp;
use serde::Serialize;

use super::endoflife::{Cycle, End, EndOfLifeError, Product};
use super::products::{Named, Products, ProductsError};
use super::{SupportEnd, SupportState, nearest, state};
use crate::inventory::{Asset, Attribute};

/// Most products of a calendar.
pub const PRODUCTS_MAX: usize = 5_000;

/// Most answers about one asset; the system goes first.
pub const VERDICTS_MAX: usize = 16;

/// Dates by product.
#[derive(Clone, Debug)]
pub struct Calendar {
    lines: Vec<SupportEnd>,
    products: BTreeMap<String, Product>,
    table: Products,
}

/// How much support is left of what a claim names, and by which source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The claim.
    pub claim: String,
    /// The product, by its name in the source.
    pub product: String,
    /// Its cycle, when it is known which.
    pub cycle: Option<String>,
    /// How much support is left.
    pub state: SupportState,
    /// Whether it is already limited.
    pub limited: bool,
    /// Source, cycle and dates; of several cycles those of each.
    pub evidence: String,
    /// The cycles that it can be, when that is not known.
    pub candidates: Vec<String>,
}

impl Calendar {
    /// A calendar without dates.
    ///
    /// # Errors
    /// Never for the table that is compiled in, which a test reads.
    pub fn new() -> Result<Self, ProductsError> {
        Ok(Self {
            lines: Vec::new(),
            products: BTreeMap::new(),
            table: Products::built_in()?,
        })
    }

    /// Adds lines that somebody answers for; they go before what is published.
    pub fn add(&mut self, lines: impl IntoIterator<Item = SupportEnd>) {
        self.lines.extend(lines);
    }

    /// Reads a file of one product of endoflife.date, `name` being its name without the ending.
    ///
    /// # Errors
    /// When it is no such file, or there are too many. Nothing of it is taken then.
    pub fn read(&mut self, name: &str, text: &str) -> Result<(), EndOfLifeError> {
        let product = Product::read(name, text)?;
        let is_new = !self.products.contains_key(&product.name);
        if is_new && self.products.len() >= PRODUCTS_MAX {
            return Err(EndOfLifeError::TooMany(PRODUCTS_MAX));
        }
        self.products.insert(product.name.clone(), product);
        Ok(())
    }

    /// How many lines and cycles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let cycles = self.products.values().map(|it| it.cycles.len());
        self.lines.len() + cycles.sum::<usize>()
    }

    /// Whether there is no date at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is known of an asset: first its system, then each program that says its version.
    #[must_use]
    pub fn of(&self, asset: &Asset, now: Timestamp) -> Vec<Verdict> {
        let mut verdicts = self.of_system(asset, now);
        for program in asset.all(Attribute::Software).filter(|it| it.is_sure()) {
            if verdicts.len() < VERDICTS_MAX {
                verdicts.extend(self.judge(&program.value, now));
            }
        }
        verdicts.truncate(VERDICTS_MAX);
        verdicts
    }

    /// What is known of the system of an asset, as far as one is concluded.
    #[must_use]
    pub fn of_system(&self, asset: &Asset, now: Timestamp) -> Vec<Verdict> {
        let build = asset.concluded(Attribute::OsVersion);
        let build = build.map(|known| known.value.as_str());
        match (asset.concluded(Attribute::Os), build) {
            // The build narrows what the name leaves open.
            (Some(os), Some(build)) => self.judge(&format!("{} {build}", os.value), now),
            (Some(os), None) => self.judge(&os.value, now),
            (None, Some(build)) => self.judge_build(build, now).into_iter().collect(),
            (None, None) => Vec::new(),
        }
    }

    /// What is known of every product that a claim names.
    #[must_use]
    pub fn judge(&self, claim: &str, now: Timestamp) -> Vec<Verdict> {
        if let Some(verdict) = by_lines(claim, &nearest(claim, &self.lines), now) {
            return vec![verdict];
        }
        let mut verdicts = Vec::new();
        for named in self.table.named(claim) {
            let (Named::Cycles { product, .. } | Named::Version { product, .. }) = &named;
            if let Some(product) = self.products.get(*product) {
                let cycles = self.table.cycles(&named, product);
                let of: Vec<_> = cycles.into_iter().map(|it| (product, it)).collect();
                verdicts.push(verdict(claim, &product.name, &of, now));
            }
        }
        verdicts
    }

    /// What is known of a build that no name of a system goes with, such as `6.1.7601`.
    #[must_use]
    pub fn judge_build(&self, build: &str, now: Timestamp) -> Option<Verdict> {
        let products = self
            .table
            .of_builds()
            .filter_map(|it| self.products.get(it));
        let cycles = products.flat_map(|product| {
            let fits = product.cycles.iter();
            let fits = fits.filter(|cycle| cycle.latest.as_deref() == Some(build));
            fits.map(move |cycle| (product, cycle))
        });
        let of: Vec<(&Product, &Cycle)> = cycles.collect();
        let (product, _) = of.first()?;
        Some(verdict(build, &product.name, &of, now))
    }
}

/// One answer of the lines about a claim: theirs where they agree on it.
fn by_lines(claim: &str, lines: &[&SupportEnd], now: Timestamp) -> Option<Verdict> {
    let first = *lines.first()?;
    let dates = |line: &SupportEnd| (line.ends, line.limited_from);
    let agree = lines.iter().all(|line| dates(line) == dates(first));
    let evidence = lines
        .iter()
        .map(|line| format!("{}: ends {}", line.evidence, day(line.ends)));
    Some(Verdict {
        claim: claim.to_owned(),
        product: first.product.clone(),
        cycle: None,
        state: match agree {
            true => state(first.ends, now),
            false => SupportState::Unknown,
        },
        limited: agree && first.limited_from.is_some_and(|from| from <= now),
        evidence: evidence.collect::<Vec<_>>().join("; "),
        candidates: Vec::new(),
    })
}

/// One answer for the cycles that are left: theirs where they agree on it.
fn verdict(claim: &str, product: &str, of: &[(&Product, &Cycle)], now: Timestamp) -> Verdict {
    let mut states = of.iter().map(|(_, cycle)| cycle.state(now));
    let first = states.next().unwrap_or(SupportState::Unknown);
    let state = match states.all(|other| other == first) {
        true => first,
        false => SupportState::Unknown,
    };
    let is_limited = |(_, cycle): &(&Product, &Cycle)| cycle.limited.is_past(now);
    let evidence = of
        .iter()
        .map(|(product, cycle)| cycle.evidence(&product.name));
    let names = of.iter().map(|(_, cycle)| cycle.name.clone());
    let (cycle, candidates) = match of {
        [(_, only)] => (Some(only.name.clone()), Vec::new()),
        _ => (None, names.collect()),
    };
    Verdict {
        claim: claim.to_owned(),
        product: product.to_owned(),
        cycle,
        state,
        limited: !of.is_empty() && of.iter().all(is_limited),
        evidence: evidence.collect::<Vec<_>>().join("; "),
        candidates,
    }
}

impl Cycle {
    fn state(&self, now: Timestamp) -> SupportState {
        match self.ends {
            End::NotSaid => SupportState::Unknown,
            End::Open => SupportState::Later,
            End::Reached => SupportState::Past,
            End::On(ends) => state(ends, now),
        }
    }

    /// `endoflife.date windows 7-sp1: limited from 2015-01-13, ends 2020-01-14`.
    fn evidence(&self, product: &str) -> String {
        let mut parts = Vec::new();
        match self.limited {
            End::On(from) => parts.push(format!("limited from {}", day(from))),
            End::Reached => parts.push("limited".to_owned()),
            End::NotSaid | End::Open => {}
        }
        parts.push(match self.ends {
            End::On(ends) => format!("ends {}", day(ends)),
            End::Reached => "has ended, without a date".to_owned(),
            End::Open => "no end announced".to_owned(),
            End::NotSaid => "no word on its end".to_owned(),
        });
        if let End::On(until) = self.extended {
            parts.push(format!("extended until {}", day(until)));
        }
        let name = &self.name;
        format!("endoflife.date {product} {name}: {}", parts.join(", "))
    }
}

impl End {
    fn is_past(self, now: Timestamp) -> bool {
        match self {
            Self::Reached => true,
            Self::On(at) => at <= now,
            Self::NotSaid | Self::Open => false,
        }
    }
}

/// The day of an instant in UTC.
fn day(at: Timestamp) -> String {
    let text = at.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
