//! An award as a card: what it is worth, who gets it, and the rule as a plain sentence.

use kangji_core::vocabulary::Vocabulary;
use kangji_rules::{
    scheme::{Award, Scheme},
    words::{holder_label, role_label, rule_sentence},
};
use maud::{Markup, PreEscaped, html};

use super::wording::award_points;

/// The anchor of an award on the page of its scheme.
#[must_use]
pub fn award_anchor(id: &str) -> String {
    format!("award-{id}")
}

/// The card; its name is a heading of `level`.
pub(super) fn award_card(award: &Award, level: u8, scheme: &Scheme, words: &Vocabulary) -> Markup {
    let anchor = award_anchor(&award.id);
    let name_id = format!("{anchor}-name");
    html! {
        article.award id=(anchor) aria-labelledby=(name_id) {
            div.award-head {
                (heading(level, &name_id, &award.name))
                p.points { (award_points(award, scheme.decimals, words)) }
            }
            p.chips {
                @if let Some(category) = &award.category { span.chip { (category) } " " }
                span.chip { "积分归" (holder_label(award.to)) } " "
                @if let Some(role) = &award.confirm {
                    span.chip { "要由" (role_label(role)) "确认" } " "
                }
                // The sentence below says which name others read.
                @if award.public_name.is_some() { span.chip.guarded { "保护隐私" } }
            }
            p.rule { (rule_sentence(award, scheme, words)) }
        }
    }
}

/// The rules of a block as they are written, folded.
pub(super) fn source(text: &str) -> Markup {
    html! {
        details { summary { "查看规则原文" } pre { code { (text) } } }
    }
}

/// A heading of a level from 2 to 6; maud has no elements by number.
pub(super) fn heading(level: u8, id: &str, text: &str) -> Markup {
    let level = level.clamp(2, 6);
    let inner = html! { (text) }.into_string();
    let id = html! { (id) }.into_string();
    PreEscaped(format!("<h{level} id=\"{id}\">{inner}</h{level}>"))
}
