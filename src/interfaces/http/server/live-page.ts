import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Application, Request, Response } from 'express';

interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
}

const FOLDER = join(import.meta.dirname, '..', 'page');
const PAGE = 'index.html';
/** Loaded when all else is there; no module. */
const PLOTS = 'uplot.js';
const { resolve } = createRequire(import.meta.url);

/** The live page at `/`, and below `/page` what it loads. */
export function serveLivePage(app: Application): void {
  const assets = new Map([...filesOfPage(), ...filesOfPackages()].map(([name, file]) => [name, read(file)]));
  assets.set('styles.css', toAsset('.css', styles()));
  const page = toAsset('.html', Buffer.from(withPreloads([...assets.keys()])));

  app.get('/', (request, response) => {
    send(page, request, response);
  });
  app.get('/page/*name', (request, response, next) => {
    const asset = assets.get(request.path.slice('/page/'.length));
    if (asset === undefined) next();
    else send(asset, request, response);
  });
}

function filesOfPage(): [name: string, file: string][] {
  const names = readdirSync(FOLDER).filter((name) => name !== PAGE && extname(name) !== '');
  return names.map((name) => [name, join(FOLDER, name)]);
}

/** In one request: nothing is drawn before all of them are there. By name `base.css` is the first and `widths.css` the last. */
function styles(): Buffer {
  const folder = join(FOLDER, 'styles');
  const files = readdirSync(folder).sort();
  return Buffer.concat(files.map((name) => readFileSync(join(folder, name))));
}

/** What the page loads of packages, by the names that it has there. */
function filesOfPackages(): [name: string, file: string][] {
  return [
    // the package exports only what Node loads; this file beside it imports nothing
    ['preact.js', join(dirname(resolve('htm')), '../preact/standalone.module.js')],
    [PLOTS, resolve('uplot/dist/uPlot.iife.min.js')],
    ['uplot.css', resolve('uplot/dist/uPlot.min.css')],
  ];
}

/** The page with a link to each module, so that they are loaded at once, not when another one imports them. */
function withPreloads(names: readonly string[]): string {
  const modules = names.filter((name) => name.endsWith('.js') && name !== PLOTS);
  const links = modules.map((name) => `<link rel="modulepreload" href="page/${name}" />`);
  return readFileSync(join(FOLDER, PAGE), 'utf8').replace('</head>', `${links.join('')}</head>`);
}

function read(file: string): Asset {
  return toAsset(extname(file), readFileSync(file));
}

function toAsset(type: string, plain: Buffer): Asset {
  const etag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 16)}"`;
  return { type, etag, plain, zipped: gzipSync(plain) };
}

/** Responds with 304 to who has it as it is. */
function send({ type, etag, plain, zipped }: Asset, request: Request, response: Response): void {
  response.set({ 'Cache-Control': 'no-cache', ETag: etag, Vary: 'Accept-Encoding' }).type(type);
  if (request.acceptsEncodings('gzip') === 'gzip') response.set('Content-Encoding', 'gzip').send(zipped);
  else response.send(plain);
}
