// Bundles the explorer into one script and one style sheet, where Python finds them.
import { Buffer } from "node:buffer";
import { writeFileSync } from "node:fs";
import { minify } from "@swc/core";
import { build } from "esbuild";
import * as short from "./short.mjs";

const { outputFiles } = await build({
  entryPoints: { explorer: "src/main.ts" },
  outdir: new URL("../src/asterism/_web/", import.meta.url).pathname,
  bundle: true,
  define: Object.fromEntries(Object.keys(short).map((name) => [name.replace("_", "."), name])),
  inject: ["short.mjs"],
  minify: true,
  format: "iife",
  target: ["es2022", "chrome100", "firefox100", "safari15.4"],
  charset: "utf8",
  legalComments: "none",
  write: false,
});
for (const { path, text } of outputFiles) {
  const content = path.endsWith(".js") ? await shorten(text) : text;
  writeFileSync(path, content);
  console.log(`${path.split("/").at(-1)} ${Buffer.byteLength(content)} bytes`);
}

/** A second minifier finds two hundredths that the first one leaves; neither looks into shaders. */
async function shorten(script) {
  const { code } = await minify(script, {
    compress: { passes: 3, toplevel: true, ecma: 2022 },
    mangle: { toplevel: true },
  });
  return `${code.replace(/`#version[^`]*`/g, (shader) => shader.replace(/\n\s+/g, "\n"))}\n`;
}
