//! Who comes for something: the person, or somebody for them and by what right.

use maud::{Markup, html};

use crate::{
    orders::{proxy::Proxy, told::Authorisation},
    pages::{
        Form,
        parts::{Field, Kind},
    },
    problem::Problem,
};

/// What people are to each other, to choose from.
const RELATIONS: [&str; 6] = ["配偶", "子女", "父母", "其他家属", "邻居", "村（社区）干部"];

/// The fields. Those about somebody else show when they are needed.
pub(crate) fn fields(form: &Form, problem: Option<&Problem>) -> Markup {
    let relations = RELATIONS.map(ToOwned::to_owned);
    let rights =
        Authorisation::ALL.map(|(right, word)| (word.to_owned(), right.chinese().to_owned()));
    let comes = form.text("comes").unwrap_or("self");
    let line =
        |name, label| Field::new(name, label, Kind::Line).value(form.text(name)).fault(problem);
    html! {
        div.comes {
            (Field::new("comes", "谁来领", Kind::Pick(&[("self", "本人"), ("proxy", "代办")]))
                .required().value(Some(comes)).fault(problem).show())
            fieldset.proxy {
                legend { "代办人" }
                (line("proxy.name", "姓名").unmarked().show())
                (line("proxy.relation", "和居民的关系").unmarked().offering(&relations).show())
                (Field::new("proxy.authorisation", "凭什么代办", Kind::Choice(&rights)).unmarked()
                    .value(form.text("proxy.authorisation")).fault(problem).show())
                (line("proxy.document", "证件号码").hint("看过证件就填").show())
            }
        }
    }
}

/// Who acts for the person; nobody where they come themselves.
///
/// # Errors
/// Where somebody does and what has to be told of them is missing.
pub(crate) fn read(form: &Form) -> Result<Option<Proxy>, Problem> {
    if form.text("comes") != Some("proxy") {
        return Ok(None);
    }
    let need = |name: &str| form.need(name).map(ToOwned::to_owned);
    let (name, relation) = (need("proxy.name")?, need("proxy.relation")?);
    let word = form.need("proxy.authorisation")?;
    let right = Authorisation::ALL.into_iter().find(|(_, known)| *known == word);
    let (authorisation, _) =
        right.ok_or_else(|| Problem::invalid("proxy.authorisation", "请从列表中选择"))?;
    let document = form.text("proxy.document").map(ToOwned::to_owned);
    Ok(Some(Proxy { name, relation, authorisation, document }))
}
