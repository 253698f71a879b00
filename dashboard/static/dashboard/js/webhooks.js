// The developers' page: webhook endpoints and their deliveries.
import { api } from "./api.js";
import { dateTime, duration } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { paged, table } from "./lists.js";
import { checks, chosen, field, formDialog, showSecret } from "./secrets.js";
import { busy, confirmDialog, dialogOf, el, icon, onSubmit, showError, toast } from "./ui.js";

const $ = (id) => document.getElementById(id);
let events = [];

// --- endpoints ---

async function showEndpoints() {
  const { endpoints, limit, availableEvents } = await api("webhooks/endpoints");
  events = availableEvents;
  $("new-endpoint").disabled = endpoints.length >= limit;
  const empty = el("div", { class: "empty" }, icon("webhook", "large"), el("p", {}, gettext("No address gets your events yet. An endpoint gets a message when jobs and batches end, credits run low, and more.")));
  $("endpoints").replaceChildren(endpoints.length ? el("ul", { class: "key-list", role: "list" }, endpoints.map(endpointRow)) : empty);
}

function endpointRow(endpoint) {
  const about = el(
    "div",
    { class: "stack stack-small" },
    el("p", { class: "row" }, el("code", {}, endpoint.url), stateOf(endpoint)),
    endpoint.description ? el("p", { class: "muted small" }, endpoint.description) : null,
    el("p", { class: "row" }, endpoint.events.map((name) => el("span", { class: "badge" }, name === "*" ? gettext("All events") : name))),
  );
  const act = (label, run, danger = false) => el("button", { type: "button", class: danger ? "button button-small button-danger" : "button button-small", "aria-label": `${label}: ${endpoint.url}`, onclick: ({ currentTarget }) => run(endpoint, currentTarget) }, label);
  const buttons = [act(gettext("Send a test"), test), act(endpoint.active ? gettext("Turn off") : gettext("Turn on"), toggle), act(gettext("New secret"), rotate), act(gettext("Delete"), remove, true)];
  return el("li", {}, about, el("div", { class: "row" }, buttons));
}

function stateOf({ active, disabledAt, failingSince }) {
  if (disabledAt) return el("span", { class: "badge badge-bad" }, gettext("Turned off by the service"));
  if (!active) return el("span", { class: "badge badge-warning" }, gettext("Off"));
  if (failingSince) return el("span", { class: "badge badge-bad" }, gettext("Failing"));
  return el("span", { class: "badge badge-good" }, gettext("Active"));
}

$("new-endpoint").addEventListener("click", () => {
  const choices = [{ value: "*", title: gettext("All events"), checked: true }, ...events.map(({ name, description }) => ({ value: name, title: el("code", {}, name), hint: description }))];
  formDialog({
    title: gettext("New webhook endpoint"),
    confirm: gettext("Make the endpoint"),
    onSubmit,
    fields: [
      field(gettext("Address"), "url", { type: "url", required: true, maxlength: "2000", placeholder: "https://", autocomplete: "off", hint: gettext("A public address that takes POST requests by HTTPS.") }),
      field(gettext("Description"), "description", { maxlength: "200", autocomplete: "off" }),
      checks(gettext("Events that it gets"), "events", choices),
    ],
    send: async (form) => {
      const body = { url: form.elements.url.value, description: form.elements.description.value, events: chosen(form, "events") };
      const made = await api("webhooks/endpoints", { body });
      showSecret({ title: gettext("The endpoint's signing secret"), text: gettext("It is shown this once. Your program verifies the signature of each event with it."), secret: made.secret });
      await showEndpoints();
    },
  });
});

/** Run an action of an endpoint with its button busy, and show the endpoints as they are then. */
async function run(button, work) {
  try {
    await busy(button, work);
    await showEndpoints();
  } catch (error) {
    showError(error);
  }
}

const test = (endpoint, button) =>
  run(button, async () => {
    await api(`webhooks/endpoints/${endpoint.id}/test`, { body: {} });
    toast(gettext("A test event is on its way; see the deliveries."));
    setTimeout(() => loadDeliveries().catch(showError), 1500);
  });

const toggle = (endpoint, button) => run(button, () => api(`webhooks/endpoints/${endpoint.id}`, { method: "PATCH", body: { active: !endpoint.active } }));

