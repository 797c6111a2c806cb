// @ts-check
// Buttons and keys: what they do, and how they show the current settings.

// Controls that are disabled if the pictures are the same at all times.
const TIME_CONTROLS = [".play", ".back", ".forward", ".time"];

/** @param {Player} player */
function wire(player) {
  const { $, clock, root } = player;
  for (const name of /** @type {const} */ (["back", "forward", "loop", "more"])) setIcon($(`.${name}`), name);
  $(".play").onclick = () => togglePlay(player);
  $(".back").onclick = () => player.step(-1);
  $(".forward").onclick = () => player.step(1);
  $(".loop").onclick = () => toggleLoop(player);
  $(".more").onclick = () => player.choose({ options: !player.settings.options });
  $(".speed").onchange = () => (clock.speed = Number($(".speed").value));
  $(".worst").onclick = () => {
    const worst = worstMoment(player.scene.views);
    if (!worst) return;
    player.pause();
    player.seek(worst.t);
    player.notify(worstText(worst), 20000);
    player.commitSoon();
  };
  $(".time").oninput = () => {
    player.pause();
    player.seek(Number($(".time").value));
  };
  $(".time").onchange = () => player.commitSoon();
  wireBackdrop(player);
  wireLens(player);
  for (const button of switchesOf(root)) {
    const name = button.dataset.switch;
    button.onclick = () => player.choose({ [name]: !player.settings[name] });
  }
  $(".modes").onclick = () => player.modes.toggle();
  wireTraining(player);
  wirePredict(player);
  wirePointing(player);
  $(".picture").onclick = () => savePicture(player);
  $(".video").onclick = () => {
    toggleRecording(player);
    player.refreshControls();
  };
  $(".copy").onclick = () => copyLink(player);
  root.onkeydown = (event) => onKey(player, event);
  player.refreshControls = () => refreshControls(player);
}

/** @param {HTMLElement} root */
function switchesOf(root) {
  return Array.from(root.querySelectorAll("[data-switch]"), (button) => /** @type {Control} */ (button));
}

/** @param {Player} player */
function togglePlay(player) {
  if (player.isMotionless) return;
  if (player.clock.playing) {
    player.pause();
    player.commitSoon();
  } else player.play();
}

/** @param {Player} player */
function toggleLoop(player) {
  player.clock.loop = !player.clock.loop;
  player.refreshControls();
}

/** @param {Player} player @param {KeyboardEvent} event */
function onKey(player, event) {
  const target = /** @type {HTMLElement} */ (event.target), tag = target.tagName;
  const isOtherRange = target.matches("input[type=range]:not(.time)");
  if (event.ctrlKey || event.metaKey || event.altKey || isOtherRange) return;
  if (tag === "SELECT" || target.matches(".link")) return;
  /** @type {Record<string, () => void>} */
  const actions = {
    " ": () => togglePlay(player),
    ArrowLeft: () => player.step(-1),
    ArrowRight: () => player.step(1),
    Home: () => jump(player, 0),
    End: () => jump(player, 1),
    l: () => toggleLoop(player),
    L: () => toggleLoop(player),
    Escape: () => clearTrace(player),
    "+": () => player.lens.zoom(ZOOM_STEP),
    "=": () => player.lens.zoom(ZOOM_STEP),
    "-": () => player.lens.zoom(1 / ZOOM_STEP),
    0: () => player.lens.show(null),
  };
  if (!actions[event.key] || (event.key === " " && tag === "BUTTON")) return;
  event.preventDefault();
  event.stopPropagation();
  actions[event.key]();
}

/** @param {Player} player @param {number} t */
function jump(player, t) {
  player.pause();
  player.seek(t);
  player.commitSoon();
}

/** @param {Player} player */
function clearTrace(player) {
  player.scene.traced = null;
  player.clock.request();
}

