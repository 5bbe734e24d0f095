//! The house is in order, and each of its rules can fail.
#![expect(
    clippy::unwrap_used,
    reason = "a fixture that is not as written stops the test"
)]

use std::path::Path;
use xtask::house::{House, Member, Source, violations};

#[test]
fn the_house_is_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let house = House::read(root).unwrap();
    assert!(
        house.crates.len() >= 8,
        "only {} crates were found",
        house.crates.len()
    );
    let found: Vec<String> = violations(&house).iter().map(ToString::to_string).collect();
    assert!(
        found.is_empty(),
        "{} rules are broken:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn the_sound_house_of_these_tests_breaks_no_rule() {
    assert_eq!(violations(&sound()), []);
}

#[test]
fn arrows_of_the_house() {
    let broken = [
        ("pure/event", "policy"),
        ("pure/tlog", "event"),
        ("pure/wire", "event"),
        ("pure/policy", "evidence"),
        ("pure/event", "hygie"),
        ("io/evidence", "gateway"),
        ("io/gateway", "console"),
        ("io/gateway", "hygie"),
        ("hygie", "xtask"),
        ("xtask", "event"),
    ];
    for (from, to) in broken {
        for kind in ["dependencies", "dev-dependencies"] {
            let mut house = sound();
            add_dependency(&mut house, from, kind, to, "{ workspace = true }");
            expect(
                &house,
                &format!("{from}/Cargo.toml"),
                &format!("may not depend on `{to}`"),
            );
        }
    }
    let allowed = [
        ("pure/policy", "event"),
        ("pure/policy", "hospital"),
        ("io/gateway", "policy"),
        ("io/gateway", "evidence"),
        ("hygie", "gateway"),
        ("hygie", "event"),
    ];
    for (from, to) in allowed {
        let mut house = sound();
        add_dependency(&mut house, from, "dependencies", to, "{ workspace = true }");
        assert_eq!(violations(&house), [], "{from} -> {to}");
    }
}

#[test]
fn arrows_for_one_platform_and_under_another_name() {
    let mut house = sound();
    let manifest = &mut member(&mut house, "pure/tlog").manifest;
    manifest.insert(
        "target".to_owned(),
        parse("[\"cfg(unix)\".dependencies]\nevent = { workspace = true }").into(),
    );
    expect(&house, "pure/tlog/Cargo.toml", "may not depend on `event`");

    let mut house = sound();
    house.workspace =
        parse("[workspace.dependencies]\nwords = { path = \"x\", package = \"event\" }");
    add_dependency(
        &mut house,
        "pure/tlog",
        "dependencies",
        "words",
        "{ workspace = true }",
    );
    expect(&house, "pure/tlog/Cargo.toml", "may not depend on `event`");
    expect(
        &house,
        "Cargo.toml",
        "`words` stands for a crate of another name",
    );
}

#[test]
fn a_pure_crate_without_a_place() {
    let mut house = sound();
    house.crates.push(sound_member("pure/surprise"));
    house.architecture.push_str("`pure/surprise`");
    house.paths.insert("pure/surprise".to_owned());
    expect(&house, "pure/surprise/Cargo.toml", "no arrow is drawn");
}

#[test]
fn dependencies_from_outside() {
    let mut house = sound();
    add_dependency(
        &mut house,
        "pure/event",
        "dependencies",
        "tokio",
        "{ workspace = true }",
    );
    expect(
        &house,
        "pure/event/Cargo.toml",
        "`tokio` is not in PURE_OUTSIDE",
    );

    let mut house = sound();
    add_dependency(
        &mut house,
        "io/gateway",
        "dependencies",
        "hyper",
        "\"1.12\"",
    );
    expect(
        &house,
        "io/gateway/Cargo.toml",
        "`hyper` is not `workspace = true`",
    );

    let mut house = sound();
    add_dependency(
        &mut house,
        "pure/event",
        "dependencies",
        "serde",
        "{ workspace = true }",
    );
    add_dependency(
        &mut house,
        "io/gateway",
        "dependencies",
        "tokio",
        "{ workspace = true }",
    );
    add_dependency(
        &mut house,
        "pure/event",
        "dev-dependencies",
        "proptest",
        "{ workspace = true }",
    );
    assert_eq!(violations(&house), []);
}

