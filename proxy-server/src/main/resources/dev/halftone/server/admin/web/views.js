// The pages: all routes, one route, one event, sign-in. Each view has a root element, update() and close().
import { t } from './words.js';
import { h, number, percent, millis, range, measure, moment, ago, since, interval, tone, pill, bar, buckets, action, standing, span, show } from './parts.js';
import { Charts } from './charts.js';
import { call } from './live.js';

/** How many lines of the audit trail a page keeps. */
const EVENTS = 200;

const WORST = ['breach', 'insufficient', 'healthy'];

function worst(route) {
  return WORST.find((verdict) => route.checks.some((check) => check.verdict === verdict)) ?? 'idle';
}

/** Nobody is on the canary any more: what its checks would say now is no news, and reads as if all were well. */
function isOver(route) {
  return ['rolledBack', 'aborted'].includes(route.phase);
}

function needsLook(route) {
  return isOver(route) || route.phase === 'paused' || worst(route) === 'breach';
}

function link(route) {
  return '#/route/' + encodeURIComponent(route);
}

function sentence(route) {
  const values = { ratio: number(route.ratio, 2), release: route.release, stable: route.upstreams.stable };
  return t('say' + route.phase[0].toUpperCase() + route.phase.slice(1), values);
}

/** All routes; those that need a look first. */
export class Overview {
  constructor(app) {
    this.app = app;
    this.rows = new Map();
    this.summary = h('p', { class: 'sentence' });
    this.filter = h('input', { type: 'search', 'aria-label': t('filter'), placeholder: t('filter'), input: () => this.update([], true) });
    this.body = h('tbody');
    const head = [['route'], ['phase'], ['ratio'], ['errors', 'oldNew'], ['p99', 'oldNew'], ['checks']];
    this.table = h('table', { class: 'routes' },
      h('thead', {}, h('tr', {}, head.map(([name, more]) => h('th', { scope: 'col' }, t(name), more ? h('span', { class: 'soft' }, ' ' + t(more)) : null)))), this.body);
    this.empty = h('p', { class: 'empty' }, t('noRoutes'));
    this.root = h('div', {}, h('div', { class: 'row' }, h('h1', {}, t('routes')), this.filter), this.summary,
      h('div', { class: 'card block' }, h('div', { class: 'scroll' }, this.table, this.empty)));
    this.update([], true);
  }

  update(changed, all) {
    const routes = [...this.app.live.routes.values()];
    const names = new Set(routes.map((route) => route.route));
    for (const name of this.rows.keys()) if (!names.has(name)) this.rows.delete(name);
    const fresh = all ? routes : changed.map((name) => this.app.live.routes.get(name)).filter(Boolean);
    fresh.forEach((route) => this.row(route));
    const look = routes.filter(needsLook).length;
    // Nothing is well that has not been heard of yet.
    const heard = this.app.live.serverTime !== null;
    show(this.summary, [heard, look, routes.length], () => (!heard || !routes.length ? '' : look ? t('needLook', { n: number(look), all: number(routes.length) }) : t('allWell', { n: number(routes.length) })));
    const wanted = this.filter.value.trim().toLowerCase();
    const order = routes.filter((route) => route.route.toLowerCase().includes(wanted)).sort((a, b) => needsLook(b) - needsLook(a));
    const key = order.map((route) => route.route).join('\n');
    if (this.order !== key) {
      this.order = key;
      this.body.replaceChildren(...order.map((route) => this.row(route)));
    }
    this.empty.hidden = order.length > 0 || this.app.live.state === 'connecting';
  }

