//! Something on offer: what it is, for whom, what to choose of it. Then what it would cost, which
//! sets nothing aside, and then the order.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{Looked, PATH, bill, path, price};
use crate::{
    input::{At, Body, Search, Whole},
    mall::{
        Wanted,
        offers::{Mall, Offer, OfferContent, OwnCounter, PriceKind, Standing},
        orders, quote,
    },
    orders::told::ChosenGiven,
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
};

/// An item, and everything around it.
pub(super) struct Opened<'m> {
    pub(super) looked: &'m Looked,
    pub(super) mall: &'m Mall,
    pub(super) counter: &'m OwnCounter,
    pub(super) offer: &'m Offer,
}

impl<'m> Opened<'m> {
    fn of(looked: &'m Looked, mall: &'m Mall, catalogue: &str, item: &str) -> Option<Self> {
        let all = mall
            .counters
            .iter()
            .flat_map(|counter| counter.offers.iter().map(move |offer| (counter, offer)));
        let mut same = all.filter(|(_, offer)| offer.catalogue == catalogue && offer.item == item);
        same.next().map(|(counter, offer)| Self { looked, mall, counter, offer })
    }

    /// Where it is handed over.
    pub(super) fn at(&self) -> &str {
        self.mall.institution.as_ref().map_or("", |place| &place.code)
    }

    /// Points as the scheme writes them.
    pub(super) fn points(&self, units: i64) -> String {
        parts::points(units, self.counter.decimals)
    }

    /// What every form about it holds unseen.
    pub(super) fn held(&self, visit: &Visit) -> Markup {
        html! {
            (visit.seal())
            input type="hidden" name="at" value=(self.at());
            @if let Some(person) = &self.looked.person {
                input type="hidden" name="person" value=(person);
            }
        }
    }
}

pub(in crate::my) async fn show(
    visit: Visit,
    At((catalogue, item)): At<(String, String)>,
    Search(looked): Search<Looked>,
) -> Result<Page, Problem> {
    let mall = looked.mall(&visit).await?;
    Ok(match Opened::of(&looked, &mall, &catalogue, &item) {
        Some(opened) => page(&visit, &opened, &Form::default(), None),
        None => nothing(&visit, &looked, &mall),
    })
}

/// That it is not to be had here, or no longer.
fn nothing(visit: &Visit, looked: &Looked, mall: &Mall) -> Page {
    let at = mall.institution.as_ref().map(|place| place.code.as_str());
    let back = looked.to(PATH, at);
    let body = parts::empty(
        "这里现在没有这一项，目录可能已经换了新的一版。",
        html! { a.button.main href=(back) { "看看现在能换什么" } },
    );
    visit.page("商城", body)
}

/// The item and, where something may be chosen or ordered, the form.
fn page(visit: &Visit, opened: &Opened<'_>, form: &Form, problem: Option<&Problem>) -> Page {
    let Opened { looked, counter, offer, .. } = opened;
    let back = looked.to(PATH, Some(opened.at()));
    let place = opened.mall.institution.as_ref();
    let body = html! {
        (faults(problem))
        p.head.price { span.points { (price(offer, counter.decimals)) } }
        @if offer.discouraged {
            (parts::notice(Tone::Warn, "这里有实物", html! {
                p { "按办法，积分应当换体检和健康服务，不鼓励换实物。请先看看有没有您用得上的服务。" }
            }))
        }
        @match offer.state {
            Standing::Now => {}
            Standing::Points => (parts::notice(Tone::Plain, "积分还差一点", html! {
                p { (super::said(&offer.reasons)) "。" }
                p { a href="/my" { "看看做什么能得分" } }
            })),
            Standing::No => (bill::in_the_way("现在还换不了", &offer.reasons, looked)),
        }
        (contents(opened))
        @if is_chosen(offer) { (choice(visit, opened, form, problem)) }
        @if !offer.terms.is_empty() {
            h2 { "要知道的" }
            ul { @for term in &offer.terms { li { (term) } } }
        }
        @if !offer.basis.is_empty() {
            p {
                "依据："
                a href=(format!("/rules/{}#item-{}", counter.scheme, offer.item)) {
                    (offer.basis.join(" › "))
                }
            }
        }
        @if let Some(place) = place {
            h2 { (where_to(is_service(offer))) }
            div.card { (super::place_facts(place)) }
        }
        p { a href=(back) { "回到商城" } }
    };
    visit.page(&offer.name, body)
}

