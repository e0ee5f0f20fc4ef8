import { html } from './preact.js';
import { shortened } from './format.js';
import { Mark } from './mark.js';

/** A box with a name and a text below it. Where it is narrow both are shortened; its title has them whole. */
export function FlowNode({ at: { x, y, width, height }, title, text, kind = '', mark, inline = false }) {
  const hasMark = mark !== undefined && width > 70;
  const room = Math.floor((width - (hasMark ? 30 : 6)) / 7);
  const few = Math.floor((width - 6) / 6.2);
  return html`
    <g class="node ${kind}" transform=${`translate(${x - width / 2} ${y - height / 2})`}>
      <title>${`${title}: ${text}`}</title>
      <rect width=${width} height=${height} rx="5" />
      ${
        inline
          ? html`<text x=${width / 2} y=${height / 2 + 4}><tspan class="name">${title}</tspan> ${text}</text>`
          : html`
              <text class="name" x=${width / 2} y="15">${shortened(title, room)}</text>
              <text x=${width / 2} y="29">${text.length <= few ? text : text.split(' ')[0]}</text>
            `
      }
      ${hasMark && html`<g transform="translate(6 5)"><${Mark} state=${mark} /></g>`}
    </g>
  `;
}
