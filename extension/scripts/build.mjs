// Makes dist/<browser>/ and dist/click2call-<browser>-<version>.zip. Twice from the same sources gives the same bytes.
//   --dev           readable code with source maps, no packages
//   --test-hosts    also dist/test-<browser>/: the same with leave to talk to this machine, which a test cannot be asked for
import { build } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { manifest, targetNames } from "./manifest.mjs";
import { zip } from "./zip.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const dev = process.argv.includes("--dev");
const forTests = process.argv.includes("--test-hosts");
const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

const scripts = { content: "src/content.ts", background: "src/background/index.ts", popup: "src/popup/popup.ts", options: "src/options/options.ts" };
const copied = {
  "popup.html": "src/popup/popup.html",
  "popup.css": "src/popup/popup.css",
  "options.html": "src/options/options.html",
  "options.css": "src/options/options.css",
  "theme.css": "src/ui/theme.css",
  "card.css": "src/ui/card.css",
  "common.css": "src/ui/common.css",
  "managed.json": "src/store/managed.json",
  "privacy.html": "src/options/privacy.html",
};

async function bundles() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: scripts,
    outdir: "out",
    bundle: true,
    write: false,
    format: "iife",
    target: ["chrome120", "firefox140"],
    charset: "ascii",
    loader: { ".css": "text" },
    minify: !dev,
    sourcemap: dev ? "inline" : false,
    legalComments: "none",
    logLevel: "warning",
  });
  return new Map(outputFiles.map((file) => [file.path.slice(join(root, "out").length + 1), file.contents]));
}

async function folder(members, from, to) {
  for (const name of await readdir(join(root, from))) {
    if (name.endsWith(".svg")) continue;
    members.set(`${to}/${name}`, await readFile(join(root, from, name)));
  }
}

async function licences() {
  const texts = [`click2call\n\n${await readFile(join(root, "..", "LICENSE"), "utf8")}`];
  for (const [name, file] of [["libphonenumber-js", "LICENSE"], ["blueimp-md5", "LICENSE.txt"]]) {
    texts.push(`${name}\n\n${await readFile(join(root, "node_modules", name, file), "utf8")}`);
  }
  return texts.map((text) => `${text.trim()}\n`).join(`\n${"-".repeat(80)}\n\n`);
}

async function common() {
  const members = await bundles();
  for (const [name, from] of Object.entries(copied)) members.set(name, await readFile(join(root, from)));
  await folder(members, "icons", "icons");
  for (const language of await readdir(join(root, "_locales"))) {
    await folder(members, `_locales/${language}`, `_locales/${language}`);
  }
  members.set("LICENCES.txt", Buffer.from(await licences()));
  return members;
}

async function unpack(name, members) {
  const to = join(dist, name);
  await rm(to, { recursive: true, force: true });
  for (const [path, content] of members) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await writeFile(join(to, path), content);
  }
}

const members = await common();
const json = (value) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
for (const target of targetNames) {
  const whole = new Map([...members, ["manifest.json", json(manifest(target, version))]]);
  if (target !== "chromium") whole.delete("managed.json");
  await unpack(target, whole);
  if (!dev) await writeFile(join(dist, `click2call-${target}-${version}.zip`), zip(whole));
  if (!forTests) continue;
  whole.set("manifest.json", json(manifest(target, version, ["http://127.0.0.1/*", "https://127.0.0.1/*"])));
  await unpack(`test-${target}`, whole);
}
console.log(`extension ${version}: dist/${targetNames.join(", dist/")}`);
