//! What is sent about drafts and what is answered, and how a change by a form is written.

use kangji_rules::{
    document,
    edit::{self, Edit, EditFault},
};
use kangji_store::Draft;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    faulty,
    form::{AwardForm, TermsForm},
    template::NewAward,
};
use crate::{app::App, input::Whole, problem::Problem};

/// A draft without its text.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DraftEntry {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// The scheme.
    pub(crate) scheme: String,
    /// The first digits of the division codes of its area.
    pub(crate) area: String,
    /// The first day of the version it was taken from.
    pub(crate) started_from: Option<String>,
    /// Who began it.
    pub(crate) started_by: String,
    /// When, in milliseconds of UTC.
    pub(crate) started_at: i64,
    /// Who changed it last.
    pub(crate) changed_by: String,
    /// When.
    pub(crate) changed_at: i64,
    /// How many changes there were, from 1. Whoever changes it says which one they saw.
    pub(crate) revision: u32,
    /// `open`, `proposed`, `published` or `dropped`.
    pub(crate) state: &'static str,
    /// What was proposed of it last.
    pub(crate) proposal: Option<String>,
}

/// A draft.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Draft)]
pub(crate) struct DraftText {
    #[serde(flatten)]
    pub(crate) entry: DraftEntry,
    /// The text.
    pub(crate) document: String,
    /// What holds for the whole scheme; `null` where it cannot be made out.
    pub(crate) terms: Option<TermsForm>,
    /// Its awards as forms have them.
    pub(crate) awards: Vec<AwardForm>,
}

/// Drafts, what was begun last first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftEntries {
    pub(crate) items: Vec<DraftEntry>,
    /// `before` of what follows; `null` at the end.
    pub(crate) next: Option<String>,
}

/// Which drafts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those of this scheme.
    pub(crate) scheme: Option<String>,
    /// Only those begun before the one with this id: `next` of the answer before.
    #[param(format = "uuid")]
    pub(crate) before: Option<String>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u16>,
}

/// A new draft, of the newest version of a scheme.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDraft {
    /// The scheme.
    #[schema(max_length = 64)]
    pub(crate) scheme: String,
    /// The day from which it is to be in force.
    #[schema(format = Date)]
    pub(crate) first_day: String,
    /// Its last day; that of the version before if it is left out.
    #[schema(format = Date)]
    pub(crate) last_day: Option<String>,
}

/// Another text of a draft.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rewritten {
    /// The revision that was seen.
    #[schema(value_type = u32, minimum = 1)]
    pub(crate) revision: Whole,
    /// The text.
    pub(crate) document: String,
}

/// Changes of a draft by forms.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditsWanted {
    /// The revision that was seen.
    #[schema(value_type = u32, minimum = 1)]
    pub(crate) revision: Whole,
    /// The changes, one after another.
    #[schema(min_items = 1, max_items = 50)]
    pub(crate) edits: Vec<EditWanted>,
}

/// A change by a form.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EditWanted {
    /// An award as its form says.
    Award(AwardForm),
    /// A new award.
    NewAward(NewAward),
    /// An award is taken out, with its examples: its id.
    GoneAward(String),
    /// What holds for the whole scheme.
    Terms(TermsForm),
    /// A worked example.
    Example(ExampleForm),
}

/// A change of a worked example.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExampleForm {
    /// The award's id.
    #[schema(max_length = 64)]
    pub(crate) award: String,
    /// Which of its examples, from 0.
    #[schema(value_type = u32)]
    pub(crate) number: Whole,
    /// Another sentence about it.
    #[schema(max_length = 500)]
    pub(crate) title: Option<String>,
    /// Whether it expects from now on what the rules give.
    pub(crate) as_scored: bool,
}

/// Which revision of a draft was seen.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    /// The revision.
    #[schema(value_type = u32, minimum = 1)]
    pub(crate) revision: Whole,
}

/// A text to be checked.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextWanted {
    /// The text.
    pub(crate) document: String,
}

/// Which two versions are compared, by their first days.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Between {
    /// The first day of the earlier one.
    #[param(format = Date)]
    pub(crate) old: String,
    /// The first day of the later one.
    #[param(format = Date)]
    pub(crate) new: String,
}

impl EditWanted {
    /// A text with the change.
    pub(super) fn applied(&self, app: &App, text: &str) -> Result<String, Problem> {
        let words = app.store().words();
        let scheme = document::read(text, words).made_out;
        let scheme = scheme.ok_or_else(|| faulty(&EditFault::Broken))?;
        let edit = match self {
            Self::Award(form) => {
                let missing = || faulty(&EditFault::NoAward(form.id.clone()));
                let award = scheme.award(&form.id).ok_or_else(missing)?;
                Edit::Award(Box::new(form.onto(award, scheme.decimals, words)?))
            }
            Self::NewAward(new) => new.edit(app, &scheme)?,
            Self::GoneAward(award) => Edit::GoneAward { award: award.clone() },
            Self::Terms(form) => Edit::Terms(form.read(&scheme)?),
            Self::Example(ExampleForm { award, number: Whole(number), title, as_scored }) => {
                if let Some(title) = title {
                    crate::input::line("title", title, 500)?;
                }
                Edit::Example {
                    award: award.clone(),
                    number: usize::try_from(*number).unwrap_or(usize::MAX),
                    title: title.clone(),
                    as_scored: *as_scored,
                }
            }
        };
        edit::apply(text, &[edit], words).map_err(|why| faulty(&why))
    }
}

impl From<&Draft> for DraftEntry {
    fn from(draft: &Draft) -> Self {
        Self {
            id: draft.id.to_string(),
            scheme: draft.scheme.clone(),
            area: draft.area.to_string(),
            started_from: draft.started_from.map(|day| day.to_string()),
            started_by: draft.started_by.to_string(),
            started_at: draft.started_at.millis(),
            changed_by: draft.changed_by.to_string(),
            changed_at: draft.changed_at.millis(),
            revision: draft.revision,
            state: draft.state.word(),
            proposal: draft.proposal.map(|id| id.to_string()),
        }
    }
}
