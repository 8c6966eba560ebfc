//! An award key by key, as reading takes it: for forms that write it back, and for new ones.

use kangji_core::{Decimals, vocabulary::Vocabulary};

use super::written::{
    conditions, days, filled, given, keys, kinds, limit, list, requirement, text, yes,
};
use crate::scheme::{Award, HolderType, Occasion, YieldsTo};

/// The keys of an award in the order in which documents have them, each with its value as TOML;
/// `None` where the key is left out.
pub(crate) fn award_keys(
    award: &Award,
    decimals: Decimals,
    words: &Vocabulary,
) -> Vec<(&'static str, Option<String>)> {
    let (on, every) = match &award.occasion {
        Occasion::Record(on) => (Some(kinds(on, words)), None),
        Occasion::Period(every) => (None, Some(text(every.word()))),
    };
    let to = (award.to != HolderType::Resident).then(|| text(award.to.word()));
    let beyond = award.beyond.as_ref().map(|beyond| {
        keys([("share", Some(beyond.share.to_string())), ("of", Some(text(&beyond.of)))])
    });
    let asked = |asked: &[_]| list(asked.iter().map(|one| requirement(one, words)));
    vec![
        ("id", Some(text(&award.id))),
        ("name", Some(text(&award.name))),
        ("category", award.category.as_deref().map(text)),
        ("on", on),
        ("every", every),
        ("when", conditions(&award.when, words)),
        ("points", Some(decimals.short(award.points))),
        ("per_unit", award.per_unit.as_ref().map(|attribute| text(&attribute.name))),
        ("to", to),
        ("sensitive", award.public_name.as_ref().map(|_| yes())),
        ("public_name", award.public_name.as_deref().map(text)),
        ("limit", list(award.limits.iter().map(|each| limit(each, decimals)))),
        ("yields_to", list(award.yields_to.iter().map(yields_to))),
        ("requires", asked(&award.requires)),
        ("requires_any", asked(&award.requires_any)),
        ("given", filled(award.given.iter().map(given).collect())),
        ("beyond", beyond),
        ("confirm", award.confirm.as_deref().map(text)),
        ("counts", award.counts.map(days)),
    ]
}

fn yields_to(winner: &YieldsTo) -> String {
    keys([("award", Some(text(&winner.award))), ("per", Some(text(winner.per.word())))])
}
