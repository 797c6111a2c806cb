// @ts-check
// Links in the page's texts that point at a place in the pictures. While the pointer or the focus is on such words,
// their curve stands out in the strips, with a ring at their time. A click goes to that time.

// The opacity of the other curves while words point at one.
const BACKGROUND_ALPHA = 0.15;

/** @param {Player} player */
function wirePointing(player) {
  const options = { signal: player.ended.signal };
  /** @param {Event} event @returns {HTMLElement | null} */
  const wordsOf = (event) => (event.target instanceof Element ? event.target.closest(".see") : null);
  for (const name of ["pointerover", "focusin"])
    document.addEventListener(name, (event) => pointAt(player, wordsOf(event)), options);
  document.addEventListener("focusout", () => pointAt(player, null), options);
  document.addEventListener("click", (event) => {
    const words = wordsOf(event);
    if (!words) return;
    player.pause();
    player.seek(Number(words.dataset.t));
    player.commitSoon();
  }, options);
}

/** @param {Player} player @param {HTMLElement | null} words */
function pointAt(player, words) {
  const { panel, strip, t } = words?.dataset ?? {};
  const pointed = panel && strip ? { panel, strip, t: Number(t) } : null;
  if (!player.scene || JSON.stringify(pointed) === JSON.stringify(player.scene.pointed ?? null)) return;
  player.scene.pointed = pointed;
  for (const figure of player.figures.values()) {
    const isOther = !!pointed && figure.kept?.panel.key !== pointed.panel;
    figure.classList.toggle("behind", isOther);
    figure.classList.toggle("pointed", !!pointed && !isOther);
  }
  player.root.dataset.pointed = panel ?? "";
  player.clock.request();
}

// The opacity of a view's lines in a strip.
/** @param {Scene} scene @param {View} view */
function emphasis({ pointed }, view) {
  return pointed && pointed.panel !== view.panel.key ? BACKGROUND_ALPHA : 1;
}

// The ring at the place that the words point at, in one of the strips.
/** @param {Pen} context @param {Plot} place @param {Scene} scene @param {string} strip */
function drawPointed(context, place, scene, strip) {
  const { pointed, views, style, theme } = scene;
  if (pointed?.strip !== strip) return;
  const view = views.find(({ panel }) => panel.key === pointed.panel), frames = view?.exact ?? view?.frames;
  if (!view || !frames) return;
  const masses = frames.modeMass ?? frames.particleMass;
  const values = strip === "energy"
    ? [Math.log10(valueAt(frames, frames.energy, pointed.t))] : masses ? massesAt(frames, masses, pointed.t) : [];
  context.lineWidth = 2.5;
  context.strokeStyle = view.methodColour;
  context.fillStyle = theme.paper;
  for (const value of values.filter(Number.isFinite)) {
    context.beginPath();
    context.arc(place.x(pointed.t), place.y(value), style.size * 0.55, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}
