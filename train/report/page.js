// Draws the report: the runs and lotteries are in the JSON element #data (see page.h).

const entries = JSON.parse(document.getElementById('data').textContent);
const runs = entries.filter(entry => entry.epochs), lotteries = entries.filter(entry => entry.levels);
const report = document.getElementById('report');

// --- what a run amounts to ---------------------------------------------------------------------------------------
// The best thing known about each quantity: the summary's when the run is finished, else the last epoch's.
function factsOf(run) {
  const summary = run.summary || {}, last = run.epochs.at(-1) || {}, layers = last.layers || [], metric = firstMetric(run);
  const now = summary.channels ? summary.channels.split('-').map(Number) : layers.map(layer => layer.channels);
  return {
    name: summary.name || (run.config || {}).name || run.directory, finished: Boolean(run.summary),
    metric, result: summary['test_' + metric.name] ?? last['validation_' + metric.name] ?? last['train_' + metric.name],
    bytes: summary.model_bytes ?? last.bytes, dense: summary.dense_bytes,
    channels: sum(now), original: sum(layers.map(layer => layer.original_channels)),
    flops: (summary.train_flops ?? last.train_flops) / (summary.train_flops_dense ?? last.train_flops_dense),
    seconds: summary.wall_seconds ?? sum(run.epochs.map(epoch => epoch.seconds)), epochs: run.epochs.length,
  };
}
for (const run of runs) run.facts = factsOf(run);
// One run goes by its name; several by the directories people gave them, and if need be by the whole paths of these.
const unlike = (run, of) => runs.every(other => other === run || of(other) !== of(run));
const folder = run => run.directory.replace(/\/+$/, '').split('/').at(-1);
for (const run of runs) run.label = runs.length === 1 ? run.facts.name : unlike(run, folder) ? folder(run) : run.directory;
// Results compare where data and metric are the same.
const dataOf = run => dataName(run.config) + (run.facts.metric.name === 'accuracy' ? '' : `, ${run.facts.metric.title.toLowerCase()}`);

// The bits of each channel of layer `index` before training (row 0) and after each epoch; 0 where a channel is gone.
// Uncompressed channels have 32 bits. Epochs without the bits of single channels look like the one before.
function channelHistory(run, index) {
  const first = run.epochs[0].layers[index], start = ((run.config || {}).compress || {}).bits;
  const rows = [Array(first.original_channels).fill(first.channel_bits && known(start) ? start : 32)];
  for (const epoch of run.epochs) {
    const layer = epoch.layers[index];
    rows.push(layer.channel_bits || (layer.bits === undefined ? rows[0].map((_, i) => i < layer.channels ? 32 : 0) : rows.at(-1)));
  }
  // The longest-lived channels come first, so that the layer's shape over time is seen.
  const life = rows[0].map((_, channel) => rows.reduce((end, row, i) => row[channel] > 0 ? i : end, 0));
  const order = rows[0].map((_, channel) => channel).sort((a, b) => life[b] - life[a] || rows.at(-1)[b] - rows.at(-1)[a] || a - b);
  return rows.map(row => order.map(channel => row[channel]));
}

// --- the network, layer by layer ---------------------------------------------------------------------------------
function heat(bits, most) {
  const style = getComputedStyle(document.documentElement);
  const stops = ['low', 'middle', 'high'].map(name => style.getPropertyValue('--heat-' + name).trim().match(/\w\w/g).map(hex => parseInt(hex, 16)));
  const t = 2 * Math.min(1, bits / most), i = t < 1 ? 0 : 1;
  return stops[i].map((from, k) => from + (stops[i + 1][k] - from) * (t - i));
}

