// The shell of every page: theme, language, signing out.
import { api } from "./api.js";
import { gettext } from "./i18n.js";
import "./stats.js";
import { busy, dialogOf, el, showError, toast } from "./ui.js";

const root = document.documentElement;

// On a phone the navigation is wider than the screen.
document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

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

/** Ask who is logged in now, and load the page anew if it is of somebody else. */
async function recheck({ alsoWithoutLogin }) {
  let user = null;
  try {
    user = (await api("auth/me", { quiet: true })).id;
  } catch (error) {
    // Refused for good, as after an operator's view of a customer; or not logged in.
    if (error.status !== 403 && !(error.status === 401 && alsoWithoutLogin)) return;
  }
  if (user !== root.dataset.signedIn) location.reload();
}

if (root.dataset.signedIn !== undefined) {
  // The back button may show a page from memory, as it was before a logout.
  addEventListener("pageshow", async ({ persisted }) => {
    if (!persisted) return;
    document.body.hidden = true;
    await recheck({ alsoWithoutLogin: true });
    document.body.hidden = false;
  });
  // In another tab somebody else may have signed in, or an operator's view of this page has ended.
  // A login that is missing is told at the next step, because what was filled in here would be lost.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") recheck({ alsoWithoutLogin: false });
  });
}

let asking = null;

document.addEventListener("lumiku:signed-out", () => {
  if (asking) return;
  const link = el("a", { class: "button button-primary", href: "/sign-in", target: "_blank" }, gettext("Sign in"));
  const close = el("button", { class: "button" }, gettext("Close"));
  const text = gettext("Your login has ended. Sign in again in a new tab, then repeat the last step here; nothing on this page is lost.");
  asking = dialogOf({ title: gettext("Sign in again"), content: el("p", {}, text), actions: [close, link] });
  asking.addEventListener("close", () => (asking = null));
});

// A page that waited for the login goes on by itself.
document.addEventListener("lumiku:signed-in", () => {
  if (!asking) return;
  asking.close();
  toast(gettext("You are signed in again."), { kind: "good" });
});
