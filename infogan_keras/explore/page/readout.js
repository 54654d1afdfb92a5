// What the encoder read in a picture: a value for each code, and how sure the network is.

import { element } from "./elements.js";
import { rounded } from "./latents.js";

// The codes of an answer, as the controls take them.
export function codesOf(about, answer) {
  return Object.fromEntries(about.codes.map((code) => [code.name, VALUE[code.distribution](code, answer)]));
}

const VALUE = {
  Categorical: (code, answer) => largest(answer[`${code.name}_probabilities`]),
  Bernoulli: (code, answer) => Array.from(answer[`${code.name}_probability`], (share) => Number(share > 0.5)),
  Circular: (code, answer) => Array.from(answer[`${code.name}_degrees`], (degrees) => Math.round(degrees) % 360),
  Uniform: (code, answer) => Array.from(answer[`${code.name}_mean`], (mean) => rounded(clamped(mean, 2))),
  Normal: (code, answer) => Array.from(answer[`${code.name}_mean`], (mean) => rounded(clamped(mean, 3))),
};

// Bars for every axis.
export function showReadout(root, axes, answer) {
  root.replaceChildren(
    ...axes.map((axis) => {
      const [text, bars] = axis.kind === "category" ? categories(axis, answer) : PLACE[axis.kind](axis, answer);
      return element("div", { class: "read" }, element("span", {}, `${axis.key}: ${text}`), bars);
    }),
  );
}

function categories(axis, answer) {
  const shares = answer[`${axis.code.name}_probabilities`];
  const best = largest(shares);
  const bars = axis.labels.map((label, id) => {
    const bar = element("span", { class: "column" }, element("i"), element("small", {}, label));
    bar.style.setProperty("--share", shares[id]);
    bar.title = `${label}: ${percent(shares[id])}`;
    return bar;
  });
  return [`${axis.labels[best]} (${percent(shares[best])})`, element("div", { class: "columns", "aria-hidden": "true" }, ...bars)];
}

const PLACE = {
  number(axis, answer) {
    const of = (what) => answer[`${axis.code.name}_${what}`][axis.dimension];
    const [mean, std] = [of("mean"), axis.code.fix_std ? 0 : of("std")];
    const place = (value) => (clamped(value, axis.limit) + axis.limit) / (2 * axis.limit);
    return [`${mean.toFixed(2)} ${plusMinus(std.toFixed(2), axis)}`, line(place(mean), place(mean - std), place(mean + std))];
  },

  bit(axis, answer) {
    const share = answer[`${axis.code.name}_probability`][axis.dimension];
    return [`1 with ${percent(share)}`, line(share, 0, share)];
  },

  angle(axis, answer) {
    const of = (what) => answer[`${axis.code.name}_${what}`][0];
    const degrees = of("degrees");
    // For small angles, a von Mises distribution is normal with this deviation.
    const std = axis.code.fix_std ? 0 : Math.min(180, 180 / Math.PI / Math.sqrt(of("concentration")));
    const place = (angle) => Math.min(1, Math.max(0, angle / 360));
    const bar = line(place(degrees), place(degrees - std), place(degrees + std));
    return [`${degrees.toFixed(0)}° ${plusMinus(`${std.toFixed(0)}°`, axis)}`, bar];
  },
};

function plusMinus(text, axis) {
  return axis.code.fix_std ? "(uncertainty not learned)" : `± ${text}`;
}

// A mark at `place` and a bar from `low` to `high`, all from 0 to 1.
function line(place, low, high) {
  const made = element("div", { class: "line", "aria-hidden": "true" }, element("i"), element("b"));
  for (const [name, value] of Object.entries({ place, low, high })) made.style.setProperty(`--${name}`, value);
  return made;
}

function largest(values) {
  return values.indexOf(Math.max(...values));
}

function clamped(value, limit) {
  return Math.min(limit, Math.max(-limit, value));
}

function percent(share) {
  return share > 0.999 ? "over 99.9 %" : `${(100 * share).toFixed(1)} %`;
}
