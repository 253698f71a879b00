// The status page, from `GET /status`.
import { api } from "./api.js";
import { dateTime, duration } from "./format.js";
import { fill, gettext } from "./i18n.js";
import { el, every, icon } from "./ui.js";

const $ = (id) => document.getElementById(id);
const TIERS = { basic: gettext("Basic"), standard: gettext("Standard"), professional: gettext("Professional"), industry: gettext("Industry") };
const STATES = {
  up: ["circle-check", gettext("Everything works")],
  busy: ["clock", gettext("Busy: photos wait longer than usual")],
  maintenance: ["settings", gettext("Maintenance: no new photos are taken; what is under way ends")],
  down: ["circle-x", gettext("The service does not answer")],
};

async function refresh() {
  try {
    show(await api("status", { quiet: true }));
  } catch {
    showState("down", "");
  }
}

function showState(name, message) {
  const [symbol, text] = STATES[name];
  if ($("state").dataset.state === name && $("state").dataset.message === message) return;
  Object.assign($("state").dataset, { state: name, message });
  $("state").replaceChildren(icon(symbol), el("div", {}, el("p", {}, text), message ? el("p", { class: "small" }, message) : null));
}

function show(status) {
  showState(status.state, status.message);
  $("single").textContent = duration(status.queue.singleSeconds * 1000);
  $("batch").textContent = duration(status.queue.batchSeconds * 1000);
  $("share").textContent = status.successRate === null ? "–" : `${status.successRate} %`;
  $("hours").replaceChildren(...status.hours.map(bar));
  const speeds = Object.entries(status.slowMs);
  $("speed").hidden = !speeds.length;
  $("speeds").replaceChildren(...speeds.flatMap(([tier, ms]) => [el("dt", {}, TIERS[tier] ?? tier), el("dd", {}, duration(ms))]));
  $("checked").textContent = fill(gettext("Checked %(when)s"), { when: dateTime(status.checkedAt) });
}

function bar({ hour, successRate }) {
  const level = successRate === null ? "none" : successRate >= 99 ? "good" : successRate >= 90 ? "fair" : "bad";
  const text = successRate === null ? gettext("no photos") : `${successRate} %`;
  const label = `${dateTime(hour)}: ${text}`;
  return el("li", { "data-level": level, title: label }, el("span", { class: "visually-hidden" }, label));
}

every(20, refresh);
