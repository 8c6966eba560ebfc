//! Agreements as they are told: to staff with who decided, to everybody with the documents alone.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{Day, Decimals, Points, ids::AgreementId, ids::OfficerId};
use kangji_redemption::{Agreement, Signature, partner::Bears};
use kangji_rules::scheme::Scheme;
use kangji_store::{Institution, ProposedAgreement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{app::App, mall::places::Place, problem::Problem, schemes::decimals_of, staff_seal};

/// Who bears it when a voucher that a shop took turns out to be forged or spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ForgeryBorneBy)]
pub(crate) enum BearsName {
    Shop,
    Institution,
    Scheme,
}

impl From<Bears> for BearsName {
    fn from(bears: Bears) -> Self {
        match bears {
            Bears::Shop => Self::Shop,
            Bears::Institution => Self::Institution,
            Bears::Scheme => Self::Scheme,
        }
    }
}

impl From<BearsName> for Bears {
    fn from(bears: BearsName) -> Self {
        match bears {
            BearsName::Shop => Self::Shop,
            BearsName::Institution => Self::Institution,
            BearsName::Scheme => Self::Scheme,
        }
    }
}

/// How far an agreement has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AgreementState {
    /// It waits to be published by somebody else.
    Proposed,
    /// Its ratio is published.
    Published,
    /// It was given back, or ended.
    Ended,
}

impl AgreementState {
    /// The word for people.
    pub(crate) const fn chinese(self) -> &'static str {
        match self {
            Self::Proposed => "待公布",
            Self::Published => "已公布",
            Self::Ended => "已终止",
        }
    }

    const fn of(agreement: &Agreement) -> Self {
        match (&agreement.ended, &agreement.published) {
            (Some(_), _) => Self::Ended,
            (None, Some(_)) => Self::Published,
            (None, None) => Self::Proposed,
        }
    }
}

/// A step that somebody took with an agreement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgreementSigned {
    /// The member of staff.
    pub(crate) by: String,
    /// Their name.
    pub(crate) name: String,
    /// The day from which it counts.
    #[schema(format = Date)]
    pub(crate) day: String,
    /// The number of the document, or why it was given back.
    pub(crate) document: String,
}

/// What is agreed on. Points are in the scheme's smallest unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgreementTerms {
    /// The code of the shop.
    pub(crate) shop: String,
    /// The scheme whose points it takes.
    pub(crate) scheme: String,
    /// The scheme's title.
    pub(crate) title: String,
    /// Decimal places of its points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// The first digits of the division codes of the residents the shop serves.
    pub(crate) area: String,
    /// The first day on which it holds.
    #[schema(format = Date)]
    pub(crate) first_day: String,
    /// The last one; `null` until another one begins.
    #[schema(format = Date)]
    pub(crate) last_day: Option<String>,
    /// How many points take one yuan off.
    pub(crate) points_per_yuan: i64,
    /// The most of a bill that points pay, in percent.
    pub(crate) share: u8,
    /// The most points of one person on one day.
    pub(crate) day_limit: Option<i64>,
    /// The most points of one person in one month.
    pub(crate) month_limit: Option<i64>,
    /// Ratio and limits in plain words.
    pub(crate) says: String,
}

/// An agreement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgreementShown {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) terms: AgreementTerms,
    /// The shop's name.
    pub(crate) shop_name: String,
    /// Who bears a forgery.
    pub(crate) bears: BearsName,
    pub(crate) state: AgreementState,
    /// Whether the shop deducts under it today.
    pub(crate) in_force: bool,
    /// The member of staff who drew it up.
    pub(crate) proposed_by: String,
    /// Their name.
    pub(crate) proposed_by_name: String,
    /// When, in milliseconds of UTC.
    pub(crate) proposed_at: i64,
    /// Its publication (P7).
    pub(crate) published: Option<AgreementSigned>,
    /// That it was given back, or ended.
    pub(crate) ended: Option<AgreementSigned>,
}

/// A shop that takes points today.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ShopInForce {
    /// Where it is, and when it is open.
    pub(crate) place: Place,
    /// The scheme whose points it takes.
    pub(crate) scheme: String,
    /// The scheme's title.
    pub(crate) title: String,
    /// The first digits of the division codes of the residents it serves.
    pub(crate) area: String,
    /// Ratio and limits in plain words.
    pub(crate) says: String,
    /// The document that published the ratio.
    pub(crate) document: String,
    /// The day on it.
    #[schema(format = Date)]
    pub(crate) published_on: String,
}

/// What telling about several agreements needs, looked up once.
pub(super) struct Telling {
    in_force: BTreeSet<AgreementId>,
    names: BTreeMap<OfficerId, String>,
    shops: Vec<Institution>,
    schemes: Vec<Vec<Scheme>>,
}

