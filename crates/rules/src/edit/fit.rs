//! Making a value of a document another one with as few changes of its text as that takes.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{EditFault, splice::Splices};

/// A key with its place, and the value it has.
pub(super) type Entry<'a, 'i> = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

/// The entries of a table, as they stand in the text.
pub(super) fn entries<'a, 'i>(table: &'a DeTable<'i>) -> Vec<Entry<'a, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The entry of a key.
pub(super) fn entry<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<Entry<'a, 'i>> {
    table.iter().find(|(name, _)| name.get_ref() == key)
}

/// A block of a document and a value that is written into it.
struct Fit<'a> {
    /// The text of the block.
    block: &'a str,
    /// Where it begins in the document.
    base: usize,
    /// The new value as TOML.
    wanted: &'a str,
}

/// Makes the value of `key` read like `wanted`, which is TOML.
pub(super) fn fit(
    (block, base): (&str, usize),
    (key, old): (&str, &Spanned<DeValue<'_>>),
    wanted: &str,
    splices: &mut Splices<'_>,
) -> Result<(), EditFault> {
    let new = DeValue::parse(wanted).map_err(|_| EditFault::Broken)?;
    let fit = Fit { block, base, wanted };
    if !fit.is_inline(old) {
        return Err(EditFault::Unusual(key.to_owned()));
    }
    fit.value(old, &new, splices);
    Ok(())
}

/// Whether a value stands whole behind its key, not in tables with headers of their own.
pub(super) fn is_inline(block: &str, value: &Spanned<DeValue<'_>>) -> bool {
    let begins = |with| block.get(value.span()).is_some_and(|text: &str| text.starts_with(with));
    match value.get_ref() {
        DeValue::Table(_) => begins('{'),
        DeValue::Array(list) => begins('[') && list.iter().all(|each| is_inline(block, each)),
        _ => true,
    }
}

impl Fit<'_> {
    fn is_inline(&self, value: &Spanned<DeValue<'_>>) -> bool {
        is_inline(self.block, value)
    }

    fn before<T>(&self, part: &Spanned<T>) -> &str {
        self.block.get(part.span()).unwrap_or_default()
    }

    fn after<T>(&self, part: &Spanned<T>) -> &str {
        self.wanted.get(part.span()).unwrap_or_default()
    }

    /// Replaces only what differs where both have the same parts, otherwise the whole.
    fn value(
        &self,
        old: &Spanned<DeValue<'_>>,
        new: &Spanned<DeValue<'_>>,
        splices: &mut Splices<'_>,
    ) {
        match (old.get_ref(), new.get_ref()) {
            (was, is) if same(was, is) => {}
            (DeValue::Table(was), DeValue::Table(is))
                if was.len() == is.len() && was.keys().all(|key| is.contains_key(key)) =>
            {
                for (key, was) in was {
                    if let Some(is) = is.get(key) {
                        self.value(was, is, splices);
                    }
                }
            }
            (DeValue::Array(was), DeValue::Array(is)) if was.len() == is.len() => {
                was.iter().zip(is.iter()).for_each(|(was, is)| self.value(was, is, splices));
            }
            (DeValue::Table(_), DeValue::Array(is)) if is.len() == 1 => {
                is.iter().for_each(|is| self.value(old, is, splices));
            }
            _ => {
                let span = old.span();
                let place = self.base + span.start..self.base + span.end;
                splices.replace(place, self.written(old, new));
            }
        }
    }

    /// The new value as a text, with the parts that stay as they were written.
    fn written(&self, old: &Spanned<DeValue<'_>>, new: &Spanned<DeValue<'_>>) -> String {
        match (old.get_ref(), new.get_ref()) {
            (was, is) if same(was, is) => self.before(old).to_owned(),
            (DeValue::Table(was), DeValue::Table(is)) => self.table(was, is),
            (DeValue::Array(was), DeValue::Array(is)) => {
                let part = |is: &Spanned<DeValue<'_>>| {
                    let kept = was.iter().find(|was| same(was.get_ref(), is.get_ref()));
                    kept.map_or_else(
                        || self.after(is).to_owned(),
                        |was| self.before(was).to_owned(),
                    )
                };
                self.list(old, is.iter().map(part).collect())
            }
            (_, DeValue::Array(is)) => {
                let part = |is: &Spanned<DeValue<'_>>| match same(old.get_ref(), is.get_ref()) {
                    true => self.before(old).to_owned(),
                    false => self.after(is).to_owned(),
                };
                format!("[{}]", is.iter().map(part).collect::<Vec<_>>().join(", "))
            }
            _ => self.after(new).to_owned(),
        }
    }

    /// A table: what stays stands where it stood, what is new behind it.
    fn table(&self, was: &DeTable<'_>, is: &DeTable<'_>) -> String {
        let stays = entries(was).into_iter().filter_map(|(key, old)| {
            let new = is.get(key.get_ref().as_ref())?;
            Some(format!("{} = {}", self.before(key), self.written(old, new)))
        });
        let is_new =
            entries(is).into_iter().filter(|(key, _)| !was.contains_key(key.get_ref().as_ref()));
        let comes = is_new.map(|(key, new)| format!("{} = {}", self.after(key), self.after(new)));
        let parts: Vec<String> = stays.chain(comes).collect();
        format!("{{ {} }}", parts.join(", "))
    }

    /// A list, on as many lines as before.
    fn list(&self, old: &Spanned<DeValue<'_>>, parts: Vec<String>) -> String {
        let before = self.before(old);
        if !before.contains('\n') || parts.is_empty() {
            return format!("[{}]", parts.join(", "));
        }
        let eol = if before.contains("\r\n") { "\r\n" } else { "\n" };
        let lines: String = parts.iter().map(|part| format!("  {part},{eol}")).collect();
        format!("[{eol}{lines}]")
    }
}

/// Whether two values say the same, however they are written.
fn same(old: &DeValue<'_>, new: &DeValue<'_>) -> bool {
    let number = |value: &DeValue<'_>| {
        let text = match value {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => return None,
        };
        text.replace('_', "").parse::<kangji_core::Decimal>().ok()
    };
    match (old, new) {
        (DeValue::String(old), DeValue::String(new)) => old == new,
        (DeValue::Boolean(old), DeValue::Boolean(new)) => old == new,
        (DeValue::Datetime(old), DeValue::Datetime(new)) => old == new,
        (DeValue::String(text), DeValue::Datetime(day)) => *text == day.to_string(),
        (DeValue::Array(old), DeValue::Array(new)) => {
            let pairs = || old.iter().zip(new.iter());
            old.len() == new.len() && pairs().all(|(old, new)| same(old.get_ref(), new.get_ref()))
        }
        (DeValue::Table(old), DeValue::Table(new)) => {
            let has_it = |(key, old): Entry<'_, '_>| {
                new.get(key.get_ref().as_ref())
                    .is_some_and(|new| same(old.get_ref(), new.get_ref()))
            };
            old.len() == new.len() && old.iter().all(has_it)
        }
        (old, new) => number(old).is_some() && number(old) == number(new),
    }
}
