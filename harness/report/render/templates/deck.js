// Starts the slides. D switches between light and dark, whatever the system prefers.
(() => {
  "use strict";
  const prefers = (what) => matchMedia(`(prefers-${what})`).matches;
  const schemes = [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule.media && rule.media.mediaText.includes("prefers-color-scheme"))
    .map((rule) => ({ rule, dark: rule.media.mediaText.includes("dark") }));
  let dark = prefers("color-scheme: dark");

  const turn = () => {
    dark = !dark;
    // On paper it stays light.
    for (const one of schemes) {
      one.rule.media.mediaText = one.dark === dark ? "screen" : "not all";
    }
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
  };

  Reveal.initialize({
    width: 1920,
    height: 1080,
    margin: 0,
    center: false,
    controls: false,
    hash: true,
    defaultTiming: 60, // seconds; each slide has its own, by which the notes show the pace
    slideNumber: "c/t",
    transition: "none",
    autoAnimateDuration: 0.7,
    autoAnimate: !prefers("reduced-motion: reduce"),
    pdfSeparateFragments: false,
    keyboard: { 68: turn },
    plugins: [RevealNotes],
  });
})();
