// Links between the pages of a list.
import { number } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { busy, el, icon, showError } from "./ui.js";

/** Fill `place` for `pagination` of an answer; `go(page)` shows another page, and may take its time. */
export function showPager(place, pagination, go) {
  place.hidden = pagination.totalPages <= 1;
  if (place.hidden) return;
  const { page, totalPages } = pagination;
  const step = (to, possible, sign, label) => el("button", { type: "button", class: "button button-small", disabled: !possible, onclick: ({ currentTarget }) => busy(currentTarget, async () => go(to)).catch(showError) }, sign === "chevron-left" ? icon(sign) : null, label, sign === "chevron-right" ? icon(sign) : null);
  place.replaceChildren(
    step(page - 1, pagination.hasPrev, "chevron-left", gettext("Previous")),
    el("span", { class: "muted small", "aria-current": "page" }, fill(gettext("Page %(page)s of %(pages)s"), { page: number(page), pages: number(totalPages) })),
    step(page + 1, pagination.hasNext, "chevron-right", gettext("Next")),
  );
}
