use std::sync::Mutex;

use proptest::prelude::*;

use super::super::object;
use super::*;

/// Numbers every path; those with an `x` in their last step are not asked for.
#[derive(Debug, Default)]
struct Paths(Mutex<Vec<String>>);

impl Paths {
    fn name(&self, number: u32) -> String {
        self.0.lock().unwrap()[usize::try_from(number).unwrap()].clone()
    }
}

impl Naming for Paths {
    fn outermost(&self) -> u32 {
        let mut paths = self.0.lock().unwrap();
        if paths.is_empty() {
            paths.push(String::new());
        }
        0
    }

    fn member(&self, parent: u32, key: &[u8]) -> (u32, bool) {
        let mut paths = self.0.lock().unwrap();
        let key = String::from_utf8_lossy(key);
        let path = format!("{}/{key}", paths[usize::try_from(parent).unwrap()]);
        let known = paths.iter().position(|known| *known == path);
        let number = known.unwrap_or_else(|| {
            paths.push(path);
            paths.len() - 1
        });
        (u32::try_from(number).unwrap(), !key.contains('x'))
    }
}

fn all(_: &[u8]) -> bool {
    true
}

/// Values as (path, kind, text), and the outermost members.
type Told = (Vec<(String, Kind, String)>, Vec<(String, String)>);

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn told(paths: &Paths, outline: &mut Outline, line: &[u8]) -> Option<Told> {
    let mut members = Vec::new();
    outline.object(line, all, |key, value| {
        members.push((text(key), text(value)))
    })?;
    let at = |at: u32| usize::try_from(at).unwrap();
    let values = outline.values().unwrap().iter().map(|value| {
        let raw = &line[at(value.from)..at(value.to)];
        (paths.name(value.name), value.kind, text(raw))
    });
    Some((values.collect(), members))
}

fn outline() -> (Arc<Paths>, Outline) {
    let paths = Arc::new(Paths::default());
    let naming: Arc<dyn Naming> = Arc::<Paths>::clone(&paths);
    (paths, Outline::new(naming))
}

