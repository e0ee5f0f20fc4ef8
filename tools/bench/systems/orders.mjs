import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import { done, work } from './done.mjs';

const orders = new Map();

export const SEND = '/api/Order/Send';

/** As a tutorial's handler does it: the id is made where there is none, nothing more is checked. */
export function orderOf(body) {
  return { ...body, orderId: body.orderId ?? randomUUID() };
}

export async function processOrder(order) {
  await work();
  orders.set(order.orderId, order);
  done(order.orderId);
}

/** An Express app that responds when `send` has the order; `classesOf` makes the classes of its requests and responses. */
export function serve(send, classesOf = () => ({})) {
  const app = express();
  app.use(express.json());
  app.post(SEND, async (request, response) => {
    const order = orderOf(request.body);
    await send(order);
    response.status(202).json({ status: 'Success', orderId: order.orderId });
  });
  createServer(classesOf(app), app).listen(Number(process.env.PORT), '127.0.0.1');
}
