// Draws a lottery: its quantities against the weights that are left, as in the literature since Frankle & Carbin (2019).
// Lines are means over the replicates, bands reach from the lowest to the highest of them.

const METHODS = {
  imp: 'winning ticket', weight_rewind: 'weight rewinding', lr_rewind: 'learning-rate rewinding', fine_tune: 'fine-tuning',
  one_shot: 'one-shot pruning', random_reinit: 'random re-initialisation', random_prune: 'random pruning',
};
const mean = values => sum(values) / values.length;
const spread = (values, format) => Math.min(...values) < Math.max(...values) ? `${format(Math.min(...values))} – ${format(Math.max(...values))}` : '';

// [{method, name, className, levels: [{level, density, rows}]}], the main run first. Rows are lines of levels.jsonl.
function seriesOf(rows) {
  const order = row => (row.role === 'main' ? 0 : 1 + Object.keys(METHODS).indexOf(row.method));
  const found = new Map();
  for (const row of rows.filter(row => row.density > 0).sort((a, b) => order(a) - order(b) || a.level - b.level)) {
    const key = row.role + row.method;
    if (!found.has(key)) found.set(key, {method: row.method, name: METHODS[row.method] || row.method, className: 's' + found.size, levels: []});
    const {levels} = found.get(key);
    if (!levels.length || levels.at(-1).level !== row.level) levels.push({level: row.level, density: row.density, rows: []});
    levels.at(-1).rows.push(row);
  }
  return [...found.values()];
}

const QUANTITIES = [
  {title: 'Iterations to early stop', pick: row => row.early_stop - (row.recipe || {first: 0}).first, format: whole, tick: whole, zero: true},
  {title: 'Test accuracy at early stop', pick: row => row.test_accuracy, format: value => percent(value), errors: true},
  {title: 'Test accuracy at the end of training', pick: row => row.end_test_accuracy, format: value => percent(value), errors: true},
  {title: 'Bytes of the packed model', pick: row => row.model_bytes, format: whole, tick: short, log: true},
];

// --- one figure --------------------------------------------------------------------------------------------------
let figures_drawn = 0;  // ids of clipping paths are unique in a page

// A figure as an SVG of this size. `place` gets the function that moves its cursor to a density.
function ticketFigure(series, quantity, width, height, place = () => {}) {
  const {title, pick, format, log = false} = quantity;
  const lines = series.map(one => ({...one, points: one.levels
    .map(({level, density, rows}) => ({level, density, values: rows.map(pick).filter(v => Number.isFinite(v) && (!log || v > 0))}))
    .filter(point => point.values.length)}));
  const ys = lines.flatMap(one => one.points.flatMap(point => point.values)), main = lines[0].points;
  let low = Math.min(...ys), high = Math.max(...ys);
  // Where networks collapse, nobody reads numbers; so errors up to four times the dense network's are shown.
  if (quantity.errors && main.length) low = Math.max(low, 1 - 4 * (1 - mean(main[0].values)));
  const air = log ? 0 : (high - low || Math.abs(high) || 1) * 0.06;
  if (log) { low /= 1.15; high *= 1.15; }
  high += air;
  low = quantity.zero ? 0 : low - air;
  const ticks = log ? logTicks(low, high) : linearTicks(low, high, 5);
  const digits = quantity.errors ? (ticks.length > 1 && ticks[1] - ticks[0] < 0.00999 ? 1 : 0) : undefined;
  const tick = quantity.errors ? value => percent(value, digits) : quantity.tick;
  const densities = lines.flatMap(one => one.levels.map(level => level.density));
  const most = Math.max(...densities), least = Math.min(Math.min(...densities), most / 2);
  const left = 12 + 6.4 * Math.max(...ticks.map(t => tick(t).length)), right = width - 14, top = 8, bottom = height - 38;
  const x = scale(most, least, left + 10, right, true), y = scale(low, high, bottom, top, log);

  const root = svg('svg', {width, height, viewBox: `0 0 ${width} ${height}`, class: 'figure', role: 'img', 'aria-label': `${title} against weights left`});
  const clip = 'figure-' + ++figures_drawn;
  root.append(svg('defs', {}, svg('clipPath', {id: clip}, svg('rect', {x: left - 4, y: top - 6, width: width - left + 4, height: bottom - top + 12}))));
  for (const t of ticks)
    root.append(svg('line', {class: 'grid', x1: left, x2: width, y1: y(t), y2: y(t)}),
                svg('text', {x: left - 8, y: y(t) + 4, 'text-anchor': 'end'}, tick(t)));
  // The levels are their own ticks; those that would touch the last one written are left out.
  let free = -Infinity;
  for (const density of [...new Set(densities)].sort((a, b) => b - a)) {
    if (x(density) < free) continue;
    free = x(density) + 38;
    root.append(svg('text', {x: x(density), y: bottom + 16, 'text-anchor': 'middle'}, figures(100 * density)),
                svg('line', {class: 'grid', x1: x(density), x2: x(density), y1: bottom, y2: bottom + 4}));
  }
  root.append(svg('text', {x: (left + right) / 2, y: height - 4, 'text-anchor': 'middle'}, '% of weights left'));
  const cursor = svg('line', {class: 'cursor', y1: top, y2: bottom, visibility: 'hidden'});
  const inside = svg('g', {'clip-path': `url(#${clip})`});
  root.append(cursor, inside);
  if (main.length && main[0].level === 0)
    inside.append(svg('line', {class: 'dense', x1: left, x2: width, y1: y(mean(main[0].values)), y2: y(mean(main[0].values))}));
  const path = points => points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join('L');
  for (const {className, points} of [...lines].reverse()) {
    if (!points.length) continue;
    const edge = bound => points.map(point => [x(point.density), y(bound(...point.values))]);
    const mark = svg('g', {class: className},
      svg('path', {class: 'band', d: 'M' + path(edge(Math.max)) + 'L' + path(edge(Math.min).reverse()) + 'Z'}),
      svg('path', {class: 'mean', d: 'M' + path(points.map(point => [x(point.density), y(mean(point.values))]))}));
    for (const point of points) {
      const px = x(point.density);
      if (point.values.length > 1) mark.append(svg('path', {class: 'reach', d: 'M' + path([[px, y(Math.min(...point.values))], [px, y(Math.max(...point.values))]])}));
      mark.append(svg('circle', {cx: px, cy: y(mean(point.values)), r: 3}));
    }
    inside.append(mark);
  }
  place(density => fill(cursor, {x1: x(density), x2: x(density), visibility: 'visible'}, []),
        px => main.reduce((best, point) => Math.abs(x(point.density) - px) < Math.abs(x(best.density) - px) ? point : best, main[0]).level);
  return root;
}

