// The state in the address, after #: a link shows the same picture.

import { drawCodes, middleCodes, rounded } from "./latents.js";

export const LARGEST_SEED = 2 ** 31 - 1;

export function toAddress(about, state) {
  const parts = [["seed", state.seed], ...about.codes.map((code) => [code.name, state.codes[code.name]])];
  return "#" + parts.map(([name, value]) => `${name}=${[value].flat().join(",")}`).join("&");
}

// What the address says; what it leaves out, or says wrongly, is as at the start.
export function fromAddress(about, hash) {
  const said = new URLSearchParams(hash.slice(1));
  const seed = Number(said.get("seed") ?? 0);
  const codes = middleCodes(about);
  for (const code of about.codes) {
    const numbers = (said.get(code.name) ?? "").split(",").map((text) => (text.trim() ? Number(text) : NaN));
    if (isValue(code, numbers)) codes[code.name] = code.distribution === "Categorical" ? numbers[0] : numbers.map(rounded);
  }
  return { seed: isSeed(seed) ? seed : 0, codes };
}

export function isSeed(number) {
  return Number.isInteger(number) && number >= 0 && number <= LARGEST_SEED;
}

export function surprise(about) {
  const seed = Math.floor(Math.random() * 100000);
  return { seed, codes: drawCodes(about, seed) };
}

function isValue(code, numbers) {
  const [expected, low, high, whole] = {
    Categorical: [1, 0, code.size - 1, true],
    Bernoulli: [code.dim, 0, 1, true],
    Circular: [1, 0, 360, false],
    Uniform: [code.dim, -2, 2, false],
    Normal: [code.dim, -3, 3, false],
  }[code.distribution];
  return (
    numbers.length === expected &&
    numbers.every((number) => number >= low && number <= high && (!whole || Number.isInteger(number)))
  );
}
