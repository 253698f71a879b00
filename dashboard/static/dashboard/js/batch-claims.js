// Which uploads the open tabs are working with, so that no tab offers another one's as left over.
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("lumiku:batch-uploads") : null;
const ANSWER_MS = 150;

/** Identifiers of the uploads of this tab. */
export const claims = new Set();

channel?.addEventListener("message", ({ data }) => {
  if (data.ask) channel.postMessage({ claims: [...claims] });
});

/** Identifiers of the uploads of the other tabs. */
export function claimed() {
  const found = new Set();
  if (!channel) return Promise.resolve(found);
  const note = ({ data }) => data.claims?.forEach((id) => found.add(id));
  channel.addEventListener("message", note);
  channel.postMessage({ ask: true });
  return new Promise((resolve) => {
    setTimeout(() => {
      channel.removeEventListener("message", note);
      resolve(found);
    }, ANSWER_MS);
  });
}
