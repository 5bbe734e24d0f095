//! The names that somebody asks for, as a tree by their steps, built once before the first line.
//!
//! Names that nobody asks for cost one probe and nothing more, however many the lines bring.

use crate::limits::NAME_BYTES_MAX;
use crate::record::text;

/// The number of a name that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(u32);

impl FieldId {
    /// As a place in a table.
    #[must_use]
    pub fn place(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Where every name starts.
pub(crate) const ROOT: u32 = 0;

/// Below a name that nobody asks for, nobody asks for anything.
pub(crate) const UNKNOWN: u32 = u32::MAX;

#[derive(Clone, Debug, Default)]
struct Node {
    parent: u32,
    step: Box<[u8]>,
    fields: Vec<FieldId>,
    /// What is inside counts as if it stood at the top.
    is_transparent: bool,
}

/// The tree of names; see [`NamesBuilder`].
#[derive(Clone, Debug, Default)]
pub struct Names {
    nodes: Vec<Node>,
    /// (hash, node), probed in order; a node of [`UNKNOWN`] is an empty place.
    places: Vec<(u32, u32)>,
    mask: usize,
    fields: Vec<Box<str>>,
    /// By node: where its fields are in `of_nodes`, which is asked of every value of every line.
    spans: Vec<(u32, u32)>,
    of_nodes: Vec<FieldId>,
}

impl Names {
    /// How many names were asked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Nobody asks for anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The name behind a number.
    #[must_use]
    pub fn name(&self, field: FieldId) -> &str {
        self.fields.get(field.place()).map_or("", |name| name)
    }

    /// The number of a name.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<FieldId> {
        self.numbers().find(|id| self.name(*id) == name)
    }

    fn numbers(&self) -> impl Iterator<Item = FieldId> + '_ {
        (0..).take(self.fields.len()).map(FieldId)
    }

    /// Where every name starts, for a reader of lines that tells names apart by their numbers.
    #[must_use]
    pub fn outermost(&self) -> u32 {
        ROOT
    }

    /// The number of a name by that of the object that it is in and its key, as the key is escaped in
    /// the line, and whether somebody asks for its values. The elements of an array have the number
    /// of the array.
    #[must_use]
    pub fn member(&self, parent: u32, key: &[u8]) -> (u32, bool) {
        let node = self.descend(parent, key);
        (node, !self.fields_at(node).is_empty())
    }

    /// The names that a place in the tree stands for.
    #[inline]
    pub(crate) fn fields_at(&self, node: u32) -> &[FieldId] {
        let place = |at| usize::try_from(at).unwrap_or(usize::MAX);
        let Some((from, to)) = self.spans.get(place(node)).copied() else {
            return &[];
        };
        self.of_nodes
            .get(place(from)..place(to))
            .unwrap_or_default()
    }

