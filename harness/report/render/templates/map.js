"use strict";
// What harness/model/queueing.py and harness/cli/map.py say, for the page. A test holds both
// against each other. `load` has rate, wait_s, cpu_s; `connections` is null for as many as wanted.
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
    const queues = [queue(load.rate, service_s, places), queue(load.rate, load.wait_s, connections)];
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

function lines(load, found) {
  return [
    `Predicted, not measured: ${rate(load.rate)}, each of which waits ${ms(load.wait_s)} ` +
      `and computes ${ms(load.cpu_s)}`,
    ...found.map((one) =>
      `  ${one.name.padEnd(9)} at most ${rate(one.capacity)} = ${one.formula}; ${fate(one, load)}`),
    `  ${advice(found)}`,
  ];
}

function fate(one, load) {
  return one.response_s === Infinity
    ? `cannot follow: ${times(load.rate / one.capacity)} as many are asked`
    : `${ms(one.response_s)} a request on average`;
}

function advice(found) {
  const capital = (text) => text[0].toUpperCase() + text.slice(1);
  const enough = found.filter((one) => one.response_s < Infinity);
  if (!enough.length) {
    const most = found.reduce((best, one) => (one.capacity > best.capacity ? one : best));
    return `None of them follows. ${capital(most.name)} comes closest, and ${most.formula} is ` +
      `its limit: more processes, or ${lighter(most)}`;
  }
  const best = Math.min(...enough.map((one) => one.response_s));
  const simple = enough.find((one) => one.response_s <= ALIKE * best);
  const beyond = found.filter((one) => one.capacity > ALIKE * simple.capacity);
  const said = `${capital(simple.name)} ${simple.name === "threads" ? "are" : "is"} enough, ` +
    `up to ${rate(simple.capacity)}`;
  if (!beyond.length) return `${said}, and no other way serves more`;
  const more = beyond.reduce((least, one) => (one.capacity < least.capacity ? one : least));
  return `${said}; beyond that, ${more.name}`;
}

function lighter(one) {
  if (one.formula.includes("connections")) return "more connections";
  return one.formula === "1 / CPU" ? "less CPU per request" : "more threads";
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
  if (factor === Infinity) return "infinitely";
  const plain = factor >= 0.001 && factor < 1000;
  return `${plain ? Number(factor.toPrecision(3)) : number(factor)}×`;
}

function ms(seconds) {
  return seconds === Infinity ? "never" : `${number(1000 * seconds)} ms`;
}

function rate(per_s) {
  return `${number(per_s)} requests/s`;
}

// What a slider says at a decimal logarithm; no wait at the lower end, no limit at the upper one.
const SHOWN = {
  wait: (at) => (at <= -1 ? 0 : Number((10 ** at).toPrecision(2))),
  rate: (at) => Number((10 ** at).toPrecision(2)),
  cpu: (at) => Number((10 ** at).toPrecision(2)),
  threads: (at) => Math.round(10 ** at),
  connections: (at) => (at >= 3 ? null : Math.round(10 ** at)),
};
const UNITS = { wait: " ms", rate: " requests/s", cpu: " ms", threads: "", connections: "" };

function start(form) {
  const show = () => {
    const now = {};
    for (const input of form.querySelectorAll("input")) {
      const value = SHOWN[input.name](Number(input.value));
      now[input.name] = value;
      const says = value === null ? "as many as are wanted" : `${value}${UNITS[input.name]}`;
      input.nextElementSibling.textContent = says;
    }
    const load = { rate: now.rate, wait_s: now.wait / 1000, cpu_s: now.cpu / 1000 };
    const found = ways(load, now.threads, now.connections);
    form.querySelector("pre").textContent = lines(load, found).join("\n");
  };
  form.addEventListener("input", show);
  show();
}
