// Runs before the page is painted, so that a chosen theme never flashes in the other one.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const read = () => {
    try {
      return localStorage.getItem("lumiku-theme");
    } catch {
      return null;
    }
  };
  const show = () => {
    const chosen = read();
    if (chosen) root.dataset.theme = chosen;
    else delete root.dataset.theme;
    root.dataset.shown = chosen || (dark.matches ? "dark" : "light");
  };
  show();
  dark.addEventListener("change", show);
  addEventListener("storage", show);
  root.addEventListener("lumiku:theme", show);
})();
