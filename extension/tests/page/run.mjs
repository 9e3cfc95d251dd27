// Drives the built content script in Chromium: npm run build, then node tests/page/run.mjs
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const out = join(root, "dist", "tests-page", "browser.mjs");

await build({
  absWorkingDir: root,
  entryPoints: ["tests/page/browser.ts"],
  outfile: out,
  bundle: true,
  platform: "node",
  target: "node18",
  format: "esm",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
  define: { ROOT: JSON.stringify(root) },
});
const ran = spawnSync(
  process.execPath,
  [
    "--enable-source-maps",
    "--test-reporter",
    join(root, "scripts", "reporter.mjs"),
    "--test-reporter-destination",
    "stdout",
    "--test",
    "--test-timeout",
    "180000",
    out,
  ],
  { cwd: root, stdio: "inherit" },
);
process.exitCode = ran.status ?? 1;
