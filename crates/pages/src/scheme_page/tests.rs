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

/// P4, P9: residents read of vouchers where the notice speaks of them, and among the facts.
#[test]
fn vouchers_are_told_p4() {
    let (_, page) = shipped("panzhihua-xiqu");
    assert_eq!(page.matches("《攀枝花市西区居民健康积分券》上，券号以XQ开头").count(), 2);
    let (_, page) = shipped("shenzhen");
    assert!(!page.contains("券号"));
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

/// T3, T13, T14: what is discouraged, whom a pack is for and what is a service stand on the page.
#[test]
fn what_points_bring_is_told() {
    let (_, page) = shipped("tonghui");
    let sentence = "原则上不换实物；订了以后7天内来取；换错了7天内可以退。";
    // Among the facts, and where the document says it.
    assert_eq!(page.matches(sentence).count(), 2);
    assert!(page.contains("兑换对象：村（社区）干部、社会工作者、网格员或村（居）民小组长；"));
    assert!(page.contains("<p class=\"rule\">选哪样算哪样；是服务，不是实物；由通惠街道"));
    let (_, page) = shipped("shenzhen");
    assert_eq!(page.matches("订了以后7天内来取；换错了7天内可以退。").count(), 1);
}

#[test]
fn an_item_that_says_more_than_its_name_has_a_sentence() {
    let (scheme, words) = (shipped("panzhihua-xiqu").0, Vocabulary::national());
    let text = "[[item]]\nid = \"a\"\nname = \"口罩\"\npoints = 5\nquantity = 3\n\
                [[item]]\nid = \"b\"\nname = \"手消液\"\npoints = 5\n\
                [[item]]\nid = \"c\"\nname = \"牙刷\"\npoints = 5\n\
                contents = [{ name = \"牙刷\", pieces = 2 }]\n\
                [[item]]\nid = \"d\"\nname = \"自选\"\nby_content = true\n\
                contents = [{ name = \"纸\", points = 1, pieces = 4 }, \
                { name = \"理发\", points = 2, service = true }]\n";
    let (items, problems) = kangji_rules::document::read_items(text, "本店", &scheme, &words);
    assert_eq!(problems, []);
    let all: Vec<_> = items.iter().collect();
    let page = catalogue::items(&all, 3, &scheme, &words).into_string();
    let rules: Vec<&str> = page
        .split("<p class=\"rule\">")
        .skip(1)
        .map(|rest| rest.split("</p>").next().unwrap())
        .collect();
    assert_eq!(rules, ["5分；一共3份，换完为止。", "5分：牙刷（2件）。", "选哪样算哪样。"]);
    assert!(page.contains("<li>纸（4件） <b>1分</b></li><li>理发（服务） <b>2分</b></li>"));
}
