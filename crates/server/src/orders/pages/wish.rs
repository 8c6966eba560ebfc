//! Ordering for a person at the counter: what is wanted, what it costs, and handing it over at
//! once or keeping it for them. Nothing is charged that was not shown before.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rights::Action;
use kangji_store::Institution;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    cost,
    here::Here,
    lines,
    order::is_about_the_order,
    person::{offered, price, resident, who},
    proxy,
};
use crate::{
    input::{At, Body, Search, Whole},
    orders::{
        offers::{self, CounterWish},
        steps::{self, CounterOrder},
        told::{ChosenGiven, ContentShown, CounterShown, OfferShown, QuoteShown},
    },
    pages::{
        Form, Page, Visit,
        parts::{self, Field, Kind, Tone, faults},
    },
    points::pages::on_vouchers,
    problem::{Code, Problem},
    residents::{Resident, pages::name},
};

/// What is wanted, and at which counter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    at: Option<String>,
    catalogue: String,
    item: String,
}

/// Something on offer for somebody at a counter.
struct Case {
    resident: Resident,
    counter: Institution,
    scheme: CounterShown,
    offer: OfferShown,
}

impl Case {
    async fn find(visit: &Visit, here: Here, id: &str, wanted: &Wanted) -> Result<Self, Problem> {
        let counter = here.counter().cloned().ok_or(Code::NotFound)?;
        let resident = resident(visit, id).await?;
        let counters = offered(visit, id, &counter).await?;
        let is_it =
            |one: &&OfferShown| one.catalogue == wanted.catalogue && one.item == wanted.item;
        let found = counters.iter().find_map(|scheme| {
            let offer = scheme.offers.iter().find(is_it)?;
            Some((scheme.clone(), offer.clone()))
        });
        let none = || Problem::from(Code::NotFound).saying("现在的兑换目录里没有这一项");
        let (scheme, offer) = found.ok_or_else(none)?;
        Ok(Self { resident, counter, scheme, offer })
    }

    fn is_chosen_from(&self) -> bool {
        self.offer.points.is_none()
    }

    /// What the form asks for.
    fn wish(&self, form: &Form) -> Result<CounterWish, Problem> {
        let whole = |name: &str, text: &str| {
            text.parse().map(Whole).map_err(|_| Problem::invalid(name, "请填 1 到 99 的整数"))
        };
        let mut chosen = Vec::new();
        for (name, content) in self.contents() {
            if let Some(text) = form.text(&name).filter(|text| *text != "0") {
                let units = whole(&name, text)?;
                chosen.push(ChosenGiven { content: content.name.clone(), units });
            }
        }
        Ok(CounterWish {
            catalogue: self.offer.catalogue.clone(),
            item: self.offer.item.clone(),
            sets: form.text("sets").map(|text| whole("sets", text)).transpose()?,
            chosen,
            vouchers: vouchers(form),
            institution: self.counter.code.clone(),
        })
    }

    /// The contents that are chosen one by one, with the names of their fields.
    fn contents(&self) -> Vec<(String, &ContentShown)> {
        if !self.is_chosen_from() {
            return Vec::new();
        }
        let contents = self.offer.contents.iter().enumerate();
        contents.map(|(place, content)| (format!("chosen.{place}"), content)).collect()
    }
}

/// The vouchers that were scanned or typed, a line for each.
fn vouchers(form: &Form) -> Vec<String> {
    let lines = form.text("vouchers").unwrap_or_default().lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect()
}

/// What a form says was shown: what it costs, and what of it the electronic balance pays.
fn seen(quote: &QuoteShown) -> Option<String> {
    let (bill, electronic) = (quote.bill.as_ref()?, quote.electronic?);
    let points = bill.points;
    Some(match quote.vouchers.is_empty() {
        true => points.to_string(),
        false => format!("{points}-{electronic}"),
    })
}

pub(super) async fn ask(
    visit: Visit,
    At(id): At<String>,
    Search(wanted): Search<Wanted>,
) -> Result<Page, Problem> {
    let here = Here::find(&visit, Action::OrdersHandle, wanted.at.clone()).await?;
    if here.counter().is_none() {
        return Ok(here.choose(&visit, &format!("/counter/{id}")));
    }
    let case = Case::find(&visit, here, &id, &wanted).await?;
    let form = Form::default();
    // Of what is chosen from, nothing is chosen yet.
    let quote = match case.is_chosen_from() {
        true => None,
        false => Some(quoted(&visit, &case, &form).await?),
    };
    Ok(page(&visit, &case, quote.as_ref(), &form, None))
}

