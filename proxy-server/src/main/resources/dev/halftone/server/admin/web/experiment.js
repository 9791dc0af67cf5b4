// The page of an A/B test: who is on which side, what the goal says, and how it came to that.
/* global uPlot */
import { t, locale } from './words.js';
import { h, number, percent, moment, ago, pill, show } from './parts.js';
import { call } from './live.js';

const EVERY_MS = 2000;
const DASHES = [[5, 4], [], [2, 3], [9, 3], [9, 3, 2, 3], [4, 2], [12, 4], [1, 3]];

function color(number, alpha = '') {
  return getComputedStyle(document.documentElement).getPropertyValue('--v' + number).trim() + alpha;
}

function signed(share) {
  return share == null ? '–' : (share > 0 ? '+' : '') + percent(share);
}

/** Lines of all variants over time; with `band` also between what two other columns say. */
class Plot {
  constructor({ pick, band, from, unit, scale }) {
    Object.assign(this, { pick, band, from, unit, scale });
    this.box = h('div', { class: 'chart', role: 'img' });
    this.resize = new ResizeObserver(() => this.plot?.setSize({ width: this.width(), height: 190 }));
    this.resize.observe(this.box);
  }

  width() {
    return Math.max(220, this.box.clientWidth);
  }

  draw(report) {
    const { time, variants } = report.series;
    const shown = variants.map((columns, i) => [columns, i]).slice(this.from);
    const of = (column) => column.map((value) => (value == null ? null : value * this.scale));
    const data = [time.map((iso) => Date.parse(iso) / 1000)];
    const series = [{}];
    const bands = [];
    for (const [columns, i] of shown) {
      if (this.band) {
        bands.push({ series: [data.length + 1, data.length], fill: color(i, '33') });
        for (const edge of this.band) {
          data.push(of(columns[edge]));
          series.push({ stroke: color(i, '66'), width: 1, points: { show: false } });
        }
      }
      data.push(of(columns[this.pick]));
      series.push({ stroke: color(i), width: 2, dash: DASHES[i], points: { show: false } });
    }
    this.box.setAttribute('aria-label', shown.map(([columns, i]) => `${report.variants[i].name} ${number(of(columns[this.pick]).at(-1), 2)}${this.unit}`).join(', '));
    const axis = { stroke: color('-soft'), grid: { stroke: color('-line'), width: 1 }, ticks: { stroke: color('-line'), width: 1 }, font: '12px system-ui' };
    this.plot?.destroy();
    this.plot = new uPlot({
      width: this.width(), height: 190, legend: { show: false }, cursor: { show: true, points: { show: false } }, bands, series,
      scales: { y: { range: (_, low, high) => (low == null ? [0, 1] : [Math.min(0, low) * 1.05, high > 0 ? high * 1.05 : 0.01]) } },
      axes: [{ ...axis, space: 90, values: (_, marks) => marks.map((mark) => this.mark(mark, data[0])) },
        { ...axis, size: 66, values: (_, marks) => marks.map((mark) => number(mark, 2) + this.unit) }],
    }, data, this.box);
  }

  /** A day or more is told by dates. */
  mark(mark, times) {
    const isLong = times.length > 0 && times.at(-1) - times[0] > 172800;
    return isLong ? new Date(mark * 1000).toLocaleDateString(locale(), { day: 'numeric', month: 'short' })
      : new Date(mark * 1000).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  }

  close() {
    this.resize.disconnect();
    this.plot?.destroy();
  }
}

/** One A/B test; asks for the report again and again while it is open. */
export class ExperimentView {
  constructor(app, route) {
    Object.assign(this, { app, route });
    this.head = h('div');
    this.split = h('section', { class: 'card w6', 'aria-labelledby': 'split-title' });
    this.facts = h('section', { class: 'card w6', 'aria-labelledby': 'goal-title' });
    this.table = h('section', { class: 'card', 'aria-labelledby': 'variants-title' });
    this.legends = [];
    this.plots = {
      lift: new Plot({ pick: 'lift', band: ['low', 'high'], from: 1, unit: ' %', scale: 100 }),
      mean: new Plot({ pick: 'mean', from: 0, unit: ' %', scale: 100 }),
      users: new Plot({ pick: 'users', from: 0, unit: '', scale: 1 }),
    };
    const card = (key, width) => {
      const legend = h('div', { class: 'legend' });
      this.legends.push([legend, this.plots[key].from]);
      return h('section', { class: 'card ' + width, 'aria-label': t(key + 'Chart') }, h('h2', {}, t(key + 'Chart')), legend, this.plots[key].box);
    };
    this.root = h('div', {}, h('p', { class: 'soft' }, h('a', { href: '#/route/' + encodeURIComponent(route) }, t('back', { route }))), this.head,
      h('div', { class: 'grid' }, this.split, this.facts, this.table, card('lift', ''), card('mean', 'w6'), card('users', 'w6')));
    this.timer = setInterval(() => this.load(), EVERY_MS);
    this.load();
  }

