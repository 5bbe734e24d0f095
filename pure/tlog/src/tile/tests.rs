//! Paths in their one spelling, and how far a tile is filled.

use super::*;

#[track_caller]
fn check(tile: Tile, path: &str) {
    assert_eq!(tile.to_string(), path);
    assert_eq!(path.parse(), Ok(tile));
}

#[test]
fn paths() {
    check(Tile::hashes(0, 0), "tile/0/000");
    check(Tile::hashes(0, 999), "tile/0/999");
    check(Tile::hashes(1, 1000), "tile/1/x001/000");
    check(Tile::hashes(0, 1_234_067), "tile/0/x001/x234/067");
    check(
        Tile::hashes(63, 273).with_width(8).unwrap(),
        "tile/63/273.p/8",
    );
    check(
        Tile::entries(1_234_067).with_width(255).unwrap(),
        "tile/entries/x001/x234/067.p/255",
    );
    check(
        Tile::entries(u64::MAX),
        "tile/entries/x018/x446/x744/x073/x709/x551/615",
    );
}

#[test]
fn other_spellings_are_refused() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/1000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/00/000",
        "tile/+0/000",
        "tile/64/000",
        "tile/256/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.P/1",
        "/tile/0/000",
        "tile/entries/000/",
        "tile/0/-01",
        "tile/entries/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x+01/000",
        "tile/\u{661}/000",
    ] {
        assert_eq!(path.parse::<Tile>(), Err(Error::Tile), "{path}");
    }
}

#[test]
fn a_tile_is_as_full_as_the_tree_makes_it() {
    let width = |tile: Tile, size| tile.at_size(size).map(|tile| tile.width());
    assert_eq!(width(Tile::hashes(0, 0), 0), None);
    assert_eq!(width(Tile::hashes(0, 0), 1), Some(1));
    assert_eq!(width(Tile::entries(0), 255), Some(255));
    assert_eq!(width(Tile::hashes(0, 0), 256), Some(256));
    assert_eq!(width(Tile::hashes(0, 1), 256), None);
    assert_eq!(width(Tile::hashes(1, 0), 256), Some(1));
    assert_eq!(width(Tile::hashes(1, 0), 70_000), Some(256));
    assert_eq!(width(Tile::hashes(2, 0), 70_000), Some(1));
    assert_eq!(width(Tile::hashes(63, 0), u64::MAX), None);
    assert_eq!(width(Tile::hashes(0, u64::MAX), u64::MAX), None);
}
