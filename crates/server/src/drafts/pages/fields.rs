//! The fields of an award's form: how each part of a rule is asked for, and read back. What a form
//! does not ask for stays as the draft has it.

use kangji_core::vocabulary::{AttributeType, Vocabulary};
use kangji_rules::{
    scheme::{Award, Condition, Occasion, Scheme},
    words::holder_label,
};
use maud::{Markup, html};

use crate::{
    drafts::{
        condition::ConditionForm,
        form::{AwardForm, DaysForm, LimitForm, YieldForm},
    },
    pages::{
        Form,
        parts::{Field, Kind},
    },
    problem::Problem,
};

const PERIODS: [(&str, &str); 5] = [
    ("day", "每天"),
    ("month", "每月"),
    ("quarter", "每季度"),
    ("year", "每年"),
    ("life", "办法施行以来"),
];

const BOUNDS: [(&str, &str); 3] = [("", "不限"), ("times", "最多几次"), ("points", "最多几分")];

const BELONGS: [(&str, &str); 4] =
    [("", "不看"), ("any", "属于其一"), ("all", "必须属于"), ("none", "不得属于")];

const ANSWERS: [(&str, &str); 5] = [
    ("", "不看"),
    ("yes", "是"),
    ("no", "否"),
    ("recorded", "有记录就行"),
    ("missing", "没有记录"),
];

const NUMBER: Kind<'static> = Kind::Number { usual: None };

/// How many limits a form asks for at least.
const LIMITS_MIN: usize = 2;

fn choices(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(value, says)| ((*value).to_owned(), (*says).to_owned())).collect()
}

/// An award with what its form needs to be asked and read.
pub(super) struct Asked<'a> {
    pub(super) award: &'a Award,
    pub(super) form: &'a AwardForm,
    pub(super) scheme: &'a Scheme,
    pub(super) words: &'a Vocabulary,
}

/// An attribute of records that a condition can be about.
struct Attribute<'a> {
    name: &'a str,
    label: &'a str,
    unit: &'a str,
    holds: AttributeType,
}

impl<'a> Asked<'a> {
    /// The form's fields with what the draft has in them.
    pub(super) fn filled(&self) -> Form {
        let own = self.form;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let counts = own.counts.as_ref();
        let winner = own.yields_to.first();
        let mut form = Form::default()
            .with("name", &own.name)
            .with("public_name", text(&own.public_name))
            .with("points", &own.points)
            .with("per_unit", text(&own.per_unit))
            .with("counts_from", counts.map(|days| days.from.clone()).unwrap_or_default())
            .with("counts_to", counts.and_then(|days| days.to.clone()).unwrap_or_default())
            .with("yield_award", winner.map(|one| one.award.clone()).unwrap_or_default())
            .with("yield_per", winner.map_or("year", |one| &one.per));
        for (number, limit) in own.limits.iter().enumerate() {
            let (kind, bound) = match (&limit.times, &limit.points) {
                (Some(times), _) => ("times", times.clone()),
                (None, points) => ("points", text(points)),
            };
            form = form
                .with(&format!("limit_{number}_kind"), kind)
                .with(&format!("limit_{number}_number"), bound)
                .with(&format!("limit_{number}_per"), &limit.per)
                .with(&format!("limit_{number}_by"), limit.by.join(","));
        }
        own.when.iter().fold(form, |form, condition| with_condition(form, condition, self.words))
    }