  /** Cell by cell, so that a link keeps the focus while the figures beside it change. */
  row(route) {
    if (!this.rows.has(route.route)) this.rows.set(route.route, newRow());
    const row = this.rows.get(route.route);
    const [name, phase, ratio, errors, p99, checks] = row.children;
    const why = needsLook(route) ? route.reason : null;
    const pair = (cell, format) => {
      const text = format(route.stable) + (route.canary ? ' → ' + format(route.canary) : '');
      show(cell, text, () => text);
    };
    show(name, [route.release, why], () => [h('a', { href: link(route.route) }, route.route), h('div', { class: 'soft' }, route.release ?? t('noCanary')), why ? h('div', { class: 'why' }, why) : null]);
    show(phase, [route.phase, route.since], () => [pill(route.phase), route.since ? h('div', { class: 'soft', 'data-ago': route.since }, ago(route.since)) : null]);
    show(ratio, route.ratio, () => [number(route.ratio, 2) + ' %', bar(route.ratio / 100)]);
    pair(errors, (side) => percent(side.errorRate));
    pair(p99, (side) => millis(side.latencyMs.p99));
    const verdict = route.checks.length && !isOver(route) ? worst(route) : null;
    show(checks, verdict, () => (verdict ? pill(verdict) : h('span', { class: 'soft' }, '–')));
    return row;
  }

  close() {}
}

function newRow() {
  return h('tr', {}, h('th', { scope: 'row' }), h('td'), ...['ratio', 'errors', 'p99', 'checks'].map((name) => h('td', { 'data-name': t(name) })));
}