// The same with title, legend and colours, as a file of its own.
function savedFigure(series, quantity, name) {
  const width = 640, height = 400, drawing = ticketFigure(series, quantity, width - 32, height);
  fill(drawing, {x: 16, y: 64}, []);
  const root = svg('svg', {xmlns: 'http://www.w3.org/2000/svg', width, height: height + 74, viewBox: `0 0 ${width} ${height + 74}`, class: 'saved'},
    svg('style', {}, document.querySelector('style').textContent),
    svg('rect', {class: 'paper', width: '100%', height: '100%'}),
    svg('text', {class: 'title', x: 16, y: 28}, `${quantity.title} · ${name}`));
  let x = 16;
  for (const one of series) {
    root.append(svg('g', {class: one.className}, svg('path', {class: 'mean', d: `M${x},48h22`}), svg('circle', {cx: x + 11, cy: 48, r: 3}),
                    svg('text', {x: x + 28, y: 52}, one.name)));
    x += 48 + 6.2 * one.name.length;
  }
  root.append(drawing);
  return new XMLSerializer().serializeToString(root);
}

function ticketCard(series, quantity, name, moment) {
  const values = series.map(one => html('span', {class: one.className}));
  const drawing = html('div');
  const save = html('button', {type: 'button', class: 'save', title: 'save this figure as an SVG file', onclick: () => {
    const url = URL.createObjectURL(new Blob([savedFigure(series, quantity, name)], {type: 'image/svg+xml'}));
    html('a', {href: url, download: `${name} ${quantity.title}.svg`.toLowerCase().replace(/[^\w.]+/g, '-')}).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }}, 'SVG');
  const card = html('section', {class: 'chart wide'},
    html('header', {}, html('b', {}, quantity.title, save), html('div', {class: 'values'}, values)), drawing);
  let move = () => {};
  card.draw = () => {
    let level_at;
    const root = ticketFigure(series, quantity, Math.max(200, drawing.clientWidth), 260,  // a page not laid out yet has no width
      (to, at) => { move = to; level_at = at; });
    const point = event => moment.show(level_at(event.offsetX));
    root.addEventListener('pointermove', point);
    root.addEventListener('pointerdown', point);
    drawing.replaceChildren(root);
    card.follow(moment.level);
  };
  card.follow = level => series.forEach((one, i) => {
    const here = one.levels.find(other => other.level === level), numbers = here ? here.rows.map(quantity.pick).filter(Number.isFinite) : [];
    values[i].replaceChildren(numbers.length ? quantity.format(mean(numbers)) : '');
    if (i === 0 && here) move(here.density);
  });
  return card;
}

// --- the whole lottery -------------------------------------------------------------------------------------------
// How often the main run is strictly ahead of another method, replicate by replicate and level by level.
function pairs(rows, method, pick) {
  const main = new Map(rows.filter(row => row.role === 'main').map(row => [`${row.replicate} ${row.level}`, row]));
  const pairs = rows.filter(row => row.role !== 'main' && row.method === method).map(row => [main.get(`${row.replicate} ${row.level}`), row]).filter(([ticket]) => ticket);
  return {of: pairs.length, ahead: pairs.filter(([ticket, other]) => pick(ticket) > pick(other)).length};
}

