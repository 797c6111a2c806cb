// Between two frames: a cubic that rises no faster than its neighbours allow (PCHIP, Fritsch and Butland 1984).
// It passes through every frame, has no kinks and does not overshoot where mass teleports.

// The slope at a frame, from the rise per unit of time before and after it and the lengths of both intervals.
function limitedSlope(before, after, lengthBefore, lengthAfter) {
  if (before * after <= 0) return 0;
  const a = 2 * lengthAfter + lengthBefore, b = lengthAfter + 2 * lengthBefore;
  return (a + b) / (a / before + b / after);
}

// The slope at the first or the last frame, by a parabola through three of them, limited in the same way.
function endSlope(near, far, lengthNear, lengthFar) {
  const slope = ((2 * lengthNear + lengthFar) * near - lengthNear * far) / (lengthNear + lengthFar);
  if (slope * near <= 0) return 0;
  return near * far <= 0 && Math.abs(slope) > 3 * Math.abs(near) ? 3 * near : slope;
}

// Of so many values, the cubics from frame i to frame i + 1: at the share w of the interval each value is
// from + w rise + w (1 − w) (bend + w twist). `at(k, i)` is a value at a frame, NaN where it is unknown.
function smoothPiece(times, at, count, i) {
  const [from, rise, bend, twist] = Array.from({ length: 4 }, () => new Float32Array(count)), last = times.length - 1;
  const length = times[i + 1] - times[i], lengthBefore = times[i] - times[i - 1], lengthAfter = times[i + 2] - times[i + 1];
  for (let k = 0; k < count; k++) {
    const here = at(k, i), there = at(k, i + 1), steady = (there - here) / length;
    const before = i > 0 ? (here - at(k, i - 1)) / lengthBefore : NaN;
    const after = i + 1 < last ? (at(k, i + 2) - there) / lengthAfter : NaN;
    const start = slopeAt(steady, length, before, lengthBefore, after, lengthAfter) * length;
    const end = slopeAt(steady, length, after, lengthAfter, before, lengthBefore) * length;
    [from[k], rise[k]] = [here, there - here];
    bend[k] = start - rise[k];
    twist[k] = 2 * rise[k] - start - end;
  }
  return { from, rise, bend, twist };
}

function onPiece({ from, rise, bend, twist }, w, out = new Array(from.length)) {
  const v = w * (1 - w);
  for (let k = 0; k < out.length; k++) out[k] = from[k] + w * rise[k] + v * (bend[k] + w * twist[k]);
  return out;
}

// The slope at one end of an interval: between it and the one beyond, or where there is none, from the one at its other end.
function slopeAt(rise, length, beyond, lengthBeyond, opposite, lengthOpposite) {
  if (!Number.isNaN(beyond)) return limitedSlope(beyond, rise, lengthBeyond, length);
  return Number.isNaN(opposite) ? rise : endSlope(rise, opposite, length, lengthOpposite);
}
