// A browser, and the people of the demonstration in it.
import { chromium } from "playwright-core";

export const base = process.argv[2];

const flags = ["--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

export async function browser() {
  // Root, as in containers, has no sandbox.
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: process.getuid?.() === 0 ? [...flags, "--no-sandbox"] : flags,
  });
}

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };

/// Whom one can be: the group, the title and the number of each part.
export async function cast(one) {
  const page = await one.newPage();
  await page.goto(`${base}/demo`);
  const parts = await page.$$eval("main h2, main li", (nodes) => {
    let group = "";
    const parts = [];
    for (const node of nodes) {
      if (node.tagName === "H2") group = node.textContent;
      else parts.push({
        group,
        title: node.querySelector("strong").textContent,
        number: node.querySelector("input[name=part]").value,
      });
    }
    return parts;
  });
  await page.close();
  return parts;
}

/// A context of its own in which this part is signed in.
export async function as(one, part, options = {}) {
  const context = await one.newContext({ viewport: DESK, locale: "zh-CN", ...options });
  const page = await context.newPage();
  await page.goto(`${base}/demo`);
  await page.locator(`li:has(input[name=part][value="${part.number}"]) button`).click();
  await page.waitForURL((url) => url.pathname !== "/demo");
  return { context, page };
}

/// The part of a role in a district.
export function part(parts, group, title) {
  const found = parts.find((one) => one.group.includes(group) && one.title.startsWith(title));
  if (!found) throw new Error(`nobody is ${title} of ${group}`);
  return found;
}