/** One route: what is released to whom, whether it is well, and the controls. */
export class RouteView {
  constructor(app, name) {
    Object.assign(this, { app, name, events: [] });
    this.head = h('div');
    this.ratio = h('section', { class: 'card w4', 'aria-labelledby': 'ratio-title' });
    this.controls = h('section', { class: 'card controls', 'aria-labelledby': 'controls-title' });
    this.figures = h('table', { class: 'figures' });
    this.reported = h('table', { class: 'block', hidden: true });
    this.versions = h('section', { class: 'card', 'aria-labelledby': 'versions-title' },
      h('h2', { id: 'versions-title' }, t('oldAgainstNew'), ' ', h('span', { class: 'soft' }, t('windowNote'))),
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-labelledby': 'versions-title' }, this.figures), this.reported);
    this.checks = h('section', { class: 'card w6', 'aria-labelledby': 'checks-title' });
    this.plan = h('section', { class: 'card', 'aria-labelledby': 'plan-title', hidden: true });
    this.instances = h('section', { class: 'card', 'aria-labelledby': 'instances-title', hidden: true });
    this.list = h('ol', { class: 'events', tabindex: '0', 'aria-labelledby': 'events-title', hidden: true });
    this.quiet = h('p', { class: 'empty' }, t('noEvents'));
    this.log = h('section', { class: 'card', 'aria-labelledby': 'events-title' }, h('h2', { id: 'events-title' }, t('events')), this.list, this.quiet);
    this.boxes = Object.fromEntries(['errors', 'latency', 'requests'].map((key) => [key, h('div', { class: 'chart', role: 'img' })]));
    const legend = () => h('div', { class: 'legend' }, h('span', {}, h('span', { class: 'swatch' }), t('stable')), h('span', {}, h('span', { class: 'swatch canary' }), t('canary')));
    const chart = (key) => h('section', { class: 'card w4', 'aria-label': t(key + 'Chart') },
      h('h2', {}, t(key + 'Chart') + ' ', h('span', { class: 'soft' }, t('last10'))), legend(), this.boxes[key]);
    this.root = h('div', {}, this.head, h('div', { class: 'grid' }, this.ratio, h('div', { class: 'w8 stack' }, this.controls, this.log), this.plan, this.instances, this.versions,
      chart('errors'), chart('latency'), chart('requests'), this.checks, this.explainer()));
    this.update([name], true);
    this.load();
  }

  async load() {
    try {
      const path = '/api/v1/routes/' + encodeURIComponent(this.name);
      const [series, events] = await Promise.all([call('GET', path + '/series'), call('GET', '/api/v1/events?limit=' + EVENTS + '&route=' + encodeURIComponent(this.name))]);
      this.charts?.close();
      this.charts = new Charts(this.boxes);
      this.charts.begin(series);
      this.events = events;
      this.drawEvents();
    } catch (problem) {
      if (problem.status === 401) this.app.refused();
    }
  }

  update(changed) {
    const route = this.app.live.routes.get(this.name);
    if (!route) {
      if (this.app.live.state !== 'connecting') show(this.head, 'gone', () => [h('h1', {}, this.name), h('p', {}, t('gone', { route: this.name })), h('p', {}, h('a', { href: '#/' }, t('allRoutes')))]);
      return;
    }
    this.route = route;
    this.drawHead(route);
    show(this.ratio, [route.ratio, route.wanted, route.held, route.phase, route.since], () => [
      h('h2', { id: 'ratio-title' }, t('ratio')),
      h('div', { class: 'big' }, number(route.ratio, 2) + ' %'), h('p', { class: 'soft' }, t('ofUsers'), route.since ? [', ', since(route.since)] : null),
      buckets(route.ratio), route.plan == null && route.wanted != null && route.wanted !== route.ratio ? h('p', { class: 'soft' }, t('wanted', { n: number(route.wanted, 2) })) : null,
    ]);
    this.drawControls(route);
    this.drawVersions(route);
    this.drawChecks(route);
    this.drawPlan(route);
    this.drawInstances(route);
    if (this.app.live.state === 'live' && changed !== null) this.charts?.add(this.app.live.serverTime, route);
  }

  drawHead(route) {
    const last = this.events.filter((event) => event.rollback).map((event) => event.id);
    const told = route.phase === 'rolledBack' && last.length ? Math.max(...last) : null;
    show(this.head, [route.phase, route.ratio, route.release, route.reason, route.stored, worst(route), told], () => [
      h('p', { class: 'soft' }, h('a', { href: '#/' }, t('allRoutes'))),
      h('div', { class: 'row' }, h('h1', {}, route.route), pill(route.phase), route.checks.length && !isOver(route) ? pill(worst(route)) : null),
      h('p', { class: 'sentence' }, sentence(route)), h('p', { class: 'soft' }, route.reason),
      route.rollback && route.phase === 'rolledBack' ? h('p', { class: 'soft' }, route.rollback.summary) : null,
      told == null ? null : h('p', {}, h('a', { href: link(this.name) + '/event/' + told }, t('story'))),
      route.stored ? null : h('p', { class: 'fault' }, t('notStored')),
    ]);
  }

  drawControls(route) {
    show(this.controls, [route.phase, route.release, this.app.session?.role], () => {
      const may = this.app.session?.role === 'write' && route.phase !== 'idle';
      const open = ['progressing', 'paused'].includes(route.phase);
      const button = (action, able, kind = '') => h('button', { type: 'button', class: kind, disabled: !(may && able), click: () => this.ask(action) }, t(action));
      return [
        h('h2', { id: 'controls-title' }, t('controls'), this.app.session?.role === 'read' ? h('span', { class: 'pill still' }, t('readOnly')) : null),
        h('div', { class: 'row' }, button('rollback', open || route.phase === 'promoted', 'danger strong'), button('setRatio', open), route.phase === 'paused' ? button('resume', true) : button('pause', route.phase === 'progressing'),
          button('promote', open), button('abort', open, 'danger'), button('newRelease', true)),
        h('dl', { class: 'facts' }, h('dt', {}, t('stable')), h('dd', {}, route.upstreams.stable), h('dt', {}, t('canary')), h('dd', {}, route.upstreams.canary ?? '–'), h('dt', {}, t('release')), h('dd', {}, route.release ?? '–')),
      ];
    });
  }

  /** Asks before it acts, with a reason for the audit trail. */
  ask(action) {
    const route = this.route;
    const values = { release: route.release, stable: route.upstreams.stable };
    const field = { setRatio: ['newRatio', { type: 'number', min: 0, max: 100, step: 0.01, required: true, value: route.ratio }], newRelease: ['releaseName', { type: 'text', maxlength: 100, required: true }] }[action];
    const input = field ? h('input', { id: 'ask-value', ...field[1] }) : null;
    const reason = h('input', { id: 'ask-reason', type: 'text', maxlength: 500 });
    const fault = h('p', { class: 'fault', role: 'alert' });
    const confirm = h('button', { type: 'button', class: ['rollback', 'abort'].includes(action) ? 'danger strong' : '', click: () => send() }, t(action));
    const dialog = h('dialog', { 'aria-labelledby': 'ask-title', close: () => dialog.remove() },
      h('h2', { id: 'ask-title' }, t({ setRatio: 'askRatio', newRelease: 'askNew' }[action] ?? 'ask' + action[0].toUpperCase() + action.slice(1), values)),
      input ? [h('label', { for: 'ask-value' }, t(field[0])), input] : null, h('label', { for: 'ask-reason' }, t('reason')), reason, fault,
      h('div', { class: 'row' }, h('button', { type: 'button', click: () => dialog.close() }, t('cancel')), confirm));
    dialog.addEventListener('keydown', (event) => { if (event.key === 'Enter' && event.target.tagName === 'INPUT') send(); });
    const send = async () => {
      if (input && !input.reportValidity()) return;
      confirm.disabled = true;
      const path = '/api/v1/routes/' + encodeURIComponent(this.name) + '/';
      try {
        if (action === 'setRatio') await call('PUT', path + 'ratio', { ratio: Number(input.value), reason: reason.value });
        else if (action === 'newRelease') await call('POST', path + 'releases', { release: input.value, reason: reason.value });
        else await call('POST', path + action, { reason: reason.value });
        dialog.close();
      } catch (problem) {
        fault.textContent = problem.status === 0 ? t('unreachable') : problem.message;
        confirm.disabled = false;
        if (problem.status === 401) { dialog.close(); this.app.refused(); }
      }
    };
    document.body.append(dialog);
    dialog.showModal();
    (input ?? reason).focus();
  }

  /** Only the tables' content changes, so that they stay where they were scrolled to. */
  drawVersions(route) {
    show(this.figures, [route.stable, route.canary], () => {
      const line = (name, side) => side && h('tr', {}, h('th', { scope: 'row' }, h('span', { class: 'swatch ' + name }), t(name)),
        [number(side.requests), 'users' in side ? number(side.users) : null, number(side.errors), percent(side.errorRate), interval(side.errors, side.requests),
          ...['mean', 'p50', 'p90', 'p95', 'p99'].map((key) => [millis(side.latencyMs[key]), range(side.latencyIntervalMs?.[key])])].filter((text) => text !== null).map((text) => h('td', { class: 'n' }, text)));
      const names = ['requests', 'users' in route.stable ? 'users' : null, 'errors', 'errorRate', 'interval', 'mean', 'p50', 'p90', 'p95', 'p99'].filter(Boolean);
      return [h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t('version')), names.map((name) => h('th', { scope: 'col', class: 'n' }, t(name))))),
        h('tbody', {}, line('stable', route.stable), line('canary', route.canary))];
    });
    this.drawReported(route);
  }

  /** What the services report themselves, old beside new. */
  drawReported(route) {
    const [stable, canary] = [route.stable.custom, route.canary?.custom];
    const names = Object.keys({ ...stable, ...canary });
    this.reported.hidden = !names.length;
    const cell = (side, name) => { const one = side?.[name]; return h('td', { class: 'n' }, one ? `${percent(one.rate)} (${number(one.hits)} / ${number(one.trials)})` : '–'); };
    show(this.reported, [stable, canary], () => [
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t('custom')), h('th', { scope: 'col', class: 'n' }, t('stable')), h('th', { scope: 'col', class: 'n' }, t('canary')))),
      h('tbody', {}, names.map((name) => h('tr', {}, h('th', { scope: 'row' }, name), cell(stable, name), cell(canary, name))))]);
  }

  drawChecks(route) {
    show(this.checks, isOver(route) ? 'over' : route.checks, () => [h('h2', { id: 'checks-title' }, t('checks')),
      isOver(route) ? h('p', { class: 'empty' }, t('checksOver')) : route.checks.length ? h('div', { class: 'checks' }, route.checks.map((check) => {
        const near = check.value != null && check.limit > 0 ? check.value / check.limit : null;
        return h('div', { class: 'check' }, h('div', { class: 'row' }, h('b', {}, check.name), pill(check.verdict), h('span', { class: 'soft' }, check.metric + ' · ' + check.detector)),
          near == null ? null : h('div', { class: 'row' }, h('div', { class: 'w4' }, bar(near, check.verdict === 'breach' ? 'bad' : 'good')),
            h('span', { class: 'soft' }, `${t('value')} ${measure(check.metric, check.value)}, ${t('limit')} ${measure(check.metric, check.limit)}`)),
          h('p', {}, check.why), h('p', { class: 'soft' }, t('samples', { n: number(check.samples) })));
      })) : h('p', { class: 'empty' }, t('noChecks'))]);
  }

  /** Where a planned release stands, and what it waits for. */
  drawPlan(route) {
    const plan = route.plan;
    this.plan.hidden = plan == null;
    show(this.plan, [plan, route.step], () => plan && [h('h2', { id: 'plan-title' }, t('plan') + ' ', h('span', { class: 'soft' }, plan.strategy)),
      h('p', {}, plan.steps ? t('stepOf', { step: number(route.step), steps: number(plan.steps) }) : t('stepNow', { step: number(route.step) }), ', ', since(plan.since)),
      plan.steps ? h('ol', { class: 'plan' }, Array.from({ length: Math.min(plan.steps, 50) }, (_, i) => h('li', i + 1 === route.step ? { class: 'now', 'aria-current': 'step' } : { class: i + 1 < route.step ? 'done' : '' }, stepWords(plan.course[i], i)))) : null,
      plan.strategy === 'abTest' ? h('p', {}, h('a', { href: link(route.route) + '/experiment' }, t('toExperiment'))) : null,
      plan.waitsFor ? h('p', { class: 'soft' }, t('waitsFor', { what: plan.waitsFor })) : null]);
  }

  /** Of a rolling release: which instance has what, and what is being done to the one whose turn it is. */
  drawInstances(route) {
    const fleet = route.instances;
    this.instances.hidden = fleet == null;
    show(this.instances, fleet, () => fleet && [h('h2', { id: 'instances-title' }, t('instances')),
      h('p', {}, instancesSentence(fleet)), h('ol', { class: 'instances' }, fleet.each.map((one) => instanceCard(one, fleet)))]);
  }

  audit(event) {
    if (event.route !== this.name) return;
    this.events = this.events.filter((known) => known.id !== event.id).concat(event).slice(-EVENTS);
    this.drawEvents();
  }

  drawEvents() {
    if (this.route) this.drawHead(this.route);
    this.list.hidden = !this.events.length;
    this.quiet.hidden = this.events.length > 0;
    show(this.list, this.events.map((event) => event.id), () => [...this.events].sort((a, b) => b.id - a.id).map((event) => h('li', { class: tone(event.action) },
      h('div', { class: 'row' }, h('a', { href: link(this.name) + '/event/' + event.id }, h('b', {}, action(event.action))), h('span', { class: 'soft' }, `${standing(event.from)} → ${standing(event.to)}`), h('time', { datetime: event.time }, moment(event.time)), h('span', { class: 'soft' }, t('by', { who: event.actor }))),
      h('p', {}, event.reason))));
  }

  explainer() {
    const input = h('input', { id: 'explain-user', type: 'text', autocomplete: 'off' });
    const result = h('div', { 'aria-live': 'polite' });
    const ask = async () => {
      try {
        const said = await call('GET', `/api/v1/routes/${encodeURIComponent(this.name)}/explain?user=${encodeURIComponent(input.value)}`);
        result.replaceChildren(h('p', { class: 'row' }, h('span', { class: 'swatch ' + said.version }), h('b', {}, t(said.version)), said.bucket == null ? null : h('span', {}, t('bucket') + ' ' + said.bucket)), h('p', {}, said.why));
      } catch (problem) {
        result.replaceChildren(h('p', { class: 'fault' }, problem.status === 0 ? t('unreachable') : problem.message));
      }
    };
    input.addEventListener('keydown', (event) => { if (event.key === 'Enter') ask(); });
    return h('section', { class: 'card w6', 'aria-labelledby': 'explain-title' }, h('h2', { id: 'explain-title' }, t('explain')),
      h('div', { class: 'row' }, h('label', { for: 'explain-user' }, t('userId')), input, h('button', { type: 'button', click: ask }, t('ask'))), result);
  }

  repaint() {
    this.charts?.repaint();
  }

  close() {
    this.charts?.close();
  }
}

