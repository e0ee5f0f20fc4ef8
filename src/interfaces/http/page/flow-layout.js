// Where the nodes of the flow stand: the API above, partitions below it, replicas at the bottom with the dead letters.

/** With room for what goes along below the last row. */
export const HEIGHT = 222;
const ROWS = { api: 18, partitions: 98, replicas: 176 };
const NODE_HEIGHT = 36;
const MAX_WIDTH = 132;
const GAP = 8;
const DEAD_LETTERS = 'dead letters';

/** Whether the nodes would be too narrow to read. */
export function isCrowded(width, partitions, replicas) {
  return (width - GAP) / Math.max(partitions, replicas + 1) < 46;
}

/** A node has its centre and its size: `{ x, y, width, height }`. */
export function layOut(width, partitions, replicas) {
  const api = { x: width / 2, y: ROWS.api, width: Math.min(220, width), height: NODE_HEIGHT - 6 };
  const bottom = [...replicas.map(({ id }) => id), DEAD_LETTERS];
  const bottomNodes = row(width, bottom.length, ROWS.replicas);
  return {
    api,
    partitions: new Map(
      row(width, partitions.length, ROWS.partitions).map((node, index) => [
        partitions[index].partition,
        node,
      ]),
    ),
    replicas: new Map(bottomNodes.slice(0, -1).map((node, index) => [replicas[index].id, node])),
    deadLetters: bottomNodes.at(-1),
  };
}

function row(width, count, y) {
  const column = width / count;
  const nodeWidth = Math.min(MAX_WIDTH, column - GAP);
  return Array.from({ length: count }, (_, index) => ({
    x: column * (index + 0.5),
    y,
    width: nodeWidth,
    height: NODE_HEIGHT,
  }));
}

const bottomOf = ({ x, y, height }) => [x, y + height / 2];
const topOf = ({ x, y, height }) => [x, y - height / 2];

/** A curve from the bottom of a node to the top of one below it: four points of a cubic Bézier. */
export function down(from, to) {
  const [x0, y0] = bottomOf(from);
  const [x1, y1] = topOf(to);
  const middle = (y0 + y1) / 2;
  return [
    [x0, y0],
    [x0, middle],
    [x1, middle],
    [x1, y1],
  ];
}

export function up(from, to) {
  return down(to, from).reverse();
}

/** Below two nodes of one row, from one to the other. */
export function along(from, to) {
  const [x0, y0] = bottomOf(from);
  const [x1, y1] = bottomOf(to);
  return [
    [x0, y0],
    [x0, y0 + 20],
    [x1, y1 + 20],
    [x1, y1],
  ];
}

export function toPath([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]) {
  return `M${x0} ${y0}C${x1} ${y1} ${x2} ${y2} ${x3} ${y3}`;
}

export function pointAt(curve, t) {
  const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
  return [0, 1].map((axis) => weights.reduce((sum, weight, index) => sum + weight * curve[index][axis], 0));
}
