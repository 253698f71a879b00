// The list of pictures: filters in the address, more on demand, actions on each line.
import { api } from "./api.js";
import { reportBad } from "./bad-result.js";
import { credits, dateTime, images, number, relative } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { sentenceOf } from "./sentences.js";
import { confirmDialog, el, every, explain, icon, showError, toast } from "./ui.js";

const JOBS = "background-remover/jobs";
const LIMIT = 40;
const STATES = {
  queued: ["info", () => gettext("Waiting")],
  processing: ["info", () => gettext("In work")],
  completed: ["good", () => gettext("Done")],
  failed: ["bad", () => gettext("Failed")],
  cancelled: ["", () => gettext("Cancelled")],
};
const find = (id) => document.getElementById(id);
const filters = find("filters");
const list = find("jobs");
const now = { jobs: new Map(), cursor: null, total: 0, asked: 0 };

// --- the list ---

const chosen = () => Object.fromEntries([...new FormData(filters)].filter(([, value]) => value !== ""));

async function load({ more = false } = {}) {
  const asked = (now.asked += 1);
  const query = { ...chosen(), limit: LIMIT, cursor: more ? now.cursor : null };
  if (!more) list.replaceChildren(...Array.from({ length: 5 }, () => el("li", { class: "job-skeleton skeleton", "aria-hidden": "true" })));
  find("problem").hidden = find("empty").hidden = true;
  try {
    const { jobs, pagination } = await api(JOBS, { query });
    if (asked !== now.asked) return;
    if (!more) now.jobs.clear();
    for (const job of jobs) now.jobs.set(job.id, job);
    Object.assign(now, { cursor: pagination.nextCursor, total: pagination.total });
    if (more) list.append(...jobs.map(line));
    else list.replaceChildren(...jobs.map(line));
    summary();
  } catch (error) {
    if (asked !== now.asked) return;
    if (!more) list.replaceChildren();
    find("problem").textContent = explain(error).text;
    find("problem").hidden = false;
  }
}

function summary() {
  find("count").textContent = images(now.total);
  find("pager").hidden = !now.cursor;
  find("shown").textContent = fill(gettext("%(shown)s of %(total)s"), { shown: number(now.jobs.size), total: number(now.total) });
  find("empty").hidden = now.jobs.size > 0;
  if (now.jobs.size) return;
  const filtered = Object.keys(chosen()).length > 0;
  find("empty-title").textContent = filtered ? gettext("Nothing fits these filters") : gettext("No pictures yet");
  find("empty-text").textContent = filtered ? gettext("Use fewer filters, or another part of the file name.") : gettext("Pictures that you send appear here, with their results for as long as these are kept.");
  const clear = el("button", { type: "button", class: "button", onclick: () => [filters.reset(), changed()] }, gettext("Remove the filters"));
  const first = el("a", { class: "button button-primary", href: "/app" }, gettext("Remove a first background"));
  find("empty-actions").replaceChildren(filtered ? clear : first);
}

function line(job) {
  const [kind, text] = job.erasedAt ? ["", () => gettext("Deleted")] : STATES[job.status];
  const readable = job.status === "completed" && !job.erasedAt && !job.expiredAt;
  const name = job.filename ?? (job.erasedAt ? gettext("Deleted picture") : gettext("Picture"));
  const link = readable && job.previews ? el("a", { class: "job-name truncate", href: `/app?job=${job.id}` }, name) : el("span", { class: "job-name truncate" }, name);
  const state = el("span", { class: kind ? `badge badge-${kind}` : "badge" }, text());
  return el(
    "li",
    { class: "job", "data-job": job.id },
    el("div", { class: "job-picture" }, picture(job)),
    el("div", { class: "job-main" }, link, el("p", { class: "muted small" }, ...about(job))),
    el("div", { class: "job-state" }, state),
    el("div", { class: "job-credits number muted" }, job.retryOf ? gettext("free") : credits(job.creditsUsed)),
    el("div", { class: "job-actions" }, readable ? actions(job) : [], job.erasedAt ? null : remove(job)),
  );
}

