// Sending many files: four at a time, tried again after failures, resumed after a break.
import { api, ApiError, upload } from "./api.js";
import { fill, gettext } from "./i18n.js";
import { online, pause, signedIn } from "./waiting.js";

const AT_ONCE = 4;
const ATTEMPTS = 6;
const PAGE = 100;
const OURS = /^\/(v1|api)\/background-remover\/uploads\/upl_\w+\/file$/;

/** All uploads of the account that no batch has used yet. */
export async function openUploads(options = {}) {
  const found = [];
  for (let page = 1; ; page += 1) {
    const answer = await api("background-remover/uploads", { query: { page, limit: PAGE }, ...options });
    found.push(...answer.uploads);
    if (!answer.pagination.hasNext) return found;
  }
}

/**
 * Sends entries `{ file, type, reference, uploadId, target, state, sent }`.
 * `onChange(entry)` is called for each change of one. A run ends when every entry is `uploaded` or
 * `failed`, or when it is stopped.
 */
export class Uploader {
  constructor({ onChange }) {
    this.onChange = onChange;
    this.stopper = null;
  }

  get running() {
    return this.stopper !== null;
  }

  /** Raises `ApiError` where nothing can be sent at all, for example without room. */
  async run(entries) {
    this.stopper = new AbortController();
    const { signal } = this.stopper;
    try {
      const queue = entries.filter((entry) => entry.file && entry.state !== "uploaded");
      for (const entry of queue) this.change(entry, { state: "waiting", sent: 0, problem: "" });
      await this.announce(queue.filter((entry) => !entry.target), signal);
      const next = async () => {
        for (let entry = queue.shift(); entry && !signal.aborted; entry = queue.shift()) await this.send(entry, signal);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, next));
    } finally {
      if (signal.aborted) for (const entry of entries) if (["waiting", "sending"].includes(entry.state)) this.change(entry, { state: "ready", sent: 0 });
      this.stopper = null;
    }
    return !signal.aborted;
  }

  stop() {
    this.stopper?.abort();
  }

  async announce(entries, signal) {
    if (!entries.length) return;
    const files = entries.map(({ name, type, file, reference }) => ({ filename: name, contentType: type, size: file.size, reference }));
    const { uploads } = await withRetries(() => api("background-remover/uploads", { body: { files }, signal }), signal);
    uploads.forEach((slot, at) => this.change(entries[at], { uploadId: slot.uploadId, target: slot }));
  }

  async send(entry, signal) {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await online(signal);
        this.change(entry, { state: "sending", sent: 0 });
        await upload(sameOrigin(entry.target.url), entry.file, {
          method: entry.target.method,
          headers: entry.target.headers,
          onProgress: (sent) => this.change(entry, { sent }),
          signal,
        });
        return this.change(entry, { state: "uploaded", sent: entry.file.size, target: null });
      } catch (error) {
        if (signal.aborted) return undefined;
        if (await this.isDone(error, entry, attempt, signal)) return undefined;
      }
    }
    return undefined;
  }

  /** True when nothing is left to do for this entry: it is there, or is given up. */
  async isDone(error, entry, attempt, signal) {
    if (error.status === 409 && entry.uploadId) {
      // An earlier try arrived, and only its answer was lost.
      this.change(entry, { state: "uploaded", sent: entry.file.size, target: null });
      return true;
    }
    if (!navigator.onLine) {
      this.change(entry, { state: "waiting", sent: 0 });
      return false;
    }
    if (!(await isReadable(entry.file))) return this.fail(entry, gettext("The file can no longer be read. Remove it and add it again."));
    if (attempt >= ATTEMPTS) return this.fail(entry, fill(gettext("It could not be sent: %(reason)s"), { reason: error.message }));
    this.change(entry, { state: "waiting", sent: 0 });
    await pause(error.retryAfter || 2 ** (attempt - 1), signal);
    // An address that is refused has expired: ask for another one.
    if (error.status === 403 || error.status === 404) await this.anew(entry, signal);
    return false;
  }

  async anew(entry, signal) {
    try {
      await this.announce([entry], signal);
    } catch (error) {
      if (!signal.aborted) entry.problem = error.message;
    }
  }

  fail(entry, problem) {
    this.change(entry, { state: "failed", problem, target: null, uploadId: null });
    return true;
  }

  change(entry, values) {
    Object.assign(entry, values);
    this.onChange(entry);
  }
}

/**
 * Runs work that needs a login and a connection, and waits for both, so that nothing is lost
 * meanwhile. What the service refuses for another reason is raised.
 */
export async function withRetries(work, signal) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await online(signal);
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError) || signal?.aborted) throw error;
      if (error.status === 401) {
        // Also where the call itself was quiet.
        document.dispatchEvent(new CustomEvent("lumiku:signed-out"));
        await signedIn(signal);
      } else if (isPassing(error) && attempt < ATTEMPTS) {
        await pause(error.retryAfter || 2 ** (attempt - 1), signal);
      } else {
        throw error;
      }
    }
  }
}

const isPassing = ({ status, retryAfter }) => status === 0 || (status >= 500 && retryAfter < 60);

/** Where we keep files ourselves, they go to the origin of the page, whatever it is called. */
function sameOrigin(address) {
  const url = new URL(address);
  return OURS.test(url.pathname) ? url.pathname + url.search : address;
}

async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
