// Saving, copying and loading of decisions.

function showDecisions() {
  const { toml, count } = exported();
  byId("toml").value = toml;
  byId("decided-about").textContent = count ? `About ${counted(count, "repository", "repositories")}.` : "Nothing is decided yet. Press y to approve, n to reject.";
  byId("decided-note").textContent = "";
  byId("decided").showModal();
}

function save() {
  const link = make("a", { href: URL.createObjectURL(new Blob([byId("toml").value], { type: "application/toml" })), download: "decisions.toml" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  isExported = true;
}

async function load(event) {
  const [file] = event.target.files;
  if (!file) return;
  const { used, all } = takeUp(await file.text());
  event.target.value = "";
  refresh();
  byId("decided").close();
  showDecisions();
  const others = used < all ? "; the others are about nothing that this page can decide" : "";
  byId("decided-note").textContent = `${number(used)} of ${counted(all, "decision")} taken up${others}.`;
}

async function copyText(words, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(words);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it and copy";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
}

function listenToDialogs() {
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("export").addEventListener("click", showDecisions);
  byId("end-export").addEventListener("click", () => { byId("end").close(); showDecisions(); });
  byId("save").addEventListener("click", save);
  byId("copy").addEventListener("click", (event) => { isExported = true; copyText(byId("toml").value, event.target); });
  byId("load").addEventListener("change", load);
  for (const button of document.querySelectorAll("button.copy")) {
    button.addEventListener("click", () => {
      const sources = button.dataset.copy ? document.querySelectorAll(".needs pre") : [button.previousElementSibling];
      copyText([...sources].map((each) => each.textContent).join(""), button);
    });
  }
}
