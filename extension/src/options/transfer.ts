/** Settings to a file and back. Phones and calls are no settings. */
import { changeSettings, ownSettings } from "../store/index.ts";
import { exportSettings, importSettings } from "../store/settings.ts";
import { h, say } from "../ui/dom.ts";
import type { Context } from "./context.ts";
import { button, field, section } from "./parts.ts";

export function transferSection(context: Context): HTMLElement {
  const { words } = context;
  const told = h("p", { class: "note", role: "status" });
  const save = button(words.options.export, () => void ownSettings().then((own) => download("click2call-settings.json", exportSettings(own))));
  const file = h("input", { type: "file", accept: ".json,application/json" });
  file.addEventListener("change", () => {
    void file.files?.[0]?.text().then(async (text) => {
      const read = importSettings(text);
      if (read) {
        await changeSettings(() => read);
        await context.redraw();
        context.saved();
      } else {
        told.classList.add("bad");
        say(told, words.options.badImport);
      }
    });
  });
  const intro = h("p", { class: "quiet" }, words.options.transferHelp);
  return section(words.options.transfer, intro, h("div", { class: "buttons" }, save), field(words.options.import, file, told));
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
