// What is seen, taken away: a picture, a video, a link.

const MARGIN = 16;

function composite(player, target = document.createElement("canvas")) {
  const { scene } = player, { style, theme } = scene, ratio = Math.min(window.devicePixelRatio || 1, 2);
  const rows = rowsOf(scene.views), head = 2.6 * style.size;
  const inner = Math.max(...rows.map((row) => row.reduce((sum, view) => sum + view.canvas.clientWidth + MARGIN, -MARGIN)));
  const below = player.belowCanvases.filter((canvas) => canvas.clientHeight);
  const width = inner + 2 * MARGIN, pictures = rows.reduce((sum, row) => sum + head + Math.max(...row.map((v) => v.canvas.clientHeight)), 0);
  const height = MARGIN + head + pictures + below.reduce((sum, canvas) => sum + canvas.clientHeight + 8, 0) + MARGIN;
  const size = [Math.round(width * ratio / 2) * 2, Math.round(height * ratio / 2) * 2];
  if (target.width !== size[0] || target.height !== size[1]) [target.width, target.height] = size;
  const context = target.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, width, height);
  context.textBaseline = "alphabetic";
  words(context, `t = ${scene.t.toFixed(2)}`, MARGIN, MARGIN + style.size * 1.2, `600 ${style.size * 1.3}px ${style.font}`, theme.ink);
  let y = MARGIN + head;
  for (const row of rows) {
    let x = MARGIN;
    for (const view of row) {
      context.fillStyle = view.methodColour;
      context.fillRect(x, y + style.size * 0.3, style.size * 0.8, style.size * 0.8);
      const words_ = `${view.panel.title} · ${view.badge}`;
      words(context, words_, x + style.size * 1.2, y + style.size * 1.1, `${style.size}px ${style.font}`, theme.ink, view.canvas.clientWidth - 2 * style.size);
      context.drawImage(view.canvas, x, y + head, view.canvas.clientWidth, view.canvas.clientHeight);
      x += view.canvas.clientWidth + MARGIN;
    }
    y += head + Math.max(...row.map((view) => view.canvas.clientHeight));
  }
  for (const canvas of below) {
    context.drawImage(canvas, MARGIN, y, inner, canvas.clientHeight * (inner / canvas.clientWidth));
    y += canvas.clientHeight + 8;
  }
  return target;
}

function words(context, text, x, y, font, colour, most) {
  Object.assign(context, { font, fillStyle: colour, textAlign: "left" });
  context.fillText(text, x, y, most);
}

// Panels that stand beside one another on the page do so in the picture.
function rowsOf(views) {
  const rows = new Map();
  for (const view of views) {
    const top = Math.round(view.canvas.getBoundingClientRect().top);
    rows.set(top, [...(rows.get(top) ?? []), view]);
  }
  return [...rows.values()];
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function savePicture(player) {
  player.draw();
  composite(player).toBlob((blob) => {
    download(blob, `curves-t${player.scene.t.toFixed(2)}.png`);
    player.say("The picture is saved.");
  }, "image/png");
}

// From t = 0 once through to the end, as it is seen.
function toggleRecording(player) {
  if (player.recorder) {
    player.recorder.stop();
    return;
  }
  if (!window.MediaRecorder) {
    player.say("This browser cannot record a video; save a picture instead.");
    return;
  }
  const canvas = composite(player), stream = canvas.captureStream(30), parts = [];
  const type = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"].find((name) => MediaRecorder.isTypeSupported(name));
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 8e6 });
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.onstop = () => {
    player.recorder = null;
    stream.getTracks().forEach((track) => track.stop());
    download(new Blob(parts, { type: "video/webm" }), "curves.webm");
    player.say("The video is saved.");
    player.refreshControls();
  };
  player.recorder = recorder;
  player.onFrame = () => player.recorder && composite(player, canvas);
  recorder.start(200);
  player.say("Recording; press again to end it early.");
  player.seek(0);
  player.play(() => setTimeout(() => player.recorder?.stop(), 400));
}

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
    player.say("The link to this view is copied.");
  } catch {
    field.hidden = false;
    field.focus();
    field.select();
    player.say("Copy the link from the field.");
  }
}
