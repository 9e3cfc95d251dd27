// Says what failed and why, what the tests print, and how many there were: the last line is the count.
import { relative } from "node:path";

const isFile = (data) => typeof data.name === "string" && /\.test\.m?js$/.test(data.name);

export default async function* reporter(events) {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") yield data.message;
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.skip || data.todo) continue;
    const suite = data.details?.type === "suite" || isFile(data);
    if (type === "test:pass") {
      if (!suite) passed++;
      continue;
    }
    const cause = data.details?.error?.cause ?? data.details?.error;
    // A suite fails with its tests, which are told one by one; a file fails by itself only where it could not be run.
    if (suite && data.details?.error?.failureType === "subtestsFailed") continue;
    failed++;
    const where = data.file ? ` (${relative(process.cwd(), data.file)})` : "";
    yield `FAILED: ${data.name}${where}\n${cause?.stack ?? cause ?? ""}\n\n`;
  }
  yield `\n${passed} passed, ${failed} failed\n`;
}
