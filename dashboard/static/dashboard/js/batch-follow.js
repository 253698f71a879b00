// Follows a batch live: over the WebSocket, and by asking while there is none.
import { api, BASE } from "./api.js";
import { withRetries } from "./uploads.js";

const POLL_S = 4;
const LONGEST_PAUSE_S = 30;
const PING_S = 25;
export const ENDED = ["completed", "failed", "cancelled"];

/**
 * Calls `onState(message)` with `{ version, status, totalImages, … }` until the batch has ended,
 * `onEnd()` once then, and `onLink(live)` when the socket comes or goes. Returns a stop function.
 */
export function follow(batchId, { onState, onEnd, onLink }) {
  const state = { stopped: false, live: false, attempts: 0, version: -1, socket: null };
  const timers = new Set();

  const later = (seconds, work) => {
    const timer = setTimeout(() => (timers.delete(timer), work()), seconds * 1000);
    timers.add(timer);
  };

  const link = (live) => {
    if (state.live !== live) onLink((state.live = live));
  };

  function end() {
    if (state.stopped) return;
    stop();
    onEnd();
  }

  function take(message) {
    // A snapshot that was overtaken by a newer one says nothing new.
    if (state.stopped || message.version < state.version) return;
    state.version = message.version;
    onState(message);
    if (ENDED.includes(message.status)) end();
  }

  function connect() {
    if (state.stopped) return;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${BASE}/background-remover/ws`);
    state.socket = socket;
    let pinging = 0;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "subscribe", batchId }));
      pinging = setInterval(() => socket.send('{"type":"ping"}'), PING_S * 1000);
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "subscribed") {
        state.attempts = 0;
        link(true);
      } else if ("version" in message) take(message);
    };
    socket.onclose = () => {
      clearInterval(pinging);
      if (state.stopped) return;
      link(false);
      state.attempts += 1;
      later(Math.min(LONGEST_PAUSE_S, 2 ** (state.attempts - 1)), connect);
    };
  }

  /** The state by the API, while there is no socket. */
  async function poll() {
    if (state.stopped) return;
    if (!state.live && document.visibilityState === "visible") {
      try {
        const batch = await withRetries(() => api(`background-remover/batch/${batchId}`));
        if (!state.live && !state.stopped) {
          onState({ ...batch.progress, status: batch.status });
          if (ENDED.includes(batch.status)) return end();
        }
      } catch (error) {
        // Erased or gone: the page itself finds out what it is.
        if (error.status === 404) return end();
      }
    }
    return later(POLL_S, poll);
  }

  function stop() {
    state.stopped = true;
    timers.forEach(clearTimeout);
    state.socket?.close();
  }

  connect();
  later(POLL_S, poll);
  // A phone that was asleep has a socket that looks open and is not.
  addEventListener("online", () => state.socket?.close());
  return stop;
}
