// Tables that are fetched a page at a time.
import { api } from "./api.js";
import { gettext } from "./i18n.js";
import { showPager } from "./pager.js";
import { el } from "./ui.js";

/**
 * Show a list of the API in `place`, a page at a time.
 *
 * `path` and `query()` say what is asked, `items(data)` where the rows are, `render(items)` gives an
 * element, and `empty` is shown when there are none. Returns a function that loads a page.
 */
export function paged(place, { path, query = () => ({}), items, render, empty, limit = 10 }) {
  async function load(page = 1) {
    const data = await api(path, { query: { ...query(), page, limit } });
    const found = items(data);
    if (!found.length && page > 1) return load(page - 1);
    place.replaceChildren(...(found.length ? [render(found), pager(data.pagination, load)] : [el("div", { class: "empty" }, empty)]));
  }
  return load;
}

function pager(pagination, load) {
  const place = el("nav", { class: "pager", "aria-label": gettext("Pages of the list") });
  showPager(place, pagination, load);
  return place;
}

/** A table: `columns` are `[{ title, cell(item), number, wrap }]`. */
export function table(caption, columns, rows) {
  const classOf = ({ number, wrap }) => (number ? "number" : wrap ? "wrap" : null);
  const head = columns.map((column) => el("th", { scope: "col", class: classOf(column) }, column.title));
  const body = rows.map((row) => el("tr", {}, columns.map((column) => el("td", { class: classOf(column) }, column.cell(row)))));
  const made = el("table", { class: "table" }, el("caption", { class: "visually-hidden" }, caption), el("thead", {}, el("tr", {}, head)), el("tbody", {}, body));
  return el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": caption }, made);
}
