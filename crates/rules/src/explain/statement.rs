//! The statement of one person: what counted, what did not, what waits, what lapses soon and what
//! could still earn points. Data for a page, and plain text for paper.

use kangji_core::{Day, Decimals, Points, Span, Sym, tables::Sanction, vocabulary::Vocabulary};

use super::{
    Explainer, Explanation, HelperAccount, Prospect, Viewer,
    account::is_for_helping,
    prospects::{Chance, Seat},
    reason::range,
    viewer::is_guardian,
};
use crate::{
    scheme::{Award, HolderType, Scheme},
    score::{Because, Facts, Outcome, OutcomeKind, Program, Subject},
    words::{date, rule_sentence},
};

/// How far ahead a statement warns of points that lapse.
const WARNING: Span = Span::Days(90);

/// A person's points and what became of their records, for one viewer on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The scheme's title.
    pub scheme: String,
    /// The holder's id; whoever shows the statement may put a name in its place.
    pub holder: String,
    /// The day it is made for.
    pub as_of: Day,
    /// Decimal places of its points.
    pub decimals: Decimals,
    /// What must be said first: a sanction, a reason not to take part, a scheme that has ended.
    pub notices: Vec<String>,
    /// All points credited.
    pub credited: Points,
    /// Those of them that are valid on the day, before anything was spent.
    pub valid: Points,
    /// Those that lapse within 90 days, by the first day on which they are no longer valid.
    pub expiring: Vec<(Day, Points)>,
    /// What counted, by award in the order of the scheme.
    pub counted: Vec<Counted>,
    /// What did not count, in order of time.
    pub not_counted: Vec<Line>,
    /// What waits for somebody or something, in order of time.
    pub waiting: Vec<Line>,
    /// Points held for helping others, or for a community.
    pub helping: Option<HelperAccount>,
    /// What could still earn points, own awards first.
    pub prospects: Vec<Prospect>,
    /// The wards that prospects name, by the symbol there.
    pub wards: Vec<(Sym, String)>,
    /// Names of awards that the limits leave no more of this year.
    pub full_this_year: Vec<String>,
    /// Names of awards that count once and have counted.
    pub full_for_good: Vec<String>,
    /// Sentences of what earns points, for somebody who has nothing yet.
    pub ways: Vec<String>,
}

/// What counted of one award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The award's name.
    pub title: String,
    /// The award's id, as far as the viewer may know it.
    pub award: Option<String>,
    /// The article in short.
    pub article: Option<String>,
    /// All its points.
    pub points: Points,
    /// Each time, in order of time.
    pub lines: Vec<Line>,
}

/// One outcome on a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The ward it is about; `None` where it is about the holder.
    pub ward: Option<String>,
    /// The points credited.
    pub points: Points,
    /// The first day on which they are no longer valid.
    pub expires_on: Option<Day>,
    /// What became of it and why.
    pub explanation: Explanation,
}

/// The statement of `holder` for `viewer`; [`Explainer::statement`] makes many at less cost.
#[must_use]
pub fn statement(
    program: &Program,
    facts: &Facts,
    words: &Vocabulary,
    outcomes: &[Outcome],
    holder: &str,
    as_of: Day,
    viewer: Viewer,
) -> Statement {
    Explainer::new(program, facts, words, outcomes, as_of).statement(outcomes, holder, viewer)
}

impl Explainer<'_> {
    /// The statement of `holder` for `viewer`, from the outcomes that this was made with.
    ///
    /// Somebody who is neither the holder, nor their guardian, nor staff gets a statement that
    /// says so and nothing else.
    #[must_use]
    pub fn statement(&self, outcomes: &[Outcome], holder: &str, viewer: Viewer) -> Statement {
        let Self { program, facts, words, as_of, .. } = *self;
        let newest = program.version_on(as_of).and_then(|version| program.version(version));
        let scheme = newest.or(program.versions().last());
        let title = scheme.map_or("", |scheme| &scheme.title);
        let mut made = Statement::empty(title, holder, as_of, program.decimals());
        let Some(id) = facts.tables().symbols.get(holder).filter(|id| !id.is_empty()) else {
            made.notices.push("系统里还没有您的记录".to_owned());
            made.ways = scheme.map_or_else(Vec::new, |scheme| ways(scheme, words));
            return made;
        };
        let may_read = match viewer {
            Viewer::Staff => true,
            Viewer::Public => false,
            Viewer::Person(reader) => reader == id || is_guardian(reader, id, facts, as_of),
        };
        if !may_read {
            made.notices.push("明细只给本人、监护人和当班工作人员看".to_owned());
            return made;
        }
        let writer = Writer { explainer: self, holder: id, viewer };
        let theirs: Vec<&Outcome> = outcomes.iter().filter(|o| writer.is_theirs(o)).collect();
        writer.notices(newest, &mut made);
        writer.lines(&theirs, scheme, &mut made);
        writer.totals(&theirs, &mut made);
        if let Some(scheme) = newest {
            writer.prospects(scheme, outcomes, &mut made);
        }
        if theirs.is_empty() && made.helping.is_none() {
            made.notices.push("还没有得分的记录".to_owned());
        }
        let is_done = made.full_this_year.len() + made.full_for_good.len() > 0;
        if made.prospects.is_empty() && !is_done && writer.sanction().is_none() {
            made.ways = newest.map_or_else(Vec::new, |scheme| ways(scheme, words));
        }
        made
    }
}

