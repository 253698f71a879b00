// The developers' page: API keys and first requests.
import { api } from "./api.js";
import { credits, date, number, relative } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { checks, chosen, copy, field, formDialog, showSecret } from "./secrets.js";
import { snippets } from "./snippets.js";
import { busy, confirmDialog, el, icon, onSubmit, showError, toast } from "./ui.js";

const $ = (id) => document.getElementById(id);
const SCOPES = [
  { value: "removal:write", title: gettext("Remove backgrounds"), checked: true },
  { value: "removal:read", title: gettext("Read jobs and results"), checked: true },
  { value: "billing:read", title: gettext("Read credits and usage"), checked: true },
  { value: "billing:write", title: gettext("Pay and change plans") },
  { value: "account:write", title: gettext("Manage the account and its keys") },
];
const TITLES = Object.fromEntries(SCOPES.map(({ value, title }) => [value, title]));
let fresh = "";

// --- keys ---

async function showKeys() {
  const { apiKeys } = await api("auth/api-keys");
  const empty = el("div", { class: "empty" }, icon("key-round", "large"), el("p", {}, gettext("No program uses your account yet. A key lets one do so.")));
  $("keys").replaceChildren(apiKeys.length ? el("ul", { class: "key-list", role: "list" }, apiKeys.map(keyRow)) : empty);
}

function keyRow(key) {
  const used = key.lastUsedAt ? fill(gettext("last used %(when)s"), { when: relative(key.lastUsedAt) }) : gettext("never used");
  const facts = [fill(gettext("made on %(day)s"), { day: date(key.createdAt) }), used];
  if (key.expiresAt) facts.push(fill(gettext("ends on %(day)s"), { day: date(key.expiresAt) }));
  if (key.model) facts.push(fill(gettext("model %(name)s"), { name: key.model }));
  const about = el(
    "div",
    { class: "stack stack-small" },
    el("p", { class: "row" }, el("strong", {}, key.name), el("code", { class: "small muted" }, `${key.prefix}…`)),
    el("p", { class: "small muted" }, facts.join(" · ")),
    el("p", { class: "row" }, key.scopes.map((scope) => el("span", { class: "badge" }, TITLES[scope] ?? scope))),
    capOf(key.spendingCap),
  );
  const change = el("button", { type: "button", class: "button button-small", "aria-label": fill(gettext("Change %(name)s"), key), onclick: () => changeKey(key) }, icon("pencil"), gettext("Change"));
  const revoke = el("button", { type: "button", class: "button button-small button-danger", "aria-label": fill(gettext("Revoke %(name)s"), key), onclick: ({ currentTarget }) => revokeKey(key, currentTarget) }, gettext("Revoke"));
  return el("li", {}, about, el("div", { class: "row" }, change, revoke));
}

function capOf(cap) {
  if (!cap) return null;
  const format = cap.period === "day" ? gettext("%(spent)s of %(cap)s spent today") : gettext("%(spent)s of %(cap)s spent this month");
  const text = fill(format, { spent: number(cap.spent), cap: credits(cap.credits) });
  return el("div", {}, el("p", { class: "small" }, text), el("progress", { class: "progress", max: Math.max(1, cap.credits), value: Math.min(cap.spent, cap.credits), "aria-label": text }));
}

const capFields = (cap) => [
  field(gettext("Spending cap in credits"), "capCredits", { type: "number", inputmode: "numeric", min: "0", step: "1", value: cap?.credits ?? null, hint: gettext("Empty for no cap. Beyond it, requests with the key are refused.") }),
  field(gettext("The cap counts over"), "capPeriod", { tag: "select" }, el("option", { value: "month", selected: cap?.period !== "day" }, gettext("a calendar month (UTC)")), el("option", { value: "day", selected: cap?.period === "day" }, gettext("a day (UTC)"))),
];
const capFrom = ({ elements }) => (elements.capCredits.value === "" ? null : { credits: Number(elements.capCredits.value), period: elements.capPeriod.value });
const modelField = (value) => field(gettext("Pinned model"), "model", { value, maxlength: "60", autocomplete: "off", spellcheck: "false", hint: gettext("Empty for the tier's own choice. A pinned model gives the same result when a better one is installed.") });

$("new-key").addEventListener("click", () => {
  formDialog({
    title: gettext("New API key"),
    confirm: gettext("Make the key"),
    onSubmit,
    fields: [
      field(gettext("Name"), "name", { required: true, maxlength: "80", autocomplete: "off", hint: gettext("Such as the program or the person that uses it.") }),
      checks(gettext("It may"), "scopes", SCOPES),
      modelField(""),
      field(gettext("Works until"), "expiresAt", { type: "date", hint: gettext("Empty for a key that does not end by itself.") }),
      ...capFields(null),
    ],
    send: async (form) => {
      const { name, model, expiresAt } = form.elements;
      const body = { name: name.value, scopes: chosen(form, "scopes"), model: model.value, spendingCap: capFrom(form), expiresAt: expiresAt.value ? `${expiresAt.value}T00:00:00Z` : null };
      const key = await api("auth/api-keys", { body });
      fresh = key.apiKey;
      showSnippet();
      showSecret({ title: gettext("Your new API key"), text: gettext("It is shown this once. Store it where your program reads it; nobody can show it again."), secret: key.apiKey });
      await showKeys();
    },
  });
});

function changeKey(key) {
  formDialog({
    title: fill(gettext("Change %(name)s"), key),
    confirm: gettext("Save"),
    onSubmit,
    fields: [field(gettext("Name"), "name", { required: true, maxlength: "80", value: key.name, autocomplete: "off" }), modelField(key.model), ...capFields(key.spendingCap)],
    send: async (form) => {
      const body = { name: form.elements.name.value, model: form.elements.model.value, spendingCap: capFrom(form) };
      await api(`auth/api-keys/${key.id}`, { method: "PATCH", body });
      toast(gettext("The key is changed."), { kind: "good" });
      await showKeys();
    },
  });
}

async function revokeKey(key, button) {
  const agreed = await confirmDialog({ title: fill(gettext("Revoke %(name)s?"), key), text: gettext("Programs that use it stop working at once. This cannot be undone."), confirm: gettext("Revoke the key"), danger: true });
  if (!agreed) return;
  try {
    await busy(button, () => api(`auth/api-keys/${key.id}`, { method: "DELETE" }));
    if (fresh.startsWith(key.prefix)) forget();
    await showKeys();
    toast(gettext("The key is revoked."));
  } catch (error) {
    showError(error);
  }
}

// --- first requests ---

function showSnippet() {
  const language = document.querySelector("#snippet-language input:checked").value;
  $("snippet").textContent = snippets(location.origin, fresh || "YOUR_API_KEY")[language];
  $("snippet-hint").hidden = Boolean(fresh);
}

/** Neither a revoked key nor a page that the browser shows again after "back" tells the secret. */
function forget() {
  fresh = "";
  document.querySelector(".secret")?.closest("dialog").close();
  showSnippet();
}

window.addEventListener("pagehide", forget);
$("snippet-language").addEventListener("change", showSnippet);
$("copy-snippet").addEventListener("click", () => copy($("snippet").textContent));

showSnippet();
showKeys().catch(showError);
