// Lists of image addresses as text or CSV, read as the API reads them, with what is wrong in each line.
import { fill, gettext } from "./i18n.js";

const URL_COLUMNS = ["url", "image_url", "imageurl", "image", "address", "link"];
const NAME_COLUMNS = ["filename", "file_name", "name"];
const LONGEST = 2048;

/** Entries `{ line, url, filename, problem }` of a list. */
export function readList(text) {
  const plain = text.replace(/^\ufeff/, "");
  const head = plain.split(/\r?\n/, 1)[0];
  const separator = [";", "\t", ","].find((one) => head.includes(one));
  const columns = (separator ? head.split(separator) : [head]).map(title);
  const urlAt = columns.findIndex((name) => URL_COLUMNS.includes(name));
  const nameAt = columns.findIndex((name) => NAME_COLUMNS.includes(name));
  let rows = plain.split(/\r?\n/).map((line, at) => ({ line: at + 1, cells: [line.replace(/^\s*"|"\s*$/g, "")] }));
  if (urlAt >= 0) rows = (separator ? rowsOf(plain, separator) : rows).slice(1);
  const entries = rows
    .filter(({ cells }) => cells.some((cell) => cell.trim()))
    .map(({ line, cells }) => ({ line, url: (cells[Math.max(urlAt, 0)] ?? "").trim(), filename: nameAt < 0 ? "" : (cells[nameAt] ?? "").trim() }));
  return marked(entries);
}

function marked(entries) {
  const seen = new Map();
  return entries.map((entry) => {
    const { url, problem } = checked(entry.url);
    if (problem) return { ...entry, problem };
    const first = seen.get(url);
    if (first) return { ...entry, problem: fill(gettext("The same address as in line %(line)s."), { line: first }) };
    seen.set(url, entry.line);
    return { ...entry, problem: "" };
  });
}

function checked(text) {
  if (text.length > LONGEST) return { problem: gettext("The address is too long.") };
  if (/\s/.test(text)) return { problem: gettext("An address has no spaces; write %20.") };
  let url;
  try {
    url = new URL(text);
  } catch {
    return { problem: gettext("Not an address. It begins with https:// or http://.") };
  }
  if (!/^https?:$/.test(url.protocol)) return { problem: gettext("The address must begin with https:// or http://.") };
  if (url.username || url.password) return { problem: gettext("An address with a user name or password is not fetched.") };
  return { url: url.href.replace(/#.*/, "") };
}

const title = (name) => name.trim().replace(/^"|"$/g, "").trim().toLowerCase();

/** Rows of CSV: quoted cells may hold the separator, line ends and doubled quotes. */
function rowsOf(text, separator) {
  const rows = [];
  let [cells, cell, quoted, line, begun] = [[], "", false, 1, 1];
  const endRow = () => {
    rows.push({ line: begun, cells: [...cells, cell] });
    [cells, cell] = [[], ""];
  };
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at];
    if (one === "\n") line += 1;
    if (quoted && one === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (one === '"' && (quoted || !cell.trim())) {
      quoted = !quoted;
    } else if (one === separator && !quoted) {
      cells.push(cell);
      cell = "";
    } else if (one === "\n" && !quoted) {
      endRow();
      begun = line;
    } else if (one !== "\r" || quoted) {
      cell += one;
    }
  }
  if (cell || cells.length) endRow();
  return rows;
}
