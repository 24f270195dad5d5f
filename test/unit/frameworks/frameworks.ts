import { createRequire } from 'node:module';
import { compile as compileSvelte } from 'svelte/compiler';
import { expect } from 'vitest';
import { compileScript, parse } from 'vue/compiler-sfc';
import type { Compile } from '../../support/pages/bundle-page.ts';
import type { TodosClient } from './counted-client.ts';

/** A component of a page in the DOM. */
export interface Mounted {
  /** Gives it another client, as the page says. */
  swap(client: TodosClient): void;
  unmount(): void;
}

/** A framework as an application uses it: its compiler, and its way to show the list of a page. */
export interface Framework {
  readonly page: string;
  readonly file: string;
  readonly compile: Compile;
  /** @param module the bundle of the page */
  readonly mount: (module: Record<string, unknown>, target: Element, client: TodosClient) => Mounted;
}

type Call<Result = unknown> = (...all: unknown[]) => Result;

const svelte: Framework = {
  page: 'docs/svelte.md',
  file: 'List.svelte',
  compile: (source, file) => {
    const { js, warnings } = compileSvelte(source, { filename: file, generate: 'client', dev: true });
    expect(warnings).toEqual([]);
    const shared = "export { mount, unmount } from 'svelte';\nexport { createClassComponent } from 'svelte/legacy';";
    return { contents: `${js.code}\n${shared}`, loader: 'js' };
  },
  mount: ({ createClassComponent, default: component }, target, client) => {
    const made = (createClassComponent as Call<{ $set: Call; $destroy: Call }>)({
      component,
      target,
      props: { client },
    });
    return { swap: (other) => void made.$set({ client: other }), unmount: () => void made.$destroy() };
  },
};

interface VueModule {
  readonly createApp: Call<{ mount(target: Element): void; unmount(): void }>;
  readonly h: Call;
  readonly shallowRef: (client: TodosClient) => { value: TodosClient };
  readonly default: unknown;
}
const vue: Framework = {
  page: 'docs/vue.md',
  file: 'List.vue',
  compile: (source, file) => {
    const { descriptor, errors } = parse(source, { filename: file });
    expect(errors).toEqual([]);
    const { content } = compileScript(descriptor, { id: file, inlineTemplate: true });
    return { contents: `${content}\nexport { createApp, h, shallowRef } from 'vue';`, loader: 'ts' };
  },
  mount: (module, target, client) => {
    const { createApp, h, shallowRef, default: component } = module as unknown as VueModule;
    const shown = shallowRef(client);
    let key = 0;
    const app = createApp({ render: () => h(component, { key, client: shown.value }) });
    app.mount(target);
    const swap = (other: TodosClient): void => {
      key += 1;
      shown.value = other;
    };
    return { swap, unmount: () => app.unmount() };
  },
};

interface Babel {
  transformSync(source: string, options: object): { readonly code: string };
}
interface SolidModule {
  readonly createComponent: (component: unknown, props: object) => unknown;
  readonly createSignal: (client: TodosClient) => readonly [() => TodosClient, (client: TodosClient) => void];
  readonly render: (code: () => unknown, target: Element) => () => void;
  readonly Show: unknown;
  readonly List: unknown;
}
const solid: Framework = {
  page: 'docs/solid.md',
  file: 'List.tsx',
  compile: (source, file) => {
    // Babel has no types of its own.
    const { transformSync } = createRequire(import.meta.url)('@babel/core') as Babel;
    const parserOpts = { plugins: ['jsx', 'typescript'] };
    const { code } = transformSync(source, { filename: file, configFile: false, presets: ['solid'], parserOpts });
    const shared =
      "export { createComponent, render } from 'solid-js/web';\nexport { createSignal, Show } from 'solid-js';";
    return { contents: `${code}\n${shared}`, loader: 'ts' };
  },
  mount: (module, target, client) => {
    const { createComponent, createSignal, render, Show, List } = module as unknown as SolidModule;
    const [shown, swap] = createSignal(client);
    const children = (keyed: TodosClient): unknown => createComponent(List, { client: keyed });
    const show = (): unknown =>
      createComponent(Show, {
        get when() {
          return shown();
        },
        keyed: true,
        children,
      });
    return { swap, unmount: render(show, target) };
  },
};

export const FRAMEWORKS: readonly Framework[] = [svelte, vue, solid];
