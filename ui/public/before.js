// Runs before the bundle: things that are too late afterwards.

// A minimal system may report the locale `C`, which is no language tag; formatting
// libraries then throw while they load and take the whole page with them.
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
}

// The last theme, so that the first paint has the right background.
try {
  var kept = localStorage.getItem("theme");
  var dark = kept === "dark" || (kept !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
} catch {
  document.documentElement.dataset.theme = "dark";
}
