// Secrets that are shown once, and copying.
import { gettext } from "./i18n.js";
import { dialogOf, el, icon, toast } from "./ui.js";

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(gettext("Copied."), { kind: "good", seconds: 3 });
  } catch {
    toast(gettext("The browser does not allow copying; select the text and copy it by hand."), { kind: "bad" });
  }
}

/** A secret in a box with a button that copies it. */
export function secretBox(secret) {
  const button = el("button", { type: "button", class: "button button-small", onclick: () => copy(secret) }, icon("copy"), gettext("Copy"));
  return el("div", { class: "secret" }, el("code", {}, secret), button);
}

/** Show a secret for the only time. */
export function showSecret({ title, text, secret }) {
  const content = el("div", { class: "stack" }, el("p", {}, text), secretBox(secret));
  return dialogOf({ title, content, wide: true, actions: [el("button", { class: "button button-primary" }, gettext("I have stored it"))] });
}

/**
 * A form in a dialog. `fields` are elements, and `send(form)` runs when it is submitted; an error is
 * shown in the form, which stays open.
 */
export function formDialog({ title, fields, confirm, send, onSubmit }) {
  const form = el("form", { class: "form", novalidate: true }, el("div", { "data-errors": true }), fields);
  const cancel = el("button", { type: "button", class: "button", onclick: () => dialog.close() }, gettext("Cancel"));
  form.append(el("div", { class: "dialog-actions" }, cancel, el("button", { class: "button button-primary" }, confirm)));
  const heading = el("h2", { id: "form-dialog-title" }, title);
  const dialog = el("dialog", { class: "dialog dialog-wide", "aria-labelledby": heading.id }, heading, form);
  onSubmit(form, async () => {
    const result = await send(form);
    dialog.close();
    return result;
  });
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}

let counter = 0;

/** A labelled field of a form; `options` are attributes of the input. */
export function field(label, name, { hint = "", tag = "input", ...options } = {}, ...children) {
  const id = `${name}-${++counter}`;
  const described = hint ? `${id}-hint` : null;
  const input = el(tag, { class: tag === "select" ? "select" : "input", id, name, "aria-describedby": described, ...options }, children);
  if (described) input.dataset.describedby = described;
  return el("div", { class: "field" }, el("label", { for: id }, label), input, hint ? el("p", { class: "hint", id: described }, hint) : null);
}

/** A group of checkboxes of one name: `choices` are `[{ value, title, hint, checked }]`. */
export function checks(legend, name, choices) {
  const boxes = choices.map(({ value, title, hint, checked }) =>
    el("label", { class: "check" }, el("input", { type: "checkbox", name, value, checked }), el("span", {}, title, hint ? el("span", { class: "hint" }, hint) : "")),
  );
  return el("fieldset", {}, el("legend", {}, legend), el("div", { class: "checks" }, boxes));
}

export const chosen = (form, name) => [...form.querySelectorAll(`input[name="${name}"]:checked`)].map(({ value }) => value);
