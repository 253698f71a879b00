// The billing page: balance, plan, packs, usage, limits, movements and invoices.
import { api, newKey } from "./api.js";
import { showDays } from "./chart.js";
import { credits, date, dateTime, number, rupiah } from "./format.js";
import { fill, gettext, ngettext } from "./i18n.js";
import { paged, table } from "./lists.js";
import { leave, returnUrls, show, welcomeBack } from "./payments.js";
import { planCards, planName, planSummary } from "./plans.js";
import { busy, confirmDialog, el, explain, icon, onSubmit, showError, toast } from "./ui.js";

const $ = (id) => document.getElementById(id);
const notice = $("billing-notice");
let prices = null;

// --- balance and packs ---

async function showBalance() {
  prices = await api("billing/credits");
  const { available, held, owed, creditsPerImage } = prices;
  const parts = [el("p", { class: "figure figure-large" }, number(available)), el("p", { class: "muted small" }, worth(available, creditsPerImage))];
  if (held) parts.push(el("p", { class: "small muted" }, fill(gettext("%(credits)s are set aside for pictures under way."), { credits: credits(held) })));
  if (owed) parts.push(el("p", { class: "notice notice-warning" }, icon("triangle-alert"), fill(gettext("%(credits)s are owed for a payment that was taken back; the next credits pay for them."), { credits: credits(owed) })));
  $("balance").replaceChildren(el("div", { class: "stack stack-small" }, parts));
}

const worth = (count, perImage) =>
  fill(gettext("Pays for this many pictures: %(basic)s basic or %(standard)s standard"), {
    basic: number(Math.floor(count / perImage.basic)),
    standard: number(Math.floor(count / perImage.standard)),
  });

async function showPacks() {
  const { packs } = await api("billing/packs");
  const cards = packs.map((pack) => {
    const each = fill(gettext("%(price)s a credit"), { price: rupiah(Math.round((pack.price * 10) / pack.credits) / 10) });
    const buy = el("button", { type: "button", class: "button button-primary button-wide", onclick: ({ currentTarget }) => buyPack(pack, currentTarget) }, icon("shopping-cart"), fill(gettext("Buy for %(price)s"), { price: rupiah(pack.price) }));
    return el("article", { class: "card pack" }, el("h3", {}, pack.name), el("p", { class: "price" }, credits(pack.credits)), el("p", { class: "muted small" }, each), buy);
  });
  $("packs").replaceChildren(...(cards.length ? cards : [el("p", { class: "muted" }, gettext("No packs are on sale at the moment."))]));
}

async function buyPack(pack, button) {
  try {
    const order = await busy(button, () => api("billing/checkout", { body: { pack: pack.id, ...returnUrls("credits") }, idempotencyKey: newKey() }));
    leave(order.checkoutUrl, { kind: "credits", order: order.orderId });
  } catch (error) {
    showError(error);
  }
}

// --- the plan ---

async function showPlan() {
  const [standing, { plans }] = await Promise.all([api("background-remover/subscription"), api("billing/plans")]);
  const actions = { choose: choosePlan, cancel: cancelPlan, resume: resumePlan };
  $("plan").replaceChildren(planSummary(standing, actions));
  $("plans").replaceChildren(...planCards(plans, standing, prices, actions));
}

async function choosePlan(plan, standing, button) {
  if (!standing.hasSubscription) {
    await pay(button, () => api("background-remover/subscription/checkout", { body: { plan: plan.name, ...returnUrls("subscription") }, idempotencyKey: newKey() }), ({ checkoutUrl }) => leave(checkoutUrl, { kind: "subscription", plan: plan.name }));
    return;
  }
  const dearer = plan.price > standing.pricing.monthlyPrice;
  const text = dearer
    ? gettext("The rest of this month is charged to your card now, and the larger plan begins at once.")
    : gettext("The smaller plan begins at once, and the difference is taken off your next invoice.");
  const title = fill(gettext("Change to %(plan)s?"), { plan: planName(plan.name) });
  if (!(await confirmDialog({ title, text, confirm: gettext("Change the plan") }))) return;
  await pay(button, () => api("background-remover/subscription", { body: { plan: plan.name }, idempotencyKey: newKey() }), async () => {
    show(notice, "good", fill(gettext("Your plan is now %(plan)s."), { plan: planName(plan.name) }));
    await changed();
  });
}

