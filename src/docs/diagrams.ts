import { escapeHtml } from './escape.ts';

/** `A->>B: text` and `A-->>B: text` of a Mermaid sequence diagram. */
const MESSAGE = /^\s*(\w+)\s*--?>>\s*(\w+)\s*:\s*(.+)$/;
const PARTICIPANT = /^\s*participant (\w+) as (.+)$/;

/**
 * A Mermaid sequence diagram as an ordered list of its messages: drawing it would take a script of a megabyte, and the
 * list reads as well. Other diagrams become their own text.
 */
export const renderDiagram = (text: string): string => {
  const lines = text.split('\n');
  if (!text.startsWith('sequenceDiagram')) return `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>\n`;
  const names = new Map(
    lines.map((line) => PARTICIPANT.exec(line)).map((match) => [match?.[1] ?? '', match?.[2] ?? '']),
  );
  const name = (id = ''): string => `<code>${escapeHtml(names.get(id) ?? id)}</code>`;
  const steps = lines
    .map((line) => MESSAGE.exec(line))
    .filter((match) => match !== null)
    .map(
      ([, from, to, what = '']) =>
        `<li>${from === to ? name(from) : `${name(from)} → ${name(to)}`}: ${escapeHtml(what)}</li>`,
    );
  return `<ol class="steps">\n${steps.join('\n')}\n</ol>\n`;
};
