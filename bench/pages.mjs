// How long the first byte of a resident's page takes with 200 people looking, each at a page every
// two seconds: node bench/pages.mjs http://127.0.0.1:8080 [SECONDS], against `kangji demo`.
import { Agent, request } from "node:http";

const base = process.argv[2];
const seconds = Number(process.argv[3] ?? 20);
const USERS = 200;
const PAUSE = 2000;
const PAGES = ["/my", "/my/statement", "/my/entries", "/rules/panzhihua-xiqu"];
const agent = new Agent({ keepAlive: true, maxSockets: USERS });

function ask(method, path, headers = {}, body = "") {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(base + path, { method, agent, headers }, (answer) => {
      const first = performance.now() - began;
      answer.resume();
      answer.on("end", () => resolve({ first, answer }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function user(number, end, times) {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const { answer } = await ask("POST", "/demo", form, `part=${number % 2}`);
  const cookie = answer.headers["set-cookie"][0].split(";")[0];
  await new Promise((go) => setTimeout(go, (number / USERS) * PAUSE));
  for (let turn = number; performance.now() < end; turn += 1) {
    const page = PAGES[turn % PAGES.length];
    const { first, answer } = await ask("GET", page, { cookie });
    if (answer.statusCode !== 200) throw new Error(`${page}: ${answer.statusCode}`);
    times.push(first);
    await new Promise((go) => setTimeout(go, PAUSE - first));
  }
}

const times = [];
const end = performance.now() + seconds * 1000;
await Promise.all(Array.from({ length: USERS }, (_, number) => user(number, end, times)));
times.sort((a, b) => a - b);
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
console.log(`${times.length} pages: first byte p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms`);
agent.destroy();
