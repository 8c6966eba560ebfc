//! Scheme documents: Markdown that residents read, with the rules that carry it out.
//!
//! [`read`] turns the text of a document into a checked [`Scheme`] and its worked examples, or
//! into the list of everything that is wrong with it. It reads no file and knows no record.

mod award;
mod award_text;
mod catalogue;
mod check;
mod conditions;
mod example;
mod fields;
mod front;
mod front_text;
mod item;
mod item_text;
mod markdown;
mod never;
mod problem;
mod provider;
mod written;

use std::{collections::BTreeSet, ops::Range};

use kangji_core::{DayRange, vocabulary::Vocabulary};
use sm3::{Digest, Sm3};
use toml::de::{DeTable, DeValue};

pub(crate) use award::KEY_PARTS_MAX;
pub(crate) use award_text::award_keys;
pub use example::{Example, Expected};
pub use front_text::Terms;
pub(crate) use front_text::front_keys;
pub use item_text::item_text;
pub use markdown::{Block, BlockKind, markdown_options};
pub use problem::{Code, Problem, line_and_column};
pub use provider::read_items;
pub(crate) use written::text as toml_text;

use crate::scheme::Scheme;
use award::Context;
use check::Placed;
use fields::{Fields, Sink};

/// A document as it was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// The scheme; `None` where a problem other than advice was found.
    pub scheme: Option<Scheme>,
    /// The scheme as far as it could be made out, whatever is wrong with it: for forms and
    /// comparisons, never for scoring.
    pub made_out: Option<Scheme>,
    /// The bytes of the front matter.
    pub front: Option<Range<usize>>,
    /// What its rules say, even where a worked example expects something else: to be tried out, not
    /// to be published. `None` where anything else is wrong.
    pub rules: Option<Scheme>,
    /// The worked examples that can be scored.
    pub examples: Vec<Example>,
    /// Everything that is wrong, in the order of the text.
    pub problems: Vec<Problem>,
    /// The rule and example blocks, in the order of the text.
    pub blocks: Vec<Block>,
}

/// Reads the text of a scheme document (UTF-8, without a byte order mark) and runs its worked
/// examples. Never fails: all problems are in the result.
#[must_use]
pub fn read(text: &str, words: &Vocabulary) -> Document {
    let sink = Sink::default();
    let structure = markdown::structure(text, &sink);
    let mut contents = Contents::default();
    let scheme = match &structure.front {
        None => {
            let message = "文件开头没有 `+++` 之间的说明";
            let remedy =
                "第一行写 +++，接着写 id、title、issuer、division、in_force、points，再写 +++";
            sink.report(Code::Structure, &(0..text.len().min(1)), message, remedy);
            None
        }
        Some(range) => {
            let table = parse(text, range, &sink);
            let front = front::front(Fields::new(&table, range.clone(), range.start, &sink), words);
            for block in &structure.blocks {
                contents.read_block(text, block, &front, words, &sink);
            }
            contents.check(&front, &structure.blocks, &sink);
            if !front.decides_examples {
                contents.examples.clear();
            }
            if !front.expiry_is_known {
                contents.forget_expiry();
            }
            Some((contents.scheme(front, text), contents))
        }
    };
    let mut problems = without_echoes(sink.into_problems());
    let (scheme, examples) = match scheme {
        None => (None, Vec::new()),
        Some((scheme, contents)) => {
            contents.try_examples(&scheme, &mut problems);
            (Some(scheme), contents.examples)
        }
    };
    let problems = in_order(text, problems);
    let publishable = |problem: &Problem| problem.code.is_advice();
    let whole = problems.iter().all(publishable);
    let sound = |problem: &Problem| publishable(problem) || problem.code == Code::ExampleFails;
    let rules = scheme.clone().filter(|_| problems.iter().all(sound));
    Document {
        made_out: scheme.clone(),
        rules,
        scheme: scheme.filter(|_| whole),
        front: structure.front,
        examples,
        problems,
        blocks: structure.blocks,
    }
}

/// The problems in the order of the text, each once.
fn in_order(text: &str, mut problems: Vec<Problem>) -> Vec<Problem> {
    for problem in &mut problems {
        problem.range = whole_characters(text, &problem.range);
    }
    problems.sort_by_key(|problem| (problem.range.start, problem.range.end, problem.code));
    problems.dedup();
    problems
}

