//! Running the worked examples of a scheme document: law, rule and example in one place.

use std::{collections::BTreeSet, num::NonZeroUsize};

use crate::{
    document::{Code, Example, Expected, Problem},
    scheme::Scheme,
    score::{Facts, Options, Outcome, OutcomeKind, Program, Scored, Subject, columns, score},
};

/// What running the examples showed.
#[derive(Default)]
pub(crate) struct Shown {
    /// Examples whose outcomes are others than expected.
    pub(crate) problems: Vec<Problem>,
    /// The awards that some example earns.
    pub(crate) earned: BTreeSet<String>,
    /// The awards of which some example earns nothing for one of its records or people.
    pub(crate) not_earned: BTreeSet<String>,
}

/// Scores the examples and compares what comes out with what they expect, row by row.
///
/// Where other problems were found, `sound` names the awards without any: then only those are
/// scored, and only the examples about them are run and compared.
pub(crate) fn run(
    scheme: &Scheme,
    examples: &[Example],
    sound: Option<&BTreeSet<String>>,
) -> Shown {
    let mut shown = Shown::default();
    let mut scheme = scheme.clone();
    // Examples say what the rules give: a revision's as if it had been in force all along.
    scheme.in_force.from = scheme.since;
    scheme.awards.retain(|award| sound.is_none_or(|sound| sound.contains(&award.id)));
    let program = match Program::new(vec![scheme]) {
        Ok(program) => program,
        Err(error) => {
            shown.problems.push(Problem {
                code: Code::Structure,
                range: 0..0,
                message: error.to_string(),
                remedy: "按提示修改文件".to_owned(),
            });
            return shown;
        }
    };
    for example in examples {
        if sound.is_some_and(|sound| !sound.contains(&example.award)) {
            continue;
        }
        let run = Run::new(&program, example);
        shown.problems.extend(run.differences(sound.is_some()));
        if run.about().any(|outcome| outcome.kind == OutcomeKind::Credited) {
            shown.earned.insert(example.award.clone());
        }
        // A candidate that fails its conditions leaves no row, so people or records without a
        // credited row count too.
        let earning = run.about().filter(|outcome| outcome.kind == OutcomeKind::Credited).count();
        let tables = &example.tables;
        let cases = tables.residents.len().max(tables.records.rows.len());
        if earning < cases.max(1) {
            shown.not_earned.insert(example.award.clone());
        }
    }
    shown
}

/// One example, scored.
struct Run<'a> {
    program: &'a Program,
    example: &'a Example,
    facts: Facts,
    scored: Scored,
}

impl<'a> Run<'a> {
    fn new(program: &'a Program, example: &'a Example) -> Self {
        let facts = Facts::new(example.tables.clone());
        let options = Options { as_of: example.as_of, all: false, threads: NonZeroUsize::MIN };
        let scored = score(program, &facts, options);
        Self { program, example, facts, scored }
    }

    /// The outcomes of the award that the example is about.
    fn about(&self) -> impl Iterator<Item = &Outcome> {
        let award = self.program.award_ix(&self.example.award);
        self.scored.outcomes.iter().filter(move |outcome| outcome.award == award)
    }

    fn differences(&self, only_about: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        let counts = |award: &str| !only_about || award == self.example.award;
        let mut rest: Vec<&Outcome> = self
            .scored
            .outcomes
            .iter()
            .filter(|outcome| outcome.award.is_some_and(|a| counts(self.program.award_id(a))))
            .collect();
        for expected in self.example.expect.iter().filter(|expected| counts(&expected.award)) {
            let found = rest.iter().position(|outcome| self.is_about_the_same(outcome, expected));
            let message = match found.map(|at| rest.swap_remove(at)) {
                None => "没有得到这个结果".to_owned(),
                Some(outcome) if self.is_as_expected(outcome, expected) => continue,
                Some(outcome) => format!("实际结果是：{}", self.describe(outcome)),
            };
            problems.push(self.problem(&expected.range, message));
        }
        for outcome in rest {
            let message = format!("多出一个没有写明的结果：{}", self.describe(outcome));
            problems.push(self.problem(&self.example.expect_range, message));
        }
        problems
    }

