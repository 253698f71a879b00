// How the results of a batch should look: the form's fields as the API takes them, kept for next time.
const KEPT = "lumiku-batch-options";
const TEXTS = ["format", "quality", "scale", "canvas", "fill", "align", "shadow", "dpi", "model", "preset"];
const SWITCHES = ["crop", "clean_mask"];
const form = document.getElementById("batch");
const { background, bg_color: color, bg_image: picture } = form.elements;

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
}

function showBackground() {
  color.hidden = background.value !== "color";
  picture.hidden = background.value !== "image";
}

recall();
showBackground();
background.addEventListener("change", showBackground);
