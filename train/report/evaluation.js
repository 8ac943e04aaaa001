// What a finished run's file does on the test examples: evaluation.json as a heat map, a scatter plot, tables.

// --- metrics ------------------------------------------------------------------------------------------------------
const camel = name => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll('_', ' ');
// How a run shows one of its metrics: {name, title, share, more}.
const kindOf = (run, name) => ((run.kinds || {})[name] && {name, ...run.kinds[name]}) || {name, title: camel(name), share: false, more: true};
const printed = kind => value => kind.share ? percent(value) : figures(value);
const tickOf = kind => value => kind.share ? percent(value, 0) : figures(value);
// The names that follow `prefix` among an object's keys.
const named = (object, prefix) => Object.keys(object || {}).filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length));
// A run's first metric is the one its training is followed by.
const firstMetric = run => kindOf(run, named(run.summary, 'test_').find(name => name !== 'loss') ||
  named(run.epochs.at(-1), 'train_').find(name => !name.startsWith('flops')) || 'accuracy');
// Charts of the metrics besides the first one and the loss.
function metricCharts(run, over) {
  const names = named(run.epochs.at(-1), 'validation_').filter(name => name !== 'loss' && name !== firstMetric(run).name);
  return names.map(name => {
    const kind = kindOf(run, name);
    return chart({title: kind.title, className: ['', 'full', 'wide'][names.length] ?? '', format: printed(kind), tick: tickOf(kind),
      series: [{name: 'validation', kind: 'main', points: over(epoch => epoch['validation_' + name])}]});
  });
}

// --- drawings -----------------------------------------------------------------------------------------------------
const mostDrawn = 40;  // classes of a heat map, rows of a table
// Names that begin alike often differ in their ends.
const brief = (name, most = 14) => name.length > most ? `${name.slice(0, most - 4)}…${name.slice(-3)}` : name;
// Without a comma in what may be a year.
const plain = value => Math.abs(value) < 1e4 ? String(+value.toPrecision(4)) : whole(value);
const third = value => known(value) ? value.toFixed(3) : '–';

function rowsTable(heads, rows) {
  return html('div', {class: 'scroll plain'}, html('table', {},
    html('thead', {}, html('tr', {}, heads.map(head => html('th', {scope: 'col'}, head)))),
    html('tbody', {}, rows.map(row => html('tr', {}, row.map(cell => html('td', {}, String(cell))))))));
}

function heatMap(classes, cells) {
  const drawing = html('div'), card = html('section', {class: 'chart full'},
    html('header', {}, html('b', {}, 'What is taken for what'), html('span', {class: 'note'}, 'a row a class, a column what its examples were taken for')), drawing);
  card.draw = () => {
    const width = drawing.clientWidth || 300, count = classes.length, left = Math.min(110, width * 0.3), top = 78;
    const side = Math.max(6, Math.min(52, (width - left - 40) / count)), numbers = side >= 26;
    const root = svg('svg', {width, height: top + side * count + 6, role: 'img', class: 'matrix', 'aria-label': 'confusion matrix'});
    classes.forEach((one, i) => {
      const middle = (i + 0.5) * side;
      if (side >= 9) root.append(
        svg('text', {x: left - 8, y: top + middle + 4, 'text-anchor': 'end'}, brief(one.name, width < 500 ? 9 : 14)),
        svg('text', {x: left + middle, y: top - 8, transform: `rotate(-45 ${left + middle} ${top - 8})`}, brief(one.name, 12)));
      root.append(svg('rect', {class: 'none', x: left, y: top + i * side, width: side * count, height: side - 1}));
    });
    for (const [truth, taken, examples] of cells) {
      const share = examples / classes[truth].examples, right = truth === taken;
      root.append(svg('g', {},
        svg('title', {}, `${classes[truth].name} taken for ${right ? 'what it is' : classes[taken].name}: ${whole(examples)} of ${whole(classes[truth].examples)} (${percent(share, 1)})`),
        // The root shows rare mistakes, too.
        svg('rect', {class: right ? 'right' : 'wrong', x: left + taken * side, y: top + truth * side, width: side - 1, height: side - 1,
          'fill-opacity': (right ? 0.12 + 0.7 * share : Math.sqrt(share)).toFixed(3)}),
        numbers ? svg('text', {class: 'count', x: left + (taken + 0.5) * side, y: top + (truth + 0.5) * side + 4, 'text-anchor': 'middle'}, String(examples)) : null));
    }
    drawing.replaceChildren(root);
  };
  return card;
}

