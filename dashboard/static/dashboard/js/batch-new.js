// The page that puts a batch together: files or addresses, price, sending, start.
import { ApiError, api, newKey } from "./api.js";
import { addressForm } from "./batch-addresses.js";
import { claimed, claims } from "./batch-claims.js";
import { optionsOf, rememberOptions } from "./batch-options.js";
import { requireCredits, showPrice } from "./batch-price.js";
import { Tiles } from "./batch-tiles.js";
import { bytes, images, number, percent } from "./format.js";
import { fill, gettext, ngettext } from "./i18n.js";
import { filesOfDrop, filesOfInput, isClutter, look, referenceOf } from "./picked-files.js";
import { sentenceOf } from "./sentences.js";
import { announce, busy, clearFormErrors, confirmDialog, el, icon, showError, showFormError } from "./ui.js";
import { openUploads, withRetries, Uploader } from "./uploads.js";
import { pause } from "./waiting.js";

const WATCH_S = 2;
const form = document.getElementById("batch");
const limits = { images: Number(form.dataset.maxImages), maxBytes: Number(form.dataset.maxBytes), batchBytes: Number(form.dataset.maxBatchBytes) };
const part = (id) => document.getElementById(id);

// Entries in the order in which they were added, and files that were refused.
let entries = [];
let refused = [];
// Uploads of an earlier visit that no entry has taken, by the reference of their file.
let earlier = new Map();
let started = false;
let watching = false;
let serial = 0;
let start = { key: "", body: "" };

const tiles = new Tiles(part("tiles"), { remove, retry });
const uploader = new Uploader({ onChange: changed });
const counted = () => entries.filter(({ state }) => state !== "failed");

// --- adding ---

async function addFiles(picked) {
  const candidates = picked.filter((one) => !isClutter(one));
  const known = new Map(entries.map((entry) => [entry.reference, entry]));
  const problems = [];
  let twice = 0;
  for (const one of candidates) {
    const reference = referenceOf(one);
    const same = known.get(reference);
    if (same) {
      // A file that was sent on an earlier visit: now there is something to show.
      if (!same.file) refresh(Object.assign(same, { file: one.file }));
      else twice += 1;
      continue;
    }
    if (counted().length >= limits.images) {
      problems.push({ name: one.path, problem: "full" });
      continue;
    }
    const { type, problem } = await look(one.file, limits);
    if (problem) {
      problems.push({ name: one.path, problem });
      continue;
    }
    const entry = take(reference) ?? { state: "ready", sent: 0 };
    Object.assign(entry, { id: (serial += 1), name: one.file.name, size: one.file.size, file: one.file, type, reference });
    entries.push(entry);
    known.set(reference, entry);
  }
  refused = [...refused, ...problems];
  if (twice) announce(fill(ngettext("%(count)s file was there already.", "%(count)s files were there already.", twice), { count: twice }));
  if (candidates.length && !twice && !problems.length) announce(fill(gettext("%(count)s added."), { count: images(candidates.length) }));
  showAll();
}

/** The upload of an earlier visit for a file, which then need not be sent again. */
function take(reference) {
  const upload = earlier.get(reference);
  if (!upload) return null;
  earlier.delete(reference);
  claims.add(upload.uploadId);
  return entryOf(upload);
}

function entryOf(upload) {
  const states = { uploaded: "uploaded", fetching: "fetching", failed: "failed" };
  return {
    id: (serial += 1),
    name: upload.filename,
    size: upload.size ?? 0,
    file: null,
    reference: upload.reference ?? upload.uploadId,
    url: upload.url,
    uploadId: upload.uploadId,
    target: upload.sendTo,
    state: states[upload.status] ?? "ready",
    sent: upload.status === "uploaded" ? upload.size : 0,
    problem: upload.error ? sentenceOf(upload.error) : "",
  };
}

async function addAddresses(list) {
  const room = limits.images - counted().length;
  if (list.length > room) throw new ApiError({ code: "BATCH_TOO_LARGE", message: fill(gettext("A batch has at most %(most)s; there is room for %(room)s more."), { most: images(limits.images), room: number(Math.max(room, 0)) }) });
  const body = { images: list.map(({ url, filename }) => (filename ? { url, filename } : { url })) };
  const key = newKey();
  const { uploads } = await withRetries(() => api("background-remover/uploads/addresses", { body, idempotencyKey: key }));
  for (const upload of uploads) claims.add(upload.uploadId);
  entries.push(...uploads.map(entryOf));
  showAll();
  watch();
}

