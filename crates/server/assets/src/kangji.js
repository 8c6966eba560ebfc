// What makes pages quicker; all of them work without.
import "./retry.js";
import "./drafts.js";

// A button that was pressed is not pressed again while the answer is on its way.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 8000);
});

// A page that comes back from the browser's memory can be sent again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

// The token of an invitation follows the `#` of its link, which browsers do not send.
for (const place of document.querySelectorAll("[data-from-hash]")) {
  const input = place.querySelector("input");
  if (location.hash.length > 1) {
    input.value = location.hash.slice(1);
    place.hidden = true;
    history.replaceState(null, "", location.pathname);
  }
}

// A number outside the usual range is pointed out as it is typed, and taken.
addEventListener("input", ({ target }) => {
  if (!target.matches?.("input[data-low]")) return;
  const number = Number(target.value.trim());
  const { low, high } = target.dataset;
  const unusual = target.value.trim() !== "" && (number < Number(low) || number > Number(high));
  let note = target.parentElement.querySelector(".unusual");
  if (!note) {
    note = document.createElement("span");
    note.className = "unusual";
    note.setAttribute("role", "status");
    target.parentElement.append(note);
  }
  note.textContent = unusual ? `不在常见范围 ${low}～${high} 内，请核对` : "";
});