/** Run a request that charges a card; what the card or the bank says is shown above the page. */
async function pay(button, request, done) {
  try {
    await done(await busy(button, request));
  } catch (error) {
    if (error.code === "PAYMENT_ACTION_REQUIRED" && error.details.invoiceUrl) {
      const go = el("button", { type: "button", class: "button button-small", onclick: () => leave(error.details.invoiceUrl, { kind: "subscription" }) }, gettext("Confirm at the bank"));
      show(notice, "warning", gettext("Your bank wants you to confirm this payment. Nothing has changed until you do."), go);
    } else if (error.code === "PAYMENT_FAILED") {
      const other = el("button", { type: "button", class: "button button-small", onclick: ({ currentTarget }) => openPortal(currentTarget) }, gettext("Use another card"));
      show(notice, "bad", `${explain(error).text} ${gettext("Nothing was charged, and your plan is unchanged.")}`, other);
    } else {
      showError(error);
    }
  }
}

async function cancelPlan(standing, button) {
  const agreed = await confirmDialog({
    title: gettext("Cancel the plan?"),
    text: fill(gettext("It lasts until %(day)s, the end of the month that is paid, and can be resumed until then."), { day: date(standing.billing.nextBillingDate) }),
    confirm: gettext("Cancel the plan"),
    danger: true,
  });
  if (!agreed) return;
  await pay(button, () => api("background-remover/subscription", { method: "DELETE", idempotencyKey: newKey() }), async ({ expiresAt }) => {
    show(notice, "info", fill(gettext("The plan is cancelled and lasts until %(day)s."), { day: date(expiresAt) }));
    await changed();
  });
}

const resumePlan = (_standing, button) =>
  pay(button, () => api("background-remover/subscription/resume", { body: {}, idempotencyKey: newKey() }), async () => {
    show(notice, "good", gettext("The plan goes on as before."));
    await changed();
  });

async function openPortal(button) {
  try {
    const { url } = await busy(button, () => api("billing/portal", { body: {} }));
    location.assign(url);
  } catch (error) {
    if (error.details?.reason === "no_customer") toast(gettext("There are no cards and receipts yet; the first payment makes them."));
    else showError(error);
  }
}
$("portal").addEventListener("click", ({ currentTarget }) => openPortal(currentTarget));

// --- usage ---

async function showUsage() {
  const span = Number(document.querySelector("#usage-span input:checked").value);
  const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const { days, credits: sum } = await api("billing/usage", { query: { from: day(span - 1), to: day(0) } });
  const place = el("div", { class: "stack" });
  const title = fill(ngettext("%(credits)s in the last day", "%(credits)s in the last %(days)s days", span), { credits: credits(sum), days: span });
  $("usage").replaceChildren(el("p", {}, title), place);
  showDays(place, { days, title, series: [{ field: "credits", label: gettext("Credits") }, { field: "imagesBySubscription", label: gettext("Pictures by the plan") }] });
}
$("usage-span").addEventListener("change", () => showUsage().catch(showError));

// --- limits ---

const form = $("limits-form");

function showLimits({ spendingCap, lowCreditThreshold }) {
  const { elements } = form;
  elements.lowCreditThreshold.value = lowCreditThreshold;
  elements.capCredits.value = spendingCap?.credits ?? "";
  elements.capPeriod.value = spendingCap?.period ?? "month";
  const state = $("cap-state");
  state.hidden = !spendingCap;
  if (spendingCap) state.textContent = fill(gettext("%(spent)s of %(cap)s are spent; the cap begins anew on %(when)s."), { spent: number(spendingCap.spent), cap: credits(spendingCap.credits), when: dateTime(spendingCap.resetsAt) });
}

onSubmit(form, async ({ elements }) => {
  const cap = elements.capCredits.value === "" ? null : { credits: Number(elements.capCredits.value), period: elements.capPeriod.value };
  const body = { lowCreditThreshold: elements.lowCreditThreshold.value === "" ? null : Number(elements.lowCreditThreshold.value), spendingCap: cap };
  showLimits(await api("billing/settings", { method: "PATCH", body }));
  toast(gettext("The limits are saved."), { kind: "good" });
});