    fn node(&self, node: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(node).ok()?)
    }

    /// One step down, by a key as it is written in the line.
    #[inline]
    pub(crate) fn descend(&self, parent: u32, key: &[u8]) -> u32 {
        if parent == UNKNOWN {
            return UNKNOWN;
        }
        match self.child(parent, key) {
            UNKNOWN => self.descend_slowly(parent, key),
            node => node,
        }
    }

    /// A key below something transparent, of several steps, escaped, or with spaces.
    fn descend_slowly(&self, parent: u32, key: &[u8]) -> u32 {
        let is_transparent = self.is_transparent(parent);
        if is_transparent {
            let at_top = self.child(ROOT, key);
            if at_top != UNKNOWN {
                return at_top;
            }
        }
        let mut is_odd = false;
        let mut has_steps = false;
        for sign in key {
            is_odd |= matches!(sign, b'\\' | b' ');
            has_steps |= *sign == b'.';
        }
        if is_odd && key.len() <= NAME_BYTES_MAX {
            return self.descend_oddly(parent, key);
        }
        match has_steps {
            true => self.descend_steps(parent, key),
            false => UNKNOWN,
        }
    }

    /// Names of fields are asked for without spaces, as Sigma writes them.
    #[cold]
    fn descend_oddly(&self, parent: u32, key: &[u8]) -> u32 {
        let mut plain = Vec::new();
        text::unescape(key, &mut plain);
        plain.retain(|sign| !matches!(sign, b' ' | b'\\'));
        match self.child_or_top(parent, &plain) {
            UNKNOWN if plain.contains(&b'.') => self.descend_steps(parent, &plain),
            node => node,
        }
    }

    fn descend_steps(&self, parent: u32, key: &[u8]) -> u32 {
        let mut node = parent;
        for step in key.split(|sign| *sign == b'.') {
            node = self.child_or_top(node, step);
            if node == UNKNOWN {
                break;
            }
        }
        node
    }

    fn is_transparent(&self, node: u32) -> bool {
        self.node(node).is_some_and(|node| node.is_transparent)
    }

    fn child_or_top(&self, parent: u32, step: &[u8]) -> u32 {
        match self.child(parent, step) {
            UNKNOWN if self.is_transparent(parent) => self.child(ROOT, step),
            node => node,
        }
    }

    #[inline]
    fn child(&self, parent: u32, step: &[u8]) -> u32 {
        let hash = hash(parent, step);
        let mut place = usize::try_from(hash).unwrap_or(0) & self.mask;
        loop {
            match self.places.get(place) {
                Some((_, UNKNOWN)) | None => return UNKNOWN,
                Some((known, node)) if *known == hash => {
                    let is_it = self
                        .node(*node)
                        .is_some_and(|node| node.parent == parent && *node.step == *step);
                    if is_it {
                        return *node;
                    }
                }
                Some(_) => {}
            }
            place = (place + 1) & self.mask;
        }
    }
}

/// Collects names before the first line.
#[derive(Clone, Debug)]
pub struct NamesBuilder {
    nodes: Vec<Node>,
    children: std::collections::BTreeMap<(u32, Vec<u8>), u32>,
    numbers: std::collections::BTreeMap<Box<str>, FieldId>,
    fields: Vec<Box<str>>,
}

impl Default for NamesBuilder {
    fn default() -> Self {
        Self {
            nodes: vec![Node {
                parent: UNKNOWN,
                ..Node::default()
            }],
            children: std::collections::BTreeMap::new(),
            numbers: std::collections::BTreeMap::new(),
            fields: Vec::new(),
        }
    }
}

impl NamesBuilder {
    /// Asks for a name; the same name has the same number.
    pub fn ask(&mut self, name: &str) -> FieldId {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let id = FieldId(u32::try_from(self.fields.len()).unwrap_or(u32::MAX));
        self.fields.push(name.into());
        self.numbers.insert(name.into(), id);
        self.lead(name, id);
        id
    }

    /// The number of a name that was asked for.
    #[must_use]
    pub fn known(&self, name: &str) -> Option<FieldId> {
        self.numbers.get(name).copied()
    }

    /// What stands at `path` in a line is the field `name`.
    pub fn rename(&mut self, path: &str, name: &str) {
        let id = self.ask(name);
        self.lead(path, id);
    }

    /// What is inside of the object at `path` counts as if it stood at the top.
    pub fn strip(&mut self, path: &str) {
        let node = self.path(path);
        if let Some(node) = self.node_mut(node) {
            node.is_transparent = true;
        }
    }

    /// The finished tree.
    #[must_use]
    pub fn build(mut self) -> Names {
        self.share_below_transparent();
        let size = (self.nodes.len() * 4).next_power_of_two().max(8);
        let mask = size - 1;
        let mut places = vec![(0, UNKNOWN); size];
        for (number, node) in (0_u32..).zip(&self.nodes).skip(1) {
            let hash = hash(node.parent, &node.step);
            let mut place = usize::try_from(hash).unwrap_or(0) & mask;
            while places.get(place).is_some_and(|(_, node)| *node != UNKNOWN) {
                place = (place + 1) & mask;
            }
            if let Some(free) = places.get_mut(place) {
                *free = (hash, number);
            }
        }
        let (mut spans, mut of_nodes) = (Vec::new(), Vec::new());
        for node in &self.nodes {
            let from = u32::try_from(of_nodes.len()).unwrap_or(u32::MAX);
            of_nodes.extend_from_slice(&node.fields);
            let to = u32::try_from(of_nodes.len()).unwrap_or(u32::MAX);
            spans.push((from, to));
        }
        Names {
            nodes: self.nodes,
            spans,
            of_nodes,
            places,
            mask,
            fields: self.fields,
        }
    }

