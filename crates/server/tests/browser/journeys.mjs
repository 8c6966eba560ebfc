// The journeys that issue from the first page: what a nurse records, a resident reads.
import assert from "node:assert/strict";
import { DESK, PHONE, as, base, browser, cast, part } from "./browser.mjs";
import { schemes } from "./schemes.mjs";
import { deducts } from "./shop.mjs";
import { imports } from "./imports.mjs";
import { settlement } from "./settlement.mjs";
import { simulation } from "./simulation.mjs";
import { village } from "./village.mjs";
import { vouchers } from "./vouchers.mjs";

const DISTRICT = "攀枝花";

/// Does what leads to another page, and waits for that page.
const go = (page, act) => Promise.all([page.waitForNavigation(), act()]);
const press = (page, target) => go(page, () => page.locator(target).first().click());

/// What a person does with a page, counted: a field filled in, a press, a key.
function hand(page) {
  const hand = { count: 0 };
  const counted = (name, act) => {
    hand[name] = async (...given) => {
      hand.count += 1;
      await act(...given);
    };
  };
  counted("fill", (field, text) => page.fill(field, text));
  counted("choose", (field, value) => page.selectOption(field, value));
  counted("press", (target) => press(page, target));
  counted("touch", (target) => page.locator(target).first().click());
  counted("enter", (field) => go(page, () => page.press(field, "Enter")));
  return hand;
}

const text = (page) => page.locator("main").innerText();

async function reads(page, ...words) {
  const shown = await text(page);
  for (const word of words) assert.match(shown, word instanceof RegExp ? word : new RegExp(word));
  return shown;
}