function scatter(value, wide) {
  const drawing = html('div'), card = html('section', {class: 'chart ' + (wide ? 'wide' : 'full')},
    html('header', {}, html('b', {}, value.name), html('span', {class: 'note'}, `R² ${third(value.r2)}, RMSE ${figures(value.rmse)}; across: true, up: predicted`)), drawing);
  const all = [...value.true, ...value.predicted], low = Math.min(...all), high = Math.max(...all), air = (high - low) * 0.04 || 1;
  card.draw = () => {
    const width = drawing.clientWidth || 300, height = Math.min(width, 420), ticks = linearTicks(low - air, high + air, 5);
    const left = 12 + 6.4 * Math.max(...ticks.map(t => plain(t).length)), bottom = height - 26;
    const x = scale(low - air, high + air, left, width - 10), y = scale(low - air, high + air, bottom, 8);
    const root = svg('svg', {width, height, role: 'img', class: 'scatter', 'aria-label': `${value.name}: predicted against true`});
    for (const t of ticks)
      root.append(svg('line', {class: 'grid', x1: left, x2: width - 10, y1: y(t), y2: y(t)}),
                  svg('text', {x: left - 8, y: y(t) + 4, 'text-anchor': 'end'}, plain(t)),
                  svg('text', {x: x(t), y: height - 6, 'text-anchor': 'middle'}, plain(t)));
    root.append(svg('line', {class: 'same', x1: x(low), y1: y(low), x2: x(high), y2: y(high)}));
    value.true.forEach((truth, i) => root.append(svg('circle', {cx: x(truth).toFixed(1), cy: y(value.predicted[i]).toFixed(1), r: 2.5})));
    drawing.replaceChildren(root);
  };
  return card;
}

// --- the section --------------------------------------------------------------------------------------------------
const countRow = one => [one.name, whole(one.examples), whole(one.predicted), third(one.recall), third(one.precision), third(one.f1)];
const countHeads = noun => [noun, 'examples', 'taken for', 'recall', 'precision', 'F1'];

function ofClasses({classes, confusion}) {
  const large = classes.length > mostDrawn, name = number => classes[number].name;
  const worst = [...classes].sort((a, b) => (a.f1 ?? 2) - (b.f1 ?? 2)).slice(0, mostDrawn);
  const pairs = confusion.filter(([truth, taken]) => truth !== taken).sort((a, b) => b[2] - a[2]).slice(0, 20);
  return {cards: large ? [] : [heatMap(classes, confusion)], tables: [
    large ? rowsTable(['class', 'taken for', 'examples', 'of the class'],
      pairs.map(([truth, taken, count]) => [name(truth), name(taken), whole(count), percent(count / classes[truth].examples, 1)])) : null,
    rowsTable(countHeads('class'), (large ? worst : classes).map(countRow)),
    large ? html('p', {class: 'note'}, `The ${worst.length} of ${classes.length} classes with the lowest F1; evaluation.json has all.`) : null]};
}

function ofValues({values}) {
  return {cards: values.slice(0, 8).map(value => scatter(value, values.length > 1)), tables: [
    rowsTable(['value', 'mean', 'deviation', 'R²', 'RMSE', 'mean error'],
      values.map(one => [one.name, plain(one.mean), figures(one.deviation), third(one.r2), figures(one.rmse), figures(one.absolute_error)]))]};
}

function ofLabels({labels}) {
  return {cards: [], tables: [rowsTable([...countHeads('label'), 'AUC'], labels.map(one => [...countRow(one), third(one.auc)]))]};
}

function ofErrors({errors, usual_p99}) {
  return {cards: [], tables: [rowsTable(['class', 'learnt', 'examples', 'mean error', 'median', '99 % below'],
    errors.map(one => [one.name, one.learned ? 'yes' : 'no', whole(one.examples), figures(one.mean), figures(one.median), figures(one.p99)])),
    html('p', {class: 'note'}, `An error above ${figures(usual_p99)} is unusual: 99 % of the usual examples stay below.`)]};
}

// What a wrong answer was: "cat taken for dog, 97 %".
function wrongly(found, answer) {
  const score = value => percent(value, value > 0.9995 ? 2 : 1);
  if (found.classes) return `${found.classes[answer.true].name} taken for ${found.classes[answer.taken].name}, ${score(answer.score)}`;
  if (found.labels) return `${found.labels[answer.label].name} ${answer.true ? 'missed' : 'seen'}, ${score(answer.score)}`;
  if (found.errors) return `${found.errors.find(one => one.class === answer.class).name}, error ${figures(answer.error)}`;
  return `${found.values[answer.value].name} ${plain(answer.true)}, predicted ${plain(answer.predicted)}`;
}
function worstSection(found) {
  if (!found.worst) return [];
  return [html('h2', {}, 'What it is most wrong about'), html('div', {class: 'thumbnails wide'},
    found.worst.map(answer => html('figure', {title: answer.name}, drawn(answer, found.numbers), html('figcaption', {}, wrongly(found, answer)))))];
}

// {nodes, draw}
function evaluationSection(run) {
  const found = run.evaluation;
  if (!run.summary || !found) return {nodes: [], draw() {}};
  const {cards, tables} = found.classes ? ofClasses(found) : found.values ? ofValues(found) : found.labels ? ofLabels(found) : found.errors ? ofErrors(found) : {cards: [], tables: []};
  const said = Object.entries(found.metrics).filter(([, value]) => known(value)).map(([name, value]) => [kindOf(run, name), value])
    .map(([kind, value]) => `${kind.title} ${kind.share ? percent(value) : +value.toPrecision(4)}`);
  return {
    nodes: [html('h2', {}, 'On the test examples'), html('p', {class: 'note'}, `What the file gives on ${whole(found.examples)} examples it has not seen. ${said.join(' · ')}`),
            html('div', {class: 'charts'}, cards), ...tables, ...worstSection(found)],
    draw: () => cards.forEach(card => card.draw()),
  };
}