/// Whether all of it is performed; without contents it is itself the good.
fn is_service(offer: &Offer) -> bool {
    !offer.contents.is_empty() && offer.contents.iter().all(|one| one.service)
}

/// Where something is fetched or performed.
pub(in crate::my) const fn where_to(is_service: bool) -> &'static str {
    if is_service { "在哪里办" } else { "在哪里领" }
}

/// Whether there is something to reckon: what cannot be had now is not reckoned, but for the price
/// of what is chosen by content.
fn is_chosen(offer: &Offer) -> bool {
    let by_content = offer.price == PriceKind::ByContent;
    offer.state == Standing::Now || by_content && offer.state == Standing::Points
}

/// What is in it, where it is had as a whole.
fn contents(opened: &Opened<'_>) -> Markup {
    let offer = opened.offer;
    let is_itself = matches!(&offer.contents[..], [only] if only.name == offer.name);
    html! {
        @if offer.price != PriceKind::ByContent && !offer.contents.is_empty() && !is_itself {
            h2 { "里面有" }
            ul { @for one in &offer.contents { li { (named(one)) } } }
        }
    }
}

/// A content with how much one unit is.
fn named(content: &OfferContent) -> String {
    match &content.quantity {
        Some(quantity) => format!("{}（{quantity}）", content.name),
        None => content.name.clone(),
    }
}

/// The form: of what is chosen by content, each content with its units; of goods, how many sets.
fn choice(visit: &Visit, opened: &Opened<'_>, form: &Form, problem: Option<&Problem>) -> Markup {
    let offer = opened.offer;
    let by_content = offer.price == PriceKind::ByContent;
    let sets = form.text("sets").unwrap_or("1");
    html! {
        form.choose method="post" action=(path(&offer.catalogue, &offer.item)) {
            (opened.held(visit))
            @if by_content {
                h2 #f-chosen { "选要做的" }
                @for (place, content) in offer.contents.iter().enumerate() {
                    (chosen(opened, place, content, form, problem))
                }
            } @else if !is_service(offer) && offer.price == PriceKind::Points {
                (Field::new("sets", "要几份", Kind::Digits).required().unit("份")
                    .value(Some(sets)).fault(problem).show())
            }
            button.main type="submit" { "算一算" }
        }
        p.small { "先算要多少分，还不会扣。" }
    }
}

/// The name of the field with the units of a content.
pub(super) fn field_name(place: usize) -> String {
    format!("units.{place}")
}

/// What may be chosen of a content: to have it, or how many units of it.
fn chosen(
    opened: &Opened<'_>,
    place: usize,
    content: &OfferContent,
    form: &Form,
    problem: Option<&Problem>,
) -> Markup {
    let name = field_name(place);
    let points = opened.points(content.points.unwrap_or_default());
    let value = form.text(&name);
    if content.units_max == 1 {
        let label = format!("{}　{points} 分", named(content));
        return Field::new(&name, &label, Kind::Tick).value(value).fault(problem).show();
    }
    let each = content.each_further.map(|each| opened.points(each));
    let hint = match (content.includes, each) {
        (1, Some(each)) if each == points => format!("每份 {points} 分"),
        (1, Some(each)) => format!("第 1 份 {points} 分，每多 1 份加 {each} 分"),
        (some, Some(each)) => format!("{some} 个以内 {points} 分，每多 1 个加 {each} 分"),
        (some, None) => format!("{some} 个以内 {points} 分"),
    };
    let unit = if content.includes == 1 { "份" } else { "个" };
    Field::new(&name, &named(content), Kind::Digits)
        .unmarked()
        .hint(&hint)
        .unit(unit)
        .value(value)
        .fault(problem)
        .show()
}

/// Shows what a choice would cost and what is in the way of it; a choice that cannot be reckoned
/// comes back as it was typed.
pub(in crate::my) async fn reckon(
    visit: Visit,
    At((catalogue, item)): At<(String, String)>,
    form: Form,
) -> Result<Page, Problem> {
    let looked = looked(&form);
    let mall = looked.mall(&visit).await?;
    let Some(opened) = Opened::of(&looked, &mall, &catalogue, &item) else {
        return Ok(nothing(&visit, &looked, &mall));
    };
    if form.text("step") == Some("change") {
        return Ok(page(&visit, &opened, &form, None));
    }
    let wanted = match typed(&opened, &form) {
        Ok(wanted) => wanted,
        Err(problem) => {
            return Ok(page(&visit, &opened, &form, Some(&problem)).with(problem.code.status()));
        }
    };
    let quote = quote::ask(visit.state(), visit.who(), Body(wanted.clone())).await?.0;
    if let Some(wrong) = quote.reasons.iter().find(|reason| reason.code == "choice") {
        // The units of each content are looked at where they are typed.
        let problem = Problem::invalid("sets", wrong.says.clone());
        return Ok(page(&visit, &opened, &form, Some(&problem)).with(problem.code.status()));
    }
    bill::page(&visit, &opened, &wanted, &quote, false).await
}

