// @ts-check
// The difference: learned minus exact density, as a fraction of the largest exact density at the same time.

// The differences at which the colour scale may end. Smaller ends would show differences that do not matter and, in the
// plane, the rounding of densities to 8 bits.
const CONTRASTS = [0.02, 0.05, 0.1, 0.2, 0.5, 1];
// Densities are clipped from below at this fraction of their maximum before their logarithm is interpolated.
const LOG_FLOOR = 1e-7;

// The differences at all times for which both curves have frames. In between, the difference itself is interpolated:
// interpolating the two densities between different frames would produce artefacts like a string of beads.
/** @param {Frames} learned @param {Frames} exact @returns {Difference} */
function differenceOf(learned, exact) {
  if (learned.difference?.exact !== exact) {
    const times = Array.from(learned.times).filter((t) => exact.times.some((other) => Math.abs(other - t) < 1e-6));
    learned.difference = { exact, times, rows: times.map((t) => differenceRow(learned, exact, t)) };
  }
  return learned.difference;
}

/** @param {Frames} learned @param {Frames} exact @param {number} t */
function differenceRow(learned, exact, t) {
  const row = learned.densityAt(t), top = maximumOf(exact.densityAt(t)) || 1, other = onGridOf(learned, exact, t);
  return row.map((value, k) => (value - other[k]) / top);
}

/** @param {Float64Array} values */
function maximumOf(values) {
  let top = 0;
  for (const value of values) if (value > top) top = value;
  return top;
}

// The difference at time t, at all grid points of the learned curve.
/** @param {View} view @param {number} t @param {Float64Array} out */
function differenceAt(view, t, out = new Float64Array(view.learned.cells)) {
  const { times, rows } = differenceOf(view.learned, view.exact), { i, j, w } = aroundTime(times, t);
  for (let k = 0; k < out.length; k++) out[k] = (1 - w) * rows[i][k] + w * rows[j][k];
  return out;
}

// The difference at which the colour scale ends, the same for all panels and times. About 95 % of all differences are
// smaller.
/** @param {View[]} views */
function contrastOf(views) {
  const shown = views.filter((view) => view.shown === "difference"), sizes = [];
  for (const { learned, exact } of shown)
    for (const row of differenceOf(learned, exact).rows)
      sizes.push(row.reduce((a, b) => Math.max(a, Math.abs(b) || 0), 0));
  sizes.sort((a, b) => a - b);
  const most = sizes[Math.floor(0.95 * (sizes.length - 1))] ?? 0;
  return CONTRASTS.find((level) => level >= most) ?? 1;
}

// The index of a difference in the diverging colour table.
/** @param {number} value @param {number} contrast */
function differenceLevel(value, contrast) {
  return Number.isNaN(value) ? UNKNOWN_8 : Math.round(127 + 127 * Math.min(1, Math.max(-1, value / contrast)));
}

// Writes the colours of the difference in the plane into `pixels`.
/** @param {Uint32Array} pixels @param {View} view @param {Scene} scene @param {number} n0 @param {number} n1 */
function paintDifference(pixels, view, scene, n0, n1) {
  const values = (view.difference = differenceAt(view, scene.t, view.difference)), { diverging } = scene.theme;
  for (let x = 0, k = 0; x < n0; x++)
    for (let y = n1 - 1; y >= 0; y--, k++) pixels[y * n0 + x] = diverging[differenceLevel(values[k], scene.contrast)];
}

// Writes the colours of the difference on the line over (t, x) into `pixels`: one column for each of `count` times.
/** @param {Uint32Array} pixels @param {View} view @param {Scene} scene @param {number} count @param {number} n */
function paintDifferencesOverTime(pixels, view, { theme, contrast }, count, n) {
  for (let c = 0; c < count; c++)
    differenceAt(view, c / (count - 1)).forEach((value, k) => {
      pixels[(n - 1 - k) * count + c] = theme.diverging[differenceLevel(value, contrast)];
    });
}

// The density of `other` at the grid points of `grid`. Cubic interpolation of its logarithm is exact for Gaussians.
/** @param {Frames} grid @param {Frames} other @param {number} t */
function onGridOf(grid, other, t) {
  const density = other.densityAt(t), floor = LOG_FLOOR * (maximumOf(density) || 1);
  if (sameGrid(grid, other)) return density;
  const logs = density.map((value) => Math.log(Math.max(floor, value)));
  const rows = grid.axes.map((axis, k) => cubicRows(axis, other.axes[k])), m1 = other.axes[1]?.[2] ?? 1;
  const alone = [{ at: [0, 0, 0, 0], weights: [1, 0, 0, 0], outside: false }], across = rows[1] ?? alone;
  const out = new Float64Array(grid.cells);
  rows[0].forEach((u, x) =>
    across.forEach((v, y) => {
      let sum = 0;
      for (let a = 0; a < 4; a++)
        for (let b = 0; b < 4; b++) sum += u.weights[a] * v.weights[b] * logs[u.at[a] * m1 + v.at[b]];
      out[x * across.length + y] = u.outside || v.outside ? NaN : Math.exp(sum);
    }),
  );
  return out;
}

/** @param {Frames} a @param {Frames} b */
function sameGrid(a, b) {
  return a.cells === b.cells && a.axes.every(([low, high], k) => low === b.axes[k][0] && high === b.axes[k][1]);
}

// For each point of an axis, the four surrounding points of another axis and their Catmull–Rom weights.
/** @param {GridAxis} axis @param {GridAxis} other */
function cubicRows([low, high, count], [otherLow, otherHigh, otherCount]) {
  return Array.from({ length: count }, (_, k) => {
    const x = low + (k / (count - 1)) * (high - low), u = ((x - otherLow) / (otherHigh - otherLow)) * (otherCount - 1);
    const i = Math.min(otherCount - 2, Math.max(0, Math.floor(u + 1e-9))), s = u - i;
    const weights = [
      (-s + 2 * s * s - s ** 3) / 2, (2 - 5 * s * s + 3 * s ** 3) / 2,
      (s + 4 * s * s - 3 * s ** 3) / 2, (s ** 3 - s * s) / 2,
    ];
    const at = [i - 1, i, i + 1, i + 2].map((each) => Math.min(otherCount - 1, Math.max(0, each)));
    return { at, weights, outside: u < -0.5 || u > otherCount - 0.5 };
  });
}

/** @param {Player} player @param {boolean} on */
function drawContrast(player, on) {
  const bar = player.$(".contrast");
  bar.hidden = !on;
  if (!on) return;
  const canvas = bar.querySelector("canvas"), levels = 64, { contrast } = player.scene;
  Object.assign(canvas, { width: levels, height: 1 });
  const context = canvas.getContext("2d");
  for (let k = 0; k < levels; k++) {
    context.fillStyle = css(mix(player.theme.diverging_scale, k / (levels - 1)));
    context.fillRect(k, 0, 1, 1);
  }
  const [low, zero, high] = bar.querySelectorAll(".marks span");
  low.textContent = `−${formatNumber(100 * contrast)} %`;
  zero.textContent = "0";
  high.textContent = `+${formatNumber(100 * contrast)} %`;
}
