// What the server says now: one stream, and an honest word when it is silent.

const SILENT_MS = 4000;

/**
 * Routes in the order of the configuration, kept up to date; tells its listener after every change. A page that nobody sees has no
 * stream: a browser opens six connections to a host at most, and the seventh page would wait for ever.
 */
export class Live {
  constructor(onChange, onAudit, onRefused) {
    Object.assign(this, { onChange, onAudit, onRefused, routes: new Map(), state: 'connecting', heard: 0, serverTime: null, begun: 0 });
    this.watch = setInterval(() => this.look(), 1000);
    this.turned = () => (document.hidden ? this.rest() : this.wake());
    this.left = () => this.rest();
    document.addEventListener('visibilitychange', this.turned);
    addEventListener('pagehide', this.left);
    this.connect();
  }

  rest() {
    this.source?.close();
    this.source = null;
  }

  wake() {
    if (this.source) return;
    this.state = 'connecting';
    this.onChange([], false);
    this.connect();
  }

  connect() {
    this.source?.close();
    this.source = new EventSource('/api/v1/live/stream');
    this.opened = Date.now();
    this.source.addEventListener('routes', (event) => {
      const data = JSON.parse(event.data);
      this.routes = new Map(data.routes.map((route) => [route.route, route]));
      this.begun++;
      this.hear(data.time, [...this.routes.keys()], true);
    });
    this.source.addEventListener('tick', (event) => {
      const data = JSON.parse(event.data);
      data.gone.forEach((name) => this.routes.delete(name));
      data.routes.forEach((route) => this.routes.set(route.route, route));
      this.hear(data.time, data.routes.map((route) => route.route), data.gone.length > 0);
    });
    this.source.addEventListener('audit', (event) => this.onAudit(JSON.parse(event.data)));
    this.source.onerror = () => this.lose();
  }

  hear(serverTime, changed, all) {
    this.heard = Date.now();
    this.serverTime = serverTime;
    this.state = 'live';
    this.onChange(changed, all);
  }

  lose() {
    if (this.state === 'live') {
      this.state = 'lost';
      this.onChange([], false);
    }
    this.askWhy();
  }

  /** A stream that is refused looks like one that broke; the session knows the difference. */
  async askWhy() {
    try {
      const answer = await fetch('/session', { cache: 'no-store' });
      if (answer.status === 401) this.onRefused();
    } catch {
      // Not reachable at all: look() goes on trying.
    }
  }

  look() {
    if (!this.source) return;
    const now = Date.now();
    if (now - Math.max(this.heard, this.opened) > SILENT_MS) {
      this.lose();
      this.connect();
    }
    if (this.state === 'lost') this.onChange([], false);
  }

  close() {
    clearInterval(this.watch);
    document.removeEventListener('visibilitychange', this.turned);
    removeEventListener('pagehide', this.left);
    this.rest();
  }
}

/** A call to the admin API; throws an Error whose message is the problem's detail. */
export async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      cache: 'no-store',
      headers: body === undefined ? { 'X-Halftone-Page': 'dashboard' } : { 'Content-Type': 'application/json', 'X-Halftone-Page': 'dashboard' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw Object.assign(new Error('unreachable'), { status: 0 });
  }
  const text = await answer.text();
  const json = text ? JSON.parse(text) : {};
  if (!answer.ok) throw Object.assign(new Error(json.detail ?? answer.statusText), { status: answer.status });
  return json;
}
