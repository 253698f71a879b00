// The page of a single removal: choose, send, wait, look, change, download.
import { api, ApiError, newKey, upload } from "./api.js";
import { bytes, credits, duration } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { MaskEditor } from "./mask-editor.js";
import { OutputOptions } from "./output-options.js";
import { formatOf, isShown, problemOf } from "./photo-check.js";
import { sentenceOf } from "./sentences.js";
import { announce, busy, confirmDialog, el, explain, onSubmit, showError, toast } from "./ui.js";
import { ZoomableSlider } from "./zoomable.js";

const JOBS = "background-remover/jobs";
const PAUSES_MS = [400, 600, 900, 1300, 2000];
const SECTIONS = ["start", "working", "failed", "result"];
const find = (id) => document.getElementById(id);
const start = find("start");
const output = new OutputOptions(find("output"));
const compare = new ZoomableSlider(find("stage"));
const editor = new MaskEditor(find("editor"), { onDone: mended, onCancel: () => showEditor(false) });
// The job on the page, its photo as this browser has it, and the work that is under way.
const now = { job: null, photo: "", work: null };

// --- choosing ---

find("photo").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (file) begin(file);
});

// A field for files, such as that of the background, takes what is dropped on it by itself.
const hasFiles = ({ dataTransfer, target }) => dataTransfer?.types.includes("Files") && !target.closest?.("input[type=file]");

for (const name of ["dragover", "dragenter"]) {
  document.addEventListener(name, (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    find("drop").dataset.over = "";
  });
}
document.addEventListener("dragleave", (event) => !event.relatedTarget && delete find("drop").dataset.over);
document.addEventListener("drop", (event) => {
  delete find("drop").dataset.over;
  if (!hasFiles(event)) return;
  // Otherwise the browser leaves the page to show the file.
  event.preventDefault();
  take(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  const { files } = event.clipboardData ?? {};
  if (!files?.length) return;
  event.preventDefault();
  take(files);
});

/** The next photo, unless one is under way or the brush is in use. */
function take(files) {
  if (!find("working").hidden || !find("editor").hidden || !files.length) return;
  if (start.hidden) reset();
  if (files.length > 1) return problem(gettext("One photo at a time here. For several, start a batch."));
  begin(files[0]);
}

start.addEventListener("submit", (event) => event.preventDefault());
find("another").addEventListener("click", () => reset());

function problem(text) {
  find("start-problem").textContent = text;
  find("start-problem").hidden = !text;
}

function only(section) {
  for (const id of SECTIONS) find(id).hidden = id !== section;
  find("another").hidden = section !== "result";
}

function reset() {
  URL.revokeObjectURL(now.photo);
  Object.assign(now, { job: null, photo: "", work: null });
  history.replaceState(null, "", location.pathname);
  only("start");
  problem("");
  find("photo").focus();
}

// --- sending and waiting ---

async function begin(file) {
  problem("");
  const wrong = await problemOf(file, { maxBytes: Number(start.dataset.maxBytes) });
  if (wrong) return problem(wrong);
  now.photo = isShown(await formatOf(file)) ? URL.createObjectURL(file) : "";
  await send(file, newKey());
}

async function send(file, idempotencyKey) {
  const form = new FormData();
  form.append("image", file);
  for (const name of ["tier", "preset", "model", "format", "quality", "scale"]) {
    const { value } = start.elements.namedItem(name);
    if (value) form.append(name, value);
  }
  form.append("async", "true");
  wait(gettext("Sending the photo…"), file.name);
  const work = (now.work = new AbortController());
  try {
    const onProgress = (sent, total) => {
      Object.assign(find("working-progress"), { max: total, value: sent });
      if (sent === total) wait(gettext("Removing the background…"), file.name);
    };
    const job = await upload("background-remover/remove", form, { onProgress, signal: work.signal, idempotencyKey });
    await follow(job);
  } catch (error) {
    if (error.name === "AbortError") return reset();
    // A refusal is the answer to its key for good; without an answer the same key prevents a second charge.
    fail(error, () => send(file, [401, 402, 429].includes(error.status) ? newKey() : idempotencyKey));
  }
}

function wait(text, name) {
  only("working");
  find("working-text").textContent = text;
  find("working-name").textContent = name;
  find("working-progress").removeAttribute("value");
  if (now.photo) find("working-photo").src = now.photo;
  else find("working-photo").removeAttribute("src");
}

async function follow(job) {
  now.job = job;
  history.replaceState(null, "", `?job=${job.id}`);
  const signal = (now.work ??= new AbortController()).signal;
  for (let turn = 0; ["queued", "processing"].includes(job.status); turn += 1) {
    await pause(PAUSES_MS[Math.min(turn, PAUSES_MS.length - 1)], signal);
    job = await withRetries(() => api(`${JOBS}/${job.id}`, { signal }));
  }
  now.job = job;
  tell(job);
  if (job.status === "completed" && job.processedUrl) return show(job);
  if (job.status === "cancelled") return reset();
  throw new ApiError({ status: 400, code: job.error?.code ?? "GONE", message: job.error ? sentenceOf(job.error) : gone() });
}

const gone = () => gettext("This picture was deleted or is no longer kept.");

/** Repeats a request after a while when the network or the limit is in the way: the job goes on. */
async function withRetries(request) {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (![0, 429, 502, 503].includes(error.status)) throw error;
      find("working-text").textContent = gettext("Waiting for the connection; the work goes on…");
      await pause(1000 * Math.max(2, error.retryAfter), now.work.signal);
    }
  }
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException("aborted", "AbortError"));
    if (signal.aborted) return stop();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => [clearTimeout(timer), stop()], { once: true });
  });
}

