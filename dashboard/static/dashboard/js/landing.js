// The landing page: the try-it box and the price calculator.
import { ApiError, api } from "./api.js";
import { beforeAfter } from "./before-after.js";
import { bytes, credits, dollars, images, percent, rupiah } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { el, explain, icon } from "./ui.js";

const form = document.getElementById("try-form");
const state = document.getElementById("try-state");
const input = document.getElementById("try-file");
const signedIn = document.documentElement.dataset.signedIn !== undefined;
let running = null;
let shown = [];

input.addEventListener("change", () => attempt(input.files[0]));
form.addEventListener("dragover", (event) => {
  event.preventDefault();
  form.toggleAttribute("data-over", true);
});
form.addEventListener("dragleave", () => form.removeAttribute("data-over"));
form.addEventListener("drop", (event) => {
  event.preventDefault();
  form.removeAttribute("data-over");
  attempt(event.dataTransfer.files[0]);
});
document.addEventListener("paste", (event) => {
  const [file] = event.clipboardData.files;
  if (file) attempt(file);
});

async function attempt(file) {
  input.value = "";
  if (!file) return;
  running?.abort();
  const attempt = (running = new AbortController());
  try {
    check(file);
    state.replaceChildren(el("p", {}, gettext("Removing the background…")), el("progress", { class: "progress", "aria-label": gettext("Removing the background…") }));
    const body = new FormData();
    body.append("image", file);
    const answer = await api("background-remover/try", { body, raw: true, headers: { Accept: "image/png, application/json" }, signal: attempt.signal });
    show(file, await answer.blob());
  } catch (error) {
    if (error.name !== "AbortError") refuse(error);
  }
}

function check(file) {
  const most = Number(form.dataset.bytes);
  const named = /\.(jpe?g|png|webp|hei[cf]|avif|tiff?|bmp|gif)$/i.test(file.name);
  if (!file.type.startsWith("image/") && !named) throw new ApiError({ status: 400, code: "CLIENT", message: gettext("This file is not a photo. Choose a JPEG, PNG, WebP, HEIC, AVIF or TIFF.") });
  if (file.size > most) throw new ApiError({ status: 400, code: "CLIENT", message: fill(gettext("The photo has %(size)s, and here it may have %(most)s. Choose a smaller one, or sign in for larger ones."), { size: bytes(file.size), most: bytes(most) }) });
}

async function show(file, result) {
  for (const address of shown) URL.revokeObjectURL(address);
  shown = [file, result].map((blob) => URL.createObjectURL(blob));
  const [before, after] = shown;
  const download = el("a", { class: "button button-primary", href: after, download: `${file.name.replace(/\.\w+$/, "")}-cutout.png` }, icon("download"), gettext("Download the preview"));
  const more = signedIn ? null : el("a", { class: "button", href: "/sign-up" }, gettext("Get it in full size"));
  state.replaceChildren(await picture(before, after), el("div", { class: "row" }, download, more));
}

/** Browsers that cannot show a photo, such as HEIC, get its cut-out alone. */
async function picture(before, after) {
  const original = el("img", { src: before, alt: gettext("Before") });
  const result = el("img", { src: after, alt: gettext("After") });
  try {
    await original.decode();
  } catch {
    result.classList.add("checkerboard");
    return result;
  }
  return beforeAfter({ before: original, after: result, label: gettext("Compare the photo with its cut-out") });
}

function refuse(error) {
  const { text } = explain(error);
  const next = error.status === 429 && !signedIn ? el("a", { href: "/sign-up" }, gettext("Create an account")) : null;
  state.replaceChildren(el("div", { class: "notice notice-bad", role: "alert" }, icon("circle-alert"), el("div", {}, el("p", {}, text)), next));
}

const calculator = document.getElementById("calculator");
const count = document.getElementById("count");
const range = document.getElementById("count-range");
const output = document.getElementById("price");
let asked = null;
let waiting = 0;

calculator.addEventListener("submit", (event) => event.preventDefault());
calculator.addEventListener("input", ({ target }) => {
  if (target === range) count.value = range.value;
  if (target === count && count.validity.valid && count.value) range.value = count.value;
  clearTimeout(waiting);
  waiting = setTimeout(calculate, 150);
});

async function calculate() {
  if (!count.validity.valid || !count.value) {
    output.replaceChildren(el("span", { class: "field-error" }, fill(gettext("Enter a number from 1 to %(most)s."), { most: count.max })));
    return;
  }
  asked?.abort();
  asked = new AbortController();
  const body = { imageCount: Number(count.value), tier: calculator.elements.tier.value };
  try {
    const price = await api("pricing/calculate", { body, signal: asked.signal });
    output.replaceChildren(
      el("span", { class: "figure" }, rupiah(price.breakdown.costInIDR)),
      el("span", { class: "muted" }, `${images(price.imageCount)}: ${credits(price.finalTotal)}, ${dollars(price.breakdown.costInUSD)}`),
      ...saving(price),
    );
  } catch (error) {
    if (error.name !== "AbortError") output.replaceChildren(el("span", { class: "field-error" }, explain(error).text));
  }
}

function saving(price) {
  if (!price.discountPercentage) return [];
  const text = fill(gettext("%(share)s volume discount, saves %(saved)s"), { share: percent(price.discountPercentage / 100), saved: rupiah(price.breakdown.savingsIDR) });
  return [" ", el("span", { class: "badge badge-good" }, text)];
}

calculate();
