import { html, render } from './preact.js';
import { App } from './app.js';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for the app');
render(html`<${App} />`, root);
