// @ts-check
// Saving and sharing: a picture, a video, a link.

const MARGIN = 16;
// Target parameters that the caption of a saved picture contains, with their short names.
const CAPTION_NAMES = { mode_separation: "m", std: "std", num_modes: "modes" };
const VIDEOS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"];

// Draws all visible pictures and strips on one canvas, with the settings as a caption.
/** @param {Player} player @param {HTMLCanvasElement} target */
function composite(player, target = document.createElement("canvas")) {
  const { scene } = player, { style, theme } = scene, ratio = Math.min(window.devicePixelRatio || 1, 2);
  const rows = rowsOf(scene.views), line = 1.6 * style.size, head = 1.2 * style.size + 2 * line;
  /** @param {View[]} row */
  const widthOf = (row) => row.reduce((sum, view) => sum + view.canvas.clientWidth + MARGIN, -MARGIN);
  const inner = Math.max(...rows.map(widthOf)), caption = captionLines(player, measuring(target, style), inner);
  const top = line * (1 + caption.length);
  const below = player.belowCanvases.filter((canvas) => canvas.clientHeight);
  /** @param {View[]} row */
  const tallest = (row) => head + Math.max(...row.map((view) => view.canvas.clientHeight));
  const width = inner + 2 * MARGIN;
  const pictures = rows.reduce((sum, row) => sum + tallest(row), 0);
  const height = MARGIN + top + pictures + below.reduce((sum, canvas) => sum + canvas.clientHeight + 8, 0) + MARGIN;
  const size = [Math.round(width * ratio / 2) * 2, Math.round(height * ratio / 2) * 2];
  if (target.width !== size[0] || target.height !== size[1]) [target.width, target.height] = size;
  const context = target.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, width, height);
  context.textBaseline = "alphabetic";
  const plain = `${style.size}px ${style.font}`, large = `600 ${style.size * 1.3}px ${style.font}`;
  const first = MARGIN + style.size;
  writeText(context, `t = ${scene.t.toFixed(2)}`, MARGIN, first, large, theme.ink);
  caption.forEach((text, k) => writeText(context, text, MARGIN, first + line * (k + 1), plain, theme.ink, inner));
  let y = MARGIN + top;
  for (const row of rows) {
    let x = MARGIN;
    for (const view of row) {
      const most = view.canvas.clientWidth;
      context.fillStyle = view.methodColour;
      context.fillRect(x, y + style.size * 0.3, style.size * 0.8, style.size * 0.8);
      const indent = 1.2 * style.size, base = y + 1.1 * style.size;
      writeText(context, `${view.panel.title} · ${view.badge}`, x + indent, base, plain, theme.ink, most - indent);
      writeText(context, numbersText(view, scene.t), x, base + line, plain, theme.ink, most);
      writeText(context, actionText(view) || overText(view), x, base + 2 * line, plain, theme.ink, most);
      context.globalAlpha = view.untrained ? 0.38 : 1;
      context.drawImage(view.canvas, x, y + head, most, view.canvas.clientHeight);
      context.globalAlpha = 1;
      x += most + MARGIN;
    }
    y += tallest(row);
  }
  for (const canvas of below) {
    context.drawImage(canvas, MARGIN, y, inner, canvas.clientHeight * (inner / canvas.clientWidth));
    y += canvas.clientHeight + 8;
  }
  return target;
}

// The caption, broken into lines of at most this width.
/** @param {Player} player @param {Pen} context @param {number} most @returns {string[]} */
function captionLines(player, context, most) {
  /** @type {string[]} */
  const lines = [];
  for (const part of captionOf(player)) {
    const joined = lines.length ? `${lines.at(-1)} · ${part}` : part;
    if (lines.length && context.measureText(joined).width <= most) lines[lines.length - 1] = joined;
    else lines.push(part);
  }
  return lines;
}

/** @param {Player} player @returns {string[]} */
function captionOf({ preview, scene }) {
  const parts = [], { problem, title } = preview.shownTerms ?? {};
  if (problem) {
    const { target, sigma } = problem;
    const known = Object.entries(CAPTION_NAMES).filter(([key]) => typeof target[key] === "number");
    const settings = known.map(([key, name]) => `${name} = ${formatNumber(target[key])}`);
    parts.push(title, `σ = ${formatNumber(sigma)}`, ...settings);
    if (problem.seed !== undefined) parts.push(`seed ${problem.seed}`);
  }
  if (scene.views.some((view) => view.shown === "difference")) parts.push(TEXTS.contrast(scene.contrast));
  return parts;
}

// A drawing context for measuring text before the size of the canvas is known.
/** @param {HTMLCanvasElement} target @param {Style} style */
function measuring(target, style) {
  const context = target.getContext("2d");
  context.font = `${style.size}px ${style.font}`;
  return context;
}

/**
 * @param {Pen} context @param {string} text @param {number} x @param {number} y @param {string} font
 * @param {string} colour @param {number} [most]
 */
function writeText(context, text, x, y, font, colour, most) {
  Object.assign(context, { font, fillStyle: colour, textAlign: "left" });
  context.fillText(text, x, y, most);
}

// The views by row, as they are laid out on the page.
/** @param {View[]} views @returns {View[][]} */
function rowsOf(views) {
  const rows = new Map();
  for (const view of views) {
    const top = Math.round(view.canvas.getBoundingClientRect().top);
    rows.set(top, [...(rows.get(top) ?? []), view]);
  }
  return [...rows.values()];
}

/** @param {Blob | null} blob @param {string} name */
function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** @param {Player} player */
function savePicture(player) {
  player.draw();
  composite(player).toBlob((blob) => {
    download(blob, `curves-t${player.scene.t.toFixed(2)}.png`);
    player.notify(TEXTS.pictureSaved);
  }, "image/png");
}

// Records one pass from t = 0 to 1; stops a recording in progress.
/** @param {Player} player */
function toggleRecording(player) {
  if (player.recorder) {
    player.recorder.stop();
    return;
  }
  if (!window.MediaRecorder) {
    player.notify(TEXTS.noVideo);
    return;
  }
  const canvas = composite(player), stream = canvas.captureStream(30);
  /** @type {Blob[]} */
  const parts = [];
  const type = VIDEOS.find((name) => MediaRecorder.isTypeSupported(name));
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 8e6 });
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.onstop = () => {
    player.recorder = null;
    stream.getTracks().forEach((track) => track.stop());
    download(new Blob(parts, { type: "video/webm" }), "curves.webm");
    player.notify(TEXTS.videoSaved);
    player.refreshControls();
  };
  player.recorder = recorder;
  player.onFrame = () => player.recorder && composite(player, canvas);
  recorder.start(200);
  player.notify(TEXTS.recording);
  player.seek(0);
  player.play(() => setTimeout(() => player.recorder?.stop(), 400));
}

/** @param {Player} player */
async function copyLink(player) {
  const link = new URL(window.location.href);
  const { settings, scene } = player;
  link.searchParams.set("t", String(Number(scene.t.toFixed(3))));
  for (const [name, value, standard] of [["backdrop", settings.backdrop, "auto"], ["panel", settings.solo, null]]) {
    if (value === standard) link.searchParams.delete(name);
    else link.searchParams.set(name, value);
  }
  const field = player.$(".link");
  field.value = link.href;
  try {
    await navigator.clipboard.writeText(link.href);
    player.notify(TEXTS.linkCopied);
  } catch {
    field.hidden = false;
    field.focus();
    field.select();
    player.notify(TEXTS.copyByHand);
  }
}
