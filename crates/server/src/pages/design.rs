//! The page that shows every building block, so that a new page is made of what is there and a
//! change of style is seen in one place.

use maud::{Markup, html};

use super::{
    Page, Pages,
    parts::{self, Column, Field, Kind, Tone},
    visit::Guest,
};
use crate::problem::Problem;

pub(super) fn pages() -> Pages {
    Pages::default().get("/design", show)
}

async fn show(guest: Guest) -> Page {
    guest.page("页面部件", html! { (words()) (figures()) (tables()) (fields()) })
}

fn words() -> Markup {
    html! {
        h2 { "文字" }
        p.lead { "导语：一句话说清这一页做什么。" }
        p { "正文，" a href="#main" { "链接" } "，" strong { "强调" } "，" small { "附注" } "。" }
        p {
            (parts::tag(Tone::Plain, "已记录")) (parts::tag(Tone::Good, "已计分"))
            (parts::tag(Tone::Warn, "待确认")) (parts::tag(Tone::Bad, "已作废"))
        }
        h2 { "消息" }
        (parts::notice(Tone::Plain, "请知悉", html! { p { "积分每年清零一次。" } }))
        (parts::notice(Tone::Good, "已登记", html! { p { "本次得 10 分。" } }))
        (parts::notice(Tone::Warn, "请核对", html! { p { "收缩压高于常见范围。" } }))
        (parts::notice(Tone::Bad, "没有保存", html! { p { "请改正标出的项目。" } }))
        nav.choices aria-label="选择的样子" {
            a.button href="#main" { "高血压随访" } a.button href="#main" { "健康教育讲座" }
        }
        (parts::empty("还没有记录。", html! { a.button href="#main" { "登记第一条" } }))
        h2 { "按钮" }
        p.buttons {
            button.main type="button" { "主要操作" } button type="button" { "普通操作" }
            button.quiet type="button" { "次要操作" } button.danger type="button" { "作废" }
        }
    }
}

fn figures() -> Markup {
    let months = [("2026年7月", 120), ("2026年8月", 40), ("2026年9月", 0)];
    let lines = months.map(|(month, points)| (month.to_owned(), points, points.to_string()));
    let day = "2026-09-01";
    html! {
        h2 { "二维码" }
        figure.qr { (parts::qr("测试")) figcaption { "柜台扫码" } }
        h2 { "条目" }
        ul.entries.framed {
            li {
                p.head { span { (day) " " strong { "健康教育讲座" } } span.points { "+10分" } }
                p { "本月已得满，12月1日起可再次获得。" }
            }
        }
        h2 { "纸面" }
        article.paper { p { "大字打印的单据：打印时 18 磅。" } }
        h2 { "数字" }
        div.figures {
            (parts::figure("总积分", &parts::points(28_347, 2), "分"))
            (parts::figure("可兑换", &parts::points(1000, 2), "分"))
        }
        (parts::facts(&[("姓名", html! { "测*" }), ("社区", html! { "510403001001" })]))
        (parts::bars("每月得分", ["月份", "积分"], &lines))
        (parts::chart(&CHART, &[bar("讲座", 120, 180), bar("签约", 300, 260)]))
    }
}

const CHART: parts::Chart<'_> = parts::Chart {
    caption: "现行和草案",
    head: "项目",
    series: &["现行", "草案"],
    columns: &["变化"],
};

fn bar(name: &str, before: i64, after: i64) -> parts::Bar {
    parts::Bar {
        name: html! { (name) },
        values: vec![(before, before.to_string()), (after, after.to_string())],
        cells: vec![html! { (parts::change(after - before, 0)) }],
    }
}

fn tables() -> Markup {
    let columns = [Column::Text("日期"), Column::Text("项目"), Column::Number("积分")];
    let row = |day: &str, title: &str, change: i64| {
        vec![html! { (day) }, html! { (title) }, html! { (parts::change(change, 0)) }]
    };
    let rows = [row("2026-09-01", "健康教育讲座", 10), row("2026-09-08", "更正：讲座", -10)];
    html! { h2 { "表格" } (parts::table("明细", &columns, &rows)) (parts::more(Some("#main"))) }
}

fn fields() -> Markup {
    let choices = [("a".to_owned(), "第一项".to_owned()), ("b".to_owned(), "第二项".to_owned())];
    let offered = ["510403001001", "510403001002"].map(str::to_owned);
    let problem = Problem::invalid("when", "服务日期不能晚于今天");
    let usual = Some(("90", "140"));
    let pressure = Field::new("systolic", "收缩压", Kind::Number { usual });
    html! {
        h2 { "表单" }
        (parts::faults(Some(&problem)))
        form.example method="get" action="/design" {
            (Field::new("name", "姓名", Kind::Line).required().show())
            (Field::new("phone", "电话", Kind::Digits).hint("11 位手机号码").show())
            (Field::new("area", "社区", Kind::Digits).offering(&offered).show())
            (pressure.unit("毫米汞柱").hint("上次：128（2026-06-01）").show())
            (Field::new("when", "日期", Kind::Day).required().fault(Some(&problem)).show())
            (Field::new("one", "选择", Kind::Choice(&choices)).show())
            (Field::new("why", "理由", Kind::Long).show())
            (Field::new("secret", "密码", Kind::Password { new: true }).show())
            (Field::new("yes", "控制达标", Kind::Tick).show())
            (Field::new("complete", "完成规定项目", Kind::YesNo).required().show())
            (Field::new("abnormal", "发现异常", Kind::YesNo).show())
            (Field::new("comes", "谁来领", Kind::Pick(&[("self", "本人"), ("proxy", "代办")]))
                .required().value(Some("self")).show())
            button.main type="submit" { "保存" }
        }
    }
}
