// A written answer. It stays in this browser's storage and is never sent to the server.

export default function ({ data, parentElement }) {
  const field = parentElement.querySelector("textarea");
  parentElement.querySelector("span").textContent = data.label;
  if (field.dataset.key === data.key) return;
  field.dataset.key = data.key;
  field.value = read(data.key);
  field.oninput = () => write(data.key, field.value);
}

// Some browsers do not allow storage inside another site's page. The answer then lasts until the page is left.
function read(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function write(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    // See `read`.
  }
}
