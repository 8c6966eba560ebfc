// A partner shop on a phone: a bill is paid in part with vouchers and points, over a line that
// breaks, and called off again.
import assert from "node:assert/strict";
import { PHONE, as, base, part } from "./browser.mjs";

const DISTRICT = "攀枝花";
const PAPER = ["H-DEMO-0001", "H-DEMO-0002"];

const go = (page, act) => Promise.all([page.waitForNavigation(), act()]);
const text = (page) => page.locator("main").innerText();

async function redeemable(page) {
  await page.goto(`${base}/my/mall`);
  return Number((await text(page)).match(/可兑换积分\s+([\d.]+)/)[1]);
}

/// Fills the one screen in and asks what comes off.
async function asks(page, receipt, number, paper) {
  await page.goto(`${base}/shop`);
  await page.fill("#f-receipt", receipt);
  await page.fill("#f-bill", "100");
  if (paper) {
    // A scanner gun types and presses Enter.
    await page.focus("#f-vouchers");
    for (const serial of paper) {
      await page.keyboard.type(serial);
      await page.keyboard.press("Enter");
    }
  }
  await page.fill("#f-number", number);
  await page.click("button[value=check]");
}

/// The first answer is lost on the way back: the server has done it.
async function loses(page, address) {
  let lost = 0;
  await page.route(address, async (route) => {
    if (lost > 0) return route.continue();
    lost += 1;
    await route.fetch({ maxRedirects: 0 });
    return route.abort();
  });
  return () => lost;
}

export async function deducts(one, parts) {
  const old = part(parts, DISTRICT, "老年居民");
  const card = old.title.match(/身份证 (\w+)/)[1];
  const resident = await as(one, old, { viewport: PHONE });
  const before = await redeemable(resident.page);
  await resident.page.goto(`${base}/my/shops`);
  assert.match(await text(resident.page), /20 分抵 1 元，最多抵一单的 30 %/);

  const { context, page } = await as(one, part(parts, DISTRICT, "合作商户收银员"), { viewport: PHONE });
  assert.equal(new URL(page.url()).pathname, "/shop");
  await asks(page, "J-1", card, PAPER);
  await page.waitForSelector("button[value=make]");
  const offer = await text(page);
  assert.match(offer, /可以抵扣，还没有扣/);
  const rest = offer.match(/确认以后收 ([\d.]+) 元/)[1];
  const lost = await loses(page, `${base}/shop`);
  await page.click("button[value=make]");
  await page.waitForSelector(".waiting");
  assert.match(await text(page), /没有收到答复，正在重试/);
  assert.doesNotMatch(await text(page), /已抵扣/);
  await page.waitForURL(/\/shop\/deductions\//);
  assert.equal(lost(), 1);
  await page.unroute(`${base}/shop`);
  const shown = await text(page);
  assert.match(shown, /已抵扣/);
  assert.match(shown, new RegExp(`请再收 ${rest} 元`));
  assert.match(shown, /请收下积分券正券 2 张/);
  const result = page.url();
  await page.goto(`${base}/shop/today`);
  assert.equal((await text(page)).match(/J-1/g).length, 1, "one deduction");
  const spent = before - await redeemable(resident.page);
  assert.ok(spent > 0, `${spent} points of the electronic balance`);

  // The vouchers are spent: a second time they are refused.
  await asks(page, "J-2", card, PAPER);
  await page.waitForSelector(".verdict[data-tone=bad]");
  assert.match(await text(page), /已经兑换过/);
  assert.equal(await page.inputValue("#f-receipt"), "J-2", "what was typed stays");

  await page.goto(result);
  await page.click("summary:has-text('撤销')");
  await page.fill("#f-reason", "退货");
  await page.click("button.danger");
  await page.waitForSelector("text=已撤销，没有抵扣");
  assert.equal(await redeemable(resident.page), before);

  // A pay code instead of a card, without script at the resident's.
  const bare = await as(one, old, { viewport: PHONE, javaScriptEnabled: false });
  await bare.page.goto(`${base}/my/pay-code`);
  await go(bare.page, () => bare.page.click("main button.main"));
  const code = (await text(bare.page)).match(/(\d{4}) (\d{4})/).slice(1).join("");
  await asks(page, "J-3", code, PAPER);
  await page.waitForSelector("button[value=make]");
  for (const { context } of [resident, bare]) await context.close();
  await context.close();
}
