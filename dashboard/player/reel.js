// @ts-check
// The reel: one block of bytes that contains all pictures, as a JSON header and typed arrays. reel.py describes the
// layout.

const ARRAY_TYPES = {
  "|u1": Uint8Array, "<u2": Uint16Array, "<f2": Uint16Array, "<f4": Float32Array, "<f8": Float64Array,
};
// The codes of an unknown value in 8 and in 16 bits.
const UNKNOWN_8 = 255, UNKNOWN_16 = 65535;

/** @param {Uint8Array} bytes @returns {Reel} */
function unpackReel(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  /** @type {ReelHeader} */
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const begin = Math.ceil((4 + length) / 8) * 8;
  /** @type {Record<string, ReelArray>} */
  const arrays = {};
  // Equal arrays have the same place in the reel, and share one array here.
  const known = new Map();
  for (const [name, place] of Object.entries(header.arrays)) {
    const key = `${place.dtype} ${place.offset} ${place.shape}`;
    if (!known.has(key)) known.set(key, valuesAt(bytes, begin + place.offset, place));
    arrays[name] = { values: known.get(key), shape: place.shape };
  }
  return { header, arrays };
}

/** @param {Uint8Array} bytes @param {number} begin @param {{dtype: keyof typeof ARRAY_TYPES, shape: number[]}} place */
function valuesAt(bytes, begin, { dtype, shape }) {
  const Type = ARRAY_TYPES[dtype], size = shape.reduce((a, b) => a * b, 1) * Type.BYTES_PER_ELEMENT;
  // Typed arrays need aligned bytes, so each array is copied.
  const values = new Type(bytes.slice(begin, begin + size).buffer);
  return dtype === "<f2" && values instanceof Uint16Array ? fromHalf(values) : values;
}

/** @type {Float32Array} */
let halfTable = null;

// Converts half-precision numbers, given by their bits, to single precision.
/** @param {Uint16Array} bits */
function fromHalf(bits) {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, word) => {
    const sign = word & 0x8000 ? -1 : 1, exponent = (word >> 10) & 31, rest = word & 1023;
    if (exponent === 31) return rest ? NaN : sign * Infinity;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + rest / 1024) : 2 ** -14 * (rest / 1024));
  });
  const values = new Float32Array(bits.length);
  for (let k = 0; k < bits.length; k++) values[k] = halfTable[bits[k]];
  return values;
}

/** @param {Uint8Array | undefined} a @param {Uint8Array | undefined} b */
function sameBytes(a, b) {
  if (!a || !b || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
