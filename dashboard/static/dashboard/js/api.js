// Calls of the public API by the session cookie. Unsafe methods carry the CSRF token.
import { fill, gettext } from "./i18n.js";
import { sentenceOf, translated } from "./sentences.js";

export const BASE = "/v1";

/** What the API refused, or that it could not be reached (`code` "NETWORK", `status` 0). */
export class ApiError extends Error {
  constructor({ status = 0, code = "NETWORK", message, details = {}, requestId = "", retryAfter = 0 }) {
    super(message);
    this.name = "ApiError";
    Object.assign(this, { status, code, details: details ?? {}, requestId, retryAfter });
  }

  /** Messages of one field of the request, or of all of them without a name. */
  fieldErrors(name) {
    const fields = this.details.fields ?? {};
    return (name ? [fields[name] ?? []] : Object.values(fields)).flat().map(translated);
  }
}

/**
 * Call the API and return its answer's `data`.
 *
 * `body` is sent as JSON, a `FormData` as a form. `query` skips values that are null or empty.
 * `raw` returns the `Response` itself, for files and headers. Raises `ApiError`.
 */
export async function api(path, { method, body, query, headers = {}, signal, idempotencyKey, raw = false, quiet = false } = {}) {
  const verb = method ?? (body === undefined ? "GET" : "POST");
  let response;
  try {
    response = await fetch(address(path, query), {
      method: verb,
      headers: { Accept: "application/json", ...headersOf(verb, body, idempotencyKey), ...headers },
      body: body === undefined ? undefined : encoded(body),
      credentials: "same-origin",
      signal,
    });
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new ApiError({ message: gettext("The service cannot be reached. Check your connection and try again.") });
  }
  if (!response.ok) throw await refusal(response, quiet);
  if (raw) return response;
  if (response.status === 204) return null;
  return answerOf(await response.json());
}

/**
 * Send a form, or a file to a presigned address, and tell `onProgress(sent, total)` about it.
 * Returns the answer's `data`, or null where the answer is not JSON. Raises `ApiError`.
 */
export function upload(path, body, { method = "POST", headers = {}, onProgress, signal, idempotencyKey } = {}) {
  const ours = !/^https?:/.test(path);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, ours ? address(path) : path);
    const sent = ours ? { Accept: "application/json", ...headersOf(method, body, idempotencyKey) } : {};
    for (const [name, value] of Object.entries({ ...sent, ...headers })) request.setRequestHeader(name, value);
    if (onProgress) request.upload.onprogress = (event) => onProgress(event.loaded, event.total);
    request.onload = () => {
      const answer = parsed(request.responseText);
      const retryAfter = Number(request.getResponseHeader("Retry-After")) || 0;
      if (request.status < 400) resolve(answerOf(answer));
      else reject(errorOf(request.status, answer, retryAfter, !ours));
    };
    request.onerror = () => reject(new ApiError({ message: gettext("The upload was interrupted. Check your connection and try again.") }));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    if (signal?.aborted) request.abort();
    else request.send(body);
  });
}

/** The CSRF token, which Django renews at each login. */
export function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

/** A fresh `Idempotency-Key`: make one for each thing that the user asks for, and keep it for repeats. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function address(path, query = {}) {
  const url = new URL(path.startsWith("/") ? path : `${BASE}/${path}`, location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

function headersOf(method, body, idempotencyKey) {
  const headers = {};
  if (!["GET", "HEAD"].includes(method)) headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined && isJson(body)) headers["Content-Type"] = "application/json";
  if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
  return headers;
}

const isJson = (body) => !(body instanceof FormData || body instanceof Blob);
const encoded = (body) => (isJson(body) ? JSON.stringify(body) : body);
const answerOf = (answer) => (answer && "data" in answer ? answer.data : answer);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function refusal(response, quiet) {
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  return errorOf(response.status, parsed(await response.text()), retryAfter, quiet);
}

function errorOf(status, answer, retryAfter, quiet) {
  const error = answer?.error ?? {};
  const message = error.message ? sentenceOf(error) : fill(gettext("The service answered with an error (%(status)s)."), { status });
  const code = error.code ?? "UNKNOWN";
  if (status === 401 && !quiet && document.documentElement.dataset.signedIn !== undefined) {
    // The shell tells the visitor, who signs in again in another tab and loses nothing here.
    document.dispatchEvent(new CustomEvent("lumiku:signed-out"));
  }
  return new ApiError({ status, code, message, details: error.details, requestId: error.requestId, retryAfter });
}
