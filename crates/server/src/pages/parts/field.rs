//! A field of a form: its label, what is typed, what is wrong with it.

use maud::{Markup, html};

use super::{Tone, notice};
use crate::problem::Problem;

/// What is typed into a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind<'a> {
    /// A line of text.
    Line,
    /// Text of several lines.
    Long,
    /// A number that may have decimal places; a value outside the usual range is pointed out and
    /// taken.
    Number { usual: Option<(&'a str, &'a str)> },
    /// Digits, such as a code or a telephone number.
    Digits,
    /// A day.
    Day,
    /// A password.
    Password { new: bool },
    /// One of these: what is sent, and what people read.
    Choice(&'a [(String, String)]),
    /// One of a few, side by side: what is sent, and what people read.
    Pick(Choices<'a>),
    /// Yes or nothing; the label stands beside the box.
    Tick,
    /// Yes or no, or not known where it need not be filled in; nothing is chosen beforehand of
    /// what has to be.
    YesNo,
}

/// A few things to choose from: what is sent, and what people read.
type Choices<'a> = &'a [(&'a str, &'a str)];

/// A field of a form.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    /// Which of several forms of the page; empty where there is only one.
    form: &'a str,
    name: &'a str,
    label: &'a str,
    kind: Kind<'a>,
    hint: Option<&'a str>,
    unit: &'a str,
    is_required: bool,
    is_first: bool,
    is_marked: bool,
    value: Option<&'a str>,
    offered: &'a [String],
    fault: Option<String>,
}

impl<'a> Field<'a> {
    /// A field that is sent under this name.
    pub(crate) const fn new(name: &'a str, label: &'a str, kind: Kind<'a>) -> Self {
        Self {
            form: "",
            name,
            label,
            kind,
            hint: None,
            unit: "",
            is_required: false,
            is_first: false,
            is_marked: true,
            value: None,
            offered: &[],
            fault: None,
        }
    }

    /// What helps to fill it in.
    pub(crate) fn hint(self, hint: &'a str) -> Self {
        Self { hint: Some(hint).filter(|hint| !hint.is_empty()), ..self }
    }

    /// The unit of a number.
    pub(crate) fn unit(self, unit: &'a str) -> Self {
        Self { unit, ..self }
    }

    /// It has to be filled in.
    pub(crate) fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// It goes without saying whether it may stay empty, as in a filter.
    pub(crate) fn unmarked(self) -> Self {
        Self { is_marked: false, ..self }
    }

    /// Where typing begins.
    pub(crate) fn first(self) -> Self {
        Self { is_first: true, ..self }
    }

    /// What was typed before.
    pub(crate) fn value(self, value: Option<&'a str>) -> Self {
        Self { value, ..self }
    }

    /// What may be chosen instead of typing it.
    pub(crate) fn offering(self, offered: &'a [String]) -> Self {
        Self { offered, ..self }
    }

    /// A field of one of several forms on a page that have fields of the same name.
    pub(crate) fn among(self, form: &'a str) -> Self {
        Self { form, ..self }
    }

    /// What is wrong, if it is about this field.
    pub(crate) fn fault(self, problem: Option<&Problem>) -> Self {
        let here = problem.filter(|problem| problem.place.as_deref() == Some(self.name));
        let says = |problem: &Problem| {
            problem.detail.clone().unwrap_or_else(|| problem.code.title().to_owned())
        };
        Self { fault: here.map(says), ..self }
    }

    /// The id of its input, which no other field of the page has. What is wrong above a form leads
    /// to the field that is wrong, whichever form it is of.
    fn id(&self) -> String {
        match self.form {
            form if form.is_empty() || self.fault.is_some() => id(self.name),
            form => format!("{}-{form}", id(self.name)),
        }
    }

    /// The field as it stands in a form.
    pub(crate) fn show(&self) -> Markup {
        let id = self.id();
        let (hint_id, fault_id) = (format!("{id}-hint"), format!("{id}-fault"));
        let described =
            [(self.hint.is_some(), hint_id.as_str()), (self.fault.is_some(), &fault_id)];
        let described: Vec<_> =
            described.into_iter().filter_map(|(is, id)| is.then_some(id)).collect();
        let described = Some(described.join(" ")).filter(|ids| !ids.is_empty());
        let input = self.input(&id, described.as_deref());
        let is_tick = matches!(self.kind, Kind::Tick);
        if let Some((choices, chosen)) = self.picks() {
            let ids = [id.as_str(), &hint_id, &fault_id];
            return self.side_by_side(choices, chosen, described.as_deref(), ids);
        }
        html! {
            div.field data-fault[self.fault.is_some()] {
                @if is_tick {
                    label.tick for=(id) { (input) span { (self.label) } }
                } @else {
                    label for=(id) {
                        (self.label)
                        @if self.is_marked && !self.is_required { span.optional { "（可不填）" } }
                    }
                }
                @if let Some(hint) = self.hint { p.hint id=(hint_id) { (hint) } }
                @if let Some(fault) = &self.fault { p.fault id=(fault_id) { (fault) } }
                @if !is_tick {
                    @if !self.offered.is_empty() {
                        datalist id=(format!("{id}-offered")) {
                            @for one in self.offered { option value=(one) {} }
                        }
                    }
                    div.input { (input) @if !self.unit.is_empty() { span.unit { (self.unit) } } }
                }
            }
        }
    }

