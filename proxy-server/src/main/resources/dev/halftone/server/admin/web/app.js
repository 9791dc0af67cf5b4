// Ties the stream, the address bar and the views together.
import { t, useLanguage, languageNow } from './words.js';
import { h, time, ago, tell } from './parts.js';
import { Live, call } from './live.js';
import { Overview, RouteView, EventView, SignIn } from './views.js';
import { ExperimentView } from './experiment.js';

const main = document.getElementById('main');
const connection = document.getElementById('connection');
const banner = document.getElementById('banner');
const announce = document.getElementById('announce');

function stored(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

function store(key, value) {
  try { localStorage.setItem(key, value); } catch { /* Without storage the choice holds until the page is left. */ }
}

class App {
  constructor() {
    useLanguage(stored('language') ?? navigator.language);
    this.theme(stored('theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
    addEventListener('hashchange', () => this.open());
    // Notifications link to /?route=NAME.
    const route = new URLSearchParams(location.search).get('route');
    if (route && !location.hash) history.replaceState(null, '', '/#/route/' + encodeURIComponent(route));
    this.start();
  }

  /** Begins, or begins again after sign-in. */
  async start() {
    try {
      this.session = await call('GET', '/session');
    } catch (problem) {
      if (problem.status === 401) return this.refused(false);
      this.session = null;
      this.say('lost');
      banner.hidden = false;
      banner.textContent = problem.status === 0 ? t('never') : problem.message;
      return setTimeout(() => this.start(), 1000);
    }
    banner.hidden = true;
    this.phases = new Map();
    this.begun = 0;
    this.live?.close();
    this.live = new Live((changed, all) => this.changed(changed, all), (event) => this.view?.audit?.(event), () => this.refused(true));
    this.tools();
    this.open();
  }

  open() {
    if (!this.live) return;
    this.view?.close();
    const parts = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
    if (parts[0] === 'route' && parts[2] === 'event') this.view = new EventView(this, parts[1], Number(parts[3]));
    else if (parts[0] === 'route' && parts[2] === 'experiment') this.view = new ExperimentView(this, parts[1]);
    else if (parts[0] === 'route' && parts[1]) this.view = new RouteView(this, parts[1]);
    else this.view = new Overview(this);
    document.title = (parts[1] ? parts[1] + ' · ' : '') + 'Halftone';
    main.replaceChildren(this.view.root);
    scrollTo(0, 0);
  }

  refused(expired = true) {
    this.live?.close();
    this.live = null;
    this.view?.close();
    this.say('');
    banner.hidden = true;
    document.body.classList.remove('stale');
    this.session = null;
    this.tools();
    this.view = new SignIn(this, expired);
    main.replaceChildren(this.view.root);
  }

  changed(changed, all) {
    const { state, serverTime } = this.live;
    this.say(state);
    document.body.classList.toggle('stale', state === 'lost');
    banner.hidden = state !== 'lost';
    if (state === 'lost') banner.textContent = serverTime ? t('lostBanner', { time: time(serverTime), ago: ago(new Date(serverTime).toISOString()) }) : t('never');
    if (state !== 'live') return;
    this.tell(changed);
    this.catchUp();
    this.view?.update(changed, all);
    tell(serverTime);
    if (this.view instanceof RouteView && !changed.includes(this.view.name)) this.view.charts?.add(serverTime, this.view.route);
  }

  /** A stream that began anew does not tell what happened meanwhile: the view asks. */
  catchUp() {
    const isAgain = this.begun > 0 && this.begun !== this.live.begun;
    this.begun = this.live.begun;
    if (isAgain) this.view?.load?.();
  }

  /** Phase changes are said aloud to those who cannot see them. */
  tell(changed) {
    for (const name of changed) {
      const route = this.live.routes.get(name);
      const before = this.phases.get(name);
      this.phases.set(name, route.phase);
      if (before && before !== route.phase) announce.textContent = t('becamePhase', { route: name, phase: t(route.phase) }) + '. ' + route.reason;
    }
  }

  say(state) {
    connection.dataset.state = state;
    connection.textContent = state ? t(state) : '';
  }

  theme(name) {
    this.themeNow = name;
    document.documentElement.dataset.theme = name;
    this.view?.repaint?.();
  }

  tools() {
    const other = this.themeNow === 'dark' ? 'light' : 'dark';
    const again = () => { this.tools(); if (this.live) this.open(); else this.refused(false); };
    document.getElementById('skip').textContent = t('skip');
    const box = document.getElementById('tools');
    box.setAttribute('aria-label', t('settings'));
    box.replaceChildren(...[
      this.session?.version ? h('span', { class: 'soft' }, this.session.version) : null,
      this.session?.name ? h('span', {}, this.session.name) : null,
      h('button', { type: 'button', class: 'plain', lang: languageNow() === 'zh' ? 'en' : 'zh-CN', click: () => { const to = languageNow() === 'zh' ? 'en' : 'zh'; store('language', to); useLanguage(to); again(); } }, t('language')),
      h('button', { type: 'button', class: 'plain', click: () => { store('theme', other); this.theme(other); this.tools(); } }, t(other)),
      this.session?.session ? h('button', { type: 'button', class: 'plain', click: async () => { try { await call('DELETE', '/session'); } finally { this.refused(false); } } }, t('signOut')) : null,
    ].filter(Boolean));
  }
}

window.halftone = new App();
