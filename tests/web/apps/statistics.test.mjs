import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { assertNear, golden, module } from "./vectors.mjs";

const { tolerance, summaries, screens, seals } = await golden("statistics");
const { report, reportFile, sealed, summary, whyNot } = await module("statistics");
const { crc32, sha256 } = await module("checksums");
const { hexOf } = await module("bytes");

/* Equal, numbers nearly. */
function assertAlike(found, wanted, what) {
  if (typeof wanted === "number") return assertNear(assert, found, wanted, tolerance, what);
  if (typeof wanted !== "object" || wanted === null) return assert.equal(found, wanted, what);
  assert.deepEqual(Object.keys(found), Object.keys(wanted), what);
  for (const name of Object.keys(wanted)) assertAlike(found[name], wanted[name], `${what}, ${name}`);
}

test("times have their percentiles", () => {
  for (const { name, samples_ns: samples, summary: wanted } of summaries) assertAlike(summary(samples), wanted, name);
});

test("a screen's figures count, or it says why not", () => {
  for (const { name, screen, valid, reason, report: wanted } of screens) {
    assert.equal(whyNot(screen), reason, name);
    assert.equal(report(screen).subjects[0].in_app.valid, valid, name);
    if (wanted) assertAlike(report(screen), wanted, name);
  }
});

test("files are sealed", () => {
  for (const { name, content, sealed: wanted } of seals) assert.equal(sealed(content), wanted, name);
  const text = reportFile(screens[0].screen);
  const [digest] = /[0-9a-f]{64}/.exec(text);
  assert.equal(hexOf(sha256(new TextEncoder().encode(text.replace(digest, "0".repeat(64))))), digest);
});

test("checksums are those of everybody", () => {
  for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003]) {
    const bytes = Uint8Array.from({ length: size }, (_, place) => (place * 97 + size) & 255);
    assert.equal(hexOf(sha256(bytes)), createHash("sha256").update(bytes).digest("hex"), size);
  }
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});
