//! Where the values of a line are, found while its grammar is checked, so that nobody who asks for
//! them has to go through the line again.
//!
//! Lines of one source bring the same names in the same order. After one name mostly comes the one
//! that came after it before, with the same bytes around it, so one comparison takes the place of
//! reading a name and looking it up. What is foreseen is checked byte by byte: it saves time and
//! decides nothing. It has fixed room, and a source that brings new names in each line is read as
//! if nothing was foreseen.

use std::fmt;
use std::sync::Arc;

use super::{Cursor, b_close};
use crate::limits::{
    LOG_DEPTH_MAX, LOG_OUTLINE_BYTES_MAX, LOG_OUTLINE_DEPTH_MAX, LOG_OUTLINE_FOLLOWERS_MAX,
    LOG_OUTLINE_NAMES_MAX, LOG_OUTLINE_VALUES_MAX,
};

/// Says which names somebody asks for, by numbers of its own. Asked once for a name, mostly.
pub trait Naming: fmt::Debug + Send + Sync {
    /// The number of the outermost object.
    fn outermost(&self) -> u32;

    /// The number of the member with this key, as escaped in the line, of the object or of the
    /// objects of the array with the number `parent`; and whether somebody asks for its values.
    fn member(&self, parent: u32, key: &[u8]) -> (u32, bool);
}

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A number as written.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
    /// An object.
    Object,
    /// An array; its elements are values of the same name.
    Array,
}

/// A value that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The number of its name.
    pub name: u32,
    /// Its first byte in the line, behind the quote of a text; of an object or array, the byte
    /// behind its bracket.
    pub from: u32,
    /// The byte behind its last, before the quote of a text; of an object or array, `from`.
    pub to: u32,
    /// Of which kind it is.
    pub kind: Kind,
}

/// Where the values of the last line are.
#[derive(Debug)]
pub struct Outline {
    naming: Arc<dyn Naming>,
    values: Vec<Value>,
    frames: Vec<Frame>,
    /// Whether the last line was within what is outlined.
    is_whole: bool,
    seen: usize,
    is_too_deep: bool,
    tokens: Vec<u8>,
    entries: Vec<Entry>,
    at: u32,
}

/// An object or array that is open.
#[derive(Clone, Copy, Debug)]
struct Frame {
    name: Name,
    is_object: bool,
}

#[derive(Clone, Copy, Debug)]
struct Name {
    number: u32,
    is_wanted: bool,
}

/// A name at its place in the order.
#[derive(Clone, Copy, Debug)]
struct Entry {
    parent: u32,
    follower: u32,
    /// Another name that may stand here.
    other: u32,
    name: Name,
    /// Whether the reader of lines wants the member, where it is one of the outermost object.
    is_marked: bool,
    /// The name with its quotes and colon, in `tokens`.
    from: u32,
    length: u32,
    /// Its first eight bytes or fewer, and which of their bits count.
    head: u64,
    mask: u64,
    /// Its last eight bytes, where it has more.
    tail: u64,
}

const NOBODY: u32 = u32::MAX;

impl Outline {
    /// For lines whose names are told apart by `naming`.
    #[must_use]
    pub fn new(naming: Arc<dyn Naming>) -> Self {
        let mut outline = Self {
            naming,
            values: Vec::new(),
            frames: Vec::new(),
            is_whole: false,
            seen: 0,
            is_too_deep: false,
            tokens: Vec::new(),
            entries: Vec::new(),
            at: 0,
        };
        outline.forget();
        outline
    }

    /// The values that somebody asks for, in the order of the line; `None` for a line that is
    /// deeper or has more values than are outlined, and for one that is no object.
    #[must_use]
    pub fn values(&self) -> Option<&[Value]> {
        self.is_whole.then_some(&self.values)
    }

