// Fills the selector of the sidebar from versions.json, which lies beside the folders of the releases. The same page of the
// other release is opened if it has one, else its first page.
document.addEventListener("DOMContentLoaded", async () => {
  const selector = document.getElementById("version-selector");
  if (!selector || location.protocol === "file:") return;
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const here = location.href.slice(root.href.length);
  const answer = await fetch(new URL("../versions.json", root));
  if (!answer.ok) return;
  const current = selector.dataset.version;
  selector.replaceChildren(...(await answer.json()).map((version) => new Option(version, version, false, version === current)));
  selector.addEventListener("change", async () => {
    const first = new URL(`../${selector.value}/`, root);
    const same = new URL(here, first);
    location.href = (await fetch(same, { method: "HEAD" })).ok ? same : first;
  });
});
