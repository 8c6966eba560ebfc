//! The tables of a report, each with a last line that is the headline again.

use kangji_core::{Division, Points};
use kangji_rules::{
    score::{OutOfScope, Program},
    words::year_month,
};
use maud::{Markup, html};

use super::{
    bars::{bar, columns},
    few_people::{few, hidden},
    figures::{AGE_BANDS, Figures, NOT_RECORDED, POINT_BANDS, Tally},
    wording::{count_text, out_of_scope_label, points_text},
};

/// The figures, ready to be shown.
pub(super) struct Tables<'a> {
    pub(super) program: &'a Program,
    pub(super) figures: &'a Figures,
}

impl Tables<'_> {
    /// An amount as people read it.
    pub(super) fn points(&self, points: Points) -> String {
        points_text(points, self.program.decimals())
    }

    fn tally(&self, tally: &Tally) -> Markup {
        html! {
            td.number data-unit="笔" { (count_text(tally.credited)) }
            td.number data-unit="人" { (count_text(tally.people)) }
            td.number data-unit="分" { (self.points(tally.points)) }
        }
    }

    /// Points by month.
    pub(super) fn months(&self) -> Markup {
        let months = &self.figures.months;
        let heights: Vec<_> = months.iter().map(|(day, tally)| (*day, tally.points.0)).collect();
        html! {
            section aria-labelledby="by-month" {
                h2 id="by-month" { "每个月" }
                @if months.len() > 1 { (columns(&heights)) }
                table.wide {
                    caption { "按服务日期的月份；到期末才算的项目记在期末那天" }
                    thead { (head(&["月份", "笔数", "服务居民", "积分"])) }
                    tbody {
                        @for (day, tally) in months {
                            tr { th.when scope="row" { (year_month(*day)) } (self.tally(tally)) }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "合计（每人只数一次）" }
                            (self.tally(&self.figures.total()))
                        }
                    }
                }
            }
        }
    }

    /// Points by community, those about few people hidden.
    pub(super) fn communities(&self) -> Markup {
        let lines = &self.figures.communities;
        let hidden = hidden(lines);
        let most = lines.iter().map(|(_, tally)| tally.points.0).max().unwrap_or_default();
        let name = |place: &Option<Division>| {
            place.map_or("没有登记".to_owned(), |division| division.to_string())
        };
        html! {
            section aria-labelledby="by-community" {
                h2 id="by-community" { "各村（社区）" }
                table.wide {
                    caption { "按居民当天住的村（社区）；横条是积分" }
                    thead { (head(&["区划代码", "笔数", "服务居民", "积分"])) }
                    tbody {
                        @for (place, tally) in lines {
                            @let is_hidden = hidden.contains(place);
                            tr {
                                th scope="row" {
                                    span.code { (name(place)) }
                                    @if !is_hidden { (bar(tally.points.0, most)) }
                                }
                                @if is_hidden { (few(tally.people)) } @else { (self.tally(tally)) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "合计（每人只数一次）" }
                            (self.tally(&self.figures.total()))
                        }
                    }
                }
            }
        }
    }

    /// Points by age band and sex, those about few people hidden.
    pub(super) fn ages(&self) -> Markup {
        let lines = &self.figures.ages;
        let hidden = hidden(lines);
        let most = lines.iter().map(|(_, tally)| tally.points.0).max().unwrap_or_default();
        let sex = |number: usize| ["女", "男", "性别没有登记"].get(number).copied().unwrap_or("");
        let mut bands: Vec<usize> = lines.iter().map(|((band, _), _)| *band).collect();
        bands.dedup();
        html! {
            section aria-labelledby="by-age" {
                h2 id="by-age" { "年龄和性别" }
                table.wide {
                    caption { "按服务居民在计算日的年龄；横条是积分" }
                    thead { (head(&["年龄、性别", "笔数", "服务居民", "积分"])) }
                    @for band in bands {
                        tbody {
                            tr.group { th colspan="4" scope="rowgroup" { (age_text(band)) } }
                            @for (key, tally) in lines.iter().filter(|(key, _)| key.0 == band) {
                                @let is_hidden = hidden.contains(key);
                                tr {
                                    th scope="row" {
                                        (sex(key.1))
                                        @if !is_hidden { (bar(tally.points.0, most)) }
                                    }
                                    @if is_hidden { (few(tally.people)) }
                                    @else { (self.tally(tally)) }
                                }
                            }
                        }
                    }
                    tfoot {
                        tr { th scope="row" { "合计" } (self.tally(&self.figures.total())) }
                    }
                }
            }
        }
    }

    /// How many people hold how many points.
    pub(super) fn holders(&self) -> Markup {
        let lines = &self.figures.holders;
        let most = lines.iter().map(|(_, people, _)| *people).max().unwrap_or_default();
        let length = |people: u64| i64::try_from(people).unwrap_or(i64::MAX);
        let summary = &self.figures.summary;
        html! {
            section aria-labelledby="by-holder" {
                h2 id="by-holder" { "每个人得了多少" }
                table {
                    caption { "得分的人按得分多少分组；横条是人数" }
                    thead { (head(&["得分", "人数", "积分"])) }
                    tbody {
                        @for (band, people, points) in lines {
                            tr {
                                th scope="row" {
                                    (band_text(*band)) (bar(length(*people), length(most)))
                                }
                                td.number { (count_text(*people)) }
                                td.number { (self.points(*points)) }
                            }
                        }
                        @if summary.communities > 0 {
                            tr {
                                th scope="row" { "村（社区）名下" }
                                td.number { (count_text(summary.communities as u64)) "个" }
                                td.number { (self.points(self.figures.community_points)) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "合计" }
                            td.number { (count_text(summary.people as u64)) }
                            td.number { (self.points(self.figures.points())) }
                        }
                    }
                }
            }
        }
    }

    /// When the points lapse: what may still be redeemed, and until when.
    pub(super) fn lapsing(&self) -> Markup {
        let lines = &self.figures.lapsing;
        let most = lines.iter().map(|(_, points)| points.0).max().unwrap_or_default();
        html! {
            section aria-labelledby="by-expiry" {
                h2 id="by-expiry" { "什么时候到期" }
                table {
                    caption { "发出的积分按最后能用的月份；兑换掉多少这里看不到" }
                    thead { (head(&["用到", "积分"])) }
                    tbody {
                        @if self.figures.lapsed > Points::ZERO {
                            tr {
                                th scope="row" { "计算日以前已经过期" }
                                td.number { (self.points(self.figures.lapsed)) }
                            }
                        }
                        @for (month, points) in lines {
                            tr {
                                th scope="row" {
                                    @if let Some(day) = month { (year_month(*day)) }
                                    @else { "长期有效" }
                                    (bar(points.0, most))
                                }
                                td.number { (self.points(*points)) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "合计" }
                            td.number { (self.points(self.figures.points())) }
                        }
                    }
                }
            }
        }
    }

    /// What became of the records, each counted once.
    pub(super) fn fates(&self) -> Markup {
        let fates = &self.figures.fates;
        let line = |name: &str, count: u64| {
            html! { tr { th scope="row" { (name) } td.number { (count_text(count)) } } }
        };
        html! {
            section aria-labelledby="fates" {
                h2 id="fates" { "每条记录的去处" }
                table {
                    caption { "收到的记录，每条只数一次" }
                    thead { (head(&["去处", "条数"])) }
                    tbody {
                        (line("至少在一个项目上计了分", fates.credited))
                        (line("有项目，但没有计分或还在等", fates.without_credit))
                        (line("没有对上按次计分的项目（期末才算的项目可能用到）", fates.no_candidate))
                        (line("记录已作废", fates.void))
                        @for (why, count) in OutOfScope::ALL.into_iter().zip(fates.out_of_scope) {
                            (line(out_of_scope_label(why), count))
                        }
                    }
                    tfoot { (line("合计", fates.total())) }
                }
            }
        }
    }
}

/// A head row: the first column names the lines, the others hold numbers.
pub(super) fn head(names: &[&str]) -> Markup {
    html! {
        tr {
            @for (place, name) in names.iter().enumerate() {
                th.number[place > 0] scope="col" { (name) }
            }
        }
    }
}

fn age_text(band: usize) -> String {
    if band == NOT_RECORDED {
        return "年龄没有登记".to_owned();
    }
    let first = AGE_BANDS.get(band).copied().unwrap_or_default();
    match AGE_BANDS.get(band + 1) {
        Some(next) => format!("{first}～{}岁", next - 1),
        None => format!("{first}岁及以上"),
    }
}

fn band_text(band: usize) -> String {
    let least = POINT_BANDS.get(band).copied().unwrap_or_default();
    match (least, POINT_BANDS.get(band + 1)) {
        (0, _) => "0分".to_owned(),
        (1, Some(next)) => format!("不满{next}分"),
        (_, Some(next)) => format!("{least}分到不满{next}分"),
        (_, None) => format!("{least}分及以上"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_have_no_gap() {
        assert_eq!(age_text(0), "0～6岁");
        assert_eq!(age_text(5), "75岁及以上");
        let bands: Vec<String> = (0..POINT_BANDS.len()).map(band_text).collect();
        assert_eq!(bands.first().unwrap(), "0分");
        assert_eq!(bands.get(1).unwrap(), "不满50分");
        assert_eq!(bands.last().unwrap(), "1000分及以上");
    }
}
