import { expect, it } from '@jest/globals';
import { FulfilmentCredentials } from '../../../src/infrastructure/fulfilment/fulfilment-credentials.js';

it('signs as the example of Standard Webhooks', () => {
  const signingKey = () => 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const credentials = new FulfilmentCredentials('https://host/orders', { signingKey });

  const at = new Date(1_614_265_330_999);
  expect(credentials.headers('msg_p5jXN8AQM9LWM0D4loKWxJek', at, '{"test": 2432232314}')).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});