    fn problem(&self, range: &std::ops::Range<usize>, message: String) -> Problem {
        Problem {
            code: Code::ExampleFails,
            range: range.clone(),
            message: format!("例子「{}」：{message}", self.example.title),
            remedy: "改例子里的结果；若例子是对的，改规则".to_owned(),
        }
    }

    fn is_about_the_same(&self, outcome: &Outcome, expected: &Expected) -> bool {
        let award = outcome.award.is_some_and(|a| self.program.award_id(a) == expected.award);
        let subject = match outcome.subject {
            Subject::Record(row) => self.facts.record(row).is_some_and(|record| {
                expected.record.as_deref() == Some(self.facts.text(record.id))
            }),
            Subject::Period(period) => expected.period == Some(period),
        };
        award && subject && is_text(&self.facts, outcome.resident, expected.resident.as_deref())
    }

    fn is_as_expected(&self, outcome: &Outcome, expected: &Expected) -> bool {
        outcome.kind == expected.outcome
            && outcome.points == expected.points
            && is_text(&self.facts, outcome.holder, expected.holder.as_deref())
            && expected.expires_on.is_none_or(|day| outcome.expires_on == Some(day))
    }

    fn describe(&self, outcome: &Outcome) -> String {
        let [_, _, award, _, holder, resident, record, period, date, points, expires, kind, why, _] =
            columns::texts(outcome, self.program, &self.facts);
        let subject = if record.is_empty() { period } else { record };
        let mut text = format!(
            "award = \"{award}\", holder = \"{holder}\", resident = \"{resident}\", \
             {subject}, {date}, points = {points}, outcome = \"{kind}\""
        );
        if !expires.is_empty() {
            text.push_str(&format!(", expires_on = {expires}"));
        }
        if !why.is_empty() {
            text.push_str(&format!("（{why}）"));
        }
        text
    }
}

fn is_text(facts: &Facts, sym: kangji_core::Sym, expected: Option<&str>) -> bool {
    expected.is_none_or(|expected| facts.text(sym) == expected)
}

/// What an example gives under a scheme, as the rows of `expect` in TOML. Rows that the example
/// has and that are right say what they said.
pub(crate) fn given(scheme: &Scheme, example: &Example) -> Result<Vec<String>, String> {
    let mut scheme = scheme.clone();
    scheme.in_force.from = scheme.since;
    let program = Program::new(vec![scheme]).map_err(|error| error.to_string())?;
    let run = Run::new(&program, example);
    let mut rest: Vec<&Expected> = example.expect.iter().collect();
    let row = |outcome: &Outcome| {
        let found = rest.iter().position(|expected| run.is_about_the_same(outcome, expected));
        let said = found.map(|at| rest.remove(at));
        run.row(outcome, said)
    };
    Ok(run.scored.outcomes.iter().filter(|outcome| outcome.award.is_some()).map(row).collect())
}

impl Run<'_> {
    /// An outcome as a row of `expect`, with the keys that the row before it had.
    fn row(&self, outcome: &Outcome, said: Option<&Expected>) -> String {
        let [_, _, award, _, holder, resident, record, period, _, points, expires, kind, _, _] =
            columns::texts(outcome, self.program, &self.facts);
        let several = self.example.tables.residents.len() > 1;
        let is_credited = outcome.kind == OutcomeKind::Credited;
        let text = |text: &str| crate::document::toml_text(text);
        let named = |is_wanted: bool, name: &str| is_wanted.then(|| text(name));
        let by_record = !record.is_empty();
        let said_holder = said.is_some_and(|said| said.holder.is_some());
        let said_resident = said.is_some_and(|said| said.resident.is_some());
        let parts = [
            ("award", named(award != self.example.award, &award)),
            ("record", named(by_record, &record)),
            ("period", named(!by_record, &period)),
            ("holder", named(said_holder || (holder != resident && !holder.is_empty()), &holder)),
            ("resident", named(said_resident || (several && !by_record), &resident)),
            ("points", is_credited.then_some(points)),
            ("outcome", named(!is_credited, &kind)),
            (
                "expires_on",
                said.and_then(|said| said.expires_on).filter(|_| is_credited).map(|_| expires),
            ),
        ];
        let parts =
            parts.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}", value?)));
        format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
    }
}
