// Behind the scenes: what the bot tells of itself as it happens, and switches that put troubles in its way.
import { el } from "./dom.js";

const $ = (id) => document.getElementById(id);

const SWITCHES = {
  slow: ["Slow", "The next picture takes ten times as long."],
  moderated: ["Moderated", "The next picture is refused for its content."],
  error: ["Error", "The next picture fails."],
  broke: ["Out of credits", "All your credits are used up. A moderator can give more: /moderate grant"],
  hour: ["An hour later", "An hour has passed: for the bot, the image service and this Discord."],
  restart: ["Restart the bot", "The bot ends and starts again. What it was doing goes on."],
};
const KINDS = { job: "Job", request: "Request", booking: "Credits", refused: "Discord refuses" };
const SHOWN = 300;

const log = el("ol", { class: "told", "aria-label": "What happened", tabindex: "0" });
const status = el("p", { role: "status", class: "did" });

const me = () => document.querySelector("#people [aria-checked=true]")?.dataset.key;

function words(told) {
  if (told.kind === "job") return `${told.code} of ${told.name ?? "somebody"}: ${told.state} (${told.tasks})`;
  if (told.kind === "request") return `${told.method} ${told.host}${told.path} → ${told.answer}`;
  if (told.kind === "refused") return `${told.what}: ${told.why}`;
  return `${told.what} ${told.credits} · ${told.name ?? "somebody"}${told.code ? ` · ${told.code}` : ""}`;
}

function show(told) {
  const low = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
  if (told.kind === "refused") alarm();
  const failed = told.kind === "refused" || told.state === "failed" || /^[45]\d\d$/.test(told.answer ?? "") || /^[A-Z]/.test(told.answer ?? "");
  log.append(el("li", { class: `${told.kind}${failed ? " failed" : ""}` }, el("b", {}, KINDS[told.kind] ?? told.kind), ` ${words(told)}`));
  while (log.children.length > SHOWN) log.firstChild.remove();
  if (low) log.scrollTop = log.scrollHeight;
}

// What Discord refuses is a fault of the bot: it is to be seen while the panel is closed as well.
let refused = 0;
function alarm() {
  refused += 1;
  $("behind-toggle").classList.add("alarm");
  $("behind-toggle").textContent = `Behind the scenes · ${refused} refused by Discord`;
}

async function use(name) {
  const answer = await fetch(`play/behind/${name}`, { method: "POST", body: JSON.stringify({ person: me() }) });
  if (!answer.ok) { status.textContent = "That did not work."; return; }
  const { number } = await answer.json();
  status.textContent = name === "broke" && number === "0" ? "You have no credits left already." : SWITCHES[name][1];
}

const known = (await (await fetch("play/behind")).json()).filter((name) => name in SWITCHES);
if (known.length) {
  $("behind").append(
    el("h2", {}, "Behind the scenes"),
    el("p", { class: "hint" }, "What the bot does, as it happens. Words and keys are left out."),
    el("div", { class: "switches", role: "group", "aria-label": "Have something happen" },
      ...known.map((name) => el("button", { type: "button", class: "chip", title: SWITCHES[name][1], onclick: () => use(name) }, SWITCHES[name][0]))),
    status, log,
  );
  $("behind-toggle").hidden = false;
  const source = new EventSource("play/behind/told");
  source.onopen = () => { log.replaceChildren(); refused = 0; }; // it begins with all that was told lately
  source.onmessage = (event) => show(JSON.parse(event.data));
}
