/** The user's phones. A password is turned into its key here, and the field is emptied. */
import { splitAor } from "../client/index.js";
import { accounts } from "../store/index.ts";
import { h, say } from "../ui/dom.ts";
import { isLocked, type Context } from "./context.ts";
import { button, field, section } from "./parts.ts";

export async function phonesSection(context: Context): Promise<HTMLElement> {
  const { words } = context;
  return section(
    words.options.accounts,
    h("p", { class: "quiet" }, words.options.accountsHelp),
    await known(context),
    addForm(context),
    keeping(context),
  );
}

async function known(context: Context): Promise<HTMLElement> {
  const { words } = context;
  const { list, current } = await accounts.list();
  const withKeys = await accounts.withKeys();
  if (list.length === 0) return h("p", { class: "quiet" }, words.options.noAccounts);
  const rows = list.map(({ id, aor, label }) => {
    const name = label || aor;
    const use = h("input", { type: "radio", name: "account", checked: id === current, "aria-label": words.options.useAccount(name) });
    use.addEventListener("change", () => void accounts.use(id).then(context.saved));
    const remove = button("✕", () => void accounts.remove(id).then(context.redraw), "bare");
    remove.setAttribute("aria-label", words.options.removeAccount(name));
    const keyless = withKeys.has(id) ? [] : [h("span", { class: "bad" }, words.call.problems.noKey.title)];
    const text = h("span", { class: "name" }, h("strong", {}, name), ...(label ? [" ", h("span", { class: "quiet" }, aor)] : []), ...keyless);
    return h("li", {}, h("label", { class: "check" }, use, text), remove);
  });
  return h("ul", { class: "rows" }, ...rows);
}

function addForm(context: Context): HTMLElement {
  const { words, settings, policy } = context;
  const domain = policy.domain;
  const aor = h("input", { type: "text", autocomplete: "off", spellcheck: "false", required: true, placeholder: `user@${domain ?? "domain"}` });
  const password = h("input", { type: "password", autocomplete: "off", required: true });
  const label = h("input", { type: "text", autocomplete: "off", maxlength: "60" });
  const wrong = h("p", { class: "note bad", role: "alert" });
  const form = h(
    "form",
    { class: "add" },
    field(words.options.aor, aor, words.options.aorHelp),
    field(words.options.password, password),
    field(words.options.label, label),
    wrong,
    h("div", { class: "buttons" }, h("button", { type: "submit", class: "main" }, words.options.addAccount)),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = aor.value.trim();
    const whole = given.includes("@") || !domain ? given : `${given}@${domain}`;
    if (!splitAor(whole)) return say(wrong, words.options.badAor);
    const secret = password.value;
    password.value = "";
    void accounts.add(whole, secret, label.value.trim(), settings.keepKeys).then(context.redraw).then(context.saved);
  });
  return form;
}

function keeping(context: Context): HTMLElement {
  const { words, settings } = context;
  const locked = isLocked(context, "keepKeys");
  const choice = (value: "local" | "session", text: string) => {
    const radio = h("input", { type: "radio", name: "keep", checked: settings.keepKeys === value, disabled: locked });
    radio.addEventListener("change", () => void accounts.keepIn(value).then(() => context.set("keepKeys", value)));
    return h("label", { class: "check" }, radio, h("span", {}, text));
  };
  return h(
    "fieldset",
    {},
    h("legend", {}, words.options.keep),
    choice("local", words.options.keepLocal),
    choice("session", words.options.keepSession),
    ...(locked ? [h("p", { class: "note quiet" }, words.options.locked)] : []),
  );
}
