// @ts-check
// Paths between frames: monotone cubic interpolation (PCHIP; F. N. Fritsch and J. Butland, "A method for constructing
// local monotone piecewise cubic interpolants", 1984). It has no kinks, and does not overshoot where mass teleports.

// The slope of a path at a frame, from its mean slopes in the intervals before and after it, and their lengths.
/** @param {number} before @param {number} after @param {number} lengthBefore @param {number} lengthAfter */
function limitedSlope(before, after, lengthBefore, lengthAfter) {
  if (before * after <= 0) return 0;
  const a = 2 * lengthAfter + lengthBefore, b = lengthAfter + 2 * lengthBefore;
  return (a + b) / (a / before + b / after);
}

// The slope of a path at the first or last frame, from a parabola through three frames, limited to avoid overshooting.
/** @param {number} near @param {number} far @param {number} lengthNear @param {number} lengthFar */
function endSlope(near, far, lengthNear, lengthFar) {
  const slope = ((2 * lengthNear + lengthFar) * near - lengthNear * far) / (lengthNear + lengthFar);
  if (slope * near <= 0) return 0;
  return near * far <= 0 && Math.abs(slope) > 3 * Math.abs(near) ? 3 * near : slope;
}

// The cubics of `count` values between the frames i and i + 1. Let w go from 0 to 1 between them; then each value is
// from + w rise + w (1 − w) (bend + w twist). `at(k, i)` returns value k at frame i, or NaN if it is unknown.
/**
 * @param {Values} times @param {(k: number, frame: number) => number} at @param {number} count @param {number} i
 * @returns {Piece}
 */
function smoothPiece(times, at, count, i) {
  const [from, rise, bend, twist] = Array.from({ length: 4 }, () => new Float32Array(count)), last = times.length - 1;
  const length = times[i + 1] - times[i];
  const lengthBefore = times[i] - times[i - 1], lengthAfter = times[i + 2] - times[i + 1];
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

/** @param {Piece} piece @param {number} w @param {any} out */
function onPiece({ from, rise, bend, twist }, w, out = new Array(from.length)) {
  const v = w * (1 - w);
  for (let k = 0; k < out.length; k++) out[k] = from[k] + w * rise[k] + v * (bend[k] + w * twist[k]);
  return out;
}

// The slope at one end of an interval, computed with the interval beyond that end. If there is none, it is computed
// with the interval beyond the other end.
/**
 * @param {number} rise @param {number} length @param {number} beyond @param {number} lengthBeyond
 * @param {number} opposite @param {number} lengthOpposite
 */
function slopeAt(rise, length, beyond, lengthBeyond, opposite, lengthOpposite) {
  if (!Number.isNaN(beyond)) return limitedSlope(beyond, rise, lengthBeyond, length);
  return Number.isNaN(opposite) ? rise : endSlope(rise, opposite, length, lengthOpposite);
}
