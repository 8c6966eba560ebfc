// The journey of a changed rule (T4, P16, S12): one officer changes the lecture limit in a form and
// sees what changes, another one publishes it, and a resident reads it with its day.
import assert from "node:assert/strict";
import { PHONE, as, base, part } from "./browser.mjs";

const DISTRICT = "攀枝花";
const SCHEME = "panzhihua-xiqu";
const FIRST_DAY = "2026-12-01";

const text = (page) => page.locator("main").innerText();
const go = (page, act) => Promise.all([page.waitForNavigation(), act()]);
const press = (page, target) => go(page, () => page.locator(target).first().click());

async function reads(page, ...words) {
  const shown = await text(page);
  for (const word of words) assert.match(shown, word instanceof RegExp ? word : new RegExp(word));
  return shown;
}

/// The rule of lectures as residents read it on a day.
async function rule(page, day) {
  await page.goto(`${base}/rules/${SCHEME}?on=${day}`);
  return page.locator("#award-lecture").innerText();
}

export const schemes = {
  async "an officer changes the lecture limit, another publishes it, residents read it"(one, parts) {
    const first = await as(one, part(parts, DISTRICT, "主管部门工作人员"));
    const page = first.page;
    await page.goto(`${base}/schemes/${SCHEME}`);
    await page.fill("#f-first_day", FIRST_DAY);
    await press(page, "button.main:has-text('开始拟草案')");
    await reads(page, "2026年12月1日起的服务按新办法计分", "11月30日及以前的服务按原来的办法");
    const draft = page.url();

    await press(page, 'a[href$="/awards/lecture"]');
    await page.fill('[name="limit_0_number"]', "3");
    await press(page, "button.main:has-text('写进草案')");
    await reads(page, "还不能提交", "三次讲座", "放宽", /2次.*3次/);
    await press(page, 'a[href$="/awards/lecture"]');
    await page.fill('details[open] [name="title"]', "王奶奶11月听了三次讲座，每次得5分；12月又可以得。");
    await press(page, "details[open] button:has-text('改好这个例子')");
    await page.goto(draft);
    await reads(page, "可以提交");

    // Experts type; the page checks by itself while they do.
    await page.goto(`${draft}/text`);
    const typed = await page.inputValue("[name=document]");
    await page.fill("[name=document]", typed.replace('name = "参加健康教育讲座"', 'name = ""'));
    await page.waitForSelector("[data-found] [data-tone=bad]");
    assert.match(await page.locator("[data-found]").innerText(), /第 \d+ 行第 \d+ 个字符/);
    await page.goto(draft);
    await press(page, "button.main:has-text('提交给另一位同事')");
    await reads(page, "等另一位同事决定");
    const proposal = page.url();

    const reader = await one.newContext({ viewport: PHONE, locale: "zh-CN" });
    const resident = await reader.newPage();
    assert.match(await rule(resident, FIRST_DAY), /2次/, "not yet");

    const second = await as(one, part(parts, DISTRICT, "主管部门工作人员（第二人）"));
    await second.page.goto(`${base}/proposals?open=true`);
    await press(second.page, `main a[href="${new URL(proposal).pathname}"]`);
    await reads(second.page, "放宽", /2次.*3次/, "2026年12月1日起的服务按新办法计分");
    await press(second.page, "button.main:has-text('同意')");
    await reads(second.page, "已同意");

    assert.match(await rule(resident, "2026-11-30"), /2次/);
    assert.match(await rule(resident, FIRST_DAY), /3次/);
    await page.goto(`${base}/schemes/${SCHEME}`);
    await reads(page, "两个版本有什么不同", /2次.*3次/);
    for (const { context } of [first, second]) await context.close();
    await reader.close();
  },
};
