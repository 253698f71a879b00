// The stats bar of the shell: credits, removals, credits spent, plan with today's remaining quota.
import { api } from "./api.js";
import { number } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { el, every } from "./ui.js";

const REFRESH_S = 30;
// Plans change rarely, and asking for them is limited more tightly than for figures.
const PLAN_S = 120;
const KEPT = "lumiku-plan";
const bar = document.getElementById("stats-bar");

/** Ask anew; pages call it by `document.dispatchEvent(new Event("lumiku:spent"))`. */
async function refresh() {
  try {
    const asked = api("background-remover/stats", { query: { period: "30d" }, quiet: true });
    const [own, plan] = await Promise.all([asked, planNow()]);
    show(own, plan);
  } catch {
    // The bar keeps what it shows; the page itself tells what is wrong.
  }
}

async function planNow() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const who = bar.dataset.user;
  if (kept?.who === who && Date.now() - kept.at < PLAN_S * 1000) return kept.plan;
  const plan = await api("background-remover/subscription", { quiet: true });
  sessionStorage.setItem(KEPT, JSON.stringify({ who, at: Date.now(), plan }));
  return plan;
}

function show(own, plan) {
  const figures = [
    [gettext("Credits"), number(own.credits.available)],
    [gettext("Photos, 30 days"), number(own.jobs.completed)],
    [gettext("Credits spent, 30 days"), number(own.credits.used)],
    [gettext("Plan"), planText(plan)],
  ];
  bar.replaceChildren(el("dl", { class: "stats-row" }, figures.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
}

function planText(plan) {
  if (!plan.hasSubscription) return gettext("none");
  const { daily } = plan.quotas;
  const name = plan.plan[0].toUpperCase() + plan.plan.slice(1);
  return fill(gettext("%(name)s, %(left)s of %(limit)s left today"), { name, left: number(daily.remaining), limit: number(daily.limit) });
}

if (bar) {
  document.addEventListener("lumiku:spent", () => {
    sessionStorage.removeItem(KEPT);
    refresh();
  });
  every(REFRESH_S, refresh);
}
