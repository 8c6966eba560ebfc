//! Where points can be redeemed: two institutions, and the catalogue of each published scheme in
//! force.

use kangji_core::{Day, DayRange, DivisionPrefix, ids::CatalogueId};
use kangji_redemption::{Level, Signature};
use kangji_rights::{Action, Cover, Permit};
use kangji_rules::document::item_text;
use kangji_server::app::App;
use kangji_store::{Institution, NewCatalogue, Step, new_id};

use crate::support::{Server, id_of};

/// An institution of the callers' own district, and one of another.
pub(crate) const CLINIC: &str = "clinic-1";
pub(crate) const OTHER_CLINIC: &str = "clinic-2";

/// Somebody who may do an action everywhere.
pub(crate) fn everywhere(action: Action) -> Permit {
    let cover = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    Permit::covering(action, vec![cover]).unwrap()
}

fn institution(app: &App, code: &str, name: &str, area: &str) -> Institution {
    Institution {
        code: code.to_owned(),
        name: name.to_owned(),
        level: Level::Institution,
        area: DivisionPrefix::parse(area).unwrap(),
        address: "生成的地址1号".to_owned(),
        phone: "0812-0000000".to_owned(),
        hours: "周一到周五 8:30—17:00".to_owned(),
        changed_at: app.now(),
        closed_at: None,
    }
}

impl Server {
    /// Registers [`CLINIC`] and [`OTHER_CLINIC`].
    pub(crate) async fn open_institutions(&self) {
        let open = move |app: &App| {
            let permit = everywhere(Action::InstitutionsWrite);
            let all = [
                institution(app, CLINIC, "生成的社区卫生服务中心", "510403"),
                institution(app, OTHER_CLINIC, "生成的另一家卫生服务中心", "440300"),
            ];
            for one in all {
                assert!(app.store().put_institution(&permit, one).wait()?);
            }
            Ok(())
        };
        self.app.blocking(open).await.unwrap();
    }

    /// Registers [`CLINIC`] and [`OTHER_CLINIC`] and puts the items of each published scheme into
    /// force as the scheme's own catalogue; gives the schemes' ids with those of the catalogues.
    /// The schemes have to be published before ([`Server::publish`]).
    pub(crate) async fn open_shop(&self) -> Vec<(String, CatalogueId)> {
        self.open_institutions().await;
        let schemes = self.app.blocking(|app| Ok(app.store().schemes()?)).await.unwrap();
        let mut filed = Vec::new();
        for scheme in schemes.iter().filter_map(|versions| versions.last()) {
            let words = self.app.store().words();
            let items = scheme.items.iter().map(|item| item_text(item, scheme, words));
            let content: String = items.collect();
            if !content.is_empty() {
                filed.push((
                    scheme.id.clone(),
                    self.file_catalogue(&scheme.id, None, content).await,
                ));
            }
        }
        filed
    }

    /// Puts a catalogue of `[[item]]` tables into force from the first day of the year: a
    /// scheme's own, or a provider's.
    pub(crate) async fn file_catalogue(
        &self,
        scheme: &str,
        provider: Option<&str>,
        content: String,
    ) -> CatalogueId {
        let id = self.propose_catalogue(scheme, provider, content).await;
        self.step(id, Step::Review, "区卫审〔2026〕1号").await;
        self.step(id, Step::File, "区社备〔2026〕1号").await;
        id
    }

    /// Proposes a catalogue; nobody has reviewed it.
    pub(crate) async fn propose_catalogue(
        &self,
        scheme: &str,
        provider: Option<&str>,
        content: String,
    ) -> CatalogueId {
        let (now, today) = (self.app.now(), self.app.now().day());
        let new = NewCatalogue {
            id: CatalogueId::from_bytes(new_id(now)),
            scheme: scheme.to_owned(),
            provider: provider.map(ToOwned::to_owned),
            area: None,
            days: DayRange { from: Day::new(today.year(), 1, 1).unwrap(), to: Day::LAST },
            content,
            by: id_of("shop-proposer"),
        };
        let propose = move |app: &App| {
            let permit = everywhere(Action::CataloguesPropose);
            Ok(app.store().propose_catalogue(&permit, new, now).wait()?.unwrap())
        };
        CatalogueId::from_bytes(self.app.blocking(propose).await.unwrap())
    }

    /// Has somebody else take a step with a catalogue.
    pub(crate) async fn step(&self, id: CatalogueId, step: Step, document: &str) {
        let day = self.app.now().day();
        let document = document.to_owned();
        let take = move |app: &App| {
            let permit = everywhere(Action::CataloguesReview);
            let signature = Signature { by: id_of("shop-reviewer"), day, document };
            let done = app.store().decide_catalogue(&permit, id, step, signature, day).wait()?;
            assert_eq!(done, Some(Ok(())));
            Ok(())
        };
        self.app.blocking(take).await.unwrap();
    }
}