function lotteryFacts(lottery, main) {
  const fact = (value, unit, words) => html('div', {}, html('b', {}, value, html('small', {}, unit)), html('span', {}, words));
  const accuracy = level => mean(level.rows.map(row => row.test_accuracy));
  const dense = main.levels[0], facts = [];
  if (dense.level === 0 && main.levels.length > 1) {
    const good = main.levels.filter(level => level.level > 0 && accuracy(level) >= accuracy(dense)), last = good.at(-1);
    const best = main.levels.reduce((a, b) => accuracy(b) > accuracy(a) ? b : a);
    if (last) {
      facts.push(fact(figures(100 * last.density), '%', 'of the weights are enough for the dense network’s accuracy'));
      const bytes = mean(last.rows.map(row => row.model_bytes));
      facts.push(fact(whole(bytes), 'bytes', `is its packed file, ${figures(mean(last.rows.map(row => row.dense_bytes)) / bytes)} × smaller than dense`));
    }
    facts.push(fact(percent(accuracy(dense)).split(' ')[0], '%', 'test accuracy of the dense network'));
    facts.push(fact(percent(accuracy(best)).split(' ')[0], '%', `the best mean, at ${figures(100 * best.density)} % of the weights`));
  }
  const rivals = pairs(lottery.levels, 'random_reinit', row => row.test_accuracy);
  if (rivals.of) facts.push(fact(String(rivals.ahead), `of ${rivals.of}`, 'times more accurate than the same mask with new random weights'));
  return facts;
}

function lotteryTable(series, replicates) {
  const levels = [...new Set(series.flatMap(one => one.levels.map(level => level.level)))].sort((a, b) => a - b);
  const cell = (rows, {pick, format}) => {
    const values = rows.map(pick).filter(Number.isFinite);
    return html('td', {}, values.length ? format(mean(values)) : '–', replicates > 1 ? html('small', {}, values.length ? spread(values, format) : '') : null);
  };
  const body = levels.flatMap(level => series.flatMap(one => {
    const here = one.levels.find(other => other.level === level);
    return here ? [html('tr', {class: one.className}, html('td', {}, one === series[0] ? `level ${level}` : one.name),
      html('td', {}, percent(here.density)), QUANTITIES.map(quantity => cell(here.rows, quantity)))] : [];
  }));
  return html('div', {class: 'scroll'}, html('table', {class: 'levels'},
    html('thead', {}, html('tr', {}, ['', 'weights left', 'early stop', 'accuracy there', 'at the end', 'bytes'].map(name => html('th', {scope: 'col'}, name)))),
    html('tbody', {}, body)));
}

function lotterySection(lottery, heading) {
  const config = lottery.config || {}, name = config.name || lottery.directory, series = seriesOf(lottery.levels);
  if (!series.length) return html('article', {}, html(heading, {}, name), html('p', {}, 'No level is finished yet.'));
  const replicates = new Set(lottery.levels.map(row => row.replicate)).size, last = series[0].levels.at(-1);
  // At first, numbers of the latest level at which there is something to compare.
  const compared = series.slice(1).flatMap(one => one.levels.map(level => level.level));
  const moment = {level: compared.length ? Math.max(...compared) : last.level, show: level => { moment.level = level; cards.forEach(card => card.follow(level)); }};
  const cards = QUANTITIES.map(quantity => ticketCard(series, quantity, name, moment));
  const section = html('article', {class: 'lottery'},
    html(heading, {}, name),
    html('p', {class: 'muted'}, [dataName(config), counted(last.level, 'round') + ' of pruning', counted(replicates, 'replicate')].filter(Boolean).join(' · ')),
    html('div', {class: 'facts'}, lotteryFacts(lottery, series[0])),
    html('h2', {}, 'As weights are pruned away'),
    html('p', {class: 'note'}, `Means${replicates > 1 ? ', with bands from the lowest to the highest replicate' : ''}. Early stop is the iteration of the lowest validation loss. The thin line is the dense network. Numbers belong to the level pointed at.`),
    html('div', {class: 'legend'}, series.map(one => html('span', {class: one.className},
      svg('svg', {class: 'figure', width: 26, height: 10}, svg('path', {class: 'mean', d: 'M1,5H25'}), svg('circle', {cx: 13, cy: 5, r: 3})), one.name))),
    html('div', {class: 'charts'}, cards),
    html('h2', {}, 'Level by level'),
    lotteryTable(series, replicates),
    lottery.config ? html('details', {}, html('summary', {}, 'Config'), html('pre', {}, JSON.stringify(lottery.config, null, 2))) : null);
  section.draw = () => cards.forEach(card => card.draw());
  return section;
}
