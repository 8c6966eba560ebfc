//! What points bring: an item of the redemption catalogue as a sentence.

use kangji_core::{Decimals, vocabulary::Vocabulary};

use super::{condition::given, label::role_label, limit::amount, list::one_of};
use crate::scheme::{Content, Item, KeyPart, Limit, Price, Scheme, Season};

/// The item as residents read it:
/// `140分：隔物灸法1（2组）、拔罐（6个）；每人每年至多1次；由通惠街道社区卫生服务中心提供。`
#[must_use]
pub fn item_sentence(item: &Item, scheme: &Scheme, words: &Vocabulary) -> String {
    let decimals = scheme.decimals;
    let price = match item.price {
        Price::Points(points) => format!("{}分", decimals.short(points)),
        Price::Free => "不用积分".to_owned(),
        Price::ByContent => "选哪样算哪样".to_owned(),
    };
    let contents: Vec<String> =
        item.contents.iter().map(|content| self::content(content, decimals)).collect();
    // An item that is just the thing it is named after needs no list.
    let is_itself = matches!(contents.as_slice(), [only] if *only == item.name);
    let mut parts = vec![match contents.as_slice() {
        [] => price,
        _ if is_itself => format!("{price}换{}", item.name),
        _ => format!("{price}：{}", contents.join("、")),
    }];
    parts.extend(item.face_value.map(|value| format!("价值{}分", decimals.short(value))));
    if !item.roles.is_empty() {
        let roles: Vec<&str> = item.roles.iter().map(|role| role_label(role)).collect();
        parts.push(format!("只给{}", one_of(&roles)));
    }
    parts
        .extend(item.given.iter().map(|asked| format!("所在村（社区）当年{}才能换", given(asked))));
    parts.extend(item.limits.iter().map(|each| limit(each, decimals, words)));
    parts.extend(item.season.as_ref().map(season));
    parts.extend(item.provider.as_ref().map(|provider| format!("由{provider}提供")));
    format!("{}。", parts.join("；"))
}

fn content(content: &Content, decimals: Decimals) -> String {
    let quantity = content.quantity.as_ref().map(|quantity| quantity.replace(' ', ""));
    let quantity = quantity.or((content.includes > 1).then(|| format!("{}个", content.includes)));
    let price = content.points.map(|points| format!("{}分", decimals.short(points)));
    let further = content.each_further;
    let further = further.map(|points| format!("每多1个加{}分", decimals.short(points)));
    let notes: Vec<String> = [quantity, price, further].into_iter().flatten().collect();
    // In brackets, since names such as 电针1 end in a number.
    let notes =
        if notes.is_empty() { String::new() } else { format!("（{}）", notes.join("，")) };
    format!("{}{notes}", content.name)
}

/// Items are had by people, so a limit without more is per person.
fn limit(limit: &Limit, decimals: Decimals, words: &Vocabulary) -> String {
    let part = |part: &KeyPart| match part {
        KeyPart::Holder | KeyPart::Resident => "每人".to_owned(),
        KeyPart::Community => "每个村（社区）".to_owned(),
        KeyPart::Attribute(attribute) => {
            let known = words.attribute(&attribute.name);
            format!("每种{}", known.map_or(attribute.name.as_str(), |known| &known.word.label))
        }
    };
    let apart: String = match limit.by.as_slice() {
        [] => "全体合计".to_owned(),
        parts => parts.iter().map(part).collect(),
    };
    format!("{apart}{}", amount(limit, decimals).replace("只计", "只换"))
}

fn season(season: &Season) -> String {
    let day = |(month, day): (u32, u32)| format!("{month}月{day}日");
    format!("{}（{}到{}）办理", season.name, day(season.from), day(season.to))
}
