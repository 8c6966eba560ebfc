// How long a resident's pages take on a slow line, 1.6 Mbit/s and 150 ms, with nothing kept from
// before: node crates/server/tests/browser/slow.mjs http://127.0.0.1:8080, against `kangji demo`.
// A measurement, not a test.
import { PHONE, as, base, browser, cast } from "./browser.mjs";

const PAGES = ["/my", "/my/statement", "/my/entries", "/my/mall", "/my/orders", "/rules"];
const LINE = {
  offline: false,
  latency: 150,
  downloadThroughput: 1_600_000 / 8,
  uploadThroughput: 768_000 / 8,
};
const TURNS = 5;

const one = await browser();
const parts = (await cast(one)).filter((part) => part.title.includes("居民"));
const { context, page } = await as(one, parts[0], { viewport: PHONE });
const session = await context.newCDPSession(page);
await session.send("Network.enable");
await session.send("Network.setCacheDisabled", { cacheDisabled: true });
await session.send("Network.emulateNetworkConditions", LINE);
for (const path of PAGES) {
  const times = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    await page.goto(base + path, { waitUntil: "load" });
    const timing = () => performance.getEntriesByType("navigation")[0].loadEventEnd;
    await page.waitForFunction(() => performance.getEntriesByType("navigation")[0].loadEventEnd > 0);
    times.push(await page.evaluate(timing));
  }
  times.sort((a, b) => a - b);
  console.log(`${path}: loaded in ${Math.round(times[TURNS >> 1])} ms, at most ${Math.round(times.at(-1))} ms`);
}
await one.close();