/** Follow what workers fetch until all of it is there or has failed. */
async function watch() {
  if (watching) return;
  watching = true;
  try {
    while (entries.some(({ state }) => state === "fetching")) {
      await pause(WATCH_S);
      const found = new Map((await withRetries(openUploads)).map((upload) => [upload.uploadId, upload]));
      for (const entry of entries.filter(({ state }) => state === "fetching")) {
        const upload = found.get(entry.uploadId);
        if (upload && upload.status !== "fetching") refresh(Object.assign(entry, { ...entryOf(upload), id: entry.id }));
        else if (!upload) refresh(Object.assign(entry, { state: "failed", problem: gettext("It was deleted.") }));
      }
      showAll();
    }
  } catch (error) {
    showError(error);
  } finally {
    watching = false;
  }
}

// --- removing ---

function remove(entry) {
  entries = entries.filter((one) => one !== entry);
  if (entry.uploadId) discard([entry.uploadId]);
  showAll();
  part("picked-title").focus?.();
}

function discard(ids) {
  for (const id of ids) claims.delete(id);
  api("background-remover/uploads/discard", { body: { uploadIds: ids }, quiet: true }).catch(() => {
    // They expire by themselves.
  });
}

async function clear() {
  const sent = entries.filter(({ uploadId }) => uploadId);
  if (sent.length) {
    const agreed = await confirmDialog({ title: gettext("Remove all images?"), text: gettext("What has been sent already is deleted from the server."), confirm: gettext("Remove all"), danger: true });
    if (!agreed) return;
  }
  uploader.stop();
  if (sent.length) discard(sent.map(({ uploadId }) => uploadId));
  entries = [];
  refused = [];
  showAll();
}

function retry(entry) {
  if (entry.url) return retryAddress(entry);
  Object.assign(entry, { state: "ready", problem: "", sent: 0 });
  refresh(entry);
  showAll();
  return undefined;
}

async function retryAddress(entry) {
  try {
    discard([entry.uploadId]);
    entries = entries.filter((one) => one !== entry);
    await addAddresses([{ url: entry.url, filename: entry.name }]);
  } catch (error) {
    showError(error);
  }
}

// --- showing ---

function changed(entry) {
  if (entry.uploadId) claims.add(entry.uploadId);
  refresh(entry);
  showSending();
}

function refresh(entry) {
  tiles.update(entry);
}

function showAll() {
  const count = counted().length;
  showEarlier();
  part("picked").hidden = !entries.length;
  part("picked-title").textContent = images(entries.length);
  part("price-card").toggleAttribute("data-empty", count < 2);
  part("files-source").dataset.small = entries.length ? "" : "no";
  tiles.show(entries);
  showRefused();
  showSending();
  showPrice({ count, tier: form.elements.tier.value, totalBytes: counted().reduce((sum, { size }) => sum + size, 0), limits });
  const fetching = entries.some(({ state }) => state === "fetching");
  const failed = entries.length - count;
  const button = part("start");
  button.disabled = started || uploader.running || count < 2 || fetching;
  button.textContent = labelOf({ count, fetching, failed });
}

function labelOf({ count, fetching, failed }) {
  if (count < 2) return gettext("Add at least two images");
  if (fetching) return gettext("Images are being fetched…");
  if (failed) return fill(gettext("Start with %(count)s"), { count: images(count) });
  const toSend = entries.filter(({ state }) => state === "ready").length;
  return toSend ? fill(gettext("Send %(count)s and start"), { count: images(count) }) : fill(gettext("Start with %(count)s"), { count: images(count) });
}

