// How the results of a batch should look: the form's fields as the API takes them, kept for next time.
import { api } from "./api.js";
import { gettext } from "./i18n.js";
import { el } from "./ui.js";

const KEPT = "lumiku-batch-options";
const TEXTS = ["format", "quality", "scale", "canvas", "fill", "align", "shadow", "dpi", "model", "preset"];
const SWITCHES = ["crop", "clean_mask"];
const form = document.getElementById("batch");
const { background, bg_color: color, bg_image: picture, preset } = form.elements;

/** A form with the batch's name, tier and options; empty fields are left out. */
export function optionsOf(source) {
  const data = new FormData();
  data.set("tier", source.elements.tier.value);
  for (const name of ["name", ...TEXTS]) {
    const value = source.elements[name]?.value.trim();
    if (value) data.set(name, value);
  }
  for (const name of SWITCHES) if (source.elements[name].checked) data.set(name, "true");
  if (background.value === "color") data.set("bg_color", color.value);
  if (background.value === "image" && picture.files.length) data.set("bg_image", picture.files[0]);
  return data;
}

/** Keep the options, but neither the name nor files, for the next batch in this browser. */
export function rememberOptions(source) {
  const kept = Object.fromEntries([...optionsOf(source)].filter(([name, value]) => name !== "name" && typeof value === "string"));
  localStorage.setItem(KEPT, JSON.stringify(kept));
}

/** Built-in presets and those of the account; what a preset says, the fields below can change. */
async function loadPresets(wanted) {
  const { presets } = await api("background-remover/presets", { quiet: true });
  const group = (label, found) => (found.length ? el("optgroup", { label }, found.map(({ name, title }) => el("option", { value: name }, title || name))) : null);
  const own = presets.filter(({ builtIn }) => !builtIn);
  preset.append(...[group(gettext("My presets"), own), group(gettext("Marketplaces"), presets.filter(({ builtIn }) => builtIn))].filter(Boolean));
  preset.value = presets.some(({ name }) => name === wanted) ? wanted : "";
  showPreset();
}

/** What an empty choice means: the preset's value, or the usual one. */
function showPreset() {
  for (const { options } of [background, form.elements.format, form.elements.align, form.elements.shadow]) {
    const [first] = options;
    first.dataset.usual ??= first.textContent;
    first.textContent = preset.value ? gettext("As in the preset") : first.dataset.usual;
  }
}

function recall() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    // Somebody else wrote there.
  }
  for (const [name, value] of Object.entries(kept)) {
    const field = form.elements[name];
    if (!field) continue;
    if (SWITCHES.includes(name)) field.checked = value === "true";
    else field.value = value;
  }
  if (kept.bg_color) background.value = "color";
  if (Object.keys(kept).some((name) => !["tier", "preset", "bg_color"].includes(name))) document.getElementById("more-options").open = true;
  loadPresets(kept.preset).catch(() => {
    // Without the list there is no preset to choose, and all the rest works.
  });
}

function showBackground() {
  color.hidden = background.value !== "color";
  picture.hidden = background.value !== "image";
}

recall();
showBackground();
preset.addEventListener("change", showPreset);
background.addEventListener("change", showBackground);
