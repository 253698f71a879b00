// A brush on the mask: what is painted is removed, what is rubbed free is kept.
//
// The canvas over the photo holds the mask upside down: opaque where nothing is kept. So keeping is
// rubbing out, and the corrected alpha is what the canvas leaves of a full one.
import { api } from "./api.js";
import { gettext } from "./i18n.js";
import { announce, busy, el, icon, showError } from "./ui.js";
import { Viewport } from "./viewport.js";

const TINT = "255 0 110";
const TILE = 256;
const STRIP = 256;
const MOST_STEPS = 40;
const CORE = 0.75;

/** Shows itself in `root`; `onDone(blob)` gets the corrected mask, `onCancel` is called without. */
export class MaskEditor {
  constructor(root, { onDone, onCancel }) {
    Object.assign(this, { root, onDone, onCancel, undone: [], done: [], keeping: true });
    this.photo = el("img", { alt: "", draggable: "false" });
    this.canvas = el("canvas", { class: "mask-layer" });
    this.cursor = el("div", { class: "mask-cursor", "aria-hidden": "true" });
    this.content = el("div", { class: "compare-content" }, this.photo, this.canvas, this.cursor);
    this.frame = el("div", { class: "compare-frame mask-frame", tabindex: "0", role: "application", "aria-label": gettext("Mask. Arrows move the brush, space paints, K keeps, E erases, [ and ] change its size, plus and minus zoom.") }, this.content);
    root.replaceChildren(this.frame, this.#tools());
    this.viewport = new Viewport(this.frame, this.content, { pans: (event) => event.button === 1 || event.shiftKey, onChange: () => this.#place() });
    this.frame.addEventListener("pointerdown", (event) => this.#press(event));
    this.frame.addEventListener("pointermove", (event) => this.#hover(event));
    this.frame.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Load the mask of a job and the picture under it. */
  async open(job, photo) {
    Object.assign(this, { undone: [], done: [], at: null });
    this.#refresh();
    // There is nothing to paint on until the mask has come.
    this.frame.inert = true;
    const [answer] = await Promise.all([api(`background-remover/jobs/${job.id}/mask`, { raw: true }), this.#load(photo)]);
    const mask = await createImageBitmap(await answer.blob());
    Object.assign(this.canvas, { width: mask.width, height: mask.height });
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.#turn(mask);
    this.at = { x: mask.width / 2, y: mask.height / 2 };
    this.size.max = Math.round(Math.max(mask.width, mask.height) / 4);
    this.size.value = Math.max(8, Math.round(Math.max(mask.width, mask.height) / 24));
    this.viewport.resize(mask.width, mask.height);
    this.frame.inert = false;
    this.#refresh();
    this.frame.focus();
  }

  #load(photo) {
    this.photo.src = photo;
    return this.photo.decode().catch(() => {});
  }

  /** The grey mask as an overlay, a strip at a time: a whole photo would take 100 MB at once. */
  #turn(mask) {
    const strip = new OffscreenCanvas(mask.width, Math.min(STRIP, mask.height)).getContext("2d", { willReadFrequently: true });
    const [red, green, blue] = TINT.split(" ").map(Number);
    for (let top = 0; top < mask.height; top += STRIP) {
      const height = Math.min(STRIP, mask.height - top);
      strip.drawImage(mask, 0, top, mask.width, height, 0, 0, mask.width, height);
      const image = strip.getImageData(0, 0, mask.width, height);
      const { data } = image;
      for (let at = 0; at < data.length; at += 4) {
        data[at + 3] = 255 - data[at];
        [data[at], data[at + 1], data[at + 2]] = [red, green, blue];
      }
      this.context.putImageData(image, 0, top);
    }
  }

  #tools() {
    const choice = (value, text, name, checked) => el("label", { class: "segment" }, el("input", { type: "radio", name: "brush", value, checked, onchange: () => this.#choose(value === "keep") }), el("span", {}, icon(name), text));
    const tool = (name, text, run) => el("button", { type: "button", class: "button button-icon button-small", "aria-label": text, title: text, onclick: run }, icon(name));
    this.choices = el("div", { class: "segments", role: "radiogroup", "aria-label": gettext("Brush") }, choice("keep", gettext("Keep"), "brush", true), choice("erase", gettext("Erase"), "eraser", false));
    this.size = el("input", { type: "range", min: "2", max: "400", value: "60", id: "brush-size", oninput: () => this.#place() });
    this.undo = tool("undo-2", gettext("Undo"), () => this.#step(this.done, this.undone));
    this.redo = tool("redo-2", gettext("Redo"), () => this.#step(this.undone, this.done));
    this.apply = el("button", { type: "button", class: "button button-primary", onclick: () => this.#finish() }, icon("check"), gettext("Use this mask"));
    return el(
      "div",
      { class: "mask-tools" },
      this.choices,
      el("label", { class: "mask-size", for: "brush-size" }, gettext("Size"), this.size),
      el("div", { class: "row" }, this.undo, this.redo, tool("zoom-out", gettext("Smaller"), () => this.viewport.zoomOut()), tool("zoom-in", gettext("Larger"), () => this.viewport.zoomIn()), tool("maximize", gettext("Fit"), () => this.viewport.fit())),
      el("div", { class: "row mask-end" }, el("button", { type: "button", class: "button", onclick: () => this.onCancel() }, gettext("Cancel")), this.apply),
    );
  }

  #choose(keeping) {
    this.keeping = keeping;
    this.choices.querySelector(`[value="${keeping ? "keep" : "erase"}"]`).checked = true;
    this.#place();
  }

  get radius() {
    return Number(this.size.value) / 2;
  }

  #press(event) {
    if (event.button !== 0 || event.shiftKey || this.viewport.pointers.size > 1) return this.#end();
    event.preventDefault();
    this.frame.focus({ preventScroll: true });
    this.frame.setPointerCapture(event.pointerId);
    this.#begin();
    this.at = this.viewport.pointOf(event);
    this.#stamp(this.at);
    this.frame.addEventListener("pointerup", () => this.#end(), { once: true });
    this.frame.addEventListener("pointercancel", () => this.#end(), { once: true });
  }

  #hover(event) {
    const drawn = this.stroke && !this.viewport.panning ? (event.getCoalescedEvents?.() ?? []) : [];
    for (const each of drawn.length ? drawn : [event]) {
      const to = this.viewport.pointOf(each);
      if (this.stroke && !this.viewport.panning) this.#line(this.at, to);
      this.at = to;
    }
    this.#place();
  }

  #begin() {
    this.stroke = new Map();
    this.undone = [];
  }

  #end() {
    if (!this.stroke) return;
    if (this.stroke.size) this.done = [...this.done, this.stroke].slice(-MOST_STEPS);
    this.stroke = null;
    this.#refresh();
  }

  #line(from, to) {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const steps = Math.max(1, Math.ceil(length / Math.max(1, this.radius / 3)));
    for (let step = 1; step <= steps; step += 1) {
      this.#stamp({ x: from.x + ((to.x - from.x) * step) / steps, y: from.y + ((to.y - from.y) * step) / steps });
    }
  }

  #stamp({ x, y }) {
    const { context, radius } = this;
    this.#keepTiles(x - radius, y - radius, x + radius, y + radius);
    const paint = context.createRadialGradient(x, y, radius * CORE, x, y, radius);
    paint.addColorStop(0, `rgb(${TINT} / 100%)`);
    paint.addColorStop(1, `rgb(${TINT} / 0%)`);
    context.globalCompositeOperation = this.keeping ? "destination-out" : "source-over";
    context.fillStyle = paint;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }

  /** Remember the tiles that a stroke is about to change, for undoing it. */
  #keepTiles(left, top, right, bottom) {
    const { width, height } = this.canvas;
    for (let y = Math.max(0, Math.floor(top / TILE)); y * TILE < Math.min(bottom, height); y += 1) {
      for (let x = Math.max(0, Math.floor(left / TILE)); x * TILE < Math.min(right, width); x += 1) {
        const key = `${x} ${y}`;
        if (!this.stroke.has(key)) this.stroke.set(key, this.#tile(x, y));
      }
    }
  }

  #tile(x, y) {
    const { width, height } = this.canvas;
    return this.context.getImageData(x * TILE, y * TILE, Math.min(TILE, width - x * TILE), Math.min(TILE, height - y * TILE));
  }

  #step(from, to) {
    const tiles = from.pop();
    if (!tiles) return;
    const other = new Map();
    for (const [key, image] of tiles) {
      const [x, y] = key.split(" ").map(Number);
      other.set(key, this.#tile(x, y));
      this.context.putImageData(image, x * TILE, y * TILE);
    }
    to.push(other);
    this.#refresh();
    announce(from === this.done ? gettext("Undone") : gettext("Done again"));
  }

  #refresh() {
    this.undo.disabled = !this.done.length;
    this.redo.disabled = !this.undone.length;
    this.apply.disabled = !this.done.length;
    this.#place();
  }

  #place() {
    if (!this.at) return;
    const size = this.radius * 2;
    Object.assign(this.cursor.style, { width: `${size}px`, height: `${size}px`, left: `${this.at.x - this.radius}px`, top: `${this.at.y - this.radius}px` });
    this.cursor.toggleAttribute("data-erase", !this.keeping);
  }

  #key(event) {
    const far = Math.max(2, this.radius / 2);
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && key === "z") this.#step(...(event.shiftKey ? [this.undone, this.done] : [this.done, this.undone]));
    else if (command && key === "y") this.#step(this.undone, this.done);
    else if (command || event.altKey) return;
    else if (moves[event.key]) this.at = { x: this.at.x + moves[event.key][0], y: this.at.y + moves[event.key][1] };
    else if (key === " " || key === "enter") {
      this.#begin();
      this.#stamp(this.at);
      this.#end();
    } else if (key === "k" || key === "e") this.#choose(key === "k");
    else if (key === "[" || key === "]") this.size.value = this.radius * 2 * (key === "]" ? 1.25 : 0.8);
    else if (key === "+" || key === "=") this.viewport.zoomIn();
    else if (key === "-") this.viewport.zoomOut();
    else if (key === "0") this.viewport.fit();
    else return;
    event.preventDefault();
    this.#place();
  }

  /** The alpha as a PNG: full, less what the overlay covers. */
  async #finish() {
    const { width, height } = this.canvas;
    const whole = new OffscreenCanvas(width, height);
    const context = whole.getContext("2d");
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "destination-out";
    context.drawImage(this.canvas, 0, 0);
    try {
      await busy(this.apply, async () => this.onDone(await whole.convertToBlob({ type: "image/png" })));
    } catch (error) {
      showError(error);
    }
  }
}