    /// Goes through a line as [`super::object`] does; `member` is called for the outermost members
    /// whose keys `is_marked` picks.
    pub(in crate::log) fn object<'a>(
        &mut self,
        bytes: &'a [u8],
        is_marked: fn(&[u8]) -> bool,
        member: impl FnMut(&'a [u8], &'a [u8]),
    ) -> Option<()> {
        self.values.clear();
        self.frames.clear();
        self.is_whole = false;
        self.seen = 0;
        self.is_too_deep = false;
        self.at = 0;
        let mut walk = Walk {
            cursor: Cursor { bytes, at: 0 },
            outline: self,
            is_marked,
            member,
            outer: None,
        };
        walk.line()?;
        self.is_whole = !self.is_too_deep && self.seen <= LOG_OUTLINE_VALUES_MAX;
        Some(())
    }

    #[inline]
    fn entry(&self, at: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(at).ok()?)
    }

    #[inline]
    fn add(&mut self, name: Name, kind: Kind, (from, to): (usize, usize)) {
        self.seen += 1;
        if name.is_wanted && self.seen <= LOG_OUTLINE_VALUES_MAX {
            // Lines are shorter than what fits.
            let narrow = |at| u32::try_from(at).unwrap_or(u32::MAX);
            self.values.push(Value {
                name: name.number,
                from: narrow(from),
                to: narrow(to),
                kind,
            });
        }
    }

    /// Leaves nothing but the start of a line.
    fn forget(&mut self) {
        self.tokens.clear();
        self.entries.clear();
        let name = Name {
            number: NOBODY,
            is_wanted: false,
        };
        self.entries.push(Entry::new(NOBODY, name, false, (0, &[])));
    }

    /// Remembers a name behind the last one. Without room the rest of the line goes unforeseen.
    fn learn(&mut self, parent: u32, token: &[u8], name: Name, is_marked: bool) {
        let Some(here) = self.entry(self.at) else {
            return;
        };
        let (mut last, mut next, mut followers) = (None, here.follower, 0);
        while let Some(entry) = self.entry(next) {
            (last, next) = (Some(next), entry.other);
            followers += 1;
        }
        let before = std::mem::replace(&mut self.at, NOBODY);
        if followers >= LOG_OUTLINE_FOLLOWERS_MAX {
            return;
        }
        let is_full = self.entries.len() >= LOG_OUTLINE_NAMES_MAX
            || self.tokens.len() + token.len() > LOG_OUTLINE_BYTES_MAX;
        let (Ok(from), Ok(added)) = (
            u32::try_from(self.tokens.len()),
            u32::try_from(self.entries.len()),
        ) else {
            return;
        };
        if is_full {
            return self.forget();
        }
        self.tokens.extend_from_slice(token);
        let entry = Entry::new(parent, name, is_marked, (from, token));
        self.entries.push(entry);
        let place = usize::try_from(last.unwrap_or(before)).unwrap_or(usize::MAX);
        if let Some(entry) = self.entries.get_mut(place) {
            match last {
                Some(_) => entry.other = added,
                None => entry.follower = added,
            }
            self.at = added;
        }
    }
}

impl Entry {
    fn new(parent: u32, name: Name, is_marked: bool, (from, token): (u32, &[u8])) -> Self {
        let word = |bytes: &[u8]| {
            let mut word = [0; 8];
            for (to, byte) in word.iter_mut().zip(bytes) {
                *to = *byte;
            }
            u64::from_le_bytes(word)
        };
        let mask = match token.len() {
            0 => 0,
            length @ 1..8 => u64::MAX >> (64 - 8 * length),
            _ => u64::MAX,
        };
        Self {
            parent,
            follower: NOBODY,
            other: NOBODY,
            name,
            is_marked,
            from,
            length: u32::try_from(token.len()).unwrap_or(u32::MAX),
            head: word(token),
            mask,
            tail: token.last_chunk::<8>().map_or(0, |it| word(it)),
        }
    }

    /// Whether a line goes on with this name; how many bytes it takes.
    #[inline]
    fn begins(&self, rest: &[u8], tokens: &[u8]) -> Option<usize> {
        let length = usize::try_from(self.length).ok()?;
        let Some((head, _)) = rest.split_first_chunk::<8>() else {
            // At the end of a line there is less than a word.
            return (length <= 8 && rest.starts_with(self.token(tokens))).then_some(length);
        };
        if (u64::from_le_bytes(*head) ^ self.head) & self.mask != 0 {
            return None;
        }
        if length > 8 {
            let tail = rest.get(..length)?.last_chunk::<8>()?;
            if u64::from_le_bytes(*tail) != self.tail {
                return None;
            }
            if length > 16 && !rest.starts_with(self.token(tokens)) {
                return None;
            }
        }
        Some(length)
    }

    fn token<'t>(&self, tokens: &'t [u8]) -> &'t [u8] {
        let from = usize::try_from(self.from).unwrap_or(usize::MAX);
        let length = usize::try_from(self.length).unwrap_or(usize::MAX);
        tokens
            .get(from..)
            .and_then(|rest| rest.get(..length))
            .unwrap_or_default()
    }
}

/// One way through one line.
struct Walk<'w, 'a, F> {
    cursor: Cursor<'a>,
    outline: &'w mut Outline,
    is_marked: fn(&[u8]) -> bool,
    member: F,
    /// The key of the outermost member that is being read and where its value begins, if it is
    /// marked.
    outer: Option<((usize, usize), usize)>,
}

