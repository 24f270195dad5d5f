import { describe, expect, it } from 'vitest';
import { linkResolver } from '../../../src/docs/links.ts';
import { renderMarkdown } from '../../../src/docs/markdown.ts';
import { markdownTwin } from '../../../src/docs/twins.ts';

const pages = [
  { slug: 'protocol', title: 'Protocol', source: 'PROTOCOL.md' },
  { slug: 'client', title: 'Client', source: 'docs/client.md' },
  { slug: 'decisions', title: 'Decisions', source: 'docs/decisions/README.md' },
];
const resolve = linkResolver(pages);
const render = (text: string, source = 'docs/client.md') =>
  renderMarkdown(text, { source, resolve, rules: new Set(['Q1', 'Q2']) });

describe('Markdown as a page', () => {
  it('links quoted rules, but not in code, not in other links, and not what is no rule', () => {
    expect(render('See [Q1], `[Q2]`, [Q2](#x) and [Z9].').html).toBe(
      '<p>See <a class="rule" href="/docs/protocol#q1">[Q1]</a>, <code>[Q2]</code>, <a href="#x">Q2</a> and [Z9].</p>\n',
    );
  });

  it('gives the definition of a rule its anchor, in the protocol only', () => {
    expect(render('- **[Q1]** one', 'PROTOCOL.md').html).toContain('<li id="q1">');
    expect(render('- **[Q1]** one').html).toContain('<li>');
  });

  it('gives headings the anchors of GitHub, a second one of the same text a number, and keeps named ones', () => {
    const { html, headings } = render('## A `b`: c\n## Same\n## Same\n## <a id="ids"></a>I: Ids');
    expect(headings.map(({ anchor }) => anchor)).toEqual(['a-b-c', 'same', 'same-1', 'i-ids']);
    expect(html).toContain('<h2 id="i-ids"><a id="ids"></a>I: Ids');
    expect(headings.at(-1)?.title).toBe('I: Ids');
  });

  it('leads links to pages, leaves other addresses, and makes text of links to files that it does not have', () => {
    const text =
      '[1](../PROTOCOL.md#ids) [2](decisions/README.md) [3](https://x.y/z) [4](../src/a.ts) [5](../public/p.png)';
    expect(render(text).html).toBe(
      '<p><a href="/docs/protocol#ids">1</a> <a href="/docs/decisions">2</a> <a href="https://x.y/z">3</a> 4 <a href="/p.png">5</a></p>\n',
    );
    expect(markdownTwin(text, 'docs/client.md', resolve)).toBe(
      '[1](/docs/protocol.md#ids) [2](/docs/decisions.md) [3](https://x.y/z) [4](../src/a.ts) [5](/p.png)',
    );
  });

  it('escapes what stands in code', () => {
    expect(render('```ts\na < b && "c"\n```').html).toBe(
      '<pre tabindex="0"><code>a &lt; b &amp;&amp; &quot;c&quot;</code></pre>\n',
    );
  });

  it('sets the answers of a tour apart from its commands', () => {
    expect(render('```sh tour\na > b\n#> c\nd\n#> e\n```').html).toBe(
      '<pre tabindex="0"><code>a &gt; b\n<span class="answer">#&gt; c\n</span>d\n<span class="answer">#&gt; e</span></code></pre>\n',
    );
    expect(render('```text\n#> c\n```').html).not.toContain('answer');
  });

  it('has no header cell without a name in a table', () => {
    expect(render('| | b |\n| --- | --- |\n| 1 | 2 |').html).toContain('<thead><tr><td></td><th>b</th></tr>');
  });

  it('lists the messages of a sequence diagram, which no script draws', () => {
    const diagram = '```mermaid\nsequenceDiagram\n  participant A as a.ts\n  A->>B: call(x)\n  B-->>B: think\n```';
    expect(render(diagram).html).toBe(
      '<ol class="steps">\n<li><code>a.ts</code> → <code>B</code>: call(x)</li>\n<li><code>B</code>: think</li>\n</ol>\n',
    );
  });
});
