// A bar chart by day: an SVG for the eye, and the same figures as a table for everybody.
import { date, number } from "./format.js";
import { gettext } from "./i18n.js";
import { el } from "./ui.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 220;
const LEFT = 46;
const BOTTOM = 24;
const TOP = 10;

/**
 * Show `days` (`{ date, … }`) in `place`; `series` are `[{ field, label }]`, at most two, stacked.
 * The chart is drawn anew when its width changes.
 */
export function showDays(place, { days, series, title }) {
  const frame = el("div", { class: "chart-frame" });
  const keys = series.map(({ label }, at) => el("span", { class: at ? "chart-key chart-key-second" : "chart-key" }, label));
  place.replaceChildren(el("p", { class: "row small muted", "aria-hidden": "true" }, keys), frame, tableOf(days, series, title));
  let width = 0;
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (!frame.isConnected) return observer.disconnect();
    if (contentRect.width < 2 * LEFT || Math.abs(contentRect.width - width) < 1) return;
    width = contentRect.width;
    frame.replaceChildren(draw(width, days, series, title));
  });
  observer.observe(frame);
}

function draw(width, days, series, title) {
  const svg = node("svg", { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": `${title}. ${gettext("The figures are in the table below.")}` });
  const top = niceTop(Math.max(...days.map((day) => total(day, series))));
  const plot = HEIGHT - BOTTOM - TOP;
  const y = (value) => TOP + plot - (value / top) * plot;
  for (const value of [0, top / 2, top]) {
    svg.append(node("line", { class: "chart-line", x1: LEFT, x2: width, y1: y(value), y2: y(value) }));
    svg.append(node("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, number(value)));
  }
  const step = (width - LEFT) / days.length;
  const gap = step > 6 ? 2 : 0.5;
  days.forEach((day, at) => {
    const x = LEFT + at * step;
    let base = 0;
    series.forEach(({ field }, which) => {
      const value = day[field];
      if (value) {
        const height = Math.max(1, y(base) - y(base + value));
        svg.append(node("rect", { class: which ? "chart-bar chart-bar-second" : "chart-bar", x: x + gap / 2, y: y(base + value), width: Math.max(1, step - gap), height, rx: Math.min(3, step / 4) }));
      }
      base += value;
    });
    const hit = node("rect", { class: "chart-hit", x, y: TOP, width: step, height: plot });
    hit.append(node("title", {}, `${date(day.date)}: ${series.map(({ field, label }) => `${label} ${number(day[field])}`).join(", ")}`));
    svg.append(hit);
  });
  const marks = [[0, "start"], [Math.floor((days.length - 1) / 2), "middle"], [days.length - 1, "end"]];
  for (const [at, anchor] of marks) {
    const x = anchor === "start" ? LEFT : anchor === "end" ? width : LEFT + (at + 0.5) * step;
    svg.append(node("text", { x, y: HEIGHT - 5, "text-anchor": anchor }, date(days[at].date)));
  }
  return svg;
}

function tableOf(days, series, title) {
  const head = el("tr", {}, el("th", { scope: "col" }, gettext("Day (UTC)")), series.map(({ label }) => el("th", { scope: "col", class: "number" }, label)));
  const used = days.filter((day) => total(day, series)).reverse();
  const rows = used.map((day) => el("tr", {}, el("th", { scope: "row" }, date(day.date)), series.map(({ field }) => el("td", { class: "number" }, number(day[field])))));
  const none = el("tr", {}, el("td", { colspan: series.length + 1 }, gettext("Nothing was used in this period.")));
  const table = el("table", { class: "table" }, el("caption", { class: "visually-hidden" }, title), el("thead", {}, head), el("tbody", {}, rows.length ? rows : none));
  const scroll = el("div", { class: "table-scroll table-short", tabindex: "0", role: "region", "aria-label": title }, table);
  return el("details", { class: "more" }, el("summary", {}, gettext("Show as a table")), scroll);
}

const total = (day, series) => series.reduce((sum, { field }) => sum + day[field], 0);

/** The least 2, 4 or 10 times a power of ten that is not below `value`. */
function niceTop(value) {
  if (value <= 10) return 10;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 10].map((factor) => factor * power).find((top) => top >= value);
}

function node(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}
