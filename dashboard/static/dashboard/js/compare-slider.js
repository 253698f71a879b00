// Before and after, one over the other, with a divider that can be moved, zoomed and panned.
import { fill, gettext } from "./i18n.js";
import { percent } from "./format.js";
import { el, icon } from "./ui.js";
import { Viewport } from "./viewport.js";

const KEYS = { "+": "zoomIn", "=": "zoomIn", "-": "zoomOut", 0: "fit" };

/** Fills `root`, an empty element, which decides on the size. */
export class CompareSlider {
  constructor(root) {
    this.before = el("img", { class: "compare-before", alt: "", draggable: "false", decoding: "async" });
    this.after = el("img", { class: "compare-after checkerboard", alt: gettext("The picture without its background"), draggable: "false", decoding: "async" });
    this.content = el("div", { class: "compare-content" }, this.after, this.before);
    this.divider = el("div", { class: "compare-divider", "aria-hidden": "true" }, el("span", {}, icon("move-horizontal")));
    this.range = el("input", { type: "range", class: "compare-range", min: "0", max: "100", step: "1", value: "50", "aria-label": gettext("How much of the original is shown") });
    this.frame = el("div", { class: "compare-frame", tabindex: "0", role: "group", "aria-label": gettext("Picture; + and − zoom, 0 fits, arrows move it") }, this.content, this.divider);
    this.level = el("output", { class: "compare-level" });
    root.classList.add("compare");
    root.append(this.frame, this.#tools());
    this.root = root;
    this.viewport = new Viewport(this.frame, this.content, { pans: () => !this.dragging, onChange: (view) => this.#place(view) });
    this.range.addEventListener("input", () => this.#split(Number(this.range.value)));
    this.frame.addEventListener("pointerdown", (event) => this.#grab(event), { capture: true });
    this.frame.addEventListener("keydown", (event) => this.#key(event));
    this.#split(50);
  }

  /** Show a picture of `width` × `height`, against `before` if both lie on each other. */
  show({ before = "", after, width, height }) {
    this.after.src = after;
    if (before) this.before.src = before;
    else this.before.removeAttribute("src");
    this.root.toggleAttribute("data-alone", !before);
    this.viewport.resize(width, height);
  }

  #tools() {
    const tool = (name, text, run) => el("button", { type: "button", class: "button button-icon button-small", "aria-label": text, title: text, onclick: run }, icon(name));
    return el(
      "div",
      { class: "compare-tools" },
      this.range,
      tool("zoom-out", gettext("Smaller"), () => this.viewport.zoomOut()),
      this.level,
      tool("zoom-in", gettext("Larger"), () => this.viewport.zoomIn()),
      el("button", { type: "button", class: "button button-small", title: gettext("Full size: one pixel of the picture for one of the screen"), onclick: () => this.viewport.zoomTo(1) }, "1:1"),
      tool("maximize", gettext("Fit"), () => this.viewport.fit()),
    );
  }

  #split(share) {
    this.share = share;
    this.range.setAttribute("aria-valuetext", fill(gettext("%(share)s original"), { share: percent(share / 100) }));
    this.#place(this.viewport);
  }

  #place(view) {
    if (!view) return;
    // The divider stands in the frame, the clip in the picture, which may be larger or moved.
    const at = (this.frame.clientWidth * this.share) / 100;
    this.divider.style.left = `${at}px`;
    const inside = Math.max(0, Math.min(view.width, (at - view.x) / view.zoom));
    this.before.style.clipPath = `inset(0 ${view.width - inside}px 0 0)`;
    this.level.textContent = percent(view.zoom);
  }

  #grab(event) {
    const at = event.clientX - this.frame.getBoundingClientRect().left;
    this.dragging = !this.root.hasAttribute("data-alone") && Math.abs(at - (this.frame.clientWidth * this.share) / 100) < 28;
    if (!this.dragging) return;
    event.preventDefault();
    this.frame.setPointerCapture(event.pointerId);
    const move = (moved) => {
      const box = this.frame.getBoundingClientRect();
      this.range.value = Math.max(0, Math.min(100, ((moved.clientX - box.left) / box.width) * 100));
      this.#split(Number(this.range.value));
    };
    const end = () => {
      this.frame.removeEventListener("pointermove", move);
      this.dragging = false;
    };
    this.frame.addEventListener("pointermove", move);
    this.frame.addEventListener("pointerup", end, { once: true });
    this.frame.addEventListener("pointercancel", end, { once: true });
  }

  #key(event) {
    const moves = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (KEYS[event.key]) this.viewport[KEYS[event.key]]();
    else if (moves[event.key]) this.viewport.panBy(...moves[event.key]);
    else return;
    event.preventDefault();
  }
}
