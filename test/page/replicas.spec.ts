import { expect, it } from '@jest/globals';
import { describeInBrowser, LivePage } from './live-page.js';

describeInBrowser('replicas on the live page', () => {
  const livePage = LivePage.forAllTests();

  it('are five, and each has a partition of its own', async () => {
    const page = await livePage.open();
    await page.locator('[data-replica] [data-partition]').nth(4).waitFor();

    const chips = page.locator('[data-replica] [data-partition]');
    expect((await chips.allInnerTexts()).sort()).toEqual(['P0', 'P1', 'P2', 'P3', 'P4']);
    expect(await page.locator('[data-replica]').count()).toBe(5);
  });

  it('are paused with a click, and resumed', async () => {
    const page = await livePage.open();
    const card = page.locator('[data-replica="laptop-3"]');
    await page.getByRole('button', { name: 'Pause laptop-3' }).click();
    await card.getByText('paused').waitFor();
    await page.getByRole('button', { name: 'Resume laptop-3' }).click();

    await card.getByText('working').waitFor();
  });

  it.each(['Stop', 'Kill'])(
    'end with a click on %s, others have their partition, and one is started again',
    async (how) => {
      const page = await livePage.open();
      const card = page.locator('[data-replica="laptop-2"]');
      const chips = page.locator('[data-replica] [data-partition]');
      const partition = await card.locator('[data-partition]').innerText();
      await page.getByRole('button', { name: `${how} laptop-2` }).click();
      await card.getByText('stopped', { exact: true }).waitFor();
      await page.locator('[data-replica]:not([data-replica="laptop-2"])').getByText(partition).waitFor();

      await chips.nth(4).waitFor();
      await page.getByRole('button', { name: 'Start another' }).click();
      await card.getByText('working', { exact: true }).waitFor();
      await card.locator('[data-partition]').waitFor();
      expect(await page.locator('[data-replica]').count()).toBe(5);
    },
  );

  it('are shown as a table, too', async () => {
    const page = await livePage.open();
    await page.getByLabel('As a table').check();

    expect(await page.getByRole('region', { name: 'Partitions' }).getByRole('row').count()).toBe(6);
  });

  it('are shown again after the connection was lost', async () => {
    const page = await livePage.open();
    await livePage.stop();
    await page.getByText('Connection lost, trying again').waitFor();
    await livePage.start();

    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    await page.locator('[data-replica="laptop-5"]').getByText('working').waitFor();
  }, 90_000);
});

describeInBrowser('replicas on the live page with PAGE_ACTIONS=off', () => {
  const livePage = LivePage.forAllTests({ PAGE_ACTIONS: 'off' });

  it('have no buttons', async () => {
    const page = await livePage.open();
    await page.locator('[data-replica]').nth(4).waitFor();

    expect(await page.getByRole('button', { name: /^(Pause|Resume|Stop|Kill|Start)/ }).count()).toBe(0);
  });
});