/// Where one looked when the form was sent.
fn looked(form: &Form) -> Looked {
    let text = |name| form.text(name).map(ToOwned::to_owned);
    Looked { at: text("at"), person: text("person") }
}

/// What was typed into the form of an item.
fn typed(opened: &Opened<'_>, form: &Form) -> Result<Wanted, Problem> {
    let offer = opened.offer;
    let mut chosen = Vec::new();
    for (place, content) in offer.contents.iter().enumerate() {
        let name = field_name(place);
        let Some(text) = form.text(&name) else { continue };
        let units = match text {
            "true" => 1,
            text => number(&name, text, content.units_max)?,
        };
        if units > 0 {
            chosen.push(ChosenGiven { content: content.name.clone(), units: Whole(units) });
        }
    }
    let sets = form.text("sets").map(|text| number("sets", text, SETS_MAX)).transpose()?;
    if offer.price == PriceKind::ByContent && chosen.is_empty() {
        return Err(Problem::invalid("chosen", "还没有选，请至少选一样"));
    }
    Ok(Wanted {
        catalogue: offer.catalogue.clone(),
        item: offer.item.clone(),
        sets: sets.map(Whole),
        chosen,
        institution: opened.at().to_owned(),
        person: opened.looked.person.clone(),
    })
}

/// The most sets of an item in an order.
const SETS_MAX: u32 = kangji_redemption::price::UNITS_MAX;

/// A number as people type it; full-width digits are taken as well.
fn number(name: &str, text: &str, max: u32) -> Result<u32, Problem> {
    let digits = text.chars().map(|letter| match letter {
        '０'..='９' => {
            char::from_digit(u32::from(letter) - u32::from('０'), 10).unwrap_or(letter)
        }
        letter => letter,
    });
    let number = digits.collect::<String>().parse().ok().filter(|number| *number <= max);
    number.ok_or_else(|| Problem::invalid(name, format!("请填 0 到 {max} 的整数")))
}

/// Places an order. Where something changed since it was reckoned, that is told, with what else
/// there is; nothing has been taken then.
pub(in crate::my) async fn order(visit: Visit, form: Form) -> Result<Response, Problem> {
    if !visit.is_resident() {
        return Err(Code::Forbidden.into());
    }
    let wanted = sent(&form)?;
    let write = form.write(wanted.clone())?;
    let problem = match orders::place(visit.state(), visit.who(), write).await {
        Ok((_, order)) => {
            return Ok(Redirect::to(&format!("/my/orders/{}", order.0.id)).into_response());
        }
        Err(problem) if problem.code == Code::Refused => problem,
        Err(problem) => return Err(problem),
    };
    let looked = looked(&form);
    let mall = looked.mall(&visit).await?;
    let Some(opened) = Opened::of(&looked, &mall, &wanted.catalogue, &wanted.item) else {
        return Ok(nothing(&visit, &looked, &mall).with(StatusCode::CONFLICT).into_response());
    };
    let asked = quote::ask(visit.state(), visit.who(), Body(wanted.clone())).await?.0;
    // What was refused is told as it was then, whatever has become of it since.
    let quote = quote::Quoted { can: false, reasons: problem.reasons, ..asked };
    let page = bill::page(&visit, &opened, &wanted, &quote, true).await?;
    Ok(page.with(StatusCode::CONFLICT).into_response())
}

/// What the page of a bill sends.
fn sent(form: &Form) -> Result<Wanted, Problem> {
    let contents = form.texts("content").zip(form.texts("units"));
    let chosen = contents.map(|(content, units)| {
        let units = Whole(number("units", units, SETS_MAX)?);
        Ok(ChosenGiven { content: content.to_owned(), units })
    });
    let sets = form.text("sets").map(|text| number("sets", text, SETS_MAX)).transpose()?;
    Ok(Wanted {
        catalogue: form.need("catalogue")?.to_owned(),
        item: form.need("item")?.to_owned(),
        sets: sets.map(Whole),
        chosen: chosen.collect::<Result<_, Problem>>()?,
        institution: form.need("at")?.to_owned(),
        person: form.text("person").map(ToOwned::to_owned),
    })
}
