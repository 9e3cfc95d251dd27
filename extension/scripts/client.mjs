// Compiles src/client into src/client/dist, for npm pack: plain modules and their types.
import { copyFileSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const client = join(root, "src", "client");
rmSync(join(client, "dist"), { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", join(client, "tsconfig.json")], {
  stdio: "inherit",
});
copyFileSync(join(root, "..", "LICENSE"), join(client, "LICENSE"));
process.exitCode = compiled.status ?? 1;
