// Bundles tests/**/*.test.ts and runs them with Node's own runner. Arguments name folders or files: npm test -- tests/client
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
// A folder of this run's own, so that two runs do not take the tests away from each other; below the root, where packages are found.
await mkdir(join(root, "dist"), { recursive: true });
const out = await mkdtemp(join(root, "dist", "tests-"));
const MOST_TIME = 10 * 60_000;

async function found(folder) {
  const files = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await found(path)));
    else if (entry.name.endsWith(".test.ts")) files.push(path);
  }
  return files.sort();
}

const wanted = process.argv.slice(2).map((name) => join(root, name));
const files = (await found(join(root, "tests"))).filter(
  (file) => wanted.length === 0 || wanted.some((name) => file === name || file.startsWith(`${name}/`)),
);
if (files.length === 0) throw new Error("no such tests");

await build({
  absWorkingDir: root,
  entryPoints: files,
  outbase: "tests",
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node18",
  format: "esm",
  packages: "external",
  loader: { ".css": "text" },
  sourcemap: "inline",
  logLevel: "warning",
  // Where the sources' tests lie, for the files that they read.
  define: { TESTS: JSON.stringify(join(root, "tests")) },
});
const bundled = files.map((file) => join(out, relative(join(root, "tests"), file).replace(/\.ts$/, ".mjs")));
// Node 18 has Web Crypto, as every browser does, but not under its global name unless told to.
const options = Number(process.versions.node.split(".")[0]) < 19 ? "--experimental-global-webcrypto" : "";
const ran = spawnSync(
  process.execPath,
  ["--enable-source-maps", "--test-reporter", join(root, "scripts", "reporter.mjs"), "--test-reporter-destination", "stdout", "--test", ...bundled],
  { cwd: root, stdio: "inherit", timeout: MOST_TIME, env: { ...process.env, NODE_OPTIONS: options } },
);
await rm(out, { recursive: true, force: true });
process.exitCode = ran.status ?? 1;
