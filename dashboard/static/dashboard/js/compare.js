// Before and after in one picture, with a handle between them that mouse, finger and keyboard move.
import { gettext } from "./i18n.js";
import { el, icon } from "./ui.js";

/** An element that shows the addresses `before` and `after` on top of each other. */
export function compare({ before, after }) {
  const range = el("input", { type: "range", min: 0, max: 100, value: 50, step: 1, class: "compare-range", "aria-label": gettext("How much of the original is shown") });
  const original = el("img", { class: "compare-before", src: before, alt: gettext("Before") });
  const result = el("img", { class: "compare-after", src: after, alt: gettext("After") });
  const handle = el("span", { class: "compare-handle", "aria-hidden": "true" }, icon("move-horizontal"));
  const box = el("div", { class: "compare checkerboard" }, result, original, handle, range);
  const move = () => box.style.setProperty("--at", `${range.value}%`);
  // The box has the shape of the result, so that nothing but the picture lies in it.
  result.addEventListener("load", () => box.style.setProperty("--ratio", result.naturalWidth / result.naturalHeight));
  range.addEventListener("input", move);
  move();
  return box;
}
