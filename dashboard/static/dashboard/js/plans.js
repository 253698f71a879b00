// Plans: the current one, and all of them compared.
import { date, dateTime, number, rupiah } from "./format.js";
import { fill, gettext, ngettext } from "./i18n.js";
import { el, icon } from "./ui.js";

const TIERS = { basic: gettext("Basic"), standard: gettext("Standard"), professional: gettext("Professional"), industry: gettext("Industry") };
const NAMES = { starter: gettext("Starter"), pro: gettext("Pro") };

export const planName = (name) => NAMES[name] ?? name;
const tierNames = (tiers) => tiers.map((tier) => TIERS[tier] ?? tier).join(", ");

/** The current plan with its quota of today; `actions` are `cancel` and `resume`. */
export function planSummary(standing, { choose, cancel, resume }) {
  if (!standing.hasSubscription) {
    return el("div", { class: "stack stack-small" }, el("p", { class: "figure" }, gettext("No plan")), el("p", { class: "muted" }, gettext("You pay for each picture with credits.")));
  }
  const { billing, quotas, plan, pricing, status } = standing;
  const heading = el("p", { class: "figure row" }, planName(plan), badgeOf(standing));
  const parts = [heading, meter(gettext("Pictures today"), quotas.daily)];
  if (quotas.professionalTier) parts.push(meter(gettext("of these Professional"), quotas.professionalTier));
  if (billing.cancelAtPeriodEnd) {
    parts.push(el("p", {}, fill(gettext("Ends on %(day)s and is not renewed."), { day: date(billing.expiresAt) })));
    parts.push(el("div", {}, act(gettext("Resume the plan"), "button-primary", (button) => resume(standing, button))));
  } else if (status === "past_due") {
    parts.push(el("p", { class: "notice notice-bad" }, icon("circle-alert"), fill(gettext("The last payment failed. Pay it by %(day)s to keep the plan."), { day: dateTime(billing.graceUntil) })));
    parts.push(el("div", { class: "row" }, act(gettext("Pay now"), "button-primary", (button) => choose({ name: plan, price: pricing.monthlyPrice }, standing, button)), act(gettext("Cancel the plan"), "button-quiet", (button) => cancel(standing, button))));
  } else {
    parts.push(el("p", { class: "muted small" }, fill(gettext("%(price)s on %(day)s"), { price: rupiah(pricing.monthlyPrice), day: date(billing.nextBillingDate) })));
    parts.push(el("div", {}, act(gettext("Cancel the plan"), "button-small", (button) => cancel(standing, button))));
  }
  return el("div", { class: "stack stack-small" }, parts);
}

function badgeOf({ status, billing }) {
  if (billing.cancelAtPeriodEnd) return el("span", { class: "badge badge-warning" }, gettext("Cancelled"));
  if (status === "active") return el("span", { class: "badge badge-good" }, gettext("Active"));
  return el("span", { class: "badge badge-bad" }, gettext("Payment overdue"));
}

function meter(label, { used, limit }) {
  const text = fill(gettext("%(used)s of %(limit)s"), { used: number(used), limit: number(limit) });
  const bar = el("progress", { class: "progress", max: limit, value: Math.min(used, limit), "aria-label": `${label}: ${text}` });
  return el("div", {}, el("p", { class: "row row-between small" }, el("span", { class: "muted" }, label), text), bar);
}

/** One card for paying with credits and one for each plan. */
export function planCards(plans, standing, prices, { choose }) {
  const current = standing.hasSubscription ? standing.plan : "";
  return [payAsYouGo(current, prices), ...plans.map((plan) => planCard(plan, standing, current, choose))];
}

function payAsYouGo(current, { creditsPerImage, pricePerCredit }) {
  const from = Math.min(...Object.values(creditsPerImage)) * pricePerCredit;
  return card({
    title: gettext("Credits only"),
    isCurrent: !current,
    price: el("p", { class: "price" }, fill(gettext("from %(price)s"), { price: rupiah(from) }), " ", el("small", {}, gettext("a picture"))),
    points: [gettext("Every tier"), gettext("Singles and batches, up to 20 % off"), gettext("Nothing to cancel")],
    action: null,
  });
}

function planCard(plan, standing, current, choose) {
  const points = [
    fill(ngettext("%(count)s picture a day", "%(count)s pictures a day", plan.dailyQuota), { count: number(plan.dailyQuota) }),
    plan.professionalQuota ? fill(gettext("%(tiers)s (at most %(count)s Professional)"), { tiers: tierNames(plan.allowedTiers), count: number(plan.professionalQuota) }) : tierNames(plan.allowedTiers),
    gettext("Cancel at any time"),
  ];
  const isCurrent = plan.name === current;
  const label = !current ? fill(gettext("Subscribe to %(plan)s"), { plan: planName(plan.name) }) : fill(gettext("Change to %(plan)s"), { plan: planName(plan.name) });
  const disabled = standing.hasSubscription && standing.billing.cancelAtPeriodEnd;
  const action = isCurrent ? null : act(label, "button-primary button-wide", (button) => choose(plan, standing, button), disabled);
  const hint = !isCurrent && disabled ? el("p", { class: "hint" }, gettext("Resume your plan first.")) : null;
  return card({
    title: planName(plan.name),
    isCurrent,
    price: el("p", { class: "price" }, rupiah(plan.price), " ", el("small", {}, gettext("a month"))),
    points,
    action: [action, hint],
  });
}

function card({ title, isCurrent, price, points, action }) {
  const badge = isCurrent ? el("span", { class: "badge badge-accent" }, gettext("Yours")) : "";
  const list = el("ul", { role: "list" }, points.map((point) => el("li", {}, icon("check"), el("span", {}, point))));
  return el("article", { class: isCurrent ? "card plan plan-current" : "card plan" }, el("div", { class: "plan-head" }, el("h3", {}, title), badge), price, list, action);
}

const act = (label, kind, run, disabled = false) => el("button", { type: "button", class: `button ${kind}`, disabled, onclick: ({ currentTarget }) => run(currentTarget) }, label);
