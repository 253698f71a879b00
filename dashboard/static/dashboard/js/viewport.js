// A window onto something large: zoom by wheel, pinch, keys or buttons, and pan by dragging.

const STEP = 1.4;
const MOST = 16;

/**
 * `frame` is the visible window, `content` what lies in it, with `width` × `height` pixels of its
 * own. At a zoom of 1 one pixel of it is one of the screen. `pans(event)` says whether a press
 * begins to pan; `onChange` is called after each change.
 */
export class Viewport {
  constructor(frame, content, { pans = () => true, onChange = () => {} } = {}) {
    Object.assign(this, { frame, content, pans, onChange, width: 1, height: 1, zoom: 1, x: 0, y: 0, fitted: true });
    this.pointers = new Map();
    frame.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    frame.addEventListener("pointerdown", (event) => this.#down(event));
    frame.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) frame.addEventListener(name, (event) => this.#up(event));
    new ResizeObserver(() => this.fitted && this.fit()).observe(frame);
  }

  resize(width, height) {
    Object.assign(this, { width, height });
    this.fit();
  }

  get fitting() {
    const { clientWidth, clientHeight } = this.frame;
    return Math.min(clientWidth / this.width, clientHeight / this.height, 1) || 1;
  }

  fit() {
    this.zoom = this.fitting;
    this.fitted = true;
    this.x = (this.frame.clientWidth - this.width * this.zoom) / 2;
    this.y = (this.frame.clientHeight - this.height * this.zoom) / 2;
    this.#show();
  }

  /** Zoom so that the point (x, y) of the frame stays where it is; its middle without a point. */
  zoomTo(zoom, x = this.frame.clientWidth / 2, y = this.frame.clientHeight / 2) {
    const wanted = Math.max(Math.min(this.fitting, 1), Math.min(MOST, zoom));
    const factor = wanted / this.zoom;
    this.x = x - (x - this.x) * factor;
    this.y = y - (y - this.y) * factor;
    this.zoom = wanted;
    this.fitted = wanted <= this.fitting;
    if (this.fitted) this.fit();
    else this.#show();
  }

  zoomIn() {
    this.zoomTo(this.zoom * STEP);
  }

  zoomOut() {
    this.zoomTo(this.zoom / STEP);
  }

  panBy(x, y) {
    this.x += x;
    this.y += y;
    this.#show();
  }

  /** A point of the content, in its pixels, for an event's place. */
  pointOf(event) {
    const box = this.frame.getBoundingClientRect();
    return { x: (event.clientX - box.left - this.x) / this.zoom, y: (event.clientY - box.top - this.y) / this.zoom };
  }

  #show() {
    this.#keepInside();
    this.content.style.width = `${this.width}px`;
    this.content.style.height = `${this.height}px`;
    this.content.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.zoom})`;
    this.content.style.setProperty("--zoom", this.zoom);
    this.onChange(this);
  }

  #keepInside() {
    const keep = (at, length, room) => (length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, at)));
    this.x = keep(this.x, this.width * this.zoom, this.frame.clientWidth);
    this.y = keep(this.y, this.height * this.zoom, this.frame.clientHeight);
  }

  #wheel(event) {
    event.preventDefault();
    const box = this.frame.getBoundingClientRect();
    this.zoomTo(this.zoom * Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
  }

  #down(event) {
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.panning = this.pointers.size > 1 || this.pans(event);
    if (this.panning) this.frame.setPointerCapture(event.pointerId);
  }

  #move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before || !this.panning) return;
    const now = { x: event.clientX, y: event.clientY };
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    this.pointers.set(event.pointerId, now);
    if (!others.length) return this.panBy(now.x - before.x, now.y - before.y);
    const box = this.frame.getBoundingClientRect();
    const spread = (point) => Math.hypot(point.x - others[0].x, point.y - others[0].y) || 1;
    const middle = { x: (now.x + others[0].x) / 2 - box.left, y: (now.y + others[0].y) / 2 - box.top };
    this.zoomTo((this.zoom * spread(now)) / spread(before), middle.x, middle.y);
  }

  #up(event) {
    this.pointers.delete(event.pointerId);
    this.panning = this.pointers.size > 0;
  }
}
