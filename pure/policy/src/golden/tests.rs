use super::*;

#[test]
fn a_line_that_is_no_case_says_what_is_wrong() {
    let good = "a | read Patient of p | 2026-03-02 | TREAT | - | permit | care-team";
    assert_eq!(read_cases(good).unwrap().len(), 1);
    for (from, to, says) in [
        ("| - |", "|", "columns"),
        ("read", "peek", "action"),
        ("Patient of p", "Patient off p", "ACTION TYPE of PATIENT"),
        ("Patient of p", "Patient/X of p", "v3-Confidentiality"),
        ("2026-03-02", "tomorrow", "date"),
        ("TREAT", "FUN", "v3-ActReason"),
        ("permit", "maybe", "outcome"),
        ("| - |", "| cracked |", "glass"),
    ] {
        let error = read_cases(&format!("# first\n{}", good.replacen(from, to, 1))).unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.to_string().contains(says), "{to}: {error}");
    }
}
