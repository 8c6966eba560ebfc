//! Catalogues as they are told: to staff with who decided, to everybody with the documents alone.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{Day, ids::CatalogueId, ids::OfficerId};
use kangji_redemption::{Catalogue, Level, Signature, catalogue::discouraged};
use kangji_rules::{
    diff::{Change, diff},
    scheme::{Item, Scheme},
    words,
};
use kangji_store::{CatalogueState, ProposedCatalogue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    institutions::ProviderLevel,
    problem::{Code, Problem},
    staff_seal,
};

/// How far a version has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Proposed,
    Reviewed,
    Filed,
    Returned,
}

impl State {
    pub(super) const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Proposed, "proposed", "待审核"),
        (Self::Reviewed, "reviewed", "待备案"),
        (Self::Filed, "filed", "已备案"),
        (Self::Returned, "returned", "已退回"),
    ];
}

impl From<CatalogueState> for State {
    fn from(state: CatalogueState) -> Self {
        match state {
            CatalogueState::Proposed => Self::Proposed,
            CatalogueState::Reviewed => Self::Reviewed,
            CatalogueState::Filed => Self::Filed,
            CatalogueState::Returned => Self::Returned,
        }
    }
}

impl From<State> for CatalogueState {
    fn from(state: State) -> Self {
        match state {
            State::Proposed => Self::Proposed,
            State::Reviewed => Self::Reviewed,
            State::Filed => Self::Filed,
            State::Returned => Self::Returned,
        }
    }
}

/// A document on paper.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Paper {
    /// The day on it.
    pub(crate) day: String,
    /// Its number; of what was returned, why.
    pub(crate) document: String,
}

/// A step that somebody took.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepTaken {
    /// The member of staff.
    pub(crate) by: String,
    /// Their name.
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) paper: Paper,
}

/// Something on offer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemText {
    /// Its id in the catalogue.
    pub(crate) id: String,
    /// The name that residents read.
    pub(crate) name: String,
    /// What it costs, what it holds and for whom it is, as a sentence.
    pub(crate) sentence: String,
    /// The article it rests on, the outermost heading first; empty where no document has it.
    pub(crate) basis: Vec<String>,
    /// Whether the scheme discourages goods and it holds some (T3).
    pub(crate) discouraged: bool,
}

/// What is different from the version before.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemChange {
    /// What it means for people: `new_item`, `gone_item`, `dearer`, `cheaper`, and so on.
    pub(crate) what: String,
    /// The same for people.
    pub(crate) label: String,
    /// The item's name.
    pub(crate) name: String,
    /// What changes, with the old and the new value.
    pub(crate) sentence: String,
}

/// Whose catalogue it is, and when it counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueHead {
    pub(crate) id: String,
    /// The scheme whose points it takes.
    pub(crate) scheme: String,
    /// The scheme's title.
    pub(crate) title: String,
    /// The code of the institution or shop; `null` for the scheme's own.
    pub(crate) provider: Option<String>,
    /// Its name.
    pub(crate) provider_name: Option<String>,
    pub(crate) level: ProviderLevel,
    /// The first digits of the division codes of the residents it is for.
    pub(crate) area: String,
    /// The first day on which it counts.
    pub(crate) first_day: String,
    /// The last one; `null` until another version takes its place.
    pub(crate) last_day: Option<String>,
}

/// A version without what it offers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueEntry {
    #[serde(flatten)]
    pub(crate) head: CatalogueHead,
    pub(crate) state: State,
    /// Whether it counts today.
    pub(crate) in_force: bool,
    /// Whether it has counted for a year, so that the next version should be proposed (T4).
    pub(crate) due: bool,
    /// The member of staff who proposed it.
    pub(crate) proposed_by: String,
    /// Their name.
    pub(crate) proposed_by_name: String,
    /// When, in milliseconds of UTC.
    pub(crate) proposed_at: i64,
    /// The review (T4).
    pub(crate) reviewed: Option<StepTaken>,
    /// The filing (T4).
    pub(crate) filed: Option<StepTaken>,
    /// That it was given back instead.
    pub(crate) returned: Option<StepTaken>,
}

