//! Reading a scheme document: no text panics, every problem lies inside the text, and a document
//! without problems has a scheme.

#![no_main]

use kangji_core::vocabulary::Vocabulary;
use kangji_rules::document::{line_and_column, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let document = read(text, &Vocabulary::national());
    for problem in &document.problems {
        assert!(text.get(problem.range.clone()).is_some(), "{:?}", problem.range);
        assert!(!problem.message.is_empty() && !problem.remedy.is_empty());
        let _ = line_and_column(text, problem.range.start);
    }
    let sound = document.problems.iter().all(|problem| problem.code.is_advice());
    assert_eq!(document.scheme.is_some(), sound);
});
