// Runs before the first paint, so that a dark page never flashes white. A file and not an inline script, because of the CSP.
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem('signalbox.theme');
  } catch {
    theme = null;
  }
  var dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
})();