/// The range, widened where it would cut a character in two.
fn whole_characters(text: &str, range: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(range.start);
    start..text.ceil_char_boundary(range.end).max(start)
}

/// Drops what is wrong with a value only because its syntax is: it is reported already.
fn without_echoes(mut problems: Vec<Problem>) -> Vec<Problem> {
    let broken = problems.iter().filter(|problem| problem.code == Code::Syntax);
    let broken: Vec<Range<usize>> = broken.map(|problem| problem.range.clone()).collect();
    problems.retain(|problem| {
        problem.code == Code::Syntax
            || !broken.iter().any(|place| (place.start..=place.end).contains(&problem.range.start))
    });
    problems
}

/// Parses a block as TOML; syntax errors are reported and what could be read is returned.
fn parse<'t>(text: &'t str, range: &Range<usize>, sink: &Sink) -> DeTable<'t> {
    let source = text.get(range.clone()).unwrap_or_default();
    let (table, errors) = DeTable::parse_recoverable(source);
    let start = |error: &toml::de::Error| range.start + error.span().map_or(0, |span| span.start);
    sink.set_broken(text, range, errors.iter().map(start).collect());
    for error in errors {
        let span = error.span().unwrap_or(0..source.len());
        let place = range.start + span.start..range.start + span.end;
        let message = format!("TOML 写法有误：{}", error.message());
        sink.report(Code::Syntax, &place, message, "对照 docs/scheme-documents.md 中的写法");
    }
    table.into_inner()
}

/// What the blocks of a document hold.
#[derive(Default)]
struct Contents {
    awards: Vec<Placed>,
    items: Vec<crate::scheme::Item>,
    redemption: Option<crate::scheme::Redemption>,
    vouchers: Option<crate::scheme::Vouchers>,
    benefits: Vec<crate::scheme::Benefit>,
    deductions: Vec<crate::scheme::Deduction>,
    examples: Vec<Example>,
    catalogue_ids: Vec<(String, Range<usize>)>,
}

impl Contents {
    fn read_block(
        &mut self,
        text: &str,
        block: &Block,
        front: &front::Front,
        words: &Vocabulary,
        sink: &Sink,
    ) {
        let table = parse(text, &block.range, sink);
        let mut fields = Fields::new(&table, block.range.clone(), block.range.start, sink);
        match block.kind {
            BlockKind::Example => {
                let (decimals, division) = (front.decimals, front.division);
                let setting = example::Setting { words, decimals, division };
                self.examples.extend(example::example(fields, &setting));
            }
            BlockKind::Rules => {
                if block.basis.is_empty() {
                    let message = "规则上面没有标题，无法注明依据";
                    fields.report(
                        Code::Structure,
                        message,
                        "在上面写二级或更低的标题，如 ## 附件1",
                    );
                }
                let context =
                    Context { words, decimals: front.decimals, block: block.range.clone() };
                self.read_rules(&mut fields, &block.basis, &context);
                fields.finish();
            }
        }
    }

    fn read_rules(&mut self, fields: &mut Fields<'_>, basis: &[String], context: &Context<'_>) {
        for table in tables(fields, "award") {
            self.awards.extend(award::award(table, basis, context));
        }
        for table in tables(fields, "item") {
            let place = table.range.clone();
            if let Some(item) = item::item(table, basis, context) {
                self.catalogue_ids.push((format!("item {}", item.id), place));
                self.items.push(item);
            }
        }
        if let Some(node) = fields.get("redemption") {
            if self.redemption.is_some() {
                node.report(Code::Duplicate, "`[redemption]` 已经写过", "合成一处，只写一次");
            }
            let table = node.fields("[redemption]");
            self.redemption = table.map(|table| catalogue::redemption(table, basis));
        }
        if let Some(node) = fields.get("vouchers") {
            if self.vouchers.is_some() {
                node.report(Code::Duplicate, "`[vouchers]` 已经写过", "合成一处，只写一次");
            }
            let table = node.fields("[vouchers]");
            self.vouchers = table.and_then(|table| catalogue::vouchers(table, basis));
        }
        for table in tables(fields, "benefit") {
            let place = table.range.clone();
            if let Some(benefit) = catalogue::benefit(table, basis, context) {
                self.catalogue_ids.push((format!("benefit {}", benefit.id), place));
                self.benefits.push(benefit);
            }
        }
        for table in tables(fields, "deduction") {
            let place = table.range.clone();
            if let Some(deduction) = catalogue::deduction(table, basis) {
                self.catalogue_ids.push((format!("deduction {}", deduction.id), place));
                self.deductions.push(deduction);
            }
        }
    }

