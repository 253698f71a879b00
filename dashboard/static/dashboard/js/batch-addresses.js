// The form for lists of image addresses: a preview of the lines with what is wrong, then the fetch.
import { readList } from "./address-list.js";
import { images, number } from "./format.js";
import { fill, gettext, ngettext } from "./i18n.js";
import { announce, busy, el, icon, showError, toast } from "./ui.js";

const SHOWN = 50;
const MOST_BYTES = 1024 * 1024;
const text = document.getElementById("addresses");
const preview = document.getElementById("address-preview");
const button = document.getElementById("add-addresses");
let list = [];

/** `add(entries)` has the images of the lines fetched that are fine. */
export function addressForm({ add }) {
  text.addEventListener("input", read);
  document.getElementById("pick-csv").addEventListener("click", () => document.getElementById("csv-input").click());
  document.getElementById("csv-input").addEventListener("change", ({ target }) => open(target));
  button.addEventListener("click", async () => {
    try {
      await busy(button, () => add(good()));
      text.value = "";
    } catch (error) {
      if (!markRefused(error)) showError(error);
      return;
    } finally {
      if (!text.value) read();
    }
    announce(gettext("The images are being fetched."));
  });
}

const good = () => list.filter(({ problem }) => !problem);

async function open(input) {
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  if (file.size > MOST_BYTES) return toast(gettext("The list is larger than 1 MB."), { kind: "bad" });
  text.value = await file.text();
  return read();
}

function read() {
  list = text.value.trim() ? readList(text.value) : [];
  show();
}

/** The service knows more about addresses than we do: its reasons go to their lines. */
function markRefused(error) {
  const problems = error.details?.problems;
  if (!problems) return false;
  const sent = good();
  for (const { index, reason } of problems) if (sent[index]) sent[index].problem = reason;
  show();
  return true;
}

function show() {
  const fine = good().length;
  const bad = list.length - fine;
  button.disabled = !fine;
  button.querySelector("span").textContent = fine ? fill(gettext("Fetch %(count)s"), { count: images(fine) }) : gettext("Fetch the images");
  preview.hidden = !list.length;
  if (!list.length) return preview.replaceChildren();
  // Lines with problems first: they are what has to be looked at.
  const lines = [...list].sort((one, other) => Number(!one.problem) - Number(!other.problem) || one.line - other.line).slice(0, SHOWN);
  const summary = bad
    ? el("p", { class: "notice notice-warning", role: "status" }, icon("triangle-alert"), el("span", {}, fill(ngettext("%(count)s line is left out.", "%(count)s lines are left out.", bad), { count: number(bad) })))
    : null;
  const table = el(
    "table",
    { class: "table address-table" },
    el("caption", { class: "visually-hidden" }, gettext("The lines of the list")),
    el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "number" }, gettext("Line")), el("th", { scope: "col" }, gettext("Address")))),
    el("tbody", {}, lines.map(({ line, url, filename, problem }) => el("tr", problem ? { class: "bad" } : {}, el("td", { class: "number" }, line), el("td", {}, el("span", { class: "address" }, url || "–"), filename ? el("span", { class: "muted small" }, ` ${filename}`) : null, problem ? el("span", { class: "field-error address-problem" }, problem) : null)))),
  );
  const more = list.length > SHOWN ? el("p", { class: "small muted" }, fill(gettext("and %(count)s more"), { count: number(list.length - SHOWN) })) : null;
  return preview.replaceChildren(...[summary, el("div", { class: "table-scroll address-scroll", tabindex: "0", role: "region", "aria-label": gettext("The lines of the list") }, table), more].filter(Boolean));
}
