// @ts-check
// Numbers as text.

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** @param {number} exponent */
function powerOfTen(exponent) {
  return `10${exponent < 0 ? "⁻" : ""}${String(Math.abs(exponent)).replace(/\d/g, (d) => SUPERSCRIPTS[Number(d)])}`;
}

/**
 * Formats a number with at most three digits, as a power of ten if a reader would otherwise have to count zeros.
 * @param {number} value
 */
function formatNumber(value) {
  if (Number.isNaN(value)) return "unknown";
  if (!Number.isFinite(value)) return "∞";
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-2 && size < 1e4)) return String(Number(value.toPrecision(3))).replace("-", "−");
  const [mantissa, exponent] = value.toExponential(1).split("e");
  return `${Number(mantissa)}·${powerOfTen(Number(exponent))}`.replace("-", "−");
}

/** @param {number} fraction */
function percent(fraction) {
  return Number.isNaN(fraction) ? "unknown" : `${(100 * fraction).toFixed(fraction < 0.1 ? 1 : 0)} %`;
}

/**
 * Returns a function that formats the ticks of an axis, with enough digits to distinguish neighbours at any zoom.
 * @param {number[]} values
 * @returns {(value: number) => string}
 */
function tickTexts(values) {
  const step = values.length > 1 ? Math.abs(values[1] - values[0]) : Math.abs(values[0] ?? 1);
  if (!(step >= 1e-3 && step < 1e4)) return formatNumber;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return (value) => Number(value.toFixed(digits)).toString().replace("-", "−");
}
