//! What points bring in the generated district: an institution with goods, a catalogue in force and
//! one that waits, orders, and an opinion, each made through the API by somebody who may.

use serde_json::json;

use super::{
    api::Caller,
    town::{AREA, Known, SCHEME_ID, Town},
};

/// The institution.
pub(super) const CLINIC: &str = "clinic-1";
/// Whoever reviews what another officer proposed.
const REVIEWER: &str = "generated-reviewer";
/// A service that costs nothing and a good that does.
const ITEMS: &str = "[[item]]\nid = \"pressure\"\nname = \"测血压\"\nfree = true\nservice = true\n\n\
    [[item]]\nid = \"soap\"\nname = \"香皂\"\npoints = 1\ncontents = [{ name = \"香皂\" }]\n";

impl Town {
    /// Opens the institution; the ids of what is there now.
    pub(super) fn open_shop(&self, resident: &str) -> Result<Known, String> {
        let officer = self.staff("officer")?;
        let clinic = json!({
            "name": "测试卫生服务中心", "level": "institution", "area": AREA, "address": "测试路1号",
            "phone": "0812-0000000", "hours": "周一到周五", "closed": false,
        });
        self.put(&officer, &format!("/institutions/{CLINIC}"), &clinic)?;
        self.employ(REVIEWER, "officer")?;
        let catalogues = [self.propose(&officer)?, self.propose(&officer)?];
        let [in_force, _] = &catalogues;
        self.put_into_force(in_force)?;
        let clerk = self.staff("clerk")?;
        let goods = json!({
            "good": "香皂", "supplier": "测试供货商", "lot": "L1", "certificate": "C1",
            "valid_until": null, "pieces": 1_000_000, "piece_fen": 100, "source": "subsidy",
        });
        let stock = format!("/institutions/{CLINIC}/stock/receipts");
        let batch = self.post(&clerk, &stock, &goods)?.text("/id")?;
        let mut orders = Vec::new();
        for hand_over in [false, false, true] {
            let wish = json!({"catalogue": in_force, "item": "pressure", "institution": CLINIC});
            let order = json!({"person": resident, "wish": wish, "hand_over": hand_over});
            orders.push(self.post(&clerk, "/orders", &order)?.text("/id")?);
        }
        let opinion = json!({"text": "讲座漏记了"});
        let opinion = self.post(&self.resident()?, "/opinions", &opinion)?.text("/id")?;
        let accounts =
            self.get(&self.staff("auditor")?, "/ledger/accounts?limit=5")?.texts("/items", "/id");
        Ok(vec![
            ("institutions", vec![CLINIC.to_owned()]),
            ("catalogues", catalogues.to_vec()),
            ("items", vec!["pressure".to_owned(), "soap".to_owned()]),
            ("batches", vec![batch]),
            ("orders", orders),
            ("opinions", vec![opinion]),
            ("accounts", accounts),
        ])
    }

    fn propose(&self, officer: &Caller) -> Result<String, String> {
        let new = json!({
            "scheme": SCHEME_ID, "provider": null, "area": null, "first_day": "2026-01-01",
            "last_day": null, "content": ITEMS,
        });
        self.post(officer, "/catalogues", &new)?.text("/id")
    }

    fn put_into_force(&self, catalogue: &str) -> Result<(), String> {
        let reviewer = self.signed_in(REVIEWER)?;
        for step in ["review", "filing"] {
            let paper = json!({"document": "测试〔2026〕1号", "day": null});
            self.post(&reviewer, &format!("/catalogues/{catalogue}/{step}"), &paper)?;
        }
        Ok(())
    }
}
