import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
// The build's own pieces are plain modules without types.
// @ts-expect-error
import { manifest } from "../../scripts/manifest.mjs";
// @ts-expect-error
import { zip } from "../../scripts/zip.mjs";

const ROOT = join(TESTS, "..");
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");

test("the same members make the same package, in whatever order they come", () => {
  const members: [string, Buffer][] = [["b/ñ.txt", Buffer.from("two")], ["a.txt", Buffer.from("one")], ["empty", Buffer.alloc(0)]];
  const one = zip(new Map(members)) as Buffer;
  const other = zip(new Map([...members].reverse())) as Buffer;
  assert.ok(one.equals(other));
});

test("a package is a zip file that others can read", () => {
  const packed = zip(new Map([["a.txt", Buffer.from("one")], ["b/c.txt", Buffer.from("two")]])) as Buffer;
  const listed = execFileSync(
    "python3",
    ["-c", "import io,sys,zipfile; z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())); assert z.testzip() is None; print([(n, z.read(n)) for n in z.namelist()])"],
    { input: packed, encoding: "utf8" },
  );
  assert.equal(listed.trim(), "[('a.txt', b'one'), ('b/c.txt', b'two')]");
});

test("the extension asks for no more than it needs", () => {
  for (const target of ["chromium", "firefox"]) {
    const made = manifest(target, "1.2.3") as Record<string, unknown>;
    assert.deepEqual(made["permissions"], ["activeTab", "alarms", "contextMenus", "storage"]);
    assert.equal(made["host_permissions"], undefined);
    assert.equal(made["web_accessible_resources"], undefined);
    assert.match(JSON.stringify(made["content_security_policy"]), /default-src 'none'; script-src 'self';/);
  }
});

test("no file names the place that packages were fetched from", () => {
  for (const name of ["package-lock.json", "package.json", ".npmrc"]) {
    assert.doesNotMatch(read(name), /"resolved"|https?:\/\/[^"]*(registry|npmjs|mirror)/, name);
  }
});

test("every language has the same messages", () => {
  const [first, ...others] = readdirSync(join(ROOT, "_locales")).map((language) =>
    Object.keys(JSON.parse(read(`_locales/${language}/messages.json`)) as object).sort(),
  );
  for (const other of others) assert.deepEqual(other, first);
});
