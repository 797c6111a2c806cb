// @ts-check
// Draws a sketch: in the plane as a map of colours, on the line as a filled curve.

// In the plane, colours show the density to this power, so that thin paint is visible.
const CONTRAST = 0.6;

/** @param {HTMLElement} element */
function isDarkPage(element) {
  const paper = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  if (!/^#[0-9a-f]{6}$/i.test(paper)) return matchMedia("(prefers-color-scheme: dark)").matches;
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(paper.slice(i, i + 2), 16));
  return 0.3 * r + 0.6 * g + 0.1 * b < 128;
}

// Sets the resolution of the canvas to its size on the screen; returns its drawing context.
/** @param {HTMLCanvasElement} canvas */
function fitted(canvas) {
  const scale = window.devicePixelRatio || 1, { width, height } = canvas.getBoundingClientRect();
  const size = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

// The colour at a position from 0 to 1 along a scale.
/** @param {string[]} scale @param {number} position */
function colourAt(scale, position) {
  const at = Math.min(1, Math.max(0, position)) * (scale.length - 1), i = Math.min(scale.length - 2, Math.floor(at));
  /** @param {string} colour */
  const channels = (colour) => [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
  const low = channels(scale[i]), high = channels(scale[i + 1]);
  return low.map((value, c) => Math.round(value + (at - i) * (high[c] - value)));
}

/** @param {Drawing} drawing */
function drawSketch({ canvas, density, dim, nodes, data, spot }) {
  const context = fitted(canvas), palette = isDarkPage(canvas) ? data.palettes.dark : data.palettes.light;
  const { width, height } = canvas, most = Math.max(...density, 1e-12);
  context.fillStyle = palette.paper;
  context.fillRect(0, 0, width, height);
  if (dim === 1) drawLine(context, density, most, palette);
  else drawPlane(context, density, most, nodes, palette);
  drawAxes(context, dim, palette);
  if (spot) drawSpot(context, spot, palette);
}

/** @param {CanvasRenderingContext2D} context @param {Float64Array} density @param {number} most @param {number} nodes
 * @param {Palette} palette */
function drawPlane(context, density, most, nodes, palette) {
  const small = new OffscreenCanvas(nodes, nodes), pen = /** @type {any} */ (small.getContext("2d"));
  const image = pen.createImageData(nodes, nodes);
  for (let i = 0; i < nodes; i++) {
    for (let j = 0; j < nodes; j++) {
      const rgb = colourAt(palette.density_scale, (density[i * nodes + j] / most) ** CONTRAST);
      image.data.set([...rgb, 255], 4 * ((nodes - 1 - j) * nodes + i));
    }
  }
  pen.putImageData(image, 0, 0);
  const { width, height } = context.canvas, cell = [width / (nodes - 1), height / (nodes - 1)];
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(small, -cell[0] / 2, -cell[1] / 2, width + cell[0], height + cell[1]);
}

/** @param {CanvasRenderingContext2D} context @param {Float64Array} density @param {number} most
 * @param {Palette} palette */
function drawLine(context, density, most, palette) {
  const { width, height } = context.canvas, scale = palette.density_scale;
  context.beginPath();
  context.moveTo(0, height);
  density.forEach((value, k) => {
    context.lineTo((k / (density.length - 1)) * width, height * (1 - LINE_TOP * (value / Math.max(most, 1e-9))));
  });
  context.lineTo(width, height);
  context.closePath();
  const [r, g, b] = colourAt(scale, 0.7);
  context.fillStyle = `rgba(${r},${g},${b},0.45)`;
  context.fill();
  context.lineWidth = 2 * (window.devicePixelRatio || 1);
  context.strokeStyle = `rgb(${r},${g},${b})`;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {number} dim @param {Palette} palette */
function drawAxes(context, dim, palette) {
  const { width, height } = context.canvas;
  context.strokeStyle = palette.faint;
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(width / 2, 0);
  context.lineTo(width / 2, height);
  if (dim === 2) {
    context.moveTo(0, height / 2);
    context.lineTo(width, height / 2);
  }
  context.stroke();
  context.globalAlpha = 1;
}

// Draws the circle that marks the keyboard's brush.
/** @param {CanvasRenderingContext2D} context @param {Spot} spot @param {Palette} palette */
function drawSpot(context, { x, y, radius }, palette) {
  const { width, height } = context.canvas;
  context.strokeStyle = palette.ink;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x * width, y * height, Math.max(4, radius * width), 0, 2 * Math.PI);
  context.stroke();
}
