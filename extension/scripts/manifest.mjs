// One manifest for both browsers, less what the other one would warn about. A page can only be read by its content script, which is
// why that one matches every page; what else the extension may do is asked for when it is needed.
const every = ["http://*/*", "https://*/*"];

const shared = {
  manifest_version: 3,
  name: "__MSG_name__",
  description: "__MSG_description__",
  default_locale: "en",
  icons: { 16: "icons/16.png", 32: "icons/32.png", 48: "icons/48.png", 128: "icons/128.png" },
  permissions: ["activeTab", "alarms", "contextMenus", "storage"],
  optional_host_permissions: every,
  action: {
    default_title: "__MSG_name__",
    default_popup: "popup.html",
    default_icon: { 16: "icons/16.png", 32: "icons/32.png" },
  },
  options_ui: { page: "options.html", open_in_tab: true },
  content_scripts: [
    {
      matches: every,
      js: ["content.js"],
      run_at: "document_idle",
      all_frames: true,
      match_origin_as_fallback: true,
    },
  ],
  commands: {
    _execute_action: { suggested_key: { default: "Alt+Shift+D" } },
    "next-number": { suggested_key: { default: "Alt+Shift+N" }, description: "__MSG_nextNumber__" },
    "call-selection": { suggested_key: { default: "Alt+Shift+C" }, description: "__MSG_callSelection__" },
  },
  storage: { managed_schema: "managed.json" },
  content_security_policy: {
    extension_pages:
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src http: https:; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  },
};

const targets = {
  chromium: { background: { service_worker: "background.js" }, minimum_chrome_version: "120" },
  firefox: {
    background: { scripts: ["background.js"] },
    browser_specific_settings: {
      gecko: {
        id: "click2call@click2call.example",
        strict_min_version: "140.0",
        // The number that is clicked goes to the service that the user entered, with a proof that the phone is theirs.
        data_collection_permissions: { required: ["personalCommunications", "authenticationInfo"] },
      },
    },
  },
};

export const targetNames = Object.keys(targets);

/**
 * @param {string} target one of targetNames
 * @param {string} version
 * @param {string[]} hosts host permissions from the start; only for tests, where no one can answer the browser's question
 */
export function manifest(target, version, hosts = []) {
  const { storage, ...rest } = shared;
  return {
    ...rest,
    version,
    ...(target === "chromium" ? { storage } : {}),
    ...targets[target],
    ...(hosts.length > 0 ? { host_permissions: hosts } : {}),
  };
}
