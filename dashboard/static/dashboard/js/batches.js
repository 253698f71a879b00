// The list of batches: search, filters, pages; it follows those that run.
import { api } from "./api.js";
import { ENDED } from "./batch-follow.js";
import { batchBadge, nameOf, TIERS } from "./batch-states.js";
import { credits, dateTime, images, percent, relative } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { showPager } from "./pager.js";
import { el, explain, icon } from "./ui.js";

const REFRESH_S = 5;
const TYPING_MS = 300;
const LIMIT = 20;
const filters = document.getElementById("filters");
const place = document.getElementById("batches");
const pager = document.getElementById("pager");
let page = 1;
let asked = 0;
let timer = 0;

async function load() {
  clearTimeout(timer);
  asked += 1;
  const mine = asked;
  const wanted = Object.fromEntries(new FormData(filters));
  try {
    const answer = await api("background-remover/batch", { query: { ...wanted, page, limit: LIMIT } });
    if (mine !== asked) return;
    // The last entry of the last page may have gone.
    if (!answer.batches.length && page > 1) return void show(Math.max(1, answer.pagination.totalPages));
    draw(answer, Object.values(wanted).some(Boolean));
    if (answer.batches.some(({ status }) => !ENDED.includes(status))) timer = setTimeout(again, REFRESH_S * 1000);
  } catch (error) {
    if (mine !== asked) return;
    place.replaceChildren(failure(error));
    timer = setTimeout(again, (error.retryAfter || 2 * REFRESH_S) * 1000);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

const again = () => (document.visibilityState === "visible" ? load() : (timer = setTimeout(again, REFRESH_S * 1000)));

function show(to) {
  page = to;
  remember();
  load();
}

function draw({ batches, pagination }, narrowed) {
  showPager(pager, pagination, show);
  if (!batches.length) return place.replaceChildren(narrowed ? nothingFound() : nothingYet());
  return place.replaceChildren(
    el(
      "div",
      { class: "table-scroll" },
      el(
        "table",
        { class: "table batch-table" },
        el("caption", { class: "visually-hidden" }, gettext("Batches, newest first")),
        el("thead", {}, el("tr", {}, [gettext("Name"), gettext("State"), gettext("Images"), gettext("Credits"), gettext("Started")].map((title, at) => el("th", { scope: "col", class: at === 2 || at === 3 ? "number" : null }, title)))),
        el("tbody", {}, batches.map(rowOf)),
      ),
    ),
  );
}

function rowOf(batch) {
  const running = !ENDED.includes(batch.status);
  const bar = running ? el("progress", { class: "progress row-progress", max: 100, value: batch.percentage, "aria-label": fill(gettext("Progress of %(name)s"), { name: nameOf(batch) }) }) : null;
  const done = batch.failedImages ? fill(gettext("%(done)s of %(all)s"), { done: batch.processedImages, all: batch.totalImages }) : images(batch.totalImages);
  return el(
    "tr",
    {},
    el("th", { scope: "row", class: "batch-cell" }, el("a", { href: `/app/batches/${batch.batchId}` }, nameOf(batch)), el("span", { class: "muted small" }, TIERS[batch.tier])),
    el("td", {}, batchBadge(batch.status), running ? el("span", { class: "small muted row-percent" }, percent(batch.percentage / 100)) : null, bar),
    el("td", { class: "number" }, done),
    el("td", { class: "number" }, running ? credits(batch.totalCredits) : credits(batch.creditsUsed)),
    el("td", { class: "nowrap" }, el("time", { datetime: batch.createdAt, title: dateTime(batch.createdAt) }, relative(batch.createdAt))),
  );
}

const nothingYet = () =>
  el("div", { class: "empty" }, icon("layers", "large"), el("h2", {}, gettext("No batches yet")), el("p", {}, gettext("Drop a whole folder of photos and get all cut-outs back as one ZIP, cheaper by the dozen.")), el("div", { class: "empty-actions" }, el("a", { class: "button button-primary", href: "/app/batches/new" }, gettext("Start the first batch"))));

const nothingFound = () =>
  el("div", { class: "empty" }, icon("search", "large"), el("h2", {}, gettext("Nothing found")), el("p", {}, gettext("No batch fits the search and the filters.")), el("div", { class: "empty-actions" }, el("button", { type: "button", class: "button", onclick: () => (filters.reset(), show(1)) }, gettext("Show all"))));

function failure(error) {
  const { text } = explain(error);
  return el("div", { class: "empty", role: "alert" }, icon("wifi-off", "large"), el("p", {}, text), el("div", { class: "empty-actions" }, el("button", { type: "button", class: "button", onclick: load }, gettext("Try again"))));
}

/** The address says what is shown, for reloads and the back button. */
function remember() {
  const wanted = new URLSearchParams([...new FormData(filters)].filter(([, value]) => value));
  if (page > 1) wanted.set("page", page);
  history.replaceState(null, "", wanted.size ? `?${wanted}` : location.pathname);
}

let typing = 0;
filters.addEventListener("input", ({ target }) => {
  clearTimeout(typing);
  typing = setTimeout(() => show(1), target.name === "search" ? TYPING_MS : 0);
});
filters.addEventListener("submit", (event) => {
  event.preventDefault();
  show(1);
});

for (const [name, value] of new URLSearchParams(location.search)) {
  if (name === "page") page = Math.max(1, Number(value) || 1);
  else if (filters.elements[name]) filters.elements[name].value = value;
}
load();
