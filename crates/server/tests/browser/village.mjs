// The village on a phone: a helper reports, the nurse completes, a second person checks, and
// whoever reported reads no more than that it was received.
import assert from "node:assert/strict";
import { DESK, PHONE, as, base, part } from "./browser.mjs";

const go = (page, act) => Promise.all([page.waitForNavigation(), act()]);
const press = (page, target) => go(page, () => page.locator(target).first().click());

async function reads(page, ...words) {
  const shown = await page.locator("main").innerText();
  for (const word of words) assert.match(shown, word instanceof RegExp ? word : new RegExp(word));
  return shown;
}

/// Nothing that a helper, or who looks over a shoulder, need not know.
const ILLNESS = /糖尿病|diabetes|确诊|诊断/;

export const village = (card) => ({
  async "a helper reports, the clinic completes, another checks"(one, parts) {
    const phone = { viewport: PHONE };
    const own = await as(one, part(parts, "通惠", "村（社区）干部"), phone);
    assert.equal(new URL(own.page.url()).pathname, "/village");
    await reads(own.page, "我的积分", "目标", "知晓率");
    await press(own.page, "a.main:has-text('上报')");
    await own.page.check("input[name=kind][value='diabetes.found']");
    await own.page.fill("#f-name", "测试新");
    await own.page.fill("[name='document.number']", card("19620704", "211"));
    await own.page.fill("#f-phone", "13900000211");
    const village = await own.page.locator("datalist option").first().getAttribute("value");
    await own.page.fill("#f-community", village);
    await press(own.page, "button.main:has-text('上报')");
    await reads(own.page, "请先征得本人同意");
    assert.equal(await own.page.inputValue("#f-name"), "测试新", "what was typed stays");
    await own.page.check("#f-agreed");
    await press(own.page, "button.main:has-text('上报')");
    const number = (await reads(own.page, "已收到")).match(/B\d{8}-[0-9A-Z]{8}/)[0];
    await own.page.goto(`${base}/report`);
    const before = await own.page.locator("main table").innerText();
    assert.ok(before.includes(number) && !ILLNESS.test(before));

    const nurse = await as(one, part(parts, "通惠", "护士"), { viewport: DESK });
    await nurse.page.goto(`${base}/reports`);
    await press(nurse.page, `tr:has-text('${number}') a`);
    await reads(nurse.page, "测\\*\\*", "新发现糖尿病", "已同意");
    await nurse.page.check("[name='attributes.complete'][value=true]");
    await press(nurse.page, "button:has-text('保存结果')");
    await reads(nurse.page, "结果已登记");

    // Whoever reported is not even shown that it waits; the second person sees the number.
    await own.page.goto(`${base}/confirmations`);
    assert.ok(!(await own.page.locator("main").innerText()).includes(number));
    const two = await as(one, part(parts, "通惠", "村（社区）干部（第二人）"), phone);
    await two.page.goto(`${base}/confirmations`);
    const row = two.page.locator(`article:has-text('${number}')`);
    const shown = await row.innerText();
    assert.ok(!ILLNESS.test(shown) && !shown.includes("测"), shown);
    await go(two.page, () => row.locator("button:has-text('确认计分')").click());
    await reads(two.page, "已确认");

    await own.page.goto(`${base}/report`);
    assert.equal(await own.page.locator("main table").innerText(), before);
    await own.page.goto(`${base}/village`);
    const sees = await reads(own.page, "一个月过完才看得到这个月的总分");
    assert.ok(!ILLNESS.test(sees), sees);
    for (const { context } of [own, nurse, two]) await context.close();
  },
});
