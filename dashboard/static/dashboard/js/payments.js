// Going to a page of Stripe's and coming back: done, cancelled, or by the back button.
import { api } from "./api.js";
import { credits } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { el, icon } from "./ui.js";

const KEY = "lumiku-payment";
const LONGEST_WAIT_MS = 90_000;
const EVERY_MS = 1500;
const HERE = "/app/billing";

/** The addresses that Stripe's page leads back to. */
export const returnUrls = (kind) => ({
  successUrl: `${location.origin}${HERE}?${kind}=done`,
  cancelUrl: `${location.origin}${HERE}?${kind}=cancelled`,
});

/** Leave for a page of Stripe's; `about` (`{ kind, order, plan }`) is remembered for the return. */
export function leave(url, about) {
  sessionStorage.setItem(KEY, JSON.stringify(about));
  location.assign(url);
}

/** What to show after the visitor came back; calls `refresh` when the payment has arrived. */
export async function welcomeBack(place, refresh) {
  const about = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  sessionStorage.removeItem(KEY);
  const query = new URLSearchParams(location.search);
  const outcome = query.get("credits") ?? query.get("subscription");
  if (location.search) history.replaceState(null, "", location.pathname);
  if (outcome === "cancelled") return show(place, "info", gettext("Nothing was paid. Choose again whenever you like."));
  if (outcome === "done") return arrived(place, about ?? { kind: query.has("credits") ? "credits" : "subscription" }, refresh);
  if (about) show(place, "warning", gettext("You came back before the payment was confirmed. Nothing is charged unless you finish it; if you did, it shows here within a minute."));
}

async function arrived(place, about, refresh) {
  show(place, "info", gettext("Thank you. The payment is being confirmed…"));
  const ends = Date.now() + LONGEST_WAIT_MS;
  while (Date.now() < ends) {
    const found = await (about.kind === "credits" ? granted(about.order) : subscribed());
    if (found) {
      show(place, "good", found);
      return refresh();
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  show(place, "warning", gettext("The confirmation takes longer than usual. You need not pay again; load this page once more in a few minutes."));
}

async function granted(order) {
  const { entries } = await api("billing/ledger", { query: { kind: "grant", limit: 20 } });
  // Without the order's number, as in another tab, the latest grant is the best guess.
  const entry = order ? entries.find(({ reference }) => reference === order) : entries[0];
  return entry ? fill(gettext("%(credits)s were added. Thank you!"), { credits: credits(entry.creditsChange) }) : "";
}

async function subscribed() {
  const standing = await api("background-remover/subscription");
  return standing.hasSubscription ? gettext("Your plan is active. Thank you!") : "";
}

const ICONS = { good: "circle-check", info: "info", warning: "triangle-alert", bad: "circle-alert" };

/** A message above the page's content, with a button or link when there is something to do. */
export function show(place, kind, text, action = null) {
  place.replaceChildren(el("div", { class: `notice notice-${kind}` }, icon(ICONS[kind]), el("div", {}, el("p", {}, text)), action));
  place.scrollIntoView({ block: "nearest" });
}