/// A number of an identity card of nobody: in a division that there is not.
function card(birth, sequence) {
  const body = `519980${birth}${sequence}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((sum, weight, place) => sum + weight * Number(body[place]), 0);
  return body + "10X98765432"[sum % 11];
}

async function records(page, id, kind, values) {
  await page.goto(`${base}/residents/${id}/records/new/${kind}`);
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`[name="attributes.${name}"]`).first();
    const tag = await field.evaluate((node) => node.tagName + (node.type ?? ""));
    if (tag.startsWith("SELECT")) await field.selectOption(value);
    else if (/radio|checkbox/.test(tag)) {
      await page.check(`[name="attributes.${name}"][value="${value}"]`);
    } else await field.fill(value);
  }
  await go(page, () => page.locator("main form[method=post] button.main").last().click());
}

/// The clerk of a counter, and which counter it is.
async function counter(one, parts) {
  const { context, page } = await as(one, part(parts, DISTRICT, "兑换点"));
  await page.goto(`${base}/counter`);
  const at = await page.locator("main input[name=at]").first().inputValue();
  return { context, page, at };
}

/// What is typed or scanned at the counter, and Enter.
async function scans(page, text) {
  await page.goto(`${base}/counter`);
  await page.fill("#f-q", text);
  await go(page, () => page.press("#f-q", "Enter"));
}

/// A resident orders something at a counter, and is given a code.
async function orders(page, at, name) {
  await page.goto(`${base}/my/mall?at=${at}`);
  await press(page, `main a:has-text("${name}")`);
  await press(page, "main button.main:has-text('算一算')");
  await press(page, "main button.main:has-text('兑换')");
  const shown = await reads(page, "待领取", "取货码");
  return shown.match(/\d{4}\s\d{4}/)[0].replace(/\s/, "");
}

const redeemable = async (page) => {
  await page.goto(`${base}/my/mall`);
  return Number((await text(page)).match(/可兑换积分\s+([\d.]+)/)[1]);
};

const old = (parts) => part(parts, DISTRICT, "老年居民");
const cardOf = (one) => one.title.match(/身份证 (\w+)/)[1];

const journeys = {
  "a shop deducts on a phone over a line that breaks, and calls it off": deducts,
  "a doctor imports a sheet kept by hand, and again changes nothing": imports,

  async "a nurse registers a person and records a follow-up; the person reads why"(one, parts) {
    const { context, page } = await as(one, part(parts, DISTRICT, "护士"));
    const does = hand(page);
    await does.fill("#f-q", card("19520304", "001"));
    await does.enter("#f-q");
    await reads(page, "没有找到");
    await does.fill("#f-name", "王测旅");
    await does.fill("#f-community", "510403001001");
    await does.touch("summary:has-text('更多')");
    await does.touch("label:has-text('高血压患者')");
    await does.press("main button.main:has-text('登记')");
    await page.waitForURL(/\/residents\/[0-9a-f-]{36}/);
    const id = new URL(page.url()).pathname.split("/")[2];
    await does.press("main a:has-text('高血压随访')");
    await does.fill('[name="attributes.systolic"]', "128");
    await does.fill('[name="attributes.diastolic"]', "82");
    await does.touch('[name="attributes.controlled"][value="true"]');
    await does.press("main form[method=post] button.main");
    const told = await reads(page, "已登记", /得 \d+ 分/, "看规则原文");
    assert.ok(does.count <= 12, `${does.count} interactions`);
    console.log(`  ${does.count} interactions`);

    await page.goto(`${base}/residents/${id}`);
    await press(page, "button:has-text('发登录码')");
    const code = (await text(page)).replaceAll(/\s/g, "").match(/\d{8}/)[0];
    const phone = await one.newContext({ viewport: PHONE, locale: "zh-CN" });
    const own = await phone.newPage();
    await own.goto(`${base}/sign-in/resident`);
    await own.locator("[name=code]").fill(code);
    await press(own, "main form:has([name=code]) button");
    await own.waitForURL(/\/my/);
    const points = told.match(/得 (\d+) 分/)[1];
    await reads(own, points);
    await own.goto(`${base}/my/statement`);
    await reads(own, "随访", points);
    const article = own.locator("main a[href*='/rules/'][href*='#award-']").first();
    const [, anchor] = (await article.getAttribute("href")).split("#");
    await go(own, () => article.click());
    await own.waitForURL(/\/rules\//);
    assert.ok(await own.locator(`[id="${anchor}"]`).count(), "the article is there");
    await phone.close();

    // A record that is declared void takes its points back and says why.
    await page.goto(`${base}/residents/${id}/records`);
    await press(page, "main a[href^='/records/']");
    await press(page, "main a[href$='/void']");
    await page.fill("#f-reason", "重复登记");
    await press(page, "main button.danger");
    await reads(page, "已作废", "变了的积分", points, "0");
    await context.close();
  },

  async "a lecture beyond the month's limit is explained"(one, parts) {
    const old = part(parts, DISTRICT, "老年居民");
    const number = old.title.match(/\d{17}[\dX]/)[0];
    const { context, page } = await as(one, part(parts, DISTRICT, "护士"));
    await page.fill("#f-q", number);
    await go(page, () => page.press("#f-q", "Enter"));
    await page.waitForURL(/\/residents\/[0-9a-f-]{36}/);
    const id = new URL(page.url()).pathname.split("/")[2];
    for (let time = 0; time < 3; time += 1) await records(page, id, "lecture.attended", {});
    await reads(page, "上限", /2026-12-01|12月1日/);
    const article = page.locator("main a[href*='/rules/panzhihua-xiqu#award-lecture']");
    assert.ok(await article.count(), "the article is named");
    await context.close();
  },

  async "a doctor confirms one award and rejects one"(one, parts) {
    const nurse = await as(one, part(parts, DISTRICT, "护士"));
    const number = part(parts, DISTRICT, "老年居民").title.match(/\d{17}[\dX]/)[0];
    await nurse.page.fill("#f-q", number);
    await go(nurse.page, () => nurse.page.press("#f-q", "Enter"));
    await nurse.page.waitForURL(/\/residents\/[0-9a-f-]{36}/);
    const id = new URL(nurse.page.url()).pathname.split("/")[2];
    const verified = { standard: "true" };
    await records(nurse.page, id, "selfmonitoring.verified", verified);
    await nurse.context.close();
    const { context, page } = await as(one, part(parts, DISTRICT, "家庭医生"));
    await page.goto(`${base}/confirmations`);
    const waiting = await page.locator("article.card").count();
    assert.ok(waiting >= 2, `${waiting} wait`);
    await press(page, "article.card button[name=accept][value=true], article.card button.main");
    await reads(page, "已确认");
    const card = page.locator("article.card").first();
    const fold = card.locator("summary");
    if (await fold.count()) await fold.first().click();
    await card.locator("[name=reason]").fill("数值与记录不符");
    await go(page, () => card.locator("button.danger").click());
    await reads(page, "已驳回");
    await context.close();
  },

  async "a guardian sees the child's"(one, parts) {
    const guardian = part(parts, DISTRICT, "孩子的监护人");
    const { context, page } = await as(one, guardian, { viewport: PHONE });
    await page.goto(`${base}/my/family`);
    const child = page.locator("main a[href*='/my?']").first();
    assert.ok(await child.count(), "a child is there");
    await go(page, () => child.click());
    await reads(page, "积分");
    await context.close();
  },

  async "a resident finds their way with script off"(one, parts) {
    const old = part(parts, DISTRICT, "老年居民");
    const { context, page } = await as(one, old, { viewport: PHONE, javaScriptEnabled: false });
    await reads(page, "总积分", "可兑换");
    await press(page, "nav a[href='/my/statement']");
    await reads(page, "分");
    await press(page, "nav a[href='/rules']");
    await press(page, "main a[href^='/rules/']");
    await page.goto(`${base}/my/consents`);
    await press(page, "main button");
    await page.goto(`${base}/my/opinion`);
    await page.locator("main textarea").first().fill("上个月的讲座没有记上<script>alert(1)</script>");
    await press(page, "main form:has(textarea) button");
    await page.goto(`${base}/my/opinion`);
    const source = await page.content();
    assert.ok(!source.includes("<script>alert(1)"), "what was typed is text");
    await press(page, "header button:has-text('大字版')");
    assert.equal(await page.locator("html.large").count(), 1);
    await context.close();
  },

  async "an auditor goes from an account to the article"(one, parts) {
    const { context, page } = await as(one, part(parts, "全市", "审计员"), { viewport: DESK });
    await page.goto(`${base}/audit`);
    await press(page, "button:has-text('核验日志')");
    await reads(page, "日志完整");
    await page.goto(`${base}/ledger`);
    await press(page, "button:has-text('开始核验')");
    for (let time = 0; time < 60 && !/账本完好/.test(await text(page)); time += 1) {
      await page.waitForTimeout(500);
      await page.goto(`${base}/ledger`);
    }
    await reads(page, "账本完好");
    await page.goto(`${base}/ledger/accounts`);
    await press(page, "main td a[href^='/ledger/accounts/']");
    await press(page, "main a[href^='/ledger/records/']");
    await reads(page, "服务", "日期");
    await context.close();
  },

  async "a resident is told what is missing, orders, and fetches it: scan, hand over, receipt"(one, parts) {
    const clerk = await counter(one, parts);
    const { context, page } = await as(one, old(parts), { viewport: PHONE });
    const before = await redeemable(page);
    await page.goto(`${base}/my/mall?at=${clerk.at}`);
    await reads(page, "现在可以换", "还差一点", /还差 \d+/);
    await page.locator("summary").filter({ hasText: /还有\d+项/ }).first().click();
    await press(page, "main a:has-text('电子血压计')");
    const far = page.locator("main button.main:has-text('算一算')");
    if (await far.count()) await go(page, () => far.click());
    await reads(page, "还差");
    const code = await orders(page, clerk.at, "牙刷");
    assert.equal(await redeemable(page), before - 5);
    const address = await page.goto(`${base}/my/orders`).then(() =>
      page.locator("main a[href^='/my/orders/']").first().getAttribute("href"));

    await clerk.page.goto(`${base}/counter`);
    const does = hand(clerk.page);
    await does.fill("#f-q", code);
    await does.enter("#f-q");
    await reads(clerk.page, "待领取", "牙刷");
    await does.press("button:has-text('确认已交付')");
    await reads(clerk.page, "积分兑换凭据", "牙刷", "用去 5 分", "领取人签名");
    // The fourth is to print it.
    assert.ok(does.count + 1 <= 4, `${does.count + 1} interactions`);
    await scans(clerk.page, code);
    await reads(clerk.page, "这里没有用这个取货码等待领取的");

    await page.goto(base + address);
    await press(page, "button:has-text('很满意')");
    await reads(page, "已领取");
    await page.goto(`${base}/my/entries`);
    await reads(page, "牙刷");
    await context.close();
    await clerk.context.close();
  },

  async "somebody fetches it for a person at the counter, and it is brought back"(one, parts) {
    const { context, page } = await counter(one, parts);
    const resident = await as(one, old(parts), { viewport: PHONE });
    const before = await redeemable(resident.page);
    await scans(page, cardOf(old(parts)));
    await reads(page, "可兑换积分", "现在能换");
    await press(page, "tr:has-text('牙膏') a");
    await page.check("input[name=comes][value=proxy]");
    await press(page, "button:has-text('当场兑换')");
    await reads(page, "代办");
    await page.fill("[name='proxy.name']", "李测代");
    await page.fill("[name='proxy.relation']", "儿子");
    await page.locator("select[name='proxy.authorisation']").selectOption({ index: 1 });
    await press(page, "button:has-text('当场兑换')");
    await reads(page, "积分兑换凭据", "牙膏", "用去 50 分");
    assert.equal(await redeemable(resident.page), before - 50);
    await page.goto(page.url().replace(/\/receipt.*/, "/return"));
    await page.fill("[name=reason]", "包装破损");
    await page.check("input[name=restock][value=false]");
    await press(page, "button:has-text('退回')");
    await reads(page, "已退回", "包装破损");
    assert.equal(await redeemable(resident.page), before);
    await resident.context.close();
    await context.close();
  },

  async "an item runs out between quote and order: nothing is taken, and there is a way on"(one, parts) {
    const clerk = await counter(one, parts);
    const { context, page } = await as(one, old(parts), { viewport: PHONE });
    await page.goto(`${base}/my/mall?at=${clerk.at}`);
    await press(page, "main a:has-text('香皂')");
    await press(page, "main button.main:has-text('算一算')");
    await clerk.page.goto(`${base}/stock/${clerk.at}`);
    await press(clerk.page, "main a:has-text('香皂')");
    for (const field of await clerk.page.locator("[name^='counted-']").all()) {
      await field.fill("0");
    }
    for (const field of await clerk.page.locator("[name^='reason-']").all()) {
      await field.fill("受潮，已清点");
    }
    await press(clerk.page, "button:has-text('提交盘点')");
    const other = await context.newPage();
    const before = await redeemable(other);
    await press(page, "main button.main:has-text('兑换')");
    await reads(page, "没有换成", "没有货");
    assert.equal(await redeemable(page), before);
    await context.close();
    await clerk.context.close();
  },
};

Object.assign(journeys, schemes);
Object.assign(journeys, settlement);
Object.assign(journeys, simulation);
Object.assign(journeys, village(card));
Object.assign(journeys, vouchers);

const one = await browser();
let failed = 0;
try {
  const parts = await cast(one);
  for (const [name, journey] of Object.entries(journeys)) {
    try {
      await journey(one, parts);
      console.log(`ok ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAULT ${name}: ${error.stack}`);
      for (const context of one.contexts()) {
        for (const page of context.pages()) {
          console.log(`  at ${page.url()}: ${(await text(page).catch(() => "")).slice(0, 600)}`);
        }
        await context.close();
      }
    }
  }
} finally {
  await one.close();
}
process.exit(failed === 0 ? 0 : 1);
