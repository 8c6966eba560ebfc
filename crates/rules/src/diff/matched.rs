//! Which entries of two lists belong together.

/// Two lists set against each other.
pub(super) struct Matched<'a, T> {
    /// Entries that are the same thing with another content: old and new.
    pub(super) changed: Vec<(&'a T, &'a T)>,
    /// Entries only of the old list.
    pub(super) gone: Vec<&'a T>,
    /// Entries only of the new list.
    pub(super) new: Vec<&'a T>,
}

/// Leaves out what is equal in both lists, and pairs the rest by `kin`, in order.
pub(super) fn matched<'a, T: PartialEq>(
    old: &'a [T],
    new: &'a [T],
    kin: impl Fn(&T, &T) -> bool,
) -> Matched<'a, T> {
    let mut rest: Vec<&T> = new.iter().collect();
    let mut without = Vec::new();
    for one in old {
        match rest.iter().position(|other| *other == one) {
            Some(place) => drop(rest.remove(place)),
            None => without.push(one),
        }
    }
    let mut found = Matched { changed: Vec::new(), gone: Vec::new(), new: Vec::new() };
    for one in without {
        match rest.iter().position(|other| kin(one, other)) {
            Some(place) => found.changed.push((one, rest.remove(place))),
            None => found.gone.push(one),
        }
    }
    found.new = rest;
    found
}
