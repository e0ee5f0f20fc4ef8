/** Replaces a method and returns it. Throws where there is none: what replaces nothing would go unnoticed. */
export function replaceMethod(prototype, name, replacement) {
  const original = prototype[name];
  if (typeof original !== 'function') throw new Error(`${nameOf(prototype)} has no method '${name}'`);
  prototype[name] = replacement;
  return original;
}

/** The same for a property with a getter. */
export function replaceGetter(prototype, name, get) {
  const original = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (original === undefined) throw new Error(`${nameOf(prototype)} has no getter '${name}'`);
  Object.defineProperty(prototype, name, { get });
  return original;
}

/** Returns the instance. Throws where one of its fields has another name by now. */
export function withFields(instance, ...names) {
  const absent = names.find((name) => !(name in instance));
  if (absent !== undefined) throw new Error(`${instance.constructor.name} has no field '${absent}'`);
  return instance;
}

function nameOf(prototype) {
  return prototype?.constructor?.name ?? String(prototype);
}