#[test]
fn build_scripts_of_pure_crates() {
    let mut house = sound();
    add_source(
        &mut house,
        "pure/event",
        "build.rs",
        "//! Runs at build time.\nfn main() {}",
    );
    expect(&house, "pure/event/Cargo.toml", "no build script");

    let mut house = sound();
    let package = member(&mut house, "pure/event")
        .manifest
        .get_mut("package")
        .unwrap();
    package
        .as_table_mut()
        .unwrap()
        .insert("build".to_owned(), "generate.rs".into());
    expect(&house, "pure/event/Cargo.toml", "no build script");
}

#[test]
fn inherited_settings() {
    let mut house = sound();
    member(&mut house, "io/gateway").manifest.remove("lints");
    expect(
        &house,
        "io/gateway/Cargo.toml",
        "`[lints] workspace = true` is missing",
    );

    for key in ["edition", "license", "publish", "rust-version", "version"] {
        let mut house = sound();
        let package = member(&mut house, "io/gateway")
            .manifest
            .get_mut("package")
            .unwrap();
        package
            .as_table_mut()
            .unwrap()
            .insert(key.to_owned(), "own".into());
        expect(
            &house,
            "io/gateway/Cargo.toml",
            &format!("`{key}.workspace = true` is missing"),
        );
    }
}

#[test]
fn two_clippy_files_that_disagree() {
    for root in [
        "too-many-lines-threshold = 71",
        "allow-print-in-tests = true",
        "disallowed-methods = [{ path = \"a\" }, { path = \"c\" }]",
    ] {
        let mut house = sound();
        house.clippy = parse(root);
        expect(&house, "pure/clippy.toml", "does not repeat");
    }
}

#[test]
fn a_map_with_gaps_and_ghosts() {
    let mut house = sound();
    house.architecture = house.architecture.replace("`io/gateway`", "the gateway");
    expect(&house, "ARCHITECTURE.md", "`io/gateway` is not on the map");

    for ghost in [
        "`pure/policy/src/ghost.rs`",
        "[ghost](docs/ghost.svg)",
        "`GHOST.md`",
    ] {
        let mut house = sound();
        house.architecture.push_str(ghost);
        expect(&house, "ARCHITECTURE.md", "does not exist");
    }

    let mut house = sound();
    house
        .architecture
        .push_str("`GET /Patient/p-1`, `/metadata`, `https://localhost:8443`, `policies/*.cedar`");
    assert_eq!(violations(&house), []);
}

#[test]
fn words_that_reach_the_world() {
    let planted = [
        "fn f() { let _ = std::fs::read(\"x\"); }",
        "use std::fs;",
        "use std::{collections::BTreeMap, fs};",
        "use std::{collections::{BTreeMap, BTreeSet}, net::{IpAddr, TcpStream}};",
        "use std::env::var;",
        "use std::io::{self, stdout};",
        "use std::process::Command;",
        "use std::thread;",
        "use std::time::{Duration, Instant};",
        "use std::time::{Duration, SystemTime};",
        "fn f() { time::SystemTime::now(); }",
        "fn f() -> jiff::Timestamp { jiff::Timestamp::now() }",
        "fn f() { let _ = TimeZone::get(\"Europe/Paris\"); }",
        "fn f() { tokio::spawn(work()); }",
        "async fn f() {}",
        "fn f() { getrandom::fill(&mut [0; 8]); }",
        "fn f() -> u8 { rand::random() }",
        "use std::collections::HashMap;",
        "fn f(x: &std::collections::HashSet<u8>) {}",
        "fn f() { println!(\"x\"); }",
        "macro_rules! m { () => { eprintln!(\"x\") } }",
        "#[cfg(not(test))] use std::fs;",
        "#[cfg(any(test, feature = \"x\"))] use std::fs;",
    ];
    for text in planted {
        let mut house = sound();
        add_source(
            &mut house,
            "pure/event",
            "src/x.rs",
            &format!("//! Doc.\n{text}"),
        );
        expect(&house, "pure/event/src/x.rs:2", "a pure crate never uses");

        let mut house = sound();
        add_source(
            &mut house,
            "io/gateway",
            "src/x.rs",
            &format!("//! Doc.\n{text}"),
        );
        assert_eq!(violations(&house), [], "an io crate may: {text}");
    }
}

