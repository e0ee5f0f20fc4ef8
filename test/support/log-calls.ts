import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** A call of a logger in the sources. */
export interface LogCall {
  readonly levels: readonly string[];
  /** What it may log, with `<>` for each part that is known only at run time. */
  readonly texts: readonly string[];
}

const LEVELS = ['debug', 'info', 'warn', 'error'];

/**
 * All calls of `….warn(…)` and the like, and of `logger[level](…)`.
 * @throws Error with the place of a call whose level or text can't be found out
 */
export function findLogCalls(file: string): LogCall[] {
  return nodesIn(parse(file), ts.isCallExpression).flatMap(({ expression: callee, arguments: [text] }) => {
    if (ts.isPropertyAccessExpression(callee) && LEVELS.includes(callee.name.text)) {
      return [{ levels: [callee.name.text], texts: textsOf(text ?? callee) }];
    }
    if (ts.isElementAccessExpression(callee) && /log(ger)?$/i.test(callee.expression.getText())) {
      return [{ levels: textsOf(callee.argumentExpression), texts: textsOf(text ?? callee) }];
    }
    return [];
  });
}

/** Every text that an expression may have. What it refers to is looked for in its file, a property in the imported ones too. */
function textsOf(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    return [node.head.text + node.templateSpans.map(({ literal }) => `<>${literal.text}`).join('')];
  }
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const ends = textsOf(node.right);
    return textsOf(node.left).flatMap((begin) => ends.map((end) => begin + end));
  }
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node)) {
    return textsOf(node.expression);
  }
  if (ts.isObjectLiteralExpression(node)) return node.properties.flatMap(textsOfProperty);
  if (ts.isElementAccessExpression(node)) return textsOf(node.expression);
  const texts = ts.isIdentifier(node)
    ? (textsOfParameter(node) ?? textsOfConstants(node))
    : ts.isPropertyAccessExpression(node)
      ? textsOfProperties(node)
      : [];
  return texts.length > 0 ? texts : unknown(node);
}

function textsOfProperty(property: ts.ObjectLiteralElementLike): string[] {
  if (ts.isPropertyAssignment(property)) return textsOf(property.initializer);
  return ts.isShorthandPropertyAssignment(property) ? textsOf(property.name) : unknown(property);
}

function textsOfConstants(name: ts.Identifier): string[] {
  return nodesIn(name.getSourceFile(), ts.isVariableDeclaration)
    .filter((declaration) => declaration.name.getText() === name.text)
    .flatMap(({ initializer }) => (initializer === undefined ? unknown(name) : textsOf(initializer)));
}

/** What the file calls the function with; `undefined` when the name isn't that of a parameter. */
function textsOfParameter(name: ts.Identifier): string[] | undefined {
  const owner = ts.findAncestor(name, (node) => parameterNames(node).includes(name.text));
  if (owner === undefined) return undefined;
  const at = parameterNames(owner).indexOf(name.text);
  const called = (owner as ts.FunctionLikeDeclaration).name?.getText();
  return nodesIn(name.getSourceFile(), ts.isCallExpression)
    .filter(({ expression }) => expression.getText().replace(/^this\./, '') === called)
    .flatMap(({ arguments: given }) => textsOf(given[at] ?? name));
}

function parameterNames(node: ts.Node): string[] {
  return ts.isFunctionLike(node) ? node.parameters.map((parameter) => parameter.name.getText()) : [];
}

/** Of every object literal that has the property, here and in what the file imports. */
function textsOfProperties({ name: wanted }: ts.PropertyAccessExpression): string[] {
  const file = wanted.getSourceFile();
  const imported = nodesIn(file, ts.isImportDeclaration)
    .map(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text.replace(/\.js$/, '.ts'))
    .map((path) => join(dirname(file.fileName), path))
    .filter((path) => path.endsWith('.ts') && existsSync(path));
  return [file, ...imported.map(parse)]
    .flatMap((each) => nodesIn(each, ts.isObjectLiteralExpression))
    .flatMap(({ properties }) => properties.filter(({ name }) => name?.getText() === wanted.text))
    .flatMap(textsOfProperty);
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

function nodesIn<Node extends ts.Node>(root: ts.Node, is: (node: ts.Node) => node is Node): Node[] {
  const inside: Node[] = is(root) ? [root] : [];
  root.forEachChild((child) => {
    inside.push(...nodesIn(child, is));
  });
  return inside;
}

function unknown(node: ts.Node): never {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  throw new Error(`${file.fileName}:${line + 1}: what '${node.getText()}' logs can't be found out`);
}
