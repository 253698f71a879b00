// The account page: e-mail preferences, data export, erasure.
import { api } from "./api.js";
import { bytes, dateTime } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { field, formDialog } from "./secrets.js";
import { busy, el, icon, onSubmit, showError, toast } from "./ui.js";

const $ = (id) => document.getElementById(id);

// --- e-mails ---

// The API names each notice in English; these are the ones that this page can translate.
const NOTICES = {
  "batches.ended": gettext("A batch has ended"),
  "billing.credits_low": gettext("Credits are running low"),
  "billing.quota_nearly_used": gettext("Most of today's quota is used"),
};

function showPreferences({ language, notices }) {
  $("mail-language").value = language;
  const boxes = notices.map(({ kind, title, enabled }) => el("label", { class: "check" }, el("input", { type: "checkbox", name: kind, checked: enabled }), el("span", {}, NOTICES[kind] ?? title)));
  $("mail-notices").replaceChildren(...boxes);
}

onSubmit($("mail-form"), async () => {
  const notices = Object.fromEntries([...$("mail-notices").querySelectorAll("input")].map(({ name, checked }) => [name, checked]));
  showPreferences(await api("auth/me/mail", { method: "PATCH", body: { language: $("mail-language").value, notices } }));
  toast(gettext("Saved."), { kind: "good" });
});

// --- data export ---

const POLL_MS = 2000;

function showExport(found) {
  const place = $("export-state");
  $("export-request").disabled = found?.status === "waiting";
  if (!found) return place.replaceChildren();
  if (found.status === "waiting") {
    place.replaceChildren(el("p", { class: "notice" }, icon("loader-circle", "spin"), gettext("Your data is being collected. You may leave this page; an e-mail tells you when it is ready.")));
    setTimeout(() => refreshExport().catch(showError), POLL_MS);
  } else if (found.downloadUrl) {
    const text = fill(gettext("Ready (%(size)s). It is deleted on %(when)s."), { size: bytes(found.bytes), when: dateTime(found.expiresAt) });
    place.replaceChildren(el("div", { class: "notice notice-good" }, icon("circle-check"), el("div", {}, el("p", {}, text)), el("a", { class: "button button-small", href: found.downloadUrl, download: true }, icon("download"), gettext("Download"))));
  } else if (found.status === "failed") {
    place.replaceChildren(el("p", { class: "notice notice-bad" }, icon("circle-alert"), gettext("It could not be prepared. Try again, or write to the operator of this service.")));
  } else {
    place.replaceChildren();
  }
}

const refreshExport = async () => showExport((await api("auth/me/export")).export);

$("export-request").addEventListener("click", async ({ currentTarget }) => {
  try {
    const { export: found } = await busy(currentTarget, () => api("auth/me/export", { body: {} }));
    showExport(found);
  } catch (error) {
    showError(error);
  }
});

// --- erasure ---

$("erase")?.addEventListener("click", () => {
  formDialog({
    title: gettext("Erase the account for good?"),
    confirm: gettext("Erase everything"),
    onSubmit,
    fields: [el("p", {}, gettext("Nothing of it can be brought back.")), field(gettext("Your password"), "password", { type: "password", autocomplete: "current-password", required: true })],
    send: async (form) => {
      await api("auth/me/erase", { body: { password: form.elements.password.value }, quiet: true });
      location.assign("/");
    },
  });
});

Promise.all([api("auth/me/mail").then(showPreferences), refreshExport()]).catch(showError);
