// @ts-check
// Widths, covariances and weights of the modes of a Gaussian mixture.

// A mode may be this many times longer than wide. Beyond that, a rounded matrix may not be positive definite.
const LONGEST_SHAPE = 30;
const WIDTHS = [0.01, 100], SHARES = [0.001, 0.999];

/** @param {number} value @param {number[]} limits */
function limited(value, [low, high]) {
  return Math.min(high, Math.max(low, value));
}

/** @param {number} value */
function rounded(value) {
  return Number(value.toPrecision(5));
}

class ModeShape {
  // The axes of a mode: their standard deviations, and the angle of the first one. On the line there is one axis.
  /** @param {Mixture} mixture @param {number} k @returns {Axes2} */
  static axesOf({ means, std, cov }, k) {
    if (!cov) {
      const width = Array.isArray(std) ? std[k] : std;
      return { widths: means[0].length > 1 ? [width, width] : [width], angle: 0 };
    }
    const [a, b, c] = cov[cov.length > 1 ? k : 0];
    if (c === undefined) return { widths: [Math.sqrt(a)], angle: 0 };
    const middle = (a + c) / 2, away = Math.hypot((a - c) / 2, b);
    const widths = [Math.sqrt(middle + away), Math.sqrt(Math.max(middle - away, 0))];
    return { widths, angle: Math.atan2(2 * b, a - c) / 2 };
  }

  // The upper triangle of the covariance matrix that has these axes.
  /** @param {Axes2} axes */
  static triangleOf({ widths, angle }) {
    const [first, second] = widths.map((width) => width ** 2), [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    if (second === undefined) return [rounded(first)];
    const diagonal = [cos * cos * first + sin * sin * second, sin * sin * first + cos * cos * second];
    return [diagonal[0], cos * sin * (first - second), diagonal[1]].map(rounded);
  }

  // The axes with their standard deviations limited to what is allowed.
  /** @param {Axes2} axes @returns {Axes2} */
  static usableAxes({ widths, angle }) {
    const kept = widths.map((width) => limited(width, WIDTHS)), most = Math.max(...kept);
    return { widths: kept.map((width) => Math.max(width, most / LONGEST_SHAPE)), angle };
  }

  // The mixture with new axes for one mode. A mixture without covariance matrices gets them only if the axes differ.
  /** @param {Mixture} mixture @param {number} k @param {Axes2} axes @returns {Mixture} */
  static withAxes(mixture, k, axes) {
    const { means, std, cov } = mixture, usable = ModeShape.usableAxes(axes), [first, second = first] = usable.widths;
    if (!cov && first === second) {
      const widths = means.map((_, j) => (j === k ? rounded(first) : Array.isArray(std) ? std[j] : std));
      return { ...mixture, std: widths };
    }
    const all = means.map((_, j) => (j === k ? usable : ModeShape.axesOf(mixture, j)));
    return { ...mixture, cov: all.map(ModeShape.triangleOf) };
  }

  // The fraction of the mass in one mode.
  /** @param {Mixture} mixture @param {number} k */
  static shareOf({ means, weights }, k) {
    return weights ? weights[k] / weights.reduce((sum, weight) => sum + weight, 0) : 1 / means.length;
  }

  // The mixture with a new fraction of the mass in one mode. The ratios between the masses of the other modes stay.
  /** @param {Mixture} mixture @param {number} k @param {number} share @returns {Mixture} */
  static withShare(mixture, k, share) {
    const own = limited(share, SHARES), rest = (1 - own) / (1 - ModeShape.shareOf(mixture, k));
    const weights = mixture.means.map((_, j) => rounded(j === k ? own : rest * ModeShape.shareOf(mixture, j)));
    return mixture.means.length > 1 ? { ...mixture, weights } : mixture;
  }
}