find("stop").addEventListener("click", async () => {
  const { job, work } = now;
  work?.abort();
  if (job) await api(`${JOBS}/${job.id}`, { method: "DELETE" }).catch(() => {});
});

find("notify").addEventListener("change", async ({ target }) => {
  if (!target.checked || Notification.permission === "granted") return;
  target.checked = (await Notification.requestPermission()) === "granted";
  if (!target.checked) toast(gettext("This browser does not allow messages from this page. Allow them in its settings for the site."), { kind: "bad" });
});
if (!("Notification" in window)) find("notify").closest("label").hidden = true;

function tell(job) {
  announce(job.status === "completed" ? gettext("The background is removed.") : gettext("The picture could not be done."));
  if (!find("notify").checked || !document.hidden) return;
  new Notification(gettext("Your picture is done"), { body: job.filename ?? "" });
}

function fail(error, again) {
  const { text, action } = explain(error);
  only("failed");
  find("failed-title").textContent = error.code === "NO_SUBJECT_FOUND" ? gettext("No subject was found") : gettext("This did not work");
  find("failed-text").textContent = error.code === "NO_SUBJECT_FOUND" ? gettext("Nothing was charged. Use a photo in which the subject is larger and stands out, or choose a higher quality.") : text;
  const button = (label, run, kind = "") => el("button", { type: "button", class: `button ${kind}`, onclick: run }, label);
  // After signing in or buying credits in another tab, the same photo is sent again.
  const repeat = again && ([0, 401, 402, 409, 429].includes(error.status) || error.status >= 500);
  find("failed-actions").replaceChildren(
    ...[
      action && el("a", { class: "button button-primary", href: action.href }, action.label),
      repeat && button(gettext("Try again"), again, action ? "" : "button-primary"),
      button(gettext("Another picture or quality"), () => reset()),
    ].filter(Boolean),
  );
  find("failed-title").focus();
}

// --- the result ---

async function show(job) {
  document.dispatchEvent(new Event("lumiku:spent"));
  now.job = job;
  only("result");
  showEditor(false);
  find("result-name").textContent = job.filename ?? gettext("Picture");
  find("download").href = job.processedUrl;
  const { width, height, size, shown } = await measured(job);
  const whole = width === job.metadata.width && height === job.metadata.height;
  compare.show({ before: whole ? original(job) : "", after: shown, width, height });
  if (whole && !original(job)) previewed(job).then((before) => before && now.job?.id === job.id && compare.show({ before, after: shown, width, height }));
  const facts = [`${width} × ${height}`, bytes(size), job.processingTimeMs ? duration(job.processingTimeMs) : "", job.pricingType === "subscription" ? gettext("in your plan") : credits(job.creditsUsed), job.modelName];
  find("result-facts").textContent = facts.filter(Boolean).join(" · ");
  for (const id of ["mend", "apply", "output-fields"]) find(id).disabled = !job.editable;
  find("output-gone").hidden = job.editable;
  find("bad").disabled = Boolean(job.reportedAt || job.retryOf);
  await versions(job);
  find("result-name").focus({ preventScroll: true });
}

/** An address of the original that browsers can show; "" while there is none. */
const original = (job) => now.photo || (isShown(job.metadata.format) ? job.originalUrl : job.previews?.original?.large) || "";

/** The same for formats that browsers do not show: previews come a moment after the result. */
async function previewed(job) {
  for (let turn = 0; turn < 8 && now.job?.id === job.id; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    const found = await api(`${JOBS}/${job.id}`).catch(() => job);
    if (!found.previews) continue;
    if (now.job?.id === job.id) now.job = { ...now.job, previews: found.previews };
    return original(found);
  }
  return "";
}

/** Load the result once: its size, and an address that can be shown. A ZIP shows its preview. */
async function measured(job) {
  const blob = await (await fetch(job.processedUrl)).blob().catch(() => null);
  if (blob === null) throw new ApiError({ status: 404, code: "GONE", message: gone() });
  const picture = blob.type.startsWith("image/");
  const shown = picture ? URL.createObjectURL(blob) : (job.previews?.result.large ?? job.processedUrl);
  const image = new Image();
  image.src = shown;
  await image.decode().catch(() => {});
  now.result = picture ? { blob, image } : null;
  find("copy").hidden = !picture || !window.ClipboardItem;
  return { width: image.naturalWidth || job.metadata.width, height: image.naturalHeight || job.metadata.height, size: blob.size, shown };
}

