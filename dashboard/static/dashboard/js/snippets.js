// Ready-made first requests, with the address of this service and the visitor's own key.

/** The snippets by language; `key` is shown as it is. */
export const snippets = (origin, key) => ({
  curl: `curl ${origin}/v1/background-remover/remove \\
  -H "X-API-Key: ${key}" \\
  -H "Accept: image/png" \\
  -F image=@photo.jpg \\
  -F tier=standard \\
  -o cut-out.png`,
  python: `# pip install lumiku
from lumiku import BackgroundRemoverClient

with BackgroundRemoverClient(
    base_url="${origin}",
    api_key="${key}",
) as client:
    result = client.remove_single(image="photo.jpg", tier="standard")
    client.download(result.processed_url, "cut-out.png")
    print(result.credits_used, "credits")`,
  typescript: `import { readFile, writeFile } from "node:fs/promises";

const form = new FormData();
form.set("image", new Blob([await readFile("photo.jpg")]), "photo.jpg");
form.set("tier", "standard");

const answer = await fetch("${origin}/v1/background-remover/remove", {
  method: "POST",
  headers: { "X-API-Key": "${key}", Accept: "image/png" },
  body: form,
});
if (!answer.ok) {
  const { error } = await answer.json();
  throw new Error(\`\${error.code}: \${error.message}\`);
}
await writeFile("cut-out.png", Buffer.from(await answer.arrayBuffer()));
console.log(answer.headers.get("X-Credits-Used"), "credits");`,
});
