// Where an answer's mass is at each time, and whether anything moves at all.

// The share of the mass beyond each end of the hull, on each axis.
const TAIL = 0.004;

// The hull of the mass on each axis at a time, between those of the frames.
function massHullOf(answer, t) {
  const hulls = (answer.hulls ??= Array.from(answer.times, (time) => massHull(answer, time)));
  const { i, j, w } = answer.around(t);
  return hulls[i].map((range, axis) => range.map((end, k) => (1 - w) * end + w * hulls[j][axis][k]));
}

function massHull(answer, t) {
  const density = answer.densityAt(t);
  return answer.axes.map((axis, k) => {
    const sums = new Float64Array(axis[2]), inner = answer.axes[1]?.[2] ?? 1;
    for (let p = 0; p < density.length; p++) sums[k ? p % inner : (p / inner) | 0] += density[p] || 0;
    const total = sums.reduce((a, b) => a + b, 0) || 1, ends = [0, axis[2] - 1];
    for (let sum = sums[0]; sum < TAIL * total && ends[0] < ends[1]; sum += sums[ends[0]]) ends[0]++;
    for (let sum = sums.at(-1); sum < TAIL * total && ends[1] > ends[0]; sum += sums[ends[1]]) ends[1]--;
    return ends.map((end) => answer.point(k, end));
  });
}

// Whether every frame is the same picture, as that of a target without a curve.
function isMotionless(answer) {
  const nothingFlows = !answer.numParticles && !answer.velocity && !answer.logSpeed;
  answer.motionless ??= answer.times.length > 1 && nothingFlows && isRepeated(answer);
  return answer.motionless;
}

function isRepeated({ density, cells }) {
  for (let k = cells; k < density.length; k++) if (density[k] !== density[k - cells]) return false;
  return true;
}
