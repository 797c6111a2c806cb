// @ts-check
// Radio buttons for the backdrop, the density that the pictures show: exact, learned, their difference, or, for a
// single curve in the plane, exact and learned side by side.

/** @param {Player} player */
function wireBackdrop(player) {
  const radios = backdropRadios(player);
  for (const radio of radios) {
    radio.onclick = () => chooseBackdrop(player, radio.dataset.backdrop);
    radio.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], able = radios.filter(isAble);
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      const next = able[(able.indexOf(radio) + step + able.length) % able.length];
      chooseBackdrop(player, next.dataset.backdrop);
      next.focus();
    };
  }
}

/** @param {Player} player */
function backdropRadios(player) {
  return Array.from(player.root.querySelectorAll("button[data-backdrop]"), (button) => /** @type {Control} */ (button));
}

/** @param {Control} radio */
function isAble(radio) {
  return !radio.disabled && !radio.hidden;
}

/** @param {Player} player @param {string} name */
function chooseBackdrop(player, name) {
  player.choose(name === "beside" ? { backdrop: "auto", beside: true } : { backdrop: name, beside: false });
  player.commitSoon();
}

/** @param {Player} player */
function refreshBackdrop(player) {
  const { views } = player.scene, { panels, settings } = player, now = backdropNow(player);
  const single = panels.length === 1 || settings.solo !== null;
  /** @type {Record<string, boolean>} */
  const able = {
    exact: views.some((view) => view.exact),
    learned: views.some((view) => view.learned),
    difference: views.some((view) => isDifferenceKnown(view.panel, view.learned)),
    beside: single && views.some((view) => view.learned && view.exact && hasSideBySide(view.panel)),
  };
  for (const radio of backdropRadios(player)) {
    const name = radio.dataset.backdrop;
    radio.disabled = !able[name];
    radio.hidden = name === "beside" && !able.beside;
    radio.setAttribute("aria-checked", String(name === now));
    radio.tabIndex = name === now ? 0 : -1;
  }
}

/** @param {Player} player */
function backdropNow({ scene: { views }, settings }) {
  if (views.length > 1 && views[0].panel === views[1].panel) return "beside";
  if (views.some((view) => view.shown === settings.backdrop)) return settings.backdrop;
  return (views.find((view) => !view.untrained) ?? views[0])?.shown;
}
