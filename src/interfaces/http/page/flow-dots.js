import { pointAt } from './flow-layout.js';

const FLIGHT_MS = 700;
const SPREAD_MS = 240;
const MAX_SINGLE = 3;
const MAX_DOTS = 300;
/** As a triangle is narrow at its top, one with a number is larger, and has it further down. */
const TRIANGLE = { larger: 1.25, down: 0.4 };

/** Draws what passes along curves. A few orders are a dot each; many are one dot with their number in it. */
export class FlowDots {
  #dots = [];
  #frame = 0;
  #colours = {};

  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
  }

  resize(width, height) {
    const scale = devicePixelRatio;
    Object.assign(this.canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
  }

  /** Sends `count` orders along `curves`, one after another. `kind` is an outcome, or `accepted`. */
  send(curves, count, kind) {
    const whole = Math.max(1, Math.round(count));
    const single = whole <= MAX_SINGLE;
    const dots = single ? whole : 1;
    for (let index = 0; index < dots && this.#dots.length < MAX_DOTS; index++) {
      const begin = performance.now() + (index * SPREAD_MS) / dots;
      this.#dots.push({ curves, kind, begin, label: single ? '' : String(whole) });
    }
    if (this.#frame === 0) {
      const style = getComputedStyle(this.canvas);
      this.#colours = Object.fromEntries(
        ['accent', 'warning', 'bad', 'surface'].map((name) => [name, style.getPropertyValue(`--${name}`)]),
      );
      this.#frame = requestAnimationFrame((now) => this.#draw(now));
    }
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#dots = [];
  }

  #draw(now) {
    const { width, height } = this.canvas;
    this.context.clearRect(0, 0, width, height);
    this.#dots = this.#dots.filter(({ begin, curves }) => now - begin < FLIGHT_MS * curves.length);
    for (const dot of this.#dots) if (now >= dot.begin) this.#drawDot(dot, (now - dot.begin) / FLIGHT_MS);
    this.#frame = this.#dots.length === 0 ? 0 : requestAnimationFrame((next) => this.#draw(next));
  }

  #drawDot({ curves, kind, label }, progress) {
    const index = Math.min(curves.length - 1, Math.floor(progress));
    const [x, y] = pointAt(curves[index], progress - index);
    const { context } = this;
    const isTriangle = kind === 'retried';
    const larger = isTriangle && label !== '' ? TRIANGLE.larger : 1;
    const radius = (label === '' ? 4.5 : 8 + label.length * 2) * larger;
    const colour = { retried: 'warning', 'dead-lettered': 'bad' }[kind] ?? 'accent';
    context.fillStyle = this.#colours[colour];
    context.beginPath();
    if (kind === 'dead-lettered') context.rect(x - radius, y - radius, radius * 2, radius * 2);
    else if (isTriangle) {
      context.moveTo(x, y - radius - 1);
      context.lineTo(x + radius + 1, y + radius);
      context.lineTo(x - radius - 1, y + radius);
    } else context.arc(x, y, radius, 0, Math.PI * 2);
    context.fill();
    if (label === '') return;
    context.fillStyle = this.#colours.surface;
    context.font = '600 11px system-ui, sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(label, x, y + (isTriangle ? radius * TRIANGLE.down : 0.5));
  }
}