/** @param {Player} player */
function refreshControls(player) {
  const { $, root, settings, scene, clock } = player, { views } = scene;
  /** @param {Control} button @param {boolean} on */
  const press = (button, on) => button.setAttribute("aria-pressed", String(on));
  const plane = views.some((view) => view.frames.dim > 1);
  press($(".loop"), clock.loop);
  root.classList.toggle("opened", settings.options);
  $(".more").setAttribute("aria-expanded", String(settings.options));
  press($(".video"), !!player.recorder);
  $(".video").textContent = player.recorder ? TEXTS.stopRecording : TEXTS.record;
  for (const button of switchesOf(root)) press(button, settings[button.dataset.switch]);
  const arrows = plane && views.some((view) => view.frames.logSpeed);
  const shows = { arrows, contour: plane, trails: plane && !player.reducesMotion };
  for (const [name, on] of Object.entries(shows)) $(`[data-switch=${name}]`).hidden = !on;
  $(".modes").hidden = !player.modes.movable;
  $(".hint").hidden = !player.modes.isOn;
  press($(".modes"), player.modes.isOn);
  refreshBackdrop(player);
  refreshLens(player);
  leaveOut(player);
  $(".strip").hidden = isLeftOut(player, "energy") || !views.some(hasSpeeds);
  $(".worst").hidden = worstMoment(views) === null;
  const moves = views.some((view) => !view.motionless);
  for (const name of TIME_CONTROLS) $(name).disabled = !moves;
  $(".ledger").hidden = isLeftOut(player, "masses") || !views.some((view) => view.frames.numModes);
  $(".key").textContent = keyText(views, !$(".strip").hidden, !$(".ledger").hidden);
  drawLegend(player, arrows && settings.arrows && views.some((view) => view.shown !== "difference"));
  drawContrast(player, views.some((view) => view.shown === "difference"));
  refreshTraining(player);
  refreshPredict(player);
  root.dataset.source = views.some((view) => view.stale) ? "stale" : (views.at(-1)?.shown ?? "exact");
  root.dataset.frames = String(views[0]?.frames.times.length ?? 0);
  root.dataset.panels = String(views.length);
}

// Parts of the player that a page leaves out; player.css hides them.
const PARTS = ["time", "worst", "backdrop", "zoom", "predict", "tools", "numbers", "action"];

/** @param {Player} player */
function leaveOut(player) {
  player.root.classList.toggle("in-row", !!player.options.in_row);
  player.scene.hasVelocity = !isLeftOut(player, "velocity");
  for (const name of PARTS) player.root.classList.toggle(`without-${name}`, isLeftOut(player, name));
  player.root.classList.toggle("embedded", !!player.options.embedded);
}

/** @param {Player} player @param {string} name */
function isLeftOut(player, name) {
  return !!player.options.without?.includes(name);
}

/** @param {View} view */
function hasSpeeds({ exact, learned }) {
  return [exact, learned].some((frames) => frames?.energy.some(Number.isFinite) || frames?.speed.some(Number.isFinite));
}

// The sentence that explains the strips (charts over time) below the pictures. In more than two dimensions, speeds are
// unknown, and mode masses come from particles only.
/** @param {View[]} views @param {boolean} hasStrip @param {boolean} hasLedger */
function keyText(views, hasStrip, hasLedger) {
  return TEXTS.key({
    hasStrip,
    hasLearned: views.some((view) => view.learned),
    numModes: hasLedger ? Math.max(...views.map((view) => view.frames.numModes)) : 0,
    isExact: views.some((view) => view.exact?.modeMass || view.learned?.modeMass),
    hasDots: views.some((view) => view.frames.particleMass && view.frames.numModes <= MOST_DOTTED_MODES),
  });
}

/** @param {Player} player @param {boolean} on */
function drawLegend(player, on) {
  const legend = player.$(".speeds");
  legend.hidden = !on;
  if (!on) return;
  const canvas = player.$(".scale"), [low, high] = player.scene.speedRange;
  Object.assign(canvas, { width: ARROW_COLOURS, height: 1 });
  const context = canvas.getContext("2d");
  for (let k = 0; k < ARROW_COLOURS; k++) {
    context.fillStyle = css(mix(player.theme.speed_scale, (k + 0.5) / ARROW_COLOURS));
    context.fillRect(k, 0, 1, 1);
  }
  player.$(".speeds .marks").textContent = TEXTS.speedScale(10 ** low, 10 ** high);
}
