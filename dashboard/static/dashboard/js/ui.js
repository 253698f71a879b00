// Building blocks of the pages: elements, messages, dialogs, busy buttons.
import { fill, gettext, ngettext } from "./i18n.js";
import { translated } from "./sentences.js";

/**
 * An element: `el("button", { class: "button", onclick: act, disabled: true }, "Text")`.
 * Attributes that are null or false are left out; texts never become markup.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the sprite, such as `icon("download")`; `dashboard/icons.py` names all of them. */
export function icon(name, size = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", size ? `icon icon-${size}` : "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** Say something to screen readers only. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = "";
  requestAnimationFrame(() => (announcer.textContent = text));
}

/** A message at the edge of the page. `action` is `{ label, href }` or `{ label, run }`. */
export function toast(text, { kind = "", action = null, seconds = 6 } = {}) {
  const close = el("button", { type: "button", "aria-label": gettext("Close") }, icon("x"));
  const shown = el("div", { class: kind ? `toast toast-${kind}` : "toast" }, el("span", { class: "toast-text" }, text), actionOf(action), close);
  const remove = () => shown.remove();
  close.addEventListener("click", remove);
  document.getElementById("toasts").append(shown);
  // What asks for an answer, or tells of a failure, stays until it was read.
  if (!action && kind !== "bad") setTimeout(remove, seconds * 1000);
  return remove;
}

function actionOf(action) {
  if (!action) return null;
  if (action.href) return el("a", { href: action.href }, action.label);
  return el("button", { type: "button", onclick: action.run }, action.label);
}

/** Ask before something that cannot be undone; resolves to whether the visitor agreed. */
export function confirmDialog({ title, text = "", confirm, danger = false }) {
  const agree = el("button", { class: danger ? "button button-danger-solid" : "button button-primary", value: "yes" }, confirm);
  const cancel = el("button", { class: "button", value: "" }, gettext("Cancel"));
  const dialog = dialogOf({ title, content: text ? el("p", {}, text) : null, actions: [cancel, agree] });
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes")));
}

/** Open a modal dialog; it is removed when it closes. `content` is an element or text. */
export function dialogOf({ title, content = null, actions = [], wide = false }) {
  const heading = el("h2", { id: `dialog-${crypto.getRandomValues(new Uint32Array(1))[0]}` }, title);
  const form = el("form", { method: "dialog" }, heading, content, el("div", { class: "dialog-actions" }, actions));
  const dialog = el("dialog", { class: wide ? "dialog dialog-wide" : "dialog", "aria-labelledby": heading.id }, form);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}

/** Disable a button and mark it busy while `work` runs; returns what the work returns. */
export async function busy(button, work) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

/** What an error means for the visitor, with what to do next: `{ text, action }`. */
export function explain(error) {
  if (error.status === undefined) return { text: gettext("Something went wrong in this page. Load it again and repeat the last step."), action: null };
  const wait = error.retryAfter ? ` ${waiting(error.retryAfter)}` : "";
  const next = {
    INSUFFICIENT_CREDITS: { label: gettext("Buy credits"), href: "/app/billing" },
    SPENDING_CAP_REACHED: { label: gettext("Change the cap"), href: error.details?.apiKey ? "/app/developers" : "/app/billing" },
    TIER_NOT_ALLOWED: { label: gettext("Compare plans"), href: "/app/billing" },
    QUOTA_EXCEEDED: { label: gettext("Compare plans"), href: "/app/billing" },
  };
  const fields = error.fieldErrors?.() ?? [];
  // The API's own sentence says in English how long to wait.
  const message = error.code === "RATE_LIMIT_EXCEEDED" && wait ? gettext("Too many requests.") : error.message;
  const text = fields.length ? `${message}: ${fields.join(" ")}` : message;
  return { text: `${text}${wait}`, action: next[error.code] ?? null };
}

function waiting(seconds) {
  if (seconds < 90) return fill(ngettext("Try again in %(count)s second.", "Try again in %(count)s seconds.", seconds), { count: seconds });
  const minutes = Math.ceil(seconds / 60);
  return fill(ngettext("Try again in %(count)s minute.", "Try again in %(count)s minutes.", minutes), { count: minutes });
}

/** Show an error as a toast. An aborted request is no error. */
export function showError(error) {
  if (error.name === "AbortError") return;
  if (!(error.name === "ApiError")) console.error(error);
  const { text, action } = explain(error);
  toast(text, { kind: "bad", action });
}

/**
 * Show an error in a form: messages beside the fields they are about, the rest in its
 * `[data-errors]` element. Field names are those of the API.
 */
export function showFormError(form, error) {
  clearFormErrors(form);
  if (error.name === "AbortError") return;
  let first = null;
  for (const [name, messages] of Object.entries(error.details?.fields ?? {})) {
    const field = form.elements.namedItem(name);
    if (!(field instanceof HTMLElement)) continue;
    const id = `${field.id || name}-error`;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", [field.dataset.describedby, id].filter(Boolean).join(" "));
    field.closest(".field")?.append(el("p", { class: "field-error", id }, [messages].flat().map(translated).join(" ")));
    first ??= field;
  }
  const place = form.querySelector("[data-errors]");
  if (place && !first) {
    const { text, action } = explain(error);
    place.replaceChildren(el("div", { class: "notice notice-bad", role: "alert" }, icon("circle-alert"), el("div", {}, el("p", {}, text)), actionOf(action)));
  }
  if (first) {
    first.focus();
    announce(error.message);
  }
}

export function clearFormErrors(form) {
  form.querySelector("[data-errors]")?.replaceChildren();
  for (const message of form.querySelectorAll(".field-error")) message.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    if (field.dataset.describedby) field.setAttribute("aria-describedby", field.dataset.describedby);
  }
}

/** Run `work` when the form is submitted, with its button busy and its errors shown. */
export function onSubmit(form, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearFormErrors(form);
    const button = event.submitter ?? form.querySelector("button:not([type=button])");
    try {
      await busy(button, () => work(form, event));
    } catch (error) {
      showFormError(form, error);
    }
  });
}

/** Call `work` now and every `seconds`, but not while the page is hidden; returns a stop function. */
export function every(seconds, work) {
  const run = () => document.visibilityState === "visible" && work();
  const timer = setInterval(run, seconds * 1000);
  document.addEventListener("visibilitychange", run);
  work();
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", run);
  };
}
