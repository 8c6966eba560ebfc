// Walks through what every role reads of people with illnesses that are nobody's business: only
// those who care for them, and they themselves, read what it is.
import { as, base, browser, cast, part } from "./browser.mjs";

const SECRET = /严重精神障碍|精神障碍|肺结核|结核/;
const DISTRICT = "攀枝花";
const PAGES = ["", "/statement", "/paper", "/records", "/change", "/reveal", "/vouchers", "/vouchers/take-over"];
const CARING = /护士|家庭医生/;

/// Everybody in the list, as far as it goes.
async function everybody(page) {
  const ids = new Set();
  let address = `${base}/residents`;
  while (address) {
    await page.goto(address);
    const links = await page.$$eval("main a[href^='/residents/']", (nodes) =>
      nodes.map((node) => node.getAttribute("href").split("/")[2]));
    links.filter((id) => id.length === 36).forEach((id) => ids.add(id));
    const next = page.locator("a[rel=next]");
    address = (await next.count()) ? new URL(await next.getAttribute("href"), base).href : null;
  }
  return [...ids];
}

const body = async (context, address) => {
  const answer = await context.request.get(address);
  const text = await answer.text();
  return { status: answer.status(), text: text.replace(/<option[^>]*>[^<]*<\/option>/g, "") };
};

const one = await browser();
const faults = [];
try {
  const parts = await cast(one);
  const nurse = await as(one, part(parts, DISTRICT, "护士"));
  const ill = [];
  for (const id of await everybody(nurse.page)) {
    const { text } = await body(nurse.context, `${base}/residents/${id}/statement`);
    const { text: records } = await body(nurse.context, `${base}/residents/${id}/records`);
    if (SECRET.test(text) || SECRET.test(records)) ill.push(id);
  }
  if (ill.length === 0) faults.push("nobody is ill: the test tests nothing");
  console.log(`${ill.length} people with illnesses that are not named`);
  await nurse.context.close();
  const others = parts.filter((part) =>
    (part.group.includes(DISTRICT) || part.group === "全市")
      && !CARING.test(part.title) && !/居民 |监护人/.test(part.title));
  for (const other of others) {
    const { context } = await as(one, other);
    let read = 0;
    for (const id of ill) {
      for (const rest of PAGES) {
        const { status, text } = await body(context, `${base}/residents/${id}${rest}`);
        if (status === 200) read += 1;
        if (SECRET.test(text)) faults.push(`${other.title}: /residents/ID${rest} names an illness`);
      }
    }
    for (const address of ["/residents", "/confirmations", "/audit", "/ledger/accounts", "/opinions"]) {
      const { text } = await body(context, base + address);
      if (SECRET.test(text)) faults.push(`${other.title}: ${address} names an illness`);
    }
    console.log(`${other.title}: ${read} pages read`);
    await context.close();
  }
} finally {
  await one.close();
}
for (const fault of new Set(faults)) console.log(`FAULT ${fault}`);
process.exit(faults.length === 0 ? 0 : 1);