// --- movements and invoices ---

const KINDS = {
  grant: [gettext("Received"), "badge-good"],
  hold: [gettext("Set aside"), "badge"],
  capture: [gettext("Charged"), "badge-accent"],
  release: [gettext("Given back"), "badge-info"],
  adjust: [gettext("Adjusted"), "badge-warning"],
};
const signed = (value) => (value > 0 ? el("span", { class: "plus" }, `+${number(value)}`) : value < 0 ? `−${number(-value)}` : "0");

const loadLedger = paged($("ledger"), {
  path: "billing/ledger",
  query: () => ({ kind: $("ledger-kind").value }),
  items: ({ entries }) => entries,
  empty: el("p", {}, gettext("Nothing has moved yet.")),
  render: (entries) =>
    table(
      gettext("Movements of credits"),
      [
        { title: gettext("When"), cell: ({ createdAt }) => el("span", { class: "nowrap" }, dateTime(createdAt)) },
        { title: gettext("Kind"), cell: ({ kind }) => el("span", { class: `badge ${KINDS[kind][1]}` }, KINDS[kind][0]) },
        { title: gettext("Available"), number: true, cell: ({ creditsChange }) => signed(creditsChange) },
        { title: gettext("Set aside"), number: true, cell: ({ heldChange }) => signed(heldChange) },
        { title: gettext("Balance"), number: true, cell: ({ availableAfter }) => number(availableAfter) },
        { title: gettext("For"), wrap: true, cell: ({ reason, reference }) => reason || el("code", { class: "small" }, reference ?? "–") },
      ],
      entries,
    ),
});
$("ledger-kind").addEventListener("change", () => loadLedger().catch(showError));

const STATES = { paid: ["badge-good", gettext("Paid")], open: ["badge-warning", gettext("Open")], void: ["badge", gettext("Void")], draft: ["badge", gettext("Draft")], uncollectible: ["badge-bad", gettext("Unpaid")] };

const loadInvoices = paged($("invoices"), {
  path: "billing/invoices",
  items: ({ invoices }) => invoices,
  empty: el("p", {}, gettext("There are no invoices yet.")),
  render: (invoices) =>
    table(
      gettext("Invoices"),
      [
        { title: gettext("Date"), cell: ({ createdAt }) => el("span", { class: "nowrap" }, date(createdAt)) },
        { title: gettext("Number"), cell: (invoice) => el("span", { class: "nowrap" }, invoice.number ?? "–") },
        { title: gettext("For"), wrap: true, cell: ({ description }) => description ?? "–" },
        { title: gettext("State"), cell: ({ status }) => el("span", { class: `badge ${STATES[status]?.[0] ?? ""}` }, STATES[status]?.[1] ?? status) },
        { title: gettext("Amount"), number: true, cell: (invoice) => rupiah(invoice.status === "paid" ? invoice.amountPaid : invoice.amountDue) },
        { title: gettext("Document"), cell: documentOf },
      ],
      invoices,
    ),
});

function documentOf({ pdfUrl, hostedUrl, status, number: name }) {
  const url = status === "open" ? hostedUrl : pdfUrl;
  if (!url) return "–";
  const text = status === "open" ? gettext("Pay") : gettext("PDF");
  return el("a", { href: url, rel: "noreferrer", "aria-label": `${text} ${name ?? ""}` }, text);
}

/** Show a change of credits or plan, in the stats bar too. */
async function changed() {
  document.dispatchEvent(new Event("lumiku:spent"));
  await refresh();
}

async function refresh() {
  await showBalance();
  await Promise.all([showPlan(), showUsage(), loadLedger(), loadInvoices()]);
}

refresh().catch(showError);
showPacks().catch(showError);
api("billing/settings").then(showLimits, showError);
welcomeBack(notice, changed).catch(showError);
// The browser may keep this page in memory while the visitor is at Stripe's.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) Promise.all([refresh(), welcomeBack(notice, changed)]).catch(showError);
});
