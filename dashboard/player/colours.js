// @ts-check
// Colours: tables of 256 entries for pictures, and the theme of the page.

const UNKNOWN_COLOUR = 0; // transparent, so that the hatching behind shows

/** @param {string} colour */
function channels(colour) {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
}

// The colour at a position from 0 to 1 along a scale.
/** @param {string[]} stops @param {number} position */
function mix(stops, position) {
  const at = Math.min(1, Math.max(0, position)) * (stops.length - 1), i = Math.min(stops.length - 2, Math.floor(at));
  const [low, high] = [channels(stops[i]), channels(stops[i + 1])];
  return low.map((value, c) => Math.round(value + (at - i) * (high[c] - value)));
}

// Entry i is the colour at (i / 254)^gamma; the last entry stands for unknown values.
/** @param {string[]} stops @param {number} gamma */
function colourTable(stops, gamma = 1) {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    if (i === UNKNOWN_8) return UNKNOWN_COLOUR;
    const [r, g, b] = mix(stops, (i / (UNKNOWN_8 - 1)) ** gamma);
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}

/** @param {number[]} rgb @param {number} alpha */
function css([r, g, b], alpha = 1) {
  return `rgba(${r},${g},${b},${alpha})`;
}

/** @param {string} colour @param {number} alpha */
function faded(colour, alpha) {
  return css(channels(colour), alpha);
}

/** @param {HTMLElement} element */
function isDark(element) {
  const paper = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  if (!/^#[0-9a-f]{6}$/i.test(paper)) return matchMedia("(prefers-color-scheme: dark)").matches;
  const [r, g, b] = channels(paper);
  return 0.3 * r + 0.6 * g + 0.1 * b < 128;
}

/** @param {HTMLElement} element @param {Palettes} palettes @returns {Theme} */
function readTheme(element, palettes) {
  const palette = isDark(element) ? palettes.dark : palettes.light;
  const font = getComputedStyle(element).fontFamily || "sans-serif";
  return { ...palette, ...tablesOf(palette), methods: palettes.methods, staleColour: palettes.stale, font };
}

const tables = new Map();

/** @param {Palette} palette @returns {ColourTables} */
function tablesOf({ name, density_scale, grey_scale, diverging_scale }) {
  // The reel contains square roots of densities, so gamma = 1.3 means colouring by the density to the power of 0.65.
  if (!tables.has(name))
    tables.set(name, {
      density: colourTable(density_scale, 1.3),
      grey: colourTable(grey_scale, 1.3),
      diverging: colourTable(diverging_scale),
    });
  return tables.get(name);
}

const hatchings = new Map();

/** @param {Pen} context @param {string} colour */
function hatching(context, colour) {
  if (!hatchings.has(colour)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const brush = tile.getContext("2d");
    brush.strokeStyle = colour;
    brush.lineWidth = 1.4;
    for (const shift of [-8, 0, 8]) {
      brush.moveTo(shift, 8);
      brush.lineTo(shift + 8, 0);
    }
    brush.stroke();
    hatchings.set(colour, tile);
  }
  return context.createPattern(hatchings.get(colour), "repeat");
}
