// The tiles of a batch that is being put together: a small picture, its state, and what can be done.
import { bytes, percent } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { Thumbnails } from "./thumbnails.js";
import { el, icon } from "./ui.js";
import { VirtualGrid } from "./virtual-grid.js";

const thumbnails = new Thumbnails();

const STATES = {
  ready: () => "",
  waiting: () => gettext("Waiting"),
  sending: ({ sent, size }) => percent(size ? Math.min(1, sent / size) : 0),
  uploaded: ({ url }) => (url ? gettext("Fetched") : gettext("Sent")),
  fetching: () => gettext("Being fetched"),
  failed: () => gettext("Failed"),
};

export class Tiles {
  constructor(list, { remove, retry }) {
    this.grid = new VirtualGrid(list, {
      tileWidth: 148,
      tileHeight: 190,
      gap: 12,
      make: (entry) => makeTile(entry, { remove, retry }),
      refresh: refreshTile,
      drop: (tile) => thumbnails.forget(tile.querySelector("canvas")),
    });
  }

  show(entries) {
    this.grid.show(entries);
  }

  update(entry) {
    this.grid.update(entry);
  }
}

function makeTile(entry, { remove, retry }) {
  const label = fill(gettext("Remove %(name)s"), { name: entry.name });
  return el(
    "li",
    { class: "tile" },
    el("div", { class: "tile-picture checkerboard" }, el("canvas", { width: 0, height: 0, "aria-hidden": "true" }), icon("image"), el("progress", { class: "progress", max: 1, value: 0, hidden: true, "aria-label": fill(gettext("%(name)s: sent"), { name: entry.name }) })),
    el("p", { class: "tile-name truncate", title: entry.url ?? entry.name }, entry.name),
    el("p", { class: "tile-state small truncate" }),
    el("button", { type: "button", class: "tile-remove", "aria-label": label, title: label, onclick: () => remove(entry) }, icon("x")),
    el("button", { type: "button", class: "button button-small tile-retry", hidden: true, onclick: () => retry(entry) }, icon("rotate-ccw"), gettext("Try again")),
  );
}

function refreshTile(tile, entry) {
  const text = STATES[entry.state](entry) || (entry.size ? bytes(entry.size) : "");
  tile.dataset.state = entry.state;
  const state = tile.querySelector(".tile-state");
  state.textContent = entry.problem || text;
  state.title = entry.problem || "";
  const bar = tile.querySelector("progress");
  bar.hidden = entry.state !== "sending";
  bar.value = entry.size ? Math.min(1, (entry.sent ?? 0) / entry.size) : 0;
  tile.querySelector(".tile-retry").hidden = entry.state !== "failed";
  if (entry.file && !tile.dataset.drawn) {
    tile.dataset.drawn = "asked";
    thumbnails.draw(entry.file, tile.querySelector("canvas"), (ok) => (tile.dataset.drawn = ok ? "yes" : "no"));
  }
}
