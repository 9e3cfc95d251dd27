import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countryOf,
  defaults,
  exportSettings,
  importSettings,
  inForce,
  isExtensionPattern,
  isSite,
  numberRules,
  pageSettings,
  readPolicy,
  readSettings,
  siteSettings,
  switchSite,
  withSite,
} from "../../src/store/settings.ts";

const base = defaults("es-ES");

test("a browser's language says the country to begin with", () => {
  assert.deepEqual(["es", "es-MX", "en-GB", "de", "!"].map(countryOf), ["ES", "MX", "GB", "DE", ""]);
});

test("what is no setting, or not of its kind, is left out", () => {
  const read = readSettings({
    server: "javascript:alert(1)",
    country: "Spain",
    extensions: ["1XX", "_1.", "", 7],
    undoSeconds: 99,
    keepRecent: "yes",
    language: "__proto__",
    keepKeys: "sync",
    sites: [{ site: "a.example", enabled: false, ignored: ["123", "<b>", 5] }, { site: "not a host" }, null],
    password: "s3cret",
  });
  assert.deepEqual(read, {
    extensions: ["1XX"],
    undoSeconds: 5,
    sites: [{ site: "a.example", enabled: false, ignored: ["123"] }],
  });
  for (const nothing of [null, undefined, "x", 7, []]) assert.deepEqual(readSettings(nothing), {});
});

test("extension patterns are Asterisk's, less those that match nearly everything", () => {
  for (const good of ["101", "1XX", "[2-4]XXX", "*21", "ZN0", "[15-7]X"]) assert.ok(isExtensionPattern(good), good);
  for (const bad of ["", "_1XX", "1.", "1!", "X[", "[a]", "1 2", "x".repeat(41)]) assert.ok(!isExtensionPattern(bad), bad);
});

test("sites are host names, and nothing that could be taken for something else", () => {
  for (const good of ["example.com", "*.example.com", "localhost", "127.0.0.1", "[::1]"]) assert.ok(isSite(good), good);
  for (const bad of ["", "https://example.com", "example.com/x", "*", "*.*", "Ex ample", "a..b"]) assert.ok(!isSite(bad), bad);
});

test("the administrator's word is the last one, and the user's sites stay beside it", () => {
  const policy = readPolicy({ server: "https://pbx.example", country: "FR", domain: "pbx.example", sites: [{ site: "bank.example", enabled: false }] });
  const own = { server: "https://elsewhere.example", undoSeconds: 1, sites: [{ site: "bank.example", enabled: true, country: "PT" }, { site: "a.example", country: "PT" }] };
  const now = inForce(base, own, policy);
  assert.deepEqual([now.server, now.country, now.undoSeconds, policy.domain], ["https://pbx.example", "FR", 1, "pbx.example"]);
  assert.deepEqual(now.sites, [
    { site: "bank.example", enabled: false, country: "PT" },
    { site: "a.example", country: "PT" },
  ]);
});

test("a site's own entry goes before the nearest one above it", () => {
  const sites = [
    { site: "*.example.com", enabled: false, country: "FR" },
    { site: "*.deep.example.com", country: "PT" },
    { site: "www.example.com", enabled: true },
  ];
  assert.deepEqual(siteSettings({ sites }, "www.example.com"), { site: "www.example.com", enabled: true, country: "FR" });
  assert.equal(siteSettings({ sites }, "a.deep.example.com")?.country, "PT");
  assert.equal(siteSettings({ sites }, "example.com"), undefined);
  assert.equal(siteSettings({ sites }, "notexample.com"), undefined);
});

test("a page is told what it needs and nothing else", () => {
  const settings = { ...base, server: "https://pbx.example", extensions: ["1XX"], sites: [{ site: "a.example", country: "FR", ignored: ["123"] }] };
  assert.deepEqual(pageSettings(settings, "a.example", "en"), {
    enabled: true,
    site: "a.example",
    country: "FR",
    extensions: ["1XX"],
    ignored: ["123"],
    undoSeconds: 3,
    language: "en",
  });
  assert.deepEqual(numberRules(settings, "b.example"), { country: "ES", extensions: ["1XX"] });
});

test("an entry that says nothing any more goes, and ignored texts are kept once", () => {
  let own = withSite({}, "a.example", { ignored: ["1", "1", "2"] });
  assert.deepEqual(own.sites, [{ site: "a.example", ignored: ["1", "2"] }]);
  own = withSite(own, "a.example", { ignored: undefined });
  assert.deepEqual(own.sites, []);
});

test("switching a site off and on again leaves nothing, except where it would be off by itself", () => {
  const off = switchSite({}, "a.example", false);
  assert.deepEqual(off.sites, [{ site: "a.example", enabled: false }]);
  assert.deepEqual(switchSite(off, "a.example", true).sites, []);
  const above = { sites: [{ site: "*.example", enabled: false }] };
  assert.deepEqual(switchSite(above, "a.example", true).sites, [...above.sites, { site: "a.example", enabled: true }]);
});

test("what is exported is imported again, and another file is not", () => {
  const own = { server: "https://pbx.example", undoSeconds: 2, sites: [{ site: "a.example", enabled: false }] };
  assert.deepEqual(importSettings(exportSettings(own)), own);
  for (const other of ["", "{}", "[]", "null", '{"format":"click2call settings 2","settings":{}}']) assert.equal(importSettings(other), undefined, other);
});
