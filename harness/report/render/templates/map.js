"use strict";
// What harness/model/queueing.py and harness/cli/map.py say, for the page. A test holds both
// against each other. `load` has rate, wait_s, cpu_s; `connections` is null for as many as wanted;
// `words` are templates, by their names in js_words of harness/report/map_figure.py.
const STEADY = 0.5, ALIKE = 1.05;

function ways(load, tokens, connections) {
  const computing = [1 / load.cpu_s, "1 / CPU"], held = load.wait_s + load.cpu_s;
  const places = (number) => [number / held, `${number} / (wait + CPU)`];
  const few = connections === null ? [] :
    [[load.wait_s > 0 ? connections / load.wait_s : Infinity, `${connections} connections / wait`]];
  return [
    way("blocking", load, 1, null, [computing, places(1)]),
    way("threads", load, tokens, connections, [computing, places(tokens), ...few]),
    way("awaiting", load, null, connections, [computing, ...few]),
  ];
}

function way(name, load, places, connections, laws) {
  const [capacity, formula] = laws.reduce((least, law) => (law[0] < least[0] ? law : least));
  let response_s = Infinity;
  if (load.rate < capacity) {
    const shared = places === 1 ? 1 : 1 - load.rate * load.cpu_s;
    const service_s = load.wait_s + load.cpu_s / shared;
    const queues = [
      queue(load.rate, service_s, places),
      queue(load.rate, load.wait_s, connections),
    ];
    response_s = service_s + queues[0] + queues[1];
  }
  return { name, formula, capacity, response_s };
}

function queue(rate, service_s, places) {
  if (places === null) return 0;
  const offered = rate * service_s;
  if (offered >= places) return Infinity;
  let lost = 1;
  for (let number = 1; number <= places; number++) {
    lost = (offered * lost) / (number + offered * lost);
  }
  const use = offered / places, waits = lost / (1 - use * (1 - lost));
  return (STEADY * waits * service_s) / (places * (1 - use));
}

function lines(load, found, words) {
  const rate = (per_s) => `${number(per_s)} ${words.unit}`;
  const says = (key, values) => words[key].replace(/{(\w+)}/g, (_, name) => values[name]);
  const fate = (one) => one.response_s === Infinity
    ? says("behind", { times: times(load.rate / one.capacity) })
    : says("follows", { time: ms(one.response_s) });
  const advice = () => {
    const enough = found.filter((one) => one.response_s < Infinity);
    if (!enough.length) {
      const most = found.reduce((best, one) => (one.capacity > best.capacity ? one : best));
      return says("none", { name: most.name, formula: most.formula, less: words[lighter(most)] });
    }
    const best = Math.min(...enough.map((one) => one.response_s));
    const { name, capacity } = enough.find((one) => one.response_s <= ALIKE * best);
    const beyond = found.filter((one) => one.capacity > ALIKE * capacity);
    if (!beyond.length) return says("most", { name, capacity: rate(capacity) });
    const more = beyond.reduce((least, one) => (one.capacity < least.capacity ? one : least));
    return says("beyond", { name, capacity: rate(capacity), more: more.name });
  };
  return [
    says("head", { rate: rate(load.rate), wait: ms(load.wait_s), cpu: ms(load.cpu_s) }),
    ...found.map((one) => `  ${one.name.padEnd(9)} ` + says("way", {
      capacity: rate(one.capacity), formula: one.formula, fate: fate(one),
    })),
    `  ${advice()}`,
  ];
}

function lighter(one) {
  if (one.formula.includes("connections")) return "connections";
  return one.formula === "1 / CPU" ? "cpu" : "threads";
}

function number(value) {
  if (value === Infinity) return "∞";
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))));
  const digits = Math.max(0, 2 - size);
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
}

function times(factor) {
  const plain = factor >= 0.001 && factor < 1000;
  return `${plain ? Number(factor.toPrecision(3)) : number(factor)}×`;
}

function ms(seconds) {
  return `${number(1000 * seconds)} ms`;
}

// What a slider says at a decimal logarithm; no wait at the lower end, no limit at the upper one.
const SHOWN = {
  wait: (at) => (at <= -1 ? 0 : Number((10 ** at).toPrecision(2))),
  rate: (at) => Number((10 ** at).toPrecision(2)),
  cpu: (at) => Number((10 ** at).toPrecision(2)),
  threads: (at) => Math.round(10 ** at),
  connections: (at) => (at >= 3 ? null : Math.round(10 ** at)),
};

function start(form, words) {
  const units = { wait: "ms", rate: words.unit, cpu: "ms", threads: "", connections: "" };
  const show = () => {
    const now = {};
    for (const input of form.querySelectorAll("input")) {
      const value = SHOWN[input.name](Number(input.value));
      now[input.name] = value;
      const says = value === null ? words.wanted : `${value} ${units[input.name]}`.trim();
      input.nextElementSibling.textContent = says;
      input.setAttribute("aria-valuetext", says);
    }
    const load = { rate: now.rate, wait_s: now.wait / 1000, cpu_s: now.cpu / 1000 };
    const found = ways(load, now.threads, now.connections);
    form.querySelector("pre").textContent = lines(load, found, words).join("\n");
  };
  form.addEventListener("input", show);
  show();
}
