//! Links that come from a request.

/// The path itself when it leads to this origin, else `/`.
///
/// A browser takes `//host`, `/\host` and a path with a tab or line break in it for another
/// origin (WHATWG URL, section 4.4), so a page that echoed them would send people to strangers.
// INVARIANT: no link or form of a page leads out of this origin.
#[must_use]
pub fn local_path(path: &str) -> &str {
    let rest = path.strip_prefix('/');
    let local = rest.is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && !path.contains(|letter: char| letter.is_control() || letter == '\\');
    if local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_origin_pass() {
        for path in ["/", "/console", "/fhir/Patient/p1?x=a%2Fb#c", "/a//b"] {
            assert_eq!(local_path(path), path);
        }
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/a\\b",
            "/a\nb",
            "https://evil.example/",
            "javascript:alert(1)",
            "evil",
            "\\/evil.example",
            " /a",
        ] {
            assert_eq!(local_path(path), "/", "{path:?}");
        }
    }
}
