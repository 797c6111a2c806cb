// Keeps the browser's history free of entries without use. Streamlit adds an entry whenever the address changes. This
// script replaces the current entry instead if only passing parameters (such as the time) changed, or if a new page
// writes its first address.

let passing = [], isNew = true;

export default function ({ data }) {
  passing = data.passing;
  if (history.pushState.isWatched) return;
  const push = history.pushState.bind(history);
  history.pushState = Object.assign((state, title, url) => enter(push, state, title, url), { isWatched: true });
  const acted = () => (isNew = false);
  for (const name of ["pointerdown", "keydown"]) window.addEventListener(name, acted, true);
  window.addEventListener("popstate", () => (isNew = true), true);
}

function enter(push, state, title, url) {
  const next = new URL(url ?? location.href, location.href), isSamePage = next.pathname === location.pathname;
  if (isSamePage && (isNew || essence(next) === essence(location))) history.replaceState(state, title, url);
  else push(state, title, url);
  if (!isSamePage) isNew = true;
}

// The parameters of an address in a fixed order, without the passing ones.
function essence({ search }) {
  const params = new URLSearchParams(search);
  for (const name of passing) params.delete(name);
  params.sort();
  return params.toString();
}
