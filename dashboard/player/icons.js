// @ts-check
// The icons of the buttons: paths in a 24 × 24 box.

const ICONS = {
  play: "M7 4v16l13-8z", pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  back: "M6 5h3v14H6zM20 5v14l-10-7z", forward: "M15 5h3v14h-3zM4 5v14l10-7z",
  loop: "M7 7h9v3l5-4-5-4v3H5v7h2zM17 17H8v-3l-5 4 5 4v-3h11v-7h-2z",
  more: "M5 10h4v4H5zM10 10h4v4h-4zM15 10h4v4h-4z",
  learn: "M5 13.2v4L12 21l7-3.8v-4L12 17zM12 3 1 9l11 6 9-4.9V17h2V9z",
  only: "M4 4h7v2H6v5H4zM13 18h5v-5h2v7h-7z", all: "M9 3h2v8H3V9h6zM13 13h8v2h-6v6h-2z",
};

/** @param {Element} button @param {keyof typeof ICONS} name */
function setIcon(button, name) {
  button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
}
