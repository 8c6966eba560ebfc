// A nurse uploads the sheet of a village as it was kept by hand, sees what is wrong with it before
// anything is changed, and imports the rest; the same file once more changes nothing.
import assert from "node:assert/strict";
import { DESK, as, base, part } from "./browser.mjs";

const text = (page) => page.locator("main").innerText();

/// An invented number of an identity card, with its check character.
function card(sequence) {
  const body = `99010119600203${sequence}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((sum, weight, at) => sum + weight * Number(body[at]), 0);
  return body + "10X98765432"[sum % 11];
}

async function uploads(page, file) {
  await page.goto(`${base}/imports`);
  await page.selectOption("#f-table", "residents");
  await page.setInputFiles("#file", { name: "名册.csv", mimeType: "text/csv", buffer: Buffer.from(file) });
  await Promise.all([page.waitForNavigation(), page.click("button.main")]);
  await page.waitForSelector(".sheet table", { timeout: 30_000 });
  return text(page);
}

export async function imports(one, parts) {
  const { context, page } = await as(one, part(parts, "攀枝花", "家庭医生"), { viewport: DESK });
  await page.goto(`${base}/residents`);
  const community = (await text(page)).match(/\b(510403\d{6})\b/)[1];
  const file = [
    "生成的村居民登记表,,,",
    "姓名,身份证号,出生日期,社区",
    `测试甲,${card(901)},1960年2月3日,${community}`,
    `测试乙,5.10403E+17,,${community}`,
    `测试丙,${card(902)},1960-02-30,${community}`,
  ].join("\r\n");
  const seen = await uploads(page, file);
  assert.match(seen, /还没有改动任何资料/);
  assert.match(seen, /末尾的数字已经丢失/);
  assert.match(seen, /日历上没有这一天/);
  await Promise.all([page.waitForNavigation(), page.click("text=确认导入 1 行")]);
  await page.waitForSelector("text=已完成", { timeout: 30_000 });
  assert.match(await text(page), /新增 1 行，更改 0 行，没有变化 0 行，退回 2 行/);
  await Promise.all([page.waitForNavigation(), page.click("text=看结果")]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=下载退回的行")]);
  assert.equal(download.suggestedFilename(), "refused-residents.csv");
  assert.match(await uploads(page, file), /没有要导入的/);
  await context.close();
}