function showRefused() {
  const place = part("refused");
  place.hidden = !refused.length;
  if (!refused.length) return place.replaceChildren();
  const full = refused.filter(({ problem }) => problem === "full");
  const others = refused.filter(({ problem }) => problem !== "full");
  const lines = others.slice(0, 20).map(({ name, problem }) => el("li", {}, el("strong", {}, name), " ", problem));
  if (others.length > 20) lines.push(el("li", {}, fill(gettext("and %(count)s more"), { count: number(others.length - 20) })));
  const parts = [];
  if (others.length) parts.push(el("p", {}, fill(ngettext("%(count)s file was left out:", "%(count)s files were left out:", others.length), { count: number(others.length) })), el("ul", { class: "refused-list" }, lines));
  if (full.length) {
    const text = ngettext("A batch has at most %(most)s. %(count)s file was left out; start a second batch for it.", "A batch has at most %(most)s. %(count)s files were left out; start a second batch for them.", full.length);
    parts.push(el("p", {}, fill(text, { most: images(limits.images), count: number(full.length) })));
  }
  const close = el("button", { type: "button", class: "button button-quiet button-icon button-small", "aria-label": gettext("Close"), onclick: () => ((refused = []), showRefused()) }, icon("x"));
  return place.replaceChildren(el("div", { class: "notice notice-warning", role: "alert" }, icon("triangle-alert"), el("div", {}, parts), close));
}

let drawn = 0;

/** Progress in total, drawn ten times a second at most. */
function showSending() {
  if (drawn) return;
  drawn = setTimeout(() => {
    drawn = 0;
    drawSending();
  }, 100);
}

function drawSending() {
  const place = part("sending");
  const files = entries.filter(({ file, uploadId, url }) => (file || uploadId) && !url);
  part("stop").hidden = !uploader.running;
  place.hidden = !uploader.running;
  part("away").hidden = navigator.onLine || !uploader.running;
  if (!uploader.running) return;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const sent = files.reduce((sum, { size, sent: done = 0, state }) => sum + (state === "uploaded" ? size : Math.min(done, size)), 0);
  const done = files.filter(({ state }) => state === "uploaded").length;
  const share = total ? sent / total : 0;
  const bar = el("progress", { class: "progress", max: 1, value: share, "aria-label": gettext("Sent in total") });
  const text = fill(gettext("%(done)s of %(all)s sent, %(bytes)s of %(total)s"), { done: number(done), all: images(files.length), bytes: bytes(sent), total: bytes(total) });
  place.replaceChildren(el("div", { class: "row row-between small" }, el("span", {}, text), el("strong", {}, percent(share))), bar);
}

// --- an earlier visit ---

async function offerEarlier() {
  const taken = await claimed();
  const uploads = (await openUploads({ quiet: true })).filter(({ uploadId }) => !taken.has(uploadId));
  earlier = new Map(uploads.map((upload) => [upload.reference ?? upload.uploadId, upload]));
  // Files may have been added while the list was on its way.
  for (const entry of entries.filter(({ state, uploadId }) => state === "ready" && !uploadId)) {
    const { uploadId, target, state, sent } = take(entry.reference) ?? entry;
    refresh(Object.assign(entry, { uploadId, target, state, sent }));
  }
  part("resume").hidden = false;
  showAll();
}

/** The notice of what is on the server already, as long as some of it is not among the entries. */
function showEarlier() {
  const place = part("resume");
  const there = [...earlier.values()].filter(({ status }) => status !== "pending");
  if (!there.length) place.hidden = true;
  if (place.hidden) return;
  const text = fill(ngettext("%(count)s from an earlier visit is on the server already.", "%(count)s from an earlier visit are on the server already.", there.length), { count: images(there.length) });
  const close = () => ((place.hidden = true), place.replaceChildren());
  const use = el("button", { type: "button", class: "button button-small", onclick: () => (close(), useEarlier()) }, gettext("Go on with these"));
  const drop = el("button", { type: "button", class: "button button-small button-quiet", onclick: () => (close(), dropEarlier()) }, gettext("Delete them"));
  place.replaceChildren(el("div", { class: "notice" }, icon("history"), el("div", {}, el("p", {}, el("strong", {}, text)), el("p", { class: "small" }, gettext("Add the same files or folder again: what has arrived is not sent twice.")), el("div", { class: "row resume-actions" }, use, drop))));
}

function useEarlier() {
  for (const reference of [...earlier.keys()]) {
    if (counted().length >= limits.images) break;
    if (earlier.get(reference).status !== "pending") entries.push(take(reference));
  }
  showAll();
  watch();
}

