//! The pages of the shipped schemes: complete, with links that lead somewhere.

use std::{collections::BTreeSet, fs, path::Path};

use kangji_rules::document::read;

use super::*;

fn shipped(name: &str) -> (Scheme, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemes");
    let text = fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
    let words = Vocabulary::national();
    let document = read(&text, &words);
    let scheme = document.scheme.clone().unwrap();
    let page = scheme_page(&text, &document, &scheme, &words);
    (scheme, page)
}

/// What stands between each `before` and the next quote.
fn values<'p>(page: &'p str, before: &'p str) -> impl Iterator<Item = &'p str> {
    page.split(before).skip(1).map(|rest| rest.split('"').next().unwrap())
}

#[test]
fn every_rule_and_example_is_on_the_page() {
    for (name, examples) in [("panzhihua-xiqu", 63), ("tonghui", 19), ("shenzhen", 19)] {
        let (scheme, page) = shipped(name);
        for award in &scheme.awards {
            assert_eq!(page.matches(&format!("id=\"award-{}\"", award.id)).count(), 1);
            assert_eq!(page.matches(&format!("href=\"#award-{}\"", award.id)).count(), 1);
        }
        for item in &scheme.items {
            assert_eq!(page.matches(&format!("id=\"item-{}\"", item.id)).count(), 1);
        }
        assert_eq!(page.matches("class=\"example\"").count(), examples, "{name}");
        assert!(page.contains("class=\"badge\">待确认") && page.contains(&scheme.digest_text()));
        // Every block was drawn: what is left of the source is folded.
        assert_eq!(page.matches("<pre>").count(), page.matches("<details>").count(), "{name}");
    }
}

#[test]
fn anchors_are_unique_and_links_lead_somewhere() {
    for name in ["panzhihua-xiqu", "tonghui", "shenzhen"] {
        let (_, page) = shipped(name);
        let ids: Vec<&str> = values(&page, " id=\"").collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{name}");
        for target in values(&page, "href=\"#") {
            assert!(distinct.contains(target), "{name}: #{target}");
        }
        for label in values(&page, "aria-labelledby=\"") {
            assert!(distinct.contains(label), "{name}: {label}");
        }
    }
}

#[test]
fn headings_go_down_one_step_at_a_time() {
    for name in ["panzhihua-xiqu", "tonghui", "shenzhen"] {
        let (_, page) = shipped(name);
        let levels = page.match_indices("<h").filter_map(|(at, _)| {
            page.get(at + 2..at + 3).and_then(|level| level.parse::<u8>().ok())
        });
        let levels: Vec<u8> = levels.collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    }
}

#[test]
fn a_page_loads_and_runs_nothing() {
    let (_, page) = shipped("tonghui");
    for bad in ["<script", "<img", "<link", "<iframe", "url(", "@import", "://"] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(page.contains("default-src 'none'"), "the policy is not escaped");
}