/// A version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueText {
    #[serde(flatten)]
    pub(crate) entry: CatalogueEntry,
    pub(crate) items: Vec<ItemText>,
    /// That the scheme discourages goods and some are offered, with the article (T3).
    pub(crate) warning: Option<String>,
    /// The version before, if there is one.
    pub(crate) before: Option<String>,
    /// What is different from it.
    pub(crate) changes: Vec<ItemChange>,
    /// The text it was proposed as.
    pub(crate) content: String,
}

/// A catalogue that counts today, for everybody.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueInForce {
    #[serde(flatten)]
    pub(crate) head: CatalogueHead,
    /// Where the provider is, its telephone number and when it is open.
    pub(crate) contact: Option<String>,
    /// The review.
    pub(crate) reviewed: Option<Paper>,
    /// The filing.
    pub(crate) filed: Option<Paper>,
    pub(crate) items: Vec<ItemText>,
}

/// What telling about several catalogues needs, looked up once.
pub(super) struct Telling<'a> {
    app: &'a App,
    today: Day,
    in_force: BTreeSet<CatalogueId>,
    names: BTreeMap<OfficerId, String>,
}

impl<'a> Telling<'a> {
    pub(super) fn new(app: &'a App, all: &[ProposedCatalogue]) -> Result<Self, Problem> {
        let today = app.now().day();
        let in_force = app.store().catalogues_in_force(today)?;
        let in_force = in_force.iter().map(|one| one.id).collect();
        let signers = all.iter().flat_map(|one| {
            let catalogue = &one.catalogue;
            let steps = [&catalogue.reviewed, &catalogue.filed, &catalogue.returned];
            let signed = steps.into_iter().flatten().map(|signature| signature.by);
            signed.chain([catalogue.proposed_by])
        });
        let signers: BTreeSet<OfficerId> = signers.collect();
        let ids: Vec<OfficerId> = signers.into_iter().collect();
        let mut names = BTreeMap::new();
        for (id, name) in ids.iter().zip(staff_seal::names(app, &ids)?) {
            let name = match name {
                Some(name) => name,
                None => app.store().user(*id)?.map_or_else(|| id.to_string(), |user| user.name),
            };
            names.insert(*id, name);
        }
        Ok(Self { app, today, in_force, names })
    }

    fn name(&self, id: OfficerId) -> String {
        self.names.get(&id).cloned().unwrap_or_default()
    }

    fn step(&self, signature: Option<&Signature>) -> Option<StepTaken> {
        let signature = signature?;
        let (by, name) = (signature.by.to_string(), self.name(signature.by));
        Some(StepTaken { by, name, paper: paper(signature) })
    }

    pub(super) fn entry(&self, one: &ProposedCatalogue) -> Result<CatalogueEntry, Problem> {
        let catalogue = &one.catalogue;
        let in_force = self.in_force.contains(&catalogue.id);
        Ok(CatalogueEntry {
            head: head(self.app, catalogue)?.0,
            state: CatalogueState::of(catalogue).into(),
            in_force,
            due: in_force && catalogue.is_due(self.today),
            proposed_by: catalogue.proposed_by.to_string(),
            proposed_by_name: self.name(catalogue.proposed_by),
            proposed_at: one.proposed_at.millis(),
            reviewed: self.step(catalogue.reviewed.as_ref()),
            filed: self.step(catalogue.filed.as_ref()),
            returned: self.step(catalogue.returned.as_ref()),
        })
    }
}

fn paper(signature: &Signature) -> Paper {
    Paper { day: signature.day.to_string(), document: signature.document.clone() }
}