    /// The fields as they are asked for.
    pub(super) fn show(&self, form: &Form, problem: Option<&Problem>) -> Markup {
        let field = |name: &'static str, label, kind| {
            Field::new(name, label, kind).value(form.text(name)).fault(problem)
        };
        let units = self.units();
        html! {
            div.pair {
                (field("name", "居民看到的名称", Kind::Line).required().show())
                (field("public_name", "对外名称", Kind::Line)
                    .hint("名称会说出病情的才填：别人看到的是这个名称").show())
            }
            div.pair {
                (field("points", "分值", NUMBER).required().unit("分").show())
                (Field::new("per_unit", "怎么乘", Kind::Choice(&units)).unmarked()
                    .value(Some(form.text("per_unit").unwrap_or_default())).fault(problem).show())
            }
            fieldset {
                legend { "上限" }
                p.hint { "几条上限都要满足；得分的人是" (holder_label(self.award.to)) "。" }
                @for number in 0..self.limits(form) { (self.limit(number, form, problem)) }
            }
            fieldset {
                legend { "条件" }
                p.hint { "填了的都要满足，不填就不看。" }
                (self.person(form, problem))
                (self.groups(form))
                (self.of_record(form, problem))
            }
            fieldset {
                legend { "计分日期和让位" }
                div.pair {
                    (field("counts_from", "从哪天起计分", Kind::Day).hint("不填就和办法一样").show())
                    (field("counts_to", "到哪天为止", Kind::Day).show())
                }
                (self.yields(form, problem))
            }
        }
    }

    /// What the form says.
    pub(super) fn read(&self, form: &Form) -> Result<AwardForm, Problem> {
        let typed = |name: &str| form.text(name).map(ToOwned::to_owned);
        let counts = match (typed("counts_from"), typed("counts_to")) {
            (None, None) => None,
            (None, Some(_)) => {
                return Err(Problem::invalid("counts_from", "写了最后一天，也要写第一天"));
            }
            (Some(from), to) => Some(DaysForm { from, to }),
        };
        let first = typed("yield_award").map(|award| {
            let per = typed("yield_per").unwrap_or_else(|| "year".to_owned());
            YieldForm { award, per }
        });
        let more = self.form.yields_to.iter().skip(1).cloned();
        Ok(AwardForm {
            id: self.form.id.clone(),
            name: form.need("name")?.to_owned(),
            public_name: typed("public_name"),
            points: form.need("points")?.to_owned(),
            per_unit: typed("per_unit"),
            limits: self.read_limits(form)?,
            when: self.read_conditions(form),
            yields_to: first.into_iter().chain(more).collect(),
            counts,
        })
    }

    /// What points can be multiplied with.
    fn units(&self) -> Vec<(String, String)> {
        let mut units = choices(&[("", "不乘，按次计分")]);
        let numbers = self.attributes().into_iter().filter(|one| {
            matches!(one.holds, AttributeType::Decimal(_))
                || self.form.per_unit.as_deref() == Some(one.name)
        });
        units.extend(numbers.map(|one| (one.name.to_owned(), format!("乘以{}", one.label))));
        units
    }

    fn limits(&self, form: &Form) -> usize {
        let sent = (0..8).filter(|number| form.text(&format!("limit_{number}_kind")).is_some());
        (sent.count() + 1).clamp(LIMITS_MIN, 8)
    }

    fn limit(&self, number: usize, form: &Form, problem: Option<&Problem>) -> Markup {
        let name = |part: &str| format!("limit_{number}_{part}");
        let [kind, bound, per, by] = ["kind", "number", "per", "by"].map(name);
        let own = form.text(&by).unwrap_or("holder");
        let mut apart = choices(&[
            ("holder", "每位得分的人"),
            ("resident", "每位居民（不管谁得分）"),
            ("community", "每个村（社区）"),
        ]);
        if !apart.iter().any(|(value, _)| value == own) {
            apart.push((own.to_owned(), self.apart(own)));
        }
        let (bounds, periods) = (choices(&BOUNDS), choices(&PERIODS));
        let choice = |name: &str, label, of: &[(String, String)], value: &str| {
            Field::new(name, label, Kind::Choice(of)).unmarked().value(Some(value)).show()
        };
        html! {
            div.row {
                (choice(&kind, "上限", &bounds, form.text(&kind).unwrap_or_default()))
                (Field::new(&bound, "多少", NUMBER).unmarked().value(form.text(&bound))
                    .fault(problem).show())
                (choice(&per, "多久", &periods, form.text(&per).unwrap_or("year")))
                (choice(&by, "分别按谁算", &apart, own))
            }
        }
    }

    /// What several things together are counted apart by.
    fn apart(&self, by: &str) -> String {
        let label = |part: &str| match part {
            "holder" => "得分的人".to_owned(),
            "resident" => "居民".to_owned(),
            "community" => "村（社区）".to_owned(),
            name => {
                self.words.attribute(name).map_or(name.to_owned(), |one| one.word.label.clone())
            }
        };
        let parts: Vec<String> = by.split(',').map(label).collect();
        format!("按{}分别算", parts.join("、"))
    }

    fn read_limits(&self, form: &Form) -> Result<Vec<LimitForm>, Problem> {
        let mut limits = Vec::new();
        for number in 0..8 {
            let part = |part: &str| form.text(&format!("limit_{number}_{part}"));
            let Some(kind) = part("kind") else { continue };
            let place = format!("limit_{number}_number");
            let bound = part("number").map(ToOwned::to_owned);
            let bound = bound.ok_or_else(|| Problem::invalid(&place, "写出上限是多少"))?;
            let (times, points) =
                if kind == "times" { (Some(bound), None) } else { (None, Some(bound)) };
            let by = part("by").unwrap_or("holder").split(',').map(ToOwned::to_owned).collect();
            limits.push(LimitForm { times, points, per: part("per").unwrap_or("year").into(), by });
        }
        Ok(limits)
    }

    fn person(&self, form: &Form, problem: Option<&Problem>) -> Markup {
        let sexes = choices(&[("", "不看"), ("F", "女"), ("M", "男")]);
        let number = |name: &'static str, label, unit| {
            let field = Field::new(name, label, NUMBER).unmarked().unit(unit);
            field.value(form.text(name)).fault(problem).show()
        };
        html! {
            div.row {
                (number("when_age_min", "年龄不小于", "周岁"))
                (number("when_age_max", "年龄不大于", "周岁"))
                (number("when_age_months_min", "月龄不小于", "个月"))
                (number("when_age_months_max", "月龄不大于", "个月"))
                (Field::new("when_sex", "性别", Kind::Choice(&sexes)).unmarked()
                    .value(Some(form.text("when_sex").unwrap_or_default())).show())
            }
        }
    }

    fn groups(&self, form: &Form) -> Markup {
        let belongs = choices(&BELONGS);
        let asked = self.form.when.iter().any(|condition| condition.field == "groups");
        html! {
            details open[asked] {
                summary { "人群" }
                div.row {
                    @for group in self.words.groups() {
                        @let name = format!("group_{}", group.id);
                        (Field::new(&name, &group.label, Kind::Choice(&belongs)).unmarked()
                            .value(Some(form.text(&name).unwrap_or_default())).show())
                    }
                }
            }
        }
    }

    /// The attributes of the award's records, and whatever its conditions are about.
    fn attributes(&self) -> Vec<Attribute<'a>> {
        let kinds = match &self.award.occasion {
            Occasion::Record(kinds) => kinds.as_slice(),
            Occasion::Period(_) => &[],
        };
        let forms = kinds.iter().filter_map(|kind| self.words.form(*kind));
        let of_forms = forms.flat_map(|form| &form.fields).map(|field| field.attribute.as_str());
        let of_award = self.award.when.iter().filter_map(|condition| match condition {
            Condition::Flag(attribute, _)
            | Condition::Text(attribute, _)
            | Condition::Number(attribute, _) => Some(attribute.name.as_str()),
            _ => None,
        });
        let unit = self.award.per_unit.iter().map(|attribute| attribute.name.as_str());
        let mut found: Vec<Attribute<'a>> = Vec::new();
        for name in of_forms.chain(of_award).chain(unit) {
            let known = self.words.attribute(name);
            let Some(known) = known.filter(|_| found.iter().all(|one| one.name != name)) else {
                continue;
            };
            let (label, unit) = (known.word.label.as_str(), known.unit.as_str());
            found.push(Attribute { name: &known.word.id, label, unit, holds: known.holds });
        }
        found
    }

    fn of_record(&self, form: &Form, problem: Option<&Problem>) -> Markup {
        let answers = choices(&ANSWERS);
        let choice = |name: &str, label: &str, value: &str| {
            Field::new(name, label, Kind::Choice(&answers)).unmarked().value(Some(value)).show()
        };
        let line = |name: &str, label: &str, kind: Kind<'_>, unit: &str| {
            let field = Field::new(name, label, kind).unmarked().unit(unit);
            field.value(form.text(name)).fault(problem).show()
        };
        html! {
            div.row {
                @for Attribute { name, label, unit, holds } in self.attributes() {
                    @let field = format!("when_{name}");
                    @match holds {
                        AttributeType::Bool(_) => {
                            (choice(&field, label, form.text(&field).unwrap_or_default()))
                        }
                        AttributeType::Text(_) => {
                            (line(&format!("{field}_in"), &format!("{label}是其中之一（用顿号隔开）"),
                                Kind::Line, ""))
                        }
                        AttributeType::Decimal(_) => {
                            @for (part, says) in BOUNDS_OF_NUMBERS {
                                (line(&format!("{field}_{part}"), &format!("{label}{says}"), NUMBER,
                                    unit))
                            }
                        }
                    }
                }
            }
        }
    }

    fn yields(&self, form: &Form, problem: Option<&Problem>) -> Markup {
        let others = self.scheme.awards.iter().filter(|other| other.id != self.award.id);
        let others = others.map(|other| (other.id.clone(), other.name.clone()));
        let awards: Vec<_> = choices(&[("", "不让位")]).into_iter().chain(others).collect();
        let periods = choices(&PERIODS);
        let (award, per) = (form.text("yield_award"), form.text("yield_per"));
        html! {
            div.pair {
                (Field::new("yield_award", "让位给（那一项得了分，这一项就不得）",
                    Kind::Choice(&awards)).unmarked().value(Some(award.unwrap_or_default()))
                    .fault(problem).show())
                (Field::new("yield_per", "在多久里", Kind::Choice(&periods)).unmarked()
                    .value(Some(per.unwrap_or("year"))).show())
            }
        }
    }

    /// The conditions, those that the form asks for as it says them.
    fn read_conditions(&self, form: &Form) -> Vec<ConditionForm> {
        let mut fields = vec!["age", "age_months", "sex", "groups"];
        let attributes = self.attributes();
        fields.extend(attributes.iter().map(|attribute| attribute.name));
        let mut when = self.form.when.clone();
        for field in fields {
            let at = when.iter().position(|condition| condition.field == field);
            let before = at.and_then(|at| when.get(at)).cloned();
            let before = before.unwrap_or_else(|| ConditionForm {
                field: field.to_owned(),
                ..ConditionForm::default()
            });
            let holds = attributes.iter().find(|one| one.name == field).map(|one| one.holds);
            let said = self.condition(form, before, holds);
            match (at, said.is_empty()) {
                (Some(at), true) => drop(when.remove(at)),
                (Some(at), false) => {
                    if let Some(place) = when.get_mut(at) {
                        *place = said;
                    }
                }
                (None, false) => when.push(said),
                (None, true) => {}
            }
        }
        when
    }

    fn condition(
        &self,
        form: &Form,
        before: ConditionForm,
        holds: Option<AttributeType>,
    ) -> ConditionForm {
        let field = before.field.clone();
        let text = |part: &str| form.text(&format!("when_{field}{part}")).map(ToOwned::to_owned);
        match (field.as_str(), holds) {
            ("age" | "age_months", _) => {
                ConditionForm { min: text("_min"), max: text("_max"), ..before }
            }
            ("sex", _) => ConditionForm { one_of: text("").into_iter().collect(), ..before },
            ("groups", _) => {
                let set = |how: &str| -> Vec<String> {
                    let all = self.words.groups().iter().map(|group| &group.id);
                    let said = |id: &&String| form.text(&format!("group_{id}")) == Some(how);
                    all.filter(said).cloned().collect()
                };
                ConditionForm { any: set("any"), all: set("all"), none: set("none"), ..before }
            }
            (_, Some(AttributeType::Bool(_))) => {
                let (is, recorded) = match text("").as_deref() {
                    Some("yes") => (Some(true), None),
                    Some("no") => (Some(false), None),
                    Some("recorded") => (None, Some(true)),
                    Some("missing") => (None, Some(false)),
                    _ => (None, None),
                };
                ConditionForm { is, recorded, ..before }
            }
            (_, Some(AttributeType::Text(_))) => {
                let list = text("_in").unwrap_or_default();
                let parts = list.split(['、', ',', '，', ' ']).map(str::trim);
                let one_of = parts.filter(|part| !part.is_empty()).map(ToOwned::to_owned);
                ConditionForm { one_of: one_of.collect(), ..before }
            }
            _ => ConditionForm {
                min: text("_min"),
                max: text("_max"),
                above: text("_above"),
                below: text("_below"),
                ..before
            },
        }
    }
}

