// The page of one batch: live progress, its images, and what can be done with it.
import { api, newKey } from "./api.js";
import { ENDED, follow } from "./batch-follow.js";
import { Images } from "./batch-images.js";
import { batchBadge, nameOf, TIERS } from "./batch-states.js";
import { bytes, credits, dateTime, images, number, percent, relative } from "./format.js";
import { fill, gettext, ngettext } from "./i18n.js";
import { sentenceOf } from "./sentences.js";
import { announce, busy, confirmDialog, el, every, explain, icon, showError } from "./ui.js";
import { withRetries } from "./uploads.js";

const id = location.pathname.split("/").filter(Boolean).pop();
const PATH = `background-remover/batch/${id}`;
const root = document.getElementById("batch");
const part = (name) => document.getElementById(name);
// A batch that has ended changes rarely, and no event tells of it.
const ENDED_REFRESH_S = 15;
let batch = null;
let stop = null;
let live = true;
let retryKey = "";

const list = new Images(PATH, { list: part("items"), pager: part("pager"), filter: part("images-filter") });

async function load() {
  try {
    batch = await withRetries(() => api(PATH));
  } catch (error) {
    return missing(error);
  } finally {
    root.removeAttribute("aria-busy");
  }
  draw();
  if (batch.erasedAt) return undefined;
  part("batch-images").hidden = false;
  await list.load();
  if (!ENDED.includes(batch.status)) stop ??= follow(id, { onState, onEnd, onLink });
  return undefined;
}

/** Whether a batch that has ended was deleted, or tried again, in another tab. */
async function lookAgain() {
  if (!batch || batch.erasedAt || !ENDED.includes(batch.status)) return;
  try {
    const found = await api(PATH);
    const same = ["erasedAt", "expiredAt", "retryBatchId", "zipUrl"].every((name) => Boolean(found[name]) === Boolean(batch[name]));
    batch = found;
    if (same) return;
    draw();
    if (batch.erasedAt) announce(gettext("Deleted batch"));
  } catch (error) {
    // Without a connection it is asked again.
    if (error.status === 404) missing(error);
  }
}

function onState(state) {
  const was = batch.status;
  const { totalImages, processedImages, failedImages, cancelledImages, percentage } = state;
  batch = { ...batch, status: state.status, progress: { totalImages, processedImages, failedImages, cancelledImages, percentage } };
  draw();
  list.changed();
  if (was !== batch.status) announce(part("batch-state").querySelector(".badge").textContent);
}

async function onEnd() {
  document.dispatchEvent(new Event("lumiku:spent"));
  stop = null;
  await load();
  announce(gettext("The batch has ended."));
}

function onLink(now) {
  live = now;
  draw();
}

// --- showing ---

function draw() {
  document.title = `${nameOf(batch)} · Lumiku`;
  part("batch-name").textContent = batch.erasedAt ? gettext("Deleted batch") : nameOf(batch);
  part("batch-actions").replaceChildren(...actions());
  part("batch-state").replaceChildren(...(batch.erasedAt ? erased() : state()));
  part("batch-images").hidden = Boolean(batch.erasedAt);
}

function actions() {
  if (batch.erasedAt) return [];
  const running = !ENDED.includes(batch.status);
  const { processedImages } = batch.progress;
  const found = [];
  if (batch.zipUrl) {
    const size = batch.zipSizeBytes ? ` (${bytes(batch.zipSizeBytes)})` : "";
    found.push(el("a", { class: "button button-primary", href: `/v1/${PATH}/download`, download: "" }, icon("download"), `${gettext("Download ZIP")}${size}`));
  }
  if (!running && !batch.retryBatchId && processedImages < batch.progress.totalImages) found.push(el("button", { type: "button", class: "button", onclick: retry }, icon("rotate-ccw"), gettext("Try again")));
  if (running && batch.status !== "zipping" && !batch.cancelRequestedAt) found.push(el("button", { type: "button", class: "button", onclick: cancel }, icon("ban"), gettext("Stop")));
  found.push(el("button", { type: "button", class: "button button-quiet button-icon", "aria-label": gettext("Delete the batch"), title: gettext("Delete the batch"), onclick: erase }, icon("trash-2")));
  return found;
}

function state() {
  const { totalImages, processedImages, failedImages, cancelledImages, percentage } = batch.progress;
  const running = !ENDED.includes(batch.status);
  const open = totalImages - processedImages - failedImages - cancelledImages;
  const bar = el("progress", { class: "progress", max: 100, value: running ? percentage : 100, "aria-label": gettext("Progress of the batch") });
  const counts = [
    [gettext("Finished"), processedImages, ""],
    [gettext("Failed"), failedImages, failedImages ? "bad" : ""],
    [gettext("Cancelled"), cancelledImages, ""],
    [gettext("Waiting"), open, ""],
  ].filter(([, count], at) => count || at === 0);
  const head = el("div", { class: "row row-between" }, el("div", { class: "row" }, batchBadge(batch.status), el("span", { class: "muted small" }, when(running))), running ? el("strong", { class: "figure" }, percent(percentage / 100)) : null);
  const figures = el("dl", { class: "batch-figures" }, [...counts.map(([name, count, look]) => figure(name, number(count), look)), figure(running ? gettext("Set aside") : gettext("Charged"), credits(running ? batch.pricing.totalCredits : batch.pricing.creditsUsed)), figure(gettext("Quality"), TIERS[batch.tier])]);
  return [head, running ? bar : null, figures, ...notices(running)].filter(Boolean);
}