/// Whose a catalogue is, and where one asks.
fn head(app: &App, catalogue: &Catalogue) -> Result<(CatalogueHead, Option<String>), Problem> {
    let provider = match &catalogue.provider {
        Some(code) => app.store().institution(code)?,
        None => None,
    };
    let contact = provider.as_ref().map(|one| {
        let parts = [one.address.as_str(), &one.phone, &one.hours];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("，")
    });
    let last = Some(catalogue.days.to).filter(|last| *last < Day::LAST);
    let head = CatalogueHead {
        id: catalogue.id.to_string(),
        scheme: catalogue.scheme.clone(),
        title: scheme_of(app, catalogue)?.title,
        provider: catalogue.provider.clone(),
        provider_name: provider.map(|one| one.name),
        level: catalogue.level.into(),
        area: catalogue.area.to_string(),
        first_day: catalogue.days.from.to_string(),
        last_day: last.map(|day| day.to_string()),
    };
    Ok((head, contact.filter(|text| !text.is_empty())))
}

pub(super) fn scheme_of(app: &App, catalogue: &Catalogue) -> Result<Scheme, Problem> {
    let scheme = app.store().scheme_on(&catalogue.scheme, catalogue.days.from)?;
    scheme.ok_or_else(|| Code::NotFound.into())
}

/// What a catalogue offers, as residents read it.
pub(super) fn items(app: &App, catalogue: &Catalogue, scheme: &Scheme) -> Vec<ItemText> {
    let warned: BTreeSet<&str> =
        discouraged(&catalogue.items, scheme).iter().map(|item| item.id.as_str()).collect();
    // What is in no document rests on the catalogue alone.
    let has_article = |item: &Item| {
        catalogue.provider.is_none() && scheme.items.iter().any(|one| one.id == item.id)
    };
    let text = |item: &Item| ItemText {
        id: item.id.clone(),
        name: item.name.clone(),
        sentence: words::item_sentence(item, scheme, app.store().words()),
        basis: if has_article(item) { item.basis.clone() } else { Vec::new() },
        discouraged: warned.contains(item.id.as_str()),
    };
    catalogue.items.iter().map(text).collect()
}

/// That the scheme discourages goods and a catalogue offers some, with the article (T3).
pub(super) fn warning(catalogue: &Catalogue, scheme: &Scheme) -> Option<String> {
    let goods = discouraged(&catalogue.items, scheme);
    let names: Vec<&str> = goods.iter().map(|item| item.name.as_str()).collect();
    let (basis, names) = (scheme.redemption.basis.join(" › "), names.join("、"));
    (!goods.is_empty())
        .then(|| format!("这个积分办法原则上不换实物商品（依据：{basis}），含实物的有：{names}"))
}

/// What differs between two versions.
pub(super) fn changes(
    app: &App,
    before: &Catalogue,
    after: &Catalogue,
    scheme: &Scheme,
) -> Vec<ItemChange> {
    let with = |catalogue: &Catalogue| Scheme { items: catalogue.items.clone(), ..scheme.clone() };
    let found = diff(&with(before), &with(after), app.store().words());
    let change = |change: Change| ItemChange {
        what: change.what.word().to_owned(),
        label: change.what.label().to_owned(),
        name: change.name,
        sentence: change.sentence,
    };
    found.into_iter().map(change).collect()
}

/// A catalogue for everybody.
pub(super) fn public(app: &App, catalogue: &Catalogue) -> Result<CatalogueInForce, Problem> {
    let (head, contact) = head(app, catalogue)?;
    Ok(CatalogueInForce {
        head,
        contact,
        reviewed: catalogue.reviewed.as_ref().map(paper),
        filed: catalogue.filed.as_ref().map(paper),
        items: items(app, catalogue, &scheme_of(app, catalogue)?),
    })
}

/// The word for whose catalogue it is.
pub(super) fn provided_by(head: &CatalogueHead) -> String {
    let level = Level::from(head.level).chinese();
    match (&head.provider_name, &head.provider) {
        (Some(name), _) => format!("{name} · {level}"),
        (None, Some(code)) => format!("{code} · {level}"),
        (None, None) => format!("统一目录 · {level}"),
    }
}
