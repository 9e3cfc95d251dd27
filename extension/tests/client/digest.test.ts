import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { baseUrl, makeHa1, makeIden, makeResponse, splitAor } from "../../src/client/index.js";

const md5 = (text: string) => createHash("md5").update(text, "utf8").digest("hex");

test("the response is MD5(HA1:nonce:MD5(destination)), with HA1 of user, realm and password", () => {
  const ha1 = makeHa1("alice", "example.com", "s3cret");
  assert.equal(ha1, md5("alice:example.com:s3cret"));
  assert.equal(makeResponse(ha1, "n0nce", "+34900000000"), md5(`${ha1}:n0nce:${md5("+34900000000")}`));
});

test("passwords beyond ASCII are taken as UTF-8, as Asterisk and Kamailio do", () => {
  assert.equal(makeHa1("josé", "example.com", "contraseña€😀"), md5("josé:example.com:contraseña€😀"));
});

test("an address of record has a user and a domain, and nothing that would break the digest", () => {
  assert.deepEqual(splitAor("alice@example.com"), { user: "alice", domain: "example.com" });
  for (const wrong of ["", "alice", "@example.com", "alice@", "a:b@example.com", "a b@c", "a@b@c", "a@b:5060"]) {
    assert.equal(splitAor(wrong), undefined, wrong);
  }
});

test("idens are of the contract's letters, and differ", () => {
  const idens = new Set(Array.from({ length: 500 }, makeIden));
  assert.equal(idens.size, 500);
  for (const iden of idens) assert.match(iden, /^[0-9A-Za-z]{16}$/);
});

test("a server's address may have a path; what cannot be one is none", () => {
  assert.equal(baseUrl("https://pbx.example.com:9090"), "https://pbx.example.com:9090/");
  assert.equal(baseUrl(" https://pbx.example.com/click2call "), "https://pbx.example.com/click2call/");
  for (const wrong of ["", "pbx.example.com", "ftp://pbx", "https://user:secret@pbx", "https://pbx/?a=b", "javascript:alert(1)", "https://pbx/#x"]) {
    assert.equal(baseUrl(wrong), undefined, wrong);
  }
});
