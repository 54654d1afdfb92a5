// The package's draws (infogan_keras/_random.py), bit for bit: Philox 4x32 with ten rounds, as in TensorFlow.
// A seed is two 32-bit integers.

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57];
const KEY_STEPS = [0x9e3779b9, 0xbb67ae85];
// TensorFlow mixes a seed by drawing from this key.
const MIXING_KEY = [0x3ec8f720, 0x02461e29];

// The upper 32 bits of a product of two 32-bit integers.
function upperProduct(a, b) {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (other >>> 16)) >>> 0;
}

function philox(key, counter) {
  let [k0, k1] = key;
  let [c0, c1, c2, c3] = counter;
  for (let round = 0; round < 10; round++) {
    const high0 = upperProduct(MULTIPLIERS[0], c0);
    const high1 = upperProduct(MULTIPLIERS[1], c2);
    const low0 = Math.imul(MULTIPLIERS[0], c0);
    const low1 = Math.imul(MULTIPLIERS[1], c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1 >>> 0, (high0 ^ c3 ^ k1) >>> 0, low0 >>> 0];
    k0 = (k0 + KEY_STEPS[0]) >>> 0;
    k1 = (k1 + KEY_STEPS[1]) >>> 0;
  }
  return [c0, c1, c2, c3];
}

// `count` integers of 32 random bits.
export function bits(count, seed) {
  const wide = seed.flatMap((part) => [part >>> 0, (part | 0) < 0 ? 0xffffffff : 0]);
  const [key0, key1, counter0, counter1] = philox(MIXING_KEY, wide);
  const drawn = new Uint32Array(Math.ceil(count / 4) * 4);
  for (let block = 0; 4 * block < count; block++) {
    drawn.set(philox([key0, key1], [block, 0, counter0, counter1]), 4 * block);
  }
  return drawn.subarray(0, count);
}

// The seed of a numbered part of what `seed` is for.
export function foldIn(seed, number) {
  return [bits(1, seed)[0], number];
}

// Numbers between 0 and 1, exclusive.
export function uniform(count, seed) {
  return Array.from(bits(count, seed), (bit) => ((bit >>> 9) + 0.5) * 2 ** -23);
}

// Integers from 0 to `below`, exclusive.
export function integers(count, seed, below) {
  return Array.from(bits(count, seed), (bit) => bit % below);
}

// The standard normal quantile: Acklam's rational approximation.
export function normalQuantile(p) {
  const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  const c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const polynomial = (factors, x) => factors.reduce((sum, factor) => sum * x + factor, 0);
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(c, q) / polynomial(d, q);
  }
  const q = p - 0.5;
  return (polynomial(a, q * q) * q) / polynomial(b, q * q);
}