    /// What is chosen from side by side, and what is chosen beforehand.
    fn picks(&self) -> Option<(Choices<'a>, Option<&'a str>)> {
        match self.kind {
            Kind::Pick(choices) => Some((choices, self.value)),
            Kind::YesNo if self.is_required => Some((&YES_NO, self.value)),
            Kind::YesNo => Some((&YES_NO_UNKNOWN, self.value.or(Some("")))),
            _ => None,
        }
    }

    /// A few things to choose from side by side, each as large as a button.
    fn side_by_side(
        &self,
        choices: Choices<'_>,
        chosen: Option<&str>,
        described: Option<&str>,
        [id, hint, fault]: [&str; 3],
    ) -> Markup {
        let label = format!("{id}-label");
        html! {
            div.field role="radiogroup" aria-labelledby=(label) aria-describedby=[described]
                data-fault[self.fault.is_some()] {
                p.label id=(label) {
                    (self.label)
                    @if !self.is_required { span.optional { "（可不填）" } }
                }
                @if let Some(says) = self.hint { p.hint id=(hint) { (says) } }
                @if let Some(says) = &self.fault { p.fault id=(fault) { (says) } }
                div.input {
                    @for (place, (value, says)) in choices.iter().enumerate() {
                        label.pick {
                            input id=[(place == 0).then_some(id)] type="radio" name=(self.name)
                                value=(value) required[self.is_required]
                                checked[chosen == Some(*value)];
                            span { (says) }
                        }
                    }
                }
            }
        }
    }

    fn input(&self, id: &str, described: Option<&str>) -> Markup {
        let invalid = self.fault.is_some().then_some("true");
        let (name, value) = (self.name, self.value);
        let (needed, first) = (self.is_required, self.is_first);
        let list = (!self.offered.is_empty()).then(|| format!("{id}-offered"));
        let line = |kind: &str, mode: Option<&str>, complete: &str, usual: Option<(&str, &str)>| {
            html! {
                input #(id) name=(name) type=(kind) value=[value] inputmode=[mode]
                    autocomplete=(complete) list=[list.as_deref()] required[needed] autofocus[first]
                    aria-invalid=[invalid] aria-describedby=[described]
                    data-low=[usual.map(|(low, _)| low)] data-high=[usual.map(|(_, high)| high)];
            }
        };
        match self.kind {
            Kind::Line => line("text", None, "off", None),
            Kind::Number { usual } => line("text", Some("decimal"), "off", usual),
            Kind::Digits => line("text", Some("numeric"), "off", None),
            Kind::Day => line("date", None, "off", None),
            Kind::Password { new: false } => {
                html! {
                    input #(id) name=(name) type="password" autocomplete="current-password"
                        required[needed] autofocus[first]
                        aria-invalid=[invalid] aria-describedby=[described];
                }
            }
            Kind::Password { new: true } => line("password", None, "new-password", None),
            Kind::Long => html! {
                textarea #(id) name=(name) rows="3" required[needed] autofocus[first]
                    aria-invalid=[invalid] aria-describedby=[described] { (value.unwrap_or_default()) }
            },
            Kind::Choice(choices) => html! {
                select #(id) name=(name) required[needed] autofocus[first]
                    aria-invalid=[invalid] aria-describedby=[described] {
                    @if value.is_none() { option value="" { "请选择" } }
                    @for (choice, says) in choices {
                        option value=(choice) selected[value == Some(choice)] { (says) }
                    }
                }
            },
            Kind::YesNo | Kind::Pick(_) => html! {},
            Kind::Tick => html! {
                input #(id) name=(name) type="checkbox" value="true" checked[value.is_some()]
                    autofocus[first] aria-invalid=[invalid] aria-describedby=[described];
            },
        }
    }
}

/// The answers to a question, and those to one that may stay open.
const YES_NO: [(&str, &str); 2] = [("true", "是"), ("false", "否")];
const YES_NO_UNKNOWN: [(&str, &str); 3] = [("true", "是"), ("false", "否"), ("", "未记录")];

/// The id of a field's input in the page.
fn id(name: &str) -> String {
    format!("f-{name}")
}

/// What is wrong with a form, above it, with a way to the field.
pub(crate) fn faults(problem: Option<&Problem>) -> Markup {
    let Some(problem) = problem else { return html! {} };
    notice(
        Tone::Bad,
        problem.code.title(),
        html! {
            p {
                @if let Some(detail) = &problem.detail {
                    @let detail = detail.trim_end_matches('。');
                    @match &problem.place {
                        Some(place) => { a href=(format!("#{}", id(place))) { (detail) } }
                        None => { (detail) }
                    }
                    "。"
                }
                (problem.code.remedy()) "。"
            }
        },
    )
}
