// The AsyncAPI document as a page: HTML and CSS alone, as the service's policy for pages allows no other script.

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8dee4, #3d444d); --soft: light-dark(#f6f8fa, #161b22); --faint: light-dark(#59636e, #9198a1) }
body { font: 15px/1.55 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem 1.5rem 4rem }
h1 { margin-bottom: 0 } h2 { margin-top: 3rem; border-bottom: 1px solid var(--line) } h3 { margin-top: 2rem }
code, pre { font: 13px/1.5 ui-monospace, monospace; background: var(--soft) }
code { padding: .1em .3em; border-radius: 4px; overflow-wrap: anywhere } pre { padding: .8rem 1rem; border-radius: 6px; overflow-x: auto }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border: 1px solid var(--line) } th { background: var(--soft) }
td:first-child { white-space: nowrap } .faint { color: var(--faint) } dt { font-weight: 600 } dd { margin: 0 0 .4rem 1.2rem }`;

/** Longer ones say to a reader less than the description does. */
const LONGEST_PATTERN = 60;

/** @param document the AsyncAPI document as an object */
export function asyncApiPage(document) {
  const { info, servers, channels, operations } = resolveReferences(document);
  const sections = Object.entries(channels).map(([name, channel]) => {
    const own = Object.values(operations).filter(({ channel: { address } }) => address === channel.address);
    return channelSection(name, channel, own);
  });
  const links = Object.entries(channels).map(([name, { title }]) => `<a href="#${name}">${text(title)}</a>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${text(info.title)}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>${text(info.title)}</h1>
<p class="faint">AsyncAPI ${text(document.asyncapi)} · version ${text(info.version)} · <a href="/asyncapi.yaml">asyncapi.yaml</a> ·
<a href="/swagger/index.html">HTTP API</a> · ${links.join(' · ')}</p>
${prose(info.description)}
${Object.values(servers).map(serverLine).join('\n')}
${sections.join('\n')}
</body>
</html>
`;
}

function serverLine({ protocol, host, description }) {
  return `<p>Server: <code>${text(`${protocol}://${host}`)}</code> ${inline(description)}</p>`;
}

function channelSection(name, { address, title, description, messages, bindings }, operations) {
  const { partitions, topicConfiguration } = bindings.kafka;
  const settings = Object.entries({ partitions, ...topicConfiguration });
  return `<section id="${text(name)}">
<h2>${text(title)}: <code>${text(address)}</code></h2>
${prose(description)}
<p>${settings.map(([setting, value]) => `<code>${text(`${setting}=${value}`)}</code>`).join(' ')}</p>
<dl>
${operations.map(operationItem).join('\n')}
</dl>
${Object.values(messages).map(messageSection).join('\n')}
</section>`;
}

function operationItem({ action, title, summary, description, bindings, messages }) {
  const group = bindings?.kafka.groupId.const;
  const names = messages.map((message) => message.title).join(', ');
  return `<dt>${text(title)} <span class="faint">the service ${text(action)}s: ${text(names)}</span></dt>
<dd>${inline([summary, description].filter(Boolean).join(' '))}${group ? ` Consumer group: <code>${text(group)}</code>.` : ''}</dd>`;
}

function messageSection({ name, title, summary, description, headers, payload, bindings, examples }) {
  return `<section id="${text(name)}">
<h3>${text(title)}</h3>
<p>${inline(summary)}</p>
${description ? prose(description) : ''}
<table>
<tr><th>Record</th><th>What it is</th><th>Rules</th></tr>
${row('key', bindings.kafka.key, true)}
${row('value', payload, true)}
</table>
${headers.properties || headers.allOf ? fields('Header', headers) : ''}
${payload.properties ? fields('Field of the value', payload) : ''}
${examples.map(exampleBlock).join('\n')}
</section>`;
}

/** A row for each property of a schema, and of all that it consists of. */
function fields(heading, schema) {
  const parts = schema.allOf ?? [schema];
  const rows = parts.flatMap((part) => propertyRows(part));
  return `<table>
<tr><th>${heading}</th><th>What it is</th><th>Rules</th></tr>
${rows.join('\n')}
</table>`;
}

/** Those of what a property consists of follow it: `partitions[].pending`. */
function propertyRows({ properties = {}, required = [] }, within = '') {
  return Object.entries(properties).flatMap(([name, each]) => [
    row(within + name, each, required.includes(name)),
    ...propertyRows(each, `${within}${name}.`),
    ...propertyRows(each.items ?? {}, `${within}${name}[].`),
  ]);
}

function row(name, schema, isRequired) {
  const marked = isRequired ? '' : ' <span class="faint">optional</span>';
  return `<tr><td><code>${text(name)}</code>${marked}</td><td>${inline(schema.description ?? '')}</td><td>${rules(schema)}</td></tr>`;
}

function rules({ type, const: constant, enum: choices, pattern, minimum, maximum }) {
  const code = (value) => `<code>${text(value)}</code>`;
  return [
    type && text([type].flat().join(' or ')),
    constant && code(constant),
    choices?.map(code).join(' or '),
    minimum !== undefined && text(maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`),
    pattern && (pattern.length > LONGEST_PATTERN ? 'a pattern, see asyncapi.yaml' : code(pattern)),
  ]
    .filter(Boolean)
    .join(', ');
}

function exampleBlock({ summary, headers, payload }) {
  return `<p>${inline(`${summary}:`)}</p>
<pre>${text(JSON.stringify({ headers, value: payload }, undefined, 2))}</pre>`;
}

/** Replaces each `$ref` by what it names: the document has no cycles. */
function resolveReferences(document) {
  const resolve = (value) => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    if (typeof value.$ref === 'string') return resolve(find(value.$ref));
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolve(each)]));
  };
  const find = (reference) =>
    reference
      .split('/')
      .slice(1)
      .reduce((value, name) => value[name], document);
  return resolve(document);
}

function prose(markdown) {
  return markdown
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${inline(paragraph)}</p>`)
    .join('\n');
}

/** Of Markdown the document uses code in backticks alone. */
function inline(markdown) {
  return text(markdown).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function text(value) {
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
