//! Why an outcome is what it is, in full: for the person, their guardian and staff on duty.

use kangji_core::{
    Day, DayRange, Decimal, Period, PeriodKind, Sym,
    vocabulary::{AttributeType, GroupSet},
};

use super::{Explainer, Explanation, Reason, Standpoint, Viewer};
use crate::{
    scheme::{
        Award, Condition, GroupsTest, HolderType, KeyPart, Occasion, RequirementShape, Scheme,
    },
    score::{Because, OutOfScope, Outcome, OutcomeKind, Subject, Winner, columns::metric_value},
    words::{
        choice, condition, date, given, group_labels, holder_label, joined, limit, limit_short,
        metric_label, metric_number, percent, requirement, role_label, sub_period_word,
        this_period,
    },
};

const ASK: &str = "有疑问请问登记的机构";

impl Explainer<'_> {
    pub(super) fn reason(
        &self,
        outcome: &Outcome,
        scheme: &Scheme,
        award: &Award,
        viewer: Viewer,
    ) -> Reason {
        match outcome.kind {
            // Without an award, and so explained by `out_of_scope`.
            OutcomeKind::Void | OutcomeKind::OutOfScope => Reason::new("不计分"),
            OutcomeKind::NotEligible => self.not_eligible(outcome, scheme),
            OutcomeKind::NotMet => self.not_met(outcome, award),
            OutcomeKind::Pending => self.pending(outcome, award),
            OutcomeKind::BelowThreshold => self.below_threshold(outcome, award),
            OutcomeKind::NoHolder => self.no_holder(outcome),
            OutcomeKind::Sanctioned => self.sanctioned(outcome, viewer),
            OutcomeKind::Rejected => self.rejected(outcome, award, viewer),
            OutcomeKind::Capped => self.capped(outcome, scheme, award),
            OutcomeKind::Superseded => self.superseded(outcome, scheme),
            OutcomeKind::Credited => self.credited(outcome, scheme, award, viewer),
        }
    }

    /// Void records and those that the scheme does not govern have no award.
    pub(super) fn out_of_scope(&self, outcome: &Outcome, standpoint: Standpoint) -> Explanation {
        let may_read = matches!(standpoint, Standpoint::Staff | Standpoint::Concerned);
        let reason = match outcome.because {
            _ if !may_read => Reason::new("没有计分"),
            Because::Scope(why) => self.scope(why, outcome),
            _ => Reason::new("不计分").because("这条记录已作废").next(ASK),
        };
        let title = match outcome.subject {
            Subject::Record(row) if may_read => {
                let kind = self.facts.record(row).map(|record| usize::from(record.kind.0));
                let kind = kind.and_then(|kind| self.words.kinds().get(kind));
                kind.map_or("服务记录", |word| &word.label).to_owned()
            }
            _ => "服务记录".to_owned(),
        };
        self.explanation(outcome, Some(outcome.kind), title, Vec::new(), reason)
    }

    fn scope(&self, why: OutOfScope, outcome: &Outcome) -> Reason {
        let reason = Reason::new("不计分");
        match why {
            OutOfScope::UnknownResident => {
                reason.because("系统里没有这位居民的登记").next("请到建档的机构登记")
            }
            OutOfScope::Later => reason
                .because(format!("服务日期{}还没有到", date(outcome.date)))
                .next("到了那天再算"),
            OutOfScope::NotInForce => {
                let days = self.program.in_force();
                reason.because(format!(
                    "{}不在方案施行的日子里（{}）",
                    date(outcome.date),
                    range(days)
                ))
            }
            OutOfScope::OutsideDivision => reason
                .because("服务当天登记的住处不在方案适用的地区")
                .next("已经搬来的，请到建档的机构更新住址"),
        }
    }

    /// Names what keeps the resident out: for groups the very ones, otherwise the condition.
    fn not_eligible(&self, outcome: &Outcome, scheme: &Scheme) -> Reason {
        let Because::Ineligible(place) = outcome.because else { return Reason::new("不计分") };
        let failed = scheme.eligible.get(usize::from(place));
        let why = failed.map(|test| self.exclusion(test, outcome.resident, outcome.date));
        Reason {
            why: why.map(|why| format!("服务当天{why}")), ..Reason::new("本次已记录但不计分")
        }
        .next("登记有误或有变化的，请到建档的机构更新，以后的就能计分")
    }

    /// Why a condition of the scheme keeps a resident out on a day.
    pub(super) fn exclusion(&self, test: &Condition, resident: Sym, day: Day) -> String {
        let facts = self.facts;
        let standing = facts.resident(resident);
        let standing = standing.and_then(|found| facts.tables().standing_on(found, day));
        let (Condition::Groups(GroupsTest { all, none, .. }), Some(standing)) = (test, standing)
        else {
            return format!("不符合参加条件“{}”", condition(test, self.words));
        };
        let has = group_labels(GroupSet(standing.groups.0 & none.0), self.words);
        let lacks = group_labels(GroupSet(all.0 & !standing.groups.0), self.words);
        if !has.is_empty() {
            format!("登记为“{}”", joined(&has, "”和“"))
        } else if !lacks.is_empty() {
            format!("还没有登记为“{}”", joined(&lacks, "”和“"))
        } else {
            format!("不符合参加条件“{}”", condition(test, self.words))
        }
    }

    fn not_met(&self, outcome: &Outcome, award: &Award) -> Reason {
        let reason = Reason::new("本次已记录但不计分");
        match outcome.because {
            Because::Given(_) => {
                Reason { why: self.figure(outcome, award), ..reason }.next("数字更新后会重新计算")
            }
            Because::Requires(place, found) => {
                let asked = award.requires.get(usize::from(place));
                let why = asked.map(|asked| {
                    let found = match asked.shape {
                        RequirementShape::Times(_) => format!("只有{found}次"),
                        RequirementShape::Streak { per, .. } => {
                            format!("最多连续{found}{}", sub_period_word(per))
                        }
                    };
                    let when = this_period(asked.within, outcome.date, self.as_of);
                    format!("{when}要做到“{}”，{found}", requirement(asked, self.words))
                });
                Reason { why, next: self.another_time(outcome, award), ..reason }
            }
            _ => {
                let asked = choice(&award.requires_any, false, self.words);
                let why = asked.map(|asked| format!("没有做到：{asked}"));
                Reason { why, next: self.another_time(outcome, award), ..reason }
            }
        }
    }

    /// A figure of the community that fails, or that is not there yet.
    pub(super) fn figure(&self, outcome: &Outcome, award: &Award) -> Option<String> {
        let year = outcome.date.year();
        let (asked, metric) = match outcome.because {
            Because::Given(place) => {
                let asked = award.given.get(usize::from(place))?;
                (Some(asked), asked.metric.as_str())
            }
            _ => (None, award.beyond.as_ref()?.of.as_str()),
        };
        let label = metric_label(metric);
        match (metric_value(outcome, self.facts, metric), asked) {
            (Some(value), Some(asked)) => {
                let value = metric_number(metric, value);
                Some(format!("所在村（社区）{year}年{label}为{value}，要求{}", given(asked)))
            }
            _ => Some(format!("所在村（社区）{year}年{label}还没有公布")),
        }
    }

    fn pending(&self, outcome: &Outcome, award: &Award) -> Reason {
        let reason = Reason::new("已记录，暂未计分");
        match (outcome.because, &award.confirm) {
            (Because::NoDecision, Some(role)) => {
                let role = role_label(role);
                reason.because(format!("等待{role}确认")).next(format!("{role}同意后计分"))
            }
            _ => Reason { why: self.figure(outcome, award), ..reason }.next("公布后再算"),
        }
    }

    fn below_threshold(&self, outcome: &Outcome, award: &Award) -> Reason {
        let reason = Reason::new("本次已记录但不计分");
        let (Because::Rank(rank), Some(beyond)) = (outcome.because, &award.beyond) else {
            return reason;
        };
        let (label, share) = (metric_label(&beyond.of), percent(beyond.share));
        let value = metric_value(outcome, self.facts, &beyond.of);
        let value = value.map_or(String::new(), |value| format!("（{value}）"));
        reason.because(format!("按先后排在第{rank}位，没有超出{label}{value}的{share}"))
    }

    fn no_holder(&self, outcome: &Outcome) -> Reason {
        let reason = Reason::new("本次已记录但不计分");
        let reported_self = match outcome.subject {
            Subject::Record(row) => {
                self.facts.record(row).is_some_and(|record| record.worker == record.resident)
            }
            Subject::Period(_) => false,
        };
        match outcome.holder_type {
            HolderType::Guardian => reason
                .because("服务当天没有登记监护人")
                .next("请到建档的机构登记监护人，登记以后的就能计分"),
            HolderType::Worker if reported_self => reason.because("自己上报自己不计分"),
            HolderType::Worker => reason.because("没有登记上报或协助的人"),
            HolderType::Resident | HolderType::Community => reason.because("没有登记谁得这笔积分"),
        }
    }

    /// The sanction is on the holder: whoever else reads learns only that there is none to get.
    fn sanctioned(&self, outcome: &Outcome, viewer: Viewer) -> Reason {
        let reason = Reason::new("本次已记录但不计分");
        let may_read = match viewer {
            Viewer::Staff => true,
            Viewer::Person(id) => id == outcome.holder || outcome.holder == outcome.resident,
            Viewer::Public => false,
        };
        let days = match outcome.because {
            Because::Sanction(place) if may_read => {
                self.facts.tables().sanctions.get(place as usize).map(|sanction| sanction.days)
            }
            _ => None,
        };
        let Some(days) = days else { return reason.because("得分的人当天不能计分") };
        let reason = reason.because(format!("积分资格暂停（{}）", range(days)));
        match days.to {
            Day::LAST => reason.next("恢复日期请问发方案的单位，可以申诉"),
            to => reason.next(format!("{}起恢复，可以申诉", date(to.next()))),
        }
    }

    fn rejected(&self, outcome: &Outcome, award: &Award, viewer: Viewer) -> Reason {
        let role = award.confirm.as_deref().map_or("核对的人", role_label);
        let decision = match outcome.because {
            Because::Decision(place) => self.facts.tables().confirmations.get(place as usize),
            _ => None,
        };
        let why = decision.map(|decision| {
            let by = self.facts.text(decision.by);
            let by = if viewer == Viewer::Staff && !by.is_empty() {
                format!("（{by}）")
            } else {
                String::new()
            };
            format!("{role}{by}于{}没有同意", date(decision.date))
        });
        Reason { why, ..Reason::new("本次不计分") }.next(format!("想知道原因请问{role}"))
    }

    fn capped(&self, outcome: &Outcome, scheme: &Scheme, award: &Award) -> Reason {
        let why = match outcome.because {
            Because::Limit(place) => self.limit_reached(outcome, scheme, award, place),
            _ => None,
        };
        let is_for_life = |place: u8| {
            award.limits.get(usize::from(place)).is_some_and(|limit| limit.per == PeriodKind::Life)
        };
        let next = match self.outlook.again_on(outcome) {
            None if matches!(outcome.because, Because::Limit(place) if is_for_life(place)) => {
                "以后不再重复计分".to_owned()
            }
            None => "本方案期内不再计这一项".to_owned(),
            Some(day) if day <= self.as_of => "现在可以再次获得".to_owned(),
            Some(day) => format!("{}起可再次获得", self.day(day)),
        };
        Reason { why, ..Reason::new("本次已记录但不计分") }.next(next)
    }

    /// `本月“参加健康教育讲座”积分已达上限（2次/月）`.
    pub(super) fn limit_reached(
        &self,
        outcome: &Outcome,
        scheme: &Scheme,
        award: &Award,
        place: u8,
    ) -> Option<String> {
        let full = award.limits.get(usize::from(place))?;
        let period = this_period(full.per, outcome.date, self.as_of);
        let measure = if full.by == [KeyPart::Holder] {
            limit_short(full, scheme.decimals)
        } else {
            limit(full, award, scheme.decimals, self.words)
        };
        Some(match full.per {
            PeriodKind::Life => format!("“{}”已经计过（{measure}）", award.name),
            _ => format!("{period}“{}”积分已达上限（{measure}）", award.name),
        })
    }

    /// When what was missing can be made up for.
    fn another_time(&self, outcome: &Outcome, award: &Award) -> Option<String> {
        let Occasion::Period(every) = award.occasion else {
            return Some("做到以后再来，就能计分".to_owned());
        };
        let next = Period::containing(every, outcome.date).days().to.next();
        let goes_on = self.program.version_on(next).is_some();
        goes_on.then(|| format!("{}做到就能得", this_period(every, next, self.as_of)))
    }

    fn superseded(&self, outcome: &Outcome, scheme: &Scheme) -> Reason {
        let reason = Reason::new("这一份让出，不另计分");
        let Because::Winner(winner, by) = outcome.because else { return reason };
        let day = match by {
            Winner::Record(row) => self.facts.record(row).map(|record| record.date),
            Winner::Period(day) => Some(day),
        };
        let day = day.map_or(String::new(), |day| format!("（{}）", date(day)));
        let id = self.program.award_id(winner);
        let name = scheme.award(id).or_else(|| self.program.newest_award(winner));
        let name = name.map_or(id, |award| &award.name);
        reason.because(format!("“{name}”{day}已经计分，两项只计一份"))
    }

    /// `高血压随访，` where the award takes several kinds of record.
    fn deed(&self, outcome: &Outcome, award: &Award) -> String {
        let (Occasion::Record(kinds), Subject::Record(row)) = (&award.occasion, outcome.subject)
        else {
            return String::new();
        };
        let kind = self.facts.record(row).filter(|_| kinds.len() > 1).map(|record| record.kind.0);
        let kind = kind.and_then(|kind| self.words.kinds().get(usize::from(kind)));
        kind.map_or(String::new(), |word| format!("{}，", word.label))
    }

    /// `1.25小时，` where the points are counted by it.
    fn measured(&self, outcome: &Outcome, award: &Award) -> String {
        let (Some(unit), Subject::Record(row)) = (&award.per_unit, outcome.subject) else {
            return String::new();
        };
        let AttributeType::Decimal(slot) = unit.holds else { return String::new() };
        let number = self.facts.records().decimal(slot, row as usize);
        match self.words.attribute(&unit.name) {
            Some(known) if number != Decimal::NOT_RECORDED => format!("{number}{}，", known.unit),
            _ => String::new(),
        }
    }

    fn credited(
        &self,
        outcome: &Outcome,
        scheme: &Scheme,
        award: &Award,
        viewer: Viewer,
    ) -> Reason {
        let points = scheme.decimals.short(outcome.points);
        let measured = format!("{}{}", self.deed(outcome, award), self.measured(outcome, award));
        // Whoever reads about points of somebody else must not take them for their own.
        let is_own = viewer == Viewer::Person(outcome.holder);
        let who = match outcome.holder_type {
            HolderType::Resident => "",
            HolderType::Guardian if is_own => "",
            other => holder_label(other),
        };
        let reason = Reason::new(format!("{measured}{who}得{points}分"));
        let why = match outcome.because {
            Because::Limit(place) => award.limits.get(usize::from(place)).map(|limit| {
                let most = limit_short(limit, scheme.decimals);
                format!("快到上限（{most}），只计剩下的部分")
            }),
            _ => None,
        };
        let next = outcome.expires_on.map_or("长期有效".to_owned(), |day| {
            if day <= self.as_of {
                format!("已于{}过期", date(day))
            } else {
                format!("有效期至{}", date(day.previous()))
            }
        });
        Reason { why, ..reason }.next(next)
    }
}

/// `2026年6月20日起` or `2026年6月20日至2027年6月19日`.
pub(super) fn range(days: DayRange) -> String {
    match days.to {
        Day::LAST => format!("{}起", date(days.from)),
        to => format!("{}至{}", date(days.from), date(to)),
    }
}
