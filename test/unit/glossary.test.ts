import { describe, expect, it } from 'vitest';
import { CONTRACT_WORDS, GLOSSARY } from '../support/house/glossary.ts';
import { parseSource, readSourceFiles } from '../support/house/source-files.ts';
import { bannedWords, identifiersOf, partsOf } from '../support/house/words.ts';

describe('the glossary', () => {
  it('no identifier and no file name in src uses a word that it bans', () => {
    const uses = readSourceFiles('src').flatMap((file) => bannedWords(file, GLOSSARY));
    // Storage and wire keep their names: nothing else may use these words, and each of them must still be needed.
    expect(uses).toEqual(CONTRACT_WORDS);
  });

  it('the check fails for a whole part of a name, whatever its case, and only where the word is banned', () => {
    const glossary = [
      { word: 'place', use: 'environment' },
      { word: 'freshId', use: 'newId' },
      { word: 'alarm', use: 'timer', within: 'client' },
    ];
    const text = `
      import { place as from } from 'elsewhere';
      const PLACE_MAX = 1;
      const replaced = 'place';
      class Firstplace<PlaceOf> { #place = 1; alarmAt() { return this.place; } }
      type Box = { readonly inPlace: string; fresh: number; id: number };
      // place
      const makeFreshId = (placeless: unknown) => from.place(placeless);
    `;
    const used = (path: string): string[] =>
      bannedWords(parseSource(path, text), glossary).map((use) => use.replace(`${path}: `, ''));
    const everywhere = [
      'PLACE_MAX uses "place"; the word is environment',
      'PlaceOf uses "place"; the word is environment',
      '#place uses "place"; the word is environment',
      'inPlace uses "place"; the word is environment',
      'makeFreshId uses "freshId"; the word is newId',
    ];
    expect(used('server/a.ts').sort()).toEqual(everywhere.toSorted());
    expect(used('client/place.ts').sort()).toEqual(
      [
        ...everywhere,
        'alarmAt uses "alarm"; the word is timer',
        'place.ts uses "place"; the word is environment',
      ].sort(),
    );
  });

  it('splits names as people read them', () => {
    expect(partsOf('parseHTTPDate')).toEqual(['parse', 'http', 'date']);
    expect(partsOf('PARSE_HTTP_DATE')).toEqual(['parse', 'http', 'date']);
    expect(partsOf('#perTurn2')).toEqual(['per', 'turn2']);
    expect(partsOf('find-change.ts')).toEqual(['find', 'change', 'ts']);
  });

  it('sees the names of types, parameters, members, enums and private fields', () => {
    const text = 'type A<B> = { c: B }; class D { #e = 1; f(g: number) { return g.h; } } const { i: j } = {};';
    expect([...identifiersOf(parseSource('a.ts', text))].sort()).toEqual(
      ['#e', 'A', 'B', 'D', 'c', 'f', 'g', 'i', 'j'].sort(),
    );
  });

  it('bans each word once in one place', () => {
    const keys = GLOSSARY.map(({ word, within }) => `${within ?? 'src'} ${word}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
