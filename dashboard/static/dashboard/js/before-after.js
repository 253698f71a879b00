// A before/after slider: two pictures of the same size on top of each other, and a handle between.
//
//   <before-after> <img slot="before"> <img slot="after"> </before-after>      in a template, or
//   const slider = beforeAfter({ before, after, label });                        in a module.
//
// `before` and `after` are elements (pictures or canvases) or addresses. The handle is a native range
// input, so it works by keyboard, touch and screen reader. `slider.position` is 0 to 100. `zoomable.js`
// makes one that can be zoomed and panned.
import { percent } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { el, icon } from "./ui.js";

export class BeforeAfter extends HTMLElement {
  #range = null;

  connectedCallback() {
    if (this.#range) return;
    const [before, after] = ["before", "after"].map((slot) => this.querySelector(`[slot=${slot}]`));
    before.classList.add("before-after-before");
    after.classList.add("before-after-after");
    for (const picture of [before, after]) picture.draggable = false;
    const label = this.getAttribute("label") ?? gettext("Compare before and after");
    this.#range = el("input", { type: "range", min: 0, max: 100, step: "any", class: "before-after-range", "aria-label": label });
    this.#range.value = this.getAttribute("position") ?? 50;
    this.#range.addEventListener("input", () => this.#show());
    this.#range.addEventListener("keydown", (event) => this.#key(event));
    const handle = el("div", { class: "before-after-handle", "aria-hidden": "true" }, el("span", {}, icon("move-horizontal")));
    this.append(this.#range, handle);
    this.#show();
  }

  get position() {
    return Number(this.#range?.value ?? this.getAttribute("position") ?? 50);
  }

  set position(value) {
    if (!this.#range) {
      this.setAttribute("position", value);
      return;
    }
    this.#range.value = value;
    this.#show();
  }

  /** Step of `any` moves by too little for a key. */
  #key(event) {
    const steps = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -20, PageUp: 20 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.position = Math.min(100, Math.max(0, this.position + steps[event.key]));
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #show() {
    const position = this.position;
    this.style.setProperty("--position", `${position}%`);
    this.#range.setAttribute("aria-valuetext", fill(gettext("%(share)s before"), { share: percent(position / 100) }));
  }
}

customElements.define("before-after", BeforeAfter);

/** A slider of two elements or addresses; `label` is what screen readers say. */
export function beforeAfter({ before, after, label, position = 50 }) {
  const slider = el("before-after", { label, position });
  for (const [slot, source] of Object.entries({ before, after })) {
    const picture = typeof source === "string" ? el("img", { src: source, alt: "" }) : source;
    picture.setAttribute("slot", slot);
    slider.append(picture);
  }
  return slider;
}
