"use strict";
// Replays each figure of lanes in slow motion: a veil lies over what is still to come. At rest it
// shows all of its time. On a slide of reveal.js it starts as the slide comes, unless motion is
// unwanted.
(() => {
  const LONGEST_MS = 100; // between two frames: more has passed where the page was not shown
  const unwanted = matchMedia("(prefers-reduced-motion: reduce)");

  function replay(figure) {
    const whole = Number(figure.dataset.ms), slower = Number(figure.dataset.slower);
    const bar = figure.querySelector(".lanes-replay"), button = bar.querySelector("button");
    const time = figure.querySelector(".lanes-time");
    const panels = [...figure.querySelectorAll(".lanes-panel")].map((panel) => {
      const count = panel.querySelector("[data-ended]");
      const ended = count.dataset.ended.split(" ").filter(Boolean).map(Number);
      const [veil, cursor] = [".veil", ".cursor"].map((part) => panel.querySelector(part));
      return { count, ended, veil, cursor };
    });
    let at = whole, before = 0, frame = 0;

    function show() {
      for (const { count, ended, veil, cursor } of panels) {
        count.textContent = ended.filter((one) => one <= at).length;
        veil.setAttribute("x", at);
        veil.setAttribute("width", whole - at);
        cursor.setAttribute("transform", `translate(${at})`);
      }
      figure.classList.toggle("replayed", at < whole);
      time.textContent = at < whole ? `${Math.floor(at)} ms` : "";
    }

    function step(now) {
      at = Math.min(whole, at + Math.min(LONGEST_MS, Math.max(0, now - before)) / slower);
      before = now;
      if (at < whole) frame = requestAnimationFrame(step);
      else rest();
      show();
    }

    function play() {
      if (at >= whole) at = 0;
      before = performance.now();
      frame = requestAnimationFrame(step);
      button.textContent = button.dataset.pause;
      show();
    }

    function rest() {
      cancelAnimationFrame(frame);
      frame = 0;
      button.textContent = at < whole ? button.dataset.goOn : button.dataset.play;
    }

    function end() {
      at = whole;
      rest();
      show();
    }

    function follow(slide) {
      let there = false;
      const look = () => {
        const was = there;
        there = slide.classList.contains("present");
        if (there && !was && !unwanted.matches) play();
        if (was && !there) end();
      };
      new MutationObserver(look).observe(slide, { attributeFilter: ["class"] });
    }

    bar.hidden = false;
    button.addEventListener("click", () => (frame ? rest() : play()));
    // Where these keys turn slides, they press the button alone.
    button.addEventListener("keydown", (event) => {
      if (event.key === " " || event.key === "Enter") event.stopPropagation();
    });
    addEventListener("beforeprint", end);
    const slide = figure.closest(".reveal .slides section");
    if (slide) follow(slide);
  }

  for (const bar of document.querySelectorAll(".lanes-replay")) replay(bar.closest(".lanes"));
})();
