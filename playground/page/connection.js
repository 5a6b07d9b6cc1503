// The WebSocket of the page, and what waits for an answer over it.

const SLOWEST = 8000;
const SLOW_MS = 350; // an answer that takes longer is seen to be under way

export class Connection {
  // `receive(frame)` takes what comes; `lost()` hears of an end, and begins anew by `again()`.
  constructor({ receive, lost, again }) {
    Object.assign(this, { receive, lost, again, socket: null, pending: new Map(), nonce: 0, wait: 300 });
  }

  connect(person) {
    this.socket?.close();
    const mine = new WebSocket(`ws://${location.host}/play/ws?person=${person.id}`);
    this.socket = mine;
    mine.onmessage = (event) => { if (this.socket === mine) this.receive(JSON.parse(event.data)); };
    mine.onopen = () => { this.wait = 300; };
    mine.onclose = () => { if (this.socket === mine) this.retry(); };
  }

  // The bot may be restarting: keep asking, less and less often.
  retry() {
    this.lost();
    for (const nonce of [...this.pending.keys()]) this.settle({ nonce, state: "failed", text: "The connection was lost." });
    this.wait = Math.min(this.wait * 1.7, SLOWEST);
    setTimeout(() => this.again(), this.wait);
  }

  send(frame) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  // What waits for the outcome: the node that was clicked, the pane that it was asked in, and who wants to know.
  // `done(wrong)` hears null or what went wrong; a `quiet` one shows nothing by itself. Gives whether it was sent.
  ask(frame, { node = null, pane = null, done = null, choices = null, quiet = false } = {}) {
    this.nonce += 1;
    const { nonce } = this;
    if (pane && !quiet) pane.follow = true;
    const slow = pane && !quiet ? setTimeout(() => pane.typing.thinks(nonce, true), SLOW_MS) : 0;
    this.pending.set(nonce, { node, pane, done, choices, quiet, slow });
    node?.classList.add("pending");
    node?.closest("li")?.querySelectorAll(".trouble").forEach((one) => one.remove());
    const sent = this.send({ ...frame, nonce });
    if (!sent) this.settle({ nonce, state: "failed", text: "There is no connection right now." });
    return sent;
  }

  // The outcome of what was asked: { asked, wrong } where it is to be shown, else null.
  settle(frame) {
    const asked = this.pending.get(frame.nonce);
    if (!asked) return;
    this.pending.delete(frame.nonce);
    clearTimeout(asked.slow);
    asked.pane?.typing.thinks(frame.nonce, false);
    asked.node?.classList.remove("pending");
    const wrong = frame.state === "ok" ? null : frame.text ?? "";
    asked.done?.(wrong);
    if (wrong !== null && !asked.quiet) this.failed(asked, wrong);
  }

  failed({ node, pane }, wrong) {
    const text = wrong || (node ? "This interaction failed" : "The application did not respond");
    if (!node?.isConnected) pane?.composer.note(text);
    else trouble(node.closest(".row") ?? node.closest(".selectbox") ?? node, text);
  }

  choices(frame) {
    this.pending.get(frame.nonce)?.choices?.(frame.choices);
  }
}

function trouble(row, text) {
  const line = document.createElement("div");
  line.className = "trouble";
  line.setAttribute("role", "alert");
  line.textContent = text;
  row.after(line);
}