#[test]
fn words_that_only_look_like_the_world() {
    let innocent = [
        "// std::fs and SystemTime are named in a comment.",
        "/// Never calls `std::fs::read`, println!(), HashMap.\nfn f() {}",
        "const WARNING: &str = \"std::fs::read(x) println! HashMap\";",
        "const RAW: &str = r#\"tokio::spawn(\"x\")\"#;",
        "use std::net::IpAddr; use std::time::Duration; use std::io;",
        "fn print(page: &Page) { page.print(); }",
        "fn f() { let now = Timestamp::from_second(1); let x = instant::now; }",
        "#[cfg(test)]\nmod proofs { use std::fs; fn f() { println!(\"x\"); } }",
        "#[cfg(test)]\nuse std::collections::HashMap;",
        "fn f<'a>(x: &'a str) -> char { '\"' }",
    ];
    for text in innocent {
        let mut house = sound();
        add_source(
            &mut house,
            "pure/event",
            "src/x.rs",
            &format!("//! Doc.\n{text}"),
        );
        assert_eq!(violations(&house), [], "{text}");
    }
    for (declaration, path) in [
        ("mod tests;", "src/x/tests.rs"),
        ("mod naive;", "src/x/naive.rs"),
        ("mod naive;", "src/x/naive/deep.rs"),
    ] {
        let mut house = sound();
        let text = format!("//! Doc.\n#[cfg(test)]\n{declaration}");
        add_source(&mut house, "pure/event", "src/x.rs", &text);
        add_source(&mut house, "pure/event", path, "use std::fs;");
        assert_eq!(violations(&house), [], "{path}");
    }
    for path in ["tests/golden.rs", "benches/speed.rs", "examples/speed.rs"] {
        let mut house = sound();
        let text = "//! Doc.\nuse std::fs;";
        add_source(&mut house, "pure/event", path, text);
        assert_eq!(violations(&house), [], "{path}");
    }
}

#[test]
fn manner_of_every_file() {
    let long = format!("//! Doc.\n{}", "fn f() {}\n".repeat(500));
    let broken = [
        (
            "src/x.rs",
            "fn f() {}",
            "does not open with a `//!` document",
        ),
        (
            "src/x.rs",
            "/// Doc.\nfn f() {}",
            "does not open with a `//!` document",
        ),
        (
            "tests/x.rs",
            "fn f() {}",
            "does not open with a `//!` document",
        ),
        ("src/x/mod.rs", "//! Doc.", "never `mod.rs`"),
        ("src/x.rs", &long, "501 lines outside tests, at most 500"),
        ("src/x.rs", "//! Doc.\nfn f( {", "cannot be read as Rust"),
    ];
    for (path, text, message) in broken {
        expect_in_gateway(path, text, message);
    }

    let mut house = sound();
    let door = format!("//! Doc.\n{}", "pub use x;\n".repeat(80));
    member(&mut house, "io/gateway")
        .sources
        .first_mut()
        .unwrap()
        .text = door;
    expect(
        &house,
        "io/gateway/src/lib.rs",
        "81 lines outside tests, at most 80",
    );
}

#[test]
fn hidden_lints() {
    for text in [
        "//! Doc.\n#[allow(dead_code)]\nfn f() {}",
        "//! Doc.\n#![allow(dead_code)]",
        "//! Doc.\n#[cfg_attr(test, allow(dead_code))]\nfn f() {}",
        "//! Doc.\n#[cfg(test)]\nmod x { #[allow(dead_code)] fn f() {} }",
    ] {
        for path in ["src/x.rs", "src/x/tests.rs", "tests/x.rs"] {
            expect_in_gateway(path, text, "hides a lint");
        }
    }
}

