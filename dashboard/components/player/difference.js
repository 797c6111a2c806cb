// The difference: learned minus exact density, in percent of the largest exact density at the same time.

// Full colour stands for one of these. Less would enlarge differences that do not matter, and in the plane the rounding of
// densities, which are sent in 8 bits there.
const CONTRASTS = [0.02, 0.05, 0.1, 0.2, 0.5, 1];
// Below this share of the maximum a density counts as that share, where its logarithm is interpolated.
const LOG_FLOOR = 1e-7;

// Of a pair of answers, its difference at the times that both have. In between it is the difference that is
// interpolated: two densities at different frames would be blended differently, which looks like a string of beads.
function differenceOf(learned, exact) {
  if (learned.difference?.exact !== exact) {
    const times = Array.from(learned.times).filter((t) => exact.times.some((other) => Math.abs(other - t) < 1e-6));
    learned.difference = { exact, times, rows: times.map((t) => differenceRow(learned, exact, t)) };
  }
  return learned.difference;
}

function differenceRow(learned, exact, t) {
  const row = learned.densityAt(t), top = largest(exact.densityAt(t)) || 1, other = onGridOf(learned, exact, t);
  return row.map((value, k) => (value - other[k]) / top);
}

function largest(values) {
  let top = 0;
  for (const value of values) if (value > top) top = value;
  return top;
}

// At one time, as a share of the largest exact density.
function differenceAt(view, t, out = new Float64Array(view.learned.cells)) {
  const { times, rows } = differenceOf(view.learned, view.exact), { i, j, w } = aroundTime(times, t);
  for (let k = 0; k < out.length; k++) out[k] = (1 - w) * rows[i][k] + w * rows[j][k];
  return out;
}

// What full colour stands for in all panels: nearly all of the differences are smaller, at all times.
function contrastOf(views) {
  const shown = views.filter((view) => view.shown === "difference"), sizes = [];
  for (const { learned, exact } of shown)
    for (const row of differenceOf(learned, exact).rows)
      sizes.push(row.reduce((a, b) => Math.max(a, Math.abs(b) || 0), 0));
  sizes.sort((a, b) => a - b);
  const most = sizes[Math.floor(0.95 * (sizes.length - 1))] ?? 0;
  return CONTRASTS.find((level) => level >= most) ?? 1;
}

// An entry of the diverging table of colours.
function differenceLevel(share, contrast) {
  return Number.isNaN(share) ? UNKNOWN_8 : Math.round(127 + 127 * Math.min(1, Math.max(-1, share / contrast)));
}

// In the plane, one picture.
function paintDifference(pixels, view, scene, n0, n1) {
  const shares = (view.shares = differenceAt(view, scene.t, view.shares)), { diverging } = scene.theme;
  for (let x = 0, k = 0; x < n0; x++)
    for (let y = n1 - 1; y >= 0; y--, k++) pixels[y * n0 + x] = diverging[differenceLevel(shares[k], scene.contrast)];
}

// One answer's density at the points of another's grid. Its logarithm is interpolated by cubics, which a Gaussian
// survives.
function onGridOf(grid, other, t) {
  const density = other.densityAt(t), floor = LOG_FLOOR * (largest(density) || 1);
  if (sameGrid(grid, other)) return density;
  const logs = density.map((value) => Math.log(Math.max(floor, value)));
  const rows = grid.axes.map((axis, k) => cubicRows(axis, other.axes[k])), m1 = other.axes[1]?.[2] ?? 1;
  const across = rows[1] ?? [{ at: [0, 0, 0, 0], weights: [1, 0, 0, 0] }], out = new Float64Array(grid.cells);
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

function sameGrid(a, b) {
  return a.cells === b.cells && a.axes.every(([low, high], k) => low === b.axes[k][0] && high === b.axes[k][1]);
}

// For each point of an axis, the four points of another around it and their weights (Catmull and Rom).
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
  low.textContent = `−${told(100 * contrast)} %`;
  zero.textContent = "0";
  high.textContent = `+${told(100 * contrast)} %`;
}
