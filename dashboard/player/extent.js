// @ts-check
// Where a curve has its mass at each time, and whether anything moves at all.

// On each axis, the fraction of the mass that the interval leaves out at each end.
const TAIL = 0.004;

// The interval on each axis that holds nearly all of the mass at time t, interpolated between frames.
/** @param {Frames} frames @param {number} t @returns {Interval[]} */
function massHullOf(frames, t) {
  const hulls = (frames.hulls ??= Array.from(frames.times, (time) => massHull(frames, time)));
  const { i, j, w } = frames.around(t);
  return hulls[i].map(([low, high], axis) => {
    const [otherLow, otherHigh] = hulls[j][axis];
    return [(1 - w) * low + w * otherLow, (1 - w) * high + w * otherHigh];
  });
}

/** @param {Frames} frames @param {number} t @returns {Interval[]} */
function massHull(frames, t) {
  const density = frames.densityAt(t);
  return frames.axes.map((axis, k) => {
    const sums = new Float64Array(axis[2]), inner = frames.axes[1]?.[2] ?? 1;
    for (let p = 0; p < density.length; p++) sums[k ? p % inner : (p / inner) | 0] += density[p] || 0;
    const total = sums.reduce((a, b) => a + b, 0) || 1, ends = [0, axis[2] - 1];
    for (let sum = sums[0]; sum < TAIL * total && ends[0] < ends[1]; sum += sums[ends[0]]) ends[0]++;
    for (let sum = sums.at(-1); sum < TAIL * total && ends[1] > ends[0]; sum += sums[ends[1]]) ends[1]--;
    return [frames.point(k, ends[0]), frames.point(k, ends[1])];
  });
}

// Whether all frames are the same, as for a method without a curve, whose exact pictures show only the target.
/** @param {Frames} frames */
function isMotionless(frames) {
  const nothingFlows = !frames.numParticles && !frames.velocity && !frames.logSpeed;
  frames.motionless ??= frames.times.length > 1 && nothingFlows && isRepeated(frames);
  return frames.motionless;
}

/** @param {Frames} frames */
function isRepeated({ density, cells }) {
  for (let k = cells; k < density.length; k++) if (density[k] !== density[k - cells]) return false;
  return true;
}
