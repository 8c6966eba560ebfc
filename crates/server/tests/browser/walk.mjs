// Walks all pages as everybody: no dead end, nothing serious for those who see badly, nothing
// sideways at twice the size, large type that is large, residents' pages that are small.
// With a second argument, a folder, it keeps pictures of them.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PHONE, DESK, as, base, browser, cast } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.argv[3];
const PAGES_MAX = 40;
const RESIDENT_BYTES_MAX = 100 * 1024;
const faults = new Set();
const looked = new Set();

const ids = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/// Addresses that differ in ids alone are one page, but for whom it is about.
const shape = (url) => (url.pathname + (url.search ? "?" : "")).replace(ids, "ID")
  .replace(/\/new\/[a-z.]+$/, "/new/KIND").replace(/\/vouchers\/[A-Z]{2,6}\d{9}/, "/vouchers/SERIAL");

async function walk(one, part) {
  const { context, page } = await as(one, part);
  const seen = new Map();
  const waiting = [page.url()];
  while (waiting.length > 0 && seen.size < PAGES_MAX) {
    const address = waiting.shift();
    const key = shape(new URL(address));
    if (seen.has(key)) continue;
    const answer = await page.goto(address);
    const type = answer.headers()["content-type"] ?? "";
    if (!type.startsWith("text/html")) {
      if (answer.status() !== 200) faults.add(`${part.title} ${key}: answers ${answer.status()}`);
      continue;
    }
    seen.set(key, address);
    await look(page, part, key, answer);
    const links = await page.$$eval("a[href]", (nodes) => nodes.map((node) => node.href));
    for (const link of links) {
      const url = new URL(link);
      url.hash = "";
      const inside = url.origin === base && !url.pathname.startsWith("/api/")
        && !url.pathname.startsWith("/demo") && !/export|download|template|refused|format=/.test(url.pathname + url.search);
      if (inside) waiting.push(url.href);
    }
  }
  await context.close();
  return seen;
}

async function look(page, part, key, answer) {
  const say = (text) => faults.add(`${part.title.split(" ")[0]} ${key}: ${text}`);
  if (answer.status() !== 200) say(`answers ${answer.status()}`);
  if ((await page.locator("h1").count()) !== 1) say("has not one heading");
  if ((await page.locator("main a[href], main button, nav a[href]").count()) === 0) {
    say("is a dead end");
  }
  const isResident = await page.evaluate(() => document.body.className === "phone");
  if (isResident) {
    const bytes = await page.evaluate(() => performance.getEntries()
      .reduce((sum, entry) => sum + (entry.encodedBodySize ?? 0), 0));
    if (bytes > RESIDENT_BYTES_MAX) say(`weighs ${bytes} bytes`);
  }
  // What a page looks like is looked at once, by whoever sees it first.
  if (looked.has(key)) return;
  looked.add(key);
  await axed(page, say);
  for (const edition of ["usual", "large"]) {
    await page.evaluate((large) => document.documentElement.classList.toggle("large", large),
      edition === "large");
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      if (pictures) await picture(page, part, key, `${edition}-${size.width}`);
      if (edition === "large") await large(page, size, say);
      // 200 % of a desktop is half its width in the pixels of the page.
      const width = size === DESK ? DESK.width / 2 : PHONE.width;
      await page.setViewportSize({ ...size, width });
      const sideways = await page.evaluate(() =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (sideways > 0) say(`scrolls ${sideways} px sideways at ${width} px (${edition})`);
    }
  }
  await page.evaluate(() => document.documentElement.classList.remove("large"));
  if (pictures) {
    await page.setViewportSize(DESK);
    await page.emulateMedia({ media: "print" });
    await picture(page, part, key, "print");
    await page.emulateMedia({ media: "screen" });
  }
}

/// Nothing serious (WCAG 2.1 AA), contrast among it.
async function axed(page, say) {
  await page.setViewportSize(PHONE);
  // Through the browser's own door, since the page's policy lets no other script in.
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe });
  const { result } = await session.send("Runtime.evaluate", {
    expression: `axe.run(document, { resultTypes: ["violations"] }).then((found) =>
      JSON.stringify(found.violations
        .filter((one) => ["serious", "critical"].includes(one.impact))
        .map((one) => one.id + ": " + one.nodes[0].html.slice(0, 120))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  if (typeof result.value !== "string") throw new Error(`axe gave no answer at ${page.url()}`);
  for (const violation of JSON.parse(result.value)) say(violation);
}

/// The large edition: 18 px at least, main targets of 60 px.
async function large(page, size, say) {
  const found = await page.evaluate(() => {
    const small = [...document.querySelectorAll("body *")].filter((node) =>
      [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())
        && node.getClientRects().length > 0 && parseFloat(getComputedStyle(node).fontSize) < 18);
    const targets = [...document.querySelectorAll("main button, main .button, nav.ways a")]
      .filter((node) => node.getClientRects().length > 0 && !node.ariaHidden)
      .filter((node) => node.getBoundingClientRect().height < 59.5);
    return [small[0]?.outerHTML.slice(0, 100), targets[0]?.outerHTML.slice(0, 100)];
  });
  if (found[0]) say(`small type at ${size.width}: ${found[0]}`);
  if (found[1]) say(`a small target at ${size.width}: ${found[1]}`);
}

async function picture(page, part, key, how) {
  const name = `${part.group}-${part.title.split(/[ （]/)[0]}${key}`.replace(/[^\p{L}\p{N}-]+/gu, "_");
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}/${name}--${how}.png`, fullPage: true });
}

const one = await browser();
try {
  const parts = await cast(one);
  const groups = new Set(parts.map((part) => part.group));
  const first = [...groups][0];
  // Every role once, and the residents of every district.
  const walked = parts.filter((part, place) =>
    part.group === first || /居民|监护人/.test(part.title)
      || parts.findIndex((other) => other.title === part.title) === place);
  for (const part of walked) {
    const seen = await walk(one, part);
    console.log(`${part.group} ${part.title.split(" ")[0]}: ${seen.size} pages`);
  }
} finally {
  await one.close();
}
for (const fault of [...faults].sort()) console.log(`FAULT ${fault}`);
process.exit(faults.size === 0 ? 0 : 1);