    fn lead(&mut self, path: &str, id: FieldId) {
        let mut ends = vec![self.path(path)];
        // The whole path may also stand as one key, which is then found by one probe.
        if path.contains('.') {
            ends.push(self.step(ROOT, path.as_bytes()));
        }
        for end in ends {
            if let Some(node) = self.node_mut(end)
                && !node.fields.contains(&id)
            {
                node.fields.push(id);
            }
        }
    }

    fn path(&mut self, path: &str) -> u32 {
        path.split('.')
            .fold(ROOT, |node, step| self.step(node, step.as_bytes()))
    }

    fn step(&mut self, parent: u32, step: &[u8]) -> u32 {
        if let Some(known) = self.children.get(&(parent, step.to_vec())) {
            return *known;
        }
        let number = u32::try_from(self.nodes.len()).unwrap_or(UNKNOWN);
        self.nodes.push(Node {
            parent,
            step: step.into(),
            ..Node::default()
        });
        self.children.insert((parent, step.to_vec()), number);
        number
    }

    fn node_mut(&mut self, node: u32) -> Option<&mut Node> {
        self.nodes.get_mut(usize::try_from(node).ok()?)
    }

    /// A name below a transparent object that is known in full is the short name too.
    fn share_below_transparent(&mut self) {
        for number in 1..self.nodes.len() {
            let mut steps: Vec<&[u8]> = Vec::new();
            let mut at = self.nodes.get(number);
            let mut is_below = false;
            while let Some(node) = at.filter(|node| node.parent != UNKNOWN) {
                if !steps.is_empty() && node.is_transparent {
                    is_below = true;
                    break;
                }
                steps.push(&node.step);
                at = usize::try_from(node.parent)
                    .ok()
                    .and_then(|parent| self.nodes.get(parent));
            }
            if !is_below {
                continue;
            }
            let short = steps.iter().rev().try_fold(ROOT, |node, step| {
                self.children.get(&(node, step.to_vec())).copied()
            });
            let fields = short
                .and_then(|node| self.nodes.get(usize::try_from(node).ok()?))
                .map(|node| node.fields.clone())
                .unwrap_or_default();
            if let Some(node) = self.nodes.get_mut(number) {
                for field in fields {
                    if !node.fields.contains(&field) {
                        node.fields.push(field);
                    }
                }
            }
        }
    }
}

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// Only names of rules are in the table, so this hash needs no key: lines cannot fill it.
#[inline]
fn hash(parent: u32, step: &[u8]) -> u32 {
    let mut state = u64::from(parent).wrapping_add(1).wrapping_mul(MIX);
    let mut rest = step;
    while let Some((word, more)) = rest.split_first_chunk::<8>() {
        state = (state ^ u64::from_le_bytes(*word)).wrapping_mul(MIX);
        state ^= state >> 29;
        rest = more;
    }
    // The tail overlaps what was read before, so that it is one word where there is one.
    let length = u64::try_from(step.len()).unwrap_or(0) << 56;
    let tail = match (step.last_chunk::<8>(), rest.first_chunk::<4>(), rest) {
        (Some(word), _, _) => u64::from_le_bytes(*word),
        (None, Some(first), rest) => {
            let last = rest.last_chunk::<4>().unwrap_or(first);
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        (None, None, rest) => rest
            .iter()
            .fold(0, |tail, byte| (tail << 8) | u64::from(*byte)),
    };
    let tail = tail ^ length;
    state = (state ^ tail).wrapping_mul(MIX);
    u32::try_from((state ^ (state >> 32)) & 0xffff_ffff).unwrap_or(0)
}
