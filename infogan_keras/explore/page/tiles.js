// A view of many small pictures, each a button that chooses its state.

import { element, paint } from "./elements.js";

export class Tiles {
  constructor(root, image) {
    this.root = root;
    this.image = image;
    this.canvases = [];
    this.layout = null;
    root.onkeydown = (event) => this.moveFocus(event);
  }

  // `columns` tiles a row; `labels` say what each tile is; `columnLabels` and `rowLabels` are optional.
  arrange({ columns, labels, columnLabels, rowLabels }) {
    const layout = JSON.stringify([columns, labels, columnLabels, rowLabels]);
    if (layout === this.layout) return false;
    this.layout = layout;
    this.columns = columns;
    this.root.style.setProperty("--columns", columns);
    this.root.classList.toggle("with-rows", Boolean(rowLabels));
    this.canvases = labels.map(() => element("canvas", { width: this.image.width, height: this.image.height }));
    this.buttons = labels.map((label, index) =>
      element(
        "button",
        { type: "button", class: "tile", "aria-label": label, title: label, onclick: () => this.choose(index) },
        this.canvases[index],
      ),
    );
    const caption = (text) => element("span", { "aria-hidden": "true" }, text);
    const cells = columnLabels ? [...(rowLabels ? [caption("")] : []), ...columnLabels.map(caption)] : [];
    this.buttons.forEach((button, index) => {
      if (rowLabels && index % columns === 0) cells.push(caption(rowLabels[index / columns]));
      cells.push(button);
    });
    this.root.replaceChildren(...cells);
    this.focusable(0);
    return true;
  }

  // The tiles of the state on screen.
  mark(indices) {
    this.buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(indices.includes(index))));
    if (indices.length && !this.root.contains(document.activeElement)) this.focusable(indices[0]);
  }

  // Images from tile `first` on.
  paint(first, images) {
    const size = this.image.height * this.image.width * this.image.channels;
    for (let index = 0; index < images.length / size; index++) {
      const values = images.subarray(index * size, (index + 1) * size);
      paint(this.canvases[first + index], values, this.image);
    }
  }

  // One stop of the tab key for all tiles; arrows move between them.
  focusable(index) {
    this.buttons.forEach((button, other) => (button.tabIndex = other === index ? 0 : -1));
  }

  moveFocus(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns }[event.key];
    const next = this.buttons[this.buttons.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    this.focusable(this.buttons.indexOf(next));
    next.focus();
  }
}
