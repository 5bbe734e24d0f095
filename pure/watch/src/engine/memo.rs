//! What a value met is remembered by value, within fixed room.
//!
//! The value itself is not kept: a keyed 128-bit hash of its bytes stands for it (SipHash-1-3 with
//! a key that nobody outside knows), so whoever chooses values can neither make two of them collide
//! nor fill one place on purpose. What is forgotten is tested again; nothing else depends on it.

use std::collections::BTreeMap;

use siphasher::sip128::SipHasher13;

use super::predicate::PredicateId;

/// Places that one hash may stand in.
const WAYS: usize = 4;

/// Predicates of all remembered sets together before everything is forgotten.
const SET_MEMBERS_MAX: usize = 4_000_000;

/// What was found, as a number that stays valid until the memo is asked to remember the next time.
pub(crate) type SetId = u32;

/// One remembered value. The lowest bits of its hash are the number of the row, so of these only
/// the others are kept.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    low: u64,
    high: u32,
    /// The set, and in the highest two bits the state.
    set_and_state: u32,
}

/// Free; not met again since the hand went by; met again.
const FREE: u32 = 0;
const MET_ONCE: u32 = 1;
const MET_AGAIN: u32 = 2;

/// Bits of [`Entry::set_and_state`] that are the set. There are never as many sets: each counts as
/// eight members at least.
const SET_BITS: u32 = 30;
const SET_MASK: u32 = (1 << SET_BITS) - 1;

impl Entry {
    #[inline]
    fn state(self) -> u32 {
        self.set_and_state >> SET_BITS
    }

    #[inline]
    fn set_state(&mut self, state: u32) {
        self.set_and_state = (self.set_and_state & SET_MASK) | (state << SET_BITS);
    }
}

/// A row is one line of the processor's cache: looking a value up is one way to memory.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Row([Entry; WAYS]);

const _: () = assert!(size_of::<Row>() == 64);
const _: () = assert!(SET_MEMBERS_MAX / 8 < 1 << SET_BITS);
const _: () = assert!(MET_AGAIN < 1 << (32 - SET_BITS));

/// A bounded memory from values to the predicates they met.
#[derive(Debug)]
pub(crate) struct Memo {
    hasher: SipHasher13,
    rows: Vec<Row>,
    mask: u64,
    hand: usize,
    sets: Vec<Box<[PredicateId]>>,
    numbers: BTreeMap<Box<[PredicateId]>, SetId>,
    members: usize,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

/// The hash of a value in its matcher.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    high: u64,
    low: u64,
}

impl Key {
    #[inline]
    fn row(self, mask: u64) -> Option<usize> {
        usize::try_from(self.high & mask).ok()
    }

    /// The bits that say no row.
    #[inline]
    fn tag(self) -> u32 {
        u32::try_from(self.high >> 32).unwrap_or_default()
    }
}

impl Memo {
    pub(crate) fn new(key: &[u8; 16], entries_max: usize) -> Self {
        // No more rows than the bits of a hash that say a row.
        let rows = (entries_max / WAYS).clamp(1, 1 << 30).next_power_of_two();
        Self {
            hasher: SipHasher13::new_with_key(key),
            rows: vec![Row::default(); rows],
            mask: u64::try_from(rows - 1).unwrap_or(0),
            hand: 0,
            sets: Vec::new(),
            numbers: BTreeMap::new(),
            members: 0,
            hits: 0,
            misses: 0,
        }
    }

    /// The key of a value; `salt` says for which matcher and as which kind it is tested.
    #[inline]
    pub(crate) fn key(&self, salt: u32, value: &[u8]) -> Key {
        let hash = self.hasher.hash(value);
        let salt = u64::from(salt)
            .wrapping_add(1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Key {
            high: hash.h1 ^ salt,
            low: hash.h2 ^ salt,
        }
    }

    /// What the value met, if it is remembered.
    #[inline]
    pub(crate) fn find(&mut self, key: Key) -> Option<SetId> {
        let row = self.rows.get_mut(key.row(self.mask)?)?;
        for entry in &mut row.0 {
            if entry.low == key.low && entry.high == key.tag() && entry.state() != FREE {
                if entry.state() != MET_AGAIN {
                    entry.set_state(MET_AGAIN);
                }
                self.hits += 1;
                return Some(entry.set_and_state & SET_MASK);
            }
        }
        self.misses += 1;
        None
    }

    /// The predicates of a set.
    #[inline]
    pub(crate) fn set(&self, set: SetId) -> &[PredicateId] {
        usize::try_from(set)
            .ok()
            .and_then(|set| self.sets.get(set))
            .map_or(&[], |set| set)
    }

    /// Remembers what a value met.
    pub(crate) fn remember(&mut self, key: Key, met: &[PredicateId]) -> SetId {
        let set = self.intern(met);
        let hand = self.hand;
        self.hand = (hand + 1) % WAYS;
        let row = key.row(self.mask);
        if let Some(row) = row.and_then(|row| self.rows.get_mut(row)) {
            let victim = victim(row, hand);
            if let Some(entry) = row.0.get_mut(victim) {
                *entry = Entry {
                    low: key.low,
                    high: key.tag(),
                    set_and_state: (set & SET_MASK) | (MET_ONCE << SET_BITS),
                };
            }
        }
        set
    }

    fn intern(&mut self, met: &[PredicateId]) -> SetId {
        if let Some(known) = self.numbers.get(met) {
            return *known;
        }
        if self.members > SET_MEMBERS_MAX {
            self.forget();
        }
        let number = SetId::try_from(self.sets.len()).unwrap_or(SetId::MAX);
        self.members += met.len() + 8;
        self.sets.push(met.into());
        self.numbers.insert(met.into(), number);
        number
    }

    fn forget(&mut self) {
        self.sets.clear();
        self.numbers.clear();
        self.members = 0;
        self.rows.fill(Row::default());
    }
}

/// The clock of one row: a free place, else the first from the hand on that was not met again.
fn victim(row: &mut Row, hand: usize) -> usize {
    let free = row.0.iter().position(|entry| entry.state() == FREE);
    if let Some(free) = free {
        return free;
    }
    for at in (hand..WAYS).chain(0..hand) {
        match row.0.get_mut(at) {
            Some(entry) if entry.state() == MET_AGAIN => entry.set_state(MET_ONCE),
            _ => return at,
        }
    }
    hand
}
