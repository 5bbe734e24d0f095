//! Switching off any one policy of a shipped set changes at least one line of its golden table: a
//! policy that no line depends on is not tested.

use crate::{Engine, Source, run_case};

use super::{FRENCH, INTERNATIONAL, SCHEMA, sets};

/// One policy of a file: where it begins and ends, and its id.
struct Place<'t> {
    file: usize,
    id: &'t str,
    from: usize,
    to: usize,
}

/// The policies of the files, each from its id to the line that closes it.
fn places<'t>(files: &[Source<'t>]) -> Vec<Place<'t>> {
    let mut places = Vec::new();
    for (file, source) in files.iter().enumerate() {
        if !source.name.ends_with(".cedar") {
            continue;
        }
        for (from, _) in source.text.match_indices("@id(\"") {
            let rest = source.text.get(from..).unwrap();
            let id = rest.split('"').nth(1).unwrap();
            let mut to = from;
            for line in rest.split_inclusive('\n') {
                to += line.len();
                if line.trim_end().ends_with(';') && !line.starts_with("//") {
                    break;
                }
            }
            places.push(Place { file, id, from, to });
        }
    }
    places
}

/// The set with some bytes of one file replaced.
fn replaced(files: &[Source<'_>], place: &Place<'_>, new: &str) -> Vec<(String, String)> {
    files
        .iter()
        .enumerate()
        .map(|(at, source)| {
            let mut text = source.text.to_owned();
            if at == place.file {
                text.replace_range(place.from..place.to, new);
            }
            (source.name.to_owned(), text)
        })
        .collect()
}

fn load(files: &[(String, String)]) -> Result<Engine, crate::Error> {
    let sources: Vec<Source<'_>> = files
        .iter()
        .map(|(name, text)| Source { name, text })
        .collect();
    Engine::load(SCHEMA, &sources)
}

#[test]
fn a_table_notices_each_policy_that_is_switched_off() {
    let mut unnoticed = Vec::new();
    let shipped = [("French", &FRENCH), ("international", &INTERNATIONAL)];
    for ((set, files), (_, directory, cases)) in shipped.into_iter().zip(sets()) {
        let places = places(files);
        assert!(
            places.len() > 30,
            "only {} policies were found",
            places.len()
        );
        for place in &places {
            let engine = load(&replaced(files, place, "")).unwrap();
            let noticed = cases
                .iter()
                .any(|case| run_case(&engine, &directory, case) != case.expected);
            if !noticed {
                unnoticed.push(format!("{set}: {} of {}", place.id, files[place.file].name));
            }
        }
    }
    assert_eq!(unnoticed, Vec::<String>::new());
}
