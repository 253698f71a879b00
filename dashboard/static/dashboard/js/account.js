// The account page: address, password, sessions, theme.
import { api } from "./api.js";
import { dateTime, relative } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { busy, confirmDialog, el, icon, onSubmit, showError, toast } from "./ui.js";

const root = document.documentElement;
const $ = (id) => document.getElementById(id);

async function showProfile() {
  const user = await api("auth/me");
  const badge = $("verified");
  badge.hidden = false;
  badge.classList.add(user.emailVerified ? "badge-good" : "badge-warning");
  badge.textContent = user.emailVerified ? gettext("Confirmed") : gettext("Not confirmed");
  $("unverified").hidden = user.emailVerified;
}

$("resend").addEventListener("click", async ({ currentTarget }) => {
  try {
    await busy(currentTarget, () => api("auth/verify/resend", { body: {} }));
    toast(gettext("A mail with a new link is on its way."));
  } catch (error) {
    showError(error);
  }
});

onSubmit($("password-form"), async (form) => {
  const { currentPassword, newPassword, code } = form.elements;
  const body = { currentPassword: currentPassword.value, newPassword: newPassword.value, ...(code.value ? { code: code.value } : {}) };
  try {
    const tokens = await api("auth/password/change", { body, quiet: true });
    await api("auth/session", { body: { refreshToken: tokens.refreshToken } });
  } catch (error) {
    if (error.code !== "SECOND_FACTOR_REQUIRED") throw error;
    $("code-row").hidden = false;
    code.focus();
    return;
  }
  form.reset();
  $("code-row").hidden = true;
  toast(gettext("The password is changed, and all other sessions have ended."));
  await showSessions();
});

async function showSessions() {
  const { sessions } = await api("auth/sessions");
  const rows = sessions.map(row);
  $("sessions-place").replaceChildren(el("ul", { class: "session-list stack", role: "list" }, rows));
}

function row(session) {
  const unknown = session.kind === "browser" ? gettext("Browser") : gettext("Program");
  const name = session.agent || unknown;
  const since = fill(gettext("since %(when)s"), { when: dateTime(session.createdAt) });
  const seen = fill(gettext("last seen %(when)s"), { when: relative(session.lastSeenAt) });
  const text = el("div", { class: "grow" }, el("strong", {}, name), el("div", { class: "hint" }, `${since}, ${seen}`));
  const end = session.current
    ? el("span", { class: "badge badge-accent" }, gettext("This one"))
    : el("button", { type: "button", class: "button button-small", "aria-label": fill(gettext("End the session of %(name)s, %(since)s"), { name, since }), onclick: ({ currentTarget }) => endSession(session, currentTarget) }, gettext("End"));
  return el("li", { class: "row row-between row-whole" }, el("div", { class: "row row-whole" }, icon(session.kind === "browser" ? "monitor" : "code"), text), end);
}

async function endSession(session, button) {
  try {
    await busy(button, () => api(`auth/sessions/${session.id}`, { method: "DELETE" }));
    await showSessions();
    toast(gettext("The session has ended."));
  } catch (error) {
    showError(error);
  }
}

$("sign-out-everywhere").addEventListener("click", async ({ currentTarget }) => {
  const agreed = await confirmDialog({
    title: gettext("Sign out everywhere?"),
    text: gettext("This ends every session of the account, this one too. API keys go on working."),
    confirm: gettext("Sign out everywhere"),
    danger: true,
  });
  if (!agreed) return;
  try {
    await busy(currentTarget, () => api("auth/logout", { body: { everywhere: true }, quiet: true }));
    location.assign("/sign-in");
  } catch (error) {
    showError(error);
  }
});

for (const radio of document.querySelectorAll("#theme-choice input")) {
  radio.checked = radio.value === (localStorage.getItem("lumiku-theme") ?? "");
  radio.addEventListener("change", () => {
    if (radio.value) localStorage.setItem("lumiku-theme", radio.value);
    else localStorage.removeItem("lumiku-theme");
    root.dispatchEvent(new Event("lumiku:theme"));
  });
}

Promise.all([showProfile(), showSessions()]).catch(showError);
