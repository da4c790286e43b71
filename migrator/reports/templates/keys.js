// The keyboard: one key, one thing. Nothing happens while somebody types, or with a modifier key pressed.

const KEYS_OFF = "migrate keys off";

/** Whether single keys work is kept, for those whose software speaks or types them (WCAG 2.1.4). */
function keepKeys() {
  const box = byId("keys-on");
  try {
    box.checked = localStorage.getItem(KEYS_OFF) === null;
  } catch {
    // then they are on
  }
  box.addEventListener("change", () => {
    try {
      if (box.checked) localStorage.removeItem(KEYS_OFF);
      else localStorage.setItem(KEYS_OFF, "1");
    } catch {
      // then it lasts as long as the page
    }
  });
}

function listen({ step, answer, toggle, change, search }) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typing = event.target.matches("input, select, textarea");
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && typing) event.target.blur();
    if (typing || !byId("keys-on").checked) return;
    const act = {
      j: () => step(1), k: () => step(-1), y: () => answer(APPROVED), n: () => answer(REJECTED), u: () => answer(OPEN), o: toggle,
      s: () => change({ diff: filters.diff === "split" ? "unified" : "split" }),
      g: () => change({ view: filters.view === "shapes" ? "repositories" : "shapes", shape: "", repository: "" }),
      "/": search, "?": () => byId("keys").showModal(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
