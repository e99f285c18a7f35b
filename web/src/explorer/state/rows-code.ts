/** A set of rows as a short text for a link: runs of out and in, as LEB128 numbers, in base64url. */

export function encodeRows(mask: Uint8Array): string {
  const bytes: number[] = [];
  let inside = 0;
  let run = 0;
  for (let i = 0; i <= mask.length; i++) {
    if (i < mask.length && mask[i] === inside) {
      run++;
      continue;
    }
    if (i === mask.length && inside === 0) break; // the last run of rows outside goes without saying
    for (let rest = run; ; rest = Math.floor(rest / 128)) {
      bytes.push(rest >= 128 ? (rest & 127) | 128 : rest);
      if (rest < 128) break;
    }
    inside = 1 - inside;
    run = 1;
  }
  return toBase64Url(bytes);
}

/** The inverse; rows beyond `n` are ignored. Null when the text is damaged. */
export function decodeRows(text: string, n: number): Uint8Array | null {
  const bytes = fromBase64Url(text);
  if (!bytes) return null;
  const mask = new Uint8Array(n);
  let at = 0;
  let inside = 0;
  let run = 0;
  let scale = 1;
  for (const byte of bytes) {
    run += (byte & 127) * scale;
    scale *= 128;
    if (byte & 128) continue;
    if (inside) mask.fill(1, Math.min(n, at), Math.min(n, at + run));
    at += run;
    inside = 1 - inside;
    run = 0;
    scale = 1;
  }
  return mask;
}

function toBase64Url(bytes: readonly number[]): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64Url(text: string): number[] | null {
  if (!/^[\w-]*$/.test(text)) return null;
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  if (padded.length % 4 === 1) return null;
  return [...atob(padded)].map((char) => char.charCodeAt(0));
}
