// The images of a batch: a page of them at a time, with state, reason and preview.
import { api } from "./api.js";
import { reportBad } from "./bad-result.js";
import { imageBadge } from "./batch-states.js";
import { beforeAfter } from "./before-after.js";
import { bytes, credits } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { showPager } from "./pager.js";
import { sentenceOf } from "./sentences.js";
import { dialogOf, el, icon, showError } from "./ui.js";

const LIMIT = 48;
const REFRESH_MS = 2500;
// Previews are made once an image is done, and the last ones after the batch has ended.
const PREVIEW_ROUNDS = 40;
// Addresses of pictures are signed, and change with every answer: ask for none anew while they work.
const key = ({ id, status, creditsUsed, previews, error, retryJobId, reportedAt }) => JSON.stringify([id, status, creditsUsed, Boolean(previews), error, retryJobId, reportedAt]);

export class Images {
  constructor(path, { list, pager, filter }) {
    Object.assign(this, { path, list, pager, page: 1, tiles: new Map(), timer: 0, asked: 0, rounds: 0 });
    filter.addEventListener("change", ({ target }) => {
      this.status = target.value;
      this.go(1);
    });
  }

  go(page) {
    Object.assign(this, { page, rounds: 0 });
    return this.load();
  }

  /** Something happened to the images: look again soon, however often that is said. */
  changed() {
    this.timer ||= setTimeout(() => {
      this.timer = 0;
      this.load();
    }, REFRESH_MS);
  }

  async load() {
    this.asked += 1;
    const mine = this.asked;
    try {
      const answer = await api(`${this.path}/items`, { query: { page: this.page, limit: LIMIT, status: this.status } });
      if (mine === this.asked) this.draw(answer);
    } catch (error) {
      if (error.status === 429) setTimeout(() => this.changed(), error.retryAfter * 1000);
      else if (error.status !== 404 && error.status !== 0) showError(error);
    }
  }

  draw({ items, pagination }) {
    showPager(this.pager, pagination, (page) => this.go(page));
    const before = this.tiles;
    this.tiles = new Map();
    for (const item of items) {
      const same = before.get(item.id);
      this.tiles.set(item.id, same?.key === key(item) ? same : { key: key(item), tile: tileOf(item, () => this.load()) });
    }
    const tiles = [...this.tiles.values()].map(({ tile }) => tile);
    const focused = tiles.find((tile) => tile.contains(document.activeElement));
    if (tiles.some((tile, at) => this.list.children[at] !== tile) || this.list.children.length !== tiles.length) this.list.replaceChildren(...(tiles.length ? tiles : [nothing()]));
    focused?.querySelector("button")?.focus();
    if (items.some(lacksPreview) && this.rounds < PREVIEW_ROUNDS) {
      this.rounds += 1;
      this.changed();
    }
  }
}

const lacksPreview = ({ status, processedUrl, previews }) => status === "completed" && processedUrl && !previews;

const nothing = () => el("li", { class: "items-empty muted" }, gettext("No images in this state."));

function tileOf(item, reload) {
  const name = item.filename ?? gettext("Deleted image");
  const small = item.previews?.result?.small;
  const picture = small ? el("img", { src: small, alt: "", loading: "lazy", decoding: "async" }) : icon(item.status === "failed" ? "image-off" : "image");
  const open = item.previews ? el("button", { type: "button", class: "tile-open", "aria-label": fill(gettext("Compare %(name)s before and after"), { name }), onclick: () => preview(item, name, reload) }) : null;
  const about = item.error ? el("p", { class: "small item-error" }, sentenceOf(item.error)) : el("p", { class: "small muted truncate" }, item.metadata.width ? `${item.metadata.width} × ${item.metadata.height}, ${bytes(item.metadata.fileSizeBytes)}` : bytes(item.metadata.fileSizeBytes));
  return el("li", { class: "tile item", "data-state": item.status }, el("div", { class: "tile-picture checkerboard" }, picture), el("p", { class: "tile-name truncate", title: name }, name), about, imageBadge(item.status), open);
}

function preview(item, name, reload) {
  const { original, result } = item.previews;
  const content = original ? beforeAfter({ before: original.large, after: result.large }) : el("div", { class: "checkerboard single-preview" }, el("img", { src: result.large, alt: "" }));
  const about = el("p", { class: "small muted" }, [`${item.metadata.width} × ${item.metadata.height}`, item.modelName, credits(item.creditsUsed)].filter(Boolean).join(" · "));
  const actions = [el("button", { class: "button" }, gettext("Close"))];
  if (item.retryJobId) actions.push(el("a", { class: "button", href: `/app?job=${item.retryJobId}` }, icon("rotate-ccw"), gettext("Done again")));
  else if (item.processedUrl && isPaid(item)) actions.push(el("button", { class: "button", disabled: Boolean(item.reportedAt), onclick: () => report(item, reload) }, icon("thumbs-down"), gettext("Bad result")));
  if (item.processedUrl) actions.push(el("a", { class: "button button-primary", href: item.processedUrl, download: item.zipName ?? "" }, icon("download"), gettext("Download")));
  dialogOf({ title: name, content: el("div", { class: "stack" }, content, about), actions, wide: true });
}

const isPaid = ({ creditsUsed, pricingType }) => creditsUsed > 0 || pricingType === "subscription";

async function report(item, reload) {
  try {
    await reportBad(item);
    await reload();
  } catch (error) {
    showError(error);
  }
}
