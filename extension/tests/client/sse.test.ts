import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser } from "../../src/client/index.js";

const STREAM = "retry: 2500\n\nid: 1\ndata: one\n\n:\n\nid: 2\r\ndata: two\r\ndata: lines\r\n\r\ndata:three\r\revent: x\nfoo\ndata\n\n";
const EVENTS = [
  { id: "1", data: "one" },
  { id: "2", data: "two\nlines" },
  { id: "2", data: "three" },
  { id: "2", data: "" },
];

test("a stream means the same in whatever pieces it comes", () => {
  for (let size = 1; size <= STREAM.length; size++) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size) events.push(...parser.push(STREAM.slice(at, at + size)));
    assert.deepEqual(events, EVENTS, `in pieces of ${size}`);
    assert.equal(parser.retry, 2500);
  }
});

test("what was cut off in the middle of an event is none", () => {
  const parser = new EventParser();
  assert.deepEqual(parser.push("id: 7\ndata: half\n"), []);
});

test("a line or an event without end is given up instead of kept", () => {
  assert.throws(() => new EventParser().push("x".repeat(70_000)), RangeError);
  assert.throws(() => new EventParser().push("data: x\n".repeat(2000)), RangeError);
});