async fn quoted(visit: &Visit, case: &Case, form: &Form) -> Result<QuoteShown, Problem> {
    let (id, wish) = (At(case.resident.id.clone()), Body(case.wish(form)?));
    Ok(offers::quote(visit.state(), visit.who(), id, wish).await?.0)
}

fn page(
    visit: &Visit,
    case: &Case,
    quote: Option<&QuoteShown>,
    form: &Form,
    problem: Option<&Problem>,
) -> Page {
    let Case { resident, counter, scheme, offer } = case;
    let back = format!("/counter/{}?at={}", resident.id, counter.code);
    let warning = scheme.warning.as_ref().filter(|_| offer.discouraged);
    let can = quote.is_some_and(|quote| quote.refusals.is_empty());
    let seen = quote.filter(|_| can).and_then(seen);
    let has_vouchers = !vouchers(form).is_empty();
    let body = html! {
        p.lead { a href=(back) { (name(resident)) } " · " (counter.name) }
        (who(resident))
        (faults(problem))
        @if let Some(warning) = warning { (parts::notice(Tone::Warn, warning, html! {})) }
        form method="post" action=(format!("/counter/{}/order", resident.id)) {
            (visit.seal())
            input type="hidden" name="at" value=(counter.code);
            input type="hidden" name="catalogue" value=(offer.catalogue);
            input type="hidden" name="item" value=(offer.item);
            @if let Some(seen) = seen { input type="hidden" name="seen" value=(seen); }
            section.card {
                p.head { strong { (offer.name) } span.points { (price(offer, scheme.decimals)) } }
                (about(offer))
                (amounts(case, form, problem))
                @if scheme.has_vouchers { (paper(scheme, form, problem)) }
            }
            @if let Some(quote) = quote { (answer(quote, scheme)) }
            @if can || form.text("comes").is_some() { (proxy::fields(form, problem)) }
            (buttons(case, can, has_vouchers, &back))
        }
    };
    visit.page(&offer.name, body)
}

fn about(offer: &OfferShown) -> Markup {
    html! {
        @if !offer.limits.is_empty() { p { "限量：" (offer.limits.join("；")) "。" } }
        @if !offer.basis.is_empty() { p.small { "依据：" (offer.basis.join("·")) } }
    }
}

/// How many sets, or how many of each content.
fn amounts(case: &Case, form: &Form, problem: Option<&Problem>) -> Markup {
    let decimals = case.scheme.decimals;
    let hint = |content: &ContentShown| {
        let points = cost(content.points.unwrap_or_default(), decimals);
        let each = content.each_further.map(|each| {
            format!("，含 {} 份，每多一份加 {}", content.includes, cost(each, decimals))
        });
        format!("{points}{}", each.unwrap_or_default())
    };
    let digits = |name: &str, label: &str, hint: &str, value: Option<&str>| {
        let field = Field::new(name, label, Kind::Digits).unmarked().hint(hint);
        field.value(value).fault(problem).show()
    };
    html! {
        @if case.is_chosen_from() {
            div.amounts #f-chosen {
                @for (name, content) in case.contents() {
                    @let quantity = content.quantity.as_deref().unwrap_or_default();
                    @let label = format!("{} {quantity}", content.name);
                    (digits(&name, label.trim(), &hint(content), form.text(&name)))
                }
            }
        } @else {
            div.amounts { (digits("sets", "几份", "", Some(form.text("sets").unwrap_or("1")))) }
        }
    }
}

/// Where vouchers are scanned or typed.
fn paper(scheme: &CounterShown, form: &Form, problem: Option<&Problem>) -> Markup {
    let hint = "扫描券上的二维码，或输入券号，一行一张；整张使用，不找零";
    let field = Field::new("vouchers", "收到的积分券", Kind::Long).unmarked().hint(hint);
    let is_open = scheme.on_vouchers > 0 || form.text("vouchers").is_some();
    html! {
        details open[is_open] {
            summary { "用纸质积分券" }
            (on_vouchers(scheme.on_vouchers, scheme.decimals))
            (field.value(form.text("vouchers")).fault(problem).show())
        }
    }
}