function picture(job) {
  const shown = job.previews?.result ?? job.previews?.original;
  if (!shown) return icon(job.status === "completed" ? "image" : job.status === "failed" ? "image-off" : "clock");
  const image = el("img", { src: shown.small, alt: "", loading: "lazy", decoding: "async", width: 64, height: 64 });
  image.addEventListener("error", () => image.replaceWith(icon("image-off")));
  return image;
}

function about(job) {
  const tier = filters.elements.tier.querySelector(`[value="${job.tier}"]`)?.textContent ?? job.tier;
  const when = el("time", { datetime: job.createdAt, title: dateTime(job.createdAt) }, relative(job.createdAt));
  const found = [`${tier} · `, when];
  if (job.batchId) found.push(" · ", el("a", { href: `/app/batches/${job.batchId}` }, gettext("of a batch")));
  if (job.retryOf) found.push(` · ${gettext("done again, free")}`);
  if (job.expiredAt) found.push(` · ${gettext("no longer kept")}`);
  if (job.error) found.push(el("span", { class: "job-reason" }, ` · ${sentenceOf(job.error)}`));
  return found;
}

function button(name, text, run, kind = "") {
  return el("button", { type: "button", class: `button button-small button-icon button-quiet ${kind}`, "aria-label": text, title: text, onclick: (event) => act(event.currentTarget, run) }, icon(name));
}

function actions(job) {
  const bad = job.reportedAt || job.retryOf || !job.creditsUsed ? null : button("thumbs-down", fill(gettext("Bad result: %(name)s"), { name: job.filename }), () => report(job));
  return [button("download", fill(gettext("Download %(name)s"), { name: job.filename }), () => download(job)), bad];
}

const remove = (job) => button("trash-2", fill(gettext("Delete %(name)s"), { name: job.filename ?? "" }), () => erase(job));

async function act(control, run) {
  control.disabled = true;
  try {
    await run();
  } catch (error) {
    showError(error);
  } finally {
    control.disabled = false;
  }
}

function update(job) {
  now.jobs.set(job.id, job);
  list.querySelector(`[data-job="${job.id}"]`)?.replaceWith(line(job));
}

// --- actions ---

/** The job as it is now: addresses are short-lived, and another tab may have deleted it. */
async function fresh(job) {
  const found = await api(`${JOBS}/${job.id}`);
  update(found);
  return found;
}

async function download(job) {
  const { processedUrl } = await fresh(job);
  if (!processedUrl) return toast(gettext("This picture was deleted or is no longer kept."), { kind: "bad" });
  const link = el("a", { href: processedUrl, download: true });
  document.body.append(link);
  link.click();
  link.remove();
}

async function report(job) {
  const retry = await reportBad(job);
  await fresh(job);
  if (!retry || now.jobs.has(retry.id)) return;
  now.jobs.set(retry.id, retry);
  now.total += 1;
  list.prepend(line(retry));
  summary();
}

async function erase(job) {
  const sure = await confirmDialog({ title: fill(gettext("Delete %(name)s?"), { name: job.filename ?? gettext("this picture") }), text: gettext("The original, the result and all versions are deleted at once and cannot be brought back. What was charged stays charged."), confirm: gettext("Delete"), danger: true });
  if (!sure) return;
  update(await api(`${JOBS}/${job.id}`, { method: "DELETE" }));
  toast(gettext("The picture is deleted."), { kind: "good" });
}

// --- filters ---

function changed() {
  const query = new URLSearchParams(chosen());
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  load();
}

let timer = 0;
filters.addEventListener("input", ({ target }) => {
  clearTimeout(timer);
  timer = setTimeout(changed, target.type === "search" ? 350 : 0);
});
filters.addEventListener("submit", (event) => event.preventDefault());
find("more").addEventListener("click", ({ currentTarget }) => act(currentTarget, () => load({ more: true })));

for (const [name, value] of new URLSearchParams(location.search)) {
  const field = filters.elements.namedItem(name);
  if (field) field.value = value;
}
await load();

// What had not ended is looked at again, a few at a time.
every(4, async () => {
  const open = [...now.jobs.values()].filter((job) => ["queued", "processing"].includes(job.status) || (job.status === "completed" && !job.previews && !job.erasedAt && !job.expiredAt && Date.now() - Date.parse(job.createdAt) < 60_000));
  await Promise.all(open.slice(0, 4).map((job) => fresh(job).catch(() => {})));
});
