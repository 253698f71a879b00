// Signing in and up, and the pages that mails lead to.
import { ApiError, api } from "./api.js";
import { gettext } from "./i18n.js";
import { announce, onSubmit } from "./ui.js";

const root = document.documentElement;
const form = document.querySelector(".entry form");
const value = (name) => form.elements.namedItem(name).value;

/** The page to open after signing in: the one that asked for it, if it is one of ours. */
function next() {
  const asked = new URL(new URLSearchParams(location.search).get("next") ?? "", location.origin);
  const wanted = asked.origin === location.origin && asked.pathname !== "/";
  return wanted ? asked.pathname + asked.search : root.dataset.home;
}

function required(...names) {
  const missing = names.filter((name) => !value(name).trim());
  if (!missing.length) return;
  const fields = Object.fromEntries(missing.map((name) => [name, [gettext("This field is required.")]]));
  throw new ApiError({ status: 400, code: "MISSING_REQUIRED_FIELD", message: gettext("Fill in what is missing."), details: { fields } });
}

function done() {
  form.hidden = true;
  const message = document.querySelector("[data-done]");
  message.hidden = false;
  message.querySelector("p")?.focus();
  announce(message.querySelector("p").textContent);
}

async function signIn() {
  required("email", "password");
  const code = value("code").trim();
  try {
    await api("auth/session", { body: { email: value("email").trim(), password: value("password"), ...(code ? { code } : {}) } });
  } catch (error) {
    if (error.code !== "SECOND_FACTOR_REQUIRED") throw error;
    askForCode();
    return;
  }
  location.assign(next());
}

/** The second step, which follows the right password only. */
function askForCode() {
  form.querySelector("[data-step=password]").hidden = true;
  form.querySelector("[data-step=code]").hidden = false;
  const field = form.elements.namedItem("code");
  field.required = true;
  field.focus();
  announce(gettext("Enter the code of your second factor."));
}

async function signUp() {
  required("email", "password");
  const made = await api("auth/register", { body: { email: value("email").trim(), password: value("password"), language: root.lang } });
  // The cookie takes the place of the tokens, which no script keeps.
  await api("auth/session", { body: { refreshToken: made.refreshToken } });
  location.assign(next());
}

async function forgot() {
  required("email");
  await api("auth/password/reset", { body: { email: value("email").trim() } });
  done();
}

async function reset() {
  required("token", "newPassword");
  await api("auth/password/reset/confirm", { body: { token: value("token").trim(), newPassword: value("newPassword") } });
  done();
}

async function verify() {
  required("token");
  await api("auth/verify", { body: { token: value("token").trim() } });
  done();
}

/** The token of a mail's link stands after the `#`, which browsers do not send to servers. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  form.elements.namedItem("token").value = token;
  form.querySelector("[data-token-row]").hidden = true;
  history.replaceState(null, "", location.pathname);
}

if (form.querySelector("[data-token-row]")) takeToken();
onSubmit(form, { "sign-in": signIn, "sign-up": signUp, forgot, reset, verify }[form.id]);
