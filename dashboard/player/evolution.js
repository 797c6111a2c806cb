// @ts-check
// The density of a curve on the line over (t, x), as an image.

// Number of times in the image, and in the image of a preview, which is drawn many times a second.
const COLUMNS = 161, AHEAD_COLUMNS = 81;

// An image of the whole density over (t, x), with one pixel for each grid point and time. Zooming reuses it.
/** @param {View} view @param {Scene} scene */
function evolutionImage(view, scene) {
  const { frames } = view, count = scene.isAhead ? AHEAD_COLUMNS : COLUMNS;
  const key = [view.shown, view.stale, scene.theme.name, scene.contrast, count].join();
  // An untrained learned curve has the densities of the linear one, so both share a picture.
  const source = view.shown === "difference" ? frames : frames.density;
  const made = scene.views.find(({ evolution }) => evolution?.key === key && evolution.source === source);
  if (made) return made.evolution.image;
  const n = frames.cells, image = view.evolution?.image ?? document.createElement("canvas");
  const brush = sized(image, count, n, 1), data = brush.createImageData(count, n);
  paintEvolution(new Uint32Array(data.data.buffer), view, scene, count, n);
  brush.putImageData(data, 0, 0);
  view.evolution = { key, source, image };
  return image;
}

/**
 * @param {Uint32Array} pixels @param {View} view @param {Scene} scene @param {number} count the number of columns
 * @param {number} n
 */
function paintEvolution(pixels, view, scene, count, n) {
  if (view.shown === "difference") return paintDifferencesOverTime(pixels, view, scene, count, n);
  const values = densitiesOf(view.frames, count, n), scale = 1 / topOf(values, n);
  const table = view.stale ? scene.theme.grey : scene.theme.density;
  for (let c = 0, at = 0; c < count; c++)
    for (let pixel = (n - 1) * count + c; pixel >= 0; pixel -= count, at++) {
      const level = (UNKNOWN_8 - 1) * Math.sqrt(values[at] * scale);
      pixels[pixel] = table[level < UNKNOWN_8 - 1 ? Math.round(level) : level >= 0 ? UNKNOWN_8 - 1 : UNKNOWN_8];
    }
}

// Reused for every picture, since new arrays would keep the garbage collector busy.
let columns = new Float64Array(0);

// The densities at all grid points, column by column.
/** @param {Frames} frames @param {number} count @param {number} n */
function densitiesOf(frames, count, n) {
  if (columns.length !== count * n) columns = new Float64Array(count * n);
  for (let c = 0; c < count; c++) frames.densityAt(c / (count - 1), columns.subarray(c * n, (c + 1) * n));
  return columns;
}

// The 99 % quantile of the densities, from a sample: at most about 40 columns and every fourth value.
/** @param {Float64Array} values @param {number} n */
function topOf(values, n) {
  const count = values.length / n, every = Math.ceil(count / 41), sizes = [];
  for (let c = 0; c < count; c += every)
    for (let k = c * n; k < (c + 1) * n; k += 4) if (!Number.isNaN(values[k])) sizes.push(values[k]);
  return Float64Array.from(sizes).sort()[Math.floor(0.99 * (sizes.length - 1))] || 1;
}