impl Statement {
    fn empty(scheme: &str, holder: &str, as_of: Day, decimals: Decimals) -> Self {
        Self {
            scheme: scheme.to_owned(),
            holder: holder.to_owned(),
            as_of,
            decimals,
            notices: Vec::new(),
            credited: Points::ZERO,
            valid: Points::ZERO,
            expiring: Vec::new(),
            counted: Vec::new(),
            not_counted: Vec::new(),
            waiting: Vec::new(),
            helping: None,
            prospects: Vec::new(),
            wards: Vec::new(),
            full_this_year: Vec::new(),
            full_for_good: Vec::new(),
            ways: Vec::new(),
        }
    }
}

/// What earns points, for whoever has nothing to look forward to of their own: the sentences of
/// the rules, and of awards that would reveal an illness only the public name with its points.
fn ways(scheme: &Scheme, words: &Vocabulary) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let (open, hidden): (Vec<&Award>, Vec<&Award>) =
        scheme.awards.iter().partition(|award| award.public_name.is_none());
    for award in open {
        said.push(format!("{}：{}", award.name, rule_sentence(award, scheme, words)));
    }
    let mut names: Vec<&str> = hidden.iter().map(|award| award.name_for_public()).collect();
    names.dedup();
    for name in names {
        let points = hidden.iter().filter(|award| award.name_for_public() == name);
        let points = || points.clone().map(|award| award.points);
        let (least, most) =
            (points().min().unwrap_or_default(), points().max().unwrap_or_default());
        let short = |points| scheme.decimals.short(points);
        let points =
            if least == most { short(most) } else { format!("{}到{}", short(least), short(most)) };
        said.push(format!("{name}：每次{points}分，具体内容请问发方案的单位。"));
    }
    said
}

/// What a statement is written with.
struct Writer<'e, 'a> {
    explainer: &'e Explainer<'a>,
    holder: Sym,
    viewer: Viewer,
}

impl Writer<'_, '_> {
    /// Whether an outcome belongs on this statement: held by the person, or about them with
    /// nobody to hold it.
    fn is_theirs(&self, outcome: &Outcome) -> bool {
        if outcome.holder == self.holder {
            return outcome.award.is_some();
        }
        let reported_self = match outcome.subject {
            Subject::Record(row) => {
                let record = self.explainer.facts.record(row);
                record.is_some_and(|record| record.worker == self.holder)
            }
            Subject::Period(_) => false,
        };
        outcome.holder.is_empty()
            && outcome.resident == self.holder
            && outcome.award.is_some()
            && (outcome.holder_type != HolderType::Worker || reported_self)
    }

    /// Helping others is shown as an account, except to staff.
    fn goes_into_account(&self, outcome: &Outcome) -> bool {
        self.viewer != Viewer::Staff && is_for_helping(outcome) && !outcome.holder.is_empty()
    }

    /// The sanction that is on the holder on the evaluation day.
    fn sanction(&self) -> Option<&Sanction> {
        let Explainer { facts, as_of, .. } = self.explainer;
        let mut sanctions = facts.tables().sanctions.iter();
        sanctions.find(|sanction| sanction.holder == self.holder && sanction.days.contains(*as_of))
    }

    fn notices(&self, scheme: Option<&Scheme>, made: &mut Statement) {
        let Explainer { as_of, outlook, .. } = self.explainer;
        if let Some(sanction) = self.sanction() {
            let back = match sanction.days.to {
                Day::LAST => "恢复日期请问发方案的单位".to_owned(),
                to => format!("{}起恢复", date(to.next())),
            };
            let days = range(sanction.days);
            made.notices
                .push(format!("积分资格暂停（{days}），这段时间不计分，{back}；有异议可以申诉"));
        }
        let Some(scheme) = scheme else {
            made.notices.push(format!("{}方案不在施行期内，现在不再计新的积分", date(*as_of)));
            return;
        };
        if let Some(Because::Ineligible(place)) = outlook.ineligible(self.holder, *as_of) {
            let failed = scheme.eligible.get(usize::from(place));
            let why = failed.map(|test| self.explainer.exclusion(test, self.holder, *as_of));
            let why = why.unwrap_or_default();
            made.notices.push(format!(
                "现在{why}，暂时不能得自己的积分；登记有误或有变化的，请到建档的机构更新"
            ));
        }
    }

