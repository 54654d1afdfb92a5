// Where a picture comes from: a pad to draw on, a file that is chosen or dropped.

const LARGEST_FILE = 20e6;
const LARGEST_PICTURE = 50e6;
const PEN = 0.075;

// Drawing with a mouse, a finger or a pen; `onDrawn(canvas)` after every stroke.
export class Pad {
  constructor(canvas, background, onDrawn) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.background = background;
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.last = this.place(event);
      this.line(event);
    };
    canvas.onpointermove = (event) => canvas.hasPointerCapture(event.pointerId) && this.line(event);
    canvas.onpointerup = () => onDrawn(canvas);
    this.clear();
  }

  clear() {
    this.context.fillStyle = this.background === "light" ? "white" : "black";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  line(event) {
    const [next, context] = [this.place(event), this.context];
    Object.assign(context, { lineCap: "round", lineJoin: "round", lineWidth: PEN * this.canvas.width });
    context.strokeStyle = this.background === "light" ? "black" : "white";
    context.beginPath();
    context.moveTo(...this.last);
    context.lineTo(...next);
    context.stroke();
    this.last = next;
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }
}

// A file as an image, turned upright; an Error that says why where it is none.
export async function readFile(file) {
  if (file.size > LARGEST_FILE) {
    throw new Error(`${file.name} has ${Math.round(file.size / 1e6)} MB; a picture may have up to ${LARGEST_FILE / 1e6} MB.`);
  }
  let image;
  try {
    image = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name} is not a picture that this browser can read. PNG, JPEG and WebP work.`);
  }
  if (image.width * image.height > LARGEST_PICTURE) {
    throw new Error(`${file.name} has ${image.width} × ${image.height} pixels; up to ${LARGEST_PICTURE / 1e6} million can be read.`);
  }
  return image;
}

// Makes the whole page a place to drop a file on.
export function acceptDrops(root, onFile) {
  root.ondragover = (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  };
  root.ondragleave = () => document.body.classList.remove("dropping");
  root.ondrop = (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    if (event.dataTransfer.files.length) onFile(event.dataTransfer.files[0]);
  };
}
