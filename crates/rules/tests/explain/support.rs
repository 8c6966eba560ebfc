//! Shipped schemes, and facts written the way the documents write their examples.

use std::{fs, num::NonZeroUsize, path::Path, sync::OnceLock};

use kangji_core::{Day, tables::Tables, vocabulary::Vocabulary};
use kangji_rules::{
    document::read,
    explain::{Statement, Viewer, statement},
    scheme::Scheme,
    score::{Facts, Options, Outcome, Program, score},
};

pub(crate) const SHIPPED: [&str; 3] = ["panzhihua-xiqu", "tonghui", "shenzhen"];

pub(crate) fn document(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemes");
    fs::read_to_string(folder.join(format!("{name}.md"))).expect("a shipped document")
}

/// A shipped scheme; read once, since reading runs all its examples.
pub(crate) fn scheme(name: &str) -> Scheme {
    static READ: OnceLock<Vec<Scheme>> = OnceLock::new();
    let all = READ.get_or_init(|| {
        let read = |name| read(&document(name), &Vocabulary::national()).scheme;
        SHIPPED.iter().filter_map(|name| read(name)).collect()
    });
    all.iter().find(|scheme| scheme.id == name).expect("shipped documents are sound").clone()
}

/// Scored facts under one scheme.
pub(crate) struct World {
    pub(crate) program: Program,
    pub(crate) facts: Facts,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) words: Vocabulary,
    pub(crate) as_of: Day,
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// The tables of an example, written as in scheme documents.
pub(crate) fn tables(name: &str, body: &str) -> Tables {
    let award = &scheme(name).awards[0].id;
    let block = format!(
        "\n\n```toml example\ntitle = \"例\"\naward = \"{award}\"\nas_of = 2026-01-01\n\
         expect = []\n{body}\n```\n"
    );
    let read = read(&(document(name) + &block), &Vocabulary::national());
    let sound = read.examples.last().filter(|example| example.title == "例");
    sound.unwrap_or_else(|| panic!("{:?}", read.problems)).tables.clone()
}

impl World {
    pub(crate) fn new(name: &str, tables: Tables, as_of: Day) -> Self {
        Self::under(vec![scheme(name)], tables, as_of)
    }

    pub(crate) fn under(versions: Vec<Scheme>, tables: Tables, as_of: Day) -> Self {
        let program = Program::new(versions).expect("versions of one scheme");
        let facts = Facts::new(tables);
        let options = Options { as_of, all: true, threads: NonZeroUsize::MIN };
        let outcomes = score(&program, &facts, options).outcomes;
        Self { program, facts, outcomes, words: Vocabulary::national(), as_of }
    }

    pub(crate) fn read(name: &str, as_of: &str, body: &str) -> Self {
        Self::new(name, tables(name, body), day(as_of))
    }

    pub(crate) fn viewer(&self, id: &str) -> Viewer {
        Viewer::person(id, &self.facts)
    }

    pub(crate) fn statement(&self, holder: &str, viewer: Viewer) -> Statement {
        let Self { program, facts, outcomes, words, as_of } = self;
        statement(program, facts, words, outcomes, holder, *as_of, viewer)
    }
}
