// Bundles the explorer into one script and one style sheet, where Python finds them.
import { build } from "esbuild";

const target = new URL("../src/asterism/_web/", import.meta.url).pathname;
await build({
  entryPoints: { explorer: "src/main.ts" },
  outdir: target,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome100", "firefox100", "safari15.4"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
});
