// Numbers, money and moments as people of the page's language write them.
import { fill, gettext, language, ngettext } from "./i18n.js";

const locale = language === "id" ? "id-ID" : "en-GB";
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
// Rupiah have no decimals here and are written the Indonesian way in both languages: Rp 99.000.
const idr = new Intl.NumberFormat("id-ID", { style: "currency", currency: "IDR", maximumFractionDigits: 0 });
const usd = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

export const number = (value) => whole.format(value);
/** A share between 0 and 1. */
export const percent = (share) => percents.format(share);
export const rupiah = (value) => idr.format(value);
export const dollars = (value) => usd.format(value);
export const credits = (count) => fill(ngettext("%(count)s credit", "%(count)s credits", count), { count: number(count) });
export const images = (count) => fill(ngettext("%(count)s image", "%(count)s images", count), { count: number(count) });
export const date = (iso) => (iso ? day.format(new Date(iso)) : "–");
export const dateTime = (iso) => (iso ? moment.format(new Date(iso)) : "–");

const STEPS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]];

/** "3 minutes ago", "in 2 days". */
export function relative(iso, now = Date.now()) {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return ago.format(Math.round(seconds / size), unit);
}

export function bytes(count) {
  const units = ["B", "KB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(count, 1)) / 10)));
  return `${decimal.format(count / 1024 ** step)} ${units[step]}`;
}

export function duration(ms) {
  if (ms < 60_000) return fill(gettext("%(seconds)s s"), { seconds: decimal.format(ms / 1000) });
  const minutes = Math.floor(ms / 60_000);
  return fill(gettext("%(minutes)s min %(seconds)s s"), { minutes, seconds: Math.round((ms % 60_000) / 1000) });
}
