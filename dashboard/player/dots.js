// @ts-check
// Particles in the plane, written directly into pixels. Drawing thousands of canvas rectangles would take longer than
// everything else in a frame.

// Draws a square around each of the `places` (x0, y0, x1, y1 …), once for every (colour, size) in `passes`. Later
// passes are drawn over earlier ones.
/**
 * @param {Pen} context @param {View} view @param {Float32Array} places @param {Plot} place
 * @param {[colour: string, size: number][]} passes
 */
function drawDots(context, view, places, place, passes) {
  const ratio = context.getTransform().a, [left, top] = [Math.round(place.left * ratio), Math.round(place.top * ratio)];
  const sheet = dotSheet(view, Math.ceil(place.width * ratio), Math.ceil(place.height * ratio));
  sheet.pixels.fill(0);
  for (const [colour, size] of passes) stamp(sheet, places, place, colour, size * ratio, ratio, left, top);
  sheet.brush.putImageData(sheet.image, 0, 0);
  context.drawImage(sheet.canvas, left / ratio, top / ratio, sheet.width / ratio, sheet.height / ratio);
}

/** @param {View} view @param {number} width @param {number} height */
function dotSheet(view, width, height) {
  if (view.dots?.width === width && view.dots.height === height) return view.dots;
  const canvas = Object.assign(document.createElement("canvas"), { width, height }), brush = canvas.getContext("2d");
  const image = brush.createImageData(width, height);
  return (view.dots = { canvas, brush, image, pixels: new Uint32Array(image.data.buffer), width, height });
}

// Draws squares of one colour. The opacity of a pixel is the fraction of it that squares cover. A square that covers
// less than half of a pixel does not change the colour that is already there.
/**
 * @param {DotSheet} sheet @param {Float32Array} places @param {Plot} place @param {string} colour
 * @param {number} size @param {number} ratio @param {number} left @param {number} top
 */
function stamp({ pixels, width, height }, places, place, colour, size, ratio, left, top) {
  const [r, g, b] = channels(colour), rgb = (b << 16) | (g << 8) | r, [x0, x1] = place.xRange, [y0, y1] = place.yRange;
  const sx = (place.width * ratio) / (x1 - x0), sy = (place.height * ratio) / (y1 - y0);
  const offset = place.left * ratio - left - size / 2, base = place.bottom * ratio - top - size / 2;
  for (let k = 0; k < places.length; k += 2) {
    const x = offset + (places[k] - x0) * sx, y = base - (places[k + 1] - y0) * sy;
    if (!(x > -size && x < width && y > -size && y < height)) continue; // failed particles are NaN
    const iEnd = Math.min(width, Math.ceil(x + size)), jEnd = Math.min(height, Math.ceil(y + size));
    for (let j = Math.max(0, Math.floor(y)); j < jEnd; j++) {
      const high = Math.min(j + 1, y + size) - Math.max(j, y);
      for (let i = Math.max(0, Math.floor(x)); i < iEnd; i++) {
        const cover = 255 * high * (Math.min(i + 1, x + size) - Math.max(i, x));
        const at = j * width + i, before = pixels[at] >>> 24;
        if (!before || cover > 127) pixels[at] = ((Math.max(cover, before) << 24) | rgb) >>> 0;
      }
    }
  }
}