  async load() {
    try {
      const report = await call('GET', `/api/v1/routes/${encodeURIComponent(this.route)}/experiment`);
      if (this.closed) return;
      if (!report.goal) {
        show(this.head, 'none', () => [h('h1', {}, this.route), h('p', {}, t('noExperiment'))]);
        return;
      }
      this.report = report;
      this.draw();
    } catch (problem) {
      if (this.closed) return;
      if (problem.status === 401) this.app.refused();
      else if (!this.report) show(this.head, problem.message, () => [h('h1', {}, this.route), h('p', { class: 'fault' }, problem.status === 0 ? t('unreachable') : problem.message)]);
    }
  }

  draw() {
    const { report } = this;
    const { goal, split, variants } = report;
    show(this.head, [report.phase, report.reason, report.winner], () => [
      h('div', { class: 'row' }, h('h1', {}, `${report.route} · ${report.release}`), pill(report.phase), split.ok ? null : pill('breach')),
      h('p', { class: 'sentence' }, report.winner ? t('winnerIs', { name: report.winner }) : t(report.running ? 'testRuns' : 'testEnded')), h('p', { class: 'soft' }, report.reason),
    ]);
    show(this.split, [split], () => [
      h('h2', { id: 'split-title' }, t('split')), h('p', {}, pill(split.ok ? 'healthy' : 'breach'), ' ', t(split.ok ? 'splitOk' : 'splitWrong')),
      h('p', { class: split.ok ? 'soft' : 'fault' }, split.why ?? t('splitChance', { chance: number(split.chance, 4), limit: number(split.limit, 4) })),
    ]);
    show(this.facts, [goal, report.started, report.ends], () => [
      h('h2', { id: 'goal-title' }, t('goal')), h('dl', {}, h('dt', {}, t('goalMetric')), h('dd', {}, `${goal.metric} · ${t(goal.direction === 'up' ? 'moreIsBetter' : 'lessIsBetter')}`),
        h('dt', {}, t('confidence')), h('dd', {}, t('confidenceWords', { n: percent(goal.confidence) })),
        h('dt', {}, t('began')), h('dd', {}, `${moment(report.started)}, ${ago(report.started)}`), report.ends ? [h('dt', {}, t('endsBy')), h('dd', {}, moment(report.ends))] : null)].flat());
    show(this.table, [variants], () => [h('h2', { id: 'variants-title' }, t('variants')),
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-labelledby': 'variants-title' }, h('table', {},
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t('variant')), ['share', 'users', 'reports', 'hits', 'goalMean', 'lift', 'lasting'].map((key) => h('th', { scope: 'col', class: 'n' }, t(key))), h('th', { scope: 'col' }, t('verdict')))),
        h('tbody', {}, variants.map((one, i) => h('tr', {}, h('th', { scope: 'row' }, h('span', { class: 'swatch v' + i }), one.name),
          [number(one.share, 2) + ' %', number(one.users), number(one.trials), number(one.hits), percent(one.mean), signed(one.lift), one.low == null ? '–' : `${signed(one.low)} … ${signed(one.high)}`].map((text) => h('td', { class: 'n' }, text)),
          h('td', {}, h('span', { class: 'pill ' + ({ better: 'good', worse: 'bad' }[one.verdict] ?? 'still') }, t('v_' + one.verdict))))))))]);
    for (const [legend, from] of this.legends) {
      show(legend, variants.map((one) => one.name), () => variants.map((one, i) => (i < from ? null : h('span', {}, h('span', { class: 'swatch v' + i }), one.name))));
    }
    Object.values(this.plots).forEach((plot) => plot.draw(report));
  }

  update() {}

  repaint() {
    if (this.report) Object.values(this.plots).forEach((plot) => plot.draw(this.report));
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    Object.values(this.plots).forEach((plot) => plot.close());
  }
}
