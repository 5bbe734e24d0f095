//! JSON that is laid out over several lines, or is one array: each object on a line of its own.
//!
//! Only the layout is changed: what stands between values and outside of texts. Whether it is JSON
//! at all, whoever reads the lines finds out.

use std::io::{self, Read};

use crate::limits::LOG_READ_BYTES;

/// How many first bytes say whether something is laid out like that.
pub(super) const HEAD_BYTES: u64 = 4_096;

/// Whether it is: it begins with an array, or one of its first lines is nothing but a bracket.
pub(super) fn is_laid_out(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if let Some(rest) = head.trim_ascii_start().strip_prefix(b"[") {
        // A line of a kernel begins with a bracket as well.
        return matches!(rest.trim_ascii_start().first(), None | Some(b'{' | b']'));
    }
    let mut lines = head.split(|byte| *byte == b'\n').take(3);
    lines.any(|line| line.trim_ascii() == b"{")
}

/// The same bytes with each outermost object on one line.
///
/// INVARIANT: holds one read, whatever the size of an object.
pub(super) struct Flatten<R> {
    from: R,
    input: Vec<u8>,
    output: Vec<u8>,
    given: usize,
    place: Place,
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Brackets of the object that are open; zero between objects.
    depth: u64,
    in_text: bool,
    is_escaped: bool,
}

impl<R: Read> Flatten<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            input: vec![0; LOG_READ_BYTES],
            output: Vec::new(),
            given: 0,
            place: Place::default(),
        }
    }
}

impl<R: Read> Read for Flatten<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            let count = self.from.read(&mut self.input)?;
            if count == 0 {
                return Ok(0);
            }
            self.output.clear();
            self.given = 0;
            for byte in self.input.get(..count).unwrap_or_default() {
                self.place.step(*byte, &mut self.output);
            }
        }
        let rest = self.output.get(self.given..).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

impl Place {
    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.in_text {
            self.in_text = self.is_escaped || byte != b'"';
            self.is_escaped = byte == b'\\' && !self.is_escaped;
            // No text holds a line feed: the object is broken, and is told as it is.
            if byte == b'\n' {
                *self = Self::default();
            }
            return out.push(byte);
        }
        match byte {
            b'{' => self.depth += 1,
            b'[' if self.depth > 0 => self.depth += 1,
            // The array around all, and what stands between its objects.
            b'[' | b']' | b',' if self.depth == 0 => return,
            b'"' if self.depth > 0 => self.in_text = true,
            b'\n' | b'\r' | b'\t' | b' ' if self.depth > 0 => return,
            b'}' | b']' if self.depth > 0 => {
                self.depth -= 1;
                if self.depth == 0 {
                    out.extend_from_slice(&[byte, b'\n']);
                    return;
                }
            }
            _ => {}
        }
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn flat(text: &str) -> Vec<String> {
        let mut out = String::new();
        Flatten::new(text.as_bytes())
            .read_to_string(&mut out)
            .unwrap();
        let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    }

    #[test]
    fn objects_get_a_line_each() {
        let text =
            "[\n  {\"a\": [1, {\"b\": \"x \\\"}\\\\\"}],\n \"c\": {}},\r\n{ \"d\" : null }\n]\n";
        let meant = [r#"{"a":[1,{"b":"x \"}\\"}],"c":{}}"#, r#"{"d":null}"#];
        assert_eq!(flat(text), meant);
        assert_eq!(
            flat("Record 1\n{\n \"a\": 1\n}\nend"),
            ["Record 1", r#"{"a":1}"#, "end"]
        );
        assert_eq!(
            flat("{\"a\": \"x\n{\"b\": 1}\n"),
            ["{\"a\":\"x", "{\"b\":1}"]
        );
    }

    #[test]
    fn it_is_known_by_its_layout() {
        for (head, meant) in [
            (" [{}]", true),
            ("\u{feff}{\n", true),
            ("Record 1\n{\r\n", true),
            ("{\"a\":1}\n{\n", true),
            ("{\"a\":1}\n{\"b\":2}\n", false),
            ("[]\n", true),
            ("[\n {\"a\":1}]", true),
            ("[   12.345] kernel: x\n", false),
            ("<13>x\n", false),
            ("", false),
        ] {
            assert_eq!(is_laid_out(head.as_bytes()), meant, "{head}");
        }
    }

    fn object() -> impl Strategy<Value = Value> {
        let text = "\\PC{0,6}[\\[\\]{}\",\\\\]{0,3}";
        let leaf = prop_oneof![
            text.prop_map(|it| json!(it)),
            any::<i32>().prop_map(|it| json!(it))
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(|it| json!(it)),
                prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|it| json!(it)),
            ]
        })
        .prop_map(|value| json!({"v": value}))
    }

    proptest! {
        #[test]
        fn every_layout_gives_the_same_objects(objects in prop::collection::vec(object(), 0..5)) {
            let meant: Vec<String> = objects.iter().map(Value::to_string).collect();
            let array = serde_json::to_string_pretty(&objects).unwrap();
            prop_assert_eq!(&flat(&array), &meant);
            let pretty: Vec<String> = objects.iter().map(|it| format!("{it:#}")).collect();
            prop_assert_eq!(&flat(&pretty.join("\n")), &meant);
        }
    }
}