#[test]
fn every_value_that_is_asked_for_is_found_under_its_name() {
    let (paths, mut outline) = outline();
    let line = br#" {"a":"t\"x" ,"bx":1,"c" : {"d":[-1.5,{"e":true},[null]],"f":{}},"longer.than.that.one":[]} "#;
    let meant = [
        ("/a", Kind::Text, r#"t\"x"#),
        ("/c", Kind::Object, ""),
        ("/c/d", Kind::Array, ""),
        ("/c/d", Kind::Number, "-1.5"),
        ("/c/d", Kind::Object, ""),
        ("/c/d/e", Kind::Bool, "true"),
        ("/c/d", Kind::Array, ""),
        ("/c/d", Kind::Null, "null"),
        ("/c/f", Kind::Object, ""),
        ("/longer.than.that.one", Kind::Array, ""),
    ];
    let meant = meant.map(|(path, kind, raw)| (path.to_owned(), kind, raw.to_owned()));
    let mut members = Vec::new();
    object(line, |key, value| members.push((text(key), text(value)))).unwrap();
    // The second time every name is foreseen.
    for _ in 0..2 {
        let (values, outermost) = told(&paths, &mut outline, line).unwrap();
        assert_eq!(values, meant);
        assert_eq!(outermost, members);
    }
}

#[test]
fn a_name_is_told_from_one_that_begins_or_ends_alike() {
    let (paths, mut outline) = outline();
    let names = [
        "abc",
        "ab",
        "abcdefg",
        "abcdefh",
        "abcdefghijkl",
        "abcXefghijkl",
        "bbcdefghijklmnopqr",
        "bbcdefghiXklmnopqr",
    ];
    for _ in 0..2 {
        for name in names {
            let line = format!("{{\"{name}\":1}}");
            let (values, _) = told(&paths, &mut outline, line.as_bytes()).unwrap();
            let wanted = !name.contains('x');
            let found = values.first().map(|(path, ..)| path.clone());
            assert_eq!(found, wanted.then(|| format!("/{name}")));
        }
    }
    // The same name in another object is another name.
    let (values, _) = told(&paths, &mut outline, br#"{"o":{"ab":1},"abc":2}"#).unwrap();
    assert_eq!(values[2].0, "/abc");
    let (values, _) = told(&paths, &mut outline, br#"{"o":{"ab":1,"abc":2}}"#).unwrap();
    assert_eq!(values[2].0, "/o/abc");
}

/// A short way passes over most numbers: it takes what the grammar takes and nothing else.
#[test]
fn numbers_are_read_by_the_short_way_as_by_the_long_one() {
    let numbers = [
        "0",
        "7",
        "10",
        "1234567",
        "12345678",
        "123456789",
        "00",
        "01",
        "0123456",
        "-1",
        "-",
        "1.5",
        "1.",
        "1e3",
        "1e",
        "1x",
        "x",
        "+1",
    ];
    for number in numbers {
        for line in [
            format!(r#"{{"a":{number}}}"#),
            format!(r#"{{"a":{number},"b":"far enough from the end"}}"#),
            format!(r#"{{"a":{number} ,"b":"far enough from the end"}}"#),
            format!(r#"{{"a":[{number}],"b":"far enough from the end"}}"#),
            format!(r#"{{"a":{{"c":{number}}},"b":"far enough from the end"}}"#),
        ] {
            let (paths, mut outline) = outline();
            let is_line = object(line.as_bytes(), |_, _| ()).is_some();
            let found = told(&paths, &mut outline, line.as_bytes());
            assert_eq!(found.is_some(), is_line, "{line}");
            let is_found = found.is_none_or(|(values, _)| {
                let mut numbers = values.iter().filter(|(_, kind, _)| *kind == Kind::Number);
                numbers.any(|(_, _, text)| text == number)
            });
            assert!(is_found, "{line}");
        }
    }
}

#[test]
fn what_is_beyond_an_outline_has_none_and_is_still_a_line() {
    let (_, mut outline) = outline();
    let nested = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
    let mut is_outlined = |line: &str| {
        outline
            .object(line.as_bytes(), all, |_, _| ())
            .map(|()| outline.values().is_some())
    };
    assert_eq!(is_outlined(&nested(LOG_OUTLINE_DEPTH_MAX - 1)), Some(true));
    assert_eq!(is_outlined(&nested(LOG_OUTLINE_DEPTH_MAX)), Some(false));
    assert_eq!(is_outlined(&nested(65)), None);
    let many = |count| format!("{{\"a\":[{}1]}}", "1,".repeat(count - 2));
    assert_eq!(is_outlined(&many(LOG_OUTLINE_VALUES_MAX)), Some(true));
    assert_eq!(is_outlined(&many(LOG_OUTLINE_VALUES_MAX + 1)), Some(false));
    // A line that is none leaves nothing of the one before.
    assert_eq!(is_outlined("{\"a\":1,}"), None);
    assert_eq!(outline.values(), None);
}

#[test]
fn values_beyond_those_that_are_outlined_take_no_room() {
    let (_, mut outline) = outline();
    let line = format!("{{\"a\":[{}1]}}", "1,".repeat(500_000));
    outline.object(line.as_bytes(), all, |_, _| ()).unwrap();
    assert_eq!(outline.values(), None);
    assert!(outline.values.capacity() <= 2 * LOG_OUTLINE_VALUES_MAX);
}

#[test]
fn new_names_in_each_line_take_bounded_room() {
    let (paths, mut outline) = outline();
    for number in 0..30_000 {
        let line = format!("{{\"a{number}\":{{\"b{}\":1}}}}", number % 7);
        outline.object(line.as_bytes(), all, |_, _| ()).unwrap();
        paths.0.lock().unwrap().truncate(1);
    }
    assert!(outline.entries.len() <= LOG_OUTLINE_NAMES_MAX);
    let (values, _) = told(&paths, &mut outline, br#"{"p":{"q":1},"r":2}"#).unwrap();
    let names: Vec<&str> = values.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(names, ["/p", "/p/q", "/r"]);
}

/// Lines of few names in changing order, nested, with spaces, and damaged at times.
fn line() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\"a\":",
        "\"bx\":",
        "\"longer name\":",
        "\"\\\"q\":",
        "\"a\" : ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "1",
        "\"t\"",
        "\"\"",
        "null",
        "true",
        " ",
        "-0.5",
        "\"a\":1,",
        "\"o\":{\"a\":2},",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("{{{}}}", pieces.concat()))
}

proptest! {
    /// The naive twin is the reader that foresees nothing; and an outline that saw no line before.
    #[test]
    fn what_came_before_changes_nothing(lines in prop::collection::vec(line(), 1..12)) {
        let (paths, mut outline) = outline();
        for line in &lines {
            let mut members = Vec::new();
            let twin = object(line.as_bytes(), |key, value| members.push((text(key), text(value))));
            let found = told(&paths, &mut outline, line.as_bytes());
            prop_assert_eq!(found.is_some(), twin.is_some(), "{}", line);
            let fresh = told(&paths, &mut Outline::new(Arc::<Paths>::clone(&paths)), line.as_bytes());
            prop_assert_eq!(&found, &fresh);
            if let Some((_, outermost)) = found {
                prop_assert_eq!(outermost, members);
            }
        }
    }
}