async function rotate(endpoint, button) {
  const agreed = await confirmDialog({ title: gettext("Make a new signing secret?"), text: gettext("For a day both secrets sign, so that your program can change over."), confirm: gettext("New secret") });
  if (!agreed) return;
  await run(button, async () => {
    const { secret } = await api(`webhooks/endpoints/${endpoint.id}/rotate-secret`, { body: {} });
    showSecret({ title: gettext("The new signing secret"), text: gettext("It is shown this once."), secret });
  });
}

async function remove(endpoint, button) {
  const agreed = await confirmDialog({ title: gettext("Delete the endpoint?"), text: fill(gettext("%(url)s gets nothing any more, and its deliveries are deleted."), endpoint), confirm: gettext("Delete"), danger: true });
  if (agreed) await run(button, () => api(`webhooks/endpoints/${endpoint.id}`, { method: "DELETE" }));
}

// --- deliveries ---

const STATES = { pending: ["badge-info", gettext("Waiting")], delivered: ["badge-good", gettext("Delivered")], dead: ["badge-bad", gettext("Given up")] };
const answerOf = ({ responseStatus, error }) => (responseStatus ? String(responseStatus) : error || "–");

const loadDeliveries = paged($("deliveries"), {
  path: "webhooks/deliveries",
  query: () => ({ status: $("delivery-status").value }),
  items: ({ deliveries }) => deliveries,
  empty: el("p", {}, gettext("Nothing has been sent yet.")),
  render: (deliveries) =>
    table(
      gettext("Deliveries"),
      [
        { title: gettext("When"), cell: ({ createdAt }) => el("span", { class: "nowrap" }, dateTime(createdAt)) },
        { title: gettext("Event"), cell: ({ event }) => el("code", {}, event) },
        { title: gettext("To"), wrap: true, cell: ({ url }) => url },
        { title: gettext("State"), cell: ({ status }) => el("span", { class: `badge ${STATES[status][0]}` }, STATES[status][1]) },
        { title: gettext("Answer"), wrap: true, cell: answerOf },
        { title: gettext("Attempts"), number: true, cell: ({ attempts }) => String(attempts) },
        { title: gettext("Actions"), cell: actionsOf },
      ],
      deliveries,
    ),
});

function actionsOf(delivery) {
  const show = el("button", { type: "button", class: "button button-small", onclick: ({ currentTarget }) => showDelivery(delivery, currentTarget) }, gettext("Show"));
  const again = el("button", { type: "button", class: "button button-small", onclick: ({ currentTarget }) => replay(delivery, currentTarget) }, gettext("Send again"));
  return el("div", { class: "row row-whole" }, show, again);
}

async function showDelivery({ id }, button) {
  try {
    const whole = await busy(button, () => api(`webhooks/deliveries/${id}`));
    const log = whole.log.map((attempt) => el("li", {}, `${dateTime(attempt.at)}, ${duration(attempt.durationMs)}: ${answerOf(attempt)}`, attempt.responseExcerpt ? el("pre", {}, attempt.responseExcerpt) : null));
    const content = el(
      "div",
      { class: "stack" },
      el("h3", {}, gettext("What was sent")),
      el("pre", { tabindex: "0", "aria-label": gettext("What was sent") }, pretty(whole.body)),
      el("h3", {}, gettext("Attempts")),
      log.length ? el("ol", {}, log) : el("p", { class: "muted" }, gettext("None yet.")),
    );
    dialogOf({ title: whole.event, content, wide: true, actions: [el("button", { class: "button" }, gettext("Close"))] });
  } catch (error) {
    showError(error);
  }
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

async function replay({ id }, button) {
  try {
    await busy(button, () => api(`webhooks/deliveries/${id}/replay`, { body: {} }));
    toast(gettext("It is sent once more."));
    await loadDeliveries();
  } catch (error) {
    showError(error);
  }
}

$("delivery-status").addEventListener("change", () => loadDeliveries().catch(showError));
$("reload-deliveries").addEventListener("click", ({ currentTarget }) => busy(currentTarget, () => loadDeliveries()).catch(showError));

showEndpoints().catch(showError);
loadDeliveries().catch(showError);
