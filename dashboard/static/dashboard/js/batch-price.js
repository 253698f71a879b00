// The live price of a batch that is being put together, and whether there are credits enough.
import { ApiError, api } from "./api.js";
import { bytes, credits, images, number, percent, rupiah } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { el, icon } from "./ui.js";

const place = document.getElementById("price");
const DELAY_MS = 200;
const quotes = new Map();
let available = null;
let timer = 0;
let latest = 0;
let shown = null;

/** Ask what `count` images cost and show it; only the latest question is answered. */
export function showPrice({ count, tier, totalBytes, limits }) {
  clearTimeout(timer);
  latest += 1;
  const asked = latest;
  shown = null;
  if (count < 2) return draw(el("p", { class: "muted" }, gettext("The price appears here once there are two images.")));
  if (totalBytes > limits.batchBytes) return draw(warning(fill(gettext("%(size)s together; a batch has at most %(most)s. Remove some images, or make a second batch of them."), { size: bytes(totalBytes), most: bytes(limits.batchBytes) })));
  const known = quotes.get(`${tier} ${count}`);
  if (known && available !== null) return show(known);
  if (!place.childElementCount || !place.querySelector("dl")) draw(el("p", { class: "skeleton" }, " "), el("p", { class: "skeleton" }, " "));
  timer = setTimeout(() => ask(count, tier, asked), DELAY_MS);
  return undefined;
}

/** Raises what the start would be refused for, before anything is sent in vain. */
export async function requireCredits() {
  if (!shown) return;
  await renewBalance();
  show(shown);
  if (available >= shown.finalTotal) return;
  const message = fill(gettext("This batch costs %(needed)s, and you have %(available)s. Nothing was sent."), { needed: credits(shown.finalTotal), available: number(available) });
  throw new ApiError({ status: 402, code: "INSUFFICIENT_CREDITS", message });
}

async function renewBalance() {
  available = (await api("billing/credits", { quiet: true })).available;
}

async function ask(count, tier, asked) {
  try {
    const [quote] = await Promise.all([api("pricing/calculate", { body: { imageCount: count, tier }, quiet: true }), renewBalance()]);
    quotes.set(`${tier} ${count}`, quote);
    if (asked === latest) show(quote);
  } catch (error) {
    if (asked === latest) draw(warning(error.message));
  }
}

function show(quote) {
  shown = quote;
  const rows = [[fill(gettext("%(images)s at %(price)s"), { images: images(quote.imageCount), price: number(quote.baseCreditsPerImage) }), number(quote.baseTotal)]];
  if (quote.discountPercentage) rows.push([fill(gettext("Volume discount %(percent)s"), { percent: percent(quote.discountPercentage / 100) }), `−${number(quote.discountAmount)}`]);
  const list = el("dl", { class: "price-rows" }, rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  const total = el("p", { class: "price-total" }, el("strong", { class: "figure" }, credits(quote.finalTotal)), el("span", { class: "muted" }, rupiah(quote.breakdown.costInIDR)));
  draw(list, total, balance(quote.finalTotal));
}

function balance(needed) {
  if (available === null) return null;
  const missing = needed - available;
  if (missing <= 0) return el("p", { class: "small muted" }, fill(gettext("You have %(credits)s."), { credits: credits(available) }));
  const text = fill(gettext("You have %(credits)s: %(missing)s too few."), { credits: credits(available), missing: number(missing) });
  return el("div", { class: "notice notice-warning" }, icon("coins"), el("div", {}, el("p", {}, text), el("p", {}, el("a", { href: "/app/billing", target: "_blank" }, gettext("Buy credits")), " ", gettext("in a new tab; nothing here is lost."))));
}

const warning = (text) => el("p", { class: "notice notice-warning" }, icon("triangle-alert"), el("span", {}, text));
const draw = (...content) => place.replaceChildren(...content.filter(Boolean));

// Credits may have been bought in another tab.
addEventListener("focus", async () => {
  if (available === null || !shown) return;
  try {
    await renewBalance();
    show(shown);
  } catch {
    // The balance stays as it was; the start itself tells when it is too small.
  }
});