/** As {@code 10 % · 5 min}; of a step that was not written down its number. */
function stepWords(step, index) {
  if (!step) return number(index + 1);
  if (step.gate) return t(step.gate === 'operator' ? 'gateOperator' : 'gateOf', { name: step.gate });
  return number(step.ratio, 2) + ' %' + (step.holdSeconds ? ' · ' + span(step.holdSeconds) : '');
}

const STAGES = ['ready', 'drain', 'hook', 'health'];

function instancesSentence(fleet) {
  const values = { n: number(fleet.each.filter((one) => one.updated).length), all: number(fleet.each.length), release: fleet.release };
  return t(fleet.undoing ? 'instancesBack' : 'instancesHave', values);
}

function instanceCard(one, fleet) {
  const { turn } = one;
  const last = fleet.undoing ? 'stageBack' : 'stagePut';
  return h('li', { class: turn ? 'turn' : '' },
    h('div', { class: 'row' }, h('b', {}, one.instance),
      h('span', {}, h('span', { class: 'swatch ' + (one.updated ? 'canary' : '') }), one.updated ? fleet.release : t('versionBefore')),
      turn?.out ? pill('paused', t('isOut')) : null),
    turn ? [h('ol', { class: 'plan', 'aria-hidden': 'true' }, [...STAGES, last].map((stage, i) => h('li', { class: stage === turn.stage ? 'now' : i < STAGES.indexOf(turn.stage) ? 'done' : '' }, t('short_' + stage)))),
      h('p', {}, t((turn.undo ? 'undo_' : 'stage_') + turn.stage), ', ', since(turn.since)), turn.why ? h('p', { class: 'soft' }, turn.why) : null] : null);
}

