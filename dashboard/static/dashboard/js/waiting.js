// Waiting for time to pass, for a connection, for a login.
import { api } from "./api.js";

const ASK_S = 3;

const aborted = () => new DOMException("aborted", "AbortError");

export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    const stop = () => {
      clearTimeout(timer);
      reject(aborted());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal?.addEventListener("abort", stop, { once: true });
    return undefined;
  });
}

/** Resolves at once with a connection, or when there is one again. */
export async function online(signal) {
  while (!navigator.onLine) {
    await Promise.race([pause(ASK_S, signal), new Promise((resolve) => addEventListener("online", resolve, { once: true }))]);
  }
}

/** Resolves once the visitor has signed in again, in another tab. */
export async function signedIn(signal) {
  for (;;) {
    await Promise.race([pause(ASK_S, signal), new Promise((resolve) => addEventListener("focus", resolve, { once: true }))]);
    if (signal?.aborted) throw aborted();
    try {
      await api("auth/me", { quiet: true });
      document.dispatchEvent(new CustomEvent("lumiku:signed-in"));
      return;
    } catch {
      // Not yet.
    }
  }
}
