//! The frozen byte form of what is hashed: entries and the input of commands.
//!
//! Numbers are big-endian and of fixed width, texts and lists carry their length, an optional
//! value is a byte 0 or a byte 1 and the value. Nothing here may ever change: a new form gets a
//! new version byte.

use kangji_core::{Day, Moment, Points};

use crate::{entry::Part, hash::Hash};

/// Bytes being written.
pub(crate) struct Canonical(Vec<u8>);

impl Canonical {
    /// Begins with what is described and the version of its form.
    pub(crate) fn new(label: u8, version: u8) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend([label, version]);
        Self(bytes)
    }

    pub(crate) fn hash(self, previous: Option<Hash>) -> Hash {
        match previous {
            Some(previous) => Hash::of(&[previous.bytes(), &self.0]),
            None => Hash::of(&[&self.0]),
        }
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.0.extend(number.to_be_bytes());
    }

    pub(crate) fn points(&mut self, points: Points) {
        self.0.extend(points.0.to_be_bytes());
    }

    pub(crate) fn day(&mut self, day: Day) {
        self.0.extend(day.number().to_be_bytes());
    }

    pub(crate) fn moment(&mut self, moment: Moment) {
        self.0.extend(moment.millis().to_be_bytes());
    }

    pub(crate) fn id(&mut self, bytes: &[u8; 16]) {
        self.0.extend(bytes);
    }

    pub(crate) fn hashed(&mut self, hash: Hash) {
        self.0.extend(hash.bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    pub(crate) fn parts(&mut self, parts: &[Part]) {
        self.number(parts.len() as u64);
        for part in parts {
            self.number(part.lot.0);
            self.points(part.points);
        }
    }

    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.byte(0),
            Some(value) => {
                self.byte(1);
                write(self, value);
            }
        }
    }
}
