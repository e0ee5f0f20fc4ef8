import { expect, it } from '@jest/globals';
import { newApiKey } from '../../src/infrastructure/access/api-key-list.js';
import { describeInBrowser, LivePage } from './live-page.js';

const READER = newApiKey({ name: 'reader', roles: ['read'] });
const OPERATOR = newApiKey({ name: 'operator', roles: ['send', 'read', 'operate'] });

describeInBrowser('the live page, where clients are asked who they are', () => {
  const livePage = LivePage.forAllTests({
    AUTH: 'api-key',
    API_KEYS: `${READER.line};${OPERATOR.line}`,
  });
  const logIn = async (page: Awaited<ReturnType<LivePage['open']>>, key: string) => {
    await page.getByLabel('API key or token').fill(key);
    await page.getByRole('button', { name: 'Log in' }).click();
  };

  it('asks for a key, and says when that is not one', async () => {
    const page = await livePage.open();
    await page.getByText('Not logged in').waitFor();
    await logIn(page, 'os_wrong');
    await page.getByRole('alert').getByText('The key or token is not valid here').waitFor();
    expect(await page.locator('[data-replica]').count()).toBe(0);
  });

  it('shows all to a reader, and nothing that would change anything', async () => {
    const page = await livePage.open();
    await logIn(page, READER.key);
    await page.locator('[data-replica]').first().waitFor();
    expect(await page.getByRole('button', { name: /^(Send|Pause|Stop|Kill|Start)/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.getByText('This takes the role operate; reader has read.').waitFor();
  });

  it('lets an operator send, until a reload and longer, but not after the log-out', async () => {
    const page = await livePage.open();
    await logIn(page, OPERATOR.key);
    await page.getByRole('button', { name: 'Pause laptop-1' }).waitFor();
    await page.getByRole('button', { name: 'Send the order' }).click();
    await page.getByText(/^Accepted: partition \d/).waitFor();
    await page.locator('[data-order^="operator/"]').getByText('attempt 1 on laptop-').waitFor();
    await page.reload();
    await page.locator('[data-replica]').first().waitFor();

    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('API key or token').waitFor();
    expect(await page.evaluate<number>('sessionStorage.length')).toBe(0);
  });
});
