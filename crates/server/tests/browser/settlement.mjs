// Journeys of settlement: a month with one objection, and a village's pool handed on by two people.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DESK, PHONE, as, base, part } from "./browser.mjs";

const go = (page, act) => Promise.all([page.waitForNavigation(), act()]);
const press = (page, target) => go(page, () => page.locator(target).first().click());

async function reads(page, ...words) {
  const shown = await page.locator("main").innerText();
  for (const word of words) assert.match(shown, word instanceof RegExp ? word : new RegExp(word));
  return shown;
}

export const settlement = {
  async "a month is settled with one objection"(one, parts) {
    const officer = (title) => as(one, part(parts, "攀枝花", title), { viewport: DESK });
    const [first, second] = [await officer("主管部门工作人员"), await officer("主管部门工作人员（第二人）")];
    await first.page.goto(`${base}/statements`);
    await first.page.locator("summary:has-text('生成一个月')").click();
    assert.equal(await first.page.inputValue("details #f-period-draw"), "2026-10");
    await press(first.page, "button:has-text('生成结算单')");
    await reads(first.page, "2026年10月", "待商户确认");

    const shop = await as(one, part(parts, "攀枝花", "合作商户负责人"), { viewport: PHONE });
    await shop.page.goto(`${base}/statements`);
    await press(shop.page, "main td a[href^='/statements/']");
    const here = shop.page.url();
    await reads(shop.page, "应结算", "请核对每一笔");
    await shop.page.locator("details.month summary").first().click();
    await shop.page.locator("input[name=line]").first().check();
    await press(shop.page, "button:has-text('下一步')");
    await reads(shop.page, /第 1 行哪里不对/, /提出 1 条异议/);
    await shop.page.fill("#f-text-1", "小票是 15 分");
    await press(shop.page, "button.main");
    await reads(shop.page, "商户有异议", "等待主管部门审核");

    await first.page.goto(here);
    const form = first.page.locator("form:has(input[name=number])").first();
    await form.locator("input[name=ruling][value=less]").check();
    await form.locator("[name=off_fen]").fill("0.50");
    await form.locator("[name=points]").fill("5");
    await form.locator("[name=text]").fill("核对了小票");
    await go(first.page, () => form.locator("button").click());
    await reads(first.page, "成立", "-0.50");
    await press(first.page, "button:has-text('审核通过')");
    await reads(first.page, "结算要由另一位工作人员办理");
    await second.page.goto(here);
    await second.page.fill("#f-document", "付〔2026〕11号");
    await press(second.page, "button:has-text('登记结算')");
    await reads(second.page, "已结算", "付〔2026〕11号");

    await shop.page.goto(here);
    await reads(shop.page, "已结算");
    const [file] = await Promise.all([
      shop.page.waitForEvent("download"),
      shop.page.locator("a:has-text('下载表格')").click(),
    ]);
    assert.match(file.suggestedFilename(), /^statement-2026-10-.*\.xlsx$/);
    // What stands in it is read in `tests/api/statements.rs`; here, that the whole file came.
    const bytes = readFileSync(await file.path());
    assert.ok(bytes.subarray(0, 2).toString() === "PK" && bytes.includes("xl/workbook.xml"));
    for (const { context } of [first, second, shop]) await context.close();
  },

  async "a village's pool is handed on by two people"(one, parts) {
    const one_ = await as(one, part(parts, "通惠", "村（社区）干部"), { viewport: DESK });
    await one_.page.goto(`${base}/pools`);
    await press(one_.page, "tr:has-text('120') a");
    const field = one_.page.locator("input[name^='points-']").first();
    await field.fill("1000");
    await one_.page.fill("#f-reason", "三季度组织体检");
    await press(one_.page, "button:has-text('提交名单')");
    await reads(one_.page, "合计 1000 分，池里只有 120 分");
    assert.equal(await field.inputValue(), "1000", "what was typed stays");
    await field.fill("35.5");
    await press(one_.page, "button:has-text('提交名单')");
    await reads(one_.page, "等待第二人签字", "35.5");
    const list = one_.page.url();
    const two = await as(one, part(parts, "通惠", "村（社区）干部（第二人）"), { viewport: PHONE });
    await two.page.goto(list);
    await press(two.page, "button:has-text('签字同意')");
    await reads(two.page, "已分发");
    await two.page.emulateMedia({ media: "print" });
    await reads(two.page, "领取人签字", "拟定人签字", "盖章");
    await one_.page.goto(`${base}/pools`);
    await reads(one_.page, "84.5");
    for (const { context } of [one_, two]) await context.close();
  },
};