/** One line of the audit trail at full length; of a rollback, its story. */
export class EventView {
  constructor(app, route, id) {
    Object.assign(this, { app, route, id });
    this.body = h('div');
    this.root = h('div', {}, h('p', { class: 'soft' }, h('a', { href: link(route) }, t('back', { route }))), this.body);
    this.load();
  }

  async load() {
    try {
      const found = await call('GET', `/api/v1/events?limit=1&after=${this.id - 1}&route=${encodeURIComponent(this.route)}`);
      const event = found.find((one) => one.id === this.id);
      this.body.replaceChildren(...(event ? this.story(event) : [h('p', {}, t('noEvent', { id: this.id }))]));
    } catch (problem) {
      if (problem.status === 401) this.app.refused();
      else this.body.replaceChildren(h('p', { class: 'fault' }, problem.status === 0 ? t('unreachable') : problem.message));
    }
  }

  story(event) {
    const fact = (name, value) => (value == null || value === '' ? null : [h('dt', {}, t(name)), h('dd', {}, value)]);
    return [
      h('div', { class: 'row' }, h('h1', {}, event.route), pill(event.action, action(event.action))), h('p', { class: 'sentence' }, event.reason),
      h('section', { class: 'card block' }, h('dl', {}, fact('when', moment(event.time)), fact('release', event.release), fact('who', event.actor), fact('from', standing(event.from)), fact('to', standing(event.to)), fact('check', event.check))),
      event.rollback ? rollbackStory(event.rollback) : null,
    ].flat().filter(Boolean);
  }

