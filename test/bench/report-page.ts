import type { Fact } from './facts.ts';
import { type Result, ratiosOf, titleOf } from './report.ts';
import { curves } from './report-curves.ts';

const WIDTH = 420;
const HEIGHT = 22;
/** The bars' right edge; a longer one is cut and says its number. */
const RATIO_MAX = 4;

const x = (ratio: number): number => (Math.min(ratio, RATIO_MAX) / RATIO_MAX) * WIDTH;

const line = (at: number, color: string): string =>
  `<line x1="${x(at)}" x2="${x(at)}" y1="0" y2="${HEIGHT}" stroke="${color}" stroke-width="2"/>`;

const colorOf = (ratio: number, target: number | undefined): string => {
  if (target === undefined) return '#4a6fa5';
  return ratio >= target ? '#2a7d4f' : '#b7791f';
};

/** The median as a bar, least and most as a whisker, the target as a red line, and 1 as a grey one. */
const bar = (result: Result): string => {
  const { median, least, most } = ratiosOf(result);
  const { target } = result;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" role="img" aria-label="${median.toFixed(2)}">
<rect x="0" y="4" width="${x(median)}" height="${HEIGHT - 8}" fill="${colorOf(median, target)}"/>
<line x1="${x(least)}" x2="${x(most)}" y1="11" y2="11" stroke="#111" stroke-width="2"/>
${line(1, '#999')}${target === undefined ? '' : line(target, '#c0392b')}</svg>`;
};

const row = (result: Result): string => {
  const { median, least, most } = ratiosOf(result);
  const { against, target } = result;
  return `<tr><td>${titleOf(result)}</td><td>${against}</td><td>${bar(result)}</td>
<td><b>${median.toFixed(2)}</b> <small>${least.toFixed(2)}–${most.toFixed(2)}</small></td><td>${target ?? ''}</td></tr>`;
};

/** The report as one page without scripts. */
export const page = (results: readonly Result[], facts: readonly Fact[], machine: string): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Changebucket: measured</title>
<style>body{font:15px system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem;background:#fff;color:#111}
td,th{padding:.2rem .6rem;text-align:left}tr:nth-child(even){background:#f4f4f4}small{color:#555}figure{display:inline-block;margin:1rem;max-width:${WIDTH}px;vertical-align:top}</style>
<h1>Changebucket: measured</h1><p>${machine}</p>
<p>Ours divided by the other side, both in one run on one machine; more is better. Bar: median of the rounds; black
line: least to most; grey: equal; red: the target,
green where it is reached, brown where not. Bars end at ${RATIO_MAX}.</p>
<table><tr><th>workload</th><th>against</th><th></th><th>ratio</th><th>target</th></tr>
${results.map(row).join('\n')}</table><h2>Growth</h2><div>${curves(results)}</div><h2>Facts</h2><ul>${facts.map(({ name, value }) => `<li>${name}: <b>${value}</b></li>`).join('\n')}</ul></html>
`;
