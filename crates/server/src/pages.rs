//! Pages for people: what all of them share. The pages themselves stand with their resource
//! (`residents/pages.rs` and the like) and show what the API answers: a page calls the handler of
//! the API, so rights, checks and the audit log are those of the API.
//!
//! [`visit`] is who looks and how, [`frame`] what surrounds a page, [`parts`] its building blocks,
//! [`form`] what a form sends, [`problem`] what a page says instead of an answer.

mod assets;
mod design;
mod edition;
pub(crate) mod form;
mod frame;
mod home;
pub(crate) mod open;
pub(crate) mod parts;
mod problem;
pub(crate) mod visit;

use axum::{Router, handler::Handler, http::Method, middleware, routing};

use crate::{
    agreements, app::App, audit, cases, catalogues, confirmations, costs, deductions, demo, drafts,
    figures, imports, institutions, invitations, ledger, me, metrics, my, opinions, orders, points,
    pools, proposals, records, registers, reports, residents, sanctions, schemes, sign_in,
    simulations, statements, stock, targets, tasks, village, vouchers,
};

pub(crate) use {
    form::{FileForm, Form},
    frame::Page,
    problem::nowhere,
    visit::Visit,
};

/// Some pages and what can be sent to them, with a list of them.
#[derive(Default)]
pub(crate) struct Pages {
    router: Router<App>,
    addresses: Vec<(Method, &'static str)>,
}

impl Pages {
    /// A page.
    pub(crate) fn get<H: Handler<T, App>, T: 'static>(
        mut self,
        path: &'static str,
        page: H,
    ) -> Self {
        self.addresses.push((Method::GET, path));
        Self { router: self.router.route(path, routing::get(page)), ..self }
    }

    /// What a form is sent to.
    pub(crate) fn post<H: Handler<T, App>, T: 'static>(
        mut self,
        path: &'static str,
        take: H,
    ) -> Self {
        self.addresses.push((Method::POST, path));
        Self { router: self.router.route(path, routing::post(take)), ..self }
    }

    /// These and others.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.addresses.extend(other.addresses);
        Self { router: self.router.merge(other.router), ..self }
    }
}

/// All pages; each resource brings its own.
fn all() -> Pages {
    Pages::default()
        .merge(home::pages())
        .merge(edition::pages())
        .merge(design::pages())
        .merge(sign_in::pages())
        .merge(schemes::pages())
        .merge(my::pages())
        .merge(opinions::pages())
        .merge(orders::pages::pages())
        .merge(records::pages::pages())
        .merge(confirmations::pages::pages())
        .merge(residents::pages::pages())
        .merge(points::pages::pages())
        .merge(me::pages::pages())
        .merge(invitations::pages::pages())
        .merge(audit::pages())
        .merge(ledger::pages())
        .merge(institutions::pages())
        .merge(catalogues::pages())
        .merge(stock::pages())
        .merge(costs::pages())
        .merge(figures::pages())
        .merge(agreements::pages())
        .merge(deductions::pages())
        .merge(statements::pages())
        .merge(cases::pages())
        .merge(pools::pages())
        .merge(vouchers::pages::pages())
        .merge(tasks::pages())
        .merge(sanctions::pages())
        .merge(drafts::pages())
        .merge(proposals::pages())
        .merge(simulations::pages())
        .merge(imports::pages())
        .merge(reports::pages())
        .merge(village::pages())
        .merge(metrics::pages())
        .merge(targets::pages())
        .merge(registers::pages())
}

/// What the demonstration has besides.
fn all_of(app: &App) -> Pages {
    if app.cast().is_empty() { all() } else { all().merge(demo::pages()) }
}

/// The methods and addresses of all pages, so that a test can hold that each has its test.
#[must_use]
pub fn addresses() -> Vec<(Method, &'static str)> {
    all().addresses
}

/// All pages, and what they are made of.
pub(crate) fn router(app: &App) -> Router<App> {
    let shown = middleware::from_fn_with_state(app.clone(), problem::shown);
    let pages = all_of(app).router.layer(middleware::from_fn(form::lifted)).layer(shown);
    open::compressed(pages.merge(assets::routes()))
}