  update() {}

  close() {}
}

/** What the machine saw when it decided: what it cost, old against new, who failed most, what else was looked at. */
function rollbackStory(story) {
  const { harm, release } = story;
  const card = (title, ...content) => h('section', { class: 'card block' }, h('h2', {}, t(title)), content);
  const table = (heads, rows) => h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': heads.map(([name]) => name).join(', ') }, h('table', {},
    h('thead', {}, h('tr', {}, heads.map(([name, kind]) => h('th', { scope: 'col', class: kind ?? '' }, name)))),
    h('tbody', {}, rows.map(([first, ...cells]) => h('tr', {}, h('th', { scope: 'row' }, first), cells.map((cell, i) => h('td', { class: heads[i + 1][1] ?? '' }, cell)))))));
  const side = (name) => { const figures = story[name]; return [h('span', {}, h('span', { class: 'swatch ' + name }), t(name)), number(figures.requests), number(figures.users), number(figures.errors), percent(figures.errorRate), ...['p50', 'p90', 'p99'].map((key) => millis(figures.latencyMs[key]))]; };
  const numeric = (keys) => keys.map((key) => [t(key), 'n']);
  return [
    h('p', { class: 'sentence block' }, story.summary),
    card('cost', h('div', { class: 'big' }, number(harm.harmedRequests)), h('p', {}, t('costWords', { users: number(harm.harmedUsers), failed: number(harm.failedUsers) })),
      h('p', { class: 'soft' }, t('costFrom', { errors: number(harm.errors), requests: number(harm.requests), stableErrors: number(harm.stableErrors), stableRequests: number(harm.stableRequests), seconds: number(harm.seconds, 1) })),
      h('p', { class: 'soft' }, (story.since ? t('worseSince', { time: moment(story.since) }) + ' ' : '') + t('cameInAll', { users: number(release.users), requests: number(release.requests) }))),
    card('atDecision', table([[t('version')], ...numeric(['requests', 'users', 'errors', 'errorRate', 'p50', 'p90', 'p99'])], [side('stable'), side('canary')])),
    card('otherChecks', h('div', { class: 'checks' }, story.otherChecks.map((check) => h('div', { class: 'check' }, h('div', { class: 'row' }, h('b', {}, check.name), pill(check.verdict), h('span', { class: 'soft' }, check.metric + ' · ' + check.detector)), h('p', {}, check.why))))),
    story.contributors.length ? card('contributors', table([[t('user')], ...numeric(['failures', 'share'])], story.contributors.map((one) => [h('code', {}, one.user), number(one.failures), percent(one.share)]))) : null,
    card('answers', h('p', {}, Object.entries(story.codes).map(([code, count]) => `${code}: ${number(count)}`).join(', ') || '–')),
  ];
}

/** Asks for the token; the session that follows lives in a cookie that scripts cannot read. */
export class SignIn {
  constructor(app, expired) {
    const token = h('input', { id: 'token', type: 'password', autocomplete: 'current-password', required: true });
    const name = h('input', { id: 'name', type: 'text', autocomplete: 'username', maxlength: 64, pattern: '[!-~]{1,64}' });
    const fault = h('p', { class: 'fault', role: 'alert' }, expired ? t('expired') : '');
    const send = async () => {
      if (!token.reportValidity() || !name.reportValidity()) return;
      try {
        await call('POST', '/session', { token: token.value, name: name.value });
        app.start();
      } catch (problem) {
        fault.textContent = problem.status === 0 ? t('unreachable') : problem.message;
        token.select();
      }
    };
    this.root = h('div', { class: 'card signin' }, h('h1', {}, t('signIn')), h('label', { for: 'name' }, t('name')), name, h('label', { for: 'token' }, t('token')), token,
      h('p', { class: 'soft' }, t('tokenHint')), fault, h('button', { type: 'button', click: send }, t('signIn')));
    this.root.addEventListener('keydown', (event) => { if (event.key === 'Enter' && event.target.tagName === 'INPUT') send(); });
  }

  update() {}

  close() {}
}