    fn line(&self, outcome: &Outcome) -> Line {
        let facts = self.explainer.facts;
        let is_ward = outcome.resident != self.holder;
        Line {
            ward: is_ward.then(|| facts.text(outcome.resident).to_owned()),
            points: outcome.points,
            expires_on: outcome.expires_on,
            explanation: self.explainer.explain(outcome, self.viewer),
        }
    }

    fn lines(&self, theirs: &[&Outcome], scheme: Option<&Scheme>, made: &mut Statement) {
        let explained: Vec<&Outcome> =
            theirs.iter().copied().filter(|outcome| !self.goes_into_account(outcome)).collect();
        let of_kind = |wanted: fn(OutcomeKind) -> bool| {
            let chosen = explained.iter().filter(move |outcome| wanted(outcome.kind));
            let mut lines: Vec<Line> = chosen.map(|outcome| self.line(outcome)).collect();
            lines.sort_by_key(|line| line.explanation.date);
            lines
        };
        made.waiting = of_kind(|kind| kind == OutcomeKind::Pending);
        made.not_counted =
            of_kind(|kind| !matches!(kind, OutcomeKind::Pending | OutcomeKind::Credited));
        let program = self.explainer.program;
        let place = |outcome: &Outcome| {
            let id = outcome.award.map(|award| program.award_id(award));
            let mut awards = scheme.map_or([].as_slice(), |scheme| &scheme.awards).iter();
            awards.position(|award| Some(award.id.as_str()) == id).unwrap_or(usize::MAX)
        };
        let credited = explained.iter().filter(|o| o.kind == OutcomeKind::Credited);
        let mut credited: Vec<&Outcome> = credited.copied().collect();
        credited.sort_by_key(|outcome| (place(outcome), outcome.award, outcome.date));
        for run in credited.chunk_by(|a, b| a.award == b.award) {
            let lines: Vec<Line> = run.iter().map(|outcome| self.line(outcome)).collect();
            // A later version may have given the award a new name: the newest is read.
            let Some(last) = lines.last() else { continue };
            made.counted.push(Counted {
                title: last.explanation.title.clone(),
                award: last.explanation.award.clone(),
                article: last.explanation.article(),
                points: sum(run.iter().copied()),
                lines,
            });
        }
        if self.viewer != Viewer::Staff {
            made.helping = self.explainer.helper_account(self.holder, theirs);
        }
    }

    /// Totals count helping only once its month is over, or they would tell what came of a report.
    fn totals(&self, theirs: &[&Outcome], made: &mut Statement) {
        let as_of = self.explainer.as_of;
        let shown = |outcome: &&&Outcome| {
            outcome.kind == OutcomeKind::Credited
                && (!self.goes_into_account(outcome) || self.explainer.month_is_over(outcome.date))
        };
        let shown: Vec<&Outcome> = theirs.iter().filter(shown).copied().collect();
        made.credited = sum(shown.iter().copied());
        let is_valid = |outcome: &&&Outcome| outcome.expires_on.is_none_or(|day| day > as_of);
        let valid: Vec<&Outcome> = shown.iter().filter(is_valid).copied().collect();
        made.valid = sum(valid.iter().copied());
        let horizon = as_of.plus(WARNING);
        let soon = valid.iter().filter_map(|outcome| Some((outcome.expires_on?, outcome.points)));
        let mut soon: Vec<(Day, Points)> = soon.filter(|(day, _)| *day <= horizon).collect();
        soon.sort_unstable();
        for (day, points) in soon {
            match made.expiring.last_mut() {
                Some((last, sum)) if *last == day => *sum = sum.saturating_add(points),
                _ => made.expiring.push((day, points)),
            }
        }
    }

    fn prospects(&self, scheme: &Scheme, outcomes: &[Outcome], made: &mut Statement) {
        let Explainer { facts, as_of, .. } = self.explainer;
        let stopped = facts
            .tables()
            .sanctions
            .iter()
            .any(|sanction| sanction.holder == self.holder && sanction.days.contains(*as_of));
        if stopped {
            return;
        }
        for seat in self.explainer.seats(self.holder) {
            let ward = facts.text(seat.resident).to_owned();
            let is_ward = seat.resident != self.holder;
            let about: Vec<&Outcome> =
                outcomes.iter().filter(|outcome| outcome.resident == seat.resident).collect();
            if is_ward {
                made.wards.push((seat.resident, ward.clone()));
            }
            for award in &scheme.awards {
                let name = || {
                    if is_ward { format!("{ward}的{}", award.name) } else { award.name.clone() }
                };
                let seat = Seat { holder: self.holder, ..seat };
                match self.explainer.chance(award, scheme, seat, &about) {
                    Chance::No => {}
                    Chance::FullThisYear => made.full_this_year.push(name()),
                    Chance::FullForGood => made.full_for_good.push(name()),
                    Chance::Yes(prospect) => made.prospects.push(*prospect),
                }
            }
        }
    }
}

fn sum<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> Points {
    outcomes.fold(Points::ZERO, |sum, outcome| sum.saturating_add(outcome.points))
}
