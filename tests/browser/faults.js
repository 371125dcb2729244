// What a reader could not read on the page that is open: text that is cut off, and text whose
// contrast is below WCAG's AA.
(() => {
  const SLACK = 1; // pixels that rounding may take
  const AA = 4.5, LARGE_AA = 3, LARGE_PX = 24, BOLD_PX = 18.66;

  function* texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || parent.closest("script, style")) continue;
      if (!parent.checkVisibility({ visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      // What is only read aloud has no size, or lies beside the page.
      if (box.width && box.height && box.right > 0 && !unseen(parent)) yield [node, parent, box];
    }
  }

  const unseen = (one) => {
    for (; one; one = one.parentElement) {
      if (getComputedStyle(one).clipPath !== "none") return true;
    }
    return false;
  };
  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 60);

  function scrolled(one) {
    for (; one; one = one.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(one).overflowX)) return true;
    }
    return false;
  }

  function cut() {
    const found = [], page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) {
      found.push(`the page is ${page.scrollWidth} wide, of ${page.clientWidth}`);
    }
    for (const one of document.body.querySelectorAll("*")) {
      if (!(one instanceof HTMLElement) || one.clientWidth <= 1 || !one.checkVisibility()) continue;
      const style = getComputedStyle(one);
      const clips = (way) => ["hidden", "clip"].includes(way);
      const across = clips(style.overflowX) && one.scrollWidth > one.clientWidth + SLACK;
      const down = clips(style.overflowY) && one.scrollHeight > one.clientHeight + SLACK;
      if (across || down) found.push(`cut off: ${short(one.textContent)}`);
    }
    for (const [node, parent, box] of texts()) {
      const outside = box.right > innerWidth + SLACK || box.left < -SLACK;
      if (outside && !scrolled(parent)) found.push(`leaves the page: ${short(node.data)}`);
    }
    return found;
  }

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  function rgba(colour) {
    if (!known.has(colour)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(colour, [red, green, blue, alpha / 255]);
    }
    return known.get(colour);
  }

  const over = ([r, g, b, a], [r2, g2, b2]) =>
    [r * a + r2 * (1 - a), g * a + g2 * (1 - a), b * a + b2 * (1 - a), 1];

  function ground(one) {
    const layers = [];
    for (; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3]) layers.push(colour);
      if (colour[3] === 1) break;
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const ground = dark ? [0, 0, 0, 1] : [255, 255, 255, 1];
    return layers.reduceRight((below, layer) => over(layer, below), ground);
  }

  function luminance(colour) {
    const [red, green, blue] = colour.slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function faint() {
    const found = new Set();
    for (const [node, parent] of texts()) {
      const style = getComputedStyle(parent), below = ground(parent);
      const ink = parent instanceof SVGElement ? style.fill : style.color;
      const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
      const large = size >= LARGE_PX || (bold && size >= BOLD_PX);
      const ratio = contrast(over(rgba(ink), below), below);
      if (ratio < (large ? LARGE_AA : AA)) found.add(`${ratio.toFixed(2)}: ${short(node.data)}`);
    }
    return [...found];
  }

  return { cut: cut(), faint: faint() };
})();