impl Telling {
    pub(super) fn new(app: &App, all: &[ProposedAgreement]) -> Result<Self, Problem> {
        let store = app.store();
        let in_force = store.agreements_in_force(app.now().day())?;
        let in_force = in_force.into_iter().map(|one| one.id).collect();
        let signers = all.iter().flat_map(|one| {
            let steps = [&one.agreement.published, &one.agreement.ended];
            let signed = steps.into_iter().flatten().map(|signature| signature.by);
            signed.chain([one.agreement.proposed_by])
        });
        let signers: BTreeSet<OfficerId> = signers.collect();
        let ids: Vec<OfficerId> = signers.into_iter().collect();
        let mut names = BTreeMap::new();
        for (id, name) in ids.iter().zip(staff_seal::names(app, &ids)?) {
            let name = match name {
                Some(name) => name,
                None => store.user(*id)?.map_or_else(|| id.to_string(), |user| user.name),
            };
            names.insert(*id, name);
        }
        Ok(Self { in_force, names, shops: store.institutions(None)?, schemes: store.schemes()? })
    }

    fn name(&self, id: OfficerId) -> String {
        self.names.get(&id).cloned().unwrap_or_default()
    }

    fn signed(&self, signature: Option<&Signature>) -> Option<AgreementSigned> {
        let signature = signature?;
        Some(AgreementSigned {
            by: signature.by.to_string(),
            name: self.name(signature.by),
            day: signature.day.to_string(),
            document: signature.document.clone(),
        })
    }

    pub(super) fn shown(&self, one: &ProposedAgreement) -> AgreementShown {
        let agreement = &one.agreement;
        let shop = self.shops.iter().find(|shop| shop.code == agreement.shop);
        AgreementShown {
            id: agreement.id.to_string(),
            terms: terms(&self.schemes, agreement),
            shop_name: shop.map_or(&agreement.shop, |shop| &shop.name).clone(),
            bears: agreement.bears.into(),
            state: AgreementState::of(agreement),
            in_force: self.in_force.contains(&agreement.id)
                && shop.is_some_and(|shop| shop.closed_at.is_none()),
            proposed_by: agreement.proposed_by.to_string(),
            proposed_by_name: self.name(agreement.proposed_by),
            proposed_at: one.proposed_at.millis(),
            published: self.signed(agreement.published.as_ref()),
            ended: self.signed(agreement.ended.as_ref()),
        }
    }
}

fn terms(schemes: &[Vec<Scheme>], agreement: &Agreement) -> AgreementTerms {
    let places = decimals_of(schemes, &agreement.scheme);
    let last = Some(agreement.days.to).filter(|last| *last < Day::LAST);
    AgreementTerms {
        shop: agreement.shop.clone(),
        scheme: agreement.scheme.clone(),
        title: title(schemes, &agreement.scheme),
        decimals: places.places(),
        area: agreement.area.to_string(),
        first_day: agreement.days.from.to_string(),
        last_day: last.map(|day| day.to_string()),
        points_per_yuan: agreement.points_per_yuan.0,
        share: agreement.share,
        day_limit: agreement.day_limit.map(|points| points.0),
        month_limit: agreement.month_limit.map(|points| points.0),
        says: says(agreement, places),
    }
}

fn says(agreement: &Agreement, decimals: Decimals) -> String {
    agreement.chinese(|points: Points| decimals.short(points))
}

fn title(schemes: &[Vec<Scheme>], id: &str) -> String {
    let versions = schemes.iter().filter_map(|versions| versions.last());
    let known = versions.into_iter().find(|scheme| scheme.id == id);
    known.map_or_else(|| id.to_owned(), |scheme| scheme.title.clone())
}

/// The shops that take points today.
pub(super) fn in_force(app: &App) -> Result<Vec<ShopInForce>, Problem> {
    let store = app.store();
    let (shops, schemes) = (store.institutions(None)?, store.schemes()?);
    let all = store.agreements_in_force(app.now().day())?;
    let told = |one: &Agreement| {
        let shop = shops.iter().find(|shop| shop.code == one.shop && shop.closed_at.is_none())?;
        let published = one.published.as_ref()?;
        Some(ShopInForce {
            place: Place::from(shop),
            scheme: one.scheme.clone(),
            title: title(&schemes, &one.scheme),
            area: one.area.to_string(),
            says: says(one, decimals_of(&schemes, &one.scheme)),
            document: published.document.clone(),
            published_on: published.day.to_string(),
        })
    };
    Ok(all.iter().filter_map(told).collect())
}
