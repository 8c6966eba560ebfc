//! The shipped scheme documents: sound, and every award with an example that earns and one that
//! does not.

use std::{fs, path::Path};

use kangji_core::vocabulary::Vocabulary;
use kangji_rules::document::{line_and_column, read};

/// Rules that no shipped document has: ranks, limits and awards that give way across residents,
/// parts of points.
#[test]
fn worked_documents_have_no_problem() {
    let text = include_str!("worked/across.md");
    let document = read(text, &Vocabulary::national());
    let problems = document.problems.iter().map(|problem| {
        format!("{:?}: {}", line_and_column(text, problem.range.start), problem.message)
    });
    let problems: Vec<String> = problems.collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn shipped_documents_have_no_problem() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemes");
    let mut problems = Vec::new();
    for (name, awards, items) in
        [("panzhihua-xiqu", 23, 12), ("tonghui", 7, 5), ("shenzhen", 10, 0)]
    {
        let text = fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
        let document = read(&text, &Vocabulary::national());
        for problem in &document.problems {
            let (line, column) = line_and_column(&text, problem.range.start);
            problems.push(format!(
                "{name}:{line}:{column} {}: {} ({})",
                problem.code.word(),
                problem.message,
                problem.remedy
            ));
        }
        if let Some(scheme) = document.scheme {
            assert_eq!((scheme.id.as_str(), scheme.awards.len()), (name, awards));
            assert_eq!(scheme.items.len(), items);
            assert!(document.examples.len() >= 2 * awards - 2, "{name}");
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
