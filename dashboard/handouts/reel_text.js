// @ts-check
// Decodes the reels (encoded pictures) that a page contains as text; payload.py describes the encoding.

/** @param {string} text in base64 @returns {Promise<Uint8Array>} the reel */
async function reelOf(text) {
  const letters = atob(text), packed = new Uint8Array(letters.length);
  for (let k = 0; k < packed.length; k++) packed[k] = letters.charCodeAt(k);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return summed(new Uint8Array(await new Response(stream).arrayBuffer()));
}

// Undoes `differenced` in payload.py: adds up the differences of each array, byte by byte with carry.
/** @param {Uint8Array} bytes */
function summed(bytes) {
  const length = new DataView(bytes.buffer).getUint32(0, true), begin = Math.ceil((4 + length) / 8) * 8;
  /** @type {{arrays: Record<string, {dtype: string, shape: number[], offset: number}>}} */
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))), done = new Set();
  for (const { dtype, shape, offset } of Object.values(header.arrays)) {
    const count = shape.reduce((a, b) => a * b, 1);
    if (!count || done.has(offset)) continue;
    done.add(offset); // equal arrays share a place
    sumUp(bytes, begin + offset, count, Number(dtype.slice(2)));
  }
  return bytes;
}

/** @param {Uint8Array} bytes @param {number} first @param {number} count @param {number} size bytes of a number */
function sumUp(bytes, first, count, size) {
  const planes = bytes.slice(first, first + count * size), total = new Uint16Array(size);
  for (let k = 0, at = first; k < count; k++) {
    let carry = 0;
    for (let b = 0; b < size; b++, at++) {
      const sum = total[b] + planes[b * count + k] + carry;
      bytes[at] = total[b] = sum & 255;
      carry = sum >> 8;
    }
  }
}
