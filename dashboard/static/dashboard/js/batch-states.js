// Names and looks of the states of batches and their images.
import { gettext } from "./i18n.js";
import { el, icon } from "./ui.js";

const BATCH = {
  pending: { text: gettext("Waiting"), look: "info", sign: "clock" },
  processing: { text: gettext("In progress"), look: "accent", sign: "loader-circle", spins: true },
  zipping: { text: gettext("Packing"), look: "accent", sign: "archive" },
  completed: { text: gettext("Finished"), look: "good", sign: "circle-check" },
  failed: { text: gettext("Failed"), look: "bad", sign: "circle-x" },
  cancelled: { text: gettext("Cancelled"), look: "warning", sign: "ban" },
};

const IMAGE = {
  queued: { text: gettext("Waiting"), look: "", sign: "clock" },
  processing: { text: gettext("In progress"), look: "accent", sign: "loader-circle", spins: true },
  completed: { text: gettext("Finished"), look: "good", sign: "check" },
  failed: { text: gettext("Failed"), look: "bad", sign: "circle-alert" },
  cancelled: { text: gettext("Cancelled"), look: "warning", sign: "ban" },
};

export const TIERS = {
  basic: gettext("Basic"),
  standard: gettext("Standard"),
  professional: gettext("Professional"),
  industry: gettext("Industry"),
};

export const batchBadge = (status) => badge(BATCH[status] ?? { text: status, look: "", sign: "info" });
export const imageBadge = (status) => badge(IMAGE[status] ?? { text: status, look: "", sign: "info" });

function badge({ text, look, sign, spins = false }) {
  const drawn = icon(sign);
  if (spins) drawn.classList.add("icon-spin");
  return el("span", { class: look ? `badge badge-${look}` : "badge" }, drawn, text);
}

/** What a name stands for where nobody gave one. */
export const nameOf = (batch) => batch.name || gettext("Batch without a name");
