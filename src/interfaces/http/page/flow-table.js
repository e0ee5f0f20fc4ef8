import { html } from './preact.js';
import { number } from './format.js';
import { partitionsOf } from './live-view.js';

const PAUSES = {
  operator: 'paused by an operator',
  stopping: 'the replica stops',
  'pending-records': 'too many orders pending',
  'pending-bytes': 'too many bytes pending',
  uncommitted: 'waits for a commit',
};

export function FlowTable({ view }) {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Partitions">
      <table>
        <thead>
          <tr>
            <th scope="col">Partition</th>
            <th scope="col">Replica</th>
            <th scope="col" class="n">Pending</th>
            <th scope="col" class="n">In flight</th>
            <th scope="col" class="n">Lag</th>
            <th scope="col">Reading</th>
          </tr>
        </thead>
        <tbody>
          ${partitionsOf(view).map(
            ({ partition, owner, pending, inFlight, lag, paused }) => html`
              <tr key=${partition}>
                <th scope="row">P${partition}</th>
                <td>${owner ?? 'nobody'}</td>
                <td class="n">${number(pending)}</td>
                <td class="n">${number(inFlight)}</td>
                <td class="n">${number(lag)}</td>
                <td>
                  ${owner === undefined ? 'no' : paused === undefined ? 'yes' : (PAUSES[paused] ?? paused)}
                </td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}
