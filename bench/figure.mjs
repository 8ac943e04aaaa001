// Draws docs/images/widths.svg from what the benchmark of training steps measured:
//
//   ./build/release/pare_bench --benchmark_filter=training_step/widths --benchmark_min_time=0.2 --benchmark_repetitions=3 --benchmark_out=widths.json
//   node bench/figure.mjs widths.json > docs/images/widths.svg
import { readFileSync } from 'node:fs';

const WIDTH = 720, HEIGHT = 380, LEFT = 64, RIGHT = 84, TOP = 34, BOTTOM = 52, BLOCK = 16;

const series = new Map(); // precision -> [[channels, milliseconds of the fastest repetition], ...]
for (const run of JSON.parse(readFileSync(process.argv[2], 'utf8')).benchmarks) {
  const found = /widths_(\w+)\/.*width:(\d+)/.exec(run.name);
  if (!found || run.run_type !== 'iteration') continue;
  if (!series.has(found[1])) series.set(found[1], []);
  const same = series.get(found[1]).find(([channels]) => channels === Number(found[2]));
  if (same) same[1] = Math.min(same[1], run.real_time);
  else series.get(found[1]).push([Number(found[2]), run.real_time]);
}
for (const values of series.values()) values.sort(([a], [b]) => a - b);
const all = [...series.values()].flat();
const most = Math.max(...all.map(([channels]) => channels)), slowest = Math.max(...all.map(([, time]) => time));
const x = channels => LEFT + (WIDTH - LEFT - RIGHT) * channels / most;
const y = time => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * time / slowest;
const points = values => values.map(([channels, time]) => `${x(channels).toFixed(1)},${y(time).toFixed(1)}`).join(' ');

const lines = [];
for (let channels = 0; channels <= most; channels += BLOCK)
  lines.push(`<line class="grid" x1="${x(channels)}" x2="${x(channels)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`,
    `<text x="${x(channels)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${channels}</text>`);
const step = slowest > 40 ? 20 : 5;
for (let time = 0; time <= slowest; time += step)
  lines.push(`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(time)}" y2="${y(time)}"/>`,
    `<text x="${LEFT - 8}" y="${y(time) + 4}" text-anchor="end">${time}</text>`);
for (const [precision, values] of series) {
  const [channels, time] = values.at(-1);
  lines.push(`<polyline class="${precision}" points="${points(values)}"/>`,
    `<text class="${precision}" x="${x(channels) + 8}" y="${y(time) + 4}">${precision}</text>`);
}
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
<title>Milliseconds a training step takes against channels left</title>
<style>
  svg { background: #fff; font: 13px system-ui, sans-serif }
  text { fill: #444 } .grid { stroke: #ddd }
  polyline { fill: none; stroke-width: 2; stroke-linejoin: round }
  polyline.f32 { stroke: #b4540a } text.f32 { fill: #b4540a } polyline.bf16 { stroke: #0a6b8a } text.bf16 { fill: #0a6b8a }
  @media (prefers-color-scheme: dark) {
    svg { background: #16181d } text { fill: #bbb } .grid { stroke: #333 }
    polyline.f32 { stroke: #f0a058 } text.f32 { fill: #f0a058 } polyline.bf16 { stroke: #5cc3e6 } text.bf16 { fill: #5cc3e6 }
  }
</style>
<text x="${LEFT - 44}" y="18">ms a training step (64 images, three 3x3 convolutions)</text>
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">channels of each convolution</text>
${lines.join('\n')}
</svg>
`);
