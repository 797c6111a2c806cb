// @ts-check
// How a stroke changes the densities at the nodes. Coordinates go from 0 to 1 across the canvas; y points down.

// A curve on the line reaches at most this fraction of the canvas's height.
const LINE_TOP = 0.92;
const HIGHEST_LEVEL = 255;
// Standard deviations of the brush at sizes 1 and 10, as fractions of the canvas.
const BRUSH = [0.025, 0.12];

/** @param {number} size */
function brushRadius(size) {
  return BRUSH[0] * (BRUSH[1] / BRUSH[0]) ** ((size - 1) / 9);
}

// Adds paint around a point, or takes it away.
/** @param {Float64Array} density @param {number} nodes @param {Point} at @param {Brush} brush */
function dab(density, nodes, [x, y], { radius, flow, erases }) {
  const reach = 3.5 * radius * (nodes - 1), [ci, cj] = [x * (nodes - 1), (1 - y) * (nodes - 1)];
  const from = (/** @type {number} */ c) => Math.max(0, Math.ceil(c - reach));
  const to = (/** @type {number} */ c) => Math.min(nodes - 1, Math.floor(c + reach));
  for (let i = from(ci); i <= to(ci); i++) {
    for (let j = from(cj); j <= to(cj); j++) {
      const far = ((i - ci) ** 2 + (j - cj) ** 2) / ((nodes - 1) * radius) ** 2, k = i * nodes + j;
      // The eraser has a firmer edge, so that its middle is empty.
      if (erases) density[k] *= 1 - Math.exp(-((far / 2) ** 2));
      else density[k] += flow * Math.exp(-far / 2);
    }
  }
}

// Paints along a segment in dabs at even distances, so the speed of the pointer does not matter.
/** @param {Float64Array} density @param {number} nodes @param {Point} from @param {Point} to @param {Brush} brush */
function paint(density, nodes, from, to, brush) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]), count = Math.ceil(length / (0.4 * brush.radius));
  for (let k = 1; k <= count; k++)
    dab(density, nodes, [from[0] + (k / count) * (to[0] - from[0]), from[1] + (k / count) * (to[1] - from[1])], brush);
}

// On the line, a stroke sets the heights of the curve between two points; an eraser sets them to zero.
/** @param {Float64Array} density @param {Point} from @param {Point} to @param {boolean} erases */
function bend(density, from, to, erases) {
  const last = density.length - 1, [left, right] = from[0] <= to[0] ? [from, to] : [to, from];
  for (let k = Math.max(0, Math.round(left[0] * last)); k <= Math.min(last, Math.round(right[0] * last)); k++) {
    const s = right[0] > left[0] ? Math.min(1, Math.max(0, (k / last - left[0]) / (right[0] - left[0]))) : 1;
    const y = left[1] + s * (right[1] - left[1]);
    density[k] = erases ? 0 : Math.max(0, (1 - y) / LINE_TOP);
  }
}

/** @param {string} text @param {number} floor @returns {Float64Array} */
function densityOf(text, floor) {
  const bytes = atob(text);
  return Float64Array.from(bytes, (c) => {
    const level = c.charCodeAt(0);
    return level ? Math.exp((level / HIGHEST_LEVEL - 1) * floor) : 0;
  });
}

// The levels of the densities in base64, relative to the highest; null if nothing is drawn.
/** @param {Float64Array} density @param {number} floor */
function levelsOf(density, floor) {
  const most = Math.max(...density);
  if (most < 1e-6) return null;
  const levels = [...density].map((value) => {
    return value > 0 ? Math.max(0, Math.round(HIGHEST_LEVEL * (1 + Math.log(value / most) / floor))) : 0;
  });
  return levels.every((level) => level === levels[0]) ? null : btoa(String.fromCharCode(...levels));
}
