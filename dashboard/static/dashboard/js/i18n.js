// Translations of scripts, from Django's catalogue, which the shell loads before any module.
const plain = {
  gettext: (text) => text,
  gettext_noop: (text) => text,
  ngettext: (one, many, count) => (count === 1 ? one : many),
  pgettext: (_context, text) => text,
  interpolate: (format, values, named) =>
    named
      ? format.replace(/%\(\w+\)s/g, (match) => String(values[match.slice(2, -2)]))
      : format.replace(/%s/g, () => String(values.shift())),
};

const { gettext, gettext_noop, ngettext, pgettext, interpolate } = globalThis.gettext ? globalThis : plain;
export { gettext, gettext_noop, interpolate, ngettext, pgettext };

export const language = document.documentElement.lang || "en";

/** `interpolate` with named values: `fill(gettext("%(count)s images"), { count: 3 })`. */
export const fill = (format, values) => interpolate(format, values, true);
