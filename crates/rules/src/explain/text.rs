//! A statement as plain text: short lines for paper, a counter screen or a message.

use kangji_core::{PeriodKind, Points};

use super::{Counted, HelperAccount, Line, Prospect, Room, Statement};
use crate::{
    scheme::Bound,
    words::{date, one_of, stage_label, year_month},
};

impl Statement {
    /// The statement as text, a paragraph for each part that has something in it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut parts = vec![self.heading()];
        parts.extend(section("先请看这里", self.notices.iter().map(|said| format!("{said}。"))));
        parts.push(self.totals());
        let counted = self.counted.iter().flat_map(|counted| self.counted(counted));
        parts.extend(section("已经得到的", counted));
        parts.extend(self.helping.as_ref().map(|helping| self.helping(helping)));
        parts.extend(section("正在等的", self.waiting.iter().map(|line| self.line(line))));
        parts.extend(section("没有计分的", self.not_counted.iter().map(|line| self.line(line))));
        parts.extend(self.prospects());
        parts.extend(section("做什么能得积分", self.ways.iter().cloned()));
        parts.retain(|part| !part.is_empty());
        format!("{}\n", parts.join("\n\n"))
    }

    fn points(&self, points: Points) -> String {
        format!("{}分", self.decimals.short(points))
    }

    fn heading(&self) -> String {
        format!("{}\n{}的积分单　{}", self.scheme, self.holder, date(self.as_of))
    }

    fn totals(&self) -> String {
        let lines = self.counted.len() + self.not_counted.len() + self.waiting.len();
        if lines == 0 && self.helping.is_none() {
            return String::new();
        }
        let mut lines = vec![format!(
            "一共得了{}，现在还有效的{}（没有减去已经兑换的）。",
            self.points(self.credited),
            self.points(self.valid)
        )];
        lines.extend(self.expiring.iter().map(|(day, points)| {
            format!(
                "快到期：{}在{}以后作废，请早些兑换。",
                self.points(*points),
                date(day.previous())
            )
        }));
        lines.join("\n")
    }

    /// One award: its name and sum, then each time.
    fn counted(&self, counted: &Counted) -> Vec<String> {
        let article = counted.article.as_ref();
        let article = article.map_or(String::new(), |article| format!("（依据{article}）"));
        let head = format!(
            "{}　{}次，共{}{article}",
            counted.title,
            counted.lines.len(),
            self.points(counted.points)
        );
        let times = counted.lines.iter().map(|line| {
            let ward = line.ward.as_ref().map_or(String::new(), |ward| format!("（{ward}）"));
            let said = &line.explanation;
            let parts = [said.why.clone(), said.next.clone()];
            let rest: Vec<String> = parts.into_iter().flatten().collect();
            format!("  {}{ward}：{}，{}", date(said.date), said.what, rest.join("，"))
        });
        std::iter::once(head).chain(times).collect()
    }

    fn line(&self, line: &Line) -> String {
        let ward = line.ward.as_ref().map_or(String::new(), |ward| format!("（{ward}）"));
        let said = &line.explanation;
        format!("{} {}{ward}：{}", date(said.date), said.title, said.sentence())
    }

    fn helping(&self, helping: &HelperAccount) -> String {
        let title = if helping.receipts.is_empty() { "每月合计" } else { "上报和协助" };
        let mut lines = vec![format!("【{title}】")];
        let receipts = helping.receipts.iter();
        lines.extend(receipts.map(|one| format!("{} {}：已收到。", date(one.date), one.title)));
        let months = helping.months.iter();
        lines.extend(months.map(|total| {
            format!("{}合计{}。", year_month(total.month), self.points(total.points))
        }));
        lines.push(format!(
            "这个月的合计{}起可查。为保护别人的隐私，只告诉您合计，不告诉单件的结果。",
            date(helping.next_total_on)
        ));
        lines.join("\n")
    }

    fn prospects(&self) -> Vec<String> {
        let mut own: Vec<String> = Vec::new();
        let mut wards: Vec<(String, Vec<String>)> = Vec::new();
        for prospect in &self.prospects {
            let ward = self.wards.iter().find(|(ward, _)| *ward == prospect.resident);
            let said = self.prospect(prospect);
            match (ward, wards.last_mut()) {
                (None, _) => own.push(said),
                (Some((_, name)), Some((last, list))) if last == name => list.push(said),
                (Some((_, name)), _) => wards.push((name.clone(), vec![said])),
            }
        }
        let mut parts: Vec<String> = section("还可以得的", own.into_iter()).into_iter().collect();
        parts.extend(wards.into_iter().filter_map(|(name, list)| {
            section(&format!("带{name}还可以得的，积分归您"), list.into_iter())
        }));
        let full = |title: &str, names: &[String]| {
            (!names.is_empty()).then(|| format!("{title}：{}。", names.join("、")))
        };
        let closing = [
            full("今年已得满", &self.full_this_year),
            full("已经得过、不再重复计分", &self.full_for_good),
        ];
        let closing: Vec<String> = closing.into_iter().flatten().collect();
        parts.push(closing.join("\n"));
        parts
    }

    fn prospect(&self, prospect: &Prospect) -> String {
        let points = self.points(prospect.points);
        let comes_once = matches!(
            prospect.room.as_slice(),
            [Room { per: PeriodKind::Life, most: Bound::Times(1), .. }]
        ) && prospect.open.is_empty();
        let mut parts = vec![match (&prospect.unit, prospect.counted_on) {
            (Some(unit), _) => format!("每{unit}{points}"),
            (None, Some(day)) => format!("{points}，{}计算", date(day)),
            (None, None) if comes_once => format!("{points}，只计1次"),
            (None, None) => format!("每次{points}"),
        }];
        match prospect.again_on {
            Some(day) => parts.push(format!("眼下已满，{}起又可以得", date(day))),
            None if !prospect.open.is_empty() => {
                let open: Vec<String> = prospect.open.iter().map(|one| stage_label(one)).collect();
                parts.push(format!("还可得{}的", one_of(&open)));
            }
            // A period award without a limit comes once with each period, and says when.
            None if comes_once || (prospect.counted_on.is_some() && prospect.room.is_empty()) => {}
            None => parts.extend(self.room(&prospect.room)),
        }
        parts.extend(prospect.missing.iter().cloned());
        if prospect.counted_on.is_some() && prospect.missing.is_empty() {
            parts.push("条件已经够了".to_owned());
        }
        parts.extend(prospect.notes.iter().cloned());
        let deed = if prospect.deed.is_empty() {
            String::new()
        } else {
            format!("（{}）", prospect.deed)
        };
        format!("{}{deed}：{}。", prospect.title, parts.join("，"))
    }

    fn room(&self, room: &[Room]) -> Vec<String> {
        let amount = |bound: Bound| match bound {
            Bound::Times(times) => format!("{times}次"),
            Bound::Points(points) => self.points(points),
        };
        let said = |room: &Room| match room.per {
            // What is left of today matters less than what a day allows.
            PeriodKind::Day => format!("每天至多{}", amount(room.most)),
            PeriodKind::Month => format!("本月还可{}", amount(room.left)),
            PeriodKind::Quarter => format!("本季度还可{}", amount(room.left)),
            PeriodKind::Year => format!("今年还可{}", amount(room.left)),
            PeriodKind::Life => format!("总共还可{}", amount(room.left)),
        };
        if room.is_empty() {
            vec!["次数不限".to_owned()]
        } else {
            room.iter().map(said).collect()
        }
    }
}

/// A titled part; `None` where nothing is in it.
fn section(title: &str, lines: impl Iterator<Item = String>) -> Option<String> {
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| format!("【{title}】\n{}", lines.join("\n")))
}
