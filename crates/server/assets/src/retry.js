// On a bad line a form marked `data-retry` keeps what was typed and is sent again, the same to the
// letter, until there is an answer: the server does it once. Nothing is shown as done before.

const PATIENCE = 8000;
const busy = new WeakSet();
let pressed = null;

const wait = (millis) => new Promise((done) => setTimeout(done, millis));

function told(form, text) {
  let note = form.querySelector(".waiting");
  if (!note) {
    note = document.createElement("p");
    note.className = "waiting";
    note.setAttribute("role", "status");
    form.append(note);
  }
  note.textContent = text;
}

async function answer(form, body) {
  for (let time = 1; ; time += 1) {
    try {
      const signal = AbortController ? new AbortController() : null;
      const timer = setTimeout(() => signal?.abort(), PATIENCE);
      const response = await fetch(form.action, {
        method: "POST",
        body,
        headers: { accept: "text/html" },
        signal: signal?.signal,
      });
      const text = await response.text();
      clearTimeout(timer);
      // What the server could not do now, it may do in a moment.
      if (![408, 502, 503, 504].includes(response.status)) return { response, text };
    } catch {
      // No answer: it may have been done or not; the same again tells.
    }
    told(form, `没有收到答复，正在重试…（第 ${time} 次）填写的内容都在，请不要关闭这一页`);
    await wait(Math.min(1000 * time, 5000));
  }
}

// Older browsers do not say which button sent a form.
addEventListener("click", ({ target }) => {
  pressed = target.closest("button");
}, true);

addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-retry]")) return;
  if (busy.has(form)) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented) return;
  event.preventDefault();
  busy.add(form);
  const fields = new FormData(form);
  const button = event.submitter ?? (pressed?.form === form ? pressed : null);
  if (button?.name) fields.append(button.name, button.value);
  const { response, text } = await answer(form, new URLSearchParams(fields));
  if (response.redirected) {
    location.assign(response.url);
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  document.querySelector("main").replaceWith(page.querySelector("main"));
  scrollTo(0, 0);
  const first = document.querySelector("main [aria-invalid]")
    ?? document.querySelector("main .verdict, main [autofocus]");
  if (first) {
    if (!first.matches("input, textarea, select, button")) first.tabIndex = -1;
    first.focus();
  }
});

// How long a code is still good, where script runs; the page says until when anyway.
const until = document.querySelector("[data-until]");
if (until) {
  const left = Number(until.dataset.until) - Date.now();
  // A clock that differs from the server's tells nothing.
  if (left > 0 && left <= 300_000) {
    const end = performance.now() + left;
    const show = () => {
      const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      until.textContent = seconds > 0 ? `还剩 ${Math.floor(seconds / 60)} 分 ${seconds % 60} 秒` : "已经过期，请换一个新的";
      if (seconds > 0) setTimeout(show, 1000);
    };
    show();
  }
}