/// What the vouchers pay, and what the electronic balance.
fn payment(quote: &QuoteShown, electronic: i64) -> Markup {
    html! {
        @if !quote.vouchers.is_empty() {
            ul.plain {
                @for voucher in &quote.vouchers {
                    li { "积分券 " (voucher.serial) "：" (cost(voucher.points, quote.decimals)) }
                }
                @if electronic > 0 { li { "电子积分：" (cost(electronic, quote.decimals)) } }
            }
            p { "请收下正券，和凭据一起保存。" }
        }
    }
}

/// What it comes to, or what is in the way.
fn answer(quote: &QuoteShown, scheme: &CounterShown) -> Markup {
    let electronic = quote.electronic.unwrap_or_default();
    html! {
        @if let Some(bill) = quote.bill.as_ref().filter(|_| quote.refusals.is_empty()) {
            section.card {
                (lines(&bill.lines))
                p.sum {
                    @if bill.points > 0 { "共 " }
                    strong { (cost(bill.points, quote.decimals)) }
                    "，兑换后" @if scheme.on_vouchers > 0 { "电子积分" } "还剩 "
                    strong {
                        (parts::points(scheme.redeemable.saturating_sub(electronic), quote.decimals))
                    } " 分"
                }
                (payment(quote, electronic))
            }
        } @else {
            (parts::notice(Tone::Bad, "现在不能换", html! {
                ul { @for reason in &quote.refusals { li { (reason.says) "。" } } }
            }))
        }
    }
}

fn buttons(case: &Case, can: bool, has_vouchers: bool, back: &str) -> Markup {
    html! {
        p.buttons {
            @if can {
                button.main type="submit" name="do" value="hand_over" { "当场兑换" }
                // Whoever takes a voucher keeps it, so that what it pays is handed over at once.
                @if !has_vouchers {
                    button type="submit" name="do" value="keep" { "先留着，改天来取" }
                }
                @if case.is_chosen_from() || case.scheme.has_vouchers {
                    button.quiet type="submit" name="do" value="quote" { "重新算" }
                }
            } @else {
                button.main type="submit" name="do" value="quote" { "算一算" }
            }
            a.button.quiet href=(back) { "换别的" }
        }
    }
}

/// Takes what was pressed.
pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    let text = |name: &str| form.text(name).map(ToOwned::to_owned);
    let wanted = Wanted {
        at: text("at"),
        catalogue: text("catalogue").unwrap_or_default(),
        item: text("item").unwrap_or_default(),
    };
    let here = Here::find(&visit, Action::OrdersHandle, wanted.at.clone()).await?;
    let case = Case::find(&visit, here, &id, &wanted).await?;
    let again = |quote: Option<&QuoteShown>, problem: &Problem| {
        let page = page(&visit, &case, quote, &form, Some(problem));
        page.with(problem.code.status()).into_response()
    };
    let quote = match quoted(&visit, &case, &form).await {
        Ok(quote) => quote,
        Err(problem) if problem.code == Code::Invalid => return Ok(again(None, &problem)),
        Err(problem) => return Err(problem),
    };
    if form.text("do") == Some("quote") || !quote.refusals.is_empty() {
        let is_refused = form.text("do") != Some("quote");
        let page = page(&visit, &case, Some(&quote), &form, None);
        let page = if is_refused { page.with(Code::Refused.status()) } else { page };
        return Ok(page.into_response());
    }
    match placing(&visit, &case, &form, &quote).await {
        Ok(address) => Ok(Redirect::to(&address).into_response()),
        // Something ran out since, or a field is not filled in: what is possible now is shown.
        Err(problem) if is_about_the_order(&problem) => {
            Ok(again(Some(&quoted(&visit, &case, &form).await?), &problem))
        }
        Err(problem) => Err(problem),
    }
}

/// Orders what was shown; where to go on.
async fn placing(
    visit: &Visit,
    case: &Case,
    form: &Form,
    quote: &QuoteShown,
) -> Result<String, Problem> {
    if form.text("seen") != seen(quote).as_deref() {
        let says = "价钱和刚才显示的不同，请看过下面的合计，再点一次";
        return Err(Problem::from(Code::Conflict).saying(says));
    }
    let hand_over = form.text("do") == Some("hand_over");
    let body = CounterOrder {
        person: case.resident.id.clone(),
        wish: case.wish(form)?,
        hand_over,
        proxy: proxy::read(form)?,
    };
    let (_, order) = steps::place(visit.state(), visit.who(), form.write(body)?).await?;
    let order = format!("/counter/orders/{}", order.0.id);
    Ok(if hand_over { format!("{order}/receipt") } else { format!("{order}?done=placed") })
}
