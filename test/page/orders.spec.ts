import { expect, it } from '@jest/globals';
import { describeInBrowser, LivePage } from './live-page.js';

describeInBrowser('orders on the live page', () => {
  const livePage = LivePage.forAllTests();

  it('are sent one by one, and shown on their way to the replica that processed them', async () => {
    const page = await livePage.open();
    await page.getByLabel('Order id').first().fill('desk-1');
    await page.getByRole('button', { name: 'Send the order' }).click();

    const order = page.locator('[data-order="desk-1"]');
    await order.getByText(/^attempt 1 on laptop-\d: processed/).waitFor();
    const steps = await order.getByRole('listitem').allInnerTexts();
    expect(steps[0]).toContain('accepted by the API');
    expect(steps[1]).toMatch(/^in partition \d at offset \d+/);
    const [, replica = ''] = /on (laptop-\d)/.exec(steps.join()) ?? [];
    const card = page.locator(`[data-replica="${replica}"]`);
    await card.getByRole('link', { name: 'desk-1' }).waitFor();
  });

  it('are folded up when a newer one comes, and open again by a click', async () => {
    const page = await livePage.open();
    const send = async (orderId: string) => {
      await page.getByLabel('Order id').first().fill(orderId);
      await page.getByRole('button', { name: 'Send the order' }).click();
      await page.locator(`[data-order="${orderId}"]`).getByText('accepted by the API').waitFor();
    };
    await send('older');
    await send('newer');

    const older = page.locator('[data-order="older"]');
    const steps = older.getByText('accepted by the API');
    await steps.waitFor({ state: 'hidden' });
    await older.locator('summary').press('Enter');
    await steps.waitFor();
  });

  it('say that they wait for a replica that is paused', async () => {
    const page = await livePage.open();
    const replicas = page.locator('[data-replica]');
    const change = async (action: 'Pause' | 'Resume') => {
      const buttons = page.getByRole('button', { name: new RegExp(`^${action} laptop-`) });
      const { length } = await replicas.all();
      for (let left = length; left > 0; left--) await buttons.first().click();
      await buttons.first().waitFor({ state: 'detached' });
    };
    await change('Pause');
    await page.getByRole('button', { name: 'Send the order' }).click();
    await page.getByText(/^waits: laptop-\d, which has its partition, is paused$/).waitFor();

    await change('Resume');
    await page.getByText(/^attempt 1 on laptop-\d: processed/).waitFor();
  });

  it('that are not valid show what is wrong', async () => {
    const page = await livePage.open();
    await page.getByLabel('Order id').first().fill('no id');
    await page.getByRole('button', { name: 'Send the order' }).click();

    await page.getByRole('status').getByText('The request is not valid').waitFor();
  });

  it('are sent as a burst, and all of them are accepted and completed', async () => {
    const page = await livePage.open();
    await page.getByText('A burst').click();
    await page.getByLabel('How many').fill('300');
    await page.getByLabel('Different keys').fill('100');
    await page.getByLabel('Each takes').selectOption({ label: '0 ms' });
    await page.getByRole('button', { name: 'Send the burst' }).click();

    await page.getByText(/^Accepted 300 orders in/).waitFor();
    await page.locator('.totals > div', { hasText: /^Pending\s*0\s*$/ }).waitFor();
  });

  it('that are poisoned are retried, and dead-lettered', async () => {
    const page = await livePage.open();
    await page.getByText('Poisoned', { exact: true }).click();
    await page.getByRole('button', { name: 'Send it' }).click();

    const order = page.locator('[data-order]');
    await order
      .getByText(/attempt 1 on laptop-\d: failed because the simulation fails this product/)
      .waitFor();
    await order.getByText(/attempt 2 on laptop-\d: dead-lettered/).waitFor();
    await order.getByRole('link', { name: 'Its dead letter' }).click();
    await page.getByRole('button', { name: /^Details of/ }).waitFor();
    expect(await page.locator('[data-dead-letter]').count()).toBe(1);
  });

  it('are searched by their id', async () => {
    await livePage.send({ orderId: 'searched', product: 'reject' });
    const page = await livePage.open();
    const search = page.getByRole('search');
    await search.getByLabel('Order id').fill('searched');
    await search.getByRole('button').click();

    const order = page.locator('[data-order="searched"]');
    await order.getByText(/rejected because the simulation rejects this product/).waitFor();
    await search.getByLabel('Order id').fill('never-sent');
    await search.getByRole('button').click();
    await page.locator('[data-order="never-sent"]').getByText('not found').waitFor();
  });

  it('are copied as a command', async () => {
    const page = await livePage.open('', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByLabel('Product').fill("it's");
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByText('Copied').waitFor();

    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(
      `curl -i ${livePage.url}/api/Order/Send -H 'Content-Type: application/json' ` +
        String.raw`-d '{"product":"it'\''s","quantity":1}'`,
    );
  });
});
