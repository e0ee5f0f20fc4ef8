import 'reflect-metadata';
import { Body, Controller, HttpCode, Inject, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule, EventPattern, Payload, Transport } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { REPLICAS } from './done.mjs';
import { processOrder, orderOf } from './orders.mjs';

const topic = process.env.TOPIC;
const kafkaOptions = (clientId) => ({
  transport: Transport.KAFKA,
  options: {
    client: { clientId, brokers: process.env.KAFKA_BROKERS.split(','), logLevel: 0 },
    consumer: { groupId: 'nest' },
    subscribe: { fromBeginning: true },
    producerOnlyMode: clientId === 'api',
  },
});

/** Applies what a TypeScript compiler makes of decorators. */
function decorate(target, { class: ofClass = [], methods = {}, parameters = {} }) {
  for (const [index, decorator] of Object.entries(parameters.constructor ?? {}))
    decorator(target, undefined, Number(index));
  for (const [name, decorators] of Object.entries(methods)) {
    const descriptor = Object.getOwnPropertyDescriptor(target.prototype, name);
    for (const decorator of decorators) decorator(target.prototype, name, descriptor);
    for (const [index, decorator] of Object.entries(parameters[name] ?? {}))
      decorator(target.prototype, name, Number(index));
    Object.defineProperty(target.prototype, name, descriptor);
  }
  for (const decorator of ofClass) decorator(target);
  return target;
}

class ApiController {
  constructor(client) {
    this.client = client;
  }

  async send(body) {
    const order = orderOf(body);
    await lastValueFrom(this.client.emit(topic, { key: order.orderId, value: order }));
    return { status: 'Success', orderId: order.orderId };
  }
}
decorate(ApiController, {
  class: [Controller('api/Order')],
  methods: { send: [Post('Send'), HttpCode(202)] },
  parameters: { constructor: { 0: Inject('KAFKA') }, send: { 0: Body() } },
});

class ConsumerController {
  async process(order) {
    await processOrder(order);
  }
}
decorate(ConsumerController, {
  class: [Controller()],
  methods: { process: [EventPattern(topic)] },
  parameters: { process: { 0: Payload() } },
});

class ApiModule {}
decorate(ApiModule, {
  class: [
    Module({
      imports: [ClientsModule.register([{ name: 'KAFKA', ...kafkaOptions('api') }])],
      controllers: [ApiController],
    }),
  ],
});
class ConsumerModule {}
decorate(ConsumerModule, { class: [Module({ controllers: [ConsumerController] })] });

if (process.env.CONSUMES === 'on') {
  for (let replica = 1; replica <= REPLICAS; replica++) {
    const consumer = await NestFactory.createMicroservice(ConsumerModule, {
      ...kafkaOptions(`consumer-${replica}`),
      logger: false,
    });
    await consumer.listen();
  }
}
const api = await NestFactory.create(ApiModule, { logger: false });
await api.listen(Number(process.env.PORT), '127.0.0.1');
