// Journeys of simulation: an officer asks what a changed limit would have meant, and reads it.
import assert from "node:assert/strict";
import { DESK, as, base, part } from "./browser.mjs";

const go = (page, act) => Promise.all([page.waitForNavigation(), act()]);

export const simulation = {
  async "an officer sees who would gain by a third lecture a month"(one, parts) {
    const officer = await as(one, part(parts, "攀枝花", "主管部门工作人员"), { viewport: DESK });
    const { page } = officer;
    const refused = [];
    page.on("console", (line) => {
      if (/Content Security Policy|Content-Security-Policy/.test(line.text())) refused.push(line.text());
    });
    const answer = await page.request.get(`${base}/api/v1/schemes/panzhihua-xiqu?on=2026-11-16`, {
      headers: { accept: "text/markdown" },
    });
    const two = 'limit = [{ times = 2, per = "month" }]';
    const document = await answer.text();
    assert.ok(document.includes(two));
    await page.goto(`${base}/simulations/new`);
    await page.fill("#f-document", document.replaceAll(two, two.replace("2", "3")));
    await page.fill("#f-from", "2026-01-01");
    await page.fill("#f-to", "2026-11-16");
    await go(page, () => page.locator("button.main").click());
    // The page looks again by itself.
    await page.locator("a.button:has-text('看结果')").waitFor({ timeout: 60_000 });
    await go(page, () => page.locator("a.button:has-text('看结果')").click());
    const shown = await page.locator("main").innerText();
    assert.match(shown, /多得 \d+ 人，少得 0 人/);
    assert.match(shown, /参加健康教育讲座/);
    // Each chart is drawn from the table beneath it.
    const charts = await page.locator(".chart").count();
    assert.ok(charts >= 5);
    assert.equal(await page.locator(".chart .drawn svg").count(), charts);
    assert.deepEqual(refused, []);
    const address = page.url();
    await officer.context.close();

    const plain = await as(one, part(parts, "攀枝花", "主管部门工作人员"), {
      viewport: DESK,
      javaScriptEnabled: false,
    });
    await plain.page.goto(address);
    assert.ok(await plain.page.locator(".chart td.bar svg").first().isVisible());
    await plain.context.close();
  },
};