function paint(canvas, rows, colour) {
  canvas.width = rows[0].length;
  canvas.height = rows.length;
  const context = canvas.getContext('2d'), image = context.createImageData(canvas.width, canvas.height);
  rows.flat().forEach((bits, i) => {
    if (bits > 0) image.data.set([...colour(bits), 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
}

function networkSection(run) {
  if (!run.epochs.length || !run.epochs[0].layers.length || !known(run.epochs[0].layers[0].original_channels)) return [];
  const histories = run.epochs[0].layers.map((_, index) => channelHistory(run, index));
  const most = Math.max(8, ...histories.flatMap(rows => rows.map(row => Math.max(...row))));
  const widest = Math.max(...histories.map(rows => rows[0].length)), end = run.epochs.length;
  const colours = new Map();
  const colour = bits => colours.get(bits) || colours.set(bits, heat(bits, most)).get(bits);

  const section = html('div', {class: 'network'}, histories.map((rows, index) => {
    const layer = run.epochs[0].layers[index], [number, kind] = layer.name.split(/\.(.*)/);
    const past = html('canvas', {class: 'past'}), now = html('canvas', {class: 'now'});
    const cursor = html('div', {class: 'cursor'}), count = html('div'), bits = html('div');
    const choose = event => {
      if (event.type === 'pointerdown' || event.pointerType === 'mouse')
        show(Math.min(end, Math.max(0, Math.floor(event.offsetY / past.clientHeight * rows.length))));
    };
    past.addEventListener('pointermove', choose);
    past.addEventListener('pointerdown', choose);
    listeners.push(epoch => {
      const row = rows[epoch], alive = row.filter(b => b > 0);
      paint(now, [row], colour);
      cursor.style.top = (epoch + 0.5) / rows.length * past.clientHeight + 'px';
      count.textContent = `${row.length} → ${alive.length} channels`;
      bits.textContent = alive.length ? (sum(alive) / alive.length).toFixed(1) + ' bits on average' : 'nothing left';
    });
    paint(past, rows, colour);
    // The square root lets ten channels and five hundred share a page.
    const share = Math.max(8, 100 * Math.sqrt(rows[0].length / widest));
    return html('section', {class: 'layer'},
      html('div', {class: 'what'}, html('b', {title: layer.name}, kind ? `${kind} ` : layer.name, kind ? html('span', {class: 'muted'}, number) : null), count, bits),
      html('div', {class: 'strips', style: `width:${share}%`}, past, now, cursor));
  }));
  const range = html('input', {type: 'range', min: 0, max: end, value: end, 'aria-label': 'epoch', oninput: () => show(+range.value)});
  const output = html('output');
  listeners.push(epoch => {
    range.value = epoch;
    output.textContent = epoch ? `epoch ${epoch} of ${end}` : 'before training';
  });
  const play = html('button', {type: 'button', 'aria-label': 'watch it shrink', title: 'watch it shrink', onclick: () => {
    clearInterval(playing);
    show(0);
    playing = setInterval(() => moment < end ? show(moment + 1) : clearInterval(playing), Math.min(400, 6000 / end));
  }}, svg('svg', {width: 12, height: 14, viewBox: '0 0 12 14'}, svg('polygon', {points: '1,0 12,7 1,14'})));
  const more = run.facts.finished ? sum(run.epochs.at(-1).layers.map(layer => layer.channels)) - run.facts.channels : 0;
  return [
    html('h2', {}, 'The network, layer by layer'),
    html('p', {class: 'note'}, 'Each column is a channel, coloured by its bits. Time runs down; the strip below is the network at the chosen epoch.',
         more > 0 ? ` When training was over, ${counted(more, 'channel')} more could leave the file.` : ''),
    html('div', {class: 'time'}, play, range, output),
    section,
    html('div', {class: 'legend'}, html('span', {}, 'few bits', html('i', {class: 'ramp'}), `${figures(most)} bits`),
         html('span', {}, html('i', {class: 'gone'}), 'removed')),
  ];
}

// --- one run -----------------------------------------------------------------------------------------------------
function runSection(run, heading) {
  const {facts, epochs} = run, config = run.config || {}, summary = run.summary || {};
  const fact = (value, unit, words) => html('div', {}, html('b', {}, value, unit ? html('small', {}, unit) : null), html('span', {}, words));
  const about = [facts.name === run.label ? null : facts.name, dataName(config), counted(facts.epochs, 'epoch'), duration(facts.seconds),
                 known(summary.threads) ? counted(summary.threads, 'thread') : null,
                 summary.precision, known(config.seed) ? `seed ${config.seed}` : null, facts.finished ? null : 'not finished'];
  const over = pick => epochs.map(epoch => [epoch.epoch, pick(epoch)]);
  const flops = epochs.map((epoch, i) => {
    const before = epochs[i - 1] || {train_flops: 0, train_flops_dense: 0};
    return [epoch.epoch, (epoch.train_flops - before.train_flops) / (epoch.train_flops_dense - before.train_flops_dense)];
  });
  // Nothing, or hardly anything, is removed in the first epoch.
  const againstFirst = key => known((epochs[0] || {})[key])
    ? epochs.filter(epoch => known(epoch[key])).map(epoch => [epoch.epoch, epoch[key] / epochs[0][key]]) : [];
  const start = (config.compress || {}).bits;
  const charts = [
    chart({title: facts.metric.title, className: 'wide', format: printed(facts.metric), tick: tickOf(facts.metric), series: [
      {name: 'training', kind: 'side', points: over(epoch => epoch['train_' + facts.metric.name])},
      {name: 'validation', kind: 'main', points: over(epoch => epoch['validation_' + facts.metric.name])}]}),
    chart({title: 'Loss', className: 'wide', format: value => value.toFixed(3), tick: figures, series: [
      {name: 'training', kind: 'side', points: over(epoch => epoch.task_loss)},
      {name: 'validation', kind: 'main', points: over(epoch => epoch.validation_loss)}]}),
    ...metricCharts(run, over),
    chart({title: 'File size', log: true, format: value => whole(value) + ' bytes', tick: short,
      series: [{kind: 'main', points: over(epoch => epoch.bytes)}]}),
    chart({title: 'Bits per original weight', log: true, format: figures,
      series: [{kind: 'main', points: [...(known(start) ? [[0, start]] : []), ...over(epoch => epoch.mean_bits)]}]}),
    chart({title: 'Channels alive', zero: true, format: whole,
      series: [{kind: 'main', points: [...(facts.original ? [[0, facts.original]] : []), ...over(epoch => epoch.live_channels)]}]}),
    chart({title: 'Cost of an epoch against dense', className: 'wide', zero: true, format: value => percent(value, 1), tick: value => percent(value, 0),
      series: [
        {name: 'FLOPs', kind: 'main', points: flops},
        {name: 'seconds', kind: 'side', points: againstFirst('seconds')},
        {name: 'energy', kind: 'side', points: againstFirst('joules')}].filter(one => one.points.length)}),
    chart({title: 'Seconds per epoch', className: 'wide', zero: true, format: value => figures(value) + ' s', tick: figures,
      series: [{kind: 'main', points: over(epoch => epoch.seconds)}]}),
  ].filter(Boolean);
  const evaluation = evaluationSection(run), [result, unit] = known(facts.result) ? printed(facts.metric)(facts.result).split(' ') : [];
  const section = html('article', {},
    html(heading, {}, run.label),
    html('p', {class: 'muted'}, about.filter(Boolean).join(' · ')),
    html('div', {class: 'facts'},
      known(result) ? fact(result, unit, facts.finished ? `test ${facts.metric.title.toLowerCase()} of this file` : `${facts.metric.title.toLowerCase()} so far`) : null,
      known(facts.bytes) ? fact(whole(facts.bytes), 'bytes', 'on disk') : null,
      facts.dense ? fact(figures(facts.dense / facts.bytes), '×', `smaller than dense (${short(facts.dense)})`) : null,
      facts.original ? fact(whole(facts.channels), `of ${whole(facts.original)}`, 'channels left') : null,
      Number.isFinite(facts.flops) ? fact(...percent(facts.flops, 0).split(' '), 'of the dense training FLOPs') : null),
    evaluation.nodes,
    networkSection(run),
    epochs.length ? html('h2', {}, 'While it trained') : html('p', {}, 'No epoch is finished yet.'),
    html('div', {class: 'charts'}, charts),
    run.config ? html('details', {}, html('summary', {}, 'Config'), html('pre', {}, JSON.stringify(run.config, null, 2))) : null);
  section.draw = () => [...charts, evaluation].forEach(one => one.draw());
  return section;
}

// --- several runs ------------------------------------------------------------------------------------------------
// Only finished runs can be compared: what is known of the others is not the accuracy of a file.
const measured = runs.filter(run => run.facts.finished && known(run.facts.result) && run.facts.bytes > 0);
// Results on different data do not compare; those with something to compare have a frontier each.
const dataSets = [...new Set(measured.map(dataOf))].filter(name => measured.filter(run => dataOf(run) === name).length > 1);
// On the frontier: nothing else on the same data is at least as good in both respects, and better in one.
const isBetter = (one, other) => one.metric.more ? one.result > other.result : one.result < other.result;
const best = run => measured.includes(run) && !measured.some(({facts: other, ...rest}) => dataOf({facts: other, ...rest}) === dataOf(run) &&
  !isBetter(run.facts, other) && other.bytes <= run.facts.bytes && (isBetter(other, run.facts) || other.bytes < run.facts.bytes));

function frontierChart(measured, choose) {
  const {metric} = measured[0].facts;
  const drawing = html('div'), card = html('section', {class: 'chart ' + (dataSets.length > 1 ? 'wide' : 'full')},
    html('header', {}, html('b', {}, `${metric.title} against file size` + (new Set(runs.map(dataOf)).size > 1 ? ` on ${dataName(measured[0].config)}` : '')), html('span', {class: 'note'}, `${metric.more ? 'up' : 'down'} and to the left is better`)), drawing);
  const bytes = measured.map(run => run.facts.bytes), results = measured.map(run => run.facts.result);
  const spread = Math.max(1.25, (Math.max(...bytes) / Math.min(...bytes)) ** 0.12);
  const low = Math.min(...bytes) / spread, high = Math.max(...bytes) * spread;
  const air = (Math.max(...results) - Math.min(...results)) * 0.15 || Math.abs(results[0]) * 0.01 || 0.01;
  const bottomValue = Math.min(...results) - air, topValue = metric.share ? Math.min(1, Math.max(...results) + air) : Math.max(...results) + air;
  card.draw = chosen => {
    const width = drawing.clientWidth || 300, height = Math.min(380, Math.max(260, width * 0.5)), left = 52, bottom = height - 30;
    const x = scale(low, high, left, width - 10, true), y = scale(bottomValue, topValue, bottom, 10);
    const ticks = linearTicks(bottomValue, topValue, 5), digits = ticks.length > 1 && ticks[1] - ticks[0] < 0.00999 ? 1 : 0;
    const root = svg('svg', {width, height, role: 'img', 'aria-label': `${metric.title.toLowerCase()} against file size`});
    for (const t of ticks)
      root.append(svg('line', {class: 'grid', x1: left, x2: width, y1: y(t), y2: y(t)}),
                  svg('text', {x: left - 8, y: y(t) + 4, 'text-anchor': 'end'}, metric.share ? percent(t, digits) : figures(t)));
    for (const t of logTicks(low, high)) root.append(svg('text', {x: x(t), y: height - 6, 'text-anchor': 'middle'}, short(t)));
    const frontier = measured.filter(best).sort((a, b) => a.facts.bytes - b.facts.bytes);
    root.append(svg('path', {class: 'main', d: 'M' + frontier.map(run => `${x(run.facts.bytes)},${y(run.facts.result)}`).join('L'), opacity: 0.45}));
    const taken = measured.map(run => ({x0: x(run.facts.bytes) - 7, x1: x(run.facts.bytes) + 7, y: y(run.facts.result), h: 7}));
    for (const run of measured) {
      const px = x(run.facts.bytes), py = y(run.facts.result), name = run.label.length > 28 ? run.label.slice(0, 27) + '…' : run.label, size = 7.3 * name.length;
      // The first place where the name meets no dot and no other name.
      const places = [['start', px + 9, py + 19], ['start', px + 11, py + 4], ['end', px - 11, py + 4], ['middle', px, py - 12], ['middle', px, py + 21]].map(([anchor, tx, ty]) => {
        const x0 = anchor === 'start' ? tx : anchor === 'end' ? tx - size : tx - size / 2;
        return {anchor, tx, ty, x0, x1: x0 + size, y: ty - 4, h: 7};
      });
      const free = places.find(place => place.x0 > left && place.x1 < width &&
        !taken.some(other => place.x0 < other.x1 && other.x0 < place.x1 && Math.abs(place.y - other.y) < place.h + other.h));
      if (free) taken.push(free);
      root.append(svg('g', {class: `run ${best(run) ? '' : 'dominated'} ${run === chosen ? 'chosen' : ''}`, onclick: () => choose(run)},
        svg('title', {}, `${run.label}: ${printed(metric)(run.facts.result)}, ${whole(run.facts.bytes)} bytes`),
        svg('circle', {class: 'target', cx: px, cy: py, r: 16}),
        svg('circle', {class: 'dot ' + (best(run) ? 'main' : 'side'), cx: px, cy: py, r: 6}),
        free ? svg('text', {x: free.tx, y: free.ty, 'text-anchor': free.anchor}, name) : null));
    }
    drawing.replaceChildren(root);
  };
  return card;
}

// Settings by their path, such as "compress.gamma".
function settings(value, path = '', all = {}) {
  if (value !== null && typeof value === 'object')
    for (const [key, inner] of Object.entries(value)) settings(inner, path ? `${path}.${key}` : key, all);
  else all[path] = value;
  return all;
}

function runTable(choose) {
  const each = runs.map(run => settings(run.config || {}));
  // Networks differ in too many settings for columns: their channels tell them apart.
  const varied = [...new Set(each.flatMap(Object.keys))].filter(key => !/^(name$|threads$|checkpoint_every$|network\.)/.test(key) && each.some(one => one[key] !== each[0][key])).slice(0, 6);
  const titles = new Set(runs.map(run => run.facts.metric.title.toLowerCase()));
  const columns = ['run', titles.size > 1 ? 'result' : [...titles][0], 'bytes', 'smaller', 'channels', 'FLOPs', 'time', ...varied];
  const table = html('table', {},
    html('thead', {}, html('tr', {}, columns.map(name => html('th', {scope: 'col'}, name)))),
    html('tbody', {}, runs.map((run, i) => {
      const {facts} = run, cell = (value, print) => html('td', {}, known(value) && !Number.isNaN(value) ? print(value) : '–');
      return run.row = html('tr', {class: best(run) ? 'best' : ''},
        html('td', {}, html('button', {type: 'button', onclick: () => choose(run)}, run.label), facts.finished ? '' : ' *'),
        cell(facts.result, printed(facts.metric)), cell(facts.bytes, whole),
        cell(facts.dense / facts.bytes, value => figures(value) + ' ×'), cell(facts.original ? facts.channels : NaN, value => `${facts.original} → ${value}`),
        cell(facts.flops, value => percent(value, 0)), cell(facts.seconds, duration), varied.map(key => cell(each[i][key], String)));
    })));
  const open = runs.filter(run => !run.facts.finished);
  const images = [...new Set(open.map(run => known(run.epochs.at(-1)?.validation_loss) ? 'validation' : 'training'))].join(' or ');
  return [html('div', {class: 'scroll'}, table),
          open.length ? html('p', {class: 'note'}, `* not finished: ${[...titles].join(' or ')} on the ${images} images so far`) : null];
}

// --- the page ----------------------------------------------------------------------------------------------------
let chosen = runs[0], detail, frontiers = [], playing = 0;
function choose(run) {
  clearInterval(playing);
  chosen = run;
  listeners = [];
  for (const other of runs) if (other.row) other.row.classList.toggle('chosen', other === run);
  const next = runSection(run, runs.length > 1 ? 'h2' : 'h1');
  if (detail) detail.replaceWith(next);
  else report.append(next);
  detail = next;
  for (const frontier of frontiers) frontier.draw(chosen);
  detail.draw();
  show(run.epochs.length);
}
function draw() {
  for (const frontier of frontiers) frontier.draw(chosen);
  if (detail) detail.draw();
  for (const section of sections) section.draw?.();
}

const names = [...runs.map(run => run.label), ...lotteries.map(lottery => (lottery.config || {}).name || lottery.directory)];
const howMany = [runs.length && counted(runs.length, 'run'), lotteries.length && counted(lotteries.length, 'experiment')];
document.title = (names.length > 1 ? howMany.filter(Boolean).join(', ') : names[0]) + ' · Pare';
if (runs.length > 1) {
  frontiers = dataSets.map(name => frontierChart(measured.filter(run => dataOf(run) === name), choose));
  report.append(html('h1', {}, `${runs.length} runs`),
    html('p', {class: 'muted'}, 'Results are those of the saved file on the test images; size is the file’s. Choose a run to see it below.'),
    html('div', {class: 'charts'}, frontiers), ...runTable(choose).filter(Boolean));
}
const sections = lotteries.map(lottery => lotterySection(lottery, entries.length > 1 ? 'h2' : 'h1'));
if (runs.length) choose(runs[0]);
report.append(...sections);
draw();

let width = innerWidth;
addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; draw(); show(moment); } });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  if (!chosen) return;  // a lottery's colours are the style sheet's
  const epoch = moment;
  choose(chosen);
  show(epoch);
});
