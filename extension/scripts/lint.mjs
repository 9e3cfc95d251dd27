// What Mozilla's store checks, on the package for Firefox: no errors, no warnings.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const linter = join(root, "node_modules", "addons-linter", "bin", "addons-linter");
const ran = spawnSync(process.execPath, [linter, "--warnings-as-errors", join(root, "dist", `click2call-firefox-${version}.zip`)], {
  stdio: "inherit",
});
process.exitCode = ran.status ?? 1;
