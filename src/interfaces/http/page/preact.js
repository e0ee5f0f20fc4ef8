// What the browser gets under this name is the file of the package itself: see server/live-page.ts.
export * from 'htm/preact/standalone';