    fn check(&self, front: &front::Front, blocks: &[Block], sink: &Sink) {
        let ids = self.catalogue_ids.iter();
        check::duplicate_ids(ids.map(|(id, place)| (id.as_str(), place)), sink);
        check::check(front, &self.awards, sink);
        check::examples(&self.examples, &self.awards, sink);
        if !blocks.iter().any(|block| block.kind == BlockKind::Rules) {
            let message = "文件里没有一个规则代码块";
            sink.report(
                Code::Structure,
                &(0..0),
                message,
                "在条款下面写 ```toml 代码块和 [[award]]",
            );
        }
    }

    fn scheme(&self, front: front::Front, text: &str) -> Scheme {
        let in_force = front.in_force.unwrap_or(DayRange::ALWAYS);
        Scheme {
            id: front.id,
            title: front.title,
            issuer: front.issuer,
            division: front.division,
            in_force: DayRange {
                from: front.revised_from.unwrap_or(in_force.from),
                to: in_force.to,
            },
            since: in_force.from,
            decimals: front.decimals,
            expiry: front.expiry,
            redeem_minimum: front.redeem_minimum,
            eligible: front.eligible,
            adjustments: front.adjustments,
            max_window: front.max_window,
            awards: self.awards.iter().map(|(award, _)| award.clone()).collect(),
            items: self.items.clone(),
            redemption: self.redemption.clone().unwrap_or_default(),
            vouchers: self.vouchers.clone(),
            benefits: self.benefits.clone(),
            deductions: self.deductions.clone(),
            digest: Sm3::digest(text.as_bytes()).into(),
        }
    }

    /// Takes the days on which points lapse out of the examples' expectations.
    fn forget_expiry(&mut self) {
        let expected = self.examples.iter_mut().flat_map(|example| &mut example.expect);
        expected.for_each(|expected| expected.expires_on = None);
    }

    /// Runs the examples and asks for those that lack. Where something is wrong with awards,
    /// only the examples about the others are run.
    fn try_examples(&self, scheme: &Scheme, problems: &mut Vec<Problem>) {
        let clean = problems.is_empty();
        let is_whole = |id: &str| {
            let mut same = self.awards.iter().filter(|(award, _)| award.id == id);
            same.all(|(_, places)| !problems.iter().any(|p| places.block.contains(&p.range.start)))
        };
        let sound = self.awards.iter().map(|(award, _)| award).filter(|award| {
            is_whole(&award.id) && award.yields_to.iter().all(|winner| is_whole(&winner.award))
        });
        let sound: BTreeSet<String> = sound.map(|award| award.id.clone()).collect();
        let shown = crate::examples::run(scheme, &self.examples, (!clean).then_some(&sound));
        let (earned, not_earned) = (&shown.earned, &shown.not_earned);
        let lacking = self.awards.iter().filter(|_| clean).filter_map(|(award, places)| {
            let lacks = match (earned.contains(&award.id), not_earned.contains(&award.id)) {
                (true, true) => return None,
                (true, false) => "没有一个不计分的例子",
                (false, true) => "没有一个计分的例子",
                (false, false) => "没有例子",
            };
            Some(Problem {
                code: Code::NoExample,
                range: places.of_key("id").clone(),
                message: format!("项目 `{}` {lacks}", award.id),
                remedy: "在规则下面写 ```toml example 代码块".to_owned(),
            })
        });
        problems.extend(lacking);
        problems.extend(shown.problems);
    }
}

/// The tables of an array of tables; a single table under the name is a mistake.
fn tables<'a>(fields: &mut Fields<'a>, name: &'static str) -> Vec<Fields<'a>> {
    let Some(node) = fields.get(name) else { return Vec::new() };
    if let DeValue::Table(_) = node.value {
        let message = format!("`[{name}]` 应写成 `[[{name}]]`");
        node.report(Code::WrongType, message, "用两层方括号");
        return node.fields("").into_iter().collect();
    }
    node.list_or_empty().iter().filter_map(|node| node.fields(&format!("[[{name}]]"))).collect()
}
