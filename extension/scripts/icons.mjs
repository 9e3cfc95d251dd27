// Draws the icons anew; wants rsvg-convert (Debian: librsvg2-bin). The pictures are kept, so that a build does not need it.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const icons = join(dirname(fileURLToPath(import.meta.url)), "..", "icons");
for (const size of [16, 32, 48, 128]) {
  execFileSync("rsvg-convert", ["-w", String(size), "-h", String(size), "-o", join(icons, `${size}.png`), join(icons, "icon.svg")]);
}
