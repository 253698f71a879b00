// The shell of every page: theme, language, signing out.
import { api } from "./api.js";
import { gettext } from "./i18n.js";
import { busy, dialogOf, el, showError } from "./ui.js";

const root = document.documentElement;

document.getElementById("theme-toggle").addEventListener("click", () => {
  localStorage.setItem("lumiku-theme", root.dataset.shown === "dark" ? "light" : "dark");
  root.dispatchEvent(new Event("lumiku:theme"));
});

document.querySelector("#language-form select").addEventListener("change", (event) => event.target.form.requestSubmit());

document.getElementById("sign-out")?.addEventListener("click", async ({ currentTarget }) => {
  try {
    await busy(currentTarget, () => api("auth/logout", { body: {}, quiet: true }));
    location.assign("/");
  } catch (error) {
    showError(error);
  }
});

let told = false;

document.addEventListener("lumiku:signed-out", () => {
  if (told) return;
  told = true;
  const link = el("a", { class: "button button-primary", href: "/sign-in", target: "_blank" }, gettext("Sign in"));
  const close = el("button", { class: "button" }, gettext("Close"));
  const text = gettext("Your login has ended. Sign in again in a new tab, then repeat the last step here; nothing on this page is lost.");
  dialogOf({ title: gettext("Sign in again"), content: el("p", {}, text), actions: [close, link] }).addEventListener("close", () => (told = false));
});
