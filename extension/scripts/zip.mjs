// A zip file whose bytes depend on nothing but its members: fixed time, sorted names, stored and not deflated, because what zlib
// makes of the same bytes differs from one version of it to the next.
import { crc32 } from "./crc32.mjs";

const DOS_TIME = 0;
const DOS_DATE = (1 << 5) | 1; // 1 January 1980, the earliest that the format knows
const UTF8_NAMES = 1 << 11;

/** @param {Map<string, Uint8Array>} members name in the archive, with forward slashes, to content */
export function zip(members) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const name of [...members.keys()].sort()) {
    const content = Buffer.from(members.get(name));
    const bytes = Buffer.from(name, "utf8");
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(UTF8_NAMES, 2);
    common.writeUInt16LE(0, 4);
    common.writeUInt16LE(DOS_TIME, 6);
    common.writeUInt16LE(DOS_DATE, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(bytes.length, 22);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), common, bytes, content);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, where, bytes);
    offset += 30 + bytes.length + content.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(members.size, 8);
  end.writeUInt16LE(members.size, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}
