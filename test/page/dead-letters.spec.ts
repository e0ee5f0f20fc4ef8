import { beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { describeInBrowser, LivePage } from './live-page.js';

describeInBrowser('dead letters on the live page', () => {
  const livePage = LivePage.forAllTests();
  let page: Page;

  /** Three of their own for each test. */
  let prefix: string;
  let number = 0;
  beforeEach(async () => {
    prefix = `dead-${++number}`;
    await livePage.deadLetters(3, prefix);
    page = await livePage.open('#dead-letters');
  });
  const row = (index: number) => page.locator('[data-dead-letter]', { hasText: `${prefix}-${index}` });
  const confirm = async (action: string, count: number) => {
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('heading', { name: `${action} ${count} dead letter` }).waitFor();
    await dialog.getByRole('button', { name: `${action} ${count}` }).click();
    await dialog.getByText(new RegExp(`^${count} of ${count} `)).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
  };

  it('show why they are dead letters, and their message', async () => {
    await row(1)
      .getByRole('button', { name: /^Details/ })
      .click();

    const detail = page.locator('.detail');
    await detail.getByText('the simulation fails this product (FULFILMENT.FAILED').waitFor();
    expect(await detail.locator('pre').innerText()).toContain('"product": "fail"');
    expect(await detail.innerText()).toMatch(/app\.order\.publish, partition \d, offset \d+/);
    await page.getByRole('button', { name: /^exhausted \d+$/ }).waitFor();
  });

  it('are redriven one by one: they come first when they fail again', async () => {
    await row(0).getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Redrive 1 selected' }).click();
    await confirm('Redrive', 1);

    await row(0).getByRole('cell', { name: '1', exact: true }).waitFor();
    expect(await page.locator('[data-dead-letter]').first().innerText()).toContain(`${prefix}-0`);
  });

  it('are discarded where they are read', async () => {
    await row(2)
      .getByRole('button', { name: /^Details/ })
      .click();
    await page.getByRole('button', { name: 'Discard it …' }).click();
    await confirm('Discard', 1);

    await row(2).waitFor({ state: 'detached' });
    await row(1).waitFor();
  });

  it('are discarded as selected, and only these', async () => {
    await row(0).getByRole('checkbox').check();
    await row(2).getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Discard 2 selected' }).click();
    await confirm('Discard', 2);

    await row(0).waitFor({ state: 'detached' });
    await row(2).waitFor({ state: 'detached' });
    await row(1).waitFor();
  });

  it('are discarded by a filter, after a count', async () => {
    await row(0).waitFor();
    await page.getByRole('search').getByLabel('Order id').fill(`${prefix}-1`);
    // at once: a filter counts from the moment that its field is left
    await page.getByRole('button', { name: 'Discard all that match' }).click();
    await confirm('Discard', 1);

    await page.getByText('No dead letter matches').waitFor();
    await page.getByRole('search').getByLabel('Order id').fill('');
    await row(0).waitFor();
  });

  it('stay as they are when the question is cancelled', async () => {
    await page.getByRole('button', { name: 'Discard all that match' }).click();
    await page.getByRole('heading', { name: /^Discard \d+ dead letters\?/ }).waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await waitFor('the order', async () => (await livePage.statusOf(`${prefix}-0`)) === 'parked');
    await row(0).waitFor();
  });
});

describeInBrowser('dead letters on the live page of a process that does not serve operators', () => {
  const livePage = LivePage.forAllTests({ OPERATIONS_API: 'off' });

  it('are not shown, but how to show them', async () => {
    const page = await livePage.open('#dead-letters');

    await page.getByText('Start it with OPERATIONS_API=on').waitFor();
    expect(await page.getByRole('button', { name: /Redrive|Discard/ }).count()).toBe(0);
  });
});
