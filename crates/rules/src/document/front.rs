//! Reading the front matter: what holds for a whole scheme.

use kangji_core::{Day, DayRange, Decimals, DivisionPrefix, Points, Span, vocabulary::Vocabulary};

use super::{
    award::{amount, identifier},
    conditions::{person_conditions, prefix},
    fields::{Fields, Node},
    problem::Code,
};
use crate::scheme::{Condition, Expiry};

pub(super) struct Front {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) issuer: String,
    pub(super) division: DivisionPrefix,
    /// `None` where it cannot be made out: then no check that needs it is made.
    pub(super) in_force: Option<DayRange>,
    pub(super) in_force_place: std::ops::Range<usize>,
    /// The first day of this version, where others come before it.
    pub(super) revised_from: Option<Day>,
    pub(super) decimals: Decimals,
    pub(super) expiry: Option<Expiry>,
    pub(super) redeem_minimum: Option<Points>,
    pub(super) eligible: Vec<Condition>,
    pub(super) adjustments: bool,
    pub(super) max_window: Option<Span>,
    /// Whether what examples depend on could be made out, beside `points.expiry`.
    pub(super) decides_examples: bool,
    /// Whether `points.expiry` could be.
    pub(super) expiry_is_known: bool,
}

/// Reads the front matter; keys that are missing or wrong are reported and replaced by what
/// restricts least, so that the awards can still be checked.
pub(super) fn front(mut fields: Fields<'_>, words: &Vocabulary) -> Front {
    let id = identifier(&mut fields);
    let mut text = |key, remedy| {
        let node = fields.need(key, remedy);
        node.and_then(|node| node.text()).unwrap_or_default().to_owned()
    };
    let title = text("title", "写出办法的名称");
    let issuer = text("issuer", "写出发布机关");
    let before = fields.sink.count();
    let division = fields.need("division", "写出辖区代码，如 division = \"510403\"");
    let in_force = fields
        .need("in_force", "写出施行日期，如 in_force = { from = 2026-01-01, to = 2026-12-31 }");
    let in_force_place = in_force.as_ref().map_or(fields.range.clone(), |node| node.range.clone());
    let division = division.and_then(|node| prefix(&node)).unwrap_or(DivisionPrefix::EVERYWHERE);
    let in_force = in_force.and_then(|node| node.day_range());
    let revised_from = fields.get("revised_from").and_then(|node| revised_from(&node, in_force));
    let eligible = fields.get("eligible").map_or_else(Vec::new, |node| {
        person_conditions(&node, words, "把记录的条件写到项目的 when 里")
    });
    let decides_examples = fields.sink.count() == before;
    let points = fields.need("points", "写出积分规则，如 points = { decimals = 0 }");
    let before = fields.sink.count();
    let (decimals, expiry, redeem_minimum) =
        points.and_then(|node| point_rules(&node)).unwrap_or_default();
    let expiry_is_known = fields.sink.count() == before;
    let adjustments = fields.get("adjustments").and_then(|node| node.boolean());
    let front = Front {
        id: id.unwrap_or_default(),
        title,
        issuer,
        division,
        in_force,
        in_force_place,
        revised_from,
        decimals,
        expiry,
        redeem_minimum,
        eligible,
        adjustments: adjustments.unwrap_or(false),
        max_window: fields.get("max_window").and_then(|node| node.span()),
        decides_examples,
        expiry_is_known,
    };
    fields.finish();
    front
}

/// The first day of a revision: after the scheme's own first day, and not after its last.
fn revised_from(node: &Node<'_>, in_force: Option<DayRange>) -> Option<Day> {
    let day = node.day()?;
    let fits = in_force.is_none_or(|days| days.from < day && day <= days.to);
    if !fits {
        let message = format!("这一版从 {day} 起，不在 in_force 的第一天之后、最后一天以前");
        node.report(Code::EmptyRange, message, "改这一天，或删去 revised_from");
    }
    fits.then_some(day)
}

type PointRules = (Decimals, Option<Expiry>, Option<Points>);

fn point_rules(node: &Node<'_>) -> Option<PointRules> {
    let mut fields = node.fields("{ decimals = 0, expiry = { after = \"2 years\" } }")?;
    let places = fields.need("decimals", "写出小数位数：0、1 或 2");
    let decimals = places.and_then(|node| {
        let places = node.whole()?;
        let decimals = u8::try_from(places).ok().and_then(Decimals::new);
        if decimals.is_none() {
            let message = format!("小数位数 {places} 不可用");
            node.report(Code::BadValue, message, "写 0、1 或 2");
        }
        decimals
    });
    let decimals = decimals.unwrap_or_default();
    let expiry = fields.get("expiry").and_then(|node| expiry(&node));
    let minimum = fields.get("redeem_minimum").and_then(|node| amount(&node, decimals));
    fields.finish();
    Some((decimals, expiry, minimum))
}

fn expiry(node: &Node<'_>) -> Option<Expiry> {
    let mut fields = node.fields("{ after = \"2 years\" }")?;
    let after = fields.get("after");
    let at = fields.get("at");
    let grace = fields.get("grace");
    let expiry = match (&after, &at) {
        (Some(after), None) => {
            if let Some(grace) = &grace {
                grace.report(Code::Misplaced, "`grace` 只与 at = \"year-end\" 同用", "删去 grace");
            }
            after.span().map(Expiry::After)
        }
        (None, Some(at)) => {
            at.word("到期方式", &[("year-end", ())])?;
            let grace = match grace {
                Some(node) => Some(node.span()?),
                None => None,
            };
            Some(Expiry::YearEnd { grace })
        }
        _ => {
            let remedy = "写 after = \"2 years\" 或 at = \"year-end\" 之一；不过期则删去 expiry";
            fields.report(Code::Misplaced, "到期方式要写且只写一种", remedy);
            None
        }
    };
    fields.finish();
    expiry
}
