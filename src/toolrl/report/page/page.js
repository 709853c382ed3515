"use strict";
// Text of models goes into the page by textContent alone, so none of it is ever read as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filters");
const list = document.getElementById("list");
const SIZE = 20;
const KEYS = ["run", "kind", "issue", "from", "to", "low", "high", "order"];
let page = 0;

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

// By the run's name and the row in its file, so that a link still holds when the runs have grown.
function idOf(sample) { return `${data.runs[sample.run]}:${sample.row}`; }

function codesOf(sample) { return sample.issues.map((issue) => issue.split(": ")[1] || issue); }

function fill(name, values) {
  const select = form.elements[name];
  select.append(new Option("any", ""));
  for (const [value, text] of values) select.append(new Option(text, value));
}

function asks() {
  const values = {};
  for (const key of KEYS) if (form.elements[key].value !== "") values[key] = form.elements[key].value;
  return values;
}

function fits(sample, wanted) {
  return (wanted.run === undefined || data.runs[sample.run] === wanted.run)
    && (wanted.kind === undefined || sample.kind === wanted.kind)
    && (wanted.issue === undefined
      || (wanted.issue === "(none)" ? !sample.issues.length : codesOf(sample).includes(wanted.issue)))
    && (wanted.from === undefined || (sample.step !== null && sample.step >= Number(wanted.from)))
    && (wanted.to === undefined || (sample.step !== null && sample.step <= Number(wanted.to)))
    && (wanted.low === undefined || sample.total >= Number(wanted.low))
    && (wanted.high === undefined || sample.total <= Number(wanted.high));
}

function chosen(wanted) {
  const found = data.samples.filter((sample) => fits(sample, wanted));
  if (wanted.order === "low") found.sort((a, b) => a.total - b.total);
  if (wanted.order === "high") found.sort((a, b) => b.total - a.total);
  return found;
}

function points(value) { return (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2); }

function explained(text) {
  const block = make("pre");
  for (const line of text.split("\n")) {
    const sum = line.match(/: ([\d.]+) of ([\d.]+)$/);
    const good = / same$/.test(line) || / 1\.000$/.test(line) || /^(official|strict): right$/.test(line)
      || (sum !== null && Number(sum[1]) === Number(sum[2]));
    const bad = !good && /^(issue|missing|extra|strict|official: wrong)\b/.test(line) || / (missing|extra)$/.test(line)
      || / expected, .* predicted$/.test(line);
    block.append(make("span", `${line}\n`, good ? "good" : bad ? "bad" : ""));
  }
  return block;
}

function asked(example) {
  const text = example.messages.map((one) => {
    const calls = (one.tool_calls || []).map((call) => JSON.stringify(call)).join("\n");
    return `${one.role}: ${one.content || ""}${calls ? `\n${calls}` : ""}`;
  });
  return text.join("\n");
}

function offered(example) {
  return example.tools.map((tool) =>
    `${tool.name}: ${tool.description || ""}\n  ${JSON.stringify((tool.parameters || {}).properties || {})}`
  ).join("\n") || "(none)";
}

function part(title, body) {
  const box = make("div");
  box.append(make("h4", title), typeof body === "string" ? make("pre", body) : body);
  return box;
}

function due(example) {
  const calls = example.calls.map((call) => `${call.name}(${JSON.stringify(call.arguments)})`);
  return [...calls, ...(example.reply ? [example.reply] : [])].join("\n") || "(nothing)";
}

function offer(count, text) {
  const tools = make("details");
  tools.append(make("summary", `${count} ${count === 1 ? "tool" : "tools"} offered`), make("pre", text));
  return tools;
}

function task(example) {
  const count = example.tools.length;
  if (example.item !== undefined) {
    const offers = count ? [offer(count, example.tools.join("\n"))] : [];  // rows of older runs have none
    return [part("item", example.item), part("asked", example.asked), ...offers, part("expected", example.expected)];
  }
  return [part("asked", asked(example)), offer(count, offered(example)), part("expected", due(example))];
}

function card(sample, open) {
  const box = make("article", undefined, idOf(sample) === open ? "open" : "");
  const head = make("h3");
  head.append(make("b", sample.verdict || points(sample.total)), make("span", data.runs[sample.run]));
  if (sample.step !== null) head.append(make("span", `step ${sample.step}`));
  head.append(make("span", sample.kind || "no kind"));
  for (const code of new Set(codesOf(sample))) head.append(make("span", code));
  const link = make("a", "link");
  link.href = `#${new URLSearchParams({ ...asks(), open: idOf(sample) })}`;
  head.append(link);
  const columns = make("div", undefined, "columns");
  const example = data.examples[sample.example];
  const left = make("div");
  left.append(...task(example), part("answered", sample.completion));
  columns.append(left, part("scored", explained(sample.explanation)));
  box.append(head, columns);
  return box;
}

function show(open) {
  const found = chosen(asks());
  if (open !== undefined) {
    const place = found.findIndex((sample) => idOf(sample) === open);
    if (place >= 0) page = Math.floor(place / SIZE);
  }
  const pages = Math.max(1, Math.ceil(found.length / SIZE));
  page = Math.min(page, pages - 1);
  list.replaceChildren(...found.slice(page * SIZE, (page + 1) * SIZE).map((one) => card(one, open)));
  const missing = open !== undefined && !found.some((one) => idOf(one) === open);
  document.getElementById("count").textContent = `${found.length} answers`
    + (missing ? `; ${open} is not in this page (write it anew with more --answers)` : "");
  document.getElementById("place").textContent = `page ${page + 1} of ${pages}`;
  document.getElementById("back").disabled = page === 0;
  document.getElementById("next").disabled = page === pages - 1;
  const target = list.querySelector(".open");
  if (target) target.scrollIntoView({ block: "center" });
}

function readLink() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (![...KEYS, "open"].some((key) => wanted.has(key))) return show();
  for (const key of KEYS) form.elements[key].value = wanted.get(key) ?? "";
  show(wanted.get("open") ?? undefined);
}

function changed() {
  page = 0;
  history.replaceState(null, "", `#${new URLSearchParams(asks())}`);
  show();
}

fill("run", data.runs.map((name) => [name, name]));
fill("kind", [...new Set(data.samples.map((one) => one.kind))].sort().map((kind) => [kind, kind || "(none)"]));
fill("issue", ["(none)", ...new Set(data.samples.flatMap(codesOf))].sort().map((code) => [code, code]));
form.addEventListener("input", changed);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(changed));
document.getElementById("back").addEventListener("click", () => { page -= 1; show(); });
document.getElementById("next").addEventListener("click", () => { page += 1; show(); });
window.addEventListener("hashchange", readLink);
readLink();
