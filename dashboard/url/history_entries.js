// One history entry for each deliberate change. Streamlit adds one whenever the address differs; this replaces the
// current entry instead where only passing parameters differ, and where a newly opened page first writes its address.

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

// An address without what passes, in a fixed order.
function essence({ search }) {
  const params = new URLSearchParams(search);
  for (const name of passing) params.delete(name);
  params.sort();
  return params.toString();
}
