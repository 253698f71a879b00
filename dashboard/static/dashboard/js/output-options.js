// The form of output options: what it says as fields of the API, and presets.
import { api } from "./api.js";
import { fill, gettext } from "./i18n.js";
import { confirmDialog, dialogOf, el, showError, showFormError, toast } from "./ui.js";

const PRESETS = "background-remover/presets";

/** Fill every `select` with the presets that the account can use; returns them. */
export async function loadPresets(selects, chosen = "") {
  const { presets } = await api(PRESETS);
  const option = (preset) => el("option", { value: preset.name, selected: preset.name === chosen }, preset.title);
  const group = (label, found) => (found.length ? el("optgroup", { label }, found.map(option)) : null);
  for (const select of selects) {
    const groups = [group(gettext("Your own"), presets.filter((preset) => !preset.builtIn)), group(gettext("Marketplaces"), presets.filter((preset) => preset.builtIn))];
    select.replaceChildren(el("option", { value: "" }, gettext("None")), ...groups.filter(Boolean));
  }
  return presets;
}

/** The controls of `form`, whose names and ids are those of the page of a single removal. */
export class OutputOptions {
  constructor(form) {
    this.form = form;
    this.presets = [];
    this.find = (id) => form.querySelector(`#${id}`);
    form.addEventListener("change", (event) => this.#changed(event.target));
    this.find("bg-color").addEventListener("input", ({ target }) => (this.find("bg-hex").value = target.value));
    this.find("preset-save").addEventListener("click", () => this.#save());
    this.find("preset-delete").addEventListener("click", () => this.#delete());
    this.#refresh();
  }

  async load(others = []) {
    try {
      this.presets = await loadPresets([this.find("out-preset"), ...others], this.find("out-preset").value);
      this.#refresh();
    } catch (error) {
      showError(error);
    }
  }

  /** The options that are chosen, as fields of the API; the background picture is a file. */
  fields() {
    const value = (name) => this.form.elements.namedItem(name).value;
    const fields = { format: value("format"), shadow: value("shadow") };
    if (value("background") === "color") fields.bg_color = this.find("bg-hex").value.trim();
    if (value("background") === "image") fields.bg_image = this.find("bg-image").files[0];
    if (value("frame") === "crop") Object.assign(fields, { crop: "true", crop_margin: value("crop_margin") });
    if (value("frame") === "canvas") Object.assign(fields, { canvas: value("canvas"), fill: value("fill"), align: value("align") });
    const dpi = this.#preset()?.options.dpi;
    const quality = this.#preset()?.options.quality;
    Object.assign(fields, { dpi, quality });
    return Object.fromEntries(Object.entries(fields).filter(([, found]) => found !== "" && found !== undefined));
  }

  formData() {
    const data = new FormData();
    for (const [name, value] of Object.entries(this.fields())) data.append(name, value);
    return data;
  }

  /** Show the options of a preset or of a version. */
  show(options) {
    const set = (name, value) => (this.form.elements.namedItem(name).value = value);
    set("format", options.format ?? "png");
    set("shadow", [...this.find("out-shadow").options].some((one) => one.value === options.shadow) ? options.shadow : "");
    set("background", options.bg_color ? "color" : "none");
    if (options.bg_color) this.#colour(options.bg_color);
    set("frame", options.crop ? "crop" : options.canvas || options.fill || options.padding ? "canvas" : "photo");
    set("crop_margin", options.crop_margin ?? "");
    set("canvas", options.canvas ?? "original");
    set("fill", options.fill ?? "85%");
    set("align", options.align ?? "");
    this.#refresh();
  }

  #preset() {
    return this.presets.find((preset) => preset.name === this.find("out-preset").value);
  }

  #colour(text) {
    this.find("bg-hex").value = text;
    const hex = /^#?([0-9a-f]{6})$/i.exec(text.trim());
    if (hex) this.find("bg-color").value = `#${hex[1]}`;
  }

  #changed(control) {
    if (control.name === "preset" && this.#preset()) this.show(this.#preset().options);
    if (control.id === "bg-hex") this.#colour(control.value);
    this.#refresh();
  }

  #refresh() {
    const value = (name) => this.form.elements.namedItem(name).value;
    this.find("background-color").hidden = value("background") !== "color";
    this.find("background-image").hidden = value("background") !== "image";
    this.find("frame-crop").hidden = value("frame") !== "crop";
    this.find("frame-canvas").hidden = value("frame") !== "canvas";
    this.find("preset-delete").disabled = !this.#preset() || this.#preset().builtIn;
  }

  #save() {
    const title = el("input", { class: "input", id: "preset-title", name: "title", maxlength: "60", required: true });
    const errors = el("div", { "data-errors": true, role: "alert" });
    const save = el("button", { class: "button button-primary", value: "save" }, gettext("Save"));
    const cancel = el("button", { type: "button", class: "button", onclick: () => dialog.close() }, gettext("Cancel"));
    const content = el("div", { class: "stack" }, el("div", { class: "field" }, el("label", { for: "preset-title" }, gettext("Name")), title), errors);
    const dialog = dialogOf({ title: gettext("Save these options as a preset"), content, actions: [cancel, save] });
    const form = dialog.querySelector("form");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await this.#create(title.value.trim());
        dialog.close();
        toast(fill(gettext("The preset %(name)s is saved."), { name: title.value.trim() }), { kind: "good" });
      } catch (error) {
        showFormError(form, error);
      }
    });
  }

  async #create(title) {
    const options = this.fields();
    delete options.bg_image;
    if (options.crop) options.crop = true;
    const name = slug(title);
    await api(PRESETS, { body: { name, title, options } });
    await this.load();
    this.find("out-preset").value = name;
    this.#refresh();
  }

  async #delete() {
    const preset = this.#preset();
    const sure = await confirmDialog({ title: fill(gettext("Delete the preset %(name)s?"), { name: preset.title }), confirm: gettext("Delete"), danger: true });
    if (!sure) return;
    try {
      await api(`${PRESETS}/${preset.name}`, { method: "DELETE" });
      this.find("out-preset").value = "";
      await this.load();
    } catch (error) {
      showError(error);
    }
  }
}

function slug(title) {
  const plain = title.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
  return plain || `preset-${Date.now().toString(36)}`;
}
