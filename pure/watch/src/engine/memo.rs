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

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    high: u64,
    low: u64,
    set: SetId,
    /// 0: free; 1: not met again since the hand went by; 2: met again.
    state: u8,
}

/// A bounded memory from values to the predicates they met.
#[derive(Debug)]
pub(crate) struct Memo {
    hasher: SipHasher13,
    ways: Vec<[Entry; WAYS]>,
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

impl Memo {
    pub(crate) fn new(key: &[u8; 16], entries_max: usize) -> Self {
        let rows = (entries_max / WAYS).max(1).next_power_of_two();
        Self {
            hasher: SipHasher13::new_with_key(key),
            ways: vec![[Entry::default(); WAYS]; rows],
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
            low: hash.h2,
        }
    }

    /// What the value met, if it is remembered.
    #[inline]
    pub(crate) fn find(&mut self, key: Key) -> Option<SetId> {
        let row = self
            .ways
            .get_mut(usize::try_from(key.high & self.mask).ok()?)?;
        for entry in row {
            if entry.high == key.high && entry.low == key.low && entry.state != 0 {
                entry.state = 2;
                self.hits += 1;
                return Some(entry.set);
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
        let place = usize::try_from(key.high & self.mask).unwrap_or(0);
        if let Some(row) = self.ways.get_mut(place) {
            let victim = victim(row, hand);
            if let Some(entry) = row.get_mut(victim) {
                *entry = Entry {
                    high: key.high,
                    low: key.low,
                    set,
                    state: 1,
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
        self.ways.fill([Entry::default(); WAYS]);
    }
}

/// The clock of one row: a free place, else the first from the hand on that was not met again.
fn victim(row: &mut [Entry; WAYS], hand: usize) -> usize {
    if let Some(free) = row.iter().position(|entry| entry.state == 0) {
        return free;
    }
    for at in (hand..WAYS).chain(0..hand) {
        match row.get_mut(at) {
            Some(entry) if entry.state == 2 => entry.state = 1,
            _ => return at,
        }
    }
    hand
}
