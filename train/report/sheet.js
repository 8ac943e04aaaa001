// The contact sheet: examples of each class.
{
  const {data, input, numbers, values, groups} = JSON.parse(document.getElementById('data').textContent);
  const asked = example => (example.values || []).map((value, i) => `${values[i]} ${figures(value)}`).join(', ');
  const figure = example => html('figure', {title: [example.name, asked(example)].filter(Boolean).join('\n')},
    drawn(example, numbers), example.values ? html('figcaption', {}, asked(example)) : null);
  document.title = `${data}: examples`;
  document.getElementById('report').append(
    html('h1', {}, data),
    html('p', {class: 'note'}, `Examples of the training part at equal distances, as (${input.join(',')}) before normalisation.`),
    ...groups.flatMap(group => [
      html('h2', {}, group.name, html('span', {class: 'note'}, ` ${whole(group.count)}`)),
      html('div', {class: numbers.length ? 'thumbnails wide' : 'thumbnails'}, group.examples.map(figure))]));
}