const figure = (name, value, look = "") => el("div", {}, el("dt", {}, name), el("dd", { class: look ? `is-${look}` : null }, value));

function when(running) {
  if (running && batch.timing.estimatedCompletionAt) return fill(gettext("%(images)s, ready %(when)s"), { images: images(batch.progress.totalImages), when: relative(batch.timing.estimatedCompletionAt) });
  if (running) return images(batch.progress.totalImages);
  return fill(gettext("%(images)s, ended %(when)s"), { images: images(batch.progress.totalImages), when: dateTime(batch.completedAt) });
}

function notices(running) {
  const found = [];
  if (running && !live) found.push(notice("wifi-off", "warning", gettext("The live connection is interrupted; the figures are asked for every few seconds. The work goes on.")));
  if (batch.cancelRequestedAt && running) found.push(notice("ban", "warning", gettext("Being cancelled: images under way end, the rest is dropped and not charged.")));
  if (batch.error) found.push(notice("circle-alert", "bad", sentenceOf(batch.error)));
  if (batch.retryOf) found.push(notice("rotate-ccw", "", gettext("This batch repeats images of an earlier one."), { href: `/app/batches/${batch.retryOf}`, label: gettext("Show it") }));
  if (batch.retryBatchId) found.push(notice("rotate-ccw", "", gettext("The images that failed were tried again."), { href: `/app/batches/${batch.retryBatchId}`, label: gettext("Show the new batch") }));
  if (batch.expiredAt) found.push(notice("clock", "", fill(gettext("The files were deleted on %(day)s, when their time was over."), { day: dateTime(batch.expiredAt) })));
  return found;
}

function notice(sign, look, text, link = null) {
  return el("div", { class: look ? `notice notice-${look}` : "notice" }, icon(sign), el("div", {}, el("p", {}, text, " ", link ? el("a", { href: link.href }, link.label) : null)));
}

const erased = () => [el("div", { class: "empty" }, icon("trash-2", "large"), el("p", {}, fill(gettext("This batch and its files were deleted %(when)s."), { when: relative(batch.erasedAt) })), el("div", { class: "empty-actions" }, el("a", { class: "button", href: "/app/batches" }, gettext("All batches"))))];

function missing(error) {
  const gone = error.status === 404;
  const text = gone ? gettext("There is no such batch in your account.") : explain(error).text;
  const act = gone ? el("a", { class: "button", href: "/app/batches" }, gettext("All batches")) : el("button", { type: "button", class: "button", onclick: load }, gettext("Try again"));
  part("batch-state").replaceChildren(el("div", { class: "empty", role: "alert" }, icon(gone ? "search" : "wifi-off", "large"), el("p", {}, text), el("div", { class: "empty-actions" }, act)));
  part("batch-images").hidden = true;
}

// --- doing ---

async function cancel({ currentTarget }) {
  const agreed = await confirmDialog({ title: gettext("Stop this batch?"), text: gettext("Images under way end. What has finished is packed and charged; the rest costs nothing."), confirm: gettext("Stop the batch"), danger: true });
  if (agreed) await doing(currentTarget, () => api(`${PATH}/cancel`, { body: {} }));
}

async function erase({ currentTarget }) {
  const agreed = await confirmDialog({ title: gettext("Delete this batch?"), text: gettext("Originals, results and the ZIP are deleted at once and cannot be brought back. What was charged stays charged."), confirm: gettext("Delete"), danger: true });
  if (agreed) await doing(currentTarget, () => api(PATH, { method: "DELETE" }));
}

async function doing(button, work) {
  try {
    batch = await busy(button, () => withRetries(work));
    if (batch.erasedAt || ENDED.includes(batch.status)) {
      stop?.();
      stop = null;
    }
    draw();
    if (!batch.erasedAt) await list.load();
  } catch (error) {
    showError(error);
    // It may have ended, or been deleted in another tab, meanwhile.
    await load();
  }
}

async function retry({ currentTarget }) {
  retryKey ||= newKey();
  try {
    const again = await busy(currentTarget, () => withRetries(() => api(`${PATH}/retry`, { body: {}, idempotencyKey: retryKey })));
    location.assign(`/app/batches/${again.batchId}`);
  } catch (error) {
    if (error.status) retryKey = "";
    showError(error);
    await load();
  }
}

addEventListener("pageshow", ({ persisted }) => persisted && load());
// Cancelled in another tab.
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && batch && load());
every(ENDED_REFRESH_S, lookAgain);
load();
