//! The two languages, and how a person's wish is read.

use crate::{ACCEPT_LANGUAGE_BYTES_MAX, ACCEPT_LANGUAGE_RANGES_MAX};

/// A language that the whole house speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

/// A quality of 1, in thousandths (RFC 9110, section 12.4.2 allows three decimals).
const QUALITY_ONE: u16 = 1000;

impl Language {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::En, Self::Fr];

    /// The BCP 47 name, as the `lang` attribute and `Content-Language` carry it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// The language of a code such as `fr`, in any case; nothing when the house does not speak it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let is = |language: &&Self| language.code().eq_ignore_ascii_case(code);
        Self::ALL.iter().find(is).copied()
    }

    /// The other language, for the link that switches.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::Fr,
            Self::Fr => Self::En,
        }
    }

    /// Chooses by an `Accept-Language` header (RFC 9110, section 12.5.4), else `fallback`.
    ///
    /// A range such as `fr-CA` asks for French. What cannot be read counts for nothing, and so
    /// does what lies beyond [`ACCEPT_LANGUAGE_BYTES_MAX`] and [`ACCEPT_LANGUAGE_RANGES_MAX`].
    /// Between equal wishes the first named wins; between unnamed ones, `fallback`.
    #[must_use]
    pub fn negotiate(accept_language: Option<&str>, fallback: Self) -> Self {
        let wishes = wishes(accept_language.unwrap_or_default());
        let any = wishes
            .iter()
            .filter(|wish| wish.primary == "*")
            .map(|wish| wish.quality)
            .max();
        let mut best: Option<(u16, Self)> = None;
        for language in by_mention(&wishes, fallback) {
            let quality = quality_of(language, &wishes).or(any).unwrap_or(0);
            if quality > best.map_or(0, |(quality, _)| quality) {
                best = Some((quality, language));
            }
        }
        best.map_or(fallback, |(_, language)| language)
    }

    /// Reads the value of a POSIX locale variable such as `fr_FR.UTF-8`, or of `LANGUAGE` such
    /// as `fr:en`; English when it names nothing that the house speaks (`C`, empty, German).
    #[must_use]
    pub fn from_environment(lang: &str) -> Self {
        lang.split(':')
            .filter_map(|name| name.split(['_', '-', '.', '@']).next())
            .find_map(Self::from_code)
            .unwrap_or_default()
    }
}

/// One range of the header, such as `fr-CA;q=0.8`.
struct Wish<'a> {
    /// The first subtag, or `*`.
    primary: &'a str,
    /// In thousandths.
    quality: u16,
}

/// The ranges that can be read, in the order of the header.
fn wishes(header: &str) -> Vec<Wish<'_>> {
    let mut bytes = 0_usize;
    header
        .split(',')
        .take_while(|range| {
            bytes = bytes.saturating_add(range.len()).saturating_add(1);
            bytes <= ACCEPT_LANGUAGE_BYTES_MAX
        })
        .filter_map(wish)
        .take(ACCEPT_LANGUAGE_RANGES_MAX)
        .collect()
}

fn wish(range: &str) -> Option<Wish<'_>> {
    let (tag, quality) = match range.split_once(';') {
        Some((tag, weight)) => (tag.trim(), thousandths(weight)?),
        None => (range.trim(), QUALITY_ONE),
    };
    let (primary, narrow) = match tag.split_once('-') {
        Some((primary, _)) => (primary, true),
        None => (tag, false),
    };
    // `fr-CA;q=0` refuses the French of Canada, which says nothing about French itself.
    let says_nothing = primary.is_empty() || (narrow && quality == 0);
    (!says_nothing).then_some(Wish { primary, quality })
}

/// Reads `q=0.8` as 800: `0` or `1`, then at most three decimals, and never above 1.
fn thousandths(weight: &str) -> Option<u16> {
    let (name, number) = weight.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, decimals) = match number.trim().split_once('.') {
        Some((whole, decimals)) => (whole, decimals),
        None => (number.trim(), ""),
    };
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(QUALITY_ONE),
        _ => None,
    }
}

/// How much a language is wished for by name; nothing when the header does not name it.
fn quality_of(language: Language, wishes: &[Wish<'_>]) -> Option<u16> {
    wishes
        .iter()
        .filter(|wish| wish.primary.eq_ignore_ascii_case(language.code()))
        .map(|wish| wish.quality)
        .max()
}

/// The languages in the order in which the header names them, then the fallback, then the rest.
fn by_mention(wishes: &[Wish<'_>], fallback: Language) -> Vec<Language> {
    let named = wishes
        .iter()
        .filter_map(|wish| Language::from_code(wish.primary));
    let rest = Language::ALL.iter().copied();
    let mut order = Vec::with_capacity(Language::ALL.len());
    for language in named.chain([fallback]).chain(rest) {
        if !order.contains(&language) {
            order.push(language);
        }
    }
    order
}

#[cfg(test)]
mod tests;