function dropEarlier() {
  discard([...earlier.values()].map(({ uploadId }) => uploadId));
  earlier = new Map();
}

// --- starting ---

async function submit() {
  clearFormErrors(form);
  await withRetries(requireCredits);
  const ours = entries.filter(({ state }) => !["failed", "fetching"].includes(state));
  const complete = await uploader.run(ours);
  if (!complete) return;
  const failed = ours.filter(({ state }) => state === "failed");
  if (failed.length) {
    const text = ngettext("%(count)s image could not be sent. Try it again, or start without it.", "%(count)s images could not be sent. Try them again, or start without them.", failed.length);
    throw new ApiError({ code: "NOT_SENT", message: fill(text, { count: number(failed.length) }) });
  }
  await begin(ours.map(({ uploadId }) => uploadId));
}

async function begin(uploadIds) {
  const options = optionsOf(form);
  const wanted = JSON.stringify([uploadIds, [...options.entries()].filter(([, value]) => typeof value === "string")]);
  // The same request keeps its key, so that one whose answer was lost starts no second batch.
  if (start.body !== wanted) start = { key: newKey(), body: wanted };
  for (const id of uploadIds) options.append("uploadIds", id);
  const batch = await withRetries(() => api("background-remover/batch", { body: options, idempotencyKey: start.key }));
  started = true;
  rememberOptions(form);
  location.assign(`/app/batches/${batch.batchId}`);
}

/** What another tab, or time, has taken away from the entries. */
function forgetTaken(error) {
  const { used = [], expired = [], notUploaded = [], sizeMismatch = [], notFetched = [] } = error.details ?? {};
  const gone = new Set([...used, ...notFetched, ...(error.details?.uploadIds ?? [])]);
  const again = new Set([...expired, ...notUploaded, ...sizeMismatch]);
  for (const entry of entries) if (again.has(entry.uploadId)) Object.assign(entry, { state: entry.file ? "ready" : "failed", uploadId: null, target: null, sent: 0, problem: entry.file ? "" : gettext("It has expired. Add the file again.") });
  entries = entries.filter(({ uploadId }) => !gone.has(uploadId));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await busy(part("start"), submit);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error.status === 409 || error.status === 404) forgetTaken(error);
    showFormError(form, error);
  } finally {
    showAll();
  }
});

part("stop").addEventListener("click", () => uploader.stop());
part("clear").addEventListener("click", clear);
part("pick-files").addEventListener("click", () => part("file-input").click());
part("pick-folder").addEventListener("click", () => part("folder-input").click());
for (const id of ["file-input", "folder-input"]) {
  part(id).addEventListener("change", async ({ target }) => {
    await addFiles(filesOfInput(target));
    target.value = "";
  });
}

/** Whether the batch may still grow: not while its files are sent, nor after its start. */
const takesFiles = () => !uploader.running && !started;

// Files may be dropped anywhere on the page: beside the zone the browser would open them.
addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  part("files-source").dataset.over = "";
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) delete part("files-source").dataset.over;
});
addEventListener("drop", async (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  delete part("files-source").dataset.over;
  if (takesFiles()) await addFiles(await filesOfDrop(event.dataTransfer));
});
document.addEventListener("paste", (event) => {
  const { files } = event.clipboardData ?? {};
  if (!files?.length) return;
  event.preventDefault();
  if (takesFiles()) addFiles([...files].map((file) => ({ file, path: file.name })));
});

form.addEventListener("change", ({ target }) => {
  if (target.name === "tier") showAll();
  if (target.name !== "source") return;
  part("files-source").hidden = target.value !== "files";
  part("addresses-source").hidden = target.value !== "addresses";
});

addEventListener("beforeunload", (event) => {
  if (uploader.running && !started) event.preventDefault();
});
for (const name of ["online", "offline"]) addEventListener(name, showSending);
// Coming back to this page after the start: what it shows has been used.
addEventListener("pageshow", ({ persisted }) => persisted && started && location.reload());

addressForm({ add: addAddresses });
showAll();
offerEarlier().catch(() => {
  // Without the list, files are simply sent anew.
});