const BOUNDS_OF_NUMBERS: [(&str, &str); 4] =
    [("min", "不小于"), ("max", "不大于"), ("above", "大于"), ("below", "小于")];

fn with_condition(form: Form, condition: &ConditionForm, words: &Vocabulary) -> Form {
    let name = |part: &str| format!("when_{}{part}", condition.field);
    let groups = [("any", &condition.any), ("all", &condition.all), ("none", &condition.none)];
    let mut form = form;
    for (how, names) in groups {
        form = names.iter().fold(form, |form, group| form.with(&format!("group_{group}"), how));
    }
    let bounds = [
        ("_min", &condition.min),
        ("_max", &condition.max),
        ("_above", &condition.above),
        ("_below", &condition.below),
    ];
    for (part, bound) in bounds {
        form = form.with(&name(part), bound.clone().unwrap_or_default());
    }
    let holds = words.attribute(&condition.field).map(|known| known.holds);
    match (condition.field.as_str(), holds) {
        ("sex", _) => form.with(&name(""), condition.one_of.concat()),
        (_, Some(AttributeType::Bool(_))) => {
            let says = match (condition.is, condition.recorded) {
                (Some(true), _) => "yes",
                (Some(false), _) => "no",
                (None, Some(true)) => "recorded",
                (None, Some(false)) => "missing",
                (None, None) => "",
            };
            form.with(&name(""), says)
        }
        (_, Some(AttributeType::Text(_))) => form.with(&name("_in"), condition.one_of.join("、")),
        _ => form,
    }
}
