// A document is checked while it is typed, by the address that the form names; the button of the
// form does the same.
const form = document.querySelector("form[data-check]");
const found = document.querySelector("[data-found]");

function row(problem, text) {
  const line = text.split("\n")[problem.line - 1] ?? "";
  const cells = [
    `第 ${problem.line} 行第 ${problem.column} 个字符`,
    line.slice(0, 80),
    problem.message,
    problem.remedy,
  ];
  const names = ["位置", "写的是", "问题", "怎么改"];
  const row = document.createElement("tr");
  cells.forEach((cell, place) => {
    const td = document.createElement("td");
    td.dataset.name = names[place];
    td.textContent = cell;
    row.append(td);
  });
  row.addEventListener("click", () => go(problem.line));
  return row;
}

function show(answer, text) {
  const wrong = answer.problems.filter((problem) => !problem.advice);
  const notice = document.createElement("section");
  notice.className = "notice";
  notice.dataset.tone = answer.publishable ? "good" : "bad";
  const says = document.createElement("p");
  says.className = "title";
  says.textContent = answer.publishable
    ? `没有问题，${answer.examples} 个例子都算得对`
    : wrong.length > 0
      ? `有 ${wrong.length} 处要改`
      : answer.obstacle;
  notice.append(says);
  const parts = [notice];
  if (wrong.length > 0) {
    const sheet = document.createElement("div");
    sheet.className = "sheet";
    const table = document.createElement("table");
    const body = document.createElement("tbody");
    body.append(...wrong.map((problem) => row(problem, text)));
    table.append(body);
    sheet.append(table);
    parts.push(sheet);
  }
  if (answer.changes.length > 0) {
    const list = document.createElement("ul");
    for (const change of answer.changes) {
      const item = document.createElement("li");
      item.textContent = `${change.label} · ${change.name}：${change.sentence}`;
      list.append(item);
    }
    parts.push(list);
  }
  found.replaceChildren(...parts);
}

/** Puts the cursor into a line and scrolls to it. */
function go(line) {
  const area = form.elements.document;
  const start = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  area.focus();
  area.setSelectionRange(start, start);
  // Long lines are wrapped, so a line's place is only nearly known.
  area.scrollTop = area.scrollHeight * (start / area.value.length) - area.clientHeight / 3;
}

if (form && found) {
  const area = form.elements.document;
  let timer;
  let asked = 0;
  const check = async () => {
    const [mine, text] = [++asked, area.value];
    const answer = await fetch(form.dataset.check, {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": form.elements.csrf.value },
      body: JSON.stringify({ document: text }),
    }).catch(() => undefined);
    if (answer?.ok && mine === asked) show(await answer.json(), text);
  };
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, 700);
  });
  const at = /^#line-(\d+)$/.exec(location.hash);
  if (at) go(Number(at[1]));
}