async function versions(job) {
  const { versions: found } = job.version > 1 ? await api(`${JOBS}/${job.id}/versions`) : { versions: [] };
  const done = found.filter((one) => one.status === "completed");
  find("versions").hidden = done.length < 2;
  find("version").replaceChildren(...done.map((one) => el("option", { value: one.version, selected: one.current }, fill(one.version === 1 ? gettext("%(number)s: first result") : gettext("%(number)s"), { number: one.version }))).reverse());
  now.versions = done;
}

find("version").addEventListener("change", async ({ target }) => {
  const chosen = now.versions.find((one) => one.version === Number(target.value));
  const job = { ...now.job, processedUrl: chosen.processedUrl, previews: { ...now.job.previews, result: chosen.preview ?? now.job.previews?.result } };
  const { width, height, shown } = await measured(job);
  find("download").href = chosen.processedUrl;
  const whole = width === job.metadata.width && height === job.metadata.height;
  compare.show({ before: whole ? original(now.job) : "", after: shown, width, height });
  output.show(chosen.options);
});

onSubmit(find("output"), async () => {
  const fields = output.fields();
  if (find("output").elements.namedItem("background").value === "image" && !fields.bg_image) {
    throw new ApiError({ status: 400, code: "INVALID_INPUT", message: gettext("Choose a background picture first.") });
  }
  await render(output.formData());
});

async function render(form) {
  form.append("async", "true");
  const idempotencyKey = newKey();
  let answer = await upload(`${JOBS}/${now.job.id}/versions`, form, { idempotencyKey });
  const { signal } = new AbortController();
  for (let turn = 0; answer.version.status === "queued"; turn += 1) {
    await pause(PAUSES_MS[Math.min(turn, PAUSES_MS.length - 1)], signal);
    answer = await api(`${JOBS}/${now.job.id}/versions/${answer.version.version}`);
  }
  if (answer.version.error) throw new ApiError({ status: 400, ...answer.version.error, message: sentenceOf(answer.version.error) });
  await show(answer.job);
  announce(gettext("The picture is updated."));
}

find("copy").addEventListener("click", async ({ currentTarget }) => {
  try {
    await busy(currentTarget, () => navigator.clipboard.write([new ClipboardItem({ "image/png": asPng() })]));
    toast(gettext("The picture is in the clipboard."), { kind: "good" });
  } catch (error) {
    console.warn(error);
    toast(gettext("This browser did not allow copying. Download the picture instead."), { kind: "bad" });
  }
});

async function asPng() {
  const { blob, image } = now.result;
  if (blob.type === "image/png") return blob;
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

find("delete").addEventListener("click", async ({ currentTarget }) => {
  const sure = await confirmDialog({ title: gettext("Delete this picture?"), text: gettext("The original, the result and all versions are deleted at once and cannot be brought back. What was charged stays charged."), confirm: gettext("Delete"), danger: true });
  if (!sure) return;
  try {
    await busy(currentTarget, () => api(`${JOBS}/${now.job.id}`, { method: "DELETE" }));
    toast(gettext("The picture is deleted."), { kind: "good" });
    reset();
  } catch (error) {
    showError(error);
  }
});

find("bad").addEventListener("click", async ({ currentTarget }) => {
  const sure = await confirmDialog({ title: gettext("Is this a bad result?"), text: gettext("The picture is done again in the next higher quality, free, once. You can also mend it by hand."), confirm: gettext("Do it again, free") });
  if (!sure) return;
  try {
    const { retry } = await busy(currentTarget, () => api(`${JOBS}/${now.job.id}/bad-result`, { body: {} }));
    if (!retry) return toast(gettext("Thank you, it is noted. This was the highest quality: mend the picture by hand with the brush."));
    wait(gettext("Doing it again, a quality higher…"), now.job.filename ?? "");
    now.work = new AbortController();
    await follow(retry);
  } catch (error) {
    if (error.name === "AbortError") return reset();
    if (find("result").hidden) fail(error, null);
    else showError(error);
  }
});

// --- the brush ---

function showEditor(on) {
  find("editor").hidden = !on;
  find("stage").hidden = on;
  if (!on) compare.viewport.fit();
}

find("mend").addEventListener("click", async ({ currentTarget }) => {
  const { job } = now;
  try {
    showEditor(true);
    await busy(currentTarget, async () => editor.open(job, original(job) || (await previewed(job))));
  } catch (error) {
    showEditor(false);
    showError(error);
  } finally {
    currentTarget.disabled = !now.job?.editable;
  }
});

async function mended(blob) {
  const form = new FormData();
  form.append("mask", blob, "mask.png");
  await render(form);
  toast(gettext("Your mask is used."), { kind: "good" });
}

// --- a job in the address: after a reload, or from the list ---

await output.load([find("start-preset")]);
const wanted = new URLSearchParams(location.search).get("job");
if (wanted) {
  wait(gettext("Loading the picture…"), "");
  try {
    now.work = new AbortController();
    await follow(await api(`${JOBS}/${encodeURIComponent(wanted)}`));
  } catch (error) {
    if (error.name === "AbortError") reset();
    else fail(error, null);
  }
}