impl<'a, F: FnMut(&'a [u8], &'a [u8])> Walk<'_, 'a, F> {
    fn line(&mut self) -> Option<()> {
        self.cursor.space();
        self.cursor.expect(b'{')?;
        let outermost = Name {
            number: self.outline.naming.outermost(),
            is_wanted: false,
        };
        if self.open(outermost, true)? {
            while self.value()? {}
        }
        self.cursor.space();
        (self.cursor.at == self.cursor.bytes.len()).then_some(())
    }

    /// Enters an object or array whose bracket is behind; whether there is anything in it.
    fn open(&mut self, name: Name, is_object: bool) -> Option<bool> {
        let depth = self.outline.frames.len();
        (depth <= usize::try_from(LOG_DEPTH_MAX).ok()?).then_some(())?;
        if depth >= LOG_OUTLINE_DEPTH_MAX {
            // Too deep to be outlined, though not to be a line.
            self.outline.is_too_deep = true;
        }
        self.cursor.space();
        if self.cursor.peek()? == b_close(is_object) {
            self.cursor.at += 1;
            return Some(false);
        }
        self.outline.frames.push(Frame { name, is_object });
        Some(true)
    }

    /// Reads one value, with its key in an object, and what stands behind it; of an object or array
    /// that holds something, only its bracket. Whether the line goes on.
    #[inline]
    fn value(&mut self) -> Option<bool> {
        let frame = *self.outline.frames.last()?;
        let name = match frame.is_object {
            true => self.key(frame.name.number)?,
            false => frame.name,
        };
        let from = self.cursor.at;
        let sign = self.cursor.peek()?;
        match sign {
            b'"' => {
                self.cursor.at += 1;
                self.cursor.string()?;
                let inner = (from + 1, self.cursor.at - 1);
                self.outline.add(name, Kind::Text, inner);
            }
            b'{' | b'[' => {
                self.cursor.at += 1;
                let is_object = sign == b'{';
                let kind = if is_object { Kind::Object } else { Kind::Array };
                self.outline.add(name, kind, (from + 1, from + 1));
                if self.open(name, is_object)? {
                    return Some(true);
                }
            }
            _ => {
                let kind = match sign {
                    b't' | b'f' => Kind::Bool,
                    b'n' => Kind::Null,
                    _ => Kind::Number,
                };
                if !(kind == Kind::Number && self.cursor.short_number()) {
                    self.cursor.value()?;
                }
                self.outline.add(name, kind, (from, self.cursor.at));
            }
        }
        self.after()
    }

    /// What stands behind a value; whether there is another one.
    #[inline]
    fn after(&mut self) -> Option<bool> {
        loop {
            if let Some((key, from)) = self.outer.filter(|_| self.outline.frames.len() == 1) {
                self.outer = None;
                let bytes = self.cursor.bytes;
                (self.member)(bytes.get(key.0..key.1)?, bytes.get(from..self.cursor.at)?);
            }
            self.cursor.space();
            let is_object = self.outline.frames.last()?.is_object;
            match self.cursor.next()? {
                b',' => {
                    self.cursor.space();
                    return Some(true);
                }
                sign if sign == b_close(is_object) => {
                    self.outline.frames.pop();
                    if self.outline.frames.is_empty() {
                        return Some(false);
                    }
                }
                _ => return None,
            }
        }
    }

    /// A key, its colon and the space behind it.
    #[inline]
    fn key(&mut self, parent: u32) -> Option<Name> {
        let from = self.cursor.at;
        let rest = self.cursor.bytes.get(from..)?;
        let here = self.outline.entry(self.outline.at);
        let mut next = here.map_or(NOBODY, |here| here.follower);
        while let Some(entry) = self.outline.entry(next) {
            if entry.parent == parent
                && let Some(length) = entry.begins(rest, &self.outline.tokens)
            {
                let (name, is_marked) = (entry.name, entry.is_marked);
                self.outline.at = next;
                self.cursor.at += length;
                self.cursor.space();
                self.mark(is_marked, (from + 1, from + length - 2));
                return Some(name);
            }
            next = entry.other;
        }
        self.new_key(parent)
    }

    #[cold]
    #[inline(never)]
    fn new_key(&mut self, parent: u32) -> Option<Name> {
        let from = self.cursor.at;
        let key = self.cursor.key()?;
        let (number, is_wanted) = self.outline.naming.member(parent, key);
        let name = Name { number, is_wanted };
        let is_marked = (self.is_marked)(key);
        let to = from + key.len() + 3;
        let token = self.cursor.bytes.get(from..to);
        // Space before the colon is not foreseen.
        match token.filter(|token| token.ends_with(b"\":")) {
            Some(token) => self.outline.learn(parent, token, name, is_marked),
            None => self.outline.at = NOBODY,
        }
        self.mark(is_marked, (from + 1, from + 1 + key.len()));
        Some(name)
    }

    #[inline]
    fn mark(&mut self, is_marked: bool, key: (usize, usize)) {
        if is_marked && self.outline.frames.len() == 1 {
            self.outer = Some((key, self.cursor.at));
        }
    }
}

#[cfg(test)]
mod tests;
