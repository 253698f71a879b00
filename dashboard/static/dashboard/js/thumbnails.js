// Small pictures of local files, made when their tile is shown and dropped when it leaves.

const AT_ONCE = 2;
const PIXELS = 320;

/** Draws files into canvases, a few at a time; what is no longer wanted is not decoded. */
export class Thumbnails {
  constructor() {
    this.queue = [];
    this.running = 0;
  }

  /** Draw `file` into `canvas`; `done(ok)` tells whether the browser could read it. */
  draw(file, canvas, done) {
    this.queue.push({ file, canvas, done });
    this.next();
  }

  /** Take what would be drawn into `canvas` out of the queue, and free what it shows. */
  forget(canvas) {
    this.queue = this.queue.filter((entry) => entry.canvas !== canvas);
    canvas.width = canvas.height = 0;
  }

  async next() {
    if (this.running >= AT_ONCE || !this.queue.length) return;
    const { file, canvas, done } = this.queue.shift();
    this.running += 1;
    let ok = false;
    try {
      ok = await paint(file, canvas);
    } finally {
      this.running -= 1;
      this.next();
    }
    done(ok);
  }
}

async function paint(file, canvas) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { resizeWidth: PIXELS, resizeQuality: "medium" });
  } catch {
    return false;
  }
  try {
    // The tile may have left while the picture was decoded.
    if (!canvas.isConnected) return false;
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("bitmaprenderer").transferFromImageBitmap(bitmap);
    return true;
  } finally {
    bitmap.close();
  }
}
