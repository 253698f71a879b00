// Checks of a photo before it is sent, so that a wrong file is refused at once and in plain words.
import { bytes } from "./format.js";
import { fill, gettext } from "./i18n.js";

export const ACCEPT = ".jpg,.jpeg,.png,.webp,.heic,.heif,.avif,.tif,.tiff,.bmp,.gif,image/*";
const SIGNATURES = [
  ["jpg", [0xff, 0xd8, 0xff]],
  ["png", [0x89, 0x50, 0x4e, 0x47]],
  ["gif", [0x47, 0x49, 0x46, 0x38]],
  ["bmp", [0x42, 0x4d]],
  ["tiff", [0x49, 0x49, 0x2a, 0x00]],
  ["tiff", [0x4d, 0x4d, 0x00, 0x2a]],
];
// What every browser of today can show by itself.
const SHOWN = new Set(["jpg", "png", "gif", "bmp", "webp"]);

/** The format by the file's first bytes, or "" when it is none that the service reads. */
export async function formatOf(file) {
  const start = new Uint8Array(await file.slice(0, 32).arrayBuffer());
  const text = String.fromCharCode(...start);
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "webp";
  if (text.slice(4, 8) === "ftyp") return /avif|avis/.test(text) ? "avif" : "heic";
  return SIGNATURES.find(([, bytesOf]) => bytesOf.every((byte, at) => start[at] === byte))?.[0] ?? "";
}

export const isShown = (format) => SHOWN.has(format);

/** What is wrong with the file, in words that say what to do; "" for one that may be sent. */
export async function problemOf(file, { maxBytes }) {
  const name = file.name || gettext("The picture");
  if (file.size === 0) return fill(gettext("%(name)s is empty. Choose another file."), { name });
  if (file.size > maxBytes) {
    const sizes = { name, size: bytes(file.size), most: bytes(maxBytes) };
    return fill(gettext("%(name)s has %(size)s; at most %(most)s can be sent. Save it smaller, or as JPEG, and try again."), sizes);
  }
  if (!(await formatOf(file))) {
    return fill(gettext("%(name)s is no picture that can be read here. Use JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF."), { name });
  }
  return "";
}
