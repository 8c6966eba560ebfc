// The journeys of paper vouchers: issued, printed, read back by a decoder, lost, taken back. What
// was read back goes into the folder of the second argument, where it is verified.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import jsQR from "jsqr";
import { PNG } from "pngjs";
import { PHONE, as, base, part } from "./browser.mjs";

const DISTRICT = "攀枝花";
const folder = process.argv[3];

const text = (page) => page.locator("main").innerText();
const go = (page, act) => Promise.all([page.waitForNavigation(), act()]);
const press = (page, target) => go(page, () => page.locator(target).first().click());

async function reads(page, ...words) {
  const shown = await text(page);
  for (const word of words) assert.match(shown, word instanceof RegExp ? word : new RegExp(word));
  return shown;
}

/// What a decoder reads in the picture of a square code.
async function decoded(figure) {
  const { data, width, height } = PNG.sync.read(await figure.screenshot());
  const found = jsQR(new Uint8ClampedArray(data), width, height);
  assert.ok(found, "the square code is read");
  return found.data;
}

/// The page of the old resident, as a nurse who issues at the first institution sees it.
async function nurse(one, parts) {
  const { context, page } = await as(one, part(parts, DISTRICT, "护士"), { deviceScaleFactor: 2 });
  const card = part(parts, DISTRICT, "老年居民").title.match(/身份证 (\w+)/)[1];
  await page.goto(`${base}/residents`);
  await page.fill("#f-q", card);
  await go(page, () => page.press("#f-q", "Enter"));
  await page.waitForURL(/\/residents\/[0-9a-f-]{36}/);
  await press(page, "main a:has-text('发券')");
  await press(page, "main ul.links a:has-text('第1社区')");
  return { context, page };
}

export const vouchers = {
  async "a nurse puts points onto paper, prints the sheet, and its code is read back"(one, parts) {
    const { context, page } = await nurse(one, parts);
    await page.locator("input[name=lot]").nth(0).check();
    await page.locator("input[name=lot]").nth(1).check();
    await press(page, "button:has-text('发券并打印')");
    await reads(page, "已发 2 张", "副券（机构留存）", "发放人签名", "领取人签名", "遗失不补");
    assert.equal(await page.locator("article.voucher").count(), 2);
    await page.emulateMedia({ media: "print" });
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    assert.equal((pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length, 2, "two sheets");
    const code = await decoded(page.locator("article.voucher figure.qr").first());
    assert.match(code, /^KJ1\.panzhihua-xiqu\.XQ\d{9}\.\d+\.0\.\d{8}\.\d{8}\.[\w-]{86}$/);
    const stub = await decoded(page.locator("article.voucher figure.qr").nth(1));
    assert.equal(stub, code.split(".")[2]);
    await page.emulateMedia({ media: "screen" });
    const key = await (await context.request.get(`${base}/api/v1/vouchers/key`)).text();
    if (folder) {
      writeFileSync(join(folder, "voucher.txt"), code);
      writeFileSync(join(folder, "voucher.pem"), key);
      writeFileSync(join(folder, "voucher.pdf"), pdf);
    }
    await context.close();

    const anybody = await one.newContext({ viewport: PHONE, javaScriptEnabled: false });
    const check = await anybody.newPage();
    for (const [typed, says] of [[code, "这张券可以使用"], [code.replace("XQ", "XR"), "验证不通过"]]) {
      await check.goto(`${base}/vouchers/check`);
      await check.fill("[name=text]", typed);
      await press(check, "button:has-text('验真')");
      await reads(check, says);
    }
    await anybody.close();
  },

  async "a voucher is lost, another taken back; the resident reads both"(one, parts) {
    const { context, page } = await nurse(one, parts);
    const issued = page.locator("tr:has-text('已发放') a[href^='/vouchers/']");
    const serials = await issued.allInnerTexts();
    assert.ok(serials.length >= 2, "two are there from the journey before");
    await press(page, `a:has-text('${serials[0]}')`);
    await press(page, "main a:has-text('挂失')");
    await page.fill("[name=reason]", "买菜时丢了");
    await press(page, "button:has-text('确认挂失')");
    await reads(page, "已挂失", "不补发", "买菜时丢了");
    await page.goto(`${base}/vouchers/${serials[1]}`);
    await press(page, "main a:has-text('收回')");
    await page.fill("[name=reason]", "想在手机上用");
    await press(page, "button:has-text('收回，积分存回账户')");
    await reads(page, "已收回", "积分已退回电子余额");
    await context.close();
    const resident = await as(one, part(parts, DISTRICT, "老年居民"), { viewport: PHONE });
    await resident.page.goto(`${base}/my/vouchers`);
    await reads(resident.page, "已挂失", "已作废", serials[0], serials[1]);
    await resident.context.close();
  },

  async "a manager finds a stub that differs"(one, parts) {
    const { context, page } = await as(one, part(parts, DISTRICT, "机构管理员"));
    await page.goto(`${base}/vouchers`);
    await reads(page, "攀枝花", "合计");
    await press(page, "main a:has-text('核对副券')");
    const serial = await page.locator("td a[href^='/vouchers/']").first().innerText();
    await page.fill("[name=serial]", serial.toLowerCase());
    await page.fill("[name=points]", "9999");
    await press(page, "button:has-text('记下')");
    await reads(page, "分值不同", "副券分值与账上不同");
    await context.close();
  },
};
