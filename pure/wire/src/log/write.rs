//! Writes one JSON object into bytes that are used again for each line.

/// An object that is being written; [`Object::end`] closes it.
///
/// INVARIANT: every text that goes in is escaped, so what comes out is one valid JSON object,
/// whatever stood in the line.
pub(super) struct Object<'b> {
    out: &'b mut Vec<u8>,
    is_first: bool,
}

impl<'b> Object<'b> {
    /// Begins an object in place of what `out` held.
    pub(super) fn begin(out: &'b mut Vec<u8>) -> Self {
        out.clear();
        out.push(b'{');
        Self {
            out,
            is_first: true,
        }
    }

    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        string(self.out, value);
    }

    /// Nothing for an empty text.
    pub(super) fn some_text(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.text(key, value);
        }
    }

    pub(super) fn number(&mut self, key: &str, value: i64) {
        self.key(key);
        self.out.extend_from_slice(value.to_string().as_bytes());
    }

    /// An instant in RFC 3339; nothing for none.
    pub(super) fn instant(&mut self, key: &str, time_us: Option<i64>) {
        if let Some(written) = time_us.and_then(super::time::written) {
            self.text(key, &written);
        }
    }

    /// One text alone, or an array of several.
    pub(super) fn texts(&mut self, key: &str, values: &[String]) {
        self.key(key);
        if let [one] = values {
            return string(self.out, one);
        }
        let mut between = b'[';
        for value in values {
            self.out.push(between);
            string(self.out, value);
            between = b',';
        }
        if values.is_empty() {
            self.out.push(b'[');
        }
        self.out.push(b']');
    }

    /// Begins a member; the caller writes one JSON value behind it.
    pub(super) fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
        string(self.out, key);
        self.out.push(b':');
        self.out
    }

    pub(super) fn end(self) {
        self.out.push(b'}');
    }
}

/// Writes a text in quotes.
pub(super) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
                out.extend_from_slice(b"\\u00");
                out.extend(digit(byte >> 4).to_string().bytes());
                out.extend(digit(byte & 15).to_string().bytes());
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
