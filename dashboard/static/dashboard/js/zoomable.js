// A before/after slider that can be zoomed and panned.
import { beforeAfter } from "./before-after.js";
import { percent } from "./format.js";
import { gettext } from "./i18n.js";
import { el, icon } from "./ui.js";
import { Viewport } from "./viewport.js";

const KEYS = { "+": "zoomIn", "=": "zoomIn", "-": "zoomOut", 0: "fit" };
const MOVES = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
// A press so near to the handle moves it, and pans elsewhere.
const NEAR_PX = 28;

/** Fills `root`, an empty element, which decides on the size. */
export class ZoomableSlider {
  constructor(root) {
    this.before = el("img", { alt: "", draggable: "false", decoding: "async" });
    this.after = el("img", { class: "compare-after checkerboard", alt: gettext("The picture without its background"), draggable: "false", decoding: "async" });
    this.frame = beforeAfter({ before: this.before, after: this.after, label: gettext("How much of the original is shown") });
    this.content = el("div", { class: "compare-content" }, this.after, this.before);
    this.frame.prepend(this.content);
    this.frame.className = "compare-frame";
    for (const [name, value] of Object.entries({ tabindex: "0", role: "group", "aria-label": gettext("Picture; + and − zoom, 0 fits, arrows move it") })) this.frame.setAttribute(name, value);
    this.level = el("output", { class: "compare-level" });
    root.classList.add("compare");
    root.append(this.frame, this.#tools());
    this.root = root;
    this.viewport = new Viewport(this.frame, this.content, { pans: () => !this.dragging, onChange: (view) => this.#place(view) });
    this.frame.addEventListener("input", () => this.#place(this.viewport));
    this.frame.addEventListener("pointerdown", (event) => this.#grab(event), { capture: true });
    this.frame.addEventListener("keydown", (event) => this.#key(event));
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
      tool("zoom-out", gettext("Smaller"), () => this.viewport.zoomOut()),
      this.level,
      tool("zoom-in", gettext("Larger"), () => this.viewport.zoomIn()),
      el("button", { type: "button", class: "button button-small", title: gettext("Full size: one pixel of the picture for one of the screen"), onclick: () => this.viewport.zoomTo(1) }, "1:1"),
      tool("maximize", gettext("Fit"), () => this.viewport.fit()),
    );
  }

  /** The handle stands in the frame, the clip in the picture, which may be larger or moved. */
  #place(view) {
    const at = (this.frame.clientWidth * this.frame.position) / 100;
    const inside = Math.max(0, Math.min(view.width, (at - view.x) / view.zoom));
    this.frame.style.setProperty("--clip", `${inside}px`);
    this.level.textContent = percent(view.zoom);
  }

  #grab(event) {
    const box = this.frame.getBoundingClientRect();
    const at = event.clientX - box.left;
    this.dragging = !this.root.hasAttribute("data-alone") && Math.abs(at - (box.width * this.frame.position) / 100) < NEAR_PX;
    if (!this.dragging) return;
    event.preventDefault();
    this.frame.setPointerCapture(event.pointerId);
    const move = (moved) => {
      this.frame.position = ((moved.clientX - box.left) / box.width) * 100;
      this.#place(this.viewport);
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
    // Arrows on the slider itself move its handle.
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (KEYS[event.key]) this.viewport[KEYS[event.key]]();
    else if (MOVES[event.key]) this.viewport.panBy(...MOVES[event.key]);
    else return;
    event.preventDefault();
  }
}
