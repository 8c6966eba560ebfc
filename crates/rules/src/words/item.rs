//! What points bring: an item of the redemption catalogue, and how it is had, as sentences.

use kangji_core::{Decimals, vocabulary::Vocabulary};

use super::{
    condition::{condition, given},
    limit::amount,
    list::joined,
    number::{day_range, span},
};
use crate::scheme::{Content, Item, Limit, Price, Redemption, Scheme, Season, Vouchers};

/// The item as residents read it:
/// `140分：隔物灸法1（2组）、拔罐（6个）；每人每年至多1次；由通惠街道社区卫生服务中心提供。`
#[must_use]
pub fn item_sentence(item: &Item, scheme: &Scheme, words: &Vocabulary) -> String {
    let decimals = scheme.decimals;
    let price = price(item.price, decimals);
    // Where all are services, the terms say so once.
    let marks = !is_all_service(item);
    let contents: Vec<String> =
        item.contents.iter().map(|content| self::content(content, marks, decimals)).collect();
    // An item that is just the thing it is named after needs no list.
    let is_itself = matches!(contents.as_slice(), [only] if *only == item.name);
    let mut parts = vec![match contents.as_slice() {
        [] => price,
        _ if is_itself => format!("{price}换{}", item.name),
        _ => format!("{price}：{}", contents.join("、")),
    }];
    parts.extend(item_terms(item, scheme, words));
    format!("{}。", parts.join("；"))
}

/// What else the item says beside its price and contents: for whom, how often, when, where, each
/// a clause of its own: `每人每年至多1次`.
#[must_use]
pub fn item_terms(item: &Item, scheme: &Scheme, words: &Vocabulary) -> Vec<String> {
    let decimals = scheme.decimals;
    let mut parts = Vec::new();
    if is_all_service(item) {
        parts.push("是服务，不是实物".to_owned());
    }
    parts.extend(item.face_value.map(|value| format!("价值{}分", decimals.short(value))));
    if !item.when.is_empty() {
        let asked: Vec<String> = item.when.iter().map(|asked| condition(asked, words)).collect();
        parts.push(format!("兑换对象：{}", asked.join("，")));
    }
    if item.signed {
        parts.push("要先和办理的机构签约家庭医生".to_owned());
    }
    parts
        .extend(item.given.iter().map(|asked| format!("所在村（社区）当年{}才能换", given(asked))));
    let least = item.balance_min.map(|least| decimals.short(least));
    parts.extend(least.map(|least| format!("可兑换积分要有{least}分才能换")));
    parts.extend(item.limits.iter().map(|each| limit(each, decimals)));
    parts.extend(item.quantity.map(|quantity| format!("一共{quantity}份，换完为止")));
    parts.extend(item.season.as_ref().map(season));
    parts.extend(item.offered.map(|days| format!("{}办理", day_range(days))));
    if !item.at.is_empty() {
        parts.push(format!("只在代码为{}的机构办理", joined(&item.at, "和")));
    }
    parts.extend(item.provider.as_ref().map(|provider| format!("由{provider}提供")));
    parts
}

/// How things are had under a scheme: `原则上不换实物；订了以后7天内来取；换错了7天内可以退。`
#[must_use]
pub fn redemption_sentence(redemption: &Redemption) -> String {
    let goods = if redemption.goods_discouraged { "原则上不换实物；" } else { "" };
    let (wait, back) = (span(redemption.wait), span(redemption.return_within));
    format!("{goods}订了以后{wait}内来取；换错了{back}内可以退。")
}

/// How points stand on paper under a scheme, and what holds for it (P9, P10).
#[must_use]
pub fn voucher_sentence(vouchers: &Vouchers) -> String {
    let Vouchers { title, letters, supervisor, .. } = vouchers;
    let supervisor = supervisor.as_ref().map(|name| format!("，由{name}监制"));
    format!(
        "得到的分可以印在《{title}》上，券号以{letters}开头{}；印上去的分从账户里转到券上，\
        一张券整张用、不找零，可以几张一起用；不想用纸质券了，可以存回账户；丢了不补。",
        supervisor.unwrap_or_default()
    )
}

fn price(price: Price, decimals: Decimals) -> String {
    match price {
        Price::Points(points) => format!("{}分", decimals.short(points)),
        Price::Free => "不用积分".to_owned(),
        Price::ByContent => "选哪样算哪样".to_owned(),
    }
}

/// Whether nothing of the item is taken out of stock.
fn is_all_service(item: &Item) -> bool {
    !item.contents.is_empty() && item.contents.iter().all(|content| content.pieces == 0)
}

fn content(content: &Content, marks_services: bool, decimals: Decimals) -> String {
    let quantity = content.quantity.as_ref().map(|quantity| quantity.replace(' ', ""));
    let quantity = quantity.or((content.includes > 1).then(|| format!("{}个", content.includes)));
    let taken = match content.pieces {
        0 => marks_services.then(|| "服务".to_owned()),
        1 => None,
        pieces => Some(format!("{pieces}件")),
    };
    let price = content.points.map(|points| format!("{}分", decimals.short(points)));
    let further = content.each_further;
    let further = further.map(|points| format!("每多1个加{}分", decimals.short(points)));
    let notes: Vec<String> = [quantity, taken, price, further].into_iter().flatten().collect();
    // In brackets, since names such as 电针1 end in a number.
    let notes =
        if notes.is_empty() { String::new() } else { format!("（{}）", notes.join("，")) };
    format!("{}{notes}", content.name)
}

fn limit(limit: &Limit, decimals: Decimals) -> String {
    format!("每人{}", amount(limit, decimals).replace("只计", "只换"))
}

fn season(season: &Season) -> String {
    let day = |(month, day): (u32, u32)| format!("{month}月{day}日");
    format!("{}（{}到{}）办理", season.name, day(season.from), day(season.to))
}
