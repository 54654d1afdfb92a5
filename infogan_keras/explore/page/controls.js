// One control for each code: buttons, sliders, switches, a dial.

import { element } from "./elements.js";
import { rounded, valueOn, valueText } from "./latents.js";

// Half of the dial's size in pixels.
const DIAL = 44;

export class Controls {
  // `onMove(axis, value)` is called for what the user moves.
  constructor(root, axes, onMove) {
    this.shown = axes.map((axis) => {
      const control = CONTROLS[axis.kind](axis, (value) => onMove(axis, value));
      root.append(control.root);
      return { axis, ...control };
    });
  }

  show(codes, touched) {
    for (const { axis, root, output, set } of this.shown) {
      set(valueOn(axis, codes));
      if (output) output.value = valueText(axis, codes);
      root.classList.toggle("touched", axis === touched);
    }
  }
}

const CONTROLS = {
  category(axis, onMove) {
    const buttons = axis.values.map((id) =>
      element("input", { type: "radio", name: axis.key, value: id, "aria-label": axis.labels[id], onchange: () => onMove(id) }),
    );
    const labels = buttons.map((button, id) => element("label", { class: "choice" }, button, element("span", {}, axis.labels[id])));
    const root = element("fieldset", { class: "code" }, element("legend", {}, axis.key), element("div", { class: "choices" }, ...labels));
    return { root, set: (id) => (buttons[id].checked = true) };
  },

  number(axis, onMove) {
    const slider = element("input", {
      type: "range",
      id: `code-${axis.key}`,
      min: -axis.limit,
      max: axis.limit,
      step: 0.01,
      "aria-describedby": "trained-range",
      oninput: () => onMove(rounded(Number(slider.value))),
    });
    slider.style.setProperty("--from", (axis.limit - axis.trained) / (2 * axis.limit));
    slider.style.setProperty("--to", (axis.limit + axis.trained) / (2 * axis.limit));
    return { ...labelled(axis, slider), set: (value) => (slider.value = value) };
  },

  bit(axis, onMove) {
    const box = element("input", {
      type: "checkbox",
      role: "switch",
      id: `code-${axis.key}`,
      onchange: () => onMove(Number(box.checked)),
    });
    return { ...labelled(axis, box), set: (value) => (box.checked = value === 1) };
  },

  angle(axis, onMove) {
    const hand = element("span", { class: "hand" });
    const dial = element("div", {
      class: "dial",
      role: "slider",
      tabindex: 0,
      id: `code-${axis.key}`,
      "aria-label": axis.key,
      "aria-valuemin": 0,
      "aria-valuemax": 360,
    }, hand);
    let current = 0;
    const turn = (degrees) => onMove(((Math.round(degrees) % 360) + 360) % 360);
    const point = (event) => {
      const box = dial.getBoundingClientRect();
      turn((Math.atan2(box.top + DIAL - event.clientY, event.clientX - box.left - DIAL) * 180) / Math.PI);
    };
    dial.onpointerdown = (event) => {
      dial.setPointerCapture(event.pointerId);
      point(event);
    };
    dial.onpointermove = (event) => dial.hasPointerCapture(event.pointerId) && point(event);
    dial.onkeydown = (event) => {
      const step = { ArrowRight: 5, ArrowUp: 5, ArrowLeft: -5, ArrowDown: -5, PageUp: 30, PageDown: -30 }[event.key];
      if (!step) return;
      event.preventDefault();
      turn(current + step);
    };
    const set = (degrees) => {
      current = degrees;
      hand.style.transform = `rotate(${-degrees}deg)`;
      dial.setAttribute("aria-valuenow", degrees);
      dial.setAttribute("aria-valuetext", `${degrees} degrees`);
    };
    return { ...labelled(axis, dial), set };
  },
};

function labelled(axis, control) {
  const output = element("output", { for: control.id });
  const name = element("label", { for: control.id }, axis.key);
  return { root: element("div", { class: `code ${axis.kind}` }, name, output, control), output };
}
