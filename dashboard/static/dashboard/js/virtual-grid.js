// A grid that holds only the tiles in view, however many entries there are. The page scrolls.

const ROWS_AROUND = 2;

export class VirtualGrid {
  /**
   * `list` is the element that gets the tiles. `make(entry)` returns a tile, `refresh(tile, entry)`
   * brings it up to date, `drop(tile, entry)` is called when it leaves.
   */
  constructor(list, { tileWidth, tileHeight, gap, make, refresh, drop = () => {} }) {
    Object.assign(this, { list, tileWidth, tileHeight, gap, make, refresh, drop });
    this.entries = [];
    this.tiles = new Map();
    this.waiting = false;
    const later = () => this.schedule();
    addEventListener("scroll", later, { passive: true });
    new ResizeObserver(later).observe(list);
  }

  show(entries) {
    this.entries = entries;
    this.schedule();
  }

  /** Bring one entry's tile up to date, if it is in view. */
  update(entry) {
    const tile = this.tiles.get(entry.id);
    if (tile) this.refresh(tile, entry);
  }

  schedule() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.layOut();
    });
  }

  layOut() {
    const width = this.list.clientWidth;
    const columns = Math.max(1, Math.floor((width + this.gap) / (this.tileWidth + this.gap)));
    const tileWidth = (width - this.gap * (columns - 1)) / columns;
    const rowHeight = this.tileHeight + this.gap;
    const rows = Math.ceil(this.entries.length / columns);
    this.list.style.height = rows ? `${rows * rowHeight - this.gap}px` : "0";
    const top = -this.list.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(top / rowHeight) - ROWS_AROUND);
    const last = Math.min(rows, Math.ceil((top + innerHeight) / rowHeight) + ROWS_AROUND);
    const shown = this.entries.slice(first * columns, Math.max(first, last) * columns);
    this.forgetOthers(new Set(shown.map((entry) => entry.id)));
    shown.forEach((entry, at) => this.place(entry, first * columns + at, { columns, tileWidth, rowHeight }));
  }

  place(entry, index, { columns, tileWidth, rowHeight }) {
    let tile = this.tiles.get(entry.id);
    if (!tile) {
      tile = this.make(entry);
      this.tiles.set(entry.id, tile);
      this.insert(tile, index);
    }
    tile.dataset.index = index;
    tile.setAttribute("aria-setsize", this.entries.length);
    tile.setAttribute("aria-posinset", index + 1);
    const left = (index % columns) * (tileWidth + this.gap);
    tile.style.width = `${tileWidth}px`;
    tile.style.height = `${this.tileHeight}px`;
    tile.style.transform = `translate(${left}px, ${Math.floor(index / columns) * rowHeight}px)`;
    this.refresh(tile, entry);
  }

  /** In the order of the entries, for keyboards and screen readers. */
  insert(tile, index) {
    const after = [...this.list.children].find((other) => Number(other.dataset.index) > index);
    this.list.insertBefore(tile, after ?? null);
  }

  forgetOthers(kept) {
    const byId = new Map();
    for (const [id, tile] of this.tiles) if (!kept.has(id)) byId.set(id, tile);
    for (const [id, tile] of byId) {
      // A tile that has the focus stays, or the keyboard would lose its place.
      if (tile.contains(document.activeElement) && this.entries.some((entry) => entry.id === id)) continue;
      this.tiles.delete(id);
      tile.remove();
      this.drop(tile);
    }
  }
}
