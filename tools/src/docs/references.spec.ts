import { parseMarkdown } from './blocks.ts';
import { anchorsOf, brokenLinks, type Repository, unknownScripts } from './references.ts';

const repository: Repository = {
  has: (path) => ['docs/a.md', 'README.md', 'docs'].includes(path),
  anchors: () => new Set(['the-idea']),
  scripts: new Set(['lp', 'test', 'test:data']),
};

const links = (text: string) =>
  brokenLinks('docs/b.md', parseMarkdown(text), repository).map(({ message }) => message);
const scripts = (text: string) =>
  unknownScripts('README.md', text, repository).map(({ line, message }) => ({ line, message }));

describe('brokenLinks', () => {
  it.each([
    '[a](a.md)',
    '[r](../README.md)',
    '[a](./a.md#the-idea)',
    '[d](../docs/)',
    '[w](https://example.org/x)',
    '`[x](y.md)`',
  ])('accepts %s', (text) => {
    expect(links(text)).toEqual([]);
  });

  it('names what a link, an image, a definition or an attribute does not find', () => {
    expect(links('[x](x.md)\n![y](y.png "title")\n\n[z]: z.md\n<img src="w.svg">')).toEqual(
      ['x.md', 'y.png', 'z.md', 'w.svg'].map((target) => `link to ${target}, which does not exist`),
    );
  });

  it('names a missing heading', () => {
    expect(links('[a](a.md#the-end)')).toEqual(['link to a.md#the-end, but docs/a.md has no such heading']);
  });

  it('does not look into code', () => {
    expect(links('```md\n[x](x.md)\n```')).toEqual([]);
  });
});

describe('unknownScripts', () => {
  it('accepts the scripts of package.json, also with flags', () => {
    expect(scripts('npm test, `npm run -s lp -- solve FILE`, npm run test:data -- --data DIR')).toEqual([]);
  });

  it('names a script that is not there, and its line', () => {
    expect(scripts('first\n```sh\nnpm run nothing -- x\n```\nnpm start.')).toEqual([
      { line: 3, message: 'package.json has no script nothing' },
      { line: 5, message: 'package.json has no script start' },
    ]);
  });
});

describe('anchorsOf', () => {
  it('makes the anchors of GitHub, numbered where they repeat', () => {
    const anchors = anchorsOf(parseMarkdown('# The `core`, in short\n## Use\n## Use\n```md\n# code\n```'));
    expect([...anchors]).toEqual(['the-core-in-short', 'use', 'use-1']);
  });
});