#[test]
fn names_that_say_nothing() {
    for (text, word) in [
        ("pub struct SessionManager;", "Manager"),
        ("enum HttpUtil {}", "Util"),
        ("trait CommonThings {}", "Common"),
        ("type TimeHelper = u8;", "Helper"),
        ("fn f() { struct RequestHandler; }", "Handler"),
    ] {
        expect_in_gateway(
            "src/x.rs",
            &format!("//! Doc.\n{text}"),
            &format!("says `{word}`"),
        );
    }
}

#[test]
fn manner_that_is_allowed() {
    let mut house = sound();
    let tests = "    fn f() {}\n".repeat(600);
    let text = format!("//! Doc.\nstruct Managed;\n#[cfg(test)]\nmod proofs {{\n{tests}}}\n");
    add_source(&mut house, "io/gateway", "src/x.rs", &text);
    add_source(
        &mut house,
        "io/gateway",
        "tests/x.rs",
        &format!("//! Doc.\n{tests}"),
    );
    assert_eq!(violations(&house), []);
}

/// A small house that breaks no rule.
fn sound() -> House {
    let folders = [
        "pure/event",
        "pure/hospital",
        "pure/policy",
        "pure/tlog",
        "pure/wire",
        "io/console",
        "io/evidence",
        "io/gateway",
        "hygie",
        "xtask",
    ];
    House {
        workspace: parse("[workspace.dependencies]\nserde = \"1\""),
        crates: folders.iter().map(|folder| sound_member(folder)).collect(),
        architecture: folders
            .iter()
            .map(|folder| format!("- `{folder}`: a line.\n"))
            .collect(),
        paths: folders.iter().map(ToString::to_string).collect(),
        clippy: parse("too-many-lines-threshold = 70\ndisallowed-methods = [{ path = \"a\" }]"),
        clippy_pure: parse(
            "too-many-lines-threshold = 70\ndisallowed-methods = [{ path = \"a\" }, { path = \"b\" }]",
        ),
    }
}

fn sound_member(folder: &str) -> Member {
    let name = folder.rsplit('/').next().unwrap();
    let manifest = parse(&format!(
        "[package]\nname = \"{name}\"\nversion.workspace = true\nedition.workspace = true\n\
         rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
         [dependencies]\n[dev-dependencies]\n[lints]\nworkspace = true\n"
    ));
    let path = format!("{folder}/src/lib.rs");
    Member {
        folder: folder.to_owned(),
        manifest,
        sources: vec![Source {
            path,
            text: "//! A crate.\n".to_owned(),
        }],
    }
}

fn parse(text: &str) -> toml::Table {
    text.parse().unwrap()
}

fn member<'house>(house: &'house mut House, folder: &str) -> &'house mut Member {
    house
        .crates
        .iter_mut()
        .find(|member| member.folder == folder)
        .unwrap()
}

fn add_dependency(house: &mut House, folder: &str, kind: &str, name: &str, value: &str) {
    let table = member(house, folder)
        .manifest
        .get_mut(kind)
        .unwrap()
        .as_table_mut()
        .unwrap();
    let value = parse(&format!("value = {value}")).remove("value").unwrap();
    table.insert(name.to_owned(), value);
}

fn add_source(house: &mut House, folder: &str, path: &str, text: &str) {
    let path = format!("{folder}/{path}");
    member(house, folder).sources.push(Source {
        path,
        text: text.to_owned(),
    });
}

#[track_caller]
fn expect_in_gateway(path: &str, text: &str, message: &str) {
    let mut house = sound();
    add_source(&mut house, "io/gateway", path, text);
    expect(&house, &format!("io/gateway/{path}"), message);
}

/// Asserts that a violation is found at the place, with the message.
#[track_caller]
fn expect(house: &House, place: &str, message: &str) {
    let found = violations(house);
    let is_found = found
        .iter()
        .any(|violation| violation.place.starts_with(place) && violation.message.contains(message));
    assert!(
        is_found,
        "expected `{place}: ...{message}...`, found {found:#?}"
    );
}
