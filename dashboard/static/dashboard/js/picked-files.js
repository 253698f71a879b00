// Files that a visitor drops or picks: folders are opened, and each file is looked at before it is sent.
import { bytes } from "./format.js";
import { fill, gettext } from "./i18n.js";

// What operating systems leave in folders; nobody means to send these.
const CLUTTER = /^(\.|thumbs\.db$|desktop\.ini$)/i;
const HEAD = 64;

const names = new Intl.Collator(undefined, { numeric: true });
// Folders come in no order of their own; people expect that of the names.
const ordered = (found) => found.sort((one, other) => names.compare(one.path, other.path));

/** All files of a drop, those in folders included, as `{ file, path }`. */
export async function filesOfDrop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
  const found = [];
  for (const entry of entries) await walk(entry, "", found);
  return ordered(found);
}

/** The files of an `<input type="file">`, of a folder or not. */
export const filesOfInput = (input) => ordered([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));

export const isClutter = ({ file }) => CLUTTER.test(file.name);

async function walk(entry, folder, found) {
  const path = `${folder}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, path });
    return;
  }
  const reader = entry.createReader();
  // A folder comes in portions, and an empty one is the end.
  for (;;) {
    const portion = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!portion.length) return;
    for (const inner of portion) await walk(inner, `${path}/`, found);
  }
}

/** `{ type }` of a file that can be sent, or `{ problem }` in words that help. */
export async function look(file, { maxBytes }) {
  if (!file.size) return { problem: gettext("The file is empty.") };
  if (file.size > maxBytes) {
    return { problem: fill(gettext("Too large: %(size)s. At most %(most)s; save it smaller or as JPEG."), { size: bytes(file.size), most: bytes(maxBytes) }) };
  }
  let head;
  try {
    head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  } catch {
    return { problem: gettext("The file can no longer be read. Add it again.") };
  }
  const type = typeOf(head);
  return type ? { type } : { problem: gettext("Not a picture that can be used: JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF.") };
}

/** The type that the first bytes tell, whatever the file is called; empty for others. */
export function typeOf(head) {
  const text = String.fromCharCode(...head);
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "image/webp";
  if (text.startsWith("GIF87a") || text.startsWith("GIF89a")) return "image/gif";
  if (text.startsWith("BM")) return "image/bmp";
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return "image/tiff";
  if (text.slice(4, 8) !== "ftyp") return "";
  if (/avi[fs]/.test(text.slice(8))) return "image/avif";
  return /hei[cxms]|hev[cxms]|mif1|msf1/.test(text.slice(8)) ? "image/heic" : "";
}

/** By this a file is found again after the page was loaded anew: where it lay, its size, its time. */
export const referenceOf = ({ file, path }) => `${file.size}-${file.lastModified}-${hash(path)}`;

/** 53 bits of a text (cyrb53); names of folders need not leave the browser. */
function hash(text) {
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 2654435761);
    two = Math.imul(two ^ code, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return (4294967296 * (2097151 & two) + (one >>> 0)).toString(36);
}
